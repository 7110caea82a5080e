package eval

import (
	"context"
	"fmt"

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
		opens[i] = answer.Open(found)
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
