package answer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// MaxExported bounds an exported answer, in bytes.
const MaxExported = 8 << 20

// Unresolved is what a [Resolve] returns for a citation that names nothing: one plain clause that says why.
type Unresolved string

func (u Unresolved) Error() string { return string(u) }

// Resolve looks a citation's chunk up, in a lecture that whoever verifies has of their own. An error that is not Unresolved
// ends the verification: nothing can be said.
type Resolve func(ctx context.Context, c Citation) (retrieve.Source, error)

// A Verification is what came of checking an exported answer.
type Verification struct {
	// Faults are what is wrong with the answer as a whole, in plain sentences.
	Faults    []string
	Sentences []VerifiedSentence
}

// A VerifiedSentence is one sentence of the answer.
type VerifiedSentence struct {
	Fault     string // "" if it has citations, and is one of the lecture's own if the answer says so
	Citations []VerifiedCitation
	// Findings are the codes of what the guard has against the sentence's text. They do not make the answer fail: an
	// exported answer does not hold all that the guard was given when it was released, the question for one.
	Findings []string
}

// A VerifiedCitation is one citation, and "" or the first thing that is wrong with it.
type VerifiedCitation struct {
	Citation
	Fault string
}

// Holds reports whether nothing is wrong.
func (v Verification) Holds() bool {
	return len(v.Faults) == 0 && !slices.ContainsFunc(v.Sentences, func(s VerifiedSentence) bool {
		return s.Fault != "" || slices.ContainsFunc(s.Citations, func(c VerifiedCitation) bool { return c.Fault != "" })
	})
}

// ReadExported reads an answer as the API gives it: one JSON object and nothing behind it.
func ReadExported(r io.Reader) (Answer, error) {
	var a Answer
	data, err := io.ReadAll(io.LimitReader(r, MaxExported+1))
	if err != nil {
		return a, err
	}
	if len(data) > MaxExported {
		return a, fmt.Errorf("it is larger than %d MiB; an exported answer is a few kB", MaxExported>>20)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf("it is not an answer as the API gives it: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return a, errors.New("something stands behind the answer's JSON object")
	}
	return a, nil
}

// Verify checks an exported answer against the lectures that it cites: that each sentence has citations, that each cited
// chunk resolves and its id is that of its text, that the quote stands in it byte for byte and was spoken when the citation
// says. It trusts nothing in the answer. What no lecture can prove it does not check: that the sentence says what its quotes
// say (see VerifiedSentence.Findings), titles, which model wrote it, tokens and timings.
func Verify(ctx context.Context, a Answer, resolve Resolve) (Verification, error) {
	v := Verification{Faults: a.faults()}
	for _, s := range a.Sentences {
		out := VerifiedSentence{}
		var sources []retrieve.Source
		for _, c := range s.Citations {
			checked := VerifiedCitation{Citation: c, Fault: c.malformed(a)}
			if checked.Fault == "" {
				src, err := resolve(ctx, c)
				var nothing Unresolved
				switch {
				case errors.As(err, &nothing):
					checked.Fault = string(nothing)
				case err != nil:
					return v, fmt.Errorf("citation %s: %w", c.ChunkID, err)
				default:
					checked.Fault = c.faultIn(src)
					sources = append(sources, src)
				}
			}
			out.Citations = append(out.Citations, checked)
		}
		switch {
		case len(s.Citations) == 0:
			out.Fault = "it has no citation"
		case strings.TrimSpace(s.Text) == "":
			out.Fault = "it has no text"
		case a.Mode == ModeExtractive && !s.verbatim():
			out.Fault = "the answer says that it is the lecture's own words, and it is not what it quotes"
		case len(sources) == len(s.Citations):
			out.Findings = s.findings(sources)
		}
		v.Sentences = append(v.Sentences, out)
	}
	return v, nil
}

var (
	answerID = regexp.MustCompile(`^an_[a-z2-7]{26}$`)
	chunkID  = regexp.MustCompile(`^ck_[a-z2-7]{32}$`)
)

// faults are those that show without a lecture.
func (a Answer) faults() (faults []string) {
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	fault(!answerID.MatchString(a.ID), "answer_id is not an answer's id")
	fault(!postgres.ValidCourseID(a.Course), "course is not a course's id")
	var last Attempt
	if len(a.Attempts) > 0 {
		last = a.Attempts[len(a.Attempts)-1]
	}
	switch a.Outcome {
	case Answered:
		fault(len(a.Sentences) == 0, "the outcome is answered and there is no sentence")
		fault(a.Mode != ModeModel && a.Mode != ModeExtractive, "the outcome is answered and mode does not say by whom")
		fault(last.Verdict != "pass", "the outcome is answered and the last attempt was not a pass")
	case NotInLecture, Refused:
		fault(len(a.Sentences) > 0, "the outcome is %s and there are sentences", a.Outcome)
	default:
		fault(a.Outcome != "incomplete", "outcome is none that there is")
	}
	want := map[Outcome]string{NotInLecture: MessageNotInLecture, Refused: MessageRefused}[a.Outcome]
	if a.Outcome == Answered && a.Mode == ModeExtractive {
		want = MessageExtractive
	}
	fault(a.Outcome != "incomplete" && a.Message != want, "the message is not the one that goes with this outcome and mode")
	if p, err := prompts.Load(a.Prompt.ID); err == nil {
		fault(p.SHA256 != a.Prompt.SHA256, "the prompt %s is known and has another hash", a.Prompt.ID)
	}
	return faults
}

// malformed says what is wrong with a citation before it is looked up.
func (c Citation) malformed(a Answer) string {
	switch {
	case c.Course != a.Course:
		return "it is of another course than the answer"
	case !postgres.ValidLectureID(c.Lecture):
		return "lecture is not a lecture's id"
	case c.Version < 1:
		return "version is not a version"
	case !chunkID.MatchString(c.ChunkID):
		return "chunk_id is not a chunk's id"
	case strings.TrimSpace(c.Quote) == "":
		return "there is no quote"
	case (c.StartMS == nil) != (c.EndMS == nil):
		return "one of start_ms and end_ms is missing"
	}
	return ""
}

// faultIn says what is wrong with a citation, given what it resolves to.
func (c Citation) faultIn(src retrieve.Source) string {
	p := retrieve.Passage{Text: src.Text, Timed: src.Timed, Cues: src.Cues}
	found := false
	for from := 0; from <= len(p.Text)-len(c.Quote); {
		i := strings.Index(p.Text[from:], c.Quote)
		if i < 0 {
			break
		}
		start := from + i
		from, found = start+1, true
		startMS, endMS, timed := p.At(start, start+len(c.Quote))
		switch {
		case !timed && c.StartMS == nil:
			return ""
		case timed && c.StartMS != nil && startMS == *c.StartMS && endMS == *c.EndMS:
			return ""
		}
	}
	if !found {
		return "the quote does not stand in the chunk"
	}
	if !src.Timed {
		return "the lecture has no times and the citation has"
	}
	return "the quote was not spoken at these times"
}

// verbatim reports whether the sentence is its quotes, one after the other, but for white space.
func (s Sentence) verbatim() bool {
	quotes := ""
	for _, c := range s.Citations {
		quotes += c.Quote
	}
	return strings.Join(strings.Fields(s.Text), "") == strings.Join(strings.Fields(quotes), "")
}

// findings runs the guard over the sentence with its chunks as passages. That a quote is too short is not among them: of a
// quote that runs over two chunks each citation holds a part.
func (s Sentence) findings(sources []retrieve.Source) (codes []string) {
	in := guard.Input{FinishReason: "stop", Readable: map[string]bool{}}
	d := guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{{Text: s.Text}}}
	for i, src := range sources {
		in.Passages = append(in.Passages, guard.Passage{Alias: alias(i), Text: src.Text, Chunks: []guard.Chunk{{ID: src.ChunkID, End: len(src.Text)}}})
		in.Readable[src.ChunkID] = true
		d.Sentences[0].Evidence = append(d.Sentences[0].Evidence, guard.Evidence{Chunk: alias(i), Quote: s.Citations[i].Quote})
	}
	var err error
	if in.Draft, err = d.JSON(); err != nil {
		return []string{string(guard.CodeSchema)}
	}
	for _, code := range guard.Check(in).Codes() {
		if code != string(guard.CodeQuoteNotFound) {
			codes = append(codes, code)
		}
	}
	return codes
}
