package eval

import (
	order "cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// small is a grid that takes seconds.
func small() Grid {
	return Grid{
		Sizes: []int{64, 128}, Overlaps: []float64{0, 0.25}, Winners: []int{1, Depth}, Expand: []int{0, 1},
		Weights: []float64{0, 1}, FusionK: []int{60}, Sample: 12,
	}
}

// smallSets are the bundled course and three documents of our own.
func smallSets(t *testing.T) []*SweepSet {
	t.Helper()
	golden, err := ReadGolden("testdata/golden/networks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	course, err := golden.Sweep("../courses/networks")
	if err != nil {
		t.Fatal(err)
	}
	set, err := ReadSpans("testdata/spans")
	if err != nil {
		t.Fatal(err)
	}
	return []*SweepSet{course, set.Sweep()}
}

func TestSweep(t *testing.T) {
	r, err := Sweep(t.Context(), bench(t), smallSets(t), small())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Sets) != 2 || r.Embedder != "offline-hash-v1@384" {
		t.Fatalf("%d sets, %s", len(r.Sets), r.Embedder)
	}
	for i, want := range []SweptSet{
		{Name: "networks", Lectures: 9, Questions: 136, Asked: 12, Clusters: 9},
		{Name: "spans", Lectures: 3, Questions: 20, Asked: 12, Clusters: 3},
	} {
		got := r.Sets[i]
		if diff := cmp.Diff(want, *got, cmpopts.IgnoreFields(SweptSet{}, "Splitter", "Winners", "Fusion", "Clusters")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got.Clusters < 2 || got.Clusters > want.Clusters {
			t.Errorf("%s: %d clusters, at most %d", got.Name, got.Clusters, want.Clusters)
		}
		if len(got.Splitter) != 10 || len(got.Winners) != 8 || len(got.Fusion) != 3 {
			t.Fatalf("%s: %d settings, %d ways, %d fusions", got.Name, len(got.Splitter), len(got.Winners), len(got.Fusion))
		}
		for _, s := range got.Splitter {
			checkSize(t, got.Name, s)
		}
		checkDefaults(t, got)
		if a, b := got.Splitter[0], got.Splitter[len(got.Splitter)-1]; a.Chunks <= b.Chunks || a.Tokens >= b.Tokens {
			t.Errorf("%s: %d chunks of %.0f tokens at %s, %d of %.0f at %s", got.Name, a.Chunks, a.Tokens, a.Splitter, b.Chunks, b.Tokens, b.Splitter)
		}
	}
	var first, second strings.Builder
	if err := DrawSweep(&first, r); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, first.String())
	if os.Getenv("LECTERN_STRESS") == "" {
		return // half a minute more
	}
	again, err := Sweep(t.Context(), bench(t), smallSets(t), small())
	if diff := cmp.Diff(r, again, cmpopts.EquateNaNs()); err != nil || diff != "" {
		t.Fatalf("the same sweep again: %v\n%s", err, diff)
	}
	if err := DrawSweep(&second, again); err != nil || first.String() != second.String() {
		t.Errorf("the same report draws another picture: %v", err)
	}
}

// checkSize holds the figures of one setting against each other.
func checkSize(t *testing.T, set string, s SweptSize) {
	t.Helper()
	if s.Tokens > float64(s.Max) {
		t.Errorf("%s, %s: %.0f tokens a chunk, more than %d", set, s.Splitter, s.Tokens, s.Max)
	}
	for _, w := range slices.Concat(s.Fill, s.Tutor) {
		if w.Recall.Mean > w.Covered+1e-9 || w.Covered > 1 || w.Recall.Mean < 0 {
			t.Errorf("%s, %s, %d tokens: whole in %.3f, covered to %.3f", set, s.Splitter, w.Budget, w.Recall.Mean, w.Covered)
		}
	}
	if last := s.Fill[len(s.Fill)-1]; set == "spans" && s.Scope == "lecture" && last.Recall.Mean != 1 {
		t.Errorf("%s, %s: 3,000 tokens of a lecture of 600 hold %.3f of the spans", set, s.Splitter, last.Recall.Mean)
	}
}

// checkDefaults: each part has one default in each scope, which gains nothing over itself, and the parts agree where they
// ask the same.
func checkDefaults(t *testing.T, s *SweptSet) {
	t.Helper()
	for _, scope := range []string{"lecture", "course"} {
		sizes := slices.DeleteFunc(slices.Clone(s.Splitter), func(c SweptSize) bool { return !c.Default || c.Scope != scope })
		ways := slices.DeleteFunc(slices.Clone(s.Winners), func(w SweptWinners) bool { return !w.Default || w.Scope != scope })
		if len(sizes) != 1 || len(ways) != 1 {
			t.Fatalf("%s: %d and %d defaults in the %s", s.Name, len(sizes), len(ways), scope)
		}
		if sizes[0].Splitter != ingest.SplitterVersion {
			t.Errorf("%s: the default splitter is called %s", s.Name, sizes[0].Splitter)
		}
		if diff := cmp.Diff(sizes[0].Tutor, ways[0].Budgets); diff != "" {
			t.Errorf("%s: the tutor's way, summed up twice:\n%s", s.Name, diff)
		}
		for i, w := range slices.Concat(sizes[0].Fill, sizes[0].Tutor) {
			if w.Gain != (Estimate{}) {
				t.Errorf("%s: the default gains %v over itself (%d)", s.Name, w.Gain, i)
			}
		}
		fill := slices.IndexFunc(s.Winners, func(w SweptWinners) bool { return w.K == Depth && w.Scope == scope })
		for i, w := range s.Winners[fill].Budgets {
			if w.Recall != sizes[0].Fill[i].Recall {
				t.Errorf("%s: filling %d tokens, summed up twice: %v and %v", s.Name, w.Budget, w.Recall, sizes[0].Fill[i].Recall)
			}
		}
		fusions := slices.DeleteFunc(slices.Clone(s.Fusion), func(f SweptFusion) bool { return !f.Default })
		if len(fusions) != 1 || fusions[0].Gain != (Estimate{}) {
			t.Fatalf("%s: %d default fusions: %v", s.Name, len(fusions), fusions)
		}
		if scope == "course" {
			if diff := cmp.Diff(sizes[0].Ranks, fusions[0].Ranks); diff != "" {
				t.Errorf("%s: ranks by search (-) and by the legs fused here (+):\n%s", s.Name, diff)
			}
		}
	}
}

// TestPackIsSearchs: for every number of winners and neighbours and every budget, what is packed here of one ranking is what
// search returns, passage by passage and token by token.
func TestPackIsSearchs(t *testing.T) {
	b := bench(t)
	s := retrieve.New(b.DB, b.Embedder, silence, 0)
	settings := []ingest.SplitConfig{{Target: 64, Max: 96, Overlap: 0.5, Window: 24}}
	if os.Getenv("LECTERN_STRESS") != "" {
		settings = append(settings, ingest.SplitConfig{}, ingest.SplitConfig{Target: 512, Max: 768, Window: 192})
	}
	for i, sizes := range settings {
		for _, set := range smallSets(t) {
			c, err := b.cut(t.Context(), set, fmt.Sprintf("%s-%d", set.Name, i), sizes, "ingesting")
			if err != nil {
				t.Fatal(err)
			}
			all, _ := set.place(c.lectures)
			questions := 2
			if os.Getenv("LECTERN_STRESS") != "" {
				questions = 5
			}
			all = sample(all, questions, uint64(i))
			found, err := b.ask(t.Context(), c, s, all, false, "asking")
			if err != nil {
				t.Fatal(err)
			}
			for k, q := range all {
				for _, w := range append(DefaultGrid().ways(), way{1, 3}, way{3, 2}, way{fewWinners, 1}) {
					for _, budget := range append([]int{1, 137}, Budgets...) {
						want, err := search(t.Context(), s, postgres.Scope{Principal: postgres.Local, Course: c.course}, q.text, w.options(budget))
						if err != nil {
							t.Fatal(err)
						}
						if diff := cmp.Diff(packedOf(want), c.pack(found[k], w, budget), cmp.AllowUnexported(packed{}, run{})); diff != "" {
							t.Fatalf("%s, question %s, %+v in %d tokens: search (-), packed here (+):\n%s", set.Name, q.id, w, budget, diff)
						}
					}
				}
			}
		}
	}
}

// packedOf is what search returned, by lecture and place.
func packedOf(found retrieve.Result) packed {
	p := packed{tokens: found.Tokens}
	for _, passage := range found.Passages {
		p.runs = append(p.runs, run{passage.Lecture, passage.Chunks[0].Ordinal, passage.Chunks[len(passage.Chunks)-1].Ordinal})
	}
	slices.SortFunc(p.runs, func(a, b run) int {
		return order.Or(order.Compare(a.lecture, b.lecture), order.Compare(a.first, b.first))
	})
	return p
}

// TestFusionIsSearchs: fused here, the two legs give the very ranking of the production search.
func TestFusionIsSearchs(t *testing.T) {
	b, set := bench(t), smallSets(t)[0]
	c, err := b.cut(t.Context(), set, "fused", ingest.SplitConfig{}, "ingesting")
	if err != nil {
		t.Fatal(err)
	}
	hybrid, words := retrieve.New(b.DB, b.Embedder, silence, 0), retrieve.New(b.DB, withoutModel{}, silence, 0)
	moved := 0
	for _, q := range set.questions {
		found, err := search(t.Context(), hybrid, postgres.Scope{Principal: postgres.Local, Course: c.course}, q.text, way{k: fewWinners}.options(everything))
		if err != nil {
			t.Fatal(err)
		}
		want := leaves(found)
		both, err := b.legs(t.Context(), c, words, q.text)
		if err != nil {
			t.Fatal(err)
		}
		got := both.fuse(weightOf(b.Embedder))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(leaf{})); diff != "" {
			t.Fatalf("question %s: search (-) and the legs fused (+):\n%s", q.id, diff)
		}
		if !slices.Equal(got[:10], both.fuse(FusionSetting{Weight: 1, K: 60})[:10]) {
			moved++
		}
	}
	if moved == 0 {
		t.Error("a weight of 1 ranks as 0.02 does for every question")
	}
}

// TestSight: a passage over its budget shows nothing, and half a span is covered and not whole.
func TestSight(t *testing.T) {
	c := &cut{lectures: map[string]laid{"l": lay([]stored{{Text: "One two."}, {Text: "Three four."}, {Text: "Five six."}})}}
	q := wanted{at: []spot{{"l", 4, 14}}} // "two. Three", nine letters and the space between the chunks
	for _, tt := range []struct {
		name           string
		runs           []run
		tokens         int
		whole, covered float64
	}{
		{"nothing", nil, 0, 0, 0},
		{"its chunks as one passage", []run{{"l", 0, 1}}, 10, 1, 1},
		{"the same over the budget", []run{{"l", 0, 1}}, 11, 0, 0},
		{"the first chunk", []run{{"l", 0, 0}}, 10, 0, 0.4},
		{"another", []run{{"l", 2, 2}}, 10, 0, 0},
	} {
		got := c.see(packed{tt.runs, tt.tokens}, 10, q)
		if got.whole != tt.whole || math.Abs(got.covered-tt.covered) > 1e-9 || got.tokens != float64(tt.tokens) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	if got := c.rank([]leaf{{"l", 2}, {"l", 0}}, wanted{at: []spot{{"l", 0, 3}}}); got != 2 {
		t.Errorf("rank %d, want 2", got)
	}
}

func TestSample(t *testing.T) {
	var all []wanted
	for i := range 50 {
		all = append(all, wanted{sought: sought{id: string(rune('a' + i))}})
	}
	ids := func(some []wanted) (out []string) {
		for _, q := range some {
			out = append(out, q.id)
		}
		return out
	}
	drawn := ids(sample(all, 10, 7))
	if len(drawn) != 10 || !slices.IsSorted(drawn) || len(slices.Compact(slices.Clone(drawn))) != 10 {
		t.Errorf("%q", drawn)
	}
	if !slices.Equal(drawn, ids(sample(all, 10, 7))) || slices.Equal(drawn, ids(sample(all, 10, 8))) {
		t.Error("the draw does not hang on the seed alone")
	}
	for _, n := range []int{0, 50, 51} {
		if len(sample(all, n, 7)) != 50 {
			t.Errorf("a sample of %d is not all", n)
		}
	}
}

func TestGridHasDefaults(t *testing.T) {
	for _, g := range []Grid{{}, DefaultGrid(), small()} {
		if !slices.Contains(g.sizes(), ingest.DefaultSplit) || !slices.Contains(g.ways(), tutor) {
			t.Errorf("%+v lacks a default", g)
		}
		names := map[string]bool{}
		for _, c := range g.sizes() {
			names[c.Version()] = true
		}
		if len(names) != len(g.sizes()) {
			t.Errorf("two of %d settings have one name", len(g.sizes()))
		}
	}
	if n := len(DefaultGrid().sizes()); n != 20 {
		t.Errorf("%d settings, want 20: the default is one of them", n)
	}
	if weightOf(llm.NewOffline()) == weightOf(nil) {
		t.Error("the offline embedder weighs as much as a model")
	}
}

func TestSweepNeedsItsCourse(t *testing.T) {
	golden, err := ReadGolden("testdata/golden/networks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	for name, text := range map[string]string{"course.yaml": "course: optics\nlectures:\n  - file: a.txt\n", "a.txt": "Light bends in glass."} {
		if err := os.WriteFile(filepath.Join(other, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{other, filepath.Join(other, "nowhere")} {
		var file *FileError
		if _, err := golden.Sweep(dir); !errors.As(err, &file) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	// The course is right, its lectures are others.
	golden.Course = "optics"
	set, err := golden.Sweep(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Sweep(t.Context(), bench(t), []*SweepSet{set}, small()); !errors.Is(err, ErrNoMatch) {
		t.Errorf("%v", err)
	}
}

func TestSweepInterrupted(t *testing.T) {
	for _, when := range []string{"ingesting", "in the lecture", "in the course", "weights"} {
		ctx, cancel := context.WithCancel(t.Context())
		b := bench(t)
		b.Progress = func(stage string, _, _ int) {
			if strings.Contains(stage, when) {
				cancel()
			}
		}
		if _, err := Sweep(ctx, b, smallSets(t)[1:], small()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", when, err)
		}
		cancel()
	}
}
