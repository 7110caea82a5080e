package eval

import (
	"context"
	"slices"
	"time"

	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// outcome is what one question found in one scope.
type outcome struct {
	rank    int // of the first chunk that holds the gold span, from 1; 0: none of the first Depth
	packing struct {
		hit, packedHit bool
		raw, packed    int // tokens
	}
	budgets []atBudget
	took    []time.Duration
}

type atBudget struct{ raw, packed, tutor shown }

// shown is what fitted a budget.
type shown struct {
	hit    bool
	tokens int
}

func ask(ctx context.Context, s *retrieve.Searcher, scope postgres.Scope, g gold, lib *library, counts *counter) (outcome, error) {
	var o outcome
	find := func(opts retrieve.Options) (retrieve.Result, error) {
		found, err := search(ctx, s, scope, g.Text, opts)
		o.took = append(o.took, found.Timings.Total)
		return found, err
	}
	deep, err := find(retrieve.Options{K: Depth, Expand: -1, Budget: everything})
	if err != nil {
		return o, err
	}
	chunks := ranking(deep)
	holds := func(c ranked) bool {
		return c.lecture == g.lecture && lib.laid[g.lecture].holds(c.Ordinal, c.Ordinal, g.from, g.to)
	}
	o.rank = slices.IndexFunc(chunks, holds) + 1

	packed, err := find(retrieve.Options{K: winners, Expand: -1, Budget: everything})
	if err != nil {
		return o, err
	}
	o.packing.hit = o.rank > 0 && o.rank <= winners
	o.packing.packedHit = passageHolds(packed.Passages, g, lib)
	for _, c := range chunks[:min(winners, len(chunks))] {
		o.packing.raw += lib.laid[c.lecture].tokens[c.Ordinal]
	}
	o.packing.packed = counts.tokens(packed.Passages)

	for _, budget := range Budgets {
		var at atBudget
		for i, c := range chunks {
			tokens := lib.laid[c.lecture].tokens[c.Ordinal]
			if i > 0 && at.raw.tokens+tokens > budget { // the best is shown in any case, as search does
				continue
			}
			at.raw.tokens += tokens
			at.raw.hit = at.raw.hit || holds(c)
		}
		for _, way := range []struct {
			to   *shown
			opts retrieve.Options
		}{{&at.packed, retrieve.Options{K: Depth, Expand: -1, Budget: budget}}, {&at.tutor, retrieve.Options{Budget: budget}}} {
			found, err := find(way.opts)
			if err != nil {
				return o, err
			}
			*way.to = shown{passageHolds(found.Passages, g, lib), counts.tokens(found.Passages)}
		}
		o.budgets = append(o.budgets, at)
	}
	return o, nil
}

// passageHolds reports whether a passage holds the whole gold span. A passage is a run of neighbouring chunks.
func passageHolds(passages []retrieve.Passage, g gold, lib *library) bool {
	return slices.ContainsFunc(passages, func(p retrieve.Passage) bool {
		return p.Lecture == g.lecture && len(p.Chunks) > 0 &&
			lib.laid[g.lecture].holds(p.Chunks[0].Ordinal, p.Chunks[len(p.Chunks)-1].Ordinal, g.from, g.to)
	})
}

// hitRanks are the numbers of chunks at which hits are reported.
var hitRanks = []int{1, 3, 5, 8, 10}

// summary takes the means over all questions.
func summary(name string, all []outcome, clusters []string, boot Bootstrap) Scope {
	mean := func(value func(outcome) float64) Estimate {
		values := make([]float64, len(all))
		for i, o := range all {
			values[i] = value(o)
		}
		return boot.Mean(values, clusters)
	}
	s := Scope{Name: name}
	for _, k := range hitRanks {
		s.Chunks = append(s.Chunks, Figure{Success(k).Name, mean(func(o outcome) float64 { return yes(o.rank > 0 && o.rank <= k) })})
	}
	s.Chunks = append(s.Chunks, Figure{MRR(10).Name, mean(func(o outcome) float64 {
		if o.rank == 0 || o.rank > 10 {
			return 0
		}
		return 1 / float64(o.rank)
	})})
	s.Packing = Packing{
		Winners:  winners,
		Recall:   mean(func(o outcome) float64 { return yes(o.packing.hit) }),
		Packed:   mean(func(o outcome) float64 { return yes(o.packing.packedHit) }),
		Tokens:   mean(func(o outcome) float64 { return float64(o.packing.raw) }).Mean,
		PackedTo: mean(func(o outcome) float64 { return float64(o.packing.packed) }).Mean,
	}
	if s.Packing.Tokens > 0 {
		s.Packing.Saved = 1 - s.Packing.PackedTo/s.Packing.Tokens
	}
	for i, budget := range Budgets {
		spent := func(of func(atBudget) shown) Spent {
			return Spent{
				Recall: mean(func(o outcome) float64 { return yes(of(o.budgets[i]).hit) }),
				Tokens: mean(func(o outcome) float64 { return float64(of(o.budgets[i]).tokens) }).Mean,
			}
		}
		s.Budgets = append(s.Budgets, Budget{
			Tokens: budget,
			Raw:    spent(func(a atBudget) shown { return a.raw }),
			Packed: spent(func(a atBudget) shown { return a.packed }),
			Tutor:  spent(func(a atBudget) shown { return a.tutor }),
		})
	}
	var took []time.Duration
	for _, o := range all {
		took = append(took, o.took...)
	}
	s.P50, s.P95 = percentile(took, 0.5), percentile(took, 0.95)
	return s
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
