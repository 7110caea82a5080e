package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Layers 4 to 6 read a text as words. They do not read the comparison view:
// NFKC makes 2⁵ the same as 25.

// word is a word, a number in digits, or one sign of a text.
type word struct {
	text string // as written, less format characters; possessive 's included
	low  string // lower case, less possessive 's; what lists are asked for
	stem string // low without its inflection; set for words that are not numbers
	kind wordKind
	sum  uint8 // of stem: words whose sums differ have different stems
	// glued: no white space stands between this and the word before.
	glued bool
	// first: a sentence, or a part of one behind a colon, quotation mark or
	// bracket, begins here.
	first  bool
	clause int32 // counts the clauses of the text, from 0
	at     int32 // byte of the plain text
	cue    cue   // what the language's list says of it
}

type wordKind uint8

const (
	signWord wordKind = iota
	letterWord
	digitWord
	superWord // superscript digits, perhaps with a sign
)

// readWords takes text apart. Format characters leave no trace, full-width
// characters and the digits of other scripts are read as ASCII.
func readWords(text string, lang *language) []word {
	return appendWords(make([]word, 0, len(text)/5+4), text, lang)
}

// appendWords appends the words of text to words, which is empty, and may have
// room.
func appendWords(words []word, text string, lang *language) []word {
	text = plain(text)
	glued, clause := false, int32(0)
	first := true
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if isSpace(r) {
			glued = false
			i += n
			continue
		}
		w := word{glued: glued, first: first, clause: clause, at: int32(i)}
		glued = true
		end := i + n
		switch {
		case r >= '0' && r <= '9':
			w.kind = digitWord
			end = i + digitsEnd(text[i:])
		case r < utf8.RuneSelf && isWord(r):
			w.kind = letterWord
			end = i + lettersEnd(text[i:])
		case isSuper(r):
			w.kind = superWord
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !isSuper(r) {
					break
				}
				end += n
			}
		case vulgar(r) != 0:
			w.kind = digitWord
		case isWord(r):
			w.kind = letterWord
			end = i + lettersEnd(text[i:])
		}
		w.text = text[i:end]
		i = end
		w.low = w.text
		if w.kind == letterWord {
			known := lang.known.Of(w.text)
			w.low, w.stem, w.cue, w.sum = known.low, known.stem, known.cue, known.sum
		} else if w.kind == signWord {
			w.cue = lang.cues[w.low]
		}
		if w.kind == signWord && breaksClause(r) || w.cue.has(cueClause) {
			clause++
			w.clause = clause
		}
		words = append(words, w)
		first = w.kind == signWord && (first || beginsPart(r))
	}
	return words
}

// reading is what a language makes of a word of letters.
type reading struct {
	low, stem string
	cue       cue
	sum       uint8
}

func (l *language) read(text string) reading {
	low := strings.ToLower(text)
	if k := strings.IndexByte(low, '\''); k > 0 {
		switch low[k:] {
		case "'s", "'", "'re", "'ve", "'ll", "'d", "'m":
			low = low[:k]
		}
	}
	r := reading{low: low, stem: l.stem(low), cue: l.cues[low]}
	for i := range len(r.stem) {
		r.sum = r.sum*31 + r.stem[i]
	}
	return r
}

// beginsPart reports whether what follows the sign r begins a sentence or a
// part of one.
func beginsPart(r rune) bool {
	switch r {
	case '.', '?', '!', ':', ';', '"', '“', '”', '„', '«', '»', '(', '—', '‘':
		return true
	}
	return false
}

// breaksClause reports whether the sign r ends a clause.
func breaksClause(r rune) bool {
	switch r {
	case '.', '?', '!', ':', ';', ',', '(', ')', '—', '"':
		return true
	}
	return false
}

// digitsEnd returns the length of the number in digits that s begins with:
// digits, and single points, commas and apostrophes between digits.
func digitsEnd(s string) int {
	i := 0
	for i < len(s) {
		c := s[i]
		if c >= '0' && c <= '9' {
			i++
			continue
		}
		if (c == '.' || c == ',' || c == '\'') && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			i += 2
			continue
		}
		break
	}
	return i
}

// lettersEnd returns the length of the word that s begins with. Letters and
// digits belong to it, and an apostrophe or underscore between two of them.
func lettersEnd(s string) int {
	i := 0
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if isWord(rune(c)) || c == '_' {
				i++
				continue
			}
			if c == '\'' && i+1 < len(s) && (s[i+1] >= utf8.RuneSelf || isWord(rune(s[i+1]))) {
				i++
				continue
			}
			return i
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isWord(r) || isSuper(r) || vulgar(r) != 0 {
			return i
		}
		i += n
	}
	return i
}

// plain returns text without format characters, with one kind of apostrophe,
// minus, hyphen and space, and with ASCII digits and letters for their
// full-width forms and other scripts' digits.
func plain(text string) string {
	from, i := 0, 0
	for i < len(text) && text[i] < utf8.RuneSelf && text[i] != '`' {
		i++
	}
	if i == len(text) {
		return text
	}
	var out strings.Builder
	out.Grow(len(text))
	for i < len(text) {
		if c := text[i]; c < utf8.RuneSelf && c != '`' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r != '`' && !isTypographic(r) {
			return strings.Map(plainRune, norm.NFC.String(text))
		}
		out.WriteString(text[from:i])
		out.WriteRune(plainRune(r))
		i += n
		from = i
	}
	out.WriteString(text[from:])
	return out.String()
}

func plainRune(r rune) rune {
	if r < utf8.RuneSelf {
		if r == '`' {
			return '\''
		}
		return r
	}
	switch r {
	case '’', '‘', 'ʼ', '′', '´', '‛':
		return '\''
	case '‐', '‑', '−', '﹣', '－':
		return '-'
	case '–', '―', '⸺', '⸻':
		return '—'
	case '“', '”', '„', '‟', '«', '»':
		return '"'
	case 'μ': // Greek mu for the micro sign
		return 'µ'
	case '⁄', '∕':
		return '/'
	}
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case isDropped(r):
		return -1
	case isSpace(r):
		return ' '
	case unicode.Is(unicode.Nd, r):
		return '0' + digitOf(r)
	}
	return r
}

// digitOf returns the value of a decimal digit. Unicode keeps the ten of a
// script together, in order; only the mathematical ones stand in a row of 50.
func digitOf(r rune) rune {
	if r >= 0x1D7CE && r <= 0x1D7FF {
		return (r - 0x1D7CE) % 10
	}
	d := rune(0)
	for d < 9 && unicode.Is(unicode.Nd, r-d-1) {
		d++
	}
	return d
}

// isSuper reports whether r is a superscript digit or sign.
func isSuper(r rune) bool {
	return r >= 0xB2 && strings.ContainsRune("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", r)
}

// vulgar returns the value of a fraction that is one character, or 0.
func vulgar(r rune) float64 {
	if r < 0xBC {
		return 0
	}
	switch r {
	case '½':
		return 1. / 2
	case '⅓':
		return 1. / 3
	case '⅔':
		return 2. / 3
	case '¼':
		return 1. / 4
	case '¾':
		return 3. / 4
	case '⅕':
		return 1. / 5
	case '⅖':
		return 2. / 5
	case '⅗':
		return 3. / 5
	case '⅘':
		return 4. / 5
	case '⅙':
		return 1. / 6
	case '⅛':
		return 1. / 8
	case '⅜':
		return 3. / 8
	case '⅝':
		return 5. / 8
	case '⅞':
		return 7. / 8
	case '⅒':
		return 1. / 10
	}
	return 0
}
