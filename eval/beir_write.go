package eval

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// WriteCollection writes c as a BEIR folder that ReadCollection reads as the same collection: corpus.jsonl, queries.jsonl,
// qrels.tsv and, if there is anything in it, wrong_lecture.tsv. The folder is made; files that are there are replaced.
func WriteCollection(dir string, c *Collection) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	type passage struct {
		ID    string `json:"_id"`
		Title string `json:"title"`
		Text  string `json:"text"`
		Doc   string `json:"doc,omitempty"`
	}
	type question struct {
		ID         string   `json:"_id"`
		Text       string   `json:"text"`
		Answerable bool     `json:"answerable"`
		Doc        string   `json:"doc,omitempty"`
		Answers    []string `json:"answers,omitempty"`
		Span       []int    `json:"span,omitempty"`
	}
	err := write(filepath.Join(dir, "corpus.jsonl"), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for _, p := range c.Passages {
			if err := e.Encode(passage(p)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = write(filepath.Join(dir, "queries.jsonl"), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for _, q := range c.Questions {
			out := question{ID: q.ID, Text: q.Text, Answerable: q.Answerable, Doc: q.Doc, Answers: q.Answers}
			if q.End > 0 {
				out.Span = []int{q.Start, q.End}
			}
			if err := e.Encode(out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = write(filepath.Join(dir, "qrels.tsv"), func(w io.Writer) error {
		fmt.Fprintln(w, "query-id\tcorpus-id\tscore")
		for _, q := range slices.Sorted(maps.Keys(c.Qrels)) {
			for _, doc := range slices.Sorted(maps.Keys(c.Qrels[q])) {
				fmt.Fprintf(w, "%s\t%s\t%d\n", q, doc, c.Qrels[q][doc])
			}
		}
		return nil
	})
	if err != nil || len(c.Wrong) == 0 {
		return err
	}
	return write(filepath.Join(dir, "wrong_lecture.tsv"), func(w io.Writer) error {
		fmt.Fprintln(w, "query-id\task-in-doc")
		for _, m := range c.Wrong {
			fmt.Fprintf(w, "%s\t%s\n", m.Question, m.Doc)
		}
		return nil
	})
}

// write makes the file of what fn writes. The first failed write is reported, whichever it was.
func write(path string, fn func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b := bufio.NewWriter(f)
	if err := fn(b); err != nil {
		return err
	}
	return b.Flush()
}
