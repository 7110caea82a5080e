package eval

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/answer"
)

// floorCaseOf is a question of a kind with the probability it got; rank says which of its three sentences holds the gold
// answer, their shares being 0.9, 0.05 and 0.002.
func floorCaseOf(kind string, probability float64, rank int) floorCase {
	return floorCase{kind: kind, rank: rank, gate: answer.Gate{
		Probability: probability, Floor: probability >= 0.5, Shown: 2,
		Closest: []answer.Excerpt{{Share: 0.9}, {Share: 0.05}, {Share: 0.002}},
	}}
}

var floorCasesOfTests = []floorCase{
	floorCaseOf(kindAnswerable, 0.95, 1), floorCaseOf(kindAnswerable, 0.91, 2), floorCaseOf(kindAnswerable, 0.55, 3), floorCaseOf(kindAnswerable, 0.2, 1),
	floorCaseOf(kindWrong, 0.52, 0), floorCaseOf(kindWrong, 0.05, 0),
	floorCaseOf(kindUnanswerable, 0.99, 0),
}

var nearly = cmpopts.EquateApprox(0, 1e-9)

// TestCalibration: both kinds weigh one half, whatever their number, and a probability of 1 has a bin.
func TestCalibration(t *testing.T) {
	got := calibration(floorCasesOfTests)
	want := Calibration{
		Brier: (0.05*0.05+0.09*0.09+0.45*0.45+0.8*0.8)/8 + (0.52*0.52+0.05*0.05)/4,
		ECE:   0.25*0.05 + 0.125*0.8 + math.Abs(0.125*0.55+0.25*0.52-0.125) + 0.125*0.14,
		Bins: []ReliabilityBin{
			{Low: 0, High: 0.1, Wrong: 1, Weight: 0.25, Predicted: 0.05},
			{Low: 0.2, High: 0.3, Own: 1, Weight: 0.125, Predicted: 0.2, Observed: 1},
			{Low: 0.5, High: 0.6, Own: 1, Wrong: 1, Weight: 0.375, Predicted: (0.125*0.55 + 0.25*0.52) / 0.375, Observed: 1.0 / 3},
			{Low: 0.9, High: 1, Own: 2, Weight: 0.25, Predicted: 0.93, Observed: 1},
		},
	}
	if diff := cmp.Diff(want, got, nearly); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := calibration([]floorCase{floorCaseOf(kindAnswerable, 1, 1), floorCaseOf(kindWrong, 0, 0)}); got.Brier != 0 || got.ECE != 0 || len(got.Bins) != 2 {
		t.Errorf("certain and right: %+v", got)
	}
	if got := calibration(floorCasesOfTests[:3]); got.Bins != nil {
		t.Errorf("without questions in a wrong document: %+v", got)
	}
}

func TestTails(t *testing.T) {
	got := map[float64]TailPoint{}
	for _, p := range tails(floorCasesOfTests) {
		got[p.Share] = p
	}
	for _, want := range []TailPoint{
		{Share: 0, Held: 0.75, Sentences: 3}, // the fourth question's floor is closed
		{Share: 0.01, Held: 0.5, Sentences: 2},
		{Share: 1, Held: 0.25, Sentences: 1},
	} {
		if diff := cmp.Diff(want, got[want.Share], nearly); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestRiskCurveShipped: what is shown at the threshold counts, with the sentences that are shown: the second question's
// answer is in its second sentence, the third's in a third that is cut.
func TestRiskCurveShipped(t *testing.T) {
	c := riskCurve(floorCasesOfTests, kindAnswerable, kindWrong)
	want := RiskPoint{Probability: 0.52, Coverage: 4.0 / 6, Risk: 0.5, Held: 0.5, Released: 0.5}
	if diff := cmp.Diff(want, c.Shipped, nearly); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFolds: every document is decided once, and never by weights fitted on it.
func TestFolds(t *testing.T) {
	set := &SpanSet{Documents: []Document{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	if diff := cmp.Diff([]map[string]bool{{"a": true}, {"b": true}, {"c": true}}, FoldDocuments.of(set)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]map[string]bool{{"a": true}, {"b": true, "c": true}}, FoldHalves.of(set)); diff != "" {
		t.Error(diff)
	}
}

// TestFitPieces: the feature that tells the gold piece gets a weight, one that is the same everywhere gets none; and with
// three to be shown, a question in which two pieces look just like better answers does not pull against it.
func TestFitPieces(t *testing.T) {
	var cases []floorCase
	for i := range 30 {
		c := floorCase{kind: kindAnswerable, gold: make([]bool, 6)}
		for k := range c.gold {
			var p answer.SamplePiece
			p.Features[0], p.Features[1] = float64((k*7+i)%5), 3
			c.sample.Pieces = append(c.sample.Pieces, p)
		}
		c.gold[i%6] = true
		c.sample.Pieces[i%6].Features[0] = 6
		cases = append(cases, c)
	}
	w := fitPieces(t.Context(), cases)
	if w[0] <= 0.5 || w[1] != 0 {
		t.Errorf("weights %v", w[:2])
	}
	for i := range cases {
		for n := range 2 {
			cases[i].sample.Pieces[(i+1+n)%6].Features[0] = 9
		}
	}
	if w := fitPieces(t.Context(), cases); w[0] <= 0.5 {
		t.Errorf("where two pieces look better, the weight is %v", w[0])
	}
}
