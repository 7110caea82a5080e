package eval

import (
	"context"
	"math"
	"slices"

	"github.com/lectern-tutor/lectern/answer"
)

// A choice is one question to the fit: the scaled features of its pieces, one behind the other, and which hold the gold
// answer.
type choice struct {
	features []float64
	gold     []bool
}

// fitPieces fits the weights of a piece, over the questions with a piece that holds the gold answer. First they maximise
// the likelihood that a draw in proportion to exp(score) is such a piece (conditional logit, which is concave; McFadden
// 1974), then, from there, the likelihood that it is one where the strongest wrong pieces, as many as are forgiven, take
// no part: the answer must be among three, not first.
func fitPieces(ctx context.Context, cases []floorCase) []float64 {
	const n = answer.PieceFeatures
	scale := deviations(cases)
	var all []choice
	for i := range cases {
		c := &cases[i]
		if c.kind != kindAnswerable || !slices.Contains(c.gold, true) {
			continue
		}
		one := choice{make([]float64, 0, n*len(c.gold)), c.gold}
		for k := range c.sample.Pieces {
			for f, v := range c.sample.Pieces[k].Features {
				one.features = append(one.features, v/scale[f])
			}
		}
		all = append(all, one)
	}
	var odds []float64
	w := ascend(ctx, n, fitSteps+forgiveSteps, func(step int, w, gradient []float64) {
		clear(gradient)
		for i := range all {
			odds = all[i].pull(w, gradient, odds[:0], step > fitSteps)
		}
		for f := range gradient {
			gradient[f] = gradient[f]/float64(max(len(all), 1)) - fitShrink*w[f]
		}
	})
	for f := range w {
		w[f] /= scale[f]
	}
	fourDigits(w)
	return w
}

// pull adds a question's part to the gradient. odds is memory to work in, and is returned.
func (c *choice) pull(w, gradient, odds []float64, forgive bool) []float64 {
	n := len(w)
	for k := range c.gold {
		odds = append(odds, dot(w, c.features[k*n:(k+1)*n]))
	}
	if forgive {
		for range forgiven {
			strongest := -1
			for k, s := range odds {
				if !c.gold[k] && !math.IsInf(s, -1) && (strongest < 0 || s > odds[strongest]) {
					strongest = k
				}
			}
			if strongest >= 0 {
				odds[strongest] = math.Inf(-1)
			}
		}
	}
	best := slices.Max(odds)
	all, gold := 0.0, 0.0
	for k := range odds {
		odds[k] = math.Exp(odds[k] - best)
		all += odds[k]
		if c.gold[k] {
			gold += odds[k]
		}
	}
	for k := range odds {
		pull := -odds[k] / all
		if c.gold[k] {
			pull += odds[k] / gold
		}
		if pull == 0 {
			continue
		}
		for f, v := range c.features[k*n : (k+1)*n] {
			gradient[f] += pull * v
		}
	}
	return odds
}

// deviations are the standard deviations of the features from a question's mean; 1 for a feature that does not vary.
func deviations(cases []floorCase) []float64 {
	square, count := make([]float64, answer.PieceFeatures), 0.0
	for i := range cases {
		pieces := cases[i].sample.Pieces
		if cases[i].kind != kindAnswerable || len(pieces) == 0 {
			continue
		}
		for f := range square {
			sum, squares := 0.0, 0.0
			for k := range pieces {
				v := pieces[k].Features[f]
				sum, squares = sum+v, squares+v*v
			}
			square[f] += max(0, squares-sum*sum/float64(len(pieces)))
		}
		count += float64(len(pieces))
	}
	for f := range square {
		if square[f] = math.Sqrt(square[f] / max(count, 1)); square[f] < 1e-9 {
			square[f] = 1
		}
	}
	return square
}
