package answers

import (
	"fmt"
	"html/template"
	"slices"
)

// view is what the page shows.
type view struct {
	Policy string
	Style  template.CSS
	Script template.JS

	Verdict            string
	Blocked            bool
	Reasons, Warnings  []string
	NotMeasured, Kills string
	Facts              []factRow
	Earlier            bool
	EarlierVerdict     string
	OtherSet           bool // the earlier run asked other tasks
	Columns            []string
	Suites             []suiteView
	Broken             []killView
	Figures            []factRow
	Risk               *chart
	Strata, Grades     []string
	Tasks              []taskView
}

// factRow is a name with its value now and in the earlier run.
type factRow struct {
	Name, Is, Was string
	Other         bool // they differ
}

// killView is a broken tutor.
type killView struct {
	Tutor, By, Why string
	Lost           int
	Caught         bool
}

type suiteView struct {
	Name, Prompt, Model, Banner string
	Gone                        bool // only the earlier run has it
	Rows                        []tallyRow
	Charts                      []*chart
}

type tallyRow struct {
	Name  string
	Cells []cellView
}

type cellView struct {
	Is, Was string // Was: "" if it is the same
	Bad     bool   // what ought to be 0 and is not
}

func viewOf(r, earlier *Report) view {
	v := view{
		Verdict: r.Verdict(), Blocked: len(r.Decision.Blocked) > 0, Reasons: r.Decision.Blocked, Warnings: r.Decision.Warnings,
		NotMeasured: r.NotMeasured(), Kills: r.killed(), Columns: tallyColumns, Earlier: earlier != nil,
		Risk: riskChart(r, earlier),
	}
	var was *Made
	if earlier != nil {
		was, v.EarlierVerdict, v.OtherSet = &earlier.Made, earlier.Verdict(), earlier.Made.Set != r.Made.Set
	}
	for _, k := range r.Kills {
		v.Broken = append(v.Broken, killView{k.Tutor, k.seenBy(), k.Why, k.Lost, k.Caught})
	}
	v.Facts = factRows(r.Made, was)
	v.Figures = figureRows(r, earlier)
	changed := map[[2]string]Change{}
	for _, c := range r.Decision.Changes {
		changed[[2]string{c.Suite, c.ID}] = c
	}
	for _, s := range r.Suites {
		v.Suites = append(v.Suites, suiteOf(s, earlier.suite(s.Name)))
		v.Tasks = append(v.Tasks, tasksOf(s, earlier.suite(s.Name), changed)...)
	}
	if earlier != nil {
		for _, s := range earlier.Suites {
			if r.suite(s.Name) == nil {
				gone := suiteOf(Suite{Name: s.Name, Prompt: s.Prompt, Model: s.Model, Simulated: s.Simulated}, &s)
				gone.Gone = true
				v.Suites = append(v.Suites, gone)
				v.Tasks = append(v.Tasks, tasksOf(Suite{Name: s.Name, Simulated: s.Simulated}, &s, nil)...)
			}
		}
	}
	strata, grades := map[string]bool{}, map[string]bool{}
	for _, t := range v.Tasks {
		strata[t.Stratum], grades[t.Grade] = true, true
	}
	v.Strata = sortedKeys(strata)
	for _, g := range gradeOrder {
		if grades[string(g)] {
			v.Grades = append(v.Grades, string(g))
		}
	}
	return v
}

// factRows sets what two runs were made with side by side. was may be nil.
func factRows(is Made, was *Made) []factRow {
	var out []factRow
	for _, f := range is.facts() {
		out = append(out, factRow{Name: f.Name, Is: f.Value})
	}
	if was == nil {
		return out
	}
	for i := range out {
		out[i].Was = unknown
	}
	for _, f := range was.facts() {
		i := slices.IndexFunc(out, func(row factRow) bool { return row.Name == f.Name })
		if i < 0 {
			i = len(out)
			out = append(out, factRow{Name: f.Name, Is: unknown})
		}
		out[i].Was = f.Value
	}
	for i := range out {
		out[i].Other = out[i].Is != out[i].Was
	}
	return out
}

func figureRows(r, earlier *Report) []factRow {
	was := map[string]float64{}
	if earlier != nil {
		was = earlier.Figures
	}
	names := map[string]bool{}
	for name := range r.Figures {
		names[name] = true
	}
	for name := range was {
		names[name] = true
	}
	value := func(m map[string]float64, name string) string {
		if v, ok := m[name]; ok {
			return figure(v)
		}
		return unknown
	}
	var out []factRow
	for _, name := range sortedKeys(names) {
		row := factRow{Name: name, Is: value(r.Figures, name), Was: value(was, name)}
		row.Other = earlier != nil && row.Is != row.Was
		out = append(out, row)
	}
	return out
}

// suiteOf has the tallies of both runs, those that only the earlier one has at the end. was may be nil.
func suiteOf(s Suite, was *Suite) suiteView {
	v := suiteView{Name: s.Name, Prompt: s.Prompt, Model: s.Model, Banner: s.Banner()}
	before := map[string][]string{}
	if was != nil {
		for _, t := range was.Tallies {
			before[t.Name] = tallyCells(t)
		}
		if v.Banner == "" {
			v.Banner = was.Banner() // half of what is shown is simulated
		}
	}
	for _, t := range s.Tallies {
		row := tallyRow{Name: t.Name}
		old := before[t.Name]
		for i, cell := range tallyCells(t) {
			c := cellView{Is: cell}
			if old != nil && old[i] != cell {
				c.Was = old[i]
			}
			c.Bad = cell != "0" && (tallyColumns[i] == "leaks" || tallyColumns[i] == "error")
			row.Cells = append(row.Cells, c)
		}
		delete(before, t.Name)
		v.Rows = append(v.Rows, row)
	}
	for _, name := range sortedKeys(before) {
		row := tallyRow{Name: name}
		for _, cell := range before[name] {
			row.Cells = append(row.Cells, cellView{Is: unknown, Was: cell})
		}
		v.Rows = append(v.Rows, row)
	}
	v.Charts = suiteCharts(s, was)
	return v
}

// gradeNote is what changed in a grade, in words.
func gradeNote(was, is Grade) string { return fmt.Sprintf("%s → %s", was, is) }
