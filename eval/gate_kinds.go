package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/lectern-tutor/lectern/retrieve"
)

// putToGate asks each kind of question that there is: in its own document, and in the wrong one. lectures are the lectures
// of each document. A wrong_lecture.tsv of which nothing is known is ErrNoMatch.
func (b *Bench) putToGate(ctx context.Context, s *retrieve.Searcher, questions []Question, wrong []Misplaced, lectures map[string][]string) ([]Refusals, error) {
	kinds := map[string][]asking{}
	texts := map[string]string{}
	for _, q := range questions {
		texts[q.ID] = q.Text
		if l := lectures[q.Doc]; l != nil {
			kind := kindAnswerable
			if !q.Answerable {
				kind = kindUnanswerable
			}
			kinds[kind] = append(kinds[kind], asking{q.Text, l})
		}
	}
	for _, m := range wrong {
		if text, l := texts[m.Question], lectures[m.Doc]; text != "" && l != nil {
			kinds[kindWrong] = append(kinds[kindWrong], asking{text, l})
		}
	}
	if len(wrong) > 0 && len(kinds[kindWrong]) == 0 {
		return nil, fmt.Errorf("%w: no line of wrong_lecture.tsv names a question of queries.jsonl and a document that is there", ErrNoMatch)
	}
	all := len(kinds[kindAnswerable]) + len(kinds[kindUnanswerable]) + len(kinds[kindWrong])
	var done atomic.Int64
	var out []Refusals
	for _, kind := range []string{kindAnswerable, kindUnanswerable, kindWrong} {
		if len(kinds[kind]) == 0 {
			continue
		}
		r, err := gate(ctx, s, Course, kind, kinds[kind], func() { b.progress("asking for refusals", int(done.Add(1)), all) })
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // no string fails
	}
	return string(b)
}
