package eval

// A Calibration compares the probability that a question is in place with how often it is. A probability is meant for a
// place where one question in two is out of place, so the questions in their own document weigh as much together as
// those in a wrong one.
type Calibration struct {
	Brier float64          `json:"brier"` // mean squared error, 0 to 1; 0.25 is what always saying one half would give
	ECE   float64          `json:"ece"`   // expected calibration error: the bins' gaps, by their weight (Naeini et al. 2015)
	Bins  []ReliabilityBin `json:"bins"`  // of equal width, ascending; empty ones are left out
}

// A ReliabilityBin is the questions whose probability is at least Low and less than High; the last one holds 1 too.
type ReliabilityBin struct {
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	Own       int     `json:"own"`       // questions asked in their own document
	Wrong     int     `json:"wrong"`     // and in a wrong one
	Weight    float64 `json:"weight"`    // of the bin; those of all bins together are 1
	Predicted float64 `json:"predicted"` // mean probability
	Observed  float64 `json:"observed"`  // share that is in its own document
}

// reliabilityBins is how many bins there are.
const reliabilityBins = 10

// calibration is empty where one of the two kinds is missing.
func calibration(cases []floorCase) Calibration {
	var c Calibration
	own, wrong := 0, 0
	for i := range cases {
		own += int(yes(cases[i].kind == kindAnswerable))
		wrong += int(yes(cases[i].kind == kindWrong))
	}
	if own == 0 || wrong == 0 {
		return c
	}
	var bins [reliabilityBins]ReliabilityBin
	for i := range cases {
		if cases[i].kind == kindUnanswerable {
			continue
		}
		p, is := cases[i].gate.Probability, yes(cases[i].kind == kindAnswerable)
		b := &bins[min(int(p*reliabilityBins), reliabilityBins-1)]
		weight := 0.5 / float64(wrong)
		if is == 1 {
			weight = 0.5 / float64(own)
			b.Own++
		} else {
			b.Wrong++
		}
		b.Weight += weight
		b.Predicted += weight * p
		b.Observed += weight * is
		c.Brier += weight * (p - is) * (p - is)
	}
	for i, b := range bins {
		if b.Weight == 0 {
			continue
		}
		c.ECE += max(b.Predicted-b.Observed, b.Observed-b.Predicted)
		b.Low, b.High = float64(i)/reliabilityBins, float64(i+1)/reliabilityBins
		b.Predicted, b.Observed = b.Predicted/b.Weight, b.Observed/b.Weight
		c.Bins = append(c.Bins, b)
	}
	return c
}

// A TailPoint is what would come of showing a second and a third sentence only from a share on (answer.Excerpt.Share),
// over the answerable questions that are shown something in their own document.
type TailPoint struct {
	Share     float64 `json:"share"`
	Held      float64 `json:"held"`      // share of all answerable questions that are shown the gold answer
	Sentences float64 `json:"sentences"` // mean number shown
}

// tailShares are the shares of the table. 0 shows always three, 1 always one.
var tailShares = []float64{0, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 1}

func tails(cases []floorCase) []TailPoint {
	var out []TailPoint
	for _, share := range tailShares {
		p := TailPoint{Share: share}
		all, open := 0.0, 0.0
		for i := range cases {
			c := &cases[i]
			if c.kind != kindAnswerable {
				continue
			}
			all++
			if !c.gate.Floor {
				continue
			}
			open++
			shown := 1
			for shown < len(c.gate.Closest) && c.gate.Closest[shown].Share > share {
				shown++
			}
			p.Sentences += float64(shown)
			p.Held += yes(c.rank > 0 && c.rank <= shown)
		}
		if open == 0 {
			return nil
		}
		p.Held, p.Sentences = p.Held/all, p.Sentences/open
		out = append(out, p)
	}
	return out
}
