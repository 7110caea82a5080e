package eval

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Collection is a BEIR folder: passages, questions, and which passages are relevant to which question.
type Collection struct {
	Name      string // of the folder
	Passages  []Passage
	Questions []Question
	Qrels     Qrels
	// Wrong are questions to be asked where their answer is not; empty without a wrong_lecture.tsv.
	Wrong []Misplaced
}

// A Passage is one line of corpus.jsonl.
type Passage struct {
	ID, Title, Text string
	Doc             string // the document it was cut from; "" where the folder does not say
}

// A Question is one line of queries.jsonl.
type Question struct {
	ID, Text string
	// Answerable is false where the folder says that the documents hold no answer.
	Answerable bool
	Doc        string // the document it was asked about; "" where the folder does not say
	// Start and End bound the gold answer in the text of Doc, in characters (Unicode code points). Both 0: none is given.
	Start, End int
	Answers    []string // wordings that count as the answer; the span holds one of them

	line int // in the file
}

// Misplaced is a question with a document that does not answer it.
type Misplaced struct{ Question, Doc string }

// ReadCollection reads a BEIR folder: corpus.jsonl, queries.jsonl and the judgements in qrels.tsv or qrels/SPLIT.tsv. With
// split "" that is qrels.tsv, else the only file in qrels/, else qrels/test.tsv. wrong_lecture.tsv is read where it is.
// A fault in a file is a *FileError.
func ReadCollection(dir, split string) (*Collection, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &FileError{Path: dir, Message: "is not a folder; give one that holds corpus.jsonl, queries.jsonl and qrels.tsv"}
	}
	c := &Collection{Name: filepath.Base(filepath.Clean(dir))}
	judgements, err := qrelsFile(dir, split)
	if err != nil {
		return nil, err
	}
	if c.Passages, err = readPassages(filepath.Join(dir, "corpus.jsonl")); err != nil {
		return nil, err
	}
	if c.Questions, err = readQuestions(filepath.Join(dir, "queries.jsonl")); err != nil {
		return nil, err
	}
	if c.Qrels, err = readBEIRQrels(judgements); err != nil {
		return nil, err
	}
	c.Wrong, err = readMisplaced(filepath.Join(dir, "wrong_lecture.tsv"))
	return c, err
}

func qrelsFile(dir, split string) (string, error) {
	if split != "" {
		if split != filepath.Base(split) {
			return "", &FileError{Path: dir, Message: fmt.Sprintf("%q cannot be a split: it is the name of a file in qrels/, without .tsv", split)}
		}
		return filepath.Join(dir, "qrels", split+".tsv"), nil
	}
	one := filepath.Join(dir, "qrels.tsv")
	if _, err := os.Stat(one); err == nil {
		return one, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "qrels", "*.tsv"))
	if err != nil {
		return "", &FileError{Path: dir, Message: "the folder's name holds characters of a pattern; give it another name"}
	}
	test := filepath.Join(dir, "qrels", "test.tsv")
	switch {
	case len(files) == 1:
		return files[0], nil
	case slices.Contains(files, test):
		return test, nil
	case len(files) == 0:
		return "", &FileError{Path: dir, Message: "there is neither qrels.tsv nor a .tsv file in qrels/"}
	}
	return "", &FileError{Path: filepath.Join(dir, "qrels"), Message: "there are several files and no test.tsv; choose one with --split"}
}

func readPassages(path string) ([]Passage, error) {
	var out []Passage
	seen := map[string]bool{}
	err := eachOf(path, func(l *lines, line []byte) error {
		var p struct {
			ID    string  `json:"_id"`
			Title string  `json:"title"`
			Text  *string `json:"text"`
			Doc   string  `json:"doc"`
		}
		if err := l.decode(line, &p); err != nil {
			return err
		}
		switch err := l.id("_id", p.ID); {
		case err != nil:
			return err
		case seen[p.ID]:
			return l.fault("_id", "%q is there twice", p.ID)
		case p.Text == nil:
			return l.fault("text", "missing")
		}
		seen[p.ID] = true
		out = append(out, Passage{ID: p.ID, Title: p.Title, Text: *p.Text, Doc: p.Doc})
		return nil
	})
	if err == nil && len(out) == 0 {
		err = &FileError{Path: path, Message: "is empty"}
	}
	return out, err
}

func readQuestions(path string) ([]Question, error) {
	var out []Question
	seen := map[string]bool{}
	err := eachOf(path, func(l *lines, line []byte) error {
		var q struct {
			ID         string   `json:"_id"`
			Text       string   `json:"text"`
			Answerable *bool    `json:"answerable"`
			Doc        string   `json:"doc"`
			Span       []int    `json:"span"`
			Answers    []string `json:"answers"`
		}
		if err := l.decode(line, &q); err != nil {
			return err
		}
		switch err := l.id("_id", q.ID); {
		case err != nil:
			return err
		case seen[q.ID]:
			return l.fault("_id", "%q is there twice", q.ID)
		case q.Text == "":
			return l.fault("text", "missing")
		case len(q.Span) != 0 && (len(q.Span) != 2 || q.Span[0] < 0 || q.Span[0] >= q.Span[1]):
			return l.fault("span", "is not a start and, behind it, an end")
		}
		seen[q.ID] = true
		out = append(out, Question{ID: q.ID, Text: q.Text, Answerable: q.Answerable == nil || *q.Answerable, Doc: q.Doc, Answers: q.Answers, line: l.n})
		if len(q.Span) == 2 {
			out[len(out)-1].Start, out[len(out)-1].End = q.Span[0], q.Span[1]
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = &FileError{Path: path, Message: "is empty"}
	}
	return out, err
}

// readBEIRQrels reads three columns: question, passage, grade. The first line may be a header.
func readBEIRQrels(path string) (Qrels, error) {
	q := Qrels{}
	err := eachOf(path, func(l *lines, line []byte) error {
		f, err := columns(l, line, 3, "question, passage and grade")
		if err != nil || l.n == 1 && header(f[2]) {
			return err
		}
		return q.add(l, f[0], f[1], f[2])
	})
	if err == nil && len(q) == 0 {
		err = &FileError{Path: path, Message: "holds no judgement"}
	}
	return q, err
}

// header reports whether the last column of a first line is a word instead of a number.
func header(last string) bool {
	return strings.ContainsAny(strings.ToLower(last), "abcdefghijklmnopqrstuvwxyz")
}

// readMisplaced reads two columns: question and the document to ask it in, below a header. No file: none.
func readMisplaced(path string) ([]Misplaced, error) {
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil, nil
	}
	var out []Misplaced
	err := eachOf(path, func(l *lines, line []byte) error {
		f, err := columns(l, line, 2, "question and document")
		if err != nil || l.n == 1 && f[0] == "query-id" {
			return err
		}
		if err := cmp.Or(l.id("question", f[0]), l.id("document", f[1])); err != nil {
			return err
		}
		out = append(out, Misplaced{Question: f[0], Doc: f[1]})
		return nil
	})
	return out, err
}

// columns splits a line at its tabs.
func columns(l *lines, line []byte, n int, want string) ([]string, error) {
	f := strings.Split(string(bytes.TrimRight(line, "\r")), "\t")
	if len(f) != n {
		return nil, l.fault("", "%d columns where %s are wanted, with a tab between them", len(f), want)
	}
	return f, nil
}
