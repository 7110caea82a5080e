package eval_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
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
	if diff := gocmp.Diff(string(got), string(rankings(t, g, files))); diff != "" {
		t.Fatalf("the ranking hangs on the order in which lectures were ingested, -first to last +last to first:\n%s", diff)
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
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("the ranking changed; if it is meant, run `go test ./eval -run TestGoldenRanking -update` and say why in the commit, -file +now:\n%s", diff)
	}
}

// rankings ingests the course in the order of files, asks every question and renders what came.
func rankings(t *testing.T, g *eval.Golden, files []ingest.File) []byte {
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
	a := english(t)
	all := make([]asked, 0, len(g.Questions))
	for _, q := range g.Questions {
		// All defaults but the deadline: on a busy machine it would be a ranking by words alone.
		found, err := searcher.Search(t.Context(), scope, q.Text, retrieve.Options{EmbedTimeout: time.Minute})
		if err != nil {
			t.Fatalf("%s: %v", q.ID, err)
		}
		if found.Degraded != retrieve.NotDegraded {
			t.Fatalf("%s: %s", q.ID, found.Degraded)
		}
		all = append(all, judge(q, winners(t, found), overlap(t, a, q)))
	}
	return render(all)
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

// render writes the golden file: the totals, then a line for each question.
func render(all []asked) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Where the answers to the golden questions come; written by go test ./eval -update, from networks.yaml.
# The whole course is asked, with the offline embedder and the default options: the best %d chunks, without neighbours.
# An answer is found by a chunk that overlaps a span of it in time; "±5 s": that comes within 5 s of one. MRR is cut at %[1]d.

%-24s %4s  %-9s %-9s %-9s %-6s  %-11s %-11s %s
`, goldenDepth, "questions", "n", "hit@1", "hit@3", "hit@8", "MRR", "hit@1 ±5 s", "hit@3 ±5 s", "hit@8 ±5 s")
	total := func(name string, of func(asked) bool) {
		var some []asked
		for _, a := range all {
			if of(a) {
				some = append(some, a)
			}
		}
		if len(some) == 0 {
			return
		}
		hit := func(k int, rank func(asked) int) string {
			n := 0
			for _, a := range some {
				if r := rank(a); r > 0 && r <= k {
					n++
				}
			}
			return fmt.Sprintf("%.2f %d", float64(n)/float64(len(some)), n)
		}
		best, near := func(a asked) int { return a.best }, func(a asked) int { return a.near }
		mrr := 0.0
		for _, a := range some {
			if a.best > 0 {
				mrr += 1 / float64(a.best)
			}
		}
		fmt.Fprintf(&b, "%-24s %4d  %-9s %-9s %-9s %-6.3f  %-11s %-11s %s\n", name, len(some),
			hit(1, best), hit(3, best), hit(goldenDepth, best), mrr/float64(len(some)), hit(1, near), hit(3, near), hit(goldenDepth, near))
	}
	total("all", func(asked) bool { return true })
	total(fmt.Sprintf("overlap below %.1f", lowOverlap), func(a asked) bool { return a.overlap < lowOverlap })
	total(fmt.Sprintf("overlap from %.1f", lowOverlap), func(a asked) bool { return a.overlap >= lowOverlap })
	for _, tag := range eval.GoldenTags {
		total(tag, func(a asked) bool { return slices.Contains(a.Tags, tag) })
	}
	var lectures []string
	for _, a := range all {
		lectures = append(lectures, a.Lecture)
	}
	slices.Sort(lectures)
	for _, lecture := range slices.Compact(lectures) {
		total(lecture, func(a asked) bool { return a.Lecture == lecture })
	}

	b.WriteString("\n# id, rank (\"-\": not found), rank ±5 s, in brackets the ranks of each span where there are several; the question; below it\n" +
		"# the best three chunks as lecture:ordinal@start, those that overlap a span with a star.\n")
	for _, a := range all {
		line := fmt.Sprintf("%-6s %2s %2s", a.ID, rank(a.best), rank(a.near))
		if len(a.each) > 1 {
			var each []string
			for _, r := range a.each {
				each = append(each, rank(r))
			}
			line += " (" + strings.Join(each, " ") + ")"
		}
		fmt.Fprintf(&b, "\n%s  %s\n      ", line, a.Text)
		for _, w := range a.top {
			fmt.Fprintf(&b, " %s", w)
			if slices.ContainsFunc(a.Spans, w.overlaps) {
				b.WriteByte('*')
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func rank(r int) string {
	if r == 0 {
		return "-"
	}
	return fmt.Sprint(r)
}
