package guard

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// benchInput is 8 sentences over 8 passages of about 300 tokens, three chunks
// each, with the typographic quotes and dashes that transcripts have.
func benchInput(tb testing.TB) Input {
	const unit = "So the sender keeps a window of segments that aren’t acknowledged yet — and lecture %d calls it the " +
		"“sliding window” because it slides over the bytes of the stream, number %d. When a segment is lost, " +
		"the receiver keeps asking for the same byte, and after three duplicates the sender sends it again. "
	in := Input{FinishReason: "stop", Readable: map[string]bool{}}
	d := Draft{Outcome: Answered}
	for i := range 8 {
		var b strings.Builder
		for j := range 5 {
			fmt.Fprintf(&b, unit, i, 10*i+j)
		}
		text := strings.TrimSpace(b.String())
		p := Passage{Alias: fmt.Sprintf("c%d", i+1), Text: text}
		for k := range 3 {
			id := fmt.Sprintf("ck_%d_%d", i, k)
			p.Chunks = append(p.Chunks, Chunk{id, max(0, strings.Index(text, fmt.Sprintf("number %d", 10*i+k))-40), len(text) - (2-k)*200})
			in.Readable[id] = true
		}
		p.Chunks[0].Start = 0
		in.Passages = append(in.Passages, p)
		d.Sentences = append(d.Sentences, DraftSentence{
			Text:     "The window slides over the bytes of the stream, so the sender may send more than one segment at a time.",
			Evidence: []Evidence{{p.Alias, fmt.Sprintf(`because it slides over the bytes of the stream, number %d. When a segment is lost`, 10*i+3)}},
		})
	}
	data, err := d.JSON()
	if err != nil {
		tb.Fatal(err)
	}
	in.Draft = data
	if v := Check(in); !v.Pass {
		tb.Fatalf("%+v", v.Findings)
	}
	return in
}

// BenchmarkCheckMeaning is the same draft where layers 4 to 7 judge too, so all
// there are; its sentences are no verbatim quotes and pass. Goal: 0.3 ms p50, 1 ms p99.
func BenchmarkCheckMeaning(b *testing.B) {
	in := benchInput(b)
	in.Language, in.Question, in.Glossary = "en", "What does the window do in TCP?", []string{"Congestion control", "TCP"}
	in.Draft = []byte(strings.ReplaceAll(string(in.Draft), "at a time.", "at a time, as the TCP lecture says."))
	if v := Check(in); !v.Pass || len(v.Judged) != 4 {
		b.Fatalf("%+v", v)
	}
	benchCheck(b, in)
}

// BenchmarkCheck is layers 0 to 3 and the output filter.
func BenchmarkCheck(b *testing.B) {
	benchCheck(b, benchInput(b))
}

// benchCheck reports p50 and p99 beside the mean.
func benchCheck(b *testing.B, in Input) {
	b.ReportAllocs()
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		Check(in)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
}

// BenchmarkCheckHostile is the most work that the limits let a draft ask for:
// every quote matches at every word of a long monotonous passage, and fails.
func BenchmarkCheckHostile(b *testing.B) {
	quote := strings.Repeat("na ", MaxQuoteRunes/3-1) + "x"
	text := strings.Repeat("na ", 4000)
	var d Draft
	d.Outcome = Answered
	for range MaxSentences {
		s := DraftSentence{Text: "A claim."}
		for len(s.Evidence) < 3 { // what fits into MaxDraftBytes
			s.Evidence = append(s.Evidence, Evidence{"c1", quote})
		}
		d.Sentences = append(d.Sentences, s)
	}
	data, err := d.JSON()
	if err != nil {
		b.Fatal(err)
	}
	in := Input{Draft: data, FinishReason: "stop", Passages: []Passage{{"c1", text, []Chunk{{"ck_a", 0, len(text)}}}}, Readable: all}
	for b.Loop() {
		if v := Check(in); len(v.Findings) != MaxSentences*3 || v.Findings[0].Code != CodeQuoteNotFound {
			b.Fatal(v.Codes())
		}
	}
}
