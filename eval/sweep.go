package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// A Grid is what a sweep varies. The defaults of search and of the splitter are always among it, whatever it lists.
type Grid struct {
	Sizes    []int     // target tokens of a chunk, 64 or more
	Overlaps []float64 // shares of the target, 0 to 0.5
	Winners  []int     // chunks that may win, 1 to 50, or Depth
	Expand   []int     // neighbours on either side of a winner, 0 to 3
	Weights  []float64 // of the vector leg; the lexical leg's is 1
	FusionK  []int     // the constant of reciprocal rank fusion
	Sample   int       // questions of each set that are asked, drawn by Bootstrap.Seed; 0: all
}

// DefaultGrid is what `lectern eval sweep` varies.
func DefaultGrid() Grid {
	return Grid{
		Sizes: []int{64, 128, 256, 512, 1024}, Overlaps: []float64{0, 0.15, 0.25, 0.5},
		Winners: []int{4, 8, 12, 16, Depth}, Expand: []int{0, 1, 2},
		Weights: []float64{0, 0.01, 0.02, 0.05, 0.1, 0.3, 1}, FusionK: []int{10, 30, 60, 120},
	}
}

// sizes returns the splitter's settings, the default among them. Its largest chunk and its window keep the proportions that
// the default has to its target.
func (g Grid) sizes() []ingest.SplitConfig {
	def := ingest.DefaultSplit
	all := []ingest.SplitConfig{def}
	for _, target := range g.Sizes {
		for _, overlap := range g.Overlaps {
			all = append(all, ingest.SplitConfig{
				Target: target, Max: target * def.Max / def.Target, Overlap: overlap, Window: target * def.Window / def.Target,
			})
		}
	}
	slices.SortFunc(all, func(a, b ingest.SplitConfig) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Overlap, b.Overlap))
	})
	return slices.Compact(all)
}

// ways returns how searches fill a budget, the default among them. Where so many win that the budget is full of winners,
// neighbours come too late to matter, so that is asked without them only.
func (g Grid) ways() []way {
	all := []way{tutor}
	for _, k := range g.Winners {
		for _, expand := range g.Expand {
			if k < Depth || expand == 0 {
				all = append(all, way{k, expand})
			}
		}
	}
	slices.SortFunc(all, func(a, b way) int { return cmp.Or(cmp.Compare(a.expand, b.expand), cmp.Compare(a.k, b.k)) })
	return slices.Compact(all)
}

// sweeper is a sweep of one set while it goes on.
type sweeper struct {
	*Bench
	set      *SweepSet
	out      *SweptSet
	all      []wanted // the questions that are asked
	searcher *retrieve.Searcher
}

// Sweep measures how much of the gold spans is found, over the sizes of chunks, the number of winners and their neighbours,
// and the weights of the fusion. For each setting of the splitter a course is made by the production ingest, and each question
// is asked in its lecture and in the course by the production search, for its fifty and for its hundred best chunks. What fewer
// winners, neighbours, budgets and other weights would give follows from such rankings; tests hold that against search.
func Sweep(ctx context.Context, b *Bench, sets []*SweepSet, grid Grid) (*SweepReport, error) {
	boot := b.Bootstrap.defaults()
	r := &SweepReport{Budgets: Budgets, Seed: boot.Seed, Samples: boot.Resamples}
	space, err := b.Embedder.Space(ctx)
	if err != nil {
		return nil, fmt.Errorf("the embedding model: %w", err)
	}
	r.Embedder = space.Name
	searcher := retrieve.New(b.DB, b.Embedder, silence, 0)
	for i, set := range sets {
		s := &sweeper{Bench: b, set: set, out: &SweptSet{Name: set.Name, Lectures: len(set.sources)}, searcher: searcher}
		if err := s.run(ctx, fmt.Sprintf("%s-%d", Course, i), grid); err != nil {
			return nil, fmt.Errorf("%s: %w", set.Name, err)
		}
		r.Sets = append(r.Sets, s.out)
	}
	return r, nil
}

// run asks the questions in every setting of the splitter. The default comes first: the others are compared with it, and
// winners and fusion are varied over it.
func (s *sweeper) run(ctx context.Context, course string, grid Grid) error {
	sizes := grid.sizes()
	standard := slices.Index(sizes, ingest.DefaultSplit)
	order := []int{standard}
	for i := range sizes {
		if i != standard {
			order = append(order, i)
		}
	}
	out := make([][]SweptSize, len(sizes))
	reference := map[string]asked{}
	for _, i := range order {
		stage := fmt.Sprintf("%s, %s", s.set.Name, sizeName(sizes[i]))
		c, err := s.cut(ctx, s.set, fmt.Sprintf("%s-%d", course, i), sizes[i], stage+": ingesting")
		if err == nil && i == standard {
			err = s.place(c, grid.Sample)
		}
		if err != nil {
			return err
		}
		for _, scope := range []string{"lecture", "course"} {
			ranked, err := s.ask(ctx, c, s.searcher, s.all, scope == "lecture", stage+": asking in the "+scope)
			if err != nil {
				return err
			}
			found := asked{ranked, c.sights(ranked, s.all, filling), c.sights(ranked, s.all, tutor)}
			if i == standard {
				reference[scope] = found
				s.winners(c, scope, found, grid.ways())
			}
			out[i] = append(out[i], s.summary(sizes[i], c, scope, found, reference[scope]))
		}
		if i == standard {
			if err := s.fusion(ctx, c, grid); err != nil {
				return err
			}
		}
	}
	s.out.Splitter = slices.Concat(out...)
	return nil
}

// asked is what all questions found in one setting and scope.
type asked struct {
	ranked       []rankings
	fill, tutors [][]sight // by question, then by budget
}

// place finds what answers the questions, and draws those that are asked.
func (s *sweeper) place(c *cut, size int) error {
	all, unmapped := s.set.place(c.lectures)
	if len(all) == 0 {
		return fmt.Errorf("%w: none of the %d questions has a span that is in its lecture", ErrNoMatch, len(s.set.questions))
	}
	s.all = sample(all, size, s.Bootstrap.defaults().Seed)
	s.out.Questions, s.out.Unmapped, s.out.Asked, s.out.Clusters = len(all), unmapped, len(s.all), distinct(clustersOf(s.all))
	return nil
}

// winners packs what was ranked in every way.
func (s *sweeper) winners(c *cut, scope string, found asked, ways []way) {
	for _, w := range ways {
		s.out.Winners = append(s.out.Winners, SweptWinners{
			K: w.k, Expand: w.expand, Default: w == tutor, Scope: scope, Budgets: s.within(c.sights(found.ranked, s.all, w), found.tutors),
		})
	}
}

func sizeName(c ingest.SplitConfig) string {
	return fmt.Sprintf("%d tokens, overlap %.0f %%", c.Target, 100*c.Overlap)
}
