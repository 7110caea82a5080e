// Package guard decides whether a model's draft may reach a student.
//
// It owns one promise: no draft passes unless every citation in it names a
// chunk that was given for this request, may be read by this caller now, and
// holds the quoted words. Check is a pure function of its Input: no I/O, no
// clock, no model, nothing kept between calls but readings of single words. The same input always gives the
// same verdict, so a stored answer can be checked again years later.
//
// A draft walks through the layers in order, one file each:
//
//	layer 0    schema        strict JSON, limits, finish reason    schema
//	layer 1    aliases       every alias was given                 unknown_citation
//	layer 2    evidence      one claim an entry, none without      uncited_sentence, refusal_with_sources
//	layer 3    quotes        contiguous, long enough, whole words  quote_not_found
//	layer 1b   readability   what is cited may be read now         stale_citation
//	layer 4    numbers       every number, with its unit           number_unsupported
//	layer 5    names         every name, acronym and identifier    entity_unsupported
//	layer 6    meaning       not, more, because, always            polarity
//	layer 7    support       it is about what the quotes are about low_support
//	out        output        no markup that loads or leads away    unsafe_output
//
// Layer 0 is all or nothing: what does not decode cannot be judged. After it
// every layer runs and reports all it finds, because a draft gets one repair
// call and has to be told everything at once. A layer looks only at what the
// layers before it let stand: evidence with an unknown alias has no passage to
// search, so it gets no second finding. Any finding at all rejects the draft
// whole.
package guard

import (
	"cmp"
	"slices"
)

// Chunk is one stored chunk inside a passage: the half-open byte range
// [Start, End) of Passage.Text that is its text. Chunks stand in spoken order
// and neighbours may overlap. A chunk without id, or whose range is empty, out
// of bounds or splits a character, is never cited.
type Chunk struct {
	ID         string
	Start, End int
}

// Passage is one stretch of a lecture as the model saw it. Alias is the name
// it had in this request's prompt ("c1"). Text must be valid UTF-8; a passage
// that is not supports no quote.
type Passage struct {
	Alias  string
	Text   string
	Chunks []Chunk
}

// Input is all that a verdict depends on.
type Input struct {
	// Draft is the model's message as it came, not trimmed, not repaired.
	Draft []byte
	// FinishReason is what the model's server reported. Only "stop" passes:
	// anything else, the empty string included, means a draft that was cut.
	FinishReason string
	// Passages are those of the prompt, in the prompt's order. If two share an
	// alias, nothing can be cited by it.
	Passages []Passage
	// Readable holds the ids of the chunks that are in the active version and
	// readable by this caller at the moment of release. Chunks that are absent
	// are not readable; a nil map makes every citation stale.
	Readable map[string]bool
	// Language is the course's, a BCP 47 tag or the name of a lexical.Analyzer;
	// only the base language counts. Layers 4 to 6 judge languages that they
	// know; for others, "" among them, the quote layer decides alone, and
	// Verdict.Judged says so.
	Language string
	// Question is what was asked, and Glossary what the course may name without
	// a quote: its terms, and the titles of the course and its lectures. Layer 5
	// lets a name pass that stands in either. Both may be empty.
	Question string
	Glossary []string
}

// Outcome is the kind of answer a draft gives.
type Outcome string

const (
	// Answered: at least one sentence, each with evidence.
	Answered Outcome = "answered"
	// NotInLecture: the passages do not answer the question. No sentences.
	NotInLecture Outcome = "not_in_lecture"
	// Refused: the tutor declines, as for assessed work. No sentences.
	Refused Outcome = "refused"
)

// Citation is a stretch of one chunk that has been found to hold quoted words.
type Citation struct {
	ChunkID string
	// Passage is the index into Input.Passages.
	Passage int
	// Start and End are bytes in that passage's Text, half open, inside the
	// chunk's range.
	Start, End int
	// Quote is Text[Start:End]: the lecture's own bytes, never the model's.
	Quote string
}

// Sentence is a verified sentence: the model's text and, in the order of its
// evidence, at least one citation.
type Sentence struct {
	Text      string
	Citations []Citation
}

// Verdict is the result of Check. The zero value is a rejection.
type Verdict struct {
	Pass bool
	// Outcome and Sentences are set only when Pass is true. Sentences is empty
	// for a refusal.
	Outcome   Outcome
	Sentences []Sentence
	// Findings is empty if and only if Pass is true. It is ordered by code (in
	// the order of the layers), then sentence, then evidence.
	Findings []Finding
	// Judged names the layers beyond the quote that judged the draft, in their
	// order: "number", "entity", "polarity", "support". It is nil when the language is
	// unknown to them or the draft has no sentences.
	Judged []string
	// Review lists sentences of a draft that passed which a person should look
	// at: layer 7's score is low but not low enough to reject. In the order of
	// the sentences; nil when the draft is rejected.
	Review []Finding
}

// Codes returns the distinct codes of the findings, in the order of the
// layers; nil when there are none.
func (v Verdict) Codes() []string {
	var codes []string
	for _, f := range v.Findings {
		if c := string(f.Code); !slices.Contains(codes, c) {
			codes = append(codes, c)
		}
	}
	return codes
}

// layers run in this order on every draft that decodes. A new layer is one
// file and one line here.
var layers = []func(*check){
	knownAliases,
	everyClaimCited,
	quotesFound,
	noMarkers, // of layer 1; it reads what the quotes hold
	chunksReadable,
	numbersSupported,
	entitiesSupported,
	meaningAgrees,
	supported,
	safeOutput,
}

// Check judges in.Draft. It never panics, whatever the draft or the passages
// hold. Its time is bounded by the limits of layer 0 and the length of the
// passages.
func Check(in Input) Verdict {
	draft, finding := decodeDraft(in.Draft, in.FinishReason)
	if finding != nil {
		return Verdict{Findings: []Finding{*finding}}
	}
	return runLayers(in, draft)
}

// CheckSentence judges one sentence of a draft that is still being written, by
// every layer after the first; in.Draft and in.FinishReason are not looked at.
// Findings are about sentence 0. Layers judge sentences one by one, so an
// answered draft that decodes passes Check if and only if each sentence passes
// here.
func CheckSentence(in Input, s DraftSentence) Verdict {
	return runLayers(in, Draft{Outcome: Answered, Sentences: []DraftSentence{s}})
}

// runLayers runs the layers after the first.
func runLayers(in Input, draft Draft) Verdict {
	c := newCheck(in, draft)
	defer c.giveBack()
	judged := c.judged()
	for _, layer := range layers {
		layer(c)
	}
	if len(c.findings) > 0 {
		slices.SortStableFunc(c.findings, func(a, b Finding) int {
			return cmp.Or(
				cmp.Compare(a.Code.order(), b.Code.order()),
				cmp.Compare(a.Sentence, b.Sentence),
				cmp.Compare(a.Evidence, b.Evidence))
		})
		return Verdict{Findings: c.findings, Judged: judged}
	}
	return Verdict{Pass: true, Outcome: draft.Outcome, Sentences: c.sentences(), Judged: judged, Review: c.review}
}

// judged names the layers that can judge the draft.
func (c *check) judged() []string {
	switch {
	case c.lang == nil || len(c.draft.Sentences) == 0:
		return nil
	case c.lang.meaning:
		judged := []string{"number", "entity", "polarity"}
		if a, _ := c.scorer(); a != nil {
			judged = append(judged, "support")
		}
		return judged
	}
	return []string{"number", "entity"}
}

// check is the state of one call: the draft and what the layers have found out
// about it so far.
type check struct {
	in       Input
	draft    Draft
	passages []passage  // beside in.Passages
	proofs   [][]*proof // [sentence][evidence]
	findings []Finding
	lang     *language // nil if layers 4 to 6 cannot judge
	claims   []claim   // beside draft.Sentences, once layer 4 has read them
	// knownNames are those of the question and the glossary, once asked for.
	knownNames *nameIndex
	asked      struct {
		numbers []number // of the question
		read    bool
	}
	review   []Finding  // of layer 7
	analysed []analysed // evidence of layer 7, each stretch once
	room     *room      // for words and terms
}

// passage is what Check works out about an Input passage, at most once.
type passage struct {
	view      *view
	sentences []span // complete sentences, trimmed; valid if split is true
	split     bool
	numbers   []number // valid if counted is true
	counted   bool
}

// proof is what is known about one item of evidence.
type proof struct {
	passage   int        // index into in.Passages; -1 until layer 1 has found it
	spans     []span     // where the quote stands in the passage, by start; set by layer 3
	citations []Citation // set once readable chunks cover one of the spans
}

// span is a half-open byte range of a passage's Text.
type span struct{ start, end int }

func newCheck(in Input, d Draft) *check {
	c := &check{in: in, draft: d, passages: make([]passage, len(in.Passages)), lang: languageOf(in.Language), room: rooms.Get().(*room)}
	c.proofs = make([][]*proof, len(d.Sentences))
	for i, s := range d.Sentences {
		c.proofs[i] = make([]*proof, len(s.Evidence))
		for j := range s.Evidence {
			c.proofs[i][j] = &proof{passage: -1}
		}
	}
	return c
}

func (c *check) reject(code Code, sentence, evidence int, detail string) {
	c.findings = append(c.findings, Finding{code, sentence, evidence, detail})
}

// eachEvidence calls f for every item of evidence, in order.
func (c *check) eachEvidence(f func(i, j int, e Evidence, p *proof)) {
	for i, s := range c.draft.Sentences {
		for j, e := range s.Evidence {
			f(i, j, e, c.proofs[i][j])
		}
	}
}

// sentences renders a draft without findings. A citation that a sentence's
// evidence names twice is listed once.
func (c *check) sentences() []Sentence {
	var out []Sentence
	for i, s := range c.draft.Sentences {
		var cited []Citation
		for _, p := range c.proofs[i] {
			for _, ct := range p.citations {
				if !slices.Contains(cited, ct) {
					cited = append(cited, ct)
				}
			}
		}
		out = append(out, Sentence{Text: s.Text, Citations: cited})
	}
	return out
}
