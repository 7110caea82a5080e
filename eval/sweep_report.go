package eval

import (
	"math"

	"github.com/lectern-tutor/lectern/ingest"
)

// SweepReport is what Sweep found.
type SweepReport struct {
	Budgets  []int  `json:"budgets"` // tokens, ascending
	Seed     uint64 `json:"seed"`    // of the intervals and of the drawn questions
	Samples  int    `json:"resamples"`
	Embedder string `json:"embedder"`
	// Finalists are the best settings of the splitter besides the default, by their versions: see ingest.SplitConfig.
	Finalists []string      `json:"finalists"`
	Default   FusionSetting `json:"default_fusion"`
	Sets      []*SweptSet   `json:"sets"`
}

// SweptSet is what was found on one set.
type SweptSet struct {
	Name      string `json:"name"`
	Lectures  int    `json:"lectures"`
	Questions int    `json:"questions"` // with a place that is in their lecture
	Unmapped  int    `json:"unmapped"`  // without one; not asked
	Drawn     int    `json:"drawn"`     // of Questions
	Clusters  int    `json:"clusters"`  // lectures that Questions are about
	// Splitter is every setting of the splitter, in the course, asked the drawn questions; by size, then overlap.
	Splitter []SweptSize `json:"splitter"`
	// Final is the default and the finalists, asked all questions; the lecture first, then the course.
	Final []SweptSize `json:"final"`
	// FillOverTutor is, by scope, what filling the budget with the best chunks adds to the tutor's way, asked all questions.
	FillOverTutor []ScopeGain    `json:"fill_over_tutor"`
	Winners       []SweptWinners `json:"winners"` // with the default splitter, in the course, asked the drawn questions
	Fusion        []SweptFusion  `json:"fusion"`  // with the default splitter, in the course, asked all questions
}

// SweptSize is one setting of the splitter.
type SweptSize struct {
	Splitter string   `json:"splitter"`
	Target   int      `json:"target"`
	Max      int      `json:"max"`
	Overlap  float64  `json:"overlap"`
	Default  bool     `json:"default"`
	Scope    string   `json:"scope"` // lecture or course
	Chunks   int      `json:"chunks"`
	Tokens   float64  `json:"tokens_per_chunk"` // mean
	Cut      int      `json:"cut"`              // questions none of whose spans is in a single chunk
	Ranks    []Figure `json:"chunk_ranks"`      // of the first chunk that holds a whole span
	Fill     []Within `json:"fill"`             // as many of the best chunks as a budget holds, without neighbours
	Tutor    []Within `json:"tutor"`            // the defaults of search
}

// SweptWinners is one number of winners and neighbours.
type SweptWinners struct {
	K       int      `json:"k"`
	Expand  int      `json:"expand"` // on either side
	Default bool     `json:"default"`
	Budgets []Within `json:"budgets"`
}

// Within is what is found within a budget. What takes more tokens than it found nothing.
type Within struct {
	Budget  int      `json:"budget"`
	Recall  Estimate `json:"recall"`  // share of questions with a whole span in one passage
	Covered float64  `json:"covered"` // mean share of a question's best span that is shown
	Tokens  float64  `json:"tokens"`  // mean of what is shown
	Gain    Estimate `json:"gain"`    // of recall over the default, question by question
}

// ScopeGain is a difference by budget.
type ScopeGain struct {
	Scope   string     `json:"scope"`
	Budgets []Estimate `json:"budgets"`
}

func (s *sweeper) mean(asked []wanted, value func(i int) float64) Estimate {
	values := make([]float64, len(asked))
	for i := range values {
		values[i] = value(i)
	}
	return s.Bootstrap.Mean(values, clustersOf(asked))
}

// within sums up one way, against a way of reference.
func (s *sweeper) within(asked []wanted, found []answered, way int, reference []answered, other int) []Within {
	out := make([]Within, len(Budgets))
	for b, budget := range Budgets {
		out[b] = Within{
			Budget:  budget,
			Recall:  s.mean(asked, func(i int) float64 { return found[i].sight[way][b].whole }),
			Covered: s.mean(asked, func(i int) float64 { return found[i].sight[way][b].covered }).Mean,
			Tokens:  s.mean(asked, func(i int) float64 { return found[i].sight[way][b].tokens }).Mean,
			Gain: s.mean(asked, func(i int) float64 {
				return found[i].sight[way][b].whole - reference[i].sight[other][b].whole
			}),
		}
	}
	return out
}

func (s *sweeper) summary(sizes ingest.SplitConfig, c *cut, scope string, asked []wanted, found, reference []answered) SweptSize {
	out := SweptSize{
		Splitter: sizes.Version(), Target: sizes.Target, Max: sizes.Max, Overlap: sizes.Overlap, Default: sizes == ingest.DefaultSplit,
		Scope: scope, Chunks: c.chunks, Tokens: float64(c.tokens) / float64(max(c.chunks, 1)),
		Fill: s.within(asked, found, 0, reference, 0), Tutor: s.within(asked, found, 1, reference, 1),
	}
	for _, q := range asked {
		if !c.inOne(q) {
			out.Cut++
		}
	}
	out.Ranks = s.ranks(asked, func(i int) int { return found[i].rank })
	return out
}

// inOne reports whether some single chunk holds a whole span.
func (c *cut) inOne(q wanted) bool {
	for _, at := range q.at {
		if c.lectures[at.lecture].anyHolds(at.from, at.to) {
			return true
		}
	}
	return false
}

// ranks sums up at which rank the first chunk that holds a span came; 0: it did not.
func (s *sweeper) ranks(asked []wanted, rank func(i int) int) []Figure {
	var out []Figure
	for _, k := range hitRanks {
		out = append(out, Figure{Success(k).Name, s.mean(asked, func(i int) float64 { return yes(rank(i) > 0 && rank(i) <= k) })})
	}
	return append(out, Figure{MRR(10).Name, s.mean(asked, func(i int) float64 { return reciprocal(rank(i)) })})
}

// reciprocal is 1 over a rank of at most 10, and 0 for 0 and everything behind.
func reciprocal(rank int) float64 {
	if rank == 0 || rank > 10 {
		return 0
	}
	return 1 / float64(rank)
}

// against is what filling budgets adds to the tutor's way.
func (s *sweeper) against(scope string, found []answered) ScopeGain {
	out := ScopeGain{Scope: scope}
	for b := range Budgets {
		out.Budgets = append(out.Budgets, s.mean(s.all, func(i int) float64 {
			return found[i].sight[0][b].whole - found[i].sight[1][b].whole
		}))
	}
	return out
}

// settled reports whether an interval excludes 0.
func (e Estimate) settled() bool { return !math.IsNaN(e.Low) && (e.Low > 0 || e.High < 0) }
