package eval

import (
	"math"

	"github.com/lectern-tutor/lectern/answer/guard"
)

// Where decide looks, as log odds: every decideStep from −1 to 1. One claim more or less on the right side must not
// decide, so a place is worth the mean of macro-F1 there and at decideAround on both sides.
const decideStep = 0.025

var decideAround = [...]float64{-0.15, -0.075, 0, 0.075, 0.15}

// decide moves the bias so that a score of 0.5 is where macro-F1 on rows is highest. The log odds that a claim is supported
// rise slowly at low recall and fast at high recall; a regression that is linear in it takes claims in the middle for more
// than they are, and its own 0.5 lets too many of them through. The order of the scores stays what it was.
func decide(rows []measured, w *guard.SupportWeights) {
	odds := make([]float64, len(rows))
	for i, r := range rows {
		s := w.Score(r.features)
		odds[i] = math.Log(s / (1 - s))
	}
	at, most := 0.0, -1.0
	for step := -40; step <= 40; step++ {
		place, sum := float64(step)*decideStep, 0.0
		for _, d := range decideAround {
			var c confusion
			for i, r := range rows {
				c.count(r.Attributable, odds[i] >= place+d)
			}
			sum += c.macroF1()
		}
		// Of equals the first; the tiny difference is below what rounding may do.
		if sum > most+1e-9 {
			at, most = place, sum
		}
	}
	w.Bias = round(w.Bias - at)
	w.DecidedAt = round(1 / (1 + math.Exp(-at)))
}
