package answer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestOpen: the gate that the evals measure opens where the walk would go on.
func TestOpen(t *testing.T) {
	const cables = "Last week we talked about cables. A cable has two ends and somebody always loses one of them."
	const checksum = "Good. A checksum is a small number that is computed from the data and sent along. Any questions so far?"
	tests := []struct {
		name, question string
		texts          []string
		want           Gate
	}{
		{"it is there", "What is a checksum?", []string{cables, checksum}, Gate{Model: true, Floor: true}},
		{"one word of many is there", "Which painter of cables lived in Delft and painted a girl, a pearl and a jug of milk?", []string{cables, checksum}, Gate{}},
		{"a model may read what the floor would not show", "What does a checksum cost?", []string{cables, checksum}, Gate{Model: true}},
		{"nothing found", "What is a checksum?", nil, Gate{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, _ := asked(t, tt.question, tt.texts...)
			got := Open(tt.question, found)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(Gate{}, "Probability", "Closest", "Shown")); diff != "" {
				t.Errorf("(-want +got):\n%s\nprobability %v", diff, got.Probability)
			}
			if got.Probability < 0 || got.Probability > 1 || got.Floor && got.Shown == 0 || got.Shown > len(got.Closest) {
				t.Errorf("%+v", got)
			}
		})
	}
	found, _ := asked(t, "Who painted the Mona Lisa?", cables)
	if found.Semantic = true; !Open("Who painted the Mona Lisa?", found).Model {
		t.Error("a passage that a model's embedding found is not worth asking about")
	}
	if diff := cmp.Diff(Gate{}, Open("What is a checksum?", retrieve.Result{})); diff != "" {
		t.Errorf("the gate opens for nothing (-want +got):\n%s", diff)
	}
}
