package ingest

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// TestHostileFiles takes whole files that are as large and as awkward as the
// limit of 32 MiB lets them be from their bytes to the postings, as an ingest
// does before it embeds, and prints what each costs. Every one ends in time in
// proportion to its size; the generous limits here are for slow machines.
func TestHostileFiles(t *testing.T) {
	analyzer, err := lexical.NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	llm.CL100K().Count("load the table before anything is measured")
	large, cues := 1<<20, 50_000
	switch {
	case raceDetector: // ten times slower, and there is no race to find
		large, cues = 256<<10, 20_000
	case os.Getenv("LECTERN_STRESS") == "1":
		large, cues = 10<<20, 1_000_000
	}
	run := min(large, 1<<20) // without a space no more is read; see below
	figure(t, "%-32s %7s %9s %8s %9s %9s", "file", "MB", "segments", "chunks", "seconds", "peak MB")
	for _, f := range []struct{ name, content string }{
		{"a line of words.txt", strings.Repeat("word ", large/5)},
		{"a line of sentences.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + strings.Repeat("So it goes. ", large/12)},
		{"a line of letters.srt", "1\n00:00:01,000 --> 00:00:02,000\n" + strings.Repeat("x", run)},
		{"a line of kanji.txt", strings.Repeat("漢字仮名交文", run/18)},
		{"a line of brackets.txt", "A." + strings.Repeat("(", run-2)},
		{"a line of marks.txt", "A." + strings.Repeat(" \u0301", large/3)},
		{"50,000 letters.txt", strings.Repeat("pneumonoultramicroscopic", 50_000/24)},
		{"one-word cues.srt", oneWordCues(cues)},
		{"one-word sentences.md", strings.Repeat("Yes.\n\n", cues)},
		{"words of their own.jsonl", ownWords(cues * 3 / 4)},
	} {
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		peak := watchHeap()
		began := time.Now()
		tr, err := transcript.Parse(f.name, strings.NewReader(f.content))
		if err != nil {
			t.Error(err)
			continue
		}
		chunks := Split(tr.Segments, llm.CL100K().Count, DefaultSplit)
		Identify("course", "lecture", chunks)
		texts := make([]string, len(chunks))
		for i, c := range chunks {
			texts[i] = c.Text
			if c.Tokens > DefaultSplit.Max {
				t.Errorf("%s: a chunk of %d tokens", f.name, c.Tokens)
			}
		}
		if _, err := lexical.Build(analyzer, "", texts).MarshalBinary(); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		took := time.Since(began)
		mb := float64(peak()-before.HeapAlloc) / 1e6
		figure(t, "%-32s %7.1f %9d %8d %9.2f %9.0f", f.name, float64(len(f.content))/1e6, len(tr.Segments), len(chunks), took.Seconds(), mb)
		if took > 5*time.Minute {
			t.Errorf("%s took %v", f.name, took)
		}
		if mb > 2000 {
			t.Errorf("%s took %.0f MB of memory", f.name, mb)
		}
	}
}

// TestUnbroken: text of more than 1 MiB without a space is refused, and the message says where it stands.
func TestUnbroken(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	for _, f := range []struct{ name, content, want string }{
		{"a.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello there.\n\n2\n00:01:05,000 --> 00:01:06,000\nThen " + long, "a.srt: the cue at 1:05 holds more than 1 MiB without a space, which nobody says; is this the right file?"},
		{"a.txt", "Hello there.\n\n" + long + " and so on", "a.txt: paragraph 2 holds more than 1 MiB without a space, which nobody says; is this the right file?"},
	} {
		_, err := transcript.Parse(f.name, strings.NewReader(f.content))
		if err == nil || err.Error() != f.want {
			t.Errorf("got  %v\nwant %s", err, f.want)
		}
	}
}

func oneWordCues(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d:%02d,0-->%d:%02d,0\nword\n", i/60, i%60, i/60, i%60)
	}
	return b.String()
}

// ownWords is a transcript no two words of which are alike.
func ownWords(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"start\":%d,\"end\":%d,\"text\":\"w%x\"}\n", i, i, i)
	}
	return b.String()
}

// watchHeap watches how large the heap grows until the function it returns is
// called, which returns the most that was seen, in bytes.
func watchHeap() func() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		peak := uint64(0)
		for {
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64())
			select {
			case <-stop:
				most <- peak
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-most
	}
}
