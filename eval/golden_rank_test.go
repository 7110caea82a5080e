package eval_test

import (
	"cmp"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
)

var updateRanks = flag.Bool("update", false, "write the golden files of testdata anew; read the diff before committing it")

const (
	goldenRanks = "testdata/golden/networks.ranks"
	// goldenDepth is how many chunks win by default; see retrieve.Options.
	goldenDepth = 8
	// nearMS is how far from the gold time a chunk may be to count as near.
	nearMS = 5000
)

// TestGoldenRanking asks the golden questions of the whole bundled course, through the production path of ingest and search
// with the offline embedder, and compares where their answers come with a file. A change of ranking is a diff of that file;
// `go test ./eval -update` writes it.
func TestGoldenRanking(t *testing.T) {
	g, files := readGolden(t), courseFiles(t)
	got := rankings(t, g, files)

	// The order in which lectures were ingested must not show: only their position counts.
	slices.Reverse(files)
	if diff := lineDiff(string(got), string(rankings(t, g, files))); diff != "" {
		t.Fatalf("the ranking hangs on the order in which lectures were ingested; - first to last, + last to first:\n%s", diff)
	}
	if *updateRanks {
		if err := os.WriteFile(goldenRanks, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenRanks)
	if err != nil {
		t.Fatal(err)
	}
	if diff := lineDiff(string(want), string(got)); diff != "" {
		t.Errorf("the ranking changed; if it is meant, run `go test ./eval -run TestGoldenRanking -update` and say why in the commit; - file, + now:\n%s", diff)
	}
}

// rankings asks every question of the course, ingested in the order of files, and renders what came.
func rankings(t *testing.T, g *eval.Golden, files []ingest.File) []byte {
	t.Helper()
	search := goldenSearch(t, g, files)
	a := english(t)
	all := make([]asked, 0, len(g.Questions))
	for _, q := range g.Questions {
		all = append(all, judge(q, winners(t, search(q)), overlap(t, a, q)))
	}
	return render(all)
}

// goldenSearch ingests the course in the order of files and returns the production search in it.
func goldenSearch(t *testing.T, g *eval.Golden, files []ingest.File) func(eval.GoldenQuestion) retrieve.Result {
	t.Helper()
	db, quiet := pgtest.New(t), slog.New(slog.DiscardHandler)
	in := &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: quiet}
	if err := in.CreateCourse(t.Context(), g.Course, "", "en"); err != nil {
		t.Fatal(err)
	}
	scope := postgres.Scope{Principal: postgres.Local, Course: g.Course}
	for _, f := range files {
		b, err := f.Read()
		if err != nil {
			t.Fatal(err)
		}
		src := ingest.Source{Scope: scope, Lecture: f.Lecture, Title: f.Title, Position: f.Position, Name: f.Path, Bytes: b}
		if _, err := in.Lecture(t.Context(), src, nil); err != nil {
			t.Fatal(err)
		}
	}
	searcher := retrieve.New(db, llm.NewOffline(), quiet, 0)
	return func(q eval.GoldenQuestion) retrieve.Result {
		t.Helper()
		// All defaults but the deadline: on a busy machine it would be a ranking by words alone.
		found, err := searcher.Search(t.Context(), scope, q.Text, retrieve.Options{EmbedTimeout: time.Minute})
		if err != nil {
			t.Fatalf("%s: %v", q.ID, err)
		}
		if found.Degraded != retrieve.NotDegraded {
			t.Fatalf("%s: %s", q.ID, found.Degraded)
		}
		return found
	}
}

// winner is a chunk that search returned for itself and not as a neighbour.
type winner struct {
	lecture        string
	position       int
	ordinal        int
	score          float64
	startMS, endMS int64
}

func (w winner) String() string {
	s := w.startMS / 1000
	return fmt.Sprintf("%s:%d@%d:%02d", w.lecture, w.ordinal, s/60, s%60)
}

func (w winner) overlaps(s eval.GoldenSpan) bool {
	return w.lecture == s.Lecture && w.startMS < s.EndMS && w.endMS > s.StartMS
}

func (w winner) near(s eval.GoldenSpan) bool {
	return w.lecture == s.Lecture && w.startMS <= s.EndMS+nearMS && w.endMS >= s.StartMS-nearMS
}

// winners takes a result apart into its winning chunks, in the order of the search statement.
func winners(t *testing.T, found retrieve.Result) []winner {
	t.Helper()
	var out []winner
	for _, p := range found.Passages {
		for _, c := range p.Chunks {
			if c.Neighbour {
				continue
			}
			start, end, ok := p.At(c.Start, c.End)
			if !ok {
				t.Fatalf("chunk %d of %s has no times", c.Ordinal, p.Lecture)
			}
			out = append(out, winner{p.Lecture, p.Position, c.Ordinal, c.Score, start, end})
		}
	}
	slices.SortFunc(out, func(a, b winner) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.position, b.position), cmp.Compare(a.lecture, b.lecture), cmp.Compare(a.ordinal, b.ordinal))
	})
	return out
}

// asked is what came of one question. A rank is from 1; 0: not among the winners.
type asked struct {
	eval.GoldenQuestion
	best    int   // of the first chunk that overlaps any span
	near    int   // of the first chunk that comes within nearMS of any span
	each    []int // of the first chunk that overlaps each span
	top     []winner
	overlap float64 // of the question's words and its spans'
}

func judge(q eval.GoldenQuestion, found []winner, overlap float64) asked {
	a := asked{GoldenQuestion: q, each: make([]int, len(q.Spans)), top: found[:min(3, len(found))], overlap: overlap}
	first := func(rank *int, at int) {
		if *rank == 0 {
			*rank = at
		}
	}
	for i, w := range found {
		for k, s := range q.Spans {
			if w.overlaps(s) {
				first(&a.each[k], i+1)
				first(&a.best, i+1)
			}
			if w.near(s) {
				first(&a.near, i+1)
			}
		}
	}
	return a
}
