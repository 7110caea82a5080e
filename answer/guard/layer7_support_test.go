package guard

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const supportText = "So when a segment is lost, the receiver keeps asking for the same byte. After three duplicate " +
	"acknowledgements the sender retransmits the segment without waiting for its timer. That is called fast retransmit."

func TestSupported(t *testing.T) {
	for _, tt := range []struct {
		name, language, sentence string
		reject, review           bool
	}{
		{name: "verbatim", language: "en", sentence: "After three duplicate acknowledgements the sender retransmits the segment without waiting for its timer."},
		{name: "paraphrase", language: "en", sentence: "Fast retransmit resends a lost segment after three duplicate acknowledgements, before the timer runs out."},
		{name: "about something else", language: "en", sentence: "Banana plants grow best on volcanic soil near warm rivers.", reject: true},
		{name: "a little of it", language: "en", sentence: "The sender measures round trips and smooths the averages.", review: true},
		{name: "numbers are layer 4's", language: "en", sentence: "After 3 duplicate acknowledgements the lost segment is sent again."},
		{name: "short, half of it", language: "en", sentence: "The segment explodes."},
		{name: "short, a form of a word", language: "en", sentence: "It retransmitted."},
		{name: "short, of nothing there", language: "en", sentence: "Your dinner is cold.", reject: true},
		{name: "short, one of three", language: "en", sentence: "Segments poison rivers.", reject: true},
		{name: "short, a compound is one word", language: "en", sentence: "SND/RCV poison the segment.", reject: true},
		{name: "short, a number", language: "en", sentence: "It takes 3 wagons."},
		{name: "no word to look up", language: "en", sentence: "No.", reject: true},
		{name: "no word to look up, but the quote's", language: "en", sentence: "The."},
		{name: "short, in a language without weights", language: "de", sentence: "Bananen wachsen."},
		{name: "a language without weights", language: "de", sentence: "Bananen wachsen am besten auf vulkanischem Boden."},
		{name: "no language", sentence: "Banana plants grow best on volcanic soil near warm rivers."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := Input{
				Draft: draft(t, tt.sentence, "c1", "the sender retransmits the segment"), FinishReason: "stop", Language: tt.language,
				Passages: []Passage{{"c1", supportText, []Chunk{{"ck_a", 0, len(supportText)}}}}, Readable: map[string]bool{"ck_a": true},
			}
			v := Check(in)
			if got := slices.Contains(v.Codes(), string(CodeLowSupport)); got != tt.reject || v.Pass == tt.reject {
				t.Errorf("pass %v, findings %+v", v.Pass, v.Findings)
			}
			if got := len(v.Review) > 0; got != tt.review {
				t.Errorf("review %+v", v.Review)
			}
			for _, f := range append(v.Findings, v.Review...) {
				if strings.Contains(f.Detail, "anana") {
					t.Errorf("the detail tells the sentence: %s", f.Detail)
				}
			}
			if got := slices.Contains(v.Judged, "support"); got != (tt.language == "en") {
				t.Errorf("judged %v", v.Judged)
			}
		})
	}
}

func TestWiden(t *testing.T) {
	const text = "one two  three four five six"
	at := strings.Index(text, "three")
	for _, tt := range []struct {
		n    int
		want string
	}{{0, "three"}, {1, "two  three four"}, {2, "one two  three four five"}, {9, text}} {
		s := widen(text, span{at, at + len("three")}, tt.n)
		if got := strings.TrimSpace(text[s.start:s.end]); got != tt.want {
			t.Errorf("%d words: %q, want %q", tt.n, got, tt.want)
		}
	}
}

// BenchmarkSupport is layer 7 alone: 8 sentences, each with a quote of its own from one of 8 passages.
func BenchmarkSupport(b *testing.B) {
	in := benchInput(b)
	in.Language = "en"
	d, finding := decodeDraft(in.Draft, in.FinishReason)
	if finding != nil {
		b.Fatal(finding)
	}
	c := newCheck(in, d)
	for _, layer := range []func(*check){knownAliases, quotesFound, chunksReadable} {
		layer(c)
	}
	c.readClaims() // layer 4 has done it
	b.ReportAllocs()
	var times []time.Duration
	for b.Loop() {
		c.analysed, c.findings, c.review, c.room.terms = nil, nil, nil, c.room.terms[:0]
		start := time.Now()
		supported(c)
		times = append(times, time.Since(start))
	}
	if len(c.analysed) != 8 || len(c.findings) > 0 {
		b.Fatal(len(c.analysed), c.findings)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
}
