package scale

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
	"golang.org/x/sync/errgroup"
)

var quiet = slog.New(slog.DiscardHandler)

var small = Shape{Seed: 1, Lectures: 4, Chunks: 5, Dimensions: 32}

// sound looks at every course by every rule that doctor knows.
func sound(t *testing.T, db *postgres.DB, courses ...string) {
	t.Helper()
	for _, id := range courses {
		ours, err := ingest.Check(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := answer.Check(t.Context(), db, id)
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, f := range append(ours, theirs...) {
			checked += f.Checked
			if f.Broken > 0 {
				t.Errorf("%s: %s: %d of %d are broken, such as %s", id, f.Rule, f.Broken, f.Checked, f.Example)
			}
		}
		if checked < 4*5*5 {
			t.Errorf("%s: only %d things were checked", id, checked)
		}
	}
}

func digest(t *testing.T, db *postgres.DB, only ...string) string {
	t.Helper()
	d, err := ingest.Digest(t.Context(), db, only...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestLoad: a loaded database is sound; a larger load adds and leaves what is there; other courses under the same names
// are refused before anything is written.
func TestLoad(t *testing.T) {
	db := pgtest.New(t)
	w := world(t, small)
	var seen []int
	load := func(w *World, n int) (Loaded, error) {
		return Load(t.Context(), db, quiet, w, "bench", n, func(done, all int) { seen = append(seen, done, all) })
	}
	got, err := load(w, 1)
	if err != nil || got.Courses != 1 || got.Kept != 0 || got.Chunks != 20 || got.PerSecond() <= 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]int{1, 1}, seen); diff != "" {
		t.Error(diff)
	}
	first := digest(t, db, "bench-000000")
	if got, err = load(w, 3); err != nil || got.Courses != 2 || got.Kept != 1 || got.Chunks != 40 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err = load(w, 3); err != nil || got.Courses != 0 || got.Kept != 3 || got.Chunks != 0 {
		t.Errorf("again: %+v, %v", got, err)
	}
	if digest(t, db, "bench-000000") != first {
		t.Error("the first course has changed")
	}
	sound(t, db, "bench-000000", "bench-000001", "bench-000002")

	before := digest(t, db)
	other := small
	other.Chunks++
	if _, err := load(world(t, other), 5); !errors.Is(err, ErrOtherCourse) || !strings.Contains(err.Error(), "course bench-000000 ") {
		t.Errorf("another shape: %v", err)
	}
	in := &ingest.Ingester{DB: db, Embedder: madeUp{space: w.Space()}, Log: quiet}
	if err := in.DeleteCourse(t.Context(), "bench-000002"); err != nil {
		t.Fatal(err)
	}
	if _, err := load(w, 5); !errors.Is(err, ErrOtherCourse) || !strings.Contains(err.Error(), "course bench-000002 ") {
		t.Errorf("a deleted course: %v", err)
	}
	if digest(t, db, "bench-000000", "bench-000001") == before {
		t.Error("the digest does not tell three courses from two")
	}
	if left, err := ingest.Courses(t.Context(), db, ""); err != nil || len(left) != 3 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestLoadInterrupted: what is there after an interrupt are whole courses, and the next load goes on with the rest.
func TestLoadInterrupted(t *testing.T) {
	db := pgtest.New(t)
	w := world(t, small)
	ctx, cancel := context.WithCancel(t.Context())
	got, err := Load(ctx, db, quiet, w, "bench", 50, func(done, _ int) {
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || got.Courses < 3 || got.Courses > 10 {
		t.Fatalf("%+v, %v", got, err)
	}
	there, err := ingest.Courses(t.Context(), db, "")
	if err != nil || len(there) < got.Courses || len(there) > got.Courses+8 { // a commit may have been cut off from its answer
		t.Fatalf("%d courses were added, %d are there, %v", got.Courses, len(there), err)
	}
	sound(t, db, there...)
	again, err := Load(t.Context(), db, quiet, w, "bench", 12, nil)
	if err != nil || again.Kept+again.Courses != 12 {
		t.Errorf("%+v, %v", again, err)
	}
	whole := pgtest.New(t)
	if _, err := Load(t.Context(), whole, quiet, w, "bench", 12, nil); err != nil {
		t.Fatal(err)
	}
	ids := []string{"bench-000000", "bench-000005", "bench-000011"}
	if digest(t, db, ids...) != digest(t, whole, ids...) {
		t.Error("a load that was interrupted made other courses")
	}
}

// TestLargeCourseInterrupted: one large course is minutes of work, and an interrupt ends it within a lecture.
func TestLargeCourseInterrupted(t *testing.T) {
	db := pgtest.New(t)
	w := world(t, Shape{Seed: 1, Lectures: 1000, Chunks: 100, Dimensions: 512})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	got, err := Load(ctx, db, quiet, w, "bench", 1, nil)
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || got.Courses != 0 || took > 3*time.Second {
		t.Errorf("%+v, %v, after %v", got, err, took)
	}
	if _, err := NewWorld(Shape{Seed: 1, Lectures: 1000, Chunks: 101, Dimensions: 64}); err == nil || !strings.Contains(err.Error(), "at most 100,000") {
		t.Errorf("a larger one: %v", err)
	}
}

// TestTwoLoads: two at once under one name make the courses together, each once.
func TestTwoLoads(t *testing.T) {
	db := pgtest.New(t)
	w := world(t, small)
	const courses = 8
	var loaded [2]Loaded
	var group errgroup.Group
	for i := range loaded {
		group.Go(func() (err error) {
			loaded[i], err = Load(t.Context(), db, quiet, w, "bench", courses, nil)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	a, b := loaded[0], loaded[1]
	if a.Courses+b.Courses != courses || a.Courses+a.Kept != courses || b.Courses+b.Kept != courses {
		t.Errorf("%+v and %+v", a, b)
	}
	there, err := ingest.Courses(t.Context(), db, "")
	if err != nil || len(there) != courses {
		t.Errorf("%v, %v", there, err)
	}
	sound(t, db, there...)
}

// TestQuestions: what is asked about a lecture finds chunks of its topic, or the measured statement would have nothing to
// do.
func TestQuestions(t *testing.T) {
	db := pgtest.New(t)
	w := world(t, Shape{Seed: 1, Lectures: 8, Chunks: 10, Dimensions: 64})
	if _, err := Load(t.Context(), db, quiet, w, "bench", 2, nil); err != nil {
		t.Fatal(err)
	}
	e := &madeUp{space: w.Space(), vectors: map[string][]float32{}}
	s := retrieve.New(db, e, quiet, 0)
	c := w.course(1)
	rng := rand.New(rand.NewPCG(1, 1))
	hits, all := 0, 0
	for range 40 {
		q := c.question(rng)
		e.vectors[q.text] = q.vector
		found, err := s.Search(t.Context(), postgres.Scope{Principal: postgres.Local, Course: "bench-000001"}, q.text, retrieve.Options{K: 5, Expand: -1})
		if err != nil || !found.Semantic {
			t.Fatalf("%v, semantic %t", err, found.Semantic)
		}
		for _, p := range found.Passages {
			for range p.Chunks {
				all++
				var of, at int
				for i := range w.Lectures {
					if lectureID(i) == p.Lecture {
						at = i
					}
					if lectureID(i) == q.lecture {
						of = i
					}
				}
				if at*topics/w.Lectures == of*topics/w.Lectures {
					hits++
				}
			}
		}
	}
	if all != 200 || hits < 180 { // by chance 50
		t.Errorf("%d of %d winners are of the topic", hits, all)
	}
}

// TestMeasure: every figure that is asked for, once, in order, and of as many searches.
func TestMeasure(t *testing.T) {
	w := world(t, small)
	var shelves []Shelf
	for _, n := range []int{2, 4} {
		s := Shelf{DB: pgtest.New(t), Courses: n}
		if _, err := Load(t.Context(), s.DB, quiet, w, "bench", n, nil); err != nil {
			t.Fatal(err)
		}
		shelves = append(shelves, s)
	}
	last := map[string][2]int{}
	o := Options{Questions: 12, Clients: []int{1, 3}, Progress: func(stage string, done, all int) { last[stage] = [2]int{done, all} }}
	m, err := Measure(t.Context(), w, "bench", shelves, o)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, p := range Patterns {
		for _, scope := range []string{"course", "lecture"} {
			for _, clients := range o.Clients {
				for _, chunks := range []int{40, 80} {
					f := m.Figures[i]
					i++
					if f.Pattern != p.Name || f.Scope != scope || f.Clients != clients || f.Chunks != chunks {
						t.Errorf("figure %d is of %+v", i, f)
					}
					if !(0 < f.Statement && f.Statement <= f.P50 && f.P50 <= f.P95 && f.P95 <= f.P99) || f.PerSecond <= 0 || len(f.took) != 15 {
						t.Errorf("figure %d of %d searches: %+v", i, len(f.took), f)
					}
				}
			}
		}
		if at := last["asking, "+p.Name]; at[0] != at[1] || at[1] < 48 {
			t.Errorf("%s: the progress ends at %v", p.Name, at)
		}
		if r := m.Ratio(p.Name, "course"); !(r > 0 && r < 1000) {
			t.Errorf("%s: ratio %v", p.Name, r)
		}
	}
	if i != len(m.Figures) || len(m.Heaps) != len(Patterns) {
		t.Errorf("%d figures, %d heaps", len(m.Figures), len(m.Heaps))
	}
	if m.Heaps[1].Live <= m.Heaps[3].Live { // with all postings against none
		t.Errorf("heaps %+v", m.Heaps)
	}
	if _, err := Measure(t.Context(), w, "elsewhere", shelves, o); !errors.Is(err, retrieve.ErrNoCourse) {
		t.Errorf("courses that are not there: %v", err)
	}
	server, err := ServerMemory(t.Context(), shelves[0].DB)
	if err != nil || server.SharedBuffers == "" || server.Processes > 0 && server.Resident < 1<<20 {
		t.Errorf("%+v, %v", server, err)
	}
	tables, err := Tables(t.Context(), shelves[1].DB)
	if err != nil || len(tables) < 8 || tables[0].Bytes < tables[len(tables)-1].Bytes {
		t.Errorf("%+v, %v", tables, err)
	}
}

func TestQuantile(t *testing.T) {
	all := make([]float64, 100)
	for i := range all {
		all[i] = float64(i + 1)
	}
	for p, want := range map[float64]float64{0: 1, 0.5: 50, 0.95: 95, 0.99: 99, 1: 100} {
		if got := quantile(all, p); got != want {
			t.Errorf("%.2f: %f", p, got)
		}
	}
	if got := quantile([]float64{7}, 0.99); got != 7 || math.IsNaN(got) {
		t.Error(got)
	}
}
