package eval_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
)

// TestWilson holds the interval against published values: Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		k, n      int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
		{20, 20, 1 - 0.1611, 1},
	} {
		got := eval.Wilson(tt.k, tt.n)
		want := eval.Estimate{Mean: float64(tt.k) / float64(tt.n), Low: tt.low, High: tt.high}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 5e-5)); diff != "" {
			t.Errorf("%d of %d: %s", tt.k, tt.n, diff)
		}
	}
	if e := eval.Wilson(0, 0); !math.IsNaN(e.Mean) {
		t.Errorf("none of none: %+v", e)
	}
}

// tides is a lecture of its own, and pairs over it as YAML.
var tides = map[string]eval.PairLecture{"tides": {Title: "Tides", Chunks: []ingest.Chunk{{
	Text: "The tide rises twice a day, and it rises about 3 meters here. The moon pulls the water more than the sun does.",
}}}}

func pairsOf(t *testing.T, path string, sentences ...string) eval.PairSet {
	t.Helper()
	var b strings.Builder
	b.WriteString("course: sea\npairs:\n")
	for i, s := range sentences {
		kind, said, _ := strings.Cut(s, ": ")
		said, why, isFalse := strings.Cut(said, " # ")
		fmt.Fprintf(&b, "  - id: %s-%d\n    kind: %s\n    sentence: %q\n", path, i+1, kind, said)
		if isFalse {
			fmt.Fprintf(&b, "    why: %s\n", why)
		}
		b.WriteString("    evidence: [{lecture: tides, quote: \"it rises about 3 meters here.\"}]\n")
	}
	pairs, err := eval.ParsePairs(path, []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return eval.PairSet{Pairs: pairs, Language: "en", Lectures: tides}
}

// TestMeasurePairs counts both errors: three false sentences of which one is released, two true ones of which one is rejected.
func TestMeasurePairs(t *testing.T) {
	lies := pairsOf(t, "lies",
		"number: Here it rises about 5 meters. # three",
		"both: At Dover it rises about 5 meters. # three, and nobody says where",
		"number: It rises about 3 meters here. # for the test only")
	truths := pairsOf(t, "truths", "close: Here it rises about 3 meters.", "reworded: It rises about 3 meters at Dover.")
	r, err := eval.MeasurePairs([]eval.PairSet{lies, truths})
	if err != nil {
		t.Fatal(err)
	}
	wantFalse := []eval.PairRow{
		{Kind: "both", Pairs: 1, Rejected: 1, Share: eval.Wilson(1, 1), By: map[string]int{"number_unsupported": 1, "entity_unsupported": 1}},
		{Kind: "number", Pairs: 2, Rejected: 1, Share: eval.Wilson(1, 2), By: map[string]int{"number_unsupported": 1}},
		{Kind: "all", Pairs: 3, Rejected: 2, Share: eval.Wilson(2, 3), By: map[string]int{"number_unsupported": 2, "entity_unsupported": 1}},
	}
	if diff := cmp.Diff(wantFalse, r.False); diff != "" {
		t.Errorf("false sentences (-want +got):\n%s", diff)
	}
	if all := r.True[len(r.True)-1]; all.Pairs != 2 || all.Rejected != 1 {
		t.Errorf("true sentences: %+v", all)
	}
	wantLayers := []eval.PairLayer{
		{Layer: "4", Code: "number_unsupported", False: eval.PairCount{Rejected: 2, Only: 1, Share: eval.Wilson(2, 3)}, True: eval.PairCount{Share: eval.Wilson(0, 2)}},
		{Layer: "5", Code: "entity_unsupported", False: eval.PairCount{Rejected: 1, Share: eval.Wilson(1, 3)}, True: eval.PairCount{Rejected: 1, Only: 1, Share: eval.Wilson(1, 2)}},
		{Layer: "6", Code: "polarity", False: eval.PairCount{Share: eval.Wilson(0, 3)}, True: eval.PairCount{Share: eval.Wilson(0, 2)}},
		{Layer: "7", Code: "low_support", False: eval.PairCount{Share: eval.Wilson(0, 3)}, True: eval.PairCount{Share: eval.Wilson(0, 2)}},
	}
	if diff := cmp.Diff(wantLayers, r.Layers); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	var wrong []string
	for _, w := range r.Wrong {
		wrong = append(wrong, fmt.Sprintf("%s:%d %s %v %v", w.Path, w.Line, w.ID, w.False, w.Codes))
	}
	if diff := cmp.Diff([]string{"lies:13 lies-3 true []", "truths:7 truths-2 false [entity_unsupported]"}, wrong); diff != "" {
		t.Errorf("wrongly judged (-want +got):\n%s", diff)
	}
	last := r.String()[strings.LastIndex(strings.TrimSpace(r.String()), "\n")+1:]
	if want := "false sentences rejected: 2 of 3, 66.7 % [20.8, 93.9]; true paraphrases rejected: 1 of 2, 50.0 % [9.5, 90.5]\n"; last != want {
		t.Errorf("%q, want %q", last, want)
	}
}

// TestBothErrors: neither error comes without the other, and no sentence is counted twice.
func TestBothErrors(t *testing.T) {
	lies, truths := pairsOf(t, "lies", "number: It rises about 5 meters here. # three"), pairsOf(t, "truths", "close: Here it rises about 3 meters.")
	for _, sets := range [][]eval.PairSet{nil, {lies}, {truths}, {truths, truths}} {
		if r, err := eval.MeasurePairs(sets); !errors.Is(err, eval.ErrOneError) || r != nil {
			t.Errorf("%d files of one kind: %v", len(sets), err)
		}
	}
	_, err := eval.MeasurePairs([]eval.PairSet{lies, truths, lies})
	var file *eval.FileError
	if !errors.As(err, &file) || file.Line != 3 || file.Field != "id" {
		t.Errorf("a file twice: %v", err)
	}
}

// TestParsePairs: what is wrong in a file is said with its place.
func TestParsePairs(t *testing.T) {
	const pair = "  - id: a\n    kind: k\n    sentence: S.\n    evidence: [{lecture: l, quote: q}]\n"
	for _, tt := range []struct{ name, yaml, want string }{
		{"no course", "pairs: []", `f: course: "" is no course id`},
		{"none", "course: sea", "f: pairs: there are none"},
		{"null", "course: sea\npairs:\n  - \n" + pair, "f: pairs: number 1 is empty"},
		{"unknown field", "course: sea\npairs:\n  - id: a\n    kidn: k\n", `f:4: unknown field "kidn"`},
		{"no id", "course: sea\npairs:\n  - kind: k\n", `f:3: id: pair "": is not 1 to 64 bytes`},
		{"id twice", "course: sea\npairs:\n" + pair + pair, `f:7: id: pair "a": stands in line 3 already`},
		{"no kind", "course: sea\npairs:\n  - id: a\n", `f:3: kind: pair "a": is missing`},
		{"no sentence", "course: sea\npairs:\n  - id: a\n    kind: k\n", `f:3: sentence: pair "a": is missing`},
		{"no evidence", "course: sea\npairs:\n  - id: a\n    kind: k\n    sentence: S.\n", `f:3: evidence: pair "a": there are 0 quotes`},
		{"empty quote", "course: sea\npairs:\n  - id: a\n    kind: k\n    sentence: S.\n    evidence: [{lecture: l, quote: \" \"}]\n", `f:3: evidence: pair "a": number 1 has no`},
		{"mixed", "course: sea\npairs:\n" + pair + "    why: so\n" + strings.Replace(pair, "id: a", "id: b", 1), `f:8: why: pair "b": a file holds`},
		{"no YAML", "course: [", "f:1: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := eval.ParsePairs("f", []byte(tt.yaml))
			if err == nil || !strings.Contains(err.Error(), tt.want) || p != nil {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestLayers: every code that the guard can report has a layer, and they stand in the layers' order.
func TestLayers(t *testing.T) {
	var layers []string
	for _, c := range guard.Codes() {
		layers = append(layers, c.Layer())
	}
	if !slices.IsSorted(layers) || layers[0] != "0" || layers[len(layers)-1] != "out" || guard.Code("other").Layer() != "" {
		t.Errorf("%q", layers)
	}
}

// FuzzParsePairs: whatever a file holds, it is read or refused, and what is read can be judged or is refused with its place.
func FuzzParsePairs(f *testing.F) {
	const pair = "  - {id: a, kind: k, sentence: S., why: w, evidence: [{lecture: tides, quote: it rises about 3 meters here.}]}\n"
	f.Add("course: sea\npairs:\n" + pair)
	f.Add("course: sea\npairs:\n" + pair + "  - *a\n  - !!x\n  -\n")
	f.Add("course: sea\npairs: [{id: a, kind: k, sentence: S., evidence: [{lecture: tides, quote: \"\\u200b\"}, {}]}]")
	f.Add("course: sea\npairs: [&a {id: a, kind: k, sentence: S., evidence: [*a]}]")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := eval.ParsePairs("f", []byte(text))
		if err != nil {
			return
		}
		verdicts, err := p.Judge("en", tides)
		var file *eval.FileError
		if err != nil && (!errors.As(err, &file) || file.Line == 0) || err == nil && len(verdicts) != len(p.Pairs) {
			t.Errorf("%d verdicts on %d pairs, %v", len(verdicts), len(p.Pairs), err)
		}
	})
}
