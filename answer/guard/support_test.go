package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
	"pgregory.net/rapid"
)

func englishAnalyzer(tb testing.TB) *lexical.Analyzer {
	tb.Helper()
	a, err := lexical.NewAnalyzer("en")
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestMeasure(t *testing.T) {
	a := englishAnalyzer(t)
	const quote = "The sender keeps a window of segments that are not acknowledged yet. A timer of 200 ms starts with each."
	for _, tt := range []struct {
		name, claim string
		evidence    []string
		want        Features
	}{
		{"verbatim", "The sender keeps a window of segments.", []string{quote}, Features{Recall: 1, Order: 1}},
		{"inflected", "Senders kept windows of segments.", []string{quote}, Features{Recall: 0.75, Order: 1. / 3}},
		{"no word of it", "Bananas grow near rivers.", []string{quote}, Features{}},
		{"another number", "A timer of 300 ms starts.", []string{quote}, Features{Recall: 2.5 / 3.5, Order: 1. / 3, Numbers: 1}},
		{"the same number written with a separator", "1,000 segments", []string{"about 1000 segments"}, Features{Recall: 1, Order: 1}},
		{"words in another order", "Acknowledged segments window sender", []string{quote}, Features{Recall: 1}},
		{"no evidence", "The sender keeps a window.", nil, Features{}},
		{"only stop words", "It is what they are.", []string{quote}, Features{Recall: 1, Order: 1}},
		{"one term", "Timers.", []string{quote}, Features{Recall: 1, Order: 1}},
		{"over two quotes", "window of segments, timer of 200 ms", []string{"a window of segments", "a timer of 200 ms"}, Features{Recall: 1, Order: 0.75}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Measure(a, tt.claim, tt.evidence...)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateApprox(0, 0.0001)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(got, FeaturesOf(got.Values())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSupportProperties: whatever the texts, a score is in [0, 1] and the same twice; a claim in the evidence's own words
// has the highest there is; more evidence never lowers it.
func TestSupportProperties(t *testing.T) {
	a := englishAnalyzer(t)
	w, err := ShippedWeights()
	if err != nil {
		t.Fatal(err)
	}
	top := w.Score(Features{Recall: 1, Order: 1})
	words := rapid.SampledFrom(strings.Fields("window windows sender send retransmission retransmit timer 200 1,000 3.5 TCP IP the of is not Smith café 可靠的 time way"))
	text := func(t *rapid.T, name string, least int) string {
		return strings.Join(rapid.SliceOfN(words, least, 40).Draw(t, name), " ")
	}
	rapid.Check(t, func(t *rapid.T) {
		claim, one, two := text(t, "claim", 0), text(t, "one", 0), text(t, "two", 0)
		score := w.Score(Measure(a, claim, one))
		if again := w.Score(Measure(a, claim, one)); score != again {
			t.Fatalf("%v, then %v", score, again)
		}
		if math.IsNaN(score) || score < 0 || score > top {
			t.Fatalf("score %v, highest %v", score, top)
		}
		if more := w.Score(Measure(a, claim, one, two)); more < score {
			t.Fatalf("with more evidence %v instead of %v", more, score)
		}
		if own := w.Score(Measure(a, claim, one+". "+claim+". "+two)); own != top {
			t.Fatalf("in the evidence's own words %v, highest %v", own, top)
		}
	})
}

func FuzzMeasure(f *testing.F) {
	f.Add("The sender keeps 3 segments.", "It keeps three segments.", "en")
	f.Add("", "", "")
	f.Add("\xff\xfe 1,,,0 ½", "x\u0301\u0301", "de")
	f.Add(strings.Repeat("abcde1 abcdef abcdeg ", 30), strings.Repeat("abcdex ", 300), "en")
	f.Add("可靠的数据传输", "传输数据", "ja")
	f.Fuzz(func(t *testing.T, claim, evidence, language string) {
		a, err := lexical.NewAnalyzer(language)
		if err != nil {
			t.Fatal(err)
		}
		got := Measure(a, claim, evidence)
		for i, v := range got.Values() {
			if math.IsNaN(v) || v < 0 || v > 2 || v > 1 && i < 2 {
				t.Fatalf("%+v", got)
			}
		}
		if again := Measure(a, claim, evidence); again != got {
			t.Fatalf("%+v, then %+v", got, again)
		}
	})
}

// weightsHash freezes a released file of weights: another training is another version.
const weightsHash = "78e387d1bf3df2a4f074cdaadc76f4e2d85642db7829a655141d3e8f43f38d76"

func TestShippedWeights(t *testing.T) {
	sum := sha256.Sum256(shippedWeights)
	if got := hex.EncodeToString(sum[:]); got != weightsHash {
		t.Errorf("weights/2026.11.2.json has the hash %s, released was %s", got, weightsHash)
	}
	w, err := ShippedWeights()
	if err != nil {
		t.Fatal(err)
	}
	if w.Version != "2026.11.2" || w.Analyzer != englishAnalyzer(t).Name() {
		t.Errorf("version %s for analyser %s", w.Version, w.Analyzer)
	}
	if low, high := w.Score(Features{Numbers: 2}), w.Score(Features{Recall: 1, Order: 1}); low >= w.RejectBelow || high <= w.ReviewBelow {
		t.Errorf("scores go from %.3f to %.3f: τ %.3f and τ₂ %.3f decide nothing", low, high, w.RejectBelow, w.ReviewBelow)
	}
}

func TestParseSupportWeights(t *testing.T) {
	good := string(shippedWeights)
	for _, tt := range []struct{ name, old, new string }{
		{"not JSON", "{", "["},
		{"unknown field", `"l2"`, `"l3"`},
		{"decided at impossibility", `"decided_at": 0.`, `"decided_at": 1.`},
		{"no version", `"2026.11.2"`, `""`},
		{"another feature", `"order"`, `"disorder"`},
		{"less support is better", `"weight": 2`, `"weight": -2`},
		{"thresholds out of order", `"review_below": 0.`, `"review_below": 0.0`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.old, tt.new, 1)
			if bad == good {
				t.Fatal("nothing was changed")
			}
			if _, err := ParseSupportWeights([]byte(bad)); err == nil {
				t.Error("no error")
			}
		})
	}
}
