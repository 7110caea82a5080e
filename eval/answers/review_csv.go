package answers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a sheet.
const (
	maxSheet     = 16 << 20 // bytes
	maxSheetRows = 20_000
	maxCell      = 30_000 // characters of a cell that is written; Excel takes 32,767
)

// A sheet is a CSV file: comma, semicolon or tab between the cells, whichever its first line has most of, because what a
// spreadsheet writes depends on its user's language.
type sheet struct {
	path   string
	column map[string]int // by name, in lower case
	names  []string       // by column; they may be anything, so errors do not quote them
	rows   []sheetRow
}

type sheetRow struct {
	line  int // from 1
	cells []string
	at    []position // where each cell begins
}

// A position in a file: line and byte in it, both from 1.
type position struct{ line, column int }

// readSheet reads a CSV file with a header. Errors name file, line and column.
func readSheet(path string) (*sheet, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, maxSheet+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxSheet:
		return nil, fmt.Errorf("%s: larger than %d MiB", path, maxSheet>>20)
	}
	return parseSheet(path, b)
}

func parseSheet(path string, b []byte) (*sheet, error) {
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return nil, fmt.Errorf("%s:1:1: it is UTF-16; save it as CSV in UTF-8", path)
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = separator(b)
	t := &sheet{path: path, column: map[string]int{}}
	for {
		cells, err := r.Read()
		var at *csv.ParseError
		switch {
		case errors.Is(err, io.EOF) && t.names == nil:
			return nil, fmt.Errorf("%s:1:1: it is empty; its first line must name the columns", path)
		case errors.Is(err, io.EOF):
			return t, nil
		case errors.As(err, &at) && errors.Is(err, csv.ErrFieldCount):
			return nil, fmt.Errorf("%s:%d:%d: %d cells, and the first line names %d columns", path, at.Line, max(at.Column, 1), len(cells), len(t.names))
		case errors.As(err, &at):
			return nil, fmt.Errorf("%s:%d:%d: %w", path, at.Line, max(at.Column, 1), at.Err)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		row := sheetRow{cells: cells}
		for i, c := range cells {
			line, column := r.FieldPos(i)
			row.at = append(row.at, position{line, column})
			if !utf8.ValidString(c) {
				return nil, fmt.Errorf("%s:%d:%d: the cell is not UTF-8; save the file as CSV in UTF-8", path, line, column)
			}
		}
		row.line = row.at[0].line
		switch {
		case t.names == nil:
			if err := t.header(row); err != nil {
				return nil, err
			}
		case len(t.rows) == maxSheetRows:
			return nil, fmt.Errorf("%s:%d:1: more than %d rows", path, row.line, maxSheetRows)
		default:
			t.rows = append(t.rows, row)
		}
	}
}

func (t *sheet) header(row sheetRow) error {
	for i, c := range row.cells {
		name := strings.ToLower(strings.TrimSpace(c))
		if first, twice := t.column[name]; twice && name != "" {
			return fmt.Errorf("%s:%d:%d: columns %d and %d have the same name; the first line must name the columns", t.path, row.at[i].line, row.at[i].column, first+1, i+1)
		}
		t.column[name] = i
		t.names = append(t.names, name)
	}
	return nil
}

// need checks that the columns are there.
func (t *sheet) need(names ...string) error {
	for _, name := range names {
		if _, ok := t.column[name]; !ok {
			return fmt.Errorf("%s:1:1: the first line names no column %q", t.path, name)
		}
	}
	return nil
}

// cell is a row's cell without white space around it; "" if there is no such column.
func (t *sheet) cell(row sheetRow, name string) string {
	i, ok := t.column[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(row.cells[i])
}

// fault is what is wrong with a cell.
func (t *sheet) fault(row sheetRow, name, format string, args ...any) error {
	at := position{row.line, 1}
	if i, ok := t.column[name]; ok {
		at = row.at[i]
	}
	return fmt.Errorf("%s:%d:%d: %s: %s", t.path, at.line, at.column, name, fmt.Sprintf(format, args...))
}

// separator is what the first line has most of, outside quotes.
func separator(b []byte) rune {
	n, quoted := map[byte]int{}, false
	for _, c := range b[:min(len(b), 64<<10)] {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			n[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t'} {
		if n[c] > n[best] {
			best = c
		}
	}
	return rune(best)
}

// formula is where a spreadsheet would take text for a formula: at the start of a cell, and, because a spreadsheet may cut
// the line elsewhere than we do, behind a semicolon, a comma, a quote, a tab and a line's end.
var formula = regexp.MustCompile("(^|[;,\"\t\n])([ \u00a0]*)([=+@\uff0b\uff0d\uff1d\uff20-])")

// harmless is text as a cell of a sheet that people open in a spreadsheet program: an apostrophe stands before what would be taken
// for a formula, control characters are gone, and what is longer than a cell can be is cut.
func harmless(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if r := []rune(text); len(r) > maxCell {
		text = string(r[:maxCell]) + "… (cut)"
	}
	return formula.ReplaceAllString(text, "$1$2'$3")
}
