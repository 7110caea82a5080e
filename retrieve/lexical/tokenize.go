package lexical

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// tokenize calls emit for each word of text, in order. Words are those of
// UAX #29, which keeps "802.11", "10.0.0.0", "can't" and "snake_case" whole and
// splits "TCP/IP", "HTTP/2", "10.0.0.0/8", "x^2" and "three-way" at the sign,
// so that a question about TCP finds TCP/IP. Three things differ:
//
//   - "routing.The" and "link_state" are two words each: a sign between two
//     letters on either side joins nothing. "U.S.", "Ph.D." and "x_i" stay.
//   - "++" or "#" right after a word belongs to it: C++ and C# are not C.
//   - Scripts that are written without spaces give overlapping bigrams.
//   - A compound (see compound.go) comes whole, too, in front of its parts.
//
// Everything without a letter or digit is dropped.
//
// The text is read piece by piece (see pieceEnd), which changes nothing; most
// pieces of most texts are a plain word and cost no segmentation. What is not
// valid UTF-8 is read as a whole: there the segmenter takes bytes beyond a
// broken character for part of it.
func tokenize(text string, breakZWNJ bool, emit func(start, end int)) {
	t := tokenizer{text: text, breakZWNJ: breakZWNJ, emit: emit, run: -1}
	if !utf8.ValidString(text) {
		t.segment(0, len(text))
		t.flush()
		return
	}
	for at := 0; at < len(text); {
		start, end, next := plainWord(text, at)
		if next > 0 {
			t.flush()
			emitWord(text, start, end, emit)
		} else {
			next = pieceEnd(text, at)
			t.segment(at, next)
		}
		at = next
	}
	t.flush()
}

// tokenizer is the state of one call of tokenize.
type tokenizer struct {
	text      string
	breakZWNJ bool
	emit      func(start, end int)
	run       int // start of the current run in an unspaced script, or -1
	runEnd    int
}

// flush emits the run, if there is one.
func (t *tokenizer) flush() {
	if t.run >= 0 {
		bigrams(t.text, t.run, t.runEnd, t.emit)
		t.run = -1
	}
}

// segment reads text[from:to], whole pieces, by the rules of UAX #29.
func (t *tokenizer) segment(from, to int) {
	text := t.text
	it := words.FromString(text[from:to])
	for it.Next() {
		start, end := from+it.Start(), from+it.End()
		if isASCII(text[start:end]) {
			if !hasAlnumASCII(text[start:end]) {
				continue
			}
			t.flush()
			splitAtSigns(text, start, end+suffixLen(text, end), t.emit)
			continue
		}
		// UAX #29 joins Hangul to Latin ("TCP는"): cut where the kind changes.
		for start < end {
			kind, n := span(text[start:end], t.breakZWNJ)
			switch kind {
			case kindUnspaced:
				if t.run < 0 || t.runEnd != start {
					t.flush()
					t.run = start
				}
				t.runEnd = start + n
			case kindWord:
				t.flush()
				splitAtSigns(text, start, start+n, t.emit)
			}
			start += n
		}
	}
}

// splitAtSigns emits the parts of one UAX #29 word.
func splitAtSigns(text string, start, end int, emit func(start, end int)) {
	for i := start + 2; i+2 < end; i++ {
		if c := text[i]; (c == '.' || c == ':' || c == '_') &&
			letterByte(text[i-2]) && letterByte(text[i-1]) && letterByte(text[i+1]) && letterByte(text[i+2]) {
			emitWord(text, start, i, emit)
			start = i + 1
		}
	}
	emitWord(text, start, end, emit)
}

// emitWord emits a word, and in front of it the compound that it begins.
func emitWord(text string, start, end int, emit func(start, end int)) {
	whole := compound(text, start, end)
	if whole == 0 {
		emit(start, end)
		return
	}
	emit(start, whole)
	if n := splitGlued(text[start:end]); n > 0 {
		emit(start, start+n)
		emit(start+n, end)
		return
	}
	emit(start, end)
}

// letterByte reports whether c is an ASCII letter or part of a longer rune,
// which in a word is nearly always a letter.
func letterByte(c byte) bool { return c >= 0x80 || c|0x20 >= 'a' && c|0x20 <= 'z' }

const (
	kindNone = iota // no letter or digit
	kindWord
	kindUnspaced
)

// span returns the kind of s's beginning and how many bytes stay of that kind.
// Marks and signs go with what they follow.
func span(s string, breakZWNJ bool) (kind, n int) {
	for i, r := range s {
		k := kindNone
		switch {
		case breakZWNJ && r == '\u200c':
			if i == 0 {
				return kindNone, 3
			}
			return kind, i
		case isUnspaced(r):
			k = kindUnspaced
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			k = kindWord
		}
		if k != kindNone && kind != kindNone && k != kind {
			return kind, i
		}
		kind = max(kind, k)
	}
	return kind, len(s)
}

// isUnspaced reports whether r belongs to a script whose words cannot be told
// apart without a dictionary, or (Hangul) carry their grammar attached.
func isUnspaced(r rune) bool {
	if r < 0x0E00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー' || r == 'ｰ' || isHalfMark(r)
}

// isHalfMark reports whether r is a half-width voicing mark, which Unicode
// counts among the letters.
func isHalfMark(r rune) bool { return r == 'ﾞ' || r == 'ﾟ' }

// bigrams emits every pair of neighbouring characters of text[start:end], a
// character being a rune and the marks after it; a lone character alone.
func bigrams(text string, start, end int, emit func(start, end int)) {
	prev, cur := -1, start // starts of the last two characters
	for i, r := range text[start:end] {
		at := start + i
		begins := unicode.IsLetter(r) && !isHalfMark(r) || unicode.IsNumber(r)
		if at == start || !begins {
			continue
		}
		if prev >= 0 {
			emit(prev, at)
		}
		prev, cur = cur, at
	}
	if prev >= 0 {
		emit(prev, end)
	} else {
		emit(cur, end)
	}
}

// suffixLen returns the length of a "++" or "#" at text[end:] that ends there.
func suffixLen(text string, end int) int {
	rest := text[end:]
	var n int
	switch {
	case strings.HasPrefix(rest, "++"):
		n = 2
	case strings.HasPrefix(rest, "#"):
		n = 1
	default:
		return 0
	}
	next, _ := utf8.DecodeRuneInString(rest[n:])
	if next == '+' || next == '#' || unicode.IsLetter(next) || unicode.IsNumber(next) {
		return 0
	}
	return n
}

func hasAlnumASCII(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if c >= 'a' && c <= 'z' || s[i] >= '0' && s[i] <= '9' {
			return true
		}
	}
	return false
}
