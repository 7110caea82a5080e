package answer

import (
	"math"

	"github.com/lectern-tutor/lectern/retrieve"
)

// Sufficiency: whether the passages can answer the question at all, decided before a model is paid for.
//
// The probability is that of a logistic regression over the shares of the question that are found together (see
// sufficiency_features.go) and the score of the best sentence, fitted on questions asked in their own lecture and in a wrong
// one, each kind with half of the weight: it is the probability where one question in two is out of place. It knows a
// question about something else. It does not know a near miss, a question in the lecture's own words that the lecture
// leaves open: that takes a reader.

// decide fills all of the gate but what is shown. The pieces have their scores.
func (w *Weights) decide(r *reading, found retrieve.Result) Gate {
	g := Gate{Probability: w.probability(r.question, bestScore(r.pieces))}
	if len(r.pieces) == 0 || r.question[featureEight] == 0 {
		g.Probability = 0
	}
	g.Floor = g.Probability >= w.FloorAt
	g.Model = g.Probability >= w.ModelAt
	if found.Semantic {
		// A model's embeddings find passages that share no word with the question; then every passage is worth reading.
		g.Model = len(found.Passages) > 0
	}
	return g
}

func bestScore(pieces []piece) float64 {
	best := math.Inf(-1)
	for i := range pieces {
		best = max(best, pieces[i].score)
	}
	return best
}

// probability of sufficiency, 0 to 1.
func (w *Weights) probability(question [QuestionFeatures]float64, best float64) float64 {
	return 1 / (1 + math.Exp(-w.QuestionScore(question, best)))
}

// QuestionScore is the logarithm of the odds that the passages answer, best being the highest score of their pieces.
func (w *Weights) QuestionScore(question [QuestionFeatures]float64, best float64) float64 {
	sum := w.Bias + w.Best*best
	for i, v := range question {
		sum += w.Question[i] * v
	}
	return sum
}

func (w *Weights) pieceScore(features [PieceFeatures]float64) float64 {
	sum := 0.0
	for i, v := range features {
		sum += w.Piece[i] * v
	}
	return sum
}
