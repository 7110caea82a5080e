package ingest_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// BenchmarkEditOneWord ingests a lecture of 90 minutes again and again, each time with one more word of it replaced, at
// a place drawn at random. x-whole is its time against that of a whole lecture of the same words, in turn; the rows of
// vectors are those that are not the very rows, by place and transaction, that were there before.
func BenchmarkEditOneWord(b *testing.B) {
	d := newBenchDesk(b, "edited", "whole")
	words := shuffled(courseSentences(b), 0)
	d.put(b, "edited", "l", captions(words))
	for i := range 8 {
		d.put(b, "whole", lectureName(i), captions(words))
	}
	d.analyze(b)
	rng := rand.New(rand.NewPCG(3, 3))
	var took, whole []time.Duration
	var embedded, written []int
	before := vectorRows(b, d.DB)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		words = slices.Clone(words)
		words[rng.IntN(len(words))] = substitutes[i%len(substitutes)]
		raw := captions(words)
		b.StartTimer()
		began := time.Now()
		report := d.put(b, "edited", "l", raw)
		took = append(took, time.Since(began))
		b.StopTimer()
		embedded = append(embedded, report.Embedded)
		after := vectorRows(b, d.DB)
		fresh := 0
		for row := range after {
			if !before[row] {
				fresh++
			}
		}
		written = append(written, fresh)
		before = after
		began = time.Now()
		d.put(b, "whole", lectureName(8+i), raw)
		whole = append(whole, time.Since(began))
		b.StartTimer()
	}
	b.ReportMetric(mean(embedded), "embeddings/op")
	b.ReportMetric(float64(slices.Max(embedded)), "max-embeddings")
	b.ReportMetric(mean(written), "vector-rows/op")
	b.ReportMetric(float64(slices.Max(written)), "max-vector-rows")
	b.ReportMetric(quantile(took, 0.5).Seconds()/quantile(whole, 0.5).Seconds(), "x-whole")
}

// substitutes are what the replaced words become: words that fit in, words that do not, and corrections of case and
// punctuation that end a sentence or join two.
var substitutes = []string{"router", "Window.", "congestion", "the", "IEEE", "and", "acknowledgement,", "So", "802.11", "queue?"}

// vectorRows are the rows of chunk_vectors of the course "edited": where each stands and which transaction wrote it.
func vectorRows(b *testing.B, db *postgres.DB) map[string]bool {
	b.Helper()
	rows, err := postgres.Collect(context.WithoutCancel(b.Context()), db, "edited", pgx.RowTo[string], `
select concat_ws(' ', chunk_id, ctid, xmin)
from chunk_vectors
where course_id = 'edited'`)
	if err != nil {
		b.Fatal(err)
	}
	set := make(map[string]bool, len(rows))
	for _, row := range rows {
		set[row] = true
	}
	return set
}

func mean(all []int) float64 {
	sum := 0
	for _, n := range all {
		sum += n
	}
	return float64(sum) / float64(len(all))
}
