package ingest

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
)

// TestSplitHostile: input that is as large and as awkward as it gets; with
// LECTERN_STRESS=1 and without -race a million cues. The limits on time are generous; quadratic work would
// take hours.
func TestSplitHostile(t *testing.T) {
	words := func(n int, word string) []transcript.Segment {
		segs := make([]transcript.Segment, n)
		for i := range segs {
			segs[i] = transcript.Segment{StartMS: int64(i), EndMS: int64(i + 1), Text: word}
		}
		return segs
	}
	one := func(text string) []transcript.Segment { return []transcript.Segment{{Text: text}} }
	cues := 200_000
	if os.Getenv("LECTERN_STRESS") == "1" && !raceDetector {
		cues = 1_000_000
	}
	for _, c := range []struct {
		name string
		segs []transcript.Segment
	}{
		{"one-word cues", words(cues, "word")},
		{"one-word sentences", words(cues, "Yes.")},
		{"a word of 50,000 letters", one(strings.Repeat("x", 50_000))},
		{"50,000 letters of several kinds", one(strings.Repeat("qwertzuiopasdfghjkl", 2_632))},
		{"one sentence of 200,000 words", one(strings.Repeat("on and on it goes ", 40_000))},
		{"200,000 characters without a space", one(strings.Repeat("漢字仮名交文", 33_334))},
		{"marks without end", one("e" + strings.Repeat("\u0301", 50_000))},
		{"families", one(strings.Repeat("👩\u200d👩\u200d👧", 5_000))},
		{"full stops", one(strings.Repeat(".", 100_000))},
		{"full stops apart", one(strings.Repeat(". ", 100_000))},
		{"broken UTF-8", one(strings.Repeat("\xff\xfe ", 10_000) + strings.Repeat("\xf0\x9f", 20_000))},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			chunks := Split(c.segs, llm.CL100K().Count, DefaultSplit)
			Identify("course", "lecture", chunks)
			took := time.Since(start)
			if got, want := reassemble(chunks), newScript(c.segs).text; got != want {
				t.Errorf("%d bytes of %d are in the chunks", len(got), len(want))
			}
			biggest := 0
			for _, c := range chunks {
				biggest = max(biggest, c.Tokens)
			}
			if biggest > DefaultSplit.Max {
				t.Errorf("a chunk has %d tokens", biggest)
			}
			if len(ids(chunks)) != len(chunks) {
				t.Error("two chunks have one id")
			}
			t.Logf("%d chunks of at most %d tokens in %v", len(chunks), biggest, took.Round(time.Millisecond))
			if took > 2*time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestSplitNothing(t *testing.T) {
	for _, segs := range [][]transcript.Segment{nil, {{}}, {{Text: " \t"}}} {
		if chunks := Split(segs, llm.CL100K().Count, DefaultSplit); len(chunks) != 0 {
			t.Errorf("Split(%v) = %v, want none", segs, chunks)
		}
	}
}

// BenchmarkSplit splits and identifies a lecture of 15,000 words (90 minutes),
// caption by caption.
func BenchmarkSplit(b *testing.B) {
	const words = 15_000
	vocabulary := strings.Fields(strings.Repeat("so the packet leaves this router and when it arrives at another one we look into its header for an address ", 3))
	var segs []transcript.Segment
	for i := 0; i < words; i += 10 {
		var cue []string
		for j := range 10 {
			cue = append(cue, vocabulary[(i*i/7+j*j*j+i/30)%len(vocabulary)])
		}
		if i%20 == 10 {
			cue[9] += "."
		}
		if i%20 == 0 {
			cue[0] = strings.ToUpper(cue[0][:1]) + cue[0][1:]
		}
		segs = append(segs, transcript.Segment{StartMS: int64(i) * 360, EndMS: int64(i)*360 + 3600, Text: strings.Join(cue, " ")})
	}
	llm.CL100K().Count("loaded")
	for b.Loop() {
		split(segs)
	}
	b.ReportMetric(float64(words)*float64(b.N)/b.Elapsed().Seconds(), "words/s")
}
