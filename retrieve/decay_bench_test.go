package retrieve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

const (
	decayLectures = 8
	decayWords    = 9_000 // of a lecture: 62 chunks, 500 in the course
	decayRounds   = 50
)

// BenchmarkDecay searches three courses that hold the very same lectures, in a database each. fresh was ingested once.
// vacuumed was ingested with other text first and then 50 times again, each time with a fifth of every lecture changed,
// up to the same text; its owner vacuumed after each round, as autovacuum does where rounds are minutes apart. Nobody
// vacuumed left. The three are searched in turn; x-vacuumed and x-left are their medians by that of fresh. Then left is
// vacuumed and vacuumed is clustered, and all is measured again.
func BenchmarkDecay(b *testing.B) {
	arms := []*arm{newArm(b, "fresh"), newArm(b, "vacuumed"), newArm(b, "left")}
	texts := newSpeech(b)
	for i := range decayLectures {
		for round := range decayRounds + 1 {
			texts.change(i, round)
		}
		arms[0].put(b, i, texts.raw(i))
	}
	texts.reset()
	for round := range decayRounds + 1 {
		for i := range decayLectures {
			texts.change(i, round)
			arms[1].put(b, i, texts.raw(i))
			arms[2].put(b, i, texts.raw(i))
		}
		arms[1].admin(b, `vacuum analyze`)
	}
	arms[0].admin(b, `vacuum analyze`)
	arms[2].admin(b, `analyze`)
	searchArms(b, "asleft", arms)
	arms[1].admin(b, `cluster chunk_vectors using chunk_vectors_pkey`)
	arms[1].admin(b, `vacuum analyze`)
	arms[2].admin(b, `vacuum analyze`)
	searchArms(b, "repaired", arms)
}

func searchArms(b *testing.B, state string, arms []*arm) {
	all := postgres.Scope{Principal: postgres.Local, Course: "c"}
	one := postgres.Scope{Principal: postgres.Local, Course: "c", Lectures: []string{"l-7"}}
	for _, c := range []struct {
		name string
		do   func(*testing.B, *arm, int)
	}{
		{"search/course", func(b *testing.B, a *arm, i int) { a.search(b, all, i) }},
		{"search/lecture", func(b *testing.B, a *arm, i int) { a.search(b, one, i) }},
		{"scan/course", func(b *testing.B, a *arm, i int) { a.scan(b, scanCourse, i) }},
		{"scan/lecture", func(b *testing.B, a *arm, i int) { a.scan(b, scanLecture, i) }},
	} {
		b.Run(c.name+"/"+state, func(b *testing.B) {
			for i := range 20 * len(arms) { // caches and plans
				c.do(b, arms[i%len(arms)], i)
			}
			took := make([][]time.Duration, len(arms))
			for i := 0; b.Loop(); i++ {
				for k := range arms {
					k = (k + i) % len(arms)
					began := time.Now()
					c.do(b, arms[k], i)
					took[k] = append(took[k], time.Since(began))
				}
			}
			fresh := median(took[0])
			b.ReportMetric(float64(fresh.Microseconds()), "fresh-µs")
			for k, a := range arms[1:] {
				b.ReportMetric(median(took[k+1]).Seconds()/fresh.Seconds(), "x-"+a.name)
			}
			b.ReportMetric(0, "ns/op") // of all three together: it means nothing
		})
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// arm is a course in a database of its own.
type arm struct {
	name     string
	owner    string
	db       *postgres.DB
	in       *ingest.Ingester
	searcher *retrieve.Searcher
	queries  []string
	vectors  []pgvector.HalfVector // of queries
}

func newArm(b *testing.B, name string) *arm {
	b.Helper()
	app, owner := pgtest.URLs(b)
	db, err := postgres.Open(b.Context(), app)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	e := drawn{}
	a := &arm{name: name, owner: owner, db: db, in: &ingest.Ingester{DB: db, Embedder: e, Log: quiet}, searcher: retrieve.New(db, e, quiet, 0)}
	if err := a.in.CreateCourse(b.Context(), "c", "", "en"); err != nil {
		b.Fatal(err)
	}
	for _, q := range []string{
		"How does the sender find out that a packet was lost?", "Why is the window halved?", "What does a router do with a longer prefix?",
		"Who signs a certificate?", "How long is an address?", "What happens when two stations send at once?", "Which port does a name server use?",
	} {
		a.queries = append(a.queries, q)
		a.vectors = append(a.vectors, pgvector.NewHalfVector(e.vector(q)))
	}
	return a
}

func (a *arm) put(b *testing.B, i int, raw []byte) {
	b.Helper()
	_, err := a.in.Lecture(b.Context(), ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: "c"}, Lecture: fmt.Sprintf("l-%d", i), Position: -1, Name: "l.vtt", Bytes: raw,
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
}

func (a *arm) admin(b *testing.B, sql string) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), a.owner)
	if err != nil {
		b.Fatal(err)
	}
	_, err = conn.Exec(b.Context(), sql)
	if err := errors.Join(err, conn.Close(b.Context())); err != nil {
		b.Fatal(err)
	}
}

func (a *arm) search(b *testing.B, scope postgres.Scope, i int) {
	b.Helper()
	found, err := a.searcher.Search(b.Context(), scope, a.queries[i%len(a.queries)], retrieve.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if len(found.Passages) == 0 || found.Degraded != retrieve.NotDegraded {
		b.Fatalf("%d passages, %s", len(found.Passages), found.Degraded)
	}
}

// The bare statements: what a search of the vectors costs without anything around it.
const (
	scanCourse = `
select lecture_id, chunk_id
from chunk_vectors
where course_id = 'c' and space_id = 1
order by round((embedding <=> $1::halfvec) * 1e6), chunk_id
limit 100`
	scanLecture = `
select lecture_id, chunk_id
from chunk_vectors
where course_id = 'c' and space_id = 1 and lecture_id = 'l-7'
order by round((embedding <=> $1::halfvec) * 1e6), chunk_id
limit 100`
)

func (a *arm) scan(b *testing.B, sql string, i int) {
	b.Helper()
	n := 0
	err := a.db.Query(b.Context(), "c", func(rows pgx.Rows) error {
		for rows.Next() {
			n++
		}
		return nil
	}, sql, a.vectors[i%len(a.vectors)])
	if err != nil || n == 0 {
		b.Fatal(n, err)
	}
}

// drawn is an embedder that draws 768 dimensions at random, by the text.
type drawn struct{}

func (drawn) Space(context.Context) (llm.Space, error) {
	return llm.Space{Name: "drawn@768", Model: "drawn", Dimensions: 768}, nil
}

func (d drawn) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = d.vector(text)
	}
	return out, nil
}

func (drawn) vector(text string) []float32 {
	var seed uint64
	for _, c := range []byte(text) {
		seed = (seed ^ uint64(c)) * 1099511628211
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	v := make([]float32, 768)
	var sum float64
	for i := range v {
		v[i] = rng.Float32() - 0.5
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum)) // of length 1, as every embedder's are
	}
	return v
}

// speech is the lectures of a course, as sentences of the bundled course in an order of their own.
type speech struct {
	sentences []string
	rng       []*rand.Rand
	lectures  [][]string
}

func newSpeech(b *testing.B) *speech {
	b.Helper()
	files, err := filepath.Glob("../courses/networks/*.[sv]*t")
	if err != nil || len(files) == 0 {
		b.Fatalf("the bundled course: %d transcripts, %v", len(files), err)
	}
	s := &speech{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		t, err := transcript.Parse(f, bytes.NewReader(raw))
		if err != nil {
			b.Fatal(err)
		}
		var words []string
		for _, seg := range t.Segments {
			words = append(words, seg.Text)
		}
		text := strings.Join(words, " ")
		for _, span := range lexical.Sentences(text) {
			s.sentences = append(s.sentences, text[span.Start:span.End])
		}
	}
	s.reset()
	return s
}

// reset goes back to before round 0.
func (s *speech) reset() {
	s.rng, s.lectures = nil, nil
	for i := range decayLectures {
		rng := rand.New(rand.NewPCG(uint64(i), 50))
		var lecture []string
		for n := 0; n < decayWords; {
			sentence := s.sentences[rng.IntN(len(s.sentences))]
			lecture = append(lecture, sentence)
			n += strings.Count(sentence, " ") + 1
		}
		s.rng, s.lectures = append(s.rng, rng), append(s.lectures, lecture)
	}
}

// change replaces a stretch of a fifth of lecture i; in round 0 it changes nothing.
func (s *speech) change(i, round int) {
	if round == 0 {
		return
	}
	l, rng := s.lectures[i], s.rng[i]
	n := len(l) / 5
	at := rng.IntN(len(l) - n)
	for k := range n {
		l[at+k] = s.sentences[rng.IntN(len(s.sentences))]
	}
}

// raw is lecture i as WebVTT, ten words to a cue of four seconds.
func (s *speech) raw(i int) []byte {
	var b bytes.Buffer
	b.WriteString("WEBVTT\n\n")
	at := 0
	for cue := range slices.Chunk(strings.Fields(strings.Join(s.lectures[i], " ")), 10) {
		fmt.Fprintf(&b, "%02d:%02d:%02d.000 --> %02d:%02d:%02d.900\n%s\n\n",
			at/3600, at/60%60, at%60, (at+3)/3600, (at+3)/60%60, (at+3)%60, strings.Join(cue, " "))
		at += 4
	}
	return b.Bytes()
}
