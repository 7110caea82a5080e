package eval

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval/authored"
	"github.com/lectern-tutor/lectern/postgres"
)

// Pairs are sentences with the quotes they are hung on, over one course: false ones, of which the guard should let none
// through, or true ones, of which it should reject none.
type Pairs struct {
	Course string
	Pairs  []Pair // in the order of the file; no id twice

	path string
}

// Pair is one sentence and its evidence.
type Pair struct {
	ID       string      `yaml:"id"`
	Kind     string      `yaml:"kind"`
	Lecture  string      `yaml:"lecture"` // under which the question is asked
	Question string      `yaml:"question"`
	Sentence string      `yaml:"sentence"`
	Evidence []PairQuote `yaml:"evidence"`
	Why      string      `yaml:"why"` // what is false; of false pairs only, and each has one
	Line     int         `yaml:"-"`   // in the file, from 1
}

// PairQuote is a quote and the lecture it stands in.
type PairQuote struct {
	Lecture string `yaml:"lecture"`
	Quote   string `yaml:"quote"`
}

// Path of the file that p was read from.
func (p *Pairs) Path() string { return p.path }

// False reports whether p holds false sentences: then each says why it is false. The pairs of a file are of one kind.
func (p *Pairs) False() bool { return len(p.Pairs) > 0 && p.Pairs[0].Why != "" }

// ReadPairs reads a YAML file of pairs, of 4 MiB at most. Its errors are those of ParsePairs.
func ReadPairs(path string) (*Pairs, error) {
	b, err := authored.Load(path)
	if err != nil {
		return nil, fmt.Errorf("pairs: %w", err)
	}
	return ParsePairs(path, b)
}

// ParsePairs reads pairs from YAML; path only names them in errors. A field that it does not know is an error, so that a
// misspelt one is not passed over. All faults of the pairs are reported together, each with file, line, field and id.
func ParsePairs(path string, b []byte) (*Pairs, error) {
	var file struct {
		Course string          `yaml:"course"`
		Pairs  []authored.Node `yaml:"pairs"` // nodes, for their lines
	}
	if err := authored.Parse(path, b, &file); err != nil {
		return nil, err
	}
	if !postgres.ValidCourseID(file.Course) {
		return nil, &FileError{Path: path, Field: "course", Message: fmt.Sprintf("%q is no course id", file.Course)}
	}
	if len(file.Pairs) == 0 {
		return nil, &FileError{Path: path, Field: "pairs", Message: "there are none"}
	}
	p := &Pairs{Course: file.Course, path: path}
	var faults []error
	seen := map[string]int{}
	for i, raw := range file.Pairs {
		if raw.Empty() {
			faults = append(faults, &FileError{Path: path, Field: "pairs", Message: fmt.Sprintf("number %d is empty", i+1)})
			continue
		}
		pair := Pair{Line: raw.Line()}
		if err := raw.Decode(path, &pair); err != nil {
			faults = append(faults, err)
			continue
		}
		if err := p.check(&pair, seen[pair.ID]); err != nil {
			faults = append(faults, err)
			continue
		}
		seen[pair.ID] = pair.Line
		p.Pairs = append(p.Pairs, pair)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return p, nil
}

// check says what is wrong with a pair by itself and beside the first of the file; earlier is the line in which its id stands
// already, or 0.
func (p *Pairs) check(pair *Pair, earlier int) error {
	switch {
	case pair.ID == "" || len(pair.ID) > 64 || strings.ContainsAny(pair.ID, " \t\r\n"):
		return p.fault(pair, "id", "is not 1 to 64 bytes without white space")
	case earlier > 0:
		return p.fault(pair, "id", "stands in line %d already", earlier)
	case strings.TrimSpace(pair.Kind) == "":
		return p.fault(pair, "kind", "is missing")
	case strings.TrimSpace(pair.Sentence) == "":
		return p.fault(pair, "sentence", "is missing")
	case len(pair.Evidence) == 0 || len(pair.Evidence) > guard.MaxEvidence:
		return p.fault(pair, "evidence", "there are %d quotes; give 1 to %d", len(pair.Evidence), guard.MaxEvidence)
	}
	for i, e := range pair.Evidence {
		if e.Lecture == "" || strings.TrimSpace(e.Quote) == "" {
			return p.fault(pair, "evidence", "number %d has no lecture or no quote", i+1)
		}
	}
	if len(p.Pairs) > 0 && (pair.Why != "") != p.False() {
		return p.fault(pair, "why", "a file holds false sentences, each with what is false, or true ones, none with it; and %s in line %d is of the other kind",
			p.Pairs[0].ID, p.Pairs[0].Line)
	}
	return nil
}

func (p *Pairs) fault(pair *Pair, field, format string, args ...any) error {
	return &FileError{Path: p.path, Line: pair.Line, Field: field, Message: fmt.Sprintf("pair %q: ", pair.ID) + fmt.Sprintf(format, args...)}
}
