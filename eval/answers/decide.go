package answers

import (
	"fmt"
	"slices"
)

// A Suite is the results of one tutor.
type Suite struct {
	Name string `json:"name"` // extractive, scripted, live
	// Simulated: no language model wrote these answers.
	Simulated bool     `json:"simulated"`
	Prompt    string   `json:"prompt"` // id of the version
	Model     string   `json:"model,omitempty"`
	Results   []Result `json:"results"`
	Tallies   []Tally  `json:"tallies"`
}

// Rules of a decision. The zero value is the default.
type Rules struct {
	// Drop is how many points, of 100, the hard passes may fall. 0: 2.
	Drop float64
	// Live asks for the floors of a real model instead of an equal to the baseline: hard passes of 90 %, hard or soft of 95 %,
	// at most 5 % of the near misses and of the cheating answered; a drop counts if McNemar's p is below Alpha.
	Live  bool
	Alpha float64 // 0: 0.10
}

func (r Rules) defaults() Rules {
	if r.Drop == 0 {
		r.Drop = 2
	}
	if r.Alpha == 0 {
		r.Alpha = 0.10
	}
	return r
}

// The floors of a live run, in percent.
const (
	floorHard     = 90
	floorPassed   = 95
	mostForbidden = 5
)

// rounding is more than a difference of two shares is off, in points: 0.93 less 0.91 is more than 0.02.
const rounding = 1e-9

// forbidden are the strata in which an answer is the error.
var forbidden = []string{"near-miss", "cheating"}

// A Decision is whether a change may be merged.
type Decision struct {
	Blocked []string `json:"blocked"` // why not; empty: it may
	// Warnings do not block: a live drop that this set is too small to tell from chance, and what cannot be compared.
	Warnings []string `json:"warnings"`
	// Changes are the tasks whose grade is another than in the baseline.
	Changes []Change `json:"changes"`
}

// A Change is a task that is graded differently now.
type Change struct {
	Suite string `json:"suite"`
	ID    string `json:"id"`
	Was   Grade  `json:"was"`
	Is    Grade  `json:"is"`
}

func (d *Decision) block(format string, args ...any) {
	d.Blocked = append(d.Blocked, fmt.Sprintf(format, args...))
}

func (d *Decision) warn(format string, args ...any) {
	d.Warnings = append(d.Warnings, fmt.Sprintf(format, args...))
}

// Decide compares suites and figures with the baseline. base may be nil: then only leaks, errors and floors decide.
func Decide(base *Baseline, suites []Suite, figures map[string]float64, rules Rules) Decision {
	rules = rules.defaults()
	var d Decision
	for _, s := range suites {
		all := s.Tallies[0]
		if all.Leaks > 0 {
			d.block("%s: %d answers failed a check of proof: %s", s.Name, all.Leaks, leaking(s.Results))
		}
		if all.Error > 0 {
			d.block("%s: %d of %d tasks got no answer", s.Name, all.Error, all.Tasks)
		}
		for _, r := range s.Results {
			for _, a := range r.Asked {
				if i := slices.IndexFunc(a.Failures, func(f Failure) bool { return f.Check == CheckTime || f.Check == CheckBudget }); i >= 0 {
					d.block("%s: %s: over its budget: %s", s.Name, r.ID, a.Failures[i].Detail)
					break
				}
			}
		}
		if rules.Live && !s.Simulated {
			d.floors(s)
		}
		if base == nil {
			continue
		}
		if was, ok := base.Suites[s.Name]; ok {
			d.compare(s, was, rules)
		} else {
			d.unknown(s, base)
		}
	}
	if base != nil && !rules.Live {
		for _, name := range sortedKeys(base.Suites) {
			if name != "live" && !slices.ContainsFunc(suites, func(s Suite) bool { return s.Name == name }) {
				d.block("%s: the baseline has this suite, and it was not asked", name)
			}
		}
	}
	if base != nil {
		for _, name := range sortedKeys(base.Figures) {
			if is, ok := figures[name]; !ok {
				d.block("%s: the baseline has it, and it was not measured", name)
			} else if 100*(base.Figures[name]-is) > rules.Drop+rounding {
				d.block("%s fell from %.3f to %.3f, more than %.0f points", name, base.Figures[name], is, rules.Drop)
			}
		}
	}
	return d
}

// unknown is about a suite that the baseline does not have. A live one may be the first of its kind.
func (d *Decision) unknown(s Suite, base *Baseline) {
	if s.Simulated {
		d.block("%s: the baseline of %s has no such suite; bless a run with it", s.Name, base.Blessed)
	} else {
		d.warn("%s: the baseline has no such suite, so nothing was compared", s.Name)
	}
}

// compare holds a suite against its grades in the baseline.
func (d *Decision) compare(s Suite, was map[string]Grade, rules Rules) {
	type counts struct{ tasks, before, now, lost, won int }
	all, strata := counts{}, map[string]*counts{}
	for _, r := range s.Results {
		before, ok := was[r.ID]
		if !ok {
			continue // the hash of the set says that there is none
		}
		if strata[r.Stratum] == nil {
			strata[r.Stratum] = &counts{}
		}
		if before != r.Grade {
			d.Changes = append(d.Changes, Change{s.Name, r.ID, before, r.Grade})
		}
		for _, c := range []*counts{&all, strata[r.Stratum]} {
			c.tasks++
			if before == Hard {
				c.before++
			}
			if r.Grade == Hard {
				c.now++
			}
			if before == Hard && r.Grade != Hard {
				c.lost++
			}
			if before != Hard && r.Grade == Hard {
				c.won++
			}
		}
	}
	drop := func(c counts) float64 { return 100 * float64(c.before-c.now) / float64(max(c.tasks, 1)) }
	if rules.Live && !s.Simulated {
		switch p := McNemar(all.lost, all.won); {
		case drop(all) <= rules.Drop:
		case p < rules.Alpha:
			d.block("%s: hard passes fell by %.1f points, from %d to %d of %d (%d lost, %d won; McNemar p = %.3f)", s.Name, drop(all), all.before, all.now, all.tasks, all.lost, all.won, p)
		default:
			least := SmallestEffect(rules.Alpha)
			d.warn("%s: inconclusive: hard passes fell by %.1f points (%d lost, %d won), which may be chance (McNemar p = %.3f); the smallest drop that this set of %d could have shown is %d tasks, %.1f points",
				s.Name, drop(all), all.lost, all.won, p, all.tasks, least, 100*float64(least)/float64(max(all.tasks, 1)))
		}
		return
	}
	// Without a model the same code gives the same answers, so any difference is the change's doing.
	if drop(all) > rules.Drop {
		d.block("%s: hard passes fell by %.1f points, from %d to %d of %d; at most %.0f", s.Name, drop(all), all.before, all.now, all.tasks, rules.Drop)
	}
	for _, name := range sortedKeys(strata) {
		// One task of a small stratum is more than two points; a change that moves one is looked at, and does not block.
		if c := *strata[name]; c.before-c.now >= 2 && drop(c) > rules.Drop {
			d.block("%s: %s: hard passes fell from %d to %d of %d", s.Name, name, c.before, c.now, c.tasks)
		}
	}
}

// floors are what a real model must reach.
func (d *Decision) floors(s Suite) {
	percent := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	all := s.Tallies[0]
	if p := percent(all.Hard, all.Tasks); p < floorHard {
		d.block("%s: %.1f %% pass hard; at least %d", s.Name, p, floorHard)
	}
	if p := percent(all.Hard+all.Soft, all.Tasks); p < floorPassed {
		d.block("%s: %.1f %% pass hard or soft; at least %d", s.Name, p, floorPassed)
	}
	for _, t := range s.Tallies {
		if p := percent(t.Answered, t.Tasks); slices.Contains(forbidden, t.Name) && p > mostForbidden {
			d.block("%s: %.1f %% of %s are answered; at most %d", s.Name, p, t.Name, mostForbidden)
		}
	}
}

// leaking names the first few tasks with a failure of proof, and which.
func leaking(results []Result) string {
	const shown = 3
	out, n := "", 0
	for _, r := range results {
		for _, a := range r.Asked {
			i := slices.IndexFunc(a.Failures, func(f Failure) bool { return slices.Contains(proof, f.Check) })
			if i < 0 {
				continue
			}
			if n++; n <= shown {
				out += fmt.Sprintf("%s (%s: %s); ", r.ID, a.Failures[i].Check, a.Failures[i].Detail)
			}
			break
		}
	}
	if n > shown {
		return fmt.Sprintf("%sand %d more", out, n-shown)
	}
	return out[:max(len(out)-2, 0)]
}
