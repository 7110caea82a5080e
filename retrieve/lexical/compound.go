package lexical

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A compound is written in more than one way: Wi-Fi and wifi, HTTP/2 and http2
// and HTTP 2. It gives the term of its parts in one piece beside the terms of the
// parts. There are two kinds:
//
//   - two parts of ASCII letters and digits with a hyphen or a slash between
//     them, one of a single character (e-mail, HTTP/2) or both of at most
//     shortPart (Wi-Fi, SHA-256), the first no number (12-in), but for 3-D;
//   - letters followed by digits, and nothing else: at least gluedLetters of the
//     former and at most gluedDigits of the latter.
//
// Longer parts (re-entry, non-linear, three-way) are words of their own: joining
// these, too, cost 0.003 nDCG@10 on cranfield, which is full of them, and gained
// 0.0003 on mlquestions-dev.
const (
	shortPart    = 3
	gluedLetters = 4 // so that IPv6, MP3 and 802.11n are names of their own
	gluedDigits  = 3
)

// compound returns the end of the compound that begins with the word
// text[start:end], end itself if that is letters with digits, and 0 if the word
// begins none. It looks no further than the word behind the joiner, so the cost
// of a text stays in proportion to its length.
func compound(text string, start, end int) int {
	if end < len(text) && (text[end] == ' ' || text[end] == ',' || text[end] == '.') && isLetters(text[start:end]) {
		return 0 // as nearly everywhere
	}
	if alnumRun(text, start) != end {
		return 0
	}
	if splitGlued(text[start:end]) > 0 {
		return end
	}
	n := joiner(text[end:])
	if n == 0 || behindJoiner(text[:start]) {
		return 0
	}
	last := alnumRun(text, end+n)
	first, second := end-start, last-end-n
	switch {
	case second == 0 || max(first, second) > maxTermBytes/2,
		min(first, second) > 1 && max(first, second) > shortPart,
		numeric(text[start:end]) && (second > 1 || numeric(text[end+n:last])),
		beginsWord(text[last:]),
		joiner(text[last:]) > 0 && beginsWord(text[last+joiner(text[last:]):]): // state-of-the-art
		return 0
	}
	return last
}

// splitGlued returns where the digits of letters with digits begin; 0 if word is
// something else.
func splitGlued(word string) int {
	letters := len(word)
	for letters > 0 && isDigit(word[letters-1]) {
		letters--
	}
	digits := len(word) - letters
	if letters < gluedLetters || digits == 0 || digits > gluedDigits || strings.ContainsAny(word[:letters], "0123456789") {
		return 0
	}
	return letters
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// joiner returns the length of the hyphen or slash that s begins with, or 0.
func joiner(s string) int {
	switch {
	case s == "":
		return 0
	case s[0] == '-' || s[0] == '/':
		return 1
	case strings.HasPrefix(s, "\u2010"), strings.HasPrefix(s, "\u2011"):
		return len("\u2010")
	}
	return 0
}

// behindJoiner reports whether s ends with a joiner that a word stands before.
func behindJoiner(s string) bool {
	_, n := utf8.DecodeLastRuneInString(s)
	if joiner(s[len(s)-n:]) == 0 {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(s[:len(s)-n])
	return inWord(r)
}

func beginsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return inWord(r)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) }

// alnumRun returns the end of the ASCII letters and digits from text[at] on.
func alnumRun(text string, at int) int {
	for at < len(text) && alnum(text[at]) {
		at++
	}
	return at
}

func alnum(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func numeric(s string) bool { return strings.Trim(s, "0123456789") == "" }

// isCompound reports whether a word that tokenize emitted is a whole compound.
func isCompound(word string) bool {
	return !isLetters(word) && (strings.ContainsAny(word, "-/\u2010\u2011") || splitGlued(word) > 0)
}

// withoutJoiner writes a compound in one piece.
func withoutJoiner(word string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', '/', '\u2010', '\u2011':
			return -1
		}
		return r
	}, word)
}

// Held leaves of a query's terms, which are an analyser's in order, those to look
// for in lectures. Of a compound, that is what lectures hold: a whole that no
// chunk holds is left out, and so is a part that none holds of a whole that one
// does. All other terms stay, held or not.
func Held(lectures []*Postings, terms []Term) []Term {
	out := make([]Term, 0, len(terms))
	end := 0 // of the last whole that is held
	for _, t := range terms {
		switch held := Holds(lectures, t.Text); {
		case held && t.Whole:
			end = t.End
		case !held && (t.Whole || t.End <= end):
			continue
		}
		out = append(out, t)
	}
	return out
}
