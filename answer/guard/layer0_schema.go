package guard

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Layer 0: the draft is one JSON object of exactly this shape, and nothing
// else:
//
//	{"outcome": "answered" | "not_in_lecture" | "refused",
//	 "sentences": [{"text": "…", "evidence": [{"chunk": "…", "quote": "…"}]}]}
//
// All fields are required, in any order, once; there are no others, and names
// match byte for byte. The shape holds only objects, arrays and strings, so
// the decoder never skips a value and never recurses: a number, a null or a
// level too deep is wrong where it stands.

// decodeDraft returns the draft, or the one finding that rejects it.
func decodeDraft(data []byte, finishReason string) (Draft, *Finding) {
	fail := func(sentence, evidence int, format string, args ...any) (Draft, *Finding) {
		return Draft{}, &Finding{CodeSchema, sentence, evidence, fmt.Sprintf(format, args...)}
	}
	if finishReason != "stop" {
		return fail(-1, -1, "the model did not finish with reason stop")
	}
	if len(data) > MaxDraftBytes {
		return fail(-1, -1, "draft of %d bytes, limit %d", len(data), MaxDraftBytes)
	}
	r := &jsonReader{data: string(data)}
	var d Draft
	if err := r.draft(&d); err != nil {
		return fail(-1, -1, "%v", err)
	}
	switch d.Outcome {
	case Answered:
		if len(d.Sentences) == 0 {
			return fail(-1, -1, "answered without a sentence")
		}
	case NotInLecture, Refused:
	default:
		return fail(-1, -1, "unknown outcome")
	}
	for i, s := range d.Sentences {
		if msg := badString(s.Text, MaxTextRunes); msg != "" {
			return fail(i, -1, "text %s", msg)
		}
		if strings.IndexFunc(s.Text, isWord) < 0 {
			return fail(i, -1, "text without a letter or digit")
		}
		for j, e := range s.Evidence {
			if msg := badString(e.Chunk, MaxQuoteRunes); msg != "" {
				return fail(i, j, "chunk %s", msg)
			}
			if msg := badString(e.Quote, MaxQuoteRunes); msg != "" {
				return fail(i, j, "quote %s", msg)
			}
		}
	}
	return d, nil
}

// badString says what is wrong with a decoded string: more runes than limit,
// or a control character other than tab and line ends. It returns "" if
// nothing is.
func badString(s string, limit int) string {
	if n := utf8.RuneCountInString(s); n > limit {
		return fmt.Sprintf("of %d characters, limit %d", n, limit)
	}
	for i, r := range s {
		if unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' {
			return fmt.Sprintf("with control character U+%04X at byte %d", r, i)
		}
	}
	return ""
}

func (r *jsonReader) draft(d *Draft) error {
	err := r.object([]string{"outcome", "sentences"}, func(field int) error {
		if field == 0 {
			s, err := r.string()
			d.Outcome = Outcome(s)
			return err
		}
		return r.array(MaxSentences, func() error {
			d.Sentences = append(d.Sentences, DraftSentence{})
			return r.sentence(&d.Sentences[len(d.Sentences)-1])
		})
	})
	if err != nil {
		return err
	}
	return r.end()
}

func (r *jsonReader) sentence(s *DraftSentence) error {
	return r.object([]string{"text", "evidence"}, func(field int) (err error) {
		if field == 0 {
			s.Text, err = r.string()
			return err
		}
		return r.array(MaxEvidence, func() error {
			s.Evidence = append(s.Evidence, Evidence{})
			return r.evidence(&s.Evidence[len(s.Evidence)-1])
		})
	})
}

func (r *jsonReader) evidence(e *Evidence) error {
	return r.object([]string{"chunk", "quote"}, func(field int) (err error) {
		if field == 0 {
			e.Chunk, err = r.string()
		} else {
			e.Quote, err = r.string()
		}
		return err
	})
}
