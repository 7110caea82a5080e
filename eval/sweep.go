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
	Winners  []int     // chunks that may win, 1 to Depth
	Expand   []int     // neighbours on either side of a winner, 0 to 3
	Weights  []float64 // of the vector leg; the lexical leg's is 1
	FusionK  []int     // the constant of reciprocal rank fusion
	Sample   int       // questions of each set that every setting is asked, drawn by Bootstrap.Seed; 0: all
}

// DefaultGrid is what `lectern eval sweep` varies.
func DefaultGrid() Grid {
	return Grid{
		Sizes: []int{64, 128, 256, 512, 1024}, Overlaps: []float64{0, 0.15, 0.25, 0.5},
		Winners: []int{4, 8, 12, 16, Depth}, Expand: []int{0, 1, 2},
		Weights: []float64{0, 0.01, 0.02, 0.05, 0.1, 0.3, 1}, FusionK: []int{10, 30, 60, 120},
		Sample: 300,
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

// finalists is how many settings of the splitter, besides the default, are asked all questions.
const finalists = 2

// sweeper is a sweep of one set while it goes on.
type sweeper struct {
	*Bench
	set      *SweepSet
	out      *SweptSet
	sizes    []ingest.SplitConfig
	cuts     []*cut // by sizes
	all      []wanted
	drawn    []wanted
	searcher *retrieve.Searcher
}

// Sweep measures how much of the gold spans is found, over the sizes of chunks, the number of winners and their neighbours,
// and the weights of the fusion. Every search is the production one, over a course that the production splitter cut with the
// setting in question; only the fusion is computed here, from the ranks of the two legs.
func Sweep(ctx context.Context, b *Bench, sets []*SweepSet, grid Grid) (*SweepReport, error) {
	boot := b.Bootstrap.defaults()
	r := &SweepReport{Budgets: Budgets, Seed: boot.Seed, Samples: boot.Resamples, Default: weightOf(b.Embedder)}
	space, err := b.Embedder.Space(ctx)
	if err != nil {
		return nil, fmt.Errorf("the embedding model: %w", err)
	}
	r.Embedder = space.Name
	sizes := grid.sizes()
	searcher := retrieve.New(b.DB, b.Embedder, silence, 0)
	var sweeps []*sweeper
	for i, set := range sets {
		s := &sweeper{Bench: b, set: set, out: &SweptSet{Name: set.Name, Lectures: len(set.sources)}, sizes: sizes, searcher: searcher}
		if err := s.splitter(ctx, fmt.Sprintf("%s-%d", Course, i), grid.Sample); err != nil {
			return nil, fmt.Errorf("%s: %w", set.Name, err)
		}
		sweeps, r.Sets = append(sweeps, s), append(r.Sets, s.out)
	}
	r.Finalists = best(r.Sets, finalists)
	for _, s := range sweeps {
		steps := []func(context.Context) error{
			func(ctx context.Context) error { return s.final(ctx, r.Finalists) },
			func(ctx context.Context) error { return s.winners(ctx, grid.ways()) },
			func(ctx context.Context) error { return s.fusion(ctx, grid, r.Default) },
		}
		for _, step := range steps {
			if err := step(ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", s.set.Name, err)
			}
		}
	}
	return r, nil
}

// splitter asks the drawn questions of every setting of the splitter, in the whole course.
func (s *sweeper) splitter(ctx context.Context, course string, size int) error {
	found := make([][]answered, len(s.sizes))
	for i, sizes := range s.sizes {
		stage := fmt.Sprintf("%s, %s", s.set.Name, sizeName(sizes))
		c, err := s.cut(ctx, s.set, fmt.Sprintf("%s-%d", course, i), sizes, stage+": ingesting")
		if err != nil {
			return err
		}
		s.cuts = append(s.cuts, c)
		if i == 0 {
			s.all, s.out.Unmapped = s.set.place(c.lectures)
			if len(s.all) == 0 {
				return fmt.Errorf("%w: none of the %d questions has a span that is in its lecture", ErrNoMatch, len(s.set.questions))
			}
			s.drawn = sample(s.all, size, s.Bootstrap.defaults().Seed)
			s.out.Questions, s.out.Drawn, s.out.Clusters = len(s.all), len(s.drawn), distinct(clustersOf(s.all))
		}
		if found[i], err = s.put(ctx, c, s.searcher, s.drawn, false, both, stage+": asking"); err != nil {
			return err
		}
	}
	standard := slices.Index(s.sizes, ingest.DefaultSplit)
	for i, sizes := range s.sizes {
		s.out.Splitter = append(s.out.Splitter, s.summary(sizes, s.cuts[i], "course", s.drawn, found[i], found[standard]))
	}
	return nil
}

// final asks all questions of the default and of the finalists, in the lecture and in the course.
func (s *sweeper) final(ctx context.Context, others []string) error {
	standard := slices.Index(s.sizes, ingest.DefaultSplit)
	at := []int{standard}
	for i, sizes := range s.sizes {
		if slices.Contains(others, sizes.Version()) {
			at = append(at, i)
		}
	}
	for _, scope := range []string{"lecture", "course"} {
		var reference []answered
		for _, i := range at {
			stage := fmt.Sprintf("%s, %s: asking all in the %s", s.set.Name, sizeName(s.sizes[i]), scope)
			found, err := s.put(ctx, s.cuts[i], s.searcher, s.all, scope == "lecture", both, stage)
			if err != nil {
				return err
			}
			if i == standard {
				reference = found
				s.out.FillOverTutor = append(s.out.FillOverTutor, s.against(scope, found))
			}
			s.out.Final = append(s.out.Final, s.summary(s.sizes[i], s.cuts[i], scope, s.all, found, reference))
		}
	}
	return nil
}

// winners asks the drawn questions with every way to fill a budget, in the whole course.
func (s *sweeper) winners(ctx context.Context, ways []way) error {
	c := s.cuts[slices.Index(s.sizes, ingest.DefaultSplit)]
	found, err := s.put(ctx, c, s.searcher, s.drawn, false, ways, s.set.Name+": winners and neighbours")
	if err != nil {
		return err
	}
	standard := slices.Index(ways, tutor)
	for i, w := range ways {
		s.out.Winners = append(s.out.Winners, SweptWinners{
			K: w.k, Expand: w.expand, Default: w == tutor, Budgets: s.within(s.drawn, found, i, found, standard),
		})
	}
	return nil
}

// best returns the names of the n settings, the default apart, whose recall with full budgets is the highest on average
// over the sets and the budgets. Of two as good, the smaller chunks.
func best(sets []*SweptSet, n int) []string {
	type rated struct {
		name string
		sum  float64
	}
	all := make([]rated, 0, len(sets[0].Splitter))
	for i, one := range sets[0].Splitter {
		if one.Default {
			continue
		}
		r := rated{name: one.Splitter}
		for _, set := range sets {
			for _, w := range set.Splitter[i].Fill {
				r.sum += w.Recall.Mean
			}
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b rated) int { return cmp.Compare(b.sum, a.sum) })
	var out []string
	for _, r := range all[:min(n, len(all))] {
		out = append(out, r.name)
	}
	return out
}

func sizeName(c ingest.SplitConfig) string {
	return fmt.Sprintf("%d tokens, overlap %.0f %%", c.Target, 100*c.Overlap)
}
