package answers

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Review is what two reviewers made of the same answers.
type Review struct {
	Set   string    `json:"set"`   // hash of the tasks
	Files [2]string `json:"files"` // the reviewers', in the order in which they were named
	// Groups are all, the suspect ones, the sampled ones and then each stratum by name. Only the sampled ones say how well the
	// harness grades where nothing is suspicious; the others were chosen because something is.
	Groups []Agreement `json:"groups"`
	// VagueStrata are those in which the two disagree in more than 10 % of the verdicts, VagueTasks the tasks in which they do:
	// their rubric does not say what is right.
	VagueStrata []string       `json:"vague_strata"`
	VagueTasks  []Disagreement `json:"vague_tasks"` // by id
	// Unjudged are rows without a verdict, as file:line: id. They count for the other reviewer only.
	Unjudged []string `json:"unjudged"`
}

// An Agreement is how far verdicts agree, in one group.
type Agreement struct {
	Name  string `json:"name"`
	Tasks int    `json:"tasks"` // that both judged
	Agree int    `json:"agree"`
	// Kappa is Cohen's; null if chance explains everything, see [Kappa].
	Kappa  *float64  `json:"kappa"`
	Counts [3][3]int `json:"counts"` // the first reviewer's verdict by the second's: hard, soft, fail
	Vague  bool      `json:"vague"`  // they disagree in more than 10 %
	// Machine is how far each reviewer agrees with the harness, over what that reviewer judged.
	Machine [2]WithMachine `json:"machine"`
}

// WithMachine is one reviewer's agreement with the harness.
type WithMachine struct {
	Tasks  int       `json:"tasks"`
	Agree  int       `json:"agree"`
	Kappa  *float64  `json:"kappa"`
	Counts [3][3]int `json:"counts"` // the reviewer's verdict by the harness's
}

// A Disagreement is a task with two verdicts.
type Disagreement struct {
	ID       string    `json:"id"`
	Stratum  string    `json:"stratum"`
	Verdicts [2]Grade  `json:"verdicts"`
	Notes    [2]string `json:"notes"`
	Machine  Grade     `json:"machine"`
}

// verdicts are what a reviewer may say, in the order of the counts.
var verdicts = []Grade{Hard, Soft, Fail}

const mostDisagreement = 10 // percent

// A judgement is one reviewer's row.
type judgement struct {
	verdict Grade // "": none yet
	note    string
	at      string // file:line: id
}

// ImportReview reads both reviewers' files, and the machine.json that was written beside them. set is the hash of the tasks
// as they are now. Errors name file, line and id: rows of other tasks, of another set, missing, twice, with another verdict
// than hard, soft or fail.
func ImportReview(set, machinePath, first, second string) (*Review, error) {
	m, err := readMachine(machinePath, set)
	if err != nil {
		return nil, err
	}
	if filepath.Clean(first) == filepath.Clean(second) {
		return nil, fmt.Errorf("%s: it was named twice; name both reviewers' files", first)
	}
	r := &Review{Set: m.Set, Files: [2]string{first, second}}
	var by [2]map[string]judgement
	var faults []error
	for i, path := range r.Files {
		if by[i], err = m.read(path); err != nil {
			faults = append(faults, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	groups := map[string][]machineRow{}
	for _, row := range m.Tasks {
		groups[row.Stratum] = append(groups[row.Stratum], row)
	}
	why := func(w string) []machineRow {
		return slices.DeleteFunc(slices.Clone(m.Tasks), func(row machineRow) bool { return row.Why != w })
	}
	r.Groups = []Agreement{agreement("all", m.Tasks, by), agreement(whySuspect, why(whySuspect), by), agreement(whySampled, why(whySampled), by)}
	for _, name := range sortedKeys(groups) {
		a := agreement(name, groups[name], by)
		r.Groups = append(r.Groups, a)
		if a.Vague {
			r.VagueStrata = append(r.VagueStrata, name)
		}
	}
	for _, row := range m.Tasks {
		a, b := by[0][row.ID], by[1][row.ID]
		for _, j := range []judgement{a, b} {
			if j.verdict == "" {
				r.Unjudged = append(r.Unjudged, j.at)
			}
		}
		if a.verdict != "" && b.verdict != "" && a.verdict != b.verdict {
			r.VagueTasks = append(r.VagueTasks, Disagreement{row.ID, row.Stratum, [2]Grade{a.verdict, b.verdict}, [2]string{a.note, b.note}, row.Grade})
		}
	}
	if r.Groups[0].Tasks == 0 {
		return nil, fmt.Errorf("%s, %s: no task has a verdict in both; fill in the column verdict with hard, soft or fail", first, second)
	}
	return r, nil
}

func agreement(name string, rows []machineRow, by [2]map[string]judgement) Agreement {
	out := Agreement{Name: name}
	var a, b []Grade
	for _, row := range rows {
		if x, y := by[0][row.ID].verdict, by[1][row.ID].verdict; x != "" && y != "" {
			a, b = append(a, x), append(b, y)
		}
	}
	out.Tasks, out.Agree, out.Kappa, out.Counts = count(a, b)
	out.Vague = 100*(out.Tasks-out.Agree) > mostDisagreement*out.Tasks
	for i := range by {
		var said, graded []Grade
		for _, row := range rows {
			if v := by[i][row.ID].verdict; v != "" {
				said, graded = append(said, v), append(graded, row.Grade)
			}
		}
		w := &out.Machine[i]
		w.Tasks, w.Agree, w.Kappa, w.Counts = count(said, graded)
	}
	return out
}

func count(a, b []Grade) (n, agree int, kappa *float64, counts [3][3]int) {
	for i := range a {
		x, y := slices.Index(verdicts, a[i]), slices.Index(verdicts, b[i])
		counts[x][y]++
		if x == y {
			agree++
		}
	}
	if k := Kappa(a, b); !math.IsNaN(k) && !math.IsInf(k, 0) {
		kappa = &k
	}
	return len(a), agree, kappa, counts
}

func readMachine(path, set string) (*machine, error) {
	b, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	m := &machine{}
	if err := strict(b, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Set != set {
		return nil, fmt.Errorf("%s: the answers were to other tasks (set %.12s, these are %.12s): read the verdicts where those tasks are, or have a new run reviewed", path, m.Set, set)
	}
	for i, row := range m.Tasks {
		if row.ID == "" || i > 0 && row.ID <= m.Tasks[i-1].ID || !slices.Contains(verdicts, row.Grade) {
			return nil, fmt.Errorf("%s: tasks: number %d, %q: out of order or without a grade: it was edited; export anew", path, i+1, row.ID)
		}
	}
	return m, nil
}

// read reads one reviewer's file.
func (m *machine) read(path string) (map[string]judgement, error) {
	t, err := readSheet(path)
	if err != nil {
		return nil, err
	}
	if err := t.need("set", "id", "repeat", "verdict", "note"); err != nil {
		return nil, err
	}
	out, index := map[string]judgement{}, map[string]int{}
	for i, row := range m.Tasks {
		index[row.ID], index[harmless(row.ID)] = i, i // a spreadsheet may drop the apostrophe
	}
	var faults faults
	for _, row := range t.rows {
		id := t.cell(row, "id")
		i, known := index[id]
		if known {
			id = m.Tasks[i].ID
		}
		verdict := Grade(strings.ToLower(t.cell(row, "verdict")))
		var err error
		switch {
		case !known:
			err = t.fault(row, "id", "%q is none of the tasks that were exported", id)
		case t.cell(row, "set") != setMark(m.Set):
			err = t.fault(row, "set", "%s: it is of another set, %.20s; want %s", id, t.cell(row, "set"), setMark(m.Set))
		case t.cell(row, "repeat") != strconv.Itoa(m.Tasks[i].Repeat):
			err = t.fault(row, "repeat", "%s: %q, and repeat %d was shown", id, t.cell(row, "repeat"), m.Tasks[i].Repeat)
		case out[id].at != "":
			err = t.fault(row, "id", "%s: it stands in %s already", id, out[id].at)
		case verdict != "" && !slices.Contains(verdicts, verdict):
			err = t.fault(row, "verdict", "%s: %q is none of hard, soft, fail", id, t.cell(row, "verdict"))
		}
		if err != nil {
			_ = faults.add(err)
			continue
		}
		out[id] = judgement{verdict, t.cell(row, "note"), fmt.Sprintf("%s:%d: %s", path, row.line, id)}
	}
	if faults.n == 0 {
		for _, row := range m.Tasks {
			if out[row.ID].at == "" {
				_ = faults.add(fmt.Errorf("%s:%d: %s: its row is missing; an answer that was not judged keeps its row, with verdict empty", path, len(t.rows)+1, row.ID))
			}
		}
	}
	return out, faults.err()
}
