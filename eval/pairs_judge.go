package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/ingest"
)

// PairLecture is a lecture as the pairs' judge needs it: cut by the real splitter.
type PairLecture struct {
	Title  string
	Chunks []ingest.Chunk
}

// PairVerdict is what the guard makes of one pair.
type PairVerdict struct {
	Pair  Pair
	Codes []string // in the order of the layers; none: released
	// Details say, for operators, what each finding was.
	Details []string
	// Judged names the layers beyond the quote that judged the sentence, as guard.Verdict does.
	Judged []string
	// Review: released, but layer 7 would have a person look at it.
	Review bool
}

// Judge shows the guard every pair: the sentence as a draft of its own, and as passages the chunks that hold its quotes, with
// the chunk before and behind, as retrieval adds them. lectures are by id, and their titles are the glossary.
func (p *Pairs) Judge(language string, lectures map[string]PairLecture) ([]PairVerdict, error) {
	var glossary []string
	for _, l := range lectures {
		glossary = append(glossary, l.Title)
	}
	slices.Sort(glossary)
	var out []PairVerdict
	for _, pair := range p.Pairs {
		in, err := pair.input(lectures)
		if err != nil {
			return nil, p.fault(&pair, "evidence", "%v", err)
		}
		in.Language, in.Glossary = language, glossary
		v := guard.Check(in)
		judged := PairVerdict{Pair: pair, Codes: v.Codes(), Judged: v.Judged, Review: len(v.Review) > 0}
		for _, f := range v.Findings {
			judged.Details = append(judged.Details, f.Detail)
		}
		out = append(out, judged)
	}
	return out, nil
}

func (pair *Pair) input(lectures map[string]PairLecture) (guard.Input, error) {
	in := guard.Input{FinishReason: "stop", Question: pair.Question, Readable: map[string]bool{}}
	s := guard.DraftSentence{Text: strings.TrimSpace(pair.Sentence)}
	for i, e := range pair.Evidence {
		l, ok := lectures[e.Lecture]
		if !ok {
			return in, fmt.Errorf("there is no lecture %q", e.Lecture)
		}
		quote := strings.TrimSpace(e.Quote)
		passage, ok := passageAround(l.Chunks, quote)
		if !ok {
			return in, fmt.Errorf("quote %d is not in lecture %s", i+1, e.Lecture)
		}
		passage.Alias = fmt.Sprintf("c%d", i+1)
		for _, c := range passage.Chunks {
			in.Readable[c.ID] = true
		}
		in.Passages = append(in.Passages, passage)
		s.Evidence = append(s.Evidence, guard.Evidence{Chunk: passage.Alias, Quote: quote})
	}
	draft, err := guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{s}}.JSON()
	in.Draft = draft
	return in, err
}

// passageAround returns the chunks that the quote's first place touches, and one more on each side.
func passageAround(chunks []ingest.Chunk, quote string) (guard.Passage, bool) {
	var text strings.Builder
	ranges := make([]guard.Chunk, len(chunks))
	for i, c := range chunks {
		if i > 0 && c.Overlap == 0 {
			text.WriteByte(' ')
		}
		start := text.Len() - c.Overlap
		text.WriteString(c.Text[c.Overlap:])
		ranges[i] = guard.Chunk{ID: fmt.Sprintf("ck_%d", i), Start: start, End: text.Len()}
	}
	all := text.String()
	at := strings.Index(all, quote)
	if at < 0 {
		return guard.Passage{}, false
	}
	first := slices.IndexFunc(ranges, func(c guard.Chunk) bool { return c.End > at })
	last := first
	for last+1 < len(ranges) && ranges[last].End < at+len(quote) {
		last++
	}
	ranges = ranges[max(first-1, 0):min(last+2, len(ranges))]
	start, end := ranges[0].Start, ranges[len(ranges)-1].End
	p := guard.Passage{Text: all[start:end]}
	for _, c := range ranges {
		p.Chunks = append(p.Chunks, guard.Chunk{ID: c.ID, Start: c.Start - start, End: c.End - start})
	}
	return p, true
}
