package guard

import (
	"fmt"
)

// A Decoder is layer 0: it reads a draft in pieces of any size, cut anywhere,
// also inside a character or an escape, and refuses it at the first byte that
// no draft could go on with. What it finds depends on the bytes and not on how
// they were cut. Its memory is bounded by MaxDraftBytes. The zero value is
// ready to use.
//
// It reads the subset of JSON (RFC 8259) that a draft is made of: objects with
// known fields, arrays and strings. encoding/json is too kind for a gate: it
// folds the case of field names, takes the last of two equal fields, replaces
// bad UTF-8 and lone surrogates, reads null as anything and stops at the end of
// the first value. Here each of these is an error.
//
// There are only five levels (see decoderFields), so where it stands is a level
// and a state, and nothing recurses.
type Decoder struct {
	draft   Draft
	ended   int // sentences that are complete
	handed  int // those that Next has returned
	finding *Finding

	pos   int // bytes read
	level int // 0: around the draft; odd: in an object; even: in an array
	state state
	depth [levels]struct {
		seen  int // bit set over the fields of an object
		field int // the one whose value is read
		count int // elements of an array so far
	}

	str   []byte // the string that is being read, decoded
	runes int    // its length
	limit int    // and the most it may have
	isKey bool
	part  []byte // of a character or an escape
}

// The levels: {"outcome", "sentences": [{"text", "evidence": [{"chunk", "quote"}]}]}.
const (
	inDraft = iota + 1
	inSentences
	inSentence
	inEvidences
	inEvidence
	levels
)

// decoderFields are the fields of the objects at each level.
var decoderFields = [levels][2]string{
	inDraft:    {"outcome", "sentences"},
	inSentence: {"text", "evidence"},
	inEvidence: {"chunk", "quote"},
}

// state is what may come next.
type state uint8

const (
	wantDraft   state = iota // the object itself
	wantFirst                // a field's name or an element, or the end
	wantNext                 // a field's name or an element, after a comma
	wantColon                // after a field's name
	wantValue                // after the colon
	wantComma                // a comma or the end
	inString                 // more of a string
	inRune                   // the rest of a character
	inEscape                 // the rest of an escape, or of a surrogate pair
	wantNothing              // behind the draft
)

// Write reads the next bytes. It returns the finding that refuses the draft, at
// once when there is one and ever after; nil so far.
func (d *Decoder) Write(p []byte) *Finding {
	for i := 0; i < len(p) && d.finding == nil; {
		n := 0
		if d.state == inString {
			n = d.plain(p[i:])
		}
		if n == 0 {
			d.byte(p[i])
			n = 1
		}
		i += n
		d.pos += n
	}
	return d.finding
}

// Next returns the next sentence that is complete, in order, once the draft has
// said that it answers: until then, and in a draft that does not answer, there
// is none.
func (d *Decoder) Next() (DraftSentence, bool) {
	if d.finding != nil || d.draft.Outcome != Answered || d.handed == d.ended {
		return DraftSentence{}, false
	}
	d.handed++
	return d.draft.Sentences[d.handed-1], true
}

// Close ends the draft with the finish reason that the model's server gave. It
// returns the draft, or the finding that refuses it.
func (d *Decoder) Close(finishReason string) (Draft, *Finding) {
	switch {
	case finishReason != "stop":
		return Draft{}, &Finding{CodeSchema, -1, -1, "the model did not finish with reason stop"}
	case d.finding == nil && d.state != wantNothing:
		d.fail("the draft does not end")
	}
	if d.finding != nil {
		return Draft{}, d.finding
	}
	return d.draft, nil
}

// fail refuses the draft where it stands. Details never quote it.
func (d *Decoder) fail(format string, args ...any) { d.failAt(-1, -1, format, args...) }

func (d *Decoder) failAt(sentence, evidence int, format string, args ...any) {
	if d.finding == nil {
		d.finding = &Finding{CodeSchema, sentence, evidence, fmt.Sprintf("byte %d: ", d.pos) + fmt.Sprintf(format, args...)}
	}
}

// byte reads one byte that is not a plain one of a string.
func (d *Decoder) byte(c byte) {
	if d.pos == MaxDraftBytes {
		d.fail("draft longer than %d bytes", MaxDraftBytes)
		return
	}
	switch d.state {
	case inString:
		d.special(c)
		return
	case inRune:
		d.runePart(c)
		return
	case inEscape:
		d.escapePart(c)
		return
	}
	if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
		return
	}
	switch d.state {
	case wantDraft:
		if c != '{' {
			d.fail("want an object")
			return
		}
		d.enter()
	case wantFirst, wantNext:
		d.member(c)
	case wantColon:
		if c != ':' {
			d.fail("want a colon")
			return
		}
		d.state = wantValue
	case wantValue:
		d.value(c)
	case wantComma:
		d.after(c)
	case wantNothing:
		d.fail("data behind the object")
	}
}

// enter begins the object or array one level down.
func (d *Decoder) enter() {
	d.level++
	d.depth[d.level].seen, d.depth[d.level].count = 0, 0
	d.state = wantFirst
	switch d.level {
	case inSentence:
		d.draft.Sentences = append(d.draft.Sentences, DraftSentence{})
	case inEvidence:
		s := d.sentence()
		s.Evidence = append(s.Evidence, Evidence{})
	}
}

func (d *Decoder) isObject() bool { return d.level%2 == 1 }

// member begins a field or an element.
func (d *Decoder) member(c byte) {
	at := &d.depth[d.level]
	switch {
	case d.state == wantFirst && (c == '}' && d.isObject() || c == ']' && !d.isObject()):
		d.leave()
	case d.isObject() && c == '"':
		d.begin(true, len("sentences"))
	case !d.isObject() && c == '{':
		at.count++
		d.enter()
	default:
		d.fail("want %s", map[bool]string{true: "a field's name", false: "an object"}[d.isObject()])
	}
}

// value begins a field's value: a string, or for the second field of a draft or
// a sentence a list.
func (d *Decoder) value(c byte) {
	list := d.level != inEvidence && d.depth[d.level].field == 1
	switch {
	case list && c == '[':
		d.enter()
	case !list && c == '"':
		limit := MaxQuoteRunes
		switch d.level {
		case inDraft:
			limit = len(NotInLecture)
		case inSentence:
			limit = MaxTextRunes
		}
		d.begin(false, limit)
	default:
		d.fail("a value of the wrong type")
	}
}

// after reads what follows a field or an element.
func (d *Decoder) after(c byte) {
	switch {
	case c == '}' && d.isObject() || c == ']' && !d.isObject():
		d.leave()
	case c != ',':
		d.fail("want a comma or the end")
	case d.level == inSentences && d.depth[d.level].count == MaxSentences:
		d.fail("more than %d sentences", MaxSentences)
	case d.level == inEvidences && d.depth[d.level].count == MaxEvidence:
		d.fail("more than %d items of evidence", MaxEvidence)
	default:
		d.state = wantNext
	}
}

// leave ends the object or array.
func (d *Decoder) leave() {
	if d.isObject() {
		for i, name := range decoderFields[d.level] {
			if d.depth[d.level].seen&(1<<i) == 0 {
				d.fail("field %q missing", name)
				return
			}
		}
	}
	if d.level == inSentence {
		if d.sentence().replaced() {
			d.failAt(len(d.draft.Sentences)-1, -1, "U+FFFD in the text")
			return
		}
		d.ended++
	}
	d.level--
	d.state = wantComma
	if d.level > 0 {
		return
	}
	d.state = wantNothing
	if d.draft.Outcome == Answered && len(d.draft.Sentences) == 0 {
		d.fail("answered without a sentence")
	}
}

// sentence is the one that is being read.
func (d *Decoder) sentence() *DraftSentence { return &d.draft.Sentences[len(d.draft.Sentences)-1] }

// place is the sentence and evidence that a string belongs to, for findings.
func (d *Decoder) place() (sentence, evidence int) {
	sentence, evidence = -1, -1
	if d.level >= inSentence {
		sentence = len(d.draft.Sentences) - 1
	}
	if d.level == inEvidence {
		evidence = len(d.sentence().Evidence) - 1
	}
	return sentence, evidence
}
