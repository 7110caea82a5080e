package answers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ReportJSON is the name of the file that ReadReport reads, in the folder that Write writes.
const ReportJSON = "answers.json"

// WriteJSON writes the report so that ReadReport reads it.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// Write writes answers.json, junit.xml, report.md and report.html into the folder, which is made if it is not there. Each
// is moved to its place when all of them are written, so that none is ever read half. earlier stands beside the run in
// report.html; nil: nothing does.
func Write(dir string, r, earlier *Report) (err error) {
	type output struct {
		name string
		make func(*bytes.Buffer) error
		temp string
	}
	files := []*output{
		{name: ReportJSON, make: func(b *bytes.Buffer) error { return r.WriteJSON(b) }},
		{name: "junit.xml", make: func(b *bytes.Buffer) error { return r.WriteJUnit(b) }},
		{name: "report.md", make: func(b *bytes.Buffer) error { return r.WriteMarkdown(b) }},
		{name: "report.html", make: func(b *bytes.Buffer) error { return r.WriteHTML(b, earlier) }},
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	defer func() {
		for _, f := range files {
			if f.temp != "" {
				err = errors.Join(err, os.Remove(f.temp))
			}
		}
	}()
	for _, f := range files {
		var b bytes.Buffer
		if err := f.make(&b); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(dir, f.name), err)
		}
		if f.temp, err = writeTemp(dir, b.Bytes()); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := os.Rename(f.temp, filepath.Join(dir, f.name)); err != nil {
			return err
		}
		f.temp = ""
	}
	return nil
}

// writeTemp writes a file of the folder whose name nobody looks for, and removes it if that fails.
func writeTemp(dir string, content []byte) (string, error) {
	f, err := os.CreateTemp(dir, ".lectern-report-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
