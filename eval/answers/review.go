package answers

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
)

// Why a task is shown to reviewers.
const (
	whySuspect = "suspect" // not graded hard, or not the same in every repeat
	whySampled = "sampled" // drawn from all others
)

const machineFile = "machine.json"

// A machine is what the harness itself said of the answers that reviewers judge. They are not shown it.
type machine struct {
	Set   string       `json:"set"` // hash of the tasks
	Seed  uint64       `json:"seed"`
	Tasks []machineRow `json:"tasks"` // by id
}

type machineRow struct {
	ID      string `json:"id"`
	Stratum string `json:"stratum"`
	Repeat  int    `json:"repeat"` // of the answer that is shown, from 0
	Grade   Grade  `json:"grade"`  // of that answer
	Why     string `json:"why"`
}

// An Exported review is what was written.
type Exported struct {
	Files    []string `json:"files"` // the two reviewers', and what the harness said
	Suspect  int      `json:"suspect"`
	Sampled  int      `json:"sampled"`
	NoAnswer []string `json:"no_answer,omitempty"` // ids of tasks that no repeat got an answer for: nothing to judge
}

// reviewColumns are the columns of a reviewer's file. The first three say what the row is and must come back as they are.
var reviewColumns = []string{"set", "id", "repeat", "stratum", "lecture", "asked before", "question", "outcome", "answer", "rubric", "points", "verdict", "note"}

// ExportReview writes one CSV file for each of two reviewers, and what the harness said, into a folder, in which none of
// these may be yet. Shown are all tasks that are not graded hard or are flaky, and so many of the others as sample says,
// drawn by seed. Of each the first answer that was graded as the task was. The order of rows is another for each reviewer and
// says nothing. The same arguments write the same files.
//
// A reviewer fills in verdict (hard, soft or fail, as in [Grade]) and, if there is something to say, note.
func ExportReview(dir string, set *Set, results []Result, sample int, seed uint64) (Exported, error) {
	var out Exported
	tasks, seen := map[string]Task{}, map[string]bool{}
	for _, t := range set.Tasks {
		tasks[t.ID] = t
	}
	shown, steady := map[string]Asked{}, []machineRow(nil)
	m := machine{Set: set.Hash, Seed: seed}
	for _, r := range results {
		if _, ok := tasks[r.ID]; !ok || seen[r.ID] {
			return out, fmt.Errorf("review: the result %s is of no task of the set, or there twice: review a run of these tasks", r.ID)
		}
		seen[r.ID] = true
		k := slices.IndexFunc(r.Asked, func(a Asked) bool { return a.Grade == r.Grade && a.Grade != Error })
		if k < 0 {
			k = slices.IndexFunc(r.Asked, func(a Asked) bool { return a.Grade != Error })
		}
		if k < 0 {
			out.NoAnswer = append(out.NoAnswer, r.ID)
			continue
		}
		shown[r.ID] = r.Asked[k]
		row := machineRow{ID: r.ID, Stratum: r.Stratum, Repeat: k, Grade: r.Asked[k].Grade, Why: whySuspect}
		if r.Grade == Hard && !r.Flaky {
			row.Why = whySampled
			steady = append(steady, row)
			continue
		}
		m.Tasks = append(m.Tasks, row)
	}
	out.Suspect = len(m.Tasks)
	shuffle(steady, seed, "sample")
	out.Sampled = min(max(sample, 0), len(steady))
	m.Tasks = append(m.Tasks, steady[:out.Sampled]...)
	if len(m.Tasks) == 0 {
		return out, errors.New("review: there is nothing to judge: no task is suspect, and the sample is empty")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return out, err
	}
	for _, name := range []string{"review-1.csv", "review-2.csv"} {
		rows := slices.Clone(m.Tasks)
		shuffle(rows, seed, name)
		var b bytes.Buffer
		b.WriteString("\ufeff") // without it a spreadsheet may read another encoding
		w := csv.NewWriter(&b)
		_ = w.Write(reviewColumns) // a buffer takes everything; Flush tells
		for _, row := range rows {
			_ = w.Write(reviewRow(set.Hash, row, tasks[row.ID], shown[row.ID]))
		}
		if w.Flush(); w.Error() != nil {
			return out, w.Error()
		}
		if err := out.write(dir, name, b.Bytes()); err != nil {
			return out, err
		}
	}
	slices.SortFunc(m.Tasks, func(a, b machineRow) int { return strings.Compare(a.ID, b.ID) })
	return out, out.write(dir, machineFile, encode(m))
}

func (e *Exported) write(dir, name string, b []byte) error {
	path := filepath.Join(dir, name)
	if err := writeNew(path, b); err != nil {
		return fmt.Errorf("review: %w; name another folder, so that no verdict is lost", err)
	}
	e.Files = append(e.Files, path)
	return nil
}

// setMark is the set's hash in a form that no spreadsheet takes for a number.
func setMark(hash string) string { return "set-" + hash[:min(len(hash), 16)] }

func reviewRow(hash string, row machineRow, t Task, a Asked) []string {
	cells := []string{
		setMark(hash), row.ID, strconv.Itoa(row.Repeat), row.Stratum, t.Lecture, strings.Join(t.Before, "\n"), t.Question,
		string(a.Outcome), readable(a.Sentences), t.Rubric, strings.Join(t.Points, "\n"), "", "",
	}
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	return cells
}

// readable is an answer for a person: each sentence with its quotes, and where they are.
func readable(sentences []answer.Sentence) string {
	var b strings.Builder
	for i, s := range sentences {
		fmt.Fprintf(&b, "%d. %s\n", i+1, s.Text)
		for _, c := range s.Citations {
			fmt.Fprintf(&b, "    %s %s: “%s”\n", c.Lecture, span(c.StartMS, c.EndMS), c.Quote)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func span(start, end *int64) string {
	if start == nil || end == nil {
		return "(no times)"
	}
	return clockTime(*start) + "–" + clockTime(*end)
}

func clockTime(ms int64) string {
	return fmt.Sprintf("%d:%02d:%02d", ms/3_600_000, ms/60_000%60, ms/1000%60)
}

// shuffle puts rows into an order that depends on their ids, the seed and what it is for, and on nothing else.
func shuffle(rows []machineRow, seed uint64, use string) {
	by := map[string]string{}
	for _, r := range rows {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", seed, use, r.ID))
		by[r.ID] = string(sum[:])
	}
	slices.SortFunc(rows, func(a, b machineRow) int { return strings.Compare(by[a.ID], by[b.ID]) })
}
