package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/retrieve"
	"pgregory.net/rapid"
)

// graderun is what each repeat was graded, one letter each: h, s, f, e.
func graderun(letters string) []Asked {
	var out []Asked
	for _, l := range letters {
		out = append(out, Asked{Verdict: Verdict{Grade: map[rune]Grade{'h': Hard, 's': Soft, 'f': Fail, 'e': Error}[l]}})
	}
	return out
}

func TestVote(t *testing.T) {
	tests := []struct {
		asked string
		want  Grade
		flaky bool
	}{
		{"h", Hard, false},
		{"hhh", Hard, false},
		{"hhf", Hard, true},
		{"fhh", Hard, true},
		{"hff", Fail, true},
		{"hsf", Fail, true}, // no majority: the worst
		{"hse", Error, true},
		{"hhss", Soft, true},  // a tie: the worse
		{"hhsse", Soft, true}, // the worst of the commonest, and not of all
		{"ffee", Error, true},
		{"eee", Error, false},
	}
	for _, tt := range tests {
		if g, flaky := vote(graderun(tt.asked)); g != tt.want || flaky != tt.flaky {
			t.Errorf("%s: %s, flaky %v, want %s, %v", tt.asked, g, flaky, tt.want, tt.flaky)
		}
	}
}

// TestVoteProperties: the grade is one that was given, none was given more often, and the order does not matter.
func TestVoteProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOfN(rapid.SampledFrom([]string{"h", "s", "f", "e"}), 1, 9).Draw(t, "repeats")
		all := graderun(strings.Join(letters, ""))
		g, flaky := vote(all)
		n := map[Grade]int{}
		for _, a := range all {
			n[a.Grade]++
		}
		for other, count := range n {
			worse := slices.Index(gradeOrder, other) > slices.Index(gradeOrder, g)
			if n[g] == 0 || count > n[g] || count == n[g] && worse {
				t.Fatalf("%v: %s, and %s has %d", letters, g, other, count)
			}
		}
		if flaky != (len(n) > 1) {
			t.Fatalf("%v: flaky %v", letters, flaky)
		}
		slices.Reverse(all)
		if back, _ := vote(all); back != g {
			t.Fatalf("%v: %s, and %s the other way round", letters, g, back)
		}
	})
}

// told is a result of asking, as vote sees it.
func told(stratum string, all ...Asked) Result {
	r := Result{ID: stratum, Stratum: stratum, Asked: all}
	r.Grade, r.Flaky = vote(all)
	return r
}

func TestTally(t *testing.T) {
	grades := func(letters string, change func(*Asked)) []Asked {
		all := graderun(letters)
		for i := range all {
			change(&all[i])
		}
		return all
	}
	priced := func(a *Asked) { a.Calls, a.Tokens, a.MicroUSD, a.MS = 2, 100, ptr(int64(30)), 10 }
	results := []Result{
		told("direct", grades("hhh", func(a *Asked) { priced(a); a.Outcome = answer.Answered })...),
		told("direct", grades("hsh", priced)...),
		told("near-miss", grades("fff", func(a *Asked) { priced(a); a.Failures = []Failure{{CheckScope, ""}, {CheckCited, ""}} })...),
		told("near-miss", grades("ehe", func(a *Asked) { a.MS = 50 })...),
	}
	results[3].Asked[1].Outcome = answer.Answered // one of three
	all := TallyOf(results)
	want := []Tally{
		{Name: "all", Tasks: 4, Hard: 2, Fail: 1, Error: 1, PassK: 1, Flaky: 2, Leaks: 3, Answered: 1, P50: 10, P95: 50, Calls: 18, Tokens: 900, MicroUSD: ptr(int64(270)), PerHard: ptr(45.0)},
		{Name: "direct", Tasks: 2, Hard: 2, PassK: 1, Flaky: 1, Answered: 1, P50: 10, P95: 10, Calls: 12, Tokens: 600, MicroUSD: ptr(int64(180)), PerHard: ptr(36.0)},
		{Name: "near-miss", Tasks: 2, Fail: 1, Error: 1, Flaky: 1, Leaks: 3, P50: 10, P95: 50, Calls: 6, Tokens: 300, MicroUSD: ptr(int64(90)), PerHard: ptr(90.0)},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("otherwise than counted by hand (-want +got):\n%s", diff)
	}
}

// TestTallyCost: an unknown price makes the sum unknown, and what called no model is free without being cheap.
func TestTallyCost(t *testing.T) {
	call := func(cost *int64) Asked { return Asked{Verdict: Verdict{Grade: Hard}, Calls: 1, MicroUSD: cost} }
	tests := []struct {
		name string
		all  []Asked
		cost *int64
		per  *float64
	}{
		{"known", []Asked{call(ptr(int64(7))), call(ptr(int64(8)))}, ptr(int64(15)), ptr(7.5)},
		{"free", []Asked{call(ptr(int64(0)))}, ptr(int64(0)), ptr(0.0)},
		{"one of them unknown", []Asked{call(ptr(int64(7))), call(nil)}, nil, nil},
		{"a refusal before the model is no unknown price", []Asked{call(ptr(int64(7))), {Verdict: Verdict{Grade: Hard}}}, ptr(int64(7)), ptr(3.5)},
		{"no model was called", []Asked{{Verdict: Verdict{Grade: Hard}}}, nil, nil},
		{"nothing passed", []Asked{{Verdict: Verdict{Grade: Fail}, Calls: 1, MicroUSD: ptr(int64(7))}}, ptr(int64(7)), nil},
	}
	for _, tt := range tests {
		got := tally("all", []Result{told("direct", tt.all...)})
		if diff := cmp.Diff([]any{tt.cost, tt.per}, []any{got.MicroUSD, got.PerHard}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestQuantile(t *testing.T) {
	for _, tt := range []struct {
		n    int
		p    float64
		want float64
	}{{0, 0.5, 0}, {1, 0.5, 1}, {1, 0.95, 1}, {3, 0.5, 2}, {4, 0.5, 2}, {20, 0.95, 19}, {100, 0.5, 50}, {100, 0.95, 95}, {101, 0.95, 96}} {
		var values []float64
		for i := range tt.n {
			values = append(values, float64(i+1))
		}
		if got := quantile(values, tt.p); got != tt.want {
			t.Errorf("%g of 1 to %d: %g, want %g", tt.p, tt.n, got, tt.want)
		}
	}
}

// asks is a tutor that is a function.
type asks func(ctx context.Context, t Task, repeat int) Reply

func (f asks) Ask(ctx context.Context, t Task, repeat int) Reply { return f(ctx, t, repeat) }

// TestRunDo: every task is asked so many times, in the set's order, and the first reply to each is kept.
func TestRunDo(t *testing.T) {
	set := &Set{}
	for i := range 12 {
		set.Tasks = append(set.Tasks, Task{ID: fmt.Sprintf("off-topic-%02d", i), Stratum: "off-topic", Question: "?", Expect: []answer.Outcome{answer.NotInLecture}})
	}
	kept, progress := make(chan string, 100), make(chan int, 100)
	run := Run{
		Judge: &Judge{Library: shelves()},
		Asker: asks(func(_ context.Context, _ Task, repeat int) Reply {
			if repeat == 2 {
				return Reply{Err: errors.New("connection reset")}
			}
			return Reply{Answer: refusal(answer.NotInLecture), Took: 1500 * time.Microsecond}
		}),
		Keep:     func(t Task, r Reply) { kept <- fmt.Sprint(t.ID, r.Err) },
		Progress: func(_ string, done, _ int) { progress <- done },
	}
	results, err := run.Do(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if r.ID != set.Tasks[i].ID || len(r.Asked) != 3 || r.Grade != Hard || !r.Flaky || r.Asked[2].Grade != Error || r.Asked[0].MS != 1.5 {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if len(results) != 12 || len(kept) != 12 || len(progress) != 12 {
		t.Errorf("%d results, %d kept, %d told", len(results), len(kept), len(progress))
	}
	if got := <-kept; !strings.HasSuffix(got, "<nil>") {
		t.Errorf("kept %s", got)
	}
}

// TestRunEnds: a cancelled run is no result, and neither is one whose judge cannot look anything up.
func TestRunEnds(t *testing.T) {
	set := &Set{Tasks: []Task{tides()}}
	ctx, cancel := context.WithCancel(t.Context())
	run := Run{Judge: judge(), Asker: asks(func(context.Context, Task, int) Reply { cancel(); return good() })}
	if got, err := run.Do(ctx, set); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("cancelled: %v, %v", got, err)
	}
	down := errors.New("the database is down")
	run.Asker = asks(func(context.Context, Task, int) Reply { return good() })
	run.Judge.Resolve = func(context.Context, answer.Citation) (retrieve.Source, error) { return retrieve.Source{}, down }
	if got, err := run.Do(t.Context(), set); !errors.Is(err, down) || got != nil || !strings.Contains(err.Error(), "direct-01") {
		t.Errorf("nothing resolves: %v, %v", got, err)
	}
}

func TestFound(t *testing.T) {
	one, both := tides(), tides()
	one.Spans = []Span{{Lecture: "01-moon", StartMS: 1000, EndMS: 2000}, {Lecture: "02-sun", StartMS: 1000, EndMS: 2000}}
	both.Spans, both.All = one.Spans, true
	at := func(lecture string, start, end int64) answer.Retrieved {
		return answer.Retrieved{Lecture: lecture, StartMS: &start, EndMS: &end}
	}
	tests := []struct {
		name      string
		found     []answer.Retrieved
		one, both bool
	}{
		{"nothing", nil, false, false},
		{"the first", []answer.Retrieved{at("01-moon", 0, 1001)}, true, false},
		{"both", []answer.Retrieved{at("02-sun", 1999, 9000), at("01-moon", 500, 3000)}, true, true},
		{"just before and just behind", []answer.Retrieved{at("01-moon", 0, 1000), at("01-moon", 2000, 3000)}, false, false},
		{"at the time, elsewhere", []answer.Retrieved{at("03-wind", 0, 9000)}, false, false},
		{"without times", []answer.Retrieved{{Lecture: "01-moon"}}, false, false},
	}
	for _, tt := range tests {
		if got := [2]bool{found(one, Reply{Retrieved: tt.found}), found(both, Reply{Retrieved: tt.found})}; got != [2]bool{tt.one, tt.both} {
			t.Errorf("%s: %v, want %v, %v", tt.name, got, tt.one, tt.both)
		}
	}
	if found(Task{}, Reply{Retrieved: []answer.Retrieved{at("01-moon", 0, 9)}}) {
		t.Error("a task without a place was found")
	}
	set := []Task{{ID: "a", Spans: one.Spans}, {ID: "b", Spans: one.Spans}, {ID: "c"}}
	results := []Result{{ID: "a", Asked: []Asked{{Found: true}, {}}}, {ID: "b", Asked: []Asked{{}, {Found: true}}}, {ID: "c", Asked: []Asked{{}}}}
	if got := Found(set, results); got != 0.5 {
		t.Errorf("%g of the tasks with a place were found at the first asking, want 0.5", got)
	}
	if got := Found(nil, nil); got != 0 {
		t.Errorf("of no tasks %g were found", got)
	}
}
