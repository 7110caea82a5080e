package answers

import (
	"context"
	"fmt"

	"github.com/lectern-tutor/lectern/ingest"
)

// A Kill is whether a broken tutor was caught, and how.
type Kill struct {
	Tutor  string        `json:"tutor"`
	Caught bool          `json:"caught"`
	Why    string        `json:"why,omitempty"` // the first reason to block
	By     map[Check]int `json:"by,omitempty"`  // failed checks of the tasks that it loses
	Lost   int           `json:"lost"`          // hard passes of the good tutor that it loses
}

// Bite asks every broken tutor once and reports which of them would be blocked with the good one as the baseline. Scripted
// comes before: a fault behind the guard is put into the replies that it kept.
func (b *Bench) Bite(ctx context.Context, good Suite) ([]Kill, error) {
	once := &Bench{Bench: b.Bench, Prompt: b.Prompt, Repeat: 1, Limits: b.Limits, rooms: b.rooms, replies: b.replies}
	base := &Baseline{Suites: map[string]map[string]Grade{good.Name: GradesOf(good)}, Figures: b.Figures(good)}
	var kills []Kill
	for i := range BrokenTutors {
		broken := &BrokenTutors[i]
		bad, figures, err := once.broken(ctx, broken, good.Name)
		if err != nil {
			return nil, fmt.Errorf("broken tutor %q: %w", broken.Name, err)
		}
		kills = append(kills, killOf(broken.Name, good, bad, Decide(base, []Suite{bad}, figures, Rules{})))
		b.progress("broken tutors", i+1, len(BrokenTutors))
	}
	return kills, nil
}

// broken asks one of them.
func (b *Bench) broken(ctx context.Context, broken *Broken, name string) (Suite, map[string]float64, error) {
	silent := *b.Bench
	silent.Progress = nil
	switch {
	case broken.NoOverlap:
		other := &Bench{Bench: &silent, Prompt: b.Prompt, Repeat: 1, Limits: b.Limits, Splitter: ingest.DefaultSplit}
		other.Splitter.Overlap = 0
		var sources []Source
		for _, r := range b.rooms {
			set := *r.Set
			set.Course += "-cut"
			sources = append(sources, Source{&set, r.Files})
		}
		if err := other.Open(ctx, sources); err != nil {
			return Suite{}, nil, err
		}
		bad, err := other.suite(ctx, name, setting{model: scripted(nil)})
		return bad, other.Figures(bad), err
	case broken.After != nil:
		out := Suite{Name: name, Simulated: true, Prompt: b.Prompt.ID}
		for _, r := range b.rooms {
			asker := brokenAsker{broken, Breaking{Library: r.lib, Secret: rulesOf(b.Prompt)}, b.replies, b.answeredBefore(r.Set)}
			run := Run{Asker: asker, Judge: b.judge(r), Repeat: 1}
			results, err := run.Do(ctx, r.Set)
			if err != nil {
				return out, nil, err
			}
			out.Results = append(out.Results, results...)
		}
		out.Tallies = TallyOf(out.Results)
		return out, b.Figures(out), nil
	}
	quiet := &Bench{Bench: &silent, Prompt: b.Prompt, Repeat: 1, Limits: b.Limits, rooms: b.rooms}
	bad, err := quiet.suite(ctx, name, setting{model: scripted(broken), search: broken.Search})
	return bad, b.Figures(bad), err
}

// answeredBefore names, for each task, the nearest one before it that was answered.
func (b *Bench) answeredBefore(set *Set) map[string]string {
	out, last := map[string]string{}, ""
	for _, t := range set.Tasks {
		out[t.ID] = last
		if len(b.replies[t.ID].Answer.Sentences) > 0 {
			last = t.ID
		}
	}
	return out
}

func killOf(name string, good, bad Suite, d Decision) Kill {
	k := Kill{Tutor: name, Caught: len(d.Blocked) > 0, By: map[Check]int{}}
	if k.Caught {
		k.Why = d.Blocked[0]
	}
	was := GradesOf(good)
	for _, r := range bad.Results {
		if was[r.ID] != Hard || r.Grade == Hard {
			continue
		}
		k.Lost++
		for _, f := range r.Asked[0].Failures {
			k.By[f.Check]++
		}
	}
	return k
}
