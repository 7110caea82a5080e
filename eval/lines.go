package eval

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// ErrNoMatch says that files do not belong together: the ids of one occur nowhere in the other. Zeros would look like a
// measurement.
var ErrNoMatch = errors.New("the ids match nothing")

// ErrNoneRelevant says that the judgements hold no grade above 0, so that every metric would be 0 of nothing.
var ErrNoneRelevant = errors.New("nothing is judged relevant")

// A FileError is a fault of a file that was given, for the person who gave it.
type FileError struct {
	Path    string
	Line    int    // from 1; 0: the whole file
	Field   string // "": the whole line
	Message string
}

func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, ": %s", e.Field)
	}
	return b.String() + ": " + e.Message
}

// Limits of a file. What is beyond them is refused, never cut.
const (
	maxFile = 2 << 30   // bytes
	maxRows = 5_000_000 // lines
	maxLine = 64 << 20  // bytes; a document of docs.jsonl is one line
	maxID   = 512       // bytes
)

// lines is one file that is read line by line.
type lines struct {
	path string
	n    int // of the line at hand, from 1
	max  int // bytes of the file; 0: maxFile
}

func (l *lines) fault(field, format string, args ...any) error {
	return &FileError{Path: l.path, Line: l.n, Field: field, Message: fmt.Sprintf(format, args...)}
}

// each hands every line that is not blank to fn, without its line end and without a byte order mark.
func (l *lines) each(r io.Reader, fn func(line []byte) error) error {
	read, most := 0, cmp.Or(l.max, maxFile)
	s := bufio.NewScanner(io.LimitReader(r, int64(most)+1))
	s.Buffer(nil, maxLine)
	for s.Scan() {
		l.n++
		line := s.Bytes()
		read += len(line) + 1
		if l.n == 1 {
			line = bytes.TrimPrefix(line, []byte("\uFEFF"))
		}
		switch {
		case l.n > maxRows:
			return l.fault("", "more than %d lines", maxRows)
		case read > most: // the last line end counts, whether it is there or not
			return &FileError{Path: l.path, Message: fmt.Sprintf("larger than %d bytes", most)}
		case !utf8.Valid(line):
			return l.fault("", "not UTF-8")
		case bytes.IndexByte(line, 0) >= 0:
			return l.fault("", "holds a NUL byte")
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if err := fn(line); err != nil {
			return err
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		l.n++
		return l.fault("", "longer than 64 MiB")
	}
	if s.Err() != nil {
		return &FileError{Path: l.path, Message: "cannot be read: " + reason(s.Err())}
	}
	return nil
}

// eachOf opens path and hands out its lines.
func eachOf(path string, fn func(l *lines, line []byte) error) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return &FileError{Path: path, Message: "cannot be opened: " + reason(err)}
	}
	defer f.Close() //nolint:errcheck // it was only read
	l := &lines{path: path}
	return l.each(f, func(line []byte) error { return fn(l, line) })
}

// reason leaves the path out of an error of the file system: it stands in front already.
func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// decode reads one JSON object into v. What v does not name is passed over.
func (l *lines) decode(line []byte, v any) error {
	err := json.Unmarshal(line, v)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		return l.fault(kind.Field, "a %s where a %s is wanted", kind.Value, kind.Type)
	case err != nil:
		return l.fault("", "not a JSON object: %v", err)
	case bytes.Contains(line, []byte(`\u0000`)) && bytes.IndexByte(redecode(line), 0) >= 0:
		return l.fault("", "holds a NUL character")
	}
	return nil
}

// redecode returns all strings of a JSON value end to end. It tells the escape of a NUL from that of a backslash before
// the letters u0000.
func redecode(line []byte) []byte {
	var out []byte
	for d := json.NewDecoder(bytes.NewReader(line)); ; {
		t, err := d.Token()
		if err != nil {
			return out
		}
		if s, ok := t.(string); ok {
			out = append(out, s...)
		}
	}
}

// id checks an identifier of a field.
func (l *lines) id(field, id string) error {
	switch {
	case id == "":
		return l.fault(field, "missing")
	case len(id) > maxID:
		return l.fault(field, "longer than %d bytes", maxID)
	case strings.ContainsAny(id, " \t\r\n\v\f\u0085\u00a0"):
		return l.fault(field, "%q holds white space, which TREC files cannot carry", id)
	}
	return nil
}
