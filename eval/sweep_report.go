package eval

import (
	"slices"

	"github.com/lectern-tutor/lectern/ingest"
)

// SweepReport is what Sweep found.
type SweepReport struct {
	Budgets  []int       `json:"budgets"` // tokens, ascending
	Seed     uint64      `json:"seed"`    // of the intervals and of drawn questions
	Samples  int         `json:"resamples"`
	Embedder string      `json:"embedder"`
	Sets     []*SweptSet `json:"sets"`
}

// SweptSet is what was found on one set.
type SweptSet struct {
	Name      string         `json:"name"`
	Lectures  int            `json:"lectures"`
	Questions int            `json:"questions"` // with a place that is in their lecture
	Unmapped  int            `json:"unmapped"`  // without one; not asked
	Asked     int            `json:"asked"`     // of Questions
	Clusters  int            `json:"clusters"`  // lectures that they are about
	Splitter  []SweptSize    `json:"splitter"`  // by size, overlap and scope
	Winners   []SweptWinners `json:"winners"`   // with the default splitter; by scope, neighbours and winners
	Fusion    []SweptFusion  `json:"fusion"`    // with the default splitter, in the course; by k and weight
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
	Scope   string   `json:"scope"`
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

func (s *sweeper) mean(value func(i int) float64) Estimate {
	values := make([]float64, len(s.all))
	for i := range values {
		values[i] = value(i)
	}
	return s.Bootstrap.Mean(values, clustersOf(s.all))
}

// within sums up one way, against a way of reference.
func (s *sweeper) within(found, reference [][]sight) []Within {
	out := make([]Within, len(Budgets))
	for b, budget := range Budgets {
		out[b] = Within{
			Budget:  budget,
			Recall:  s.mean(func(i int) float64 { return found[i][b].whole }),
			Covered: s.mean(func(i int) float64 { return found[i][b].covered }).Mean,
			Tokens:  s.mean(func(i int) float64 { return found[i][b].tokens }).Mean,
			Gain:    s.mean(func(i int) float64 { return found[i][b].whole - reference[i][b].whole }),
		}
	}
	return out
}

func (s *sweeper) summary(sizes ingest.SplitConfig, c *cut, scope string, found, reference asked) SweptSize {
	out := SweptSize{
		Splitter: sizes.Version(), Target: sizes.Target, Max: sizes.Max, Overlap: sizes.Overlap, Default: sizes == ingest.DefaultSplit,
		Scope: scope, Chunks: c.chunks, Tokens: float64(c.tokens) / float64(max(c.chunks, 1)),
		Fill: s.within(found.fill, reference.fill), Tutor: s.within(found.tutors, reference.tutors),
		Ranks: s.ranks(func(i int) int { return c.rank(found.ranked[i].few, s.all[i]) }),
	}
	for _, q := range s.all {
		if !slices.ContainsFunc(q.at, func(at spot) bool { return c.lectures[at.lecture].anyHolds(at.from, at.to) }) {
			out.Cut++
		}
	}
	return out
}

// ranks sums up at which rank the first chunk that holds a span came; 0: it did not.
func (s *sweeper) ranks(rank func(i int) int) []Figure {
	var out []Figure
	for _, k := range hitRanks {
		out = append(out, Figure{Success(k).Name, s.mean(func(i int) float64 { return yes(rank(i) > 0 && rank(i) <= k) })})
	}
	return append(out, Figure{MRR(10).Name, s.mean(func(i int) float64 { return reciprocal(rank(i)) })})
}

// reciprocal is 1 over a rank of at most 10, and 0 for 0 and everything behind.
func reciprocal(rank int) float64 {
	if rank == 0 || rank > 10 {
		return 0
	}
	return 1 / float64(rank)
}
