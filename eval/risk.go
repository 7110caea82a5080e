package eval

import (
	"cmp"
	"slices"
	"time"
)

// A Curve is risk against coverage: the floor answers the likeliest questions first, and risk is the share of what it has
// shown so far that does not hold a gold answer.
type Curve struct {
	// AURC is the area under the whole curve, the mean risk over all coverages (Geifman and El-Yaniv, "Selective
	// Classification for Deep Neural Networks", 2017), 0 to 1; lower is better. Best is what an oracle would reach that
	// knows which questions the three sentences answer.
	AURC float64     `json:"aurc"`
	Best float64     `json:"aurc_oracle"`
	At   []RiskPoint `json:"points"` // by coverage, ascending
	// Shipped is where the floor opens. Its probability is the least that it opened for; where the weights differ by
	// document, so do their thresholds, and this is the least of them.
	Shipped RiskPoint `json:"shipped"`
}

// A RiskPoint is one threshold of the probability.
type RiskPoint struct {
	Probability float64 `json:"probability"` // the least that is shown
	Coverage    float64 `json:"coverage"`    // share of all questions that are shown something
	Risk        float64 `json:"risk"`        // share of those that do not hold a gold answer
	Held        float64 `json:"held"`        // share of the first kind that is shown its gold answer
	Released    float64 `json:"released"`    // share of the second kind, which ought not to be shown anything
}

// riskPoints is how many points of a curve are reported, evenly spaced in coverage.
const riskPoints = 50

// riskCurve orders the cases of two kinds by probability. Questions of equal probability are shown together.
func riskCurve(cases []floorCase, good, bad string) Curve {
	var all []*floorCase
	kinds := map[string]float64{}
	for i := range cases {
		if c := &cases[i]; c.kind == good || c.kind == bad {
			all = append(all, c)
			kinds[c.kind]++
		}
	}
	var curve Curve
	if kinds[good] == 0 || kinds[bad] == 0 {
		return curve
	}
	slices.SortStableFunc(all, func(a, b *floorCase) int { return cmp.Compare(b.gate.Probability, a.gate.Probability) })
	n := float64(len(all))
	curve.Shipped = opened(all, kinds[good], kinds[bad])
	held, released, answered := 0.0, 0.0, 0.0
	for _, c := range all {
		answered += yes(c.answered())
	}
	next := 1
	for i := 0; i < len(all); {
		from := i
		for ; i < len(all) && all[i].gate.Probability == all[from].gate.Probability; i++ {
			held += yes(all[i].answered())
			released += yes(all[i].kind == bad)
		}
		shown := float64(i)
		risk := 1 - held/shown
		curve.AURC += risk * float64(i-from) / n
		if i*riskPoints >= next*len(all) {
			curve.At = append(curve.At, RiskPoint{all[from].gate.Probability, shown / n, risk, held / kinds[good], released / kinds[bad]})
			next = i*riskPoints/len(all) + 1
		}
	}
	for i := range all {
		curve.Best += max(0, 1-answered/float64(i+1)) / n
	}
	return curve
}

// opened is the point at which the floor shows something.
func opened(all []*floorCase, good, bad float64) RiskPoint {
	p := RiskPoint{Probability: 1}
	shown := 0.0
	for _, c := range all {
		if c.gate.Floor {
			shown++
			p.Probability = min(p.Probability, c.gate.Probability)
			p.Held += yes(c.answered())
			p.Released += yes(c.kind != kindAnswerable)
		}
	}
	if shown > 0 {
		p.Risk = 1 - p.Held/shown
	}
	p.Coverage, p.Held, p.Released = shown/float64(len(all)), p.Held/good, p.Released/bad
	return p
}

// stopwatch times one step.
type stopwatch struct {
	began time.Time
	took  time.Duration
}

func (s *stopwatch) start() { s.began = time.Now() }
func (s *stopwatch) stop()  { s.took = time.Since(s.began) }

func took(all []stopwatch) []time.Duration {
	out := make([]time.Duration, len(all))
	for i := range all {
		out[i] = all[i].took
	}
	return out
}
