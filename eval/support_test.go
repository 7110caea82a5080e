package eval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval"
)

// attributionDev is AttributionBench's development file, which is third-party data and not part of the repository.
func attributionDev(t *testing.T) *eval.Claims {
	t.Helper()
	root := os.Getenv("LECTERN_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(root, "guard", "attributionbench-dev.jsonl")
	if _, err := os.Stat(path); err != nil {
		t.Attr("lectern.skipped", "third-party data")
		t.Skipf("no third-party data at %s", path)
	}
	claims, err := eval.ReadClaims(path)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestTrainSupport: the trainer writes the shipped file again, byte for byte. It fails when the analyser, the features or
// the lists of words change: then the weights are to be made anew, as another version once they were released.
func TestTrainSupport(t *testing.T) {
	w, err := eval.TrainSupport(attributionDev(t))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetIndent("", "  ")
	if err := e.Encode(w); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "answer", "guard", "weights", w.Version+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

// TestSupportDev holds what was measured by cross-validation, not the goal: that is 0.72 and missed (docs/guard.md).
func TestSupportDev(t *testing.T) {
	r, err := eval.Support(attributionDev(t), true, eval.Bootstrap{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	t.Attr("lectern.figure", fmt.Sprintf("claims judged supported or not, cross-validated: macro-F1 %.4f [%.4f, %.4f], goal 0.72",
		r.Pooled.MacroF1.Mean, r.Pooled.MacroF1.Low, r.Pooled.MacroF1.High))
	if r.Pooled.MacroF1.Mean < 0.705 || r.Pooled.AUC < 0.76 {
		t.Errorf("macro-F1 %.4f, AUC %.4f; it was 0.711 and 0.766", r.Pooled.MacroF1.Mean, r.Pooled.AUC)
	}
	if r.Pooled.TrueRejected > 0.02 {
		t.Errorf("%.4f of the attributable claims are rejected, want at most 0.02", r.Pooled.TrueRejected)
	}
	if !r.TrainedOn || r.Folds != 10 || r.Pooled.Claims != 1198 || len(r.Sources) != 4 {
		t.Errorf("%+v", r)
	}
}

// claimLines writes a file in which what stands in the reference is attributable and the rest is not.
func claimLines(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "claims.jsonl")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	goodClaim = `{"question":"q1","claim":"The sender keeps a window **of segments** [3].","references":["Title: Windows\n\nThe sender keeps a window of segments."],"attribution_label":"attributable","src_dataset":"ours","id":"x"}`
	badClaim  = `{"question":"q2","claim":"Bananas grow near rivers.","references":["The sender keeps a window of segments."],"attribution_label":"not attributable","src_dataset":"ours"}`
)

func TestReadClaims(t *testing.T) {
	claims, err := eval.ReadClaims(claimLines(t, goodClaim, "", badClaim))
	if err != nil {
		t.Fatal(err)
	}
	want := []eval.Claim{
		{Question: "q1", Text: "The sender keeps a window  of segments   .", References: []string{"Windows\n\nThe sender keeps a window of segments."}, Attributable: true, Source: "ours"},
		{Question: "q2", Text: "Bananas grow near rivers.", References: []string{"The sender keeps a window of segments."}, Source: "ours"},
	}
	if diff := cmp.Diff(want, claims.Claims); diff != "" {
		t.Error(diff)
	}
	r, err := eval.Support(claims, false, eval.Bootstrap{})
	if err != nil {
		t.Fatal(err)
	}
	if f := r.Pooled; f.MacroF1.Mean != 1 || f.AUC != 1 || f.Precision != 1 || f.RecallNot != 1 || f.FalseRejected != 1 || f.TrueRejected != 0 || r.TrainedOn {
		t.Errorf("%+v", r)
	}
}

func TestReadClaimsFaults(t *testing.T) {
	for _, tt := range []struct{ name, line, field string }{
		{"not JSON", `{"question":`, ""},
		{"no claim", strings.Replace(badClaim, `"claim"`, `"clam"`, 1), "claim"},
		{"no references", strings.Replace(badClaim, `["The sender keeps a window of segments."]`, `[]`, 1), "references"},
		{"references a string", strings.Replace(badClaim, `["The sender keeps a window of segments."]`, `"x"`, 1), "references"},
		{"another label", strings.Replace(badClaim, "not attributable", "contradictory", 1), "attribution_label"},
		{"no label", strings.Replace(badClaim, "attribution_label", "label", 1), "attribution_label"},
		{"no source", strings.Replace(badClaim, `"ours"`, `""`, 1), "src_dataset"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := eval.ReadClaims(claimLines(t, goodClaim, tt.line))
			var fault *eval.FileError
			if !errors.As(err, &fault) || fault.Line != 2 || fault.Field != tt.field {
				t.Errorf("%v", err)
			}
		})
	}
	for name, path := range map[string]string{"empty": claimLines(t), "folder": t.TempDir(), "absent": filepath.Join(t.TempDir(), "no")} {
		var fault *eval.FileError
		if _, err := eval.ReadClaims(path); !errors.As(err, &fault) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTrainSupportOneClass(t *testing.T) {
	claims, err := eval.ReadClaims(claimLines(t, goodClaim, goodClaim))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eval.TrainSupport(claims); !errors.Is(err, eval.ErrOneClass) {
		t.Error(err)
	}
	if _, err := eval.Support(claims, true, eval.Bootstrap{}); !errors.Is(err, eval.ErrOneClass) {
		t.Error(err)
	}
}

// TestSupportOnPairs says what layer 7 is for: of true paraphrases it rejects next to none, of the same sentences under the
// quotes of another lecture most. Both on the development half.
func TestSupportOnPairs(t *testing.T) {
	lectures := pairLectures(t)
	pairs, err := eval.ReadPairs(filepath.Join("testdata", "guard", "true-dev.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	count := func(p eval.Pairs) (rejected, flagged float64) {
		verdicts, err := p.Judge("en", lectures)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range verdicts {
			if strings.Contains(strings.Join(v.Codes, " "), string(guard.CodeLowSupport)) {
				rejected++
			}
			if v.Review {
				flagged++
			}
		}
		n := float64(len(verdicts))
		return 100 * rejected / n, 100 * flagged / n
	}
	rejected, flagged := count(*pairs)
	moved := eval.Pairs{Course: pairs.Course}
	for i, p := range pairs.Pairs {
		// The quotes of the next pair in turn that is from another lecture.
		for k := 1; k < len(pairs.Pairs); k++ {
			if q := pairs.Pairs[(i+k)%len(pairs.Pairs)]; q.Lecture != p.Lecture {
				p.Evidence = q.Evidence
				break
			}
		}
		moved.Pairs = append(moved.Pairs, p)
	}
	movedRejected, movedFlagged := count(moved)
	t.Attr("lectern.figure", fmt.Sprintf("low support: %.1f %% of true paraphrases rejected, %.1f %% flagged; under another lecture's quotes %.1f %% and %.1f %%",
		rejected, flagged, movedRejected, movedFlagged))
	if rejected > 1 || movedRejected < 60 {
		t.Errorf("%.1f %% of true paraphrases rejected, want at most 1; %.1f %% under another lecture's quotes, want at least 60", rejected, movedRejected)
	}
}
