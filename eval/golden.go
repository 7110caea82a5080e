package eval

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/eval/authored"
	"github.com/lectern-tutor/lectern/postgres"
)

// Golden is a set of questions over one course, each with the places in its lectures that answer it.
type Golden struct {
	Course    string
	Questions []GoldenQuestion // in the order of the file; no id twice

	path string
}

// GoldenQuestion is one question as a student asks it.
type GoldenQuestion struct {
	ID      string // 1 to 64 bytes
	Lecture string // the lecture it is counted under; one of its spans is there
	Text    string
	Tags    []string // of GoldenTags, at least one, none twice
	// Spans are the places that answer the question, at least one. Any of them counts as found; with the tag two-places
	// the whole answer needs them all.
	Spans []GoldenSpan
	Line  int // in the file, from 1
}

// GoldenSpan is a stretch of a lecture: what the cues from StartMS to EndMS say.
type GoldenSpan struct {
	Lecture string
	StartMS int64  // at which the first of its cues starts
	EndMS   int64  // at which the last of its cues ends; later than StartMS
	Quote   string // the text of these cues, joined by single spaces
	Line    int    // in the file, from 1
}

// GoldenTags are the tags a question may have. The file of the bundled course says what each means.
var GoldenTags = []string{
	"asr", "cause", "comparison", "correction", "definition", "misspelt", "numeric", "paraphrase", "procedure", "two-places",
}

// Limits of a file of golden questions.
const (
	maxGoldenQuestion = 4000   // characters; search takes no more
	maxGoldenSpan     = 60_000 // ms; what is longer does not say where the answer is
)

// The YAML of a file. The nodes are kept for their lines.
type (
	goldenFile struct {
		Course    string          `yaml:"course"`
		Questions []authored.Node `yaml:"questions"`
	}
	goldenEntry struct {
		ID       string          `yaml:"id"`
		Lecture  string          `yaml:"lecture"`
		Question string          `yaml:"question"`
		Tags     []string        `yaml:"tags"`
		Spans    []authored.Node `yaml:"spans"`
	}
	goldenPlace struct {
		Lecture string `yaml:"lecture"`
		Start   int64  `yaml:"start"`
		End     int64  `yaml:"end"`
		Quote   string `yaml:"quote"`
	}
)

// ReadGolden reads a YAML file of golden questions, of 4 MiB at most. Its errors are those of ParseGolden.
func ReadGolden(path string) (*Golden, error) {
	b, err := authored.Load(path)
	if err != nil {
		return nil, fmt.Errorf("golden questions: %w", err)
	}
	return ParseGolden(path, b)
}

// ParseGolden reads golden questions from YAML; path only names them in errors. Fields that it does not know are an error, so
// that a misspelt one is not passed over. All faults of the questions are reported together, each with file, line and field.
func ParseGolden(path string, b []byte) (*Golden, error) {
	var file goldenFile
	if err := authored.Parse(path, b, &file); err != nil {
		return nil, err
	}
	if !postgres.ValidCourseID(file.Course) {
		return nil, fmt.Errorf("%s: course: %q is no course id", path, file.Course)
	}
	if len(file.Questions) == 0 {
		return nil, fmt.Errorf("%s: questions: there are none", path)
	}
	g := &Golden{Course: file.Course, path: path}
	var faults []error
	seen := map[string]int{}
	for i, raw := range file.Questions {
		if raw.Empty() { // a null
			faults = append(faults, fmt.Errorf("%s: questions: number %d is empty", path, i+1))
			continue
		}
		q, err := g.question(raw)
		if err == nil && seen[q.ID] > 0 {
			err = g.fault(q.Line, "id", "%q stands in line %d already", q.ID, seen[q.ID])
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		seen[q.ID] = q.Line
		g.Questions = append(g.Questions, q)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return g, nil
}

func (g *Golden) question(raw authored.Node) (GoldenQuestion, error) {
	line := raw.Line()
	var e goldenEntry
	if err := raw.Decode(g.path, &e); err != nil {
		return GoldenQuestion{}, err
	}
	q := GoldenQuestion{ID: e.ID, Lecture: e.Lecture, Text: e.Question, Tags: e.Tags, Line: line}
	switch {
	case e.ID == "" || len(e.ID) > 64 || strings.ContainsAny(e.ID, " \t\r\n"):
		return q, g.fault(line, "id", "%q is not 1 to 64 bytes without white space", e.ID)
	case !postgres.ValidLectureID(e.Lecture):
		return q, g.fault(line, "lecture", "%q is no lecture id", e.Lecture)
	case strings.TrimSpace(e.Question) == "" || strings.ContainsAny(e.Question, "\r\n"):
		return q, g.fault(line, "question", "is not one line of text")
	case utf8.RuneCountInString(e.Question) > maxGoldenQuestion:
		return q, g.fault(line, "question", "is longer than %d characters", maxGoldenQuestion)
	case len(e.Tags) == 0:
		return q, g.fault(line, "tags", "there are none; choose from %s", strings.Join(GoldenTags, ", "))
	case len(e.Spans) == 0:
		return q, g.fault(line, "spans", "there are none")
	}
	for i, tag := range e.Tags {
		if !slices.Contains(GoldenTags, tag) {
			return q, g.fault(line, "tags", "%q is none of %s", tag, strings.Join(GoldenTags, ", "))
		}
		if slices.Contains(e.Tags[:i], tag) {
			return q, g.fault(line, "tags", "%q stands twice", tag)
		}
	}
	if slices.Contains(e.Tags, "two-places") && len(e.Spans) < 2 {
		return q, g.fault(line, "spans", "there is one, and the tag two-places wants two or more")
	}
	for i, raw := range e.Spans {
		if raw.Empty() {
			return q, g.fault(line, "spans", "number %d is empty", i+1)
		}
		s, err := g.span(raw)
		if err != nil {
			return q, err
		}
		q.Spans = append(q.Spans, s)
	}
	if !slices.ContainsFunc(q.Spans, func(s GoldenSpan) bool { return s.Lecture == q.Lecture }) {
		return q, g.fault(line, "lecture", "none of the spans is in %s", q.Lecture)
	}
	return q, nil
}

func (g *Golden) span(raw authored.Node) (GoldenSpan, error) {
	line := raw.Line()
	var p goldenPlace
	if err := raw.Decode(g.path, &p); err != nil {
		return GoldenSpan{}, err
	}
	s := GoldenSpan{Lecture: p.Lecture, StartMS: p.Start, EndMS: p.End, Quote: p.Quote, Line: line}
	switch {
	case !postgres.ValidLectureID(p.Lecture):
		return s, g.fault(line, "lecture", "%q is no lecture id", p.Lecture)
	case p.Start < 0:
		return s, g.fault(line, "start", "%d is below 0", p.Start)
	case p.End <= p.Start:
		return s, g.fault(line, "end", "%d is not later than the start, %d", p.End, p.Start)
	case p.End-p.Start > maxGoldenSpan:
		return s, g.fault(line, "end", "the span is longer than %d s; name the cues that hold the answer", maxGoldenSpan/1000)
	case strings.TrimSpace(p.Quote) == "":
		return s, g.fault(line, "quote", "is empty")
	}
	return s, nil
}

func (g *Golden) fault(line int, field, format string, args ...any) error {
	return authored.Fault(g.path, line, field, format, args...)
}
