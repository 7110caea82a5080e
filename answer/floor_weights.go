package answer

import (
	"bytes"
	_ "embed" // for the weights
	"encoding/json"
	"fmt"
)

// Weights are what the floor and sufficiency decide by. They stand in floor_weights.json, which
// `lectern eval floor DIR --fit` prints.
type Weights struct {
	Version string `json:"version"`
	Made    string `json:"made"` // by which command, on what

	Piece    [PieceFeatures]float64    `json:"piece"`    // in the order of their constants
	Question [QuestionFeatures]float64 `json:"question"` // likewise
	Best     float64                   `json:"best"`     // of the best piece's score
	Bias     float64                   `json:"bias"`

	// The probabilities from which on the floor shows something and a model is asked.
	FloorAt float64 `json:"floor_at"`
	ModelAt float64 `json:"model_at"`
	// TailAt is the share above which a second and a third sentence is shown.
	TailAt float64 `json:"tail_at"`
}

//go:embed floor_weights.json
var weightsFile []byte

var weights = mustWeights(weightsFile)

// mustWeights reads the embedded file. It panics on a broken one, which no test would let pass.
func mustWeights(file []byte) *Weights {
	var w Weights
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		panic(fmt.Sprintf("answer: floor_weights.json: %v", err))
	}
	return &w
}

// WeightsOrigin says which weights are in force and what they were made with.
func WeightsOrigin() string { return weights.Version + ", " + weights.Made }
