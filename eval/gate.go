package eval

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Refusals says how often the tutor would turn a kind of question away on retrieval alone, before a model reads.
type Refusals struct {
	Kind      string `json:"kind"`
	Questions int    `json:"questions"`
	// NoModel: no passage holds enough of the question for a model to be asked.
	NoModel int `json:"no_model"`
	// NoFloor: no sentence holds enough of it for the extractive floor to show.
	NoFloor int `json:"no_floor"`
}

// Kinds of questions that are put to the gate. Only the first ought to pass.
const (
	kindAnswerable   = "answerable, in its own document"
	kindUnanswerable = "unanswerable, in its own document"
	kindWrong        = "answerable, in a wrong document"
)

// asking is a question put to some lectures.
type asking struct {
	text     string
	lectures []string
}

// gate asks the questions as the tutor would, with its own options.
func gate(ctx context.Context, s *retrieve.Searcher, course, kind string, all []asking, progress func()) (Refusals, error) {
	r := Refusals{Kind: kind, Questions: len(all)}
	opens := make([]answer.Gate, len(all))
	err := each(ctx, len(all), func(ctx context.Context, i int) error {
		found, err := s.Search(ctx, postgres.Scope{Principal: postgres.Local, Course: course, Lectures: all[i].lectures}, all[i].text, retrieve.Options{EmbedTimeout: patience})
		if unusable(err) {
			progress()
			return nil
		}
		if err == nil {
			err = whole(found)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		opens[i] = answer.Open(all[i].text, found)
		progress()
		return nil
	})
	for _, o := range opens {
		if !o.Model {
			r.NoModel++
		}
		if !o.Floor {
			r.NoFloor++
		}
	}
	return r, err
}

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
