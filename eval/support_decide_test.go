package eval

import (
	"testing"

	"github.com/lectern-tutor/lectern/answer/guard"
)

// TestDecide: the bias goes where most claims are on the right side, by their order alone, and says how far it went.
func TestDecide(t *testing.T) {
	rows := func(attributable ...bool) []measured {
		out := make([]measured, len(attributable))
		for i, is := range attributable {
			out[i] = measured{Claim: &Claim{Attributable: is}, features: guard.Features{Recall: float64(i) / float64(len(attributable)-1)}}
		}
		return out
	}
	for _, tt := range []struct {
		name     string
		rows     []measured
		bias     float64
		from, to float64 // log odds of the last that is not attributable and the first that is
	}{
		{"low", rows(false, true, true, true, true, true, true, true, true), -0.75, -0.75, -0.5},
		{"high", rows(false, false, false, false, false, false, true, true, true), -1, 0.25, 0.5},
		{"even", rows(false, false, false, false, true, true, true, true), -1, -0.143, 0.143},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &guard.SupportWeights{Bias: tt.bias}
			for i, name := range guard.FeatureNames() {
				w.Features = append(w.Features, guard.FeatureWeight{Name: name, Weight: []float64{2, 0, 0}[i]})
			}
			decide(tt.rows, w)
			if moved := tt.bias - w.Bias; moved <= tt.from || moved > tt.to || (moved > 0) != (w.DecidedAt > 0.5) {
				t.Errorf("moved by %.3f log odds, decided at %.4f; want more than %.3f, at most %.3f", moved, w.DecidedAt, tt.from, tt.to)
			}
			scores := make([]float64, len(tt.rows))
			for i, r := range tt.rows {
				scores[i] = w.Score(r.features)
			}
			if got := judge(tt.rows, scores); got.fp+got.fn > 0 {
				t.Errorf("%+v: some are on the wrong side", got)
			}
		})
	}
}
