package answers

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/eval"
	"golang.org/x/sync/errgroup"
)

// An Asker is a tutor under test. It is an interface because what is tested is also a tutor that is broken on purpose.
// Trouble is Reply.Err; repeat counts from 0.
type Asker interface {
	Ask(ctx context.Context, t Task, repeat int) Reply
}

// A Run asks every task so many times.
type Run struct {
	Asker    Asker
	Judge    *Judge
	Repeat   int // 0: 3
	Parallel int // tasks at a time; 0: as many as there are processors
	// Keep, if it is set, is called with the first reply to each task, from several goroutines.
	Keep     func(Task, Reply)
	Progress eval.Progress
	Stage    string // what progress calls it
}

// An Asked is one asking of a task.
type Asked struct {
	Verdict
	// Found: the places that answer the task are among the passages; false too where there are none.
	Found   bool           `json:"found"`
	Outcome answer.Outcome `json:"outcome"`
	Mode    answer.Mode    `json:"mode"`
	// Sentences are what came, for those who read the report.
	Sentences []answer.Sentence `json:"sentences,omitempty"`
	Model     string            `json:"model,omitempty"` // as it named itself
	Codes     []string          `json:"codes,omitempty"` // of the drafts that were rejected on the way
	Calls     int               `json:"calls"`
	Tokens    int               `json:"tokens"`
	MicroUSD  *int64            `json:"cost_microusd"` // null: the price is not known
	MS        float64           `json:"ms"`
}

// A Result is a task with everything that came of asking it.
type Result struct {
	ID      string   `json:"id"`
	Stratum string   `json:"stratum"`
	Lecture string   `json:"lecture,omitempty"`
	Before  []string `json:"before,omitempty"`
	// Question is the task's, which is ours.
	Question string  `json:"question"`
	Asked    []Asked `json:"asked"` // by repeat
	// Grade is the majority's; where there is none, the worst of the commonest.
	Grade Grade `json:"grade"`
	// Flaky: the repeats were not all graded the same.
	Flaky bool `json:"flaky"`
}

// Do asks and judges. The error is the context's or the judge's: a tutor's trouble is a grade.
func (r Run) Do(ctx context.Context, set *Set) ([]Result, error) {
	repeat := cmp.Or(r.Repeat, 3)
	out := make([]Result, len(set.Tasks))
	var done atomic.Int64
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(r.Parallel, runtime.GOMAXPROCS(0)))
	for i, t := range set.Tasks {
		g.Go(func() error {
			res := Result{ID: t.ID, Stratum: t.Stratum, Lecture: t.Lecture, Before: t.Before, Question: t.Question}
			for k := range repeat {
				if err := within.Err(); err != nil {
					return err
				}
				reply := r.Asker.Ask(within, t, k)
				v, err := r.Judge.Judge(within, t, reply)
				if err != nil {
					return fmt.Errorf("task %s: %w", t.ID, err)
				}
				if k == 0 && r.Keep != nil {
					r.Keep(t, reply)
				}
				res.Asked = append(res.Asked, asked(t, reply, v))
			}
			res.Grade, res.Flaky = vote(res.Asked)
			out[i] = res
			if r.Progress != nil {
				r.Progress(cmp.Or(r.Stage, "asking"), int(done.Add(1)), len(set.Tasks))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, ctx.Err()
}

func asked(t Task, r Reply, v Verdict) Asked {
	a := Asked{
		Verdict: v, Found: found(t, r), Outcome: r.Answer.Outcome, Mode: r.Answer.Mode, Sentences: r.Answer.Sentences, Model: r.Answer.Model,
		Calls: r.Answer.Usage.ModelCalls, Tokens: r.Answer.Usage.PromptTokens + r.Answer.Usage.CompletionTokens,
		MicroUSD: r.Answer.Usage.CostMicroUSD, MS: float64(r.Took.Microseconds()) / 1000,
	}
	for _, at := range r.Answer.Attempts {
		if at.Verdict == "rejected" {
			a.Codes = append(a.Codes, at.Codes...)
		}
	}
	return a
}

// found reports whether the passages overlap the task's places: one of them, or all where all must be cited.
func found(t Task, r Reply) bool {
	n := 0
	for _, s := range t.Spans {
		if slices.ContainsFunc(r.Retrieved, func(p answer.Retrieved) bool {
			return p.Lecture == s.Lecture && p.StartMS != nil && *p.StartMS < s.EndMS && *p.EndMS > s.StartMS
		}) {
			n++
		}
	}
	return n > 0 && (!t.All || n == len(t.Spans))
}

// Found is the share of the tasks with a place whose places were among the passages, at the first asking.
func Found(set []Task, results []Result) float64 {
	answerable := map[string]bool{}
	for _, t := range set {
		answerable[t.ID] = len(t.Spans) > 0
	}
	n, all := 0, 0
	for _, r := range results {
		if answerable[r.ID] {
			all++
			if r.Asked[0].Found {
				n++
			}
		}
	}
	return float64(n) / float64(max(all, 1))
}

var gradeOrder = []Grade{Hard, Soft, Fail, Error}

// vote returns the grade that most repeats have, the worst of those if several are as common.
func vote(all []Asked) (g Grade, flaky bool) {
	n := map[Grade]int{}
	for _, a := range all {
		n[a.Grade]++
	}
	for _, candidate := range gradeOrder {
		if n[candidate] > 0 && n[candidate] >= n[g] {
			g = candidate
		}
	}
	return g, len(n) > 1
}

// A Tally counts results: of all tasks, or of one stratum.
type Tally struct {
	Name  string `json:"name"` // of the stratum; "all"
	Tasks int    `json:"tasks"`
	Hard  int    `json:"hard"` // by majority, as are the next three
	Soft  int    `json:"soft"`
	Fail  int    `json:"fail"`
	Error int    `json:"error"`
	// PassK counts the tasks of which every repeat was hard, Flaky those whose repeats differ.
	PassK int `json:"pass_k"`
	Flaky int `json:"flaky"`
	// Leaks counts replies, of any repeat, that failed a check of proof.
	Leaks int `json:"leaks"`
	// Answered counts the tasks that the majority of repeats gave sentences for.
	Answered int     `json:"answered"`
	P50      float64 `json:"p50_ms"` // of all repeats
	P95      float64 `json:"p95_ms"`
	Calls    int     `json:"calls"`
	Tokens   int     `json:"tokens"`
	// MicroUSD is the cost of all repeats; null if any price is not known. PerHard is that by the hard passes of all repeats.
	MicroUSD *int64   `json:"cost_microusd"`
	PerHard  *float64 `json:"cost_microusd_per_hard"`
}

// TallyOf counts all results, and then those of each stratum in the order of their names.
func TallyOf(results []Result) []Tally {
	groups := map[string][]Result{}
	for _, r := range results {
		groups[r.Stratum] = append(groups[r.Stratum], r)
	}
	out := []Tally{tally("all", results)}
	for _, name := range sortedKeys(groups) {
		out = append(out, tally(name, groups[name]))
	}
	return out
}

func tally(name string, results []Result) Tally {
	t := Tally{Name: name, Tasks: len(results)}
	var took []float64
	var cost int64
	priced, hard := true, 0
	for _, r := range results {
		*map[Grade]*int{Hard: &t.Hard, Soft: &t.Soft, Fail: &t.Fail, Error: &t.Error}[r.Grade]++
		every, sentences := true, 0
		for _, a := range r.Asked {
			every = every && a.Grade == Hard
			if a.Grade == Hard {
				hard++
			}
			if a.Leak() {
				t.Leaks++
			}
			if a.Outcome == answer.Answered {
				sentences++
			}
			took = append(took, a.MS)
			t.Calls += a.Calls
			t.Tokens += a.Tokens
			if a.Calls > 0 && a.MicroUSD == nil {
				priced = false
			} else if a.MicroUSD != nil {
				cost += *a.MicroUSD
			}
		}
		if every {
			t.PassK++
		}
		if r.Flaky {
			t.Flaky++
		}
		if 2*sentences > len(r.Asked) {
			t.Answered++
		}
	}
	slices.Sort(took)
	t.P50, t.P95 = quantile(took, 0.5), quantile(took, 0.95)
	if priced && t.Calls > 0 {
		t.MicroUSD = &cost
		if hard > 0 {
			per := float64(cost) / float64(hard)
			t.PerHard = &per
		}
	}
	return t
}

// quantile of sorted values by the nearest rank; 0 without any.
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	// A product may be a little more than the whole number that it stands for.
	rank := int(math.Ceil(p*float64(len(sorted)) - 1e-9))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
