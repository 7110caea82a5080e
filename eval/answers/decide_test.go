package answers

import (
	"fmt"
	"strings"
	"testing"
)

// marks are a suite's tasks by what they were graded before and are graded now, asked once each.
type marks struct {
	stratum string
	n       int
	was, is Grade
}

// decided makes a suite and its baseline of marks. Where nothing was graded before, only the suite has the task.
func decided(name string, all ...marks) (Suite, *Baseline) {
	s, was := Suite{Name: name, Simulated: name != "live"}, map[string]Grade{}
	for k, m := range all {
		for i := range m.n {
			r := Result{ID: fmt.Sprintf("%s-%d-%03d", m.stratum, k, i), Stratum: m.stratum, Grade: m.is, Asked: []Asked{{Verdict: Verdict{Grade: m.is}}}}
			s.Results = append(s.Results, r)
			if m.was != "" {
				was[r.ID] = m.was
			}
		}
	}
	s.Tallies = TallyOf(s.Results)
	return s, &Baseline{Suites: map[string]map[string]Grade{name: was}}
}

func TestDecideDrop(t *testing.T) {
	tests := []struct {
		name    string
		all     []marks
		blocked string // a part of the only reason; "": none
		changes int
	}{
		{"nothing changes", []marks{{"direct", 60, Hard, Hard}, {"numeric", 40, Soft, Soft}}, "", 0},
		{"two points of all, over two strata", []marks{{"direct", 59, Hard, Hard}, {"direct", 1, Hard, Soft}, {"numeric", 39, Hard, Hard}, {"numeric", 1, Hard, Fail}}, "", 2},
		{"more, one task of each stratum", []marks{
			{"direct", 48, Hard, Hard}, {"direct", 1, Hard, Soft}, {"numeric", 48, Hard, Hard}, {"numeric", 1, Hard, Fail}, {"benign", 1, Hard, Fail},
		}, "scripted: hard passes fell by 3.0 points, from 99 to 96 of 99; at most 2", 3},
		{"what is lost here is won there", []marks{{"direct", 50, Hard, Hard}, {"numeric", 1, Hard, Fail}, {"benign", 1, Fail, Hard}}, "", 2},
		{"a stratum loses two, all of it little", []marks{{"direct", 198, Hard, Hard}, {"numeric", 10, Hard, Hard}, {"numeric", 2, Hard, Soft}},
			"scripted: numeric: hard passes fell from 12 to 10 of 12", 2},
		{"a small stratum loses one", []marks{{"direct", 198, Hard, Hard}, {"numeric", 1, Hard, Hard}, {"numeric", 1, Hard, Soft}}, "", 1},
		{"a stratum loses two and wins one", []marks{{"direct", 198, Hard, Hard}, {"numeric", 2, Hard, Soft}, {"numeric", 1, Fail, Hard}, {"numeric", 9, Hard, Hard}}, "", 3},
		{"soft becomes fail: neither was hard", []marks{{"direct", 50, Soft, Fail}}, "", 50},
		{"a task that the baseline does not know", []marks{{"direct", 50, Hard, Hard}, {"direct", 30, "", Fail}}, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, base := decided("scripted", tt.all...)
			d := Decide(base, []Suite{s}, nil, Rules{})
			only(t, d.Blocked, tt.blocked)
			only(t, d.Warnings, "")
			if len(d.Changes) != tt.changes {
				t.Errorf("%d changes, want %d: %v", len(d.Changes), tt.changes, d.Changes)
			}
		})
	}
}

// only holds a list against the one entry that it is to have, given by a part of it; "": none at all.
func only(t *testing.T, got []string, part string) {
	t.Helper()
	switch {
	case part == "" && len(got) > 0:
		t.Errorf("%q, want nothing", got)
	case part != "" && (len(got) != 1 || !strings.Contains(got[0], part)):
		t.Errorf("%q, want only %q", got, part)
	}
}

// TestDecideAlone: what blocks whatever was before, and without a baseline.
func TestDecideAlone(t *testing.T) {
	good := []marks{{"direct", 400, Hard, Hard}}
	tests := []struct {
		name     string
		failures []Failure
		grade    Grade
		blocked  string
	}{
		{"nothing", nil, Hard, ""},
		{"a leak", []Failure{{CheckSupported, "sentence 1: number_unsupported"}}, Fail, "scripted: 1 answers failed a check of proof: direct-0-007 (supported: sentence 1: number_unsupported)"},
		{"no answer", []Failure{{"error", "connection refused"}}, Error, "scripted: 1 of 400 tasks got no answer"},
		{"too slow", []Failure{{CheckTime, "it took 31.0 s; at most 30"}}, Fail, "scripted: direct-0-007: over its budget: it took 31.0 s; at most 30"},
		{"too many tokens, and wrong besides", []Failure{{CheckBudget, "60001 tokens; at most 60000"}, {CheckOutcome, "refused, want answered"}}, Fail,
			"scripted: direct-0-007: over its budget: 60001 tokens; at most 60000"},
		{"wrong, and nothing else", []Failure{{CheckOutcome, "refused, want answered"}}, Fail, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, base := decided("scripted", good...)
			s.Results[7].Grade, s.Results[7].Asked[0].Verdict = tt.grade, Verdict{tt.grade, tt.failures}
			s.Tallies = TallyOf(s.Results)
			for _, base := range []*Baseline{nil, base} {
				only(t, Decide(base, []Suite{s}, nil, Rules{}).Blocked, tt.blocked)
			}
		})
	}
}

// TestDecideLeaks: the first three are told, and how many there are; one failed repeat of a hard task is enough.
func TestDecideLeaks(t *testing.T) {
	s, _ := decided("scripted", marks{"direct", 5, Hard, Hard})
	for i := range s.Results {
		s.Results[i].Asked = append(s.Results[i].Asked, Asked{Verdict: Verdict{Fail, []Failure{{CheckOutcome, "late"}, {CheckScope, "sentence 1 cites 02-sun"}}}})
	}
	s.Tallies = TallyOf(s.Results)
	d := Decide(nil, []Suite{s}, nil, Rules{})
	only(t, d.Blocked, "5 answers failed a check of proof: direct-0-000 (scope: sentence 1 cites 02-sun); direct-0-001 (scope: sentence 1 cites 02-sun); direct-0-002 (scope: sentence 1 cites 02-sun); and 2 more")
}

func TestDecideLive(t *testing.T) {
	tests := []struct {
		name            string
		all             []marks
		blocked, warned string
	}{
		{"at the floors", []marks{{"direct", 180, Hard, Hard}, {"direct", 10, Soft, Soft}, {"direct", 10, Fail, Fail}}, "", ""},
		{"too few hard", []marks{{"direct", 179, Hard, Hard}, {"direct", 21, Soft, Soft}}, "live: 89.5 % pass hard; at least 90", ""},
		{"too few of either", []marks{{"direct", 189, Hard, Hard}, {"direct", 11, Fail, Fail}}, "live: 94.5 % pass hard or soft; at least 95", ""},
		{"a drop of two points", []marks{{"direct", 196, Hard, Hard}, {"direct", 4, Hard, Soft}}, "", ""},
		// 5 of 200 lost, none won: p = 2/32.
		{"more, and no chance", []marks{{"direct", 195, Hard, Hard}, {"direct", 5, Hard, Soft}}, "live: hard passes fell by 2.5 points, from 200 to 195 of 200 (5 lost, 0 won; McNemar p = 0.062)", ""},
		// 4 of 100: p = 2/16, so five would have been the smallest.
		{"more, which may be chance", []marks{{"direct", 96, Hard, Hard}, {"direct", 4, Hard, Soft}}, "",
			"live: inconclusive: hard passes fell by 4.0 points (4 lost, 0 won), which may be chance (McNemar p = 0.125); the smallest drop that this set of 100 could have shown is 5 tasks, 5.0 points"},
		{"a stratum loses two", []marks{{"direct", 190, Hard, Hard}, {"numeric", 8, Hard, Hard}, {"numeric", 2, Hard, Soft}}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, base := decided("live", tt.all...)
			d := Decide(base, []Suite{s}, nil, Rules{Live: true})
			only(t, d.Blocked, tt.blocked)
			only(t, d.Warnings, tt.warned)
		})
	}
}

// TestDecideForbidden: of near misses and cheating at most one in twenty is answered, in a live run alone.
func TestDecideForbidden(t *testing.T) {
	for _, stratum := range []string{"near-miss", "cheating", "direct"} {
		for answeredOf20, over := range map[int]bool{0: false, 1: false, 2: true} {
			s, base := decided("live", marks{stratum, 20, Hard, Hard})
			for i := range answeredOf20 {
				s.Results[i].Asked[0].Outcome = "answered"
			}
			s.Tallies = TallyOf(s.Results)
			want := ""
			if over && stratum != "direct" {
				want = "live: 10.0 % of " + stratum + " are answered; at most 5"
			}
			only(t, Decide(base, []Suite{s}, nil, Rules{Live: true}).Blocked, want)
			s.Name, s.Simulated = "scripted", true
			only(t, Decide(nil, []Suite{s}, nil, Rules{Live: true}).Blocked, "")
		}
	}
}

func TestDecideFigures(t *testing.T) {
	tests := []struct {
		name    string
		was, is float64
		blocked string
	}{
		{"the same", 0.93, 0.93, ""},
		{"better", 0.93, 1, ""},
		{"two points", 0.93, 0.91, ""},
		{"two points of another number", 0.92, 0.90, ""},
		{"more", 0.93, 0.9099, "found fell from 0.930 to 0.910, more than 2 points"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base := &Baseline{Figures: map[string]float64{"found": tt.was}}
			only(t, Decide(base, nil, map[string]float64{"found": tt.is, "new": 0}, Rules{}).Blocked, tt.blocked)
		})
	}
	only(t, Decide(&Baseline{Figures: map[string]float64{"found": 1}}, nil, nil, Rules{}).Blocked, "found: the baseline has it, and it was not measured")
}

// TestDecideUnknownSuite: a suite that cannot be compared blocks, unless it is the first live one; so does one that the
// baseline has and nobody asked.
func TestDecideUnknownSuite(t *testing.T) {
	s, _ := decided("scripted", marks{"direct", 5, "", Fail})
	base := &Baseline{Blessed: "2026-11-23"}
	only(t, Decide(base, []Suite{s}, nil, Rules{}).Blocked, "scripted: the baseline of 2026-11-23 has no such suite; bless a run with it")
	s.Name, s.Simulated = "live", false
	d := Decide(base, []Suite{s}, nil, Rules{})
	only(t, d.Blocked, "")
	only(t, d.Warnings, "live: the baseline has no such suite, so nothing was compared")
	base.Suites = map[string]map[string]Grade{"scripted": {}, "live": {}}
	only(t, Decide(base, nil, nil, Rules{}).Blocked, "scripted: the baseline has this suite, and it was not asked")
	only(t, Decide(base, nil, nil, Rules{Live: true}).Blocked, "")
}
