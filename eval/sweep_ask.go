package eval

import (
	"cmp"
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
	runs     map[string]*runs // by lecture
	chunks   int
	tokens   int // over all chunks, overlap counted twice
}

func (b *Bench) cut(ctx context.Context, set *SweepSet, course string, sizes ingest.SplitConfig, stage string) (*cut, error) {
	lectures, err := b.stock(ctx, course, cmp.Or(set.language, b.Language), sizes, set.sources, stage)
	if err != nil {
		return nil, err
	}
	c := &cut{course: course, lectures: lectures, runs: map[string]*runs{}}
	for id, l := range lectures {
		c.runs[id] = newRuns(l)
		c.chunks += len(l.tokens)
		for _, n := range l.tokens {
			c.tokens += n
		}
	}
	return c, nil
}

// leaf is a chunk by its place.
type leaf struct {
	lecture string
	ordinal int
}

// rankings are what search ranks, best first. Each leg contributes as many candidates as may win, and fifty at least, so the
// order hangs on the number of winners a little, but is one and the same up to fifty.
type rankings struct {
	few  []leaf // where fewWinners may win, or fewer
	many []leaf // where Depth may win
}

// fewWinners is how many may win before the legs become deeper for it; TestPackIsSearchs holds it against search.
const fewWinners = 50

// of is the ranking where k may win: at most fewWinners, or Depth.
func (r rankings) of(k int) []leaf {
	if k <= fewWinners {
		return r.few[:min(k, len(r.few))]
	}
	return r.many
}

// ask puts each question to its own lecture or to all of them.
func (b *Bench) ask(ctx context.Context, c *cut, s *retrieve.Searcher, all []wanted, narrow bool, stage string) ([]rankings, error) {
	out := make([]rankings, len(all))
	var done atomic.Int64
	err := each(ctx, len(all), func(ctx context.Context, i int) error {
		scope := postgres.Scope{Principal: postgres.Local, Course: c.course}
		if narrow {
			scope.Lectures = []string{all[i].lecture}
		}
		for k, to := range map[int]*[]leaf{fewWinners: &out[i].few, Depth: &out[i].many} {
			found, err := search(ctx, s, scope, all[i].text, way{k: k}.options(everything))
			if err != nil {
				return fmt.Errorf("question %q: %w", all[i].id, err)
			}
			*to = leaves(found)
		}
		b.progress(stage, int(done.Add(1)), len(all))
		return nil
	})
	return out, err
}

// leaves are the chunks that won, in the order of the search statement.
func leaves(found retrieve.Result) []leaf {
	chunks := ranking(found)
	behind := func(rank int) int { return cmp.Or(rank, Depth+1) } // 0: the leg did not find it
	slices.SortStableFunc(chunks, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(behind(a.LexicalRank), behind(b.LexicalRank)), cmp.Compare(behind(a.VectorRank), behind(b.VectorRank)))
	})
	out := make([]leaf, len(chunks))
	for i, r := range chunks {
		out[i] = leaf{r.lecture, r.Ordinal}
	}
	return out
}

// holds reports whether a chunk holds one of the question's spans, whole.
func (c *cut) holds(at leaf, q wanted) bool {
	return slices.ContainsFunc(q.at, func(s spot) bool {
		return s.lecture == at.lecture && c.lectures[at.lecture].holds(at.ordinal, at.ordinal, s.from, s.to)
	})
}

// rank returns the place of the first chunk that holds a whole span, from 1; 0: none does.
func (c *cut) rank(chunks []leaf, q wanted) int {
	return 1 + slices.IndexFunc(chunks, func(at leaf) bool { return c.holds(at, q) })
}

// sight is what passages show of a question's spans.
type sight struct {
	whole   float64 // 1: one passage holds a whole span
	covered float64 // the largest share of any one span's bytes, 0 to 1
	tokens  float64
}

// see judges passages under a budget. What takes more than the budget shows nothing: search returns the best chunk even
// where it alone is larger, and large chunks must not look good by breaking the rule that makes sizes comparable.
func (c *cut) see(p packed, budget int, q wanted) sight {
	s := sight{tokens: float64(p.tokens)}
	if p.tokens > budget {
		return s
	}
	for _, at := range q.at {
		l, covered := c.lectures[at.lecture], 0
		for _, run := range p.runs {
			if run.lecture != at.lecture {
				continue
			}
			covered += max(0, min(l.ends[run.last], at.to)-max(l.starts[run.first], at.from))
			if l.holds(run.first, run.last, at.from, at.to) {
				s.whole = 1
			}
		}
		// Two passages share no text, as only neighbours do, and those are one passage.
		s.covered = max(s.covered, float64(covered)/float64(at.to-at.from))
	}
	return s
}

// sights packs what each question ranked in one way, at every budget: by question, then by budget.
func (c *cut) sights(found []rankings, all []wanted, w way) [][]sight {
	out := make([][]sight, len(all))
	for i, q := range all {
		for _, budget := range Budgets {
			out[i] = append(out[i], c.see(c.pack(found[i], w, budget), budget, q))
		}
	}
	return out
}
