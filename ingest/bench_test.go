package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// lectureWords is what is spoken in 90 minutes.
const lectureWords = 13_000

// free is an embedder whose vectors exist before it is asked: 768 dimensions, chosen by the text, so that what is
// measured is everything but the model.
type free struct {
	vectors [1024][]float32
	texts   int // asked for so far
}

func newFree() *free {
	rng := rand.New(rand.NewPCG(7, 7))
	f := &free{}
	for i := range f.vectors {
		f.vectors[i] = make([]float32, 768)
		for j := range f.vectors[i] {
			f.vectors[i][j] = float32(rng.NormFloat64()) / 28 // about unit length
		}
	}
	return f
}

func (f *free) Space(context.Context) (llm.Space, error) {
	return llm.Space{Name: "free@768", Model: "free", Dimensions: 768}, nil
}

func (f *free) Embed(_ context.Context, texts []string) ([][]float32, error) {
	f.texts += len(texts)
	out := make([][]float32, len(texts))
	for i, text := range texts {
		h := fnv.New64a()
		_, _ = h.Write([]byte(text[:min(len(text), 64)]))
		out[i] = f.vectors[h.Sum64()%uint64(len(f.vectors))]
	}
	return out, nil
}

// benchDesk is an ingester with a free embedder over a database of the benchmark's own.
type benchDesk struct {
	*ingest.Ingester
	free  *free
	owner string // URL of the database in the owner's role
}

func newBenchDesk(b *testing.B, courses ...string) benchDesk {
	b.Helper()
	app, owner := pgtest.URLs(b)
	db, err := postgres.Open(b.Context(), app)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	f := newFree()
	d := benchDesk{&ingest.Ingester{DB: db, Embedder: f, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, f, owner}
	for _, c := range courses {
		if err := d.CreateCourse(b.Context(), c, "", "en"); err != nil {
			b.Fatal(err)
		}
	}
	llm.CL100K().Count("loaded")
	return d
}

// analyze does what autovacuum would do a minute later: plans of empty tables are made anew for full ones.
func (d benchDesk) analyze(b *testing.B) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), d.owner)
	if err != nil {
		b.Fatal(err)
	}
	_, err = conn.Exec(b.Context(), `analyze`)
	if err := errors.Join(err, conn.Close(b.Context())); err != nil {
		b.Fatal(err)
	}
}

func (d benchDesk) put(b *testing.B, course, lecture string, raw []byte) ingest.Report {
	b.Helper()
	report, err := d.Lecture(b.Context(), ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: course}, Lecture: lecture, Position: -1,
		Name: lecture + ".vtt", Bytes: raw,
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return report
}

// courseSentences are the sentences of the bundled course, in order.
func courseSentences(b *testing.B) []string {
	b.Helper()
	files, err := filepath.Glob("../courses/networks/*.[sv]*t")
	if err != nil || len(files) == 0 {
		b.Fatalf("the bundled course: %d transcripts, %v", len(files), err)
	}
	var all []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		t, err := transcript.Parse(f, bytes.NewReader(raw))
		if err != nil {
			b.Fatal(err)
		}
		texts := make([]string, len(t.Segments))
		for i, s := range t.Segments {
			texts[i] = s.Text
		}
		text := strings.Join(texts, " ")
		for _, s := range lexical.Sentences(text) {
			all = append(all, text[s.Start:s.End])
		}
	}
	return all
}

// shuffled is the words of a lecture of 90 minutes: the course's sentences in an order that seed decides.
func shuffled(sentences []string, seed int) []string {
	rng := rand.New(rand.NewPCG(uint64(seed), 90))
	var words []string
	for len(words) < lectureWords {
		for _, i := range rng.Perm(len(sentences)) {
			words = append(words, strings.Fields(sentences[i])...)
			if len(words) >= lectureWords {
				break
			}
		}
	}
	return words
}

// captions writes words as WebVTT, ten to a cue of four seconds.
func captions(words []string) []byte {
	var b bytes.Buffer
	b.WriteString("WEBVTT\n\n")
	i := 0
	for cue := range slices.Chunk(words, 10) {
		at := i * 4150
		fmt.Fprintf(&b, "%02d:%02d:%02d.%03d --> %02d:%02d:%02d.%03d\n%s\n\n",
			at/3_600_000, at/60_000%60, at/1000%60, at%1000,
			(at+4000)/3_600_000, (at+4000)/60_000%60, (at+4000)/1000%60, (at+4000)%1000, strings.Join(cue, " "))
		i++
	}
	return b.Bytes()
}

// median and quantiles of what a benchmark noted down; 0 if it noted nothing.
func quantile[T time.Duration | int | float64](all []T, q float64) T {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
