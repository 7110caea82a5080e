package answers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval/authored"
	"github.com/lectern-tutor/lectern/postgres"
)

// A Set is the golden tasks over one course: one file for each stratum.
type Set struct {
	Course string
	Tasks  []Task // by stratum, in the order of the files' names; no id twice
	// Hash is the SHA-256 of the files' names and bytes, in hexadecimal. Two runs are comparable only if it is the same.
	Hash string
}

// A Task is one question with what a right answer to it is.
type Task struct {
	ID       string // 1 to 64 bytes
	Stratum  string // the name of its file
	Lecture  string // the one it is asked in; "": the whole course
	Before   []string
	Question string
	// Expect are the acceptable outcomes, at least one.
	Expect []answer.Outcome
	// Spans say where the lecture answers it; at least one if it can be answered, else none.
	Spans []Span
	// All: every span must be cited. Otherwise one of them is enough.
	All bool
	// Must are words of which each must occur in the answer, each as a list of alternatives; MustNot may not occur.
	Must    [][]string
	MustNot []string
	// Numbers are values, with a unit where it matters, that the answer must state.
	Numbers []string
	// Points are what a right answer says, in other words than the lecture's.
	Points []string
	// Rubric tells a reviewer what is right and what is a near miss.
	Rubric string
	Twin   string // id of the task that is the benign or the forbidden side of this one
	Tags   []string

	Path string // of the file
	Line int    // in it, from 1
}

// A Span is a stretch of a lecture: what the cues from StartMS to EndMS say.
type Span struct {
	Lecture        string
	StartMS, EndMS int64
	Quote          string
	Line           int
}

// Answerable reports whether an answer with sentences can be right.
func (t Task) Answerable() bool { return slices.Contains(t.Expect, answer.Answered) }

// Limits of a task.
const (
	maxQuestion = 4000 // characters; search takes no more
	maxBefore   = 8
	maxListed   = 20 // entries of each list
)

// The YAML of a file.
type (
	file struct {
		Course  string          `yaml:"course"`
		Stratum string          `yaml:"stratum"`
		Tasks   []authored.Node `yaml:"tasks"`
	}
	entry struct {
		ID       string          `yaml:"id"`
		Lecture  string          `yaml:"lecture"`
		Before   []string        `yaml:"before"`
		Question string          `yaml:"question"`
		Expect   []string        `yaml:"expect"`
		Spans    []authored.Node `yaml:"spans"`
		Cites    string          `yaml:"cites"`
		Must     []string        `yaml:"must"`
		MustNot  []string        `yaml:"must_not"`
		Numbers  []string        `yaml:"numbers"`
		Points   []string        `yaml:"points"`
		Rubric   string          `yaml:"rubric"`
		Twin     string          `yaml:"twin"`
		Tags     []string        `yaml:"tags"`
	}
	place struct {
		Lecture string `yaml:"lecture"`
		Start   int64  `yaml:"start"`
		End     int64  `yaml:"end"`
		Quote   string `yaml:"quote"`
	}
)

// ReadSet reads every .yaml file of a folder but course.yaml, which is the course's own, and drafts that are not complete; see
// Drafts. All faults are reported together,
// each with file, line, id and field.
func ReadSet(dir string) (*Set, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	paths = slices.DeleteFunc(paths, func(p string) bool { return filepath.Base(p) == "course.yaml" })
	if paths, err = withoutDrafts(paths); err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, &fs.PathError{Op: "tasks", Path: dir, Err: errors.New("there is no .yaml file of tasks in this folder")}
	}
	slices.Sort(paths)
	s, sum, faults := &Set{}, sha256.New(), []error(nil)
	for _, path := range paths {
		b, err := authored.Load(path)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(sum, "%s %d\n", filepath.Base(path), len(b))
		sum.Write(b)
		if err := s.add(path, b); err != nil {
			faults = append(faults, err)
		}
	}
	s.Hash = hex.EncodeToString(sum.Sum(nil))
	if err := errors.Join(append(faults, s.whole()...)...); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) add(path string, b []byte) error {
	var f file
	if err := authored.Parse(path, b, &f); err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(path), ".yaml")
	switch {
	case !postgres.ValidCourseID(f.Course):
		return fmt.Errorf("%s: course: %q is no course id", path, f.Course)
	case s.Course != "" && f.Course != s.Course:
		return fmt.Errorf("%s: course: %q, and another file of the folder is about %q", path, f.Course, s.Course)
	case f.Stratum != name:
		return fmt.Errorf("%s: stratum: %q, want the file's name, %q", path, f.Stratum, name)
	case len(f.Tasks) == 0:
		return fmt.Errorf("%s: tasks: there are none", path)
	}
	s.Course = f.Course
	var faults []error
	for i, node := range f.Tasks {
		if node.Empty() {
			faults = append(faults, fmt.Errorf("%s: tasks: number %d is empty", path, i+1))
			continue
		}
		t := Task{Stratum: name, Path: path, Line: node.Line()}
		if err := t.read(node); err != nil {
			faults = append(faults, err)
		}
		s.Tasks = append(s.Tasks, t)
	}
	return errors.Join(faults...)
}

// whole checks what no task can say alone: ids are given once, and twins name each other.
func (s *Set) whole() (faults []error) {
	byID := map[string]*Task{}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		if first := byID[t.ID]; first != nil {
			faults = append(faults, t.fault("id", "stands in %s:%d already", first.Path, first.Line))
			continue
		}
		byID[t.ID] = t
	}
	for _, t := range s.Tasks {
		if twin := byID[t.Twin]; t.Twin != "" && (twin == nil || twin.Twin != t.ID) {
			faults = append(faults, t.fault("twin", "%q is no task that names this one as its twin", t.Twin))
		}
	}
	return faults
}

func (t *Task) fault(field, format string, args ...any) error {
	return authored.Fault(t.Path, t.Line, t.ID+": "+field, format, args...)
}

func (t *Task) read(node authored.Node) error {
	var e entry
	if err := node.Decode(t.Path, &e); err != nil {
		return err
	}
	t.ID, t.Lecture, t.Before, t.Question = e.ID, e.Lecture, e.Before, e.Question
	t.All, t.MustNot, t.Numbers, t.Points = e.Cites == "all", e.MustNot, e.Numbers, e.Points
	t.Rubric, t.Twin, t.Tags = e.Rubric, e.Twin, e.Tags
	switch {
	case e.ID == "" || len(e.ID) > 64 || strings.ContainsAny(e.ID, " \t\r\n"):
		return t.fault("id", "%q is not 1 to 64 bytes without white space", e.ID)
	case e.Lecture != "" && !postgres.ValidLectureID(e.Lecture):
		return t.fault("lecture", "%q is no lecture id", e.Lecture)
	case e.Cites != "" && e.Cites != "any" && e.Cites != "all":
		return t.fault("cites", "%q is neither any nor all", e.Cites)
	case len(e.Before) > maxBefore:
		return t.fault("before", "%d questions; at most %d", len(e.Before), maxBefore)
	case len(e.Expect) == 0:
		return t.fault("expect", "names no outcome")
	case strings.TrimSpace(e.Rubric) == "":
		return t.fault("rubric", "is empty")
	}
	for _, q := range append(slices.Clone(e.Before), e.Question) {
		if strings.TrimSpace(q) == "" || utf8.RuneCountInString(q) > maxQuestion {
			return t.fault("question", "is empty or longer than %d characters", maxQuestion)
		}
	}
	for _, o := range e.Expect {
		outcome := answer.Outcome(o)
		if outcome != answer.Answered && outcome != answer.NotInLecture && outcome != answer.Refused {
			return t.fault("expect", "%q is none of answered, not_in_lecture, refused", o)
		}
		t.Expect = append(t.Expect, outcome)
	}
	if err := t.words(e); err != nil {
		return err
	}
	return t.spans(e.Spans)
}

// words reads what must and must not be said.
func (t *Task) words(e entry) error {
	for name, list := range map[string][]string{"must": e.Must, "must_not": e.MustNot, "numbers": e.Numbers, "points": e.Points} {
		if len(list) > maxListed {
			return t.fault(name, "%d entries; at most %d", len(list), maxListed)
		}
		if slices.ContainsFunc(list, func(s string) bool { return strings.TrimSpace(s) == "" }) {
			return t.fault(name, "an entry is empty")
		}
	}
	for _, m := range e.Must {
		alternatives := strings.Split(m, "|")
		if slices.ContainsFunc(alternatives, func(s string) bool { return strings.TrimSpace(s) == "" }) {
			return t.fault("must", "%q has an empty alternative", m)
		}
		t.Must = append(t.Must, alternatives)
	}
	for _, n := range e.Numbers {
		if !guard.HasNumber(n) {
			return t.fault("numbers", "%q holds no number", n)
		}
	}
	return nil
}

func (t *Task) spans(nodes []authored.Node) error {
	for i, node := range nodes {
		if node.Empty() {
			return t.fault("spans", "number %d is empty", i+1)
		}
		var p place
		if err := node.Decode(t.Path, &p); err != nil {
			return err
		}
		s := Span{Lecture: p.Lecture, StartMS: p.Start, EndMS: p.End, Quote: p.Quote, Line: node.Line()}
		switch {
		case !postgres.ValidLectureID(p.Lecture):
			return t.fault("spans", "number %d: %q is no lecture id", i+1, p.Lecture)
		case p.Start < 0 || p.End <= p.Start:
			return t.fault("spans", "number %d: from %d to %d ms is no stretch of time", i+1, p.Start, p.End)
		case strings.TrimSpace(p.Quote) == "":
			return t.fault("spans", "number %d has no quote", i+1)
		case t.Lecture != "" && p.Lecture != t.Lecture:
			return t.fault("spans", "number %d is in %s, and the task is asked in %s", i+1, p.Lecture, t.Lecture)
		}
		t.Spans = append(t.Spans, s)
	}
	switch {
	case t.Answerable() && len(t.Spans) == 0:
		return t.fault("spans", "there are none, and the task can be answered")
	case !t.Answerable() && len(t.Spans) > 0:
		return t.fault("spans", "there are some, and no answer is expected")
	case t.Answerable() && len(t.Points) == 0:
		return t.fault("points", "there are none, and the task can be answered")
	case t.All && len(t.Spans) < 2:
		return t.fault("cites", "all, and there are not two spans")
	}
	return nil
}
