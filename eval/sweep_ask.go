package eval

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// A cut is a set's lectures as one setting of the splitter cut them, in a course of their own.
type cut struct {
	course   string
	lectures map[string]laid
	chunks   int
	tokens   int // over all chunks, overlap counted twice
}

func (b *Bench) cut(ctx context.Context, set *SweepSet, course string, sizes ingest.SplitConfig, stage string) (*cut, error) {
	language := set.language
	if language == "" {
		language = b.Language
	}
	lectures, err := b.stock(ctx, course, language, sizes, set.sources, stage)
	if err != nil {
		return nil, err
	}
	c := &cut{course: course, lectures: lectures}
	for _, l := range lectures {
		c.chunks += len(l.tokens)
		for _, n := range l.tokens {
			c.tokens += n
		}
	}
	return c, nil
}

// rank returns the place of the first chunk that holds a whole gold span, from 1; 0: none does.
func (c *cut) rank(chunks []ranked, q wanted) int {
	return 1 + slices.IndexFunc(chunks, func(r ranked) bool {
		return slices.ContainsFunc(q.at, func(s spot) bool {
			return s.lecture == r.lecture && c.lectures[r.lecture].holds(r.Ordinal, r.Ordinal, s.from, s.to)
		})
	})
}

// sight is what passages show of a gold span.
type sight struct {
	whole   float64 // 1: one passage holds a whole span
	covered float64 // the largest share of any one span's bytes, 0 to 1
	tokens  float64
}

// see judges passages under a budget. What takes more than the budget shows nothing: search returns the best chunk even
// where it alone is larger, and large chunks must not look good by breaking the rule that makes sizes comparable.
func (c *cut) see(passages []retrieve.Passage, tokens, budget int, q wanted) sight {
	s := sight{tokens: float64(tokens)}
	if tokens > budget {
		return s
	}
	for _, at := range q.at {
		l, covered := c.lectures[at.lecture], 0
		for _, p := range passages {
			if p.Lecture != at.lecture || len(p.Chunks) == 0 {
				continue
			}
			first, last := p.Chunks[0].Ordinal, p.Chunks[len(p.Chunks)-1].Ordinal
			covered += max(0, min(l.ends[last], at.to)-max(l.starts[first], at.from))
			if l.holds(first, last, at.from, at.to) {
				s.whole = 1
			}
		}
		// Two passages share no text, as only neighbours do, and those are one passage.
		s.covered = max(s.covered, float64(covered)/float64(at.to-at.from))
	}
	return s
}

// A way is how a search fills a budget.
type way struct {
	k, expand int // expand as it is meant: 0 is none
}

func (w way) options(budget int) retrieve.Options {
	o := retrieve.Options{K: w.k, Expand: w.expand, Budget: budget}
	if w.expand == 0 {
		o.Expand = -1
	}
	return o
}

// The ways that every setting is measured with.
var (
	filling = way{k: Depth}              // as many of the best chunks as the budget holds
	tutor   = way{k: winners, expand: 1} // the defaults of search, which the tutor uses
	both    = []way{filling, tutor}
)

// answered is what one question found.
type answered struct {
	rank  int
	sight [][]sight // by way, then by budget
}

// put asks the questions in a cut, each in its own lecture or in all of them, once for their ranks and once for each way
// and budget.
func (b *Bench) put(ctx context.Context, c *cut, s *retrieve.Searcher, all []wanted, narrow bool, ways []way, stage string) ([]answered, error) {
	out := make([]answered, len(all))
	var done atomic.Int64
	err := each(ctx, len(all), func(ctx context.Context, i int) error {
		q := all[i]
		scope := postgres.Scope{Principal: postgres.Local, Course: c.course}
		if narrow {
			scope.Lectures = []string{q.lecture}
		}
		deep, err := search(ctx, s, scope, q.text, filling.options(everything))
		if err != nil {
			return fmt.Errorf("question %q: %w", q.id, err)
		}
		out[i] = answered{rank: c.rank(ranking(deep), q), sight: make([][]sight, len(ways))}
		for k, w := range ways {
			for _, budget := range Budgets {
				found, err := search(ctx, s, scope, q.text, w.options(budget))
				if err != nil {
					return fmt.Errorf("question %q: %w", q.id, err)
				}
				out[i].sight[k] = append(out[i].sight[k], c.see(found.Passages, found.Tokens, budget, q))
			}
		}
		b.progress(stage, int(done.Add(1)), len(all))
		return nil
	})
	return out, err
}
