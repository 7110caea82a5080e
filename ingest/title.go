package ingest

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxTitle is the longest title in characters; the schema checks the same.
const maxTitle = 300

// cleanTitle makes a title somebody typed fit to be stored and shown: one line, NFC, without control characters and
// without the format characters that turn text around or hide in it, cut at maxTitle. cleanTitle of a clean title is
// that title, so that an ingest of the same title changes nothing.
func cleanTitle(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u200C' || r == '\u200D': // joiners are part of words in Persian and Hindi
			return r
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if r := []rune(s); len(r) > maxTitle {
		s = strings.TrimSpace(string(r[:maxTitle]))
	}
	return s
}

// countWords counts the words of a text: runs between white space that hold a letter or a digit. A row of notes or dots
// is none.
func countWords(text string) int {
	n := 0
	for word := range strings.FieldsSeq(text) {
		if strings.IndexFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) >= 0 {
			n++
		}
	}
	return n
}
