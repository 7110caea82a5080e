package guard

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// SupportWeights turn Features into a score and a decision. They stand in a
// versioned file that a command made and can make again: see Command and Data.
// A file that was released is not changed; another training is another version.
type SupportWeights struct {
	Version string `json:"version"` // calendar version
	Command string `json:"command"` // that made the file
	// Data names what it was made from by SHA-256; nothing of it is in here.
	Data struct {
		SHA256 string `json:"sha256"`
		Claims int    `json:"claims"`
	} `json:"data"`
	// Analyzer is the lexical.Analyzer that made the terms. Another analyser's
	// terms must not be scored with these weights.
	Analyzer string  `json:"analyzer"`
	L2       float64 `json:"l2"` // strength of the penalty on standardised features
	// DecidedAt is the regression's own estimate, 0 to 1, of how likely a claim
	// with a Score of 0.5 is supported; Bias has been moved by it.
	DecidedAt float64 `json:"decided_at"`
	Bias      float64 `json:"bias"`
	// Features stand in the order of FeatureNames.
	Features []FeatureWeight `json:"features"`
	// RejectBelow is τ: a lower score rejects. ReviewBelow is τ₂, at least τ: a
	// score below it is released and flagged.
	RejectBelow float64 `json:"reject_below"`
	ReviewBelow float64 `json:"review_below"`
	// CrossValidated says what was measured on claims that were left out.
	CrossValidated struct {
		Folds        int     `json:"folds"`
		MacroF1      float64 `json:"macro_f1"`
		AUC          float64 `json:"auc"`
		LeftOutF1    float64 `json:"mean_macro_f1_of_a_source_left_out"`
		TrueRejected float64 `json:"attributable_rejected"`
		TrueFlagged  float64 `json:"attributable_rejected_or_flagged"`
	} `json:"cross_validated"`
}

// FeatureWeight is what one feature, in its own unit, adds to the log odds.
type FeatureWeight struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"`
}

// Score returns how well a claim with these features is supported, 0 to 1: the
// logistic function of the bias and the weighted features. From 0.5 on a claim
// counts as supported: there the training data were told apart best.
func (w *SupportWeights) Score(f Features) float64 {
	sum := w.Bias
	for i, v := range f.Values() {
		sum += w.Features[i].Weight * v
	}
	return 1 / (1 + math.Exp(-sum))
}

// ParseSupportWeights reads a weights file. Unknown fields, other features than
// FeatureNames, weights whose sign contradicts the meaning of their feature,
// and thresholds out of order are errors.
func ParseSupportWeights(data []byte) (*SupportWeights, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	w := &SupportWeights{}
	if err := d.Decode(w); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	names := make([]string, len(w.Features))
	for i, f := range w.Features {
		names[i] = f.Name
	}
	switch {
	case w.Version == "" || w.Analyzer == "":
		return nil, errors.New("weights: no version or no analyzer")
	case !slices.Equal(names, featureNames):
		return nil, fmt.Errorf("weights %s: features %v, want %v", w.Version, names, featureNames)
	case w.Features[0].Weight < 0 || w.Features[1].Weight < 0 || w.Features[2].Weight > 0:
		return nil, fmt.Errorf("weights %s: more support must not lower the score", w.Version)
	case !(0 < w.DecidedAt && w.DecidedAt < 1):
		return nil, fmt.Errorf("weights %s: decided_at %v", w.Version, w.DecidedAt)
	case !(0 <= w.RejectBelow && w.RejectBelow <= w.ReviewBelow && w.ReviewBelow <= 1):
		return nil, fmt.Errorf("weights %s: reject_below %v, review_below %v", w.Version, w.RejectBelow, w.ReviewBelow)
	}
	return w, nil
}

//go:embed weights/2026.11.2.json
var shippedWeights []byte

// ShippedWeights returns the weights that Check uses. The error is a fault of
// the build, which a test looks for.
var ShippedWeights = sync.OnceValues(func() (*SupportWeights, error) {
	return ParseSupportWeights(shippedWeights)
})
