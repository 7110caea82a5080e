package eval

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lectern-tutor/lectern/answer"
)

// Losses by which FitFloor sets its thresholds, on the documents that it fits on.
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

// FloorTail is the share above which a second and third sentence is shown: below it about one sentence in a hundred
// holds a gold answer of squad2 that those before it do not. See the table of tails in docs/answers.md.
const FloorTail = 1e-6

// Settings of the fit. Features are scaled by their deviation.
const (
	fitSteps     = 160
	forgiveSteps = 80
	fitRate      = 0.1
	fitShrink    = 0.003 // weight of the squared weights, against the mean log likelihood
	// forgiven is how many wrong pieces may stand before the gold one: three are shown.
	forgiven = 2
)

// A Fold says on which documents the weights were fitted that decide the questions of a document.
type Fold string

// Folds.
const (
	NoFold        Fold = ""          // none here: the weights in force decide
	FoldDocuments Fold = "documents" // on all others: leave one document out
	FoldHalves    Fold = "halves"    // on those of the other half of docs.jsonl
)

func (f Fold) describe() string {
	if f == FoldHalves {
		return "fitted anew: each half of the documents is decided by weights fitted on the other"
	}
	return "fitted anew: each document is decided by weights fitted on all others"
}

// of returns the documents of each fold.
func (f Fold) of(set *SpanSet) []map[string]bool {
	if f == FoldHalves {
		first, second := firstHalf(set), map[string]bool{}
		for _, d := range set.Documents {
			if !first[d.ID] {
				second[d.ID] = true
			}
		}
		return []map[string]bool{first, second}
	}
	var out []map[string]bool
	for _, d := range set.Documents {
		out = append(out, map[string]bool{d.ID: true})
	}
	return out
}

// crossFit decides every question anew, with weights fitted on documents that it was neither written for nor is asked in.
func (b *Bench) crossFit(ctx context.Context, set *SpanSet, fold Fold, cases []floorCase) error {
	folds := fold.of(set)
	for done, out := range folds {
		var others []floorCase
		for _, c := range cases {
			if !out[c.doc] && !out[c.question.Doc] {
				others = append(others, c)
			}
		}
		w, err := fitFloor(ctx, others)
		if err != nil {
			return err
		}
		for i := range cases {
			if c := &cases[i]; out[c.doc] {
				c.gate = w.Open(c.question.Text, c.found)
				c.judge(c.found)
			}
		}
		b.progress("fitting", done+1, len(folds))
	}
	return nil
}

// FitFloor fits the floor's weights on all documents of a set. What they are worth on others, Floor says with a Fold.
func FitFloor(ctx context.Context, b *Bench, set *SpanSet) (answer.Weights, error) {
	_, cases, err := b.floorCases(ctx, set, true)
	if err != nil {
		return answer.Weights{}, err
	}
	w, err := fitFloor(ctx, cases)
	w.Made = fmt.Sprintf("lectern eval floor DIR --fit, on the %d documents of %s", len(set.Documents), set.Name)
	return w, err
}

// fitFloor fits the weights of a piece and those of a question. The latter are a logistic regression of a question's own
// document against a wrong one, each with half of the weight.
func fitFloor(ctx context.Context, cases []floorCase) (answer.Weights, error) {
	w := answer.Weights{TailAt: FloorTail}
	copy(w.Piece[:], fitPieces(ctx, cases))
	var rows [][]float64
	var right []bool
	for i := range cases {
		c := &cases[i]
		if c.kind == kindUnanswerable || len(c.sample.Pieces) == 0 {
			continue
		}
		rows = append(rows, append(append([]float64{1}, c.sample.Question[:]...), bestOf(&w, c.sample)))
		right = append(right, c.kind == kindAnswerable)
	}
	if !slices.Contains(right, true) || !slices.Contains(right, false) {
		return w, fmt.Errorf("%w: to fit, there must be questions in their own and in a wrong document among the documents fitted on", ErrNoMatch)
	}
	found := fitLogistic(ctx, rows, right)
	w.Bias, w.Best = found[0], found[len(found)-1]
	copy(w.Question[:], found[1:])
	w.FloorAt, w.ModelAt = thresholds(&w, cases)
	return w, ctx.Err()
}

func bestOf(w *answer.Weights, s answer.Sample) float64 {
	best := math.Inf(-1)
	for i := range s.Pieces {
		best = max(best, dot(w.Piece[:], s.Pieces[i].Features[:]))
	}
	return best
}

// fitLogistic fits a logistic regression; both classes weigh the same. The first column is 1, and its weight is not
// shrunk.
func fitLogistic(ctx context.Context, rows [][]float64, class []bool) []float64 {
	var count [2]float64
	for _, c := range class {
		count[int(yes(c))]++
	}
	return ascend(ctx, len(rows[0]), 4*fitSteps, func(_ int, w, gradient []float64) {
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

// ascend climbs a function by its gradient (Adam; Kingma and Ba 2015), from 0; the second half of the steps are shorter.
// Cancelled, it stops where it is.
func ascend(ctx context.Context, n, steps int, slope func(step int, w, gradient []float64)) []float64 {
	w, g, mean, square := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for step := 1; step <= steps && ctx.Err() == nil; step++ {
		rate := fitRate
		if step > steps/2 {
			rate = fitRate / 3
		}
		slope(step, w, g)
		for f := range w {
			mean[f] = 0.9*mean[f] + 0.1*g[f]
			square[f] = 0.99*square[f] + 0.01*g[f]*g[f]
			w[f] += rate * mean[f] / (1 - math.Pow(0.9, float64(step))) / (math.Sqrt(square[f]/(1-math.Pow(0.99, float64(step)))) + 1e-8)
		}
	}
	fourDigits(w)
	return w
}

func fourDigits(w []float64) {
	for f := range w {
		w[f] = math.Round(w[f]*1e4) / 1e4
	}
}

// thresholds are the least probabilities, rounded to four digits away from the loss, at which no more is lost than may be.
func thresholds(w *answer.Weights, cases []floorCase) (floorAt, modelAt float64) {
	var right, wrong []float64
	for i := range cases {
		c := &cases[i]
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
