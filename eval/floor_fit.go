package eval

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lectern-tutor/lectern/answer"
)

// Losses by which FitFloor sets its thresholds, on the half that it fits on.
const (
	// FloorLoss is the most questions in a wrong document that the floor may show something for. The goal is 5 %; the rest
	// is kept for documents that nothing was fitted on.
	FloorLoss = 0.04
	// CallsPerAnswer is how many needless model calls are worth one answer that a model could have given: a model is asked
	// where the odds are at least one to that many.
	CallsPerAnswer = 50
	// ModelLoss is the most answerable questions for which no model is asked; the odds give way to it.
	ModelLoss = 0.005
)

// Settings of the fit. Both likelihoods are concave, so that where it begins does not matter.
const (
	fitSteps  = 600
	fitRate   = 0.05
	fitShrink = 0.003 // weight of the squared weights, against the mean log likelihood
)

// FitFloor fits the floor's weights on the first half of the documents, in the order of docs.jsonl: the second half is
// left for the report. The weights of a piece maximise the likelihood that a draw in proportion to exp(score) is a piece
// that holds the gold answer (conditional logit; McFadden 1974). Those of a question are a logistic regression of its own
// document against a wrong one, each with half of the weight.
func FitFloor(ctx context.Context, b *Bench, set *SpanSet) (answer.Weights, error) {
	_, all, err := b.floorCases(ctx, set, true)
	if err != nil {
		return answer.Weights{}, err
	}
	first := firstHalf(set)
	var cases []floorCase
	for _, c := range all {
		if first[c.doc] && first[c.question.Doc] {
			cases = append(cases, c)
		}
	}
	w := answer.Weights{Made: fmt.Sprintf("lectern eval floor DIR --fit, on %d of the %d documents of %s", len(first), len(set.Documents), set.Name)}
	copy(w.Piece[:], fitPieces(cases))
	var rows [][]float64
	var right []bool
	for _, c := range cases {
		if c.kind == kindUnanswerable || len(c.sample.Pieces) == 0 {
			continue
		}
		rows = append(rows, append(append([]float64{1}, c.sample.Question[:]...), bestOf(&w, c.sample)))
		right = append(right, c.kind == kindAnswerable)
	}
	if !slices.Contains(right, true) || !slices.Contains(right, false) {
		return answer.Weights{}, fmt.Errorf("%w: to fit, there must be questions in their own and in a wrong document among the first half of the documents", ErrNoMatch)
	}
	found := fitLogistic(rows, right)
	w.Bias, w.Best = found[0], found[len(found)-1]
	copy(w.Question[:], found[1:])
	w.FloorAt, w.ModelAt = thresholds(&w, cases)
	return w, nil
}

func bestOf(w *answer.Weights, s answer.Sample) float64 {
	best := math.Inf(-1)
	for _, p := range s.Pieces {
		best = max(best, dot(w.Piece[:], p.Features[:]))
	}
	return best
}

// fitPieces fits the conditional logit over the questions with a piece that holds the gold answer.
func fitPieces(cases []floorCase) []float64 {
	return ascend(answer.PieceFeatures, func(w, gradient []float64) {
		n := 0.0
		sum := make([]float64, len(w))
		for i := range cases {
			c := &cases[i]
			if c.kind != kindAnswerable || !slices.Contains(c.gold, true) {
				continue
			}
			n++
			odds := make([]float64, len(c.gold))
			best := math.Inf(-1)
			for k := range odds {
				odds[k] = dot(w, c.sample.Pieces[k].Features[:])
				best = max(best, odds[k])
			}
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
				for f, v := range c.sample.Pieces[k].Features {
					sum[f] += pull * v
				}
			}
		}
		for f := range gradient {
			gradient[f] = sum[f]/max(n, 1) - fitShrink*w[f]
		}
	})
}

// fitLogistic fits a logistic regression; both classes weigh the same. The first column is 1, and its weight is not
// shrunk.
func fitLogistic(rows [][]float64, class []bool) []float64 {
	var count [2]float64
	for _, c := range class {
		count[int(yes(c))]++
	}
	return ascend(len(rows[0]), func(w, gradient []float64) {
		clear(gradient)
		for i, row := range rows {
			y := yes(class[i])
			pull := (y - 1/(1+math.Exp(-dot(w, row)))) / (2 * count[int(y)])
			for f, v := range row {
				gradient[f] += pull * v
			}
		}
		for f := 1; f < len(w); f++ {
			gradient[f] -= fitShrink / 3 * w[f]
		}
	})
}

// ascend climbs a concave function by its gradient (Adam; Kingma and Ba 2015), from 0.
func ascend(n int, slope func(w, gradient []float64)) []float64 {
	w, g, mean, square := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for step := 1; step <= fitSteps; step++ {
		slope(w, g)
		for f := range w {
			mean[f] = 0.9*mean[f] + 0.1*g[f]
			square[f] = 0.99*square[f] + 0.01*g[f]*g[f]
			w[f] += fitRate * mean[f] / (1 - math.Pow(0.9, float64(step))) / (math.Sqrt(square[f]/(1-math.Pow(0.99, float64(step)))) + 1e-8)
		}
	}
	for f := range w {
		w[f] = math.Round(w[f]*1e4) / 1e4
	}
	return w
}

// thresholds are the least probabilities, rounded to four digits away from the loss, at which no more is lost than may be.
func thresholds(w *answer.Weights, cases []floorCase) (floorAt, modelAt float64) {
	var right, wrong []float64
	for _, c := range cases {
		p := 0.0
		if len(c.sample.Pieces) > 0 {
			p = 1 / (1 + math.Exp(-w.QuestionScore(c.sample.Question, bestOf(w, c.sample))))
		}
		switch c.kind {
		case kindAnswerable:
			right = append(right, p)
		case kindWrong:
			wrong = append(wrong, p)
		}
	}
	slices.Sort(right)
	slices.Sort(wrong)
	most := int(FloorLoss * float64(len(wrong)))
	floorAt = math.Ceil(wrong[len(wrong)-1-most]*1e4+1e-9) / 1e4
	modelAt = math.Floor(min(1.0/(1+CallsPerAnswer), right[int(ModelLoss*float64(len(right)))])*1e4) / 1e4
	return floorAt, modelAt
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
