package lexical

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// A Span is a range of bytes of a text, End exclusive.
type Span struct{ Start, End int }

// Sentences splits text by the sentence rules of UAX #29, mended for
// abbreviations, initials and list numbers, which the rules end a sentence at
// when a capital follows ("Dr. Smith", "Fig. 3", "1. Introduction"). The spans
// are in order, do not overlap, begin and end at something that is not white
// space, and cover everything that is not white space. Text without
// terminators is one sentence, however long: callers decide what to do with
// it. Whether a sentence ends at a place depends on the words around that
// place only, never on what came long before.
func Sentences(text string) []Span {
	var spans []Span
	for start := 0; start < len(text); {
		end := start + closersEnd(text[start:])
		for it := sentences.FromString(text[start:end]); it.Next(); {
			s, ok := trim(text, Span{start + it.Start(), start + it.End()})
			if !ok {
				continue
			}
			if n := len(spans); n > 0 && goesOn(text[spans[n-1].Start:spans[n-1].End], text[s.Start:s.End]) {
				spans[n-1].End = s.End
				continue
			}
			spans = append(spans, s)
		}
		start = end
	}
	return spans
}

// maxClosers is how many closing signs, spaces and marks may follow each other
// before a sentence ends by force. The segmenter looks back over all of them
// from each one, in search of the terminator before them, so 16,000 brackets
// behind a full stop would take a second, and four times as many sixteen.
const maxClosers = 100

// closersEnd returns the length of the part of text that ends with its first
// run of maxClosers such characters, or of the whole text.
func closersEnd(text string) int {
	run := 0
	for i, r := range text {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			run = 0
		case r < utf8.RuneSelf && strings.ContainsRune(" \t\n\r\v\f\"'()[]{}", r),
			r >= utf8.RuneSelf && (unicode.IsSpace(r) || unicode.In(r, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf, unicode.M, unicode.Cf)),
			r >= 0x275B && r <= 0x2760, r >= 0x1F676 && r <= 0x1F678, r >= 0x2E00 && r <= 0x2E0D: // ornaments and editors' brackets, which close too
			if run++; run == maxClosers {
				return i + utf8.RuneLen(r)
			}
		default:
			run = 0
		}
	}
	return len(text)
}

// trim takes white space off both ends; false if nothing is left.
func trim(text string, s Span) (Span, bool) {
	part := strings.TrimLeftFunc(text[s.Start:s.End], unicode.IsSpace)
	s.Start = s.End - len(part)
	s.End = s.Start + len(strings.TrimRightFunc(part, unicode.IsSpace))
	return s, s.Start < s.End
}

// goesOn reports whether the sentence before is not over yet: its last full
// stop belongs to an abbreviation, or next cannot begin a sentence.
func goesOn(before, next string) bool {
	first, _ := utf8.DecodeRuneInString(next)
	if !strings.HasSuffix(before, ".") {
		// `"Why?" he asked.` is one sentence; so is "Yahoo! is".
		return unicode.IsLower(first) && !endsParagraph(before)
	}
	if strings.HasSuffix(before, "..") {
		return false
	}
	word := lastWord(before)
	stem := strings.ToLower(strings.TrimSuffix(word, "."))
	if len(word) == len(before) && isNumber(stem) {
		return true // "1. Introduction"
	}
	switch {
	case neverLast[stem]:
		return true
	case isClock(stem):
		return afterClock[firstWord(next)]
	case isInitials(word) || mayBeLast[stem]:
		return !startsSentence(next)
	case beforeNumber[stem]:
		return unicode.IsDigit(first)
	}
	return false
}

func endsParagraph(s string) bool {
	last, _ := utf8.DecodeLastRuneInString(s)
	return !unicode.In(last, unicode.P) // broken at a line end, not at a terminator
}

// lastWord returns what follows the last white space or opening sign.
func lastWord(s string) string {
	if len(s) > 64 {
		s = s[len(s)-64:]
	}
	at := strings.LastIndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("([{\"'“‘—–-/", r)
	})
	if at < 0 {
		return s
	}
	_, n := utf8.DecodeRuneInString(s[at:])
	return s[at+n:]
}

func firstWord(s string) string {
	end := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' })
	if end < 0 {
		return s
	}
	return s[:end]
}

func startsSentence(next string) bool {
	word := strings.ToLower(firstWord(strings.TrimLeft(next, "\"'“‘([")))
	word, _, _ = strings.Cut(word, "'")
	word, _, _ = strings.Cut(word, "’")
	return starters[word]
}

// isInitials reports whether word is letters that are each followed by a full
// stop: "J.", "U.S.", "z.B.". A lone lower-case letter is no initial.
func isInitials(word string) bool {
	letters := 0
	lower := false
	for i, r := range word {
		if wantStop := letters > 0 && r == '.'; wantStop {
			if prev, _ := utf8.DecodeLastRuneInString(word[:i]); prev == '.' {
				return false
			}
			continue
		}
		if !unicode.IsLetter(r) || (i > 0 && word[i-1] != '.') {
			return false
		}
		lower = unicode.IsLower(r)
		letters++
	}
	return letters > 1 || letters == 1 && !lower
}

func isNumber(s string) bool {
	return s != "" && len(s) <= 3 && strings.Trim(s, "0123456789") == ""
}

func isClock(stem string) bool {
	stem = strings.TrimLeft(stem, "0123456789:")
	return stem == "a.m" || stem == "p.m"
}
