package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A quote must be long enough to say something and must not begin or end
// inside a word. "Inside a word" is wider here than in UAX #29, because a cut
// can turn a meaning round: "blocking calls return at once" out of
// "non-blocking calls return at once", "14 ms" out of "3.14 ms", "5 degrees"
// out of "-5 degrees".

// unspaced are the scripts that write words without spaces between them.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func isUnspaced(r rune) bool {
	return r >= 0x0E00 && (unicode.In(r, unspaced...) || r == 'ー')
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return uint32(r|0x20)-'a' < 26 || uint32(r)-'0' < 10 // below 'a' it is huge
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N)
}

// insideWord reports whether the boundary at byte p of text lies inside a
// word. Dropped characters do not count.
func insideWord(text string, p int) bool {
	l, _ := runeBefore(text, p)
	r, _ := runeAfter(text, p)
	switch {
	case l < 0 || r < 0 || isSpace(l) || isSpace(r):
		return false
	case unicode.Is(unicode.M, r):
		return true // a mark belongs to the character before it
	case isWord(l) && isWord(r):
		return !isUnspaced(l) && !isUnspaced(r)
	case isWord(l):
		return isSuffix(l, r) || joined(text, p, +1)
	case isWord(r):
		return isPrefix(l, r) || joined(text, p, -1)
	}
	return false
}

// isPrefix reports whether l belongs to the number r that it stands before.
func isPrefix(l, r rune) bool {
	return unicode.IsNumber(r) && (strings.ContainsRune("+-−±#~≈<>≤≥", l) || unicode.Is(unicode.Sc, l))
}

// isSuffix reports whether r belongs to the word or number l that it follows.
func isSuffix(l, r rune) bool {
	if unicode.IsNumber(l) && (strings.ContainsRune("%‰°′″", r) || unicode.Is(unicode.Sc, r)) {
		return true
	}
	return unicode.IsLetter(l) && (r == '+' || r == '#') // C++, C#
}

// joiners tie the words on both sides of them into one. Comma, colon and the
// range dash do so only between digits.
const (
	joiners      = "-‐‑−'’./\\_@&+=*^<>|~#"
	digitJoiners = ",:–"
)

// joined reports whether the run of joiners at p ties a word on its left to
// one on its right, without white space. The run extends to the right of p if
// dir is +1, to the left if it is -1.
func joined(text string, p, dir int) bool {
	near, _ := runeBefore(text, p) // the word character at p
	if dir < 0 {
		near, _ = runeAfter(text, p)
	}
	at := p
	for range 4 { // longer runs join nothing
		var r rune
		if dir > 0 {
			r, at = runeAfter(text, at)
		} else {
			r, at = runeBefore(text, at)
		}
		var far rune
		if dir > 0 {
			far, _ = runeAfter(text, at)
		} else {
			far, _ = runeBefore(text, at)
		}
		switch {
		case r < 0:
			return false
		case strings.ContainsRune(joiners, r):
			if far >= 0 && isWord(far) {
				return !isUnspaced(far) && !isUnspaced(near)
			}
		case strings.ContainsRune(digitJoiners, r):
			return unicode.IsDigit(near) && far >= 0 && unicode.IsDigit(far)
		default:
			return false
		}
	}
	return false
}

// runeBefore returns the last character of text[:p] that a view keeps, and
// where it starts; -1 and 0 if there is none.
func runeBefore(text string, p int) (rune, int) {
	for p > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:p])
		if p -= n; !isDropped(r) {
			return r, p
		}
	}
	return -1, 0
}

// runeAfter returns the first character of text[p:] that a view keeps, and
// where it ends; -1 and len(text) if there is none.
func runeAfter(text string, p int) (rune, int) {
	for p < len(text) {
		r, n := utf8.DecodeRuneInString(text[p:])
		if p += n; !isDropped(r) {
			return r, p
		}
	}
	return -1, len(text)
}

// The length a quote needs: 5 words, or 8 characters of scripts that do not
// space their words, or a mix in that proportion.
const (
	minWords = 5
	minRunes = 8
)

// longEnough reports whether text, a view, holds enough words. A word is a run
// between spaces with a letter or digit that is not of an unspaced script;
// each letter of an unspaced script counts for itself.
func longEnough(text string) bool {
	words, runes := 0, 0
	inWord := false
	for _, r := range text {
		switch {
		case r == ' ':
			inWord = false
		case isUnspaced(r):
			inWord = false
			if !unicode.Is(unicode.M, r) {
				runes++
			}
		case isWord(r) && !inWord:
			inWord = true
			words++
		}
	}
	return words*minRunes+runes*minWords >= minWords*minRunes
}

// trimSpan narrows s to exclude white space at both ends.
func trimSpan(text string, s span) span {
	right := strings.TrimRightFunc(text[s.start:s.end], isSpace)
	left := strings.TrimLeftFunc(right, isSpace)
	return span{s.start + len(right) - len(left), s.start + len(right)}
}
