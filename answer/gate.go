package answer

import "github.com/lectern-tutor/lectern/retrieve"

// A Gate is what the tutor makes of a search result before anybody reads it: the refusals that cost no model call. The
// evals measure it.
type Gate struct {
	Probability float64   // that the passages answer the question, 0 to 1, where one in two is out of place
	Model       bool      // likely enough for a model to be asked, which reads and can say no
	Floor       bool      // likely enough for the extractive floor to show what is closest, unread
	Closest     []Excerpt // the sentences most likely to hold the answer, best first, at most three
	Shown       int       // how many of them the floor shows if it is open; at least one if there is one
}

// Open decides on a result of a search for question with the tutor's own options.
func Open(question string, found retrieve.Result) Gate { return weights.Open(question, found) }

// Open is the package's Open with other weights than those in force.
func (w *Weights) Open(question string, found retrieve.Result) Gate {
	return w.read(question, found, found.Passages).Gate
}

// A Sample is what the weights are fitted on: the features of one question and of the pieces of its passages, in order.
type Sample struct {
	Question [QuestionFeatures]float64
	Pieces   []SamplePiece
}

// A SamplePiece is a piece with its features.
type SamplePiece struct {
	Excerpt

	Features [PieceFeatures]float64
}

// Examine returns the features of a search result.
func Examine(question string, found retrieve.Result) Sample {
	r := weights.read(question, found, found.Passages)
	s := Sample{Question: r.question}
	for _, c := range r.pieces {
		s.Pieces = append(s.Pieces, SamplePiece{Excerpt{Passage: c.passage, Start: c.start, End: c.end, Score: c.score}, c.features})
	}
	return s
}
