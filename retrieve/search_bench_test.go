package retrieve_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/pgvector/pgvector-go"
)

const bareSQL = `
select chunk_id, embedding <=> $3 as distance
from chunk_vectors
where course_id = $1 and space_id = $2
order by distance
limit 8`

// BenchmarkSearch compares a whole search of a course of 2,000 chunks (768 dimensions) with the bare scan of the same
// vectors through the same pool, in turns, so that both see the same machine. The goal is a ratio of at most 1.5 of the
// medians. ratio-p10 is the same of the least tenth: on a machine with other work a search, which wakes the server and is
// woken by it as often but waits longer in between, loses its core more often than the scan does.
func BenchmarkSearch(b *testing.B) {
	f := fill(b, size{courses: 5, lectures: 32, chunks: 62, dims: 768, words: 190})
	rng := rand.New(rand.NewPCG(3, 4))
	m := &model{space: llm.Space{Name: spaceName(f.dims), Model: "test", Dimensions: f.dims}}
	searcher := retrieve.New(f.db, m, quiet, 0)
	course := f.courses[2]
	scope := postgres.Scope{Principal: postgres.Local, Course: course.id}
	lecture := postgres.Scope{Principal: postgres.Local, Course: course.id, Lectures: course.lects[3:4]}
	var whole, bare, one, legs, statement []time.Duration
	search := func(scope postgres.Scope, query string) retrieve.Result {
		found, err := searcher.Search(b.Context(), scope, query, retrieve.Options{})
		if err != nil || found.Degraded != "" || len(found.Passages) == 0 {
			b.Fatalf("%v, degraded %q, %d passages", err, found.Degraded, len(found.Passages))
		}
		return found
	}
	scan := func() {
		err := f.db.Query(b.Context(), course.id, func(rows pgx.Rows) error {
			_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c struct{}, err error) {
				var id string
				var distance float64
				return c, row.Scan(&id, &distance)
			})
			return err
		}, bareSQL, course.id, 1, pgvector.NewHalfVector(m.vector))
		if err != nil {
			b.Fatal(err)
		}
	}
	turn := func() {
		m.vector = halves(near(rng, course.center, 0.9))
		query := prose(rng, course.id, 10)
		start := time.Now()
		found := search(scope, query)
		whole = append(whole, time.Since(start))
		legs, statement = append(legs, found.Timings.Lexical), append(statement, found.Timings.Statement)
		start = time.Now()
		scan()
		bare = append(bare, time.Since(start))
		start = time.Now()
		search(lecture, query)
		one = append(one, time.Since(start))
	}
	for range 20 { // connections, plans, postings, tokens
		turn()
	}
	whole, bare, one, legs, statement = nil, nil, nil, nil, nil
	for b.Loop() {
		turn()
	}
	b.ReportMetric(0, "ns/op")
	report := func(name string, took []time.Duration) time.Duration {
		slices.Sort(took)
		p50 := took[len(took)/2]
		b.ReportMetric(float64(p50.Microseconds())/1000, name+"-ms")
		return p50
	}
	ratio := float64(report("course", whole)) / float64(report("bare", bare))
	b.ReportMetric(float64(whole[len(whole)/10])/float64(bare[len(bare)/10]), "ratio-p10")
	report("lecture", one)
	report("bm25", legs)
	report("statement", statement)
	b.ReportMetric(ratio, "ratio")
}

// BenchmarkCold is the first search of a course by a server that has just started: its postings are loaded and unpacked.
func BenchmarkCold(b *testing.B) {
	f := fill(b, size{courses: 1, lectures: 32, chunks: 62, dims: 32, words: 190})
	course := f.courses[0]
	m := &model{space: llm.Space{Name: spaceName(f.dims), Model: "test", Dimensions: f.dims}, vector: course.vectors[0]}
	scope := postgres.Scope{Principal: postgres.Local, Course: course.id}
	llm.CL100K().Count("loaded once per process")
	for b.Loop() {
		searcher := retrieve.New(f.db, m, quiet, 0)
		if _, err := searcher.Search(b.Context(), scope, "the router forwards", retrieve.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPublish is the first search after another process published one of the course's 32 lectures.
func BenchmarkPublish(b *testing.B) {
	f := fill(b, size{courses: 1, lectures: 32, chunks: 62, dims: 32, words: 190})
	course := f.courses[0]
	m := &model{space: llm.Space{Name: spaceName(f.dims), Model: "test", Dimensions: f.dims}, vector: course.vectors[0]}
	scope := postgres.Scope{Principal: postgres.Local, Course: course.id}
	searcher := retrieve.New(f.db, m, quiet, 0)
	for i := 2; b.Loop(); i++ {
		b.StopTimer()
		f.exec(b, `update courses set content_version = $1`, i)
		f.exec(b, fmt.Sprintf(`update lecture_postings set content_version = $1 where lecture_id = 'lecture-%02d'`, i%32), i)
		b.StartTimer()
		if _, err := searcher.Search(b.Context(), scope, "the router forwards", retrieve.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
