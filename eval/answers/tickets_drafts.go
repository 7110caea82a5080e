package answers

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/eval/authored"
)

// A Draft is a task that is not complete.
type Draft struct {
	Path    string   `json:"path"`
	Line    int      `json:"line"`
	ID      string   `json:"id"`
	Missing []string `json:"missing"` // names of fields, in the order of a task
}

// String names the task, its line and what is missing.
func (d Draft) String() string {
	return fmt.Sprintf("%s (line %d): %s", d.ID, d.Line, strings.Join(d.Missing, ", "))
}

// Drafts lists what is missing in the files drafts*.yaml of a folder of tasks, by file and line; none if all are complete or
// there are none. A file of drafts in which nothing is missing is a stratum like any other.
func Drafts(dir string) ([]Draft, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "drafts*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var out []Draft
	var faults []error
	for _, path := range paths {
		drafts, _, err := draftsOf(path)
		if err != nil {
			faults = append(faults, err)
		}
		out = append(out, drafts...)
	}
	return out, errors.Join(faults...)
}

// withoutDrafts drops the files of drafts in which something is missing, or that hold no task.
func withoutDrafts(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), "drafts") {
			drafts, tasks, err := draftsOf(path)
			if err != nil {
				return nil, err
			}
			if len(drafts) > 0 || tasks == 0 {
				continue
			}
		}
		out = append(out, path)
	}
	return out, nil
}

// draftsOf reads a file of drafts and returns those in which something is missing, and how many tasks it has.
func draftsOf(path string) (drafts []Draft, tasks int, err error) {
	b, err := authored.Load(path)
	if err != nil {
		return nil, 0, err
	}
	var f file
	if err := authored.Parse(path, b, &f); err != nil {
		return nil, 0, err
	}
	var faults []error
	for i, node := range f.Tasks {
		if node.Empty() {
			faults = append(faults, fmt.Errorf("%s: tasks: number %d is empty", path, i+1))
			continue
		}
		var e entry
		if err := node.Decode(path, &e); err != nil {
			faults = append(faults, err)
			continue
		}
		missing, err := e.missing(path)
		if err != nil {
			faults = append(faults, err)
		}
		if len(missing) > 0 {
			id := e.ID
			if id == "" {
				id = fmt.Sprintf("task number %d", i+1)
			}
			drafts = append(drafts, Draft{path, node.Line(), id, missing})
		}
	}
	return drafts, len(f.Tasks), errors.Join(faults...)
}

// missing names the fields that a task needs and this one lacks. Before it says what is expected it may need all of them.
func (e entry) missing(path string) (fields []string, err error) {
	answerable := len(e.Expect) == 0 || slices.Contains(e.Expect, string(answer.Answered))
	placed := len(e.Spans) > 0
	for _, node := range e.Spans {
		var p place
		if node.Empty() {
			placed = false
			continue
		}
		if err := node.Decode(path, &p); err != nil {
			return nil, err
		}
		placed = placed && p.Lecture != "" && p.End > 0 && strings.TrimSpace(p.Quote) != ""
	}
	for _, f := range []struct {
		name    string
		lacking bool
	}{
		{"id", e.ID == ""},
		{"question", strings.TrimSpace(e.Question) == ""},
		{"expect", len(e.Expect) == 0},
		{"spans", answerable && !placed},
		{"points", answerable && len(e.Points) == 0},
		{"rubric", strings.TrimSpace(e.Rubric) == ""},
	} {
		if f.lacking {
			fields = append(fields, f.name)
		}
	}
	return fields, nil
}
