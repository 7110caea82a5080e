package retrieve_test

import (
	"cmp"
	"context"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
	"github.com/pgvector/pgvector-go"
	pgxvec "github.com/pgvector/pgvector-go/pgx"
)

// shelves is a database that was filled without ingest, because plans, exactness and speed need more chunks than a test
// can ingest. Vectors are clustered as real ones are: courses lie far from each other, the lectures of one less far.
type shelves struct {
	db      *postgres.DB
	owner   *pgx.Conn
	appURL  string
	dims    int
	courses []filledCourse
}

type filledCourse struct {
	id      string
	center  []float64
	lects   []string
	chunks  []string    // ids, by lecture
	vectors [][]float32 // as stored, in the order of chunks
}

// size says what to fill a database with.
type size struct {
	courses, lectures, chunks, dims int
	words                           int // of a chunk; 0: 20
}

// model is the embedder of filled databases: it returns the vector that the test asks for.
type model struct {
	space  llm.Space
	vector []float32
}

func (m *model) Space(context.Context) (llm.Space, error) { return m.space, nil }

func (m *model) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = m.vector
	}
	return out, nil
}

func spaceName(dims int) string { return fmt.Sprintf("test@%d", dims) }

func fill(t testing.TB, s size) *shelves {
	t.Helper()
	ctx := t.Context()
	app, owner := pgtest.URLs(t)
	conn, err := pgx.Connect(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if err := pgxvec.RegisterTypes(ctx, conn); err != nil {
		t.Fatal(err)
	}
	f := &shelves{owner: conn, appURL: app, dims: s.dims}
	rng := rand.New(rand.NewPCG(7, uint64(s.courses)))
	f.exec(t, `insert into embedding_spaces (name, model, dimensions) values ($1, 'test', $2)`, spaceName(s.dims), s.dims)
	for i := range s.courses {
		f.course(t, rng, fmt.Sprintf("course-%03d", i), s)
	}
	f.exec(t, `vacuum analyze`)
	if f.db, err = postgres.Open(ctx, app); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.db.Close)
	return f
}

func (f *shelves) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := f.owner.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%.80s: %v", sql, err)
	}
}

// course adds one course of s.lectures lectures with s.chunks chunks each. A chunk lasts a minute.
func (f *shelves) course(t testing.TB, rng *rand.Rand, id string, s size) {
	t.Helper()
	c := filledCourse{id: id, center: direction(rng, s.dims)}
	analyzer, err := lexical.NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	count := func(text string) int { return len(text)/4 + 1 } // as if; counting so much text takes too long
	var lectures, versions, chunks, listed, vectors, postings [][]any
	for l := range s.lectures {
		lecture := fmt.Sprintf("lecture-%02d", l)
		c.lects = append(c.lects, lecture)
		topic := near(rng, c.center, 0.7)
		var texts []string
		for n := range s.chunks {
			ck := chunkID(id, lecture, n)
			text, overlap := prose(rng, id, cmp.Or(s.words, 20)), 0
			if n > 0 { // the last seventh of the chunk before comes first
				before := texts[n-1]
				from := len(before) - len(before)/7
				from += strings.IndexByte(before[from:], ' ') + 1
				for from < len(before) && !utf8.RuneStart(before[from]) { // no space in it
					from++
				}
				text, overlap = before[from:]+" "+text, len(before)-from
			}
			texts = append(texts, text)
			vector := halves(near(rng, topic, 0.7))
			c.chunks, c.vectors = append(c.chunks, ck), append(c.vectors, vector)
			chunks = append(chunks, []any{id, ck, lecture, text, count(text)})
			listed = append(listed, []any{id, lecture, 1, n, ck, overlap, []int32{0, 60}, []int64{int64(n) * 60000, int64(n)*60000 + 30000}, []int64{int64(n)*60000 + 30000, int64(n+1) * 60000}, []string{}})
			vectors = append(vectors, []any{id, 1, lecture, ck, pgvector.NewHalfVector(vector)})
		}
		packed, err := lexical.Build(analyzer, lecture, texts).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		lectures = append(lectures, []any{id, lecture, "About " + lecture, l, nil, 1})
		versions = append(versions, []any{id, lecture, 1, "a.vtt", make([]byte, 32), "vtt", "utf-8", "s1", analyzer.Name(), 1, true, int64(s.chunks) * 60000, 190 * s.chunks, 256 * s.chunks, s.chunks})
		postings = append(postings, []any{id, lecture, 1, analyzer.Name(), int64(1), packed})
	}
	f.exec(t, `insert into courses (course_id, title, content_version) values ($1, $1, 1)`, id)
	f.copy(t, "lectures", "course_id lecture_id title position active_version last_version", lectures)
	f.copy(t, "lecture_versions", "course_id lecture_id version source_name source_sha256 format encoding splitter analyzer space_id timed duration_ms words tokens chunks", versions)
	f.copy(t, "chunks", "course_id chunk_id lecture_id text tokens", chunks)
	f.copy(t, "version_chunks", "course_id lecture_id version ordinal chunk_id overlap cue_offsets cue_starts cue_ends cue_speakers", listed)
	f.copy(t, "chunk_vectors", "course_id space_id lecture_id chunk_id embedding", vectors)
	f.copy(t, "lecture_postings", "course_id lecture_id version analyzer content_version packed", postings)
	f.exec(t, `update lectures set active_version = 1 where course_id = $1`, id)
	f.courses = append(f.courses, c)
}

func (f *shelves) copy(t testing.TB, table, columns string, rows [][]any) {
	t.Helper()
	if _, err := f.owner.CopyFrom(t.Context(), pgx.Identifier{table}, strings.Fields(columns), pgx.CopyFromRows(rows)); err != nil {
		t.Fatalf("%s: %v", table, err)
	}
}

func chunkID(course, lecture string, n int) string {
	var b [20]byte
	h := fnv(course + "/" + lecture)
	binary.BigEndian.PutUint64(b[:], h^uint64(n)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(b[8:], h+uint64(n))
	return "ck_" + base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding).EncodeToString(b[:])
}

func fnv(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// spokenWords are the words of the bundled course as they are spoken, stop words and all.
var spokenWords = sync.OnceValue(func() []string {
	files, err := filepath.Glob("../courses/networks/*.vtt")
	if err != nil || len(files) == 0 {
		panic(fmt.Sprintf("the bundled course is not there: %v", err))
	}
	var words []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		for _, line := range strings.Split(string(text), "\n") {
			if !strings.Contains(line, "-->") {
				words = append(words, strings.Fields(line)...)
			}
		}
	}
	return words
})

// prose is n spoken words at random. One in fifty is a word that only this course has.
func prose(rng *rand.Rand, course string, n int) string {
	spoken := spokenWords()
	own := strings.ReplaceAll(course, "-", "")
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		if rng.IntN(50) == 0 {
			b.WriteString(own)
			b.WriteString(strconv.Itoa(rng.IntN(50)))
		} else {
			b.WriteString(spoken[rng.IntN(len(spoken))])
		}
	}
	return b.String()
}

// direction is a random vector of length 1.
func direction(rng *rand.Rand, dims int) []float64 {
	v := make([]float64, dims)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return unit(v)
}

// near is a vector of length 1 whose cosine with v is about 1/sqrt(1+spread²).
func near(rng *rand.Rand, v []float64, spread float64) []float64 {
	noise := direction(rng, len(v))
	out := make([]float64, len(v))
	for i := range v {
		out[i] = v[i] + spread*noise[i]
	}
	return unit(out)
}

func unit(v []float64) []float64 {
	var sum float64
	for _, x := range v {
		sum += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(sum)
	}
	return v
}

// halves rounds to what a halfvec stores: 11 bits of mantissa.
func halves(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		frac, exp := math.Frexp(x)
		if exp < -13 { // subnormal: steps of 2^-24
			out[i] = float32(math.RoundToEven(x*(1<<24)) / (1 << 24))
			continue
		}
		out[i] = float32(math.Ldexp(math.RoundToEven(frac*(1<<11))/(1<<11), exp))
	}
	return out
}
