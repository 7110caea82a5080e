package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/pgvector/pgvector-go"
)

// A FusionSetting is how the two legs are fused: a chunk's score is 1 / (K + lexical rank) + Weight / (K + vector rank).
type FusionSetting struct {
	Weight float64 `json:"weight"`
	K      int     `json:"k"`
}

// weightOf is the setting that search fuses with. TestFusionIsSearchs holds it, and fuse, against search.
func weightOf(e ingest.Embedder) FusionSetting {
	if _, offline := e.(*llm.Offline); offline {
		return FusionSetting{Weight: 0.02, K: 60}
	}
	return FusionSetting{Weight: 1, K: 60}
}

// SweptFusion is one setting of the fusion, measured by ranks of single chunks.
type SweptFusion struct {
	FusionSetting
	Default bool     `json:"default"`
	Ranks   []Figure `json:"chunk_ranks"`
	Recall  Estimate `json:"recall_1000"` // of whole spans in the best chunks, one by one, that 1,000 tokens hold
	Gain    Estimate `json:"gain"`        // of the reciprocal rank over the default, question by question
}

// fusionBudget is the budget of SweptFusion.Recall, tokens.
const fusionBudget = 1000

// legs are the chunks that each leg found, best first, as many as it contributes to a search for fewWinners or fewer.
type legs struct{ lexical, vector []leaf }

// fuse ranks the chunks of both legs as the statement of a search does.
func (l legs) fuse(by FusionSetting) []leaf {
	type scored struct {
		leaf
		score           float64
		lexical, vector int // ranks; behind everything where the leg did not find it
	}
	at := map[leaf]int{}
	var all []scored
	for i, c := range l.lexical {
		at[c] = len(all)
		all = append(all, scored{leaf: c, score: 1 / float64(by.K+i+1), lexical: i + 1, vector: fewWinners + 1})
	}
	for i, c := range l.vector {
		n, known := at[c]
		if !known {
			n = len(all)
			all = append(all, scored{leaf: c, lexical: fewWinners + 1})
		}
		all[n].vector = i + 1
		all[n].score += by.Weight / float64(by.K+i+1)
	}
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.lexical, b.lexical), cmp.Compare(a.vector, b.vector))
	})
	out := make([]leaf, min(len(all), fewWinners))
	for i := range out {
		out[i] = all[i].leaf
	}
	return out
}

// legs asks for the two rankings by themselves: the lexical one is a search whose embedding fails, the vector one is the
// scan of the search statement.
func (b *Bench) legs(ctx context.Context, c *cut, words *retrieve.Searcher, question string) (legs, error) {
	var out legs
	found, err := words.Search(ctx, postgres.Scope{Principal: postgres.Local, Course: c.course}, question, way{k: fewWinners}.options(everything))
	switch {
	case unusable(err):
		return out, nil
	case err != nil:
		return out, err
	}
	out.lexical = leaves(found)
	vectors, err := b.Embedder.Embed(ctx, []string{question})
	if err != nil {
		return out, err
	}
	space, err := b.Embedder.Space(ctx)
	if err != nil {
		return out, err
	}
	near, err := postgres.Collect(ctx, b.DB, c.course, pgx.RowToStructByPos[struct{ Lecture, Chunk string }], `
select lecture_id, chunk_id
from chunk_vectors
where course_id = $1 and space_id = (select space_id from embedding_spaces where name = $2)
order by round((embedding <=> $3::halfvec) * 1e6), chunk_id
limit $4`, c.course, space.Name, pgvector.NewHalfVector(vectors[0]), fewWinners)
	if err != nil {
		return out, err
	}
	for _, n := range near {
		out.vector = append(out.vector, leaf{n.Lecture, slices.Index(c.lectures[n.Lecture].ids, n.Chunk)})
	}
	return out, nil
}

// fusion asks the questions of both legs, in the course, and fuses them in every way.
func (s *sweeper) fusion(ctx context.Context, c *cut, grid Grid) error {
	standard := weightOf(s.Embedder)
	words := retrieve.New(s.DB, withoutModel{}, silence, 0)
	found := make([]legs, len(s.all))
	var done atomic.Int64
	err := each(ctx, len(s.all), func(ctx context.Context, i int) (err error) {
		if found[i], err = s.legs(ctx, c, words, s.all[i].text); err != nil {
			return fmt.Errorf("question %q: %w", s.all[i].id, err)
		}
		s.progress(s.set.Name+": weights of the legs", int(done.Add(1)), len(s.all))
		return nil
	})
	if err != nil {
		return err
	}
	reference, _ := s.fused(c, found, standard)
	for _, by := range grid.fusions(standard) {
		ranks, shown := s.fused(c, found, by)
		s.out.Fusion = append(s.out.Fusion, SweptFusion{
			FusionSetting: by, Default: by == standard,
			Ranks:  s.ranks(func(i int) int { return ranks[i] }),
			Recall: s.mean(func(i int) float64 { return shown[i] }),
			Gain:   s.mean(func(i int) float64 { return reciprocal(ranks[i]) - reciprocal(reference[i]) }),
		})
	}
	return nil
}

func (g Grid) fusions(standard FusionSetting) []FusionSetting {
	all := []FusionSetting{standard}
	for _, k := range g.FusionK {
		for _, weight := range g.Weights {
			all = append(all, FusionSetting{weight, k})
		}
	}
	slices.SortFunc(all, func(a, b FusionSetting) int {
		return cmp.Or(cmp.Compare(a.K, b.K), cmp.Compare(a.Weight, b.Weight))
	})
	return slices.Compact(all)
}

// fused returns, by question, the rank of the first chunk that holds a span, and whether a budget of chunks holds one.
func (s *sweeper) fused(c *cut, found []legs, by FusionSetting) (ranks []int, shown []float64) {
	ranks, shown = make([]int, len(found)), make([]float64, len(found))
	for i, l := range found {
		tokens := 0
		for k, at := range l.fuse(by) {
			holds := c.holds(at, s.all[i])
			if holds && ranks[i] == 0 {
				ranks[i] = k + 1
			}
			if n := c.lectures[at.lecture].tokens[at.ordinal]; tokens+n <= fusionBudget {
				tokens += n
				shown[i] = max(shown[i], yes(holds))
			}
		}
	}
	return ranks, shown
}
