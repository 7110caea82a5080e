package guard

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Layer 1, in the text: a sentence cites by its evidence and in no other way.
// What a reader would take for a citation, a footnote mark or a chunk's name,
// was checked by nobody, whatever it points at, so a text that holds one has a
// citation that does not exist. Marks are
//
//   - numbers in brackets that do not follow a letter, a digit or a closing
//     bracket: [12], [^3], [1, 4-6], 【1†source】, in any script's digits and in
//     full width; a[12] and f(x)[0] are none
//   - a chunk's id, whole or its beginning: ck_4qxbn2zv
//   - an alias of this request as a word of its own: c2, [c2], (c1, c3)
//
// The lecture may say the like itself (an interval [0, 1], a class c1): what
// the sentence's own quotes hold is no mark.
func noMarkers(c *check) {
	var aliases []string
	for i := range c.in.Passages {
		aliases = append(aliases, c.in.Passages[i].Alias)
	}
	for i, s := range c.draft.Sentences {
		if mark := marker(newView(s.Text).text, aliases, s.quotes); mark != "" {
			c.reject(CodeUnknownCitation, i, -1, mark+" in the text")
		}
	}
}

// quotes reports whether one of the sentence's quotes holds part, as a view.
func (s DraftSentence) quotes(part string) bool {
	return slices.ContainsFunc(s.Evidence, func(e Evidence) bool { return strings.Contains(newView(e.Quote).text, part) })
}

// marker names the first mark in text, which is a view, or returns "".
func marker(text string, aliases []string, quoted func(string) bool) string {
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		switch {
		case r == '[' || r == '【' || r == '〔' || r == '〖':
			if end := bracketed(text, at+n, r); end > 0 && !(r == '[' && indexes(text[:at])) && !quoted(text[at:end]) {
				return "a number in brackets"
			}
		case isWord(r):
			end := at
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !isWord(r) && r != '_' {
					break
				}
				end += n
			}
			switch word := text[at:end]; {
			case chunkID(word) && !quoted(word):
				return "a chunk's id"
			case slices.Contains(aliases, word) && !quoted(word):
				return "an alias"
			}
			at = end
			continue
		}
		at += n
	}
	return ""
}

// bracketed returns the end of what stands in brackets from at on, if that is a
// list of numbers; 0 otherwise. Behind a lenticular bracket anything that begins
// with a number is one: 【4:0†source】.
func bracketed(text string, at int, open rune) int {
	const longest = 40 // bytes; no list of footnotes is longer
	digits := false
	for i, r := range text[at:min(at+longest, len(text))] {
		switch {
		case r == ']' || r == '】' || r == '〕' || r == '〗':
			if digits {
				return at + i + utf8.RuneLen(r)
			}
			return 0
		case unicode.IsDigit(r):
			digits = true
		case strings.ContainsRune(" ,;:-^", r):
		case open != '[' && digits:
		default:
			return 0
		}
	}
	return 0
}

// indexes reports whether a bracket behind s is an index: a[12], m[0][1], f(x)[2].
func indexes(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return isWord(r) || r == '_' || r == ')' || r == ']'
}

// chunkID reports whether word is what only a chunk's id looks like.
func chunkID(word string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(word), "ck_")
	return ok && len(rest) >= 4
}
