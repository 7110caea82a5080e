package ingest_test

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
)

func lectureName(i int) string { return fmt.Sprintf("l-%d", i) }

// BenchmarkMemory ingests 10 lectures of 90 minutes one after another, then 100. live-MiB is the most that a garbage
// collection found alive on the heap meanwhile, beyond what was alive before the first lecture with the tokenizer
// loaded; heap-MiB is the same with the garbage that no collection had taken yet.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{10, 100} {
		b.Run(fmt.Sprintf("%dlectures", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				d := newBenchDesk(b, "c")
				sentences := courseSentences(b)
				d.put(b, "c", "first", captions(shuffled(sentences, -1))) // connections, plans, analyser
				b.StartTimer()
				peak := watchHeap(func() {
					for i := range n {
						d.put(b, "c", lectureName(i), captions(shuffled(sentences, i)))
					}
				})
				peak.report(b)
			}
		})
	}
}

// BenchmarkLargest parses, splits and identifies transcripts of the largest size there may be, and reports the same as
// BenchmarkMemory: this memory is in proportion to the file, and is given back. The one run of letters, which is cut
// letter by letter and takes the most for its size, is as long as a transcript's may be.
func BenchmarkLargest(b *testing.B) {
	sentence := "so the packet leaves this router and when it arrives at another one we look into its header. "
	arrow := func(i int) string {
		return fmt.Sprintf("%02d:%02d:%02d.000 --> %02d:%02d:%02d.900\n", i/3600, i/60%60, i%60, i/3600, i/60%60, i%60)
	}
	fill := func(head string, piece func(i int) string) []byte {
		var f bytes.Buffer
		f.WriteString(head)
		for i := 0; ; i++ {
			next := piece(i)
			if f.Len()+len(next) > transcript.MaxBytes {
				return f.Bytes()
			}
			f.WriteString(next)
		}
	}
	for _, c := range []struct {
		name string
		make func() []byte
	}{
		{"sentences.vtt", func() []byte {
			return fill("WEBVTT\n\n", func(i int) string { return arrow(i) + sentence + "\n\n" })
		}},
		{"words.vtt", func() []byte {
			return fill("WEBVTT\n\n", func(i int) string { return arrow(i) + "word\n\n" })
		}},
		{"line.txt", func() []byte { return fill("", func(int) string { return sentence }) }},
		{"letters.txt", func() []byte { return []byte(strings.Repeat("x", 1<<20)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			llm.CL100K().Count("loaded")
			raw := c.make()
			chunks := 0
			for b.Loop() {
				watchHeap(func() {
					t, err := transcript.Parse(c.name, bytes.NewReader(raw))
					if err != nil {
						b.Fatal(err)
					}
					split := ingest.Split(t.Segments, llm.CL100K().Count, ingest.DefaultSplit)
					ingest.Identify("c", "l", split)
					chunks = len(split)
				}).report(b)
			}
			b.ReportMetric(float64(chunks), "chunks")
		})
	}
}

// heap is memory in bytes beyond what was there before.
type heap struct{ live, all uint64 }

func (h heap) report(b *testing.B) {
	b.ReportMetric(float64(h.live)/(1<<20), "live-MiB")
	b.ReportMetric(float64(h.all)/(1<<20), "heap-MiB")
}

// watchHeap looks at the heap every millisecond while fn runs.
func watchHeap(fn func()) heap {
	runtime.GC()
	runtime.GC() // what finalizers let go of
	before := readHeap()
	stop := make(chan struct{})
	var peak heap
	var wg sync.WaitGroup
	wg.Go(func() {
		for tick := time.NewTicker(time.Millisecond); ; {
			now := readHeap()
			peak.live, peak.all = max(peak.live, now.live), max(peak.all, now.all)
			select {
			case <-stop:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	})
	fn()
	close(stop)
	wg.Wait()
	return heap{live: peak.live - min(before.live, peak.live), all: peak.all - min(before.all, peak.all)}
}

func readHeap() heap {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return heap{live: s[0].Value.Uint64(), all: s[1].Value.Uint64()}
}
