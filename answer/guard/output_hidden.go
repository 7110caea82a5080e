package guard

import (
	"unicode"
	"unicode/utf8"
)

// hidden names the first character of text that a reader does not see and that
// the letters beside it do not need, or returns "". Always rejected are bidi
// embeddings, overrides and isolates, tags, the zero-width space, word joiner
// and no-break space, soft hyphens, invisible operators, annotation marks,
// deprecated format characters, Hangul fillers, private use and noncharacters.
//
// What letters need stays: a zero-width joiner or non-joiner behind a letter or
// mark of a script that has joining or conjunct forms, a joiner behind an emoji,
// a variation selector 15 or 16 behind a symbol or digit, Mongolian's own behind
// its letters, and direction marks in a text with letters that run from right
// to left. Ingestion drops the rest from transcripts, so none is lost.
func hidden(text string) string {
	before := utf8.RuneError
	rtl := -1 // not known yet
	for _, r := range text {
		bad := ""
		switch {
		case r < 0xAD:
		case isDisguise(r):
			bad = "bidi or tag characters"
		case r == '\u200C':
			if !isJoining(before) {
				bad = "hidden characters"
			}
		case r == '\u200D':
			if !isJoining(before) && !unicode.In(before, unicode.So, unicode.Sk) && before != '\uFE0F' {
				bad = "hidden characters"
			}
		case r == '\uFE0E' || r == '\uFE0F':
			if !unicode.In(before, unicode.S, unicode.Nd) && before != '#' && before != '*' && before != '‼' && before != '⁉' {
				bad = "hidden characters"
			}
		case 0x180B <= r && r <= 0x180F:
			if !unicode.Is(unicode.Mongolian, before) {
				bad = "hidden characters"
			}
		case r == '\u200E' || r == '\u200F' || r == '\u061C':
			if rtl < 0 {
				rtl = 0
				for _, r := range text {
					if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam, unicode.Samaritan, unicode.Mandaic) && unicode.IsLetter(r) {
						rtl = 1
					}
				}
			}
			if rtl == 0 {
				bad = "hidden characters"
			}
		case isHidden(r):
			bad = "hidden characters"
		}
		if bad != "" {
			return bad
		}
		before = r
	}
	return ""
}

// isHidden reports whether r is never seen and never needed, or has no meaning
// that two readers share.
func isHidden(r rune) bool {
	switch {
	case r == '\u3164', r == '\u115F', r == '\u1160', r == '\uFFA0', // Hangul fillers
		r == '\u17B4', r == '\u17B5', // Khmer inherent vowels
		r == '\u2028', r == '\u2029',
		r&0xFFFE == 0xFFFE, 0xFDD0 <= r && r <= 0xFDEF: // noncharacters
		return true
	}
	return isDropped(r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// isJoining reports whether r is a letter or mark of a script in which joiners
// choose the form.
func isJoining(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M) && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mandaic, unicode.Mongolian, unicode.Adlam,
		unicode.Phags_Pa, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
		unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Balinese, unicode.Javanese,
		unicode.Inherited)
}
