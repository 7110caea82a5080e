package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/retrieve"
	"golang.org/x/sync/errgroup"
)

// patience is how long a query's embedding may take in an eval: quality is measured here, and not the deadline.
const patience = 30 * time.Second

// everything is a budget, in tokens, that holds back nothing.
const everything = 1 << 30

// Progress is called while an eval works: the stage, what is done of it and how much there is.
type Progress func(stage string, done, all int)

// withoutModel is the embedder of a searcher that is to answer by words alone. It fails, and then search goes on without
// the vector leg: the very path that a student is on when the embedding server is down.
type withoutModel struct{}

var errWithoutModel = errors.New("no embedding is wanted")

func (withoutModel) Space(context.Context) (llm.Space, error) { return llm.Space{}, errWithoutModel }

func (withoutModel) Embed(context.Context, []string) ([][]float32, error) {
	return nil, errWithoutModel
}

// errDegraded: a hybrid search that answered by words alone would be counted as a hybrid one.
var errDegraded = errors.New("the vector leg took no part, so there is no hybrid search to measure")

func whole(found retrieve.Result) error {
	if found.Degraded != retrieve.NotDegraded {
		return fmt.Errorf("%w (%s)", errDegraded, found.Degraded)
	}
	return nil
}

// unusable reports whether search refuses the question itself. Such a question found nothing.
func unusable(err error) bool {
	return errors.Is(err, retrieve.ErrNoQuery) || errors.Is(err, retrieve.ErrTooLong)
}

// ranked is a chunk in the order in which search ranked it.
type ranked struct {
	lecture string
	retrieve.Chunk
	position int
}

// ranking takes a result apart into its winning chunks, best first: the order of the search statement, by score, then by
// the place in the course.
func ranking(found retrieve.Result) []ranked {
	var out []ranked
	for _, p := range found.Passages {
		for _, c := range p.Chunks {
			if !c.Neighbour {
				out = append(out, ranked{lecture: p.Lecture, Chunk: c, position: p.Position})
			}
		}
	}
	slices.SortFunc(out, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.position, b.position), cmp.Compare(a.lecture, b.lecture), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return out
}

// each calls fn for 0 to n−1, as many at a time as there are processors, and returns the first error.
func each(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		if within.Err() != nil {
			break
		}
		g.Go(func() error { return fn(within, i) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err() // some were not asked
}

// percentile of durations in milliseconds; 0 without any.
func percentile(took []time.Duration, p float64) float64 {
	if len(took) == 0 {
		return 0
	}
	ms := make([]float64, len(took))
	for i, d := range took {
		ms[i] = float64(d) / float64(time.Millisecond)
	}
	slices.Sort(ms)
	return quantile(ms, p)
}
