package eval

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A SpanSet is a folder of whole documents, and questions with the span of characters that answers each.
type SpanSet struct {
	Name      string // of the folder
	Documents []Document
	Questions []Question
	Wrong     []Misplaced
}

// A Document is one line of docs.jsonl.
type Document struct{ ID, Title, Text string }

// ReadSpans reads docs.jsonl, queries.jsonl and, where it is, wrong_lecture.tsv. A span that lies outside its document, or
// that holds none of the answers given with it, is an error: spans count characters, and one that counts something else
// would make every figure wrong.
func ReadSpans(dir string) (*SpanSet, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &FileError{Path: dir, Message: "is not a folder; give one that holds docs.jsonl and queries.jsonl"}
	}
	s := &SpanSet{Name: filepath.Base(filepath.Clean(dir))}
	var err error
	if s.Documents, err = readDocuments(filepath.Join(dir, "docs.jsonl")); err != nil {
		return nil, err
	}
	queries := filepath.Join(dir, "queries.jsonl")
	if s.Questions, err = readQuestions(queries); err != nil {
		return nil, err
	}
	if s.Wrong, err = readMisplaced(filepath.Join(dir, "wrong_lecture.tsv")); err != nil {
		return nil, err
	}
	return s, s.check(queries)
}

func readDocuments(path string) ([]Document, error) {
	var out []Document
	seen := map[string]bool{}
	err := eachOf(path, func(l *lines, line []byte) error {
		var d struct {
			ID    string `json:"_id"`
			Title string `json:"title"`
			Text  string `json:"text"`
		}
		if err := l.decode(line, &d); err != nil {
			return err
		}
		switch err := l.id("_id", d.ID); {
		case err != nil:
			return err
		case seen[d.ID]:
			return l.fault("_id", "%q is there twice", d.ID)
		case !visible(d.Text):
			return l.fault("text", "missing")
		}
		seen[d.ID] = true
		out = append(out, Document(d))
		return nil
	})
	if err == nil && len(out) == 0 {
		err = &FileError{Path: path, Message: "is empty"}
	}
	return out, err
}

// check looks whether the spans are in the documents.
func (s *SpanSet) check(path string) error {
	texts := make(map[string][]rune, len(s.Documents))
	for _, d := range s.Documents {
		texts[d.ID] = []rune(d.Text)
	}
	known := 0
	for _, q := range s.Questions {
		text, there := texts[q.Doc]
		if !there || q.End == 0 {
			continue
		}
		known++
		fault := func(message string) error {
			return &FileError{Path: path, Line: q.line, Field: "span", Message: message}
		}
		if q.End > len(text) {
			return fault(fmt.Sprintf("ends at character %d, and document %q has %d", q.End, q.Doc, len(text)))
		}
		if len(q.Answers) > 0 && !slices.Contains(q.Answers, string(text[q.Start:q.End])) {
			return fault(fmt.Sprintf("holds none of the answers; it counts characters (Unicode code points) of document %q, from 0", q.Doc))
		}
	}
	if known == 0 {
		return fmt.Errorf("%w: no question of %s has a span in a document of docs.jsonl", ErrNoMatch, path)
	}
	return nil
}
