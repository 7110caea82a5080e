package answers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Risk orders the tasks by how sure the tutor is that the passages answer them, before any model is asked, and says for each
// share of them that it would answer with the closest sentences how many of those answers are wrong: no sentence stands at a
// place that answers the task, or nothing does. The threshold is where the floor opens in production. R. El-Yaniv and
// Y. Wiener, Journal of Machine Learning Research 11 (2010).
func (b *Bench) Risk(ctx context.Context) (RiskCurve, error) {
	type point struct {
		probability  float64
		wrong, floor bool
	}
	var all []point
	for _, r := range b.rooms {
		for _, t := range r.Set.Tasks {
			found, err := r.searcher.Search(ctx, scope(r.Set.Course, t), t.Question, retrieve.Options{Before: t.Before})
			if err != nil {
				return RiskCurve{}, fmt.Errorf("task %s: %w", t.ID, err)
			}
			gate := answer.Open(cmp.Or(found.Query, t.Question), found)
			all = append(all, point{gate.Probability, !shows(gate, found, t), gate.Floor})
		}
	}
	slices.SortStableFunc(all, func(x, y point) int { return cmp.Compare(y.probability, x.probability) })
	open := 0
	for open < len(all) && all[open].floor {
		open++
	}
	curve, wrong, step := RiskCurve{Suite: "extractive"}, 0, max(len(all)/25, 1)
	for i, p := range all {
		if p.wrong {
			wrong++
		}
		if n := i + 1; n%step == 0 || n == len(all) || n == open {
			curve.Points = append(curve.Points, RiskPoint{float64(n) / float64(len(all)), float64(wrong) / float64(n), n == open})
		}
	}
	return curve, nil
}

// shows reports whether a sentence that the floor would show stands at a place that answers the task.
func shows(g answer.Gate, found retrieve.Result, t Task) bool {
	for _, e := range g.Closest[:min(g.Shown, len(g.Closest))] {
		p := found.Passages[e.Passage]
		from, to, timed := p.At(e.Start, e.End)
		if timed && slices.ContainsFunc(t.Spans, func(s Span) bool { return s.Lecture == p.Lecture && from < s.EndMS && to > s.StartMS }) {
			return true
		}
	}
	return false
}
