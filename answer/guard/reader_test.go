package guard

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The oracle of the Decoder: a recursive reader of the whole draft, which shares no code with it.

// jsonReader reads the subset of JSON (RFC 8259) that a draft is made of:
// objects with known fields, arrays and strings. encoding/json is too kind for
// a gate: it folds the case of field names, takes the last of two equal
// fields, replaces bad UTF-8 and lone surrogates, reads null as anything and
// stops at the end of the first value. Here each of these is an error.
//
// Errors give a byte offset and never quote the input.
type jsonReader struct {
	data string
	pos  int
}

func (r *jsonReader) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", r.pos, fmt.Sprintf(format, args...))
}

// space skips JSON white space.
func (r *jsonReader) space() {
	for r.pos < len(r.data) {
		switch r.data[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// next skips white space and consumes c, or reports whether it could not.
func (r *jsonReader) next(c byte) bool {
	r.space()
	if r.pos < len(r.data) && r.data[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *jsonReader) want(c byte) error {
	if !r.next(c) {
		return r.errorf("want %q", c)
	}
	return nil
}

// end reports an error unless only white space is left.
func (r *jsonReader) end() error {
	if r.space(); r.pos < len(r.data) {
		return r.errorf("data behind the object")
	}
	return nil
}

// object reads an object that has each of the fields exactly once. It calls
// value with the field's index to read its value.
func (r *jsonReader) object(fields []string, value func(field int) error) error {
	if err := r.want('{'); err != nil {
		return err
	}
	seen := 0 // bit set over fields
	for n := 0; !r.next('}'); n++ {
		if n > 0 {
			if err := r.want(','); err != nil {
				return err
			}
		}
		name, err := r.string()
		if err != nil {
			return err
		}
		field := -1
		for i, f := range fields {
			if f == name {
				field = i
			}
		}
		switch {
		case field < 0:
			return r.errorf("unknown field")
		case seen&(1<<field) != 0:
			return r.errorf("field %q twice", fields[field])
		}
		seen |= 1 << field
		if err := r.want(':'); err != nil {
			return err
		}
		if err := value(field); err != nil {
			return err
		}
	}
	for i, f := range fields {
		if seen&(1<<i) == 0 {
			return r.errorf("field %q missing", f)
		}
	}
	return nil
}

// array reads an array of at most limit elements, calling element for each.
func (r *jsonReader) array(limit int, element func() error) error {
	if err := r.want('['); err != nil {
		return err
	}
	for n := 0; !r.next(']'); n++ {
		if n == limit {
			return r.errorf("more than %d elements", limit)
		}
		if n > 0 {
			if err := r.want(','); err != nil {
				return err
			}
		}
		if err := element(); err != nil {
			return err
		}
	}
	return nil
}

// string reads a string and returns its value: valid UTF-8 without NUL.
func (r *jsonReader) string() (string, error) {
	if err := r.want('"'); err != nil {
		return "", err
	}
	var b strings.Builder // used from the first escape on
	start := r.pos
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; {
		case c == '"':
			s := r.data[start:r.pos]
			r.pos++
			if b.Len() > 0 {
				b.WriteString(s)
				s = b.String()
			}
			return s, nil
		case c == '\\':
			b.WriteString(r.data[start:r.pos])
			v, err := r.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(v)
			start = r.pos
		case c < ' ':
			return "", r.errorf("raw control character in a string")
		case c < utf8.RuneSelf:
			r.pos++
		default:
			v, n := utf8.DecodeRuneInString(r.data[r.pos:])
			if v == utf8.RuneError && n == 1 {
				return "", r.errorf("invalid UTF-8")
			}
			r.pos += n
		}
	}
	return "", r.errorf("string does not end")
}

// escape reads one escape sequence, or two when they are a surrogate pair.
func (r *jsonReader) escape() (rune, error) {
	if r.pos+1 >= len(r.data) {
		return 0, r.errorf("string does not end")
	}
	c := r.data[r.pos+1]
	if c == 'u' {
		return r.unicodeEscape()
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		return 0, r.errorf("unknown escape")
	}
	r.pos += 2
	return rune("\"\\/\b\f\n\r\t"[i]), nil
}

func (r *jsonReader) unicodeEscape() (rune, error) {
	v, ok := r.hex4(r.pos)
	switch {
	case !ok:
		return 0, r.errorf("bad \\u escape")
	case v == 0:
		return 0, r.errorf("NUL in a string")
	case !utf16.IsSurrogate(v):
		r.pos += 6
		return v, nil
	}
	low, ok := r.hex4(r.pos + 6)
	if v = utf16.DecodeRune(v, low); !ok || v == utf8.RuneError {
		return 0, r.errorf("lone surrogate")
	}
	r.pos += 12
	return v, nil
}

// hex4 reads the \uXXXX at byte i.
func (r *jsonReader) hex4(i int) (rune, bool) {
	if i+6 > len(r.data) || r.data[i] != '\\' || r.data[i+1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(r.data[i+2:i+6], 16, 32)
	// With base 16 ParseUint takes no sign, prefix or underscore: four
	// characters that parse are four hex digits.
	return rune(v), err == nil
}

// readDraft returns the draft, or the one finding that rejects it.
func readDraft(data []byte, finishReason string) (Draft, *Finding) {
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
		quotes := ""
		for _, e := range s.Evidence {
			quotes += e.Quote
		}
		if strings.Contains(s.Text, "\uFFFD") && !strings.Contains(quotes, "\uFFFD") {
			return fail(i, -1, "text with a replacement character")
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
