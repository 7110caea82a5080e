package transcript

import "strings"

// lines walks over the lines of a text without copying it. CR, LF and CRLF each
// end a line, in any mixture.
type lines struct {
	text  string
	next  int // byte offset of the line that scan reads next
	start int // byte offset of the current line
	lf    int // byte offset of the first LF at or after next, len(text) if none; valid if ≥ next and n > 0
	line  string
	n     int // 1-based number of the current line
}

// scan moves to the next line and reports whether there is one. A line end at
// the very end of the text starts no further line.
func (l *lines) scan() bool {
	if l.next >= len(l.text) {
		return false
	}
	// The place of the next LF is kept, or a file with CR alone would be
	// searched to its end for every line.
	if l.n == 0 || l.lf < l.next {
		l.lf = len(l.text)
		if i := strings.IndexByte(l.text[l.next:], '\n'); i >= 0 {
			l.lf = l.next + i
		}
	}
	l.start = l.next
	l.n++
	end := l.lf
	if cr := strings.IndexByte(l.text[l.start:end], '\r'); cr >= 0 {
		end = l.start + cr
	}
	l.line = l.text[l.start:end]
	l.next = min(end+1, len(l.text))
	if end+1 == l.lf && l.lf < len(l.text) && l.text[end] == '\r' {
		l.next = l.lf + 1
	}
	return true
}

// blank reports whether a line holds nothing but white space and byte order
// marks.
func blank(line string) bool { return trim(line) == "" }

// edge is what trim removes: white space, byte order marks and zero-width spaces.
const edge = " \t\v\f\r\n\u00a0\ufeff\u200b"

// trim removes the white space around a line.
func trim(line string) string {
	if n := len(line); n > 0 && visible(line[0]) && visible(line[n-1]) {
		return line // nearly every line; Trim is slow with a set beyond ASCII
	}
	return strings.Trim(line, edge)
}

// trimEnd removes the white space after a text, blank lines included.
func trimEnd(text string) string {
	text = strings.TrimRight(text, " \t\v\f\r\n")
	if n := len(text); n > 0 && visible(text[n-1]) {
		return text
	}
	return strings.TrimRight(text, edge)
}

// visible reports whether c is an ASCII character that is seen.
func visible(c byte) bool { return c > ' ' && c < 0x7F }
