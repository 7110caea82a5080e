package transcript

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestSecondsExact writes every millisecond as the decimal number it is, and as
// the float that a program would make of it, and reads the same one back.
func TestSecondsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(0, 999_999*3_600_000).Draw(t, "ms")
		float := float64(want) / 1000
		for _, form := range []string{
			fmt.Sprintf("%d.%03d", want/1000, want%1000),
			fmt.Sprintf("%d.%03d0000000000000000001", want/1000, want%1000),
			fmt.Sprintf("%de-3", want), fmt.Sprintf("%d00.0E-5", want),
			strconv.FormatFloat(float, 'g', -1, 64), strconv.FormatFloat(float, 'e', -1, 64), strconv.FormatFloat(float, 'f', 5, 64),
		} {
			if got, ok := decimalMS(form, 3); !ok || got != want {
				t.Fatalf("%s: %d, %v, want %d", form, got, ok, want)
			}
		}
		if got, ok := decimalMS(strconv.FormatInt(want, 10), 0); !ok || got != want {
			t.Fatalf("%d ms: %d, %v", want, got, ok)
		}
	})
	for literal, want := range map[string]int64{
		"0.0004": 0, "0.0005": 1, "1.0014999999999998": 1001, "2.675": 2675, "4.35": 4350, "1e-05": 0, "0e999999999999": 0, "1e-999": 0, "9.9996": 10000, "3e0": 3000,
	} {
		if got, ok := decimalMS(literal, 3); !ok || got != want {
			t.Errorf("%s: %d, %v, want %d", literal, got, ok, want)
		}
	}
	for _, literal := range []string{"1e300", "1e99999999999999999999", "3600000000", strings.Repeat("9", 4000)} {
		if got, ok := decimalMS(literal, 3); ok {
			t.Errorf("%.20s: %d, want none", literal, got)
		}
	}
}

// TestWordCues makes cues of random words: none lost, none longer than allowed
// unless it is one word with what is glued to it, and no time of its own.
func TestWordCues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		var words []cue
		var all strings.Builder
		at := int64(0)
		starts := map[int64]bool{}
		for range n {
			at += rapid.SampledFrom([]int64{0, 0, 40, 300, 1500}).Draw(t, "pause")
			w := cue{start: at, end: at + rapid.Int64Range(0, 900).Draw(t, "length")}
			w.text = " " + rapid.SampledFrom([]string{"a", "packet", "loss.", "why?", "acknowledgement"}).Draw(t, "word")
			starts[at] = true
			at = w.end
			words = append(words, w)
			all.WriteString(w.text)
		}
		var got strings.Builder
		last := int64(0)
		for _, c := range wordCues(words) {
			got.WriteString(c.text)
			if c.end-c.start > wordCueMS || len(c.text) > wordCueBytes {
				t.Fatalf("a cue of %d ms and %d bytes", c.end-c.start, len(c.text))
			}
			if !starts[c.start] || c.start < last {
				t.Fatalf("a cue at %d, which no word is, or before %d", c.start, last)
			}
			last = c.end
			if before, _, ok := strings.Cut(c.text, ". "); ok {
				t.Fatalf("a sentence ends inside a cue, after %q", before)
			}
		}
		if got.String() != all.String() {
			t.Fatalf("%q became %q", all.String(), got.String())
		}
	})
}

// checkTimings compares a real file of ["word", start, end] with its transcript:
// every letter in order, and each cue from the start of a word to the end of one.
func checkTimings(t *testing.T, name string, raw []byte, tr *Transcript) {
	t.Helper()
	if filepath.Ext(name) != ".json" {
		return
	}
	var words [][3]any
	if err := json.Unmarshal(raw, &words); err != nil {
		t.Fatal(err)
	}
	var want, got strings.Builder
	starts, ends := map[int64]bool{}, map[int64]bool{}
	ms := func(v any) int64 { return int64(v.(float64)*1000 + 0.5) }
	for _, w := range words {
		want.WriteString(letters(w[0].(string)))
		starts[ms(w[1])], ends[ms(w[2])] = true, true
	}
	for i, s := range tr.Segments {
		got.WriteString(letters(s.Text))
		if !starts[s.StartMS] || !ends[s.EndMS] {
			t.Errorf("%s: segment %d from %d to %d: no words do", name, i, s.StartMS, s.EndMS)
		}
	}
	if got.String() != want.String() {
		t.Errorf("%s: %d letters, want %d", name, got.Len(), want.Len())
	}
}
