package transcript

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean makes text as Segment.Text promises: white space folded to single
// spaces, characters that nobody sees or hears removed and counted, NFC. It
// never applies NFKC, which would change the words that answers quote.
// clean(clean(s)) is clean(s).
func clean(s string, rep *report) string {
	if plain(s) {
		return s
	}
	s = sweep(s, true, rep)
	for round := range 3 {
		if norm.NFC.IsNormalString(s) {
			return s
		}
		if round == 0 {
			rep.remove(removedNFC, 1)
		}
		// NFC may reorder marks, and a joiner be left between characters that do
		// not need it.
		composed := norm.NFC.String(s)
		if s = sweep(composed, true, rep); s == composed {
			return s
		}
	}
	return norm.NFC.String(sweep(s, false, rep)) // a heap of marks, not language
}

// plain reports whether s is clean by a look at its bytes alone: visible ASCII
// with single spaces inside.
func plain(s string) bool {
	space := true // as if one stood in front
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			if space {
				return false
			}
			space = true
		case c < 0x20 || c >= 0x7F:
			return false
		default:
			space = false
		}
	}
	return !space || s == ""
}

// sweep does clean's work but for NFC. Without joiners it keeps no invisible
// character at all.
func sweep(s string, joiners bool, rep *report) string {
	var b strings.Builder
	b.Grow(len(s))
	last := rune(-1) // last rune written, or -1
	space := false   // white space waits to be written
	for i := 0; i < len(s); {
		if run := visibleRun(s[i:]); run > 0 {
			if space && last >= 0 {
				b.WriteByte(' ')
			}
			b.WriteString(s[i : i+run])
			i += run
			space, last = false, rune(s[i-1])
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		rest := s[i:]
		i += size
		if unicode.IsSpace(r) {
			if r >= utf8.RuneSelf {
				rep.remove(removedSpace, 1)
			}
			space = true
			continue
		}
		if kind := invisible(r); kind != "" {
			after := last
			if space {
				after = ' '
			}
			if !joiners || !needed(r, after, rest) {
				rep.remove(kind, 1)
				continue
			}
		}
		if space && last >= 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// visibleRun returns how many bytes of visible ASCII s begins with.
func visibleRun(s string) int {
	n := 0
	for n < len(s) && visible(s[n]) {
		n++
	}
	return n
}

// invisible returns the kind of a character that is removed, or "". The rest of
// category Cf that is not named here is visible (Arabic number signs, Egyptian
// and shorthand controls) and stays.
func invisible(r rune) string {
	switch {
	case r >= 0x20 && r < 0x7F, r >= 0xA0 && r < 0xAD:
		return ""
	case r <= 0x9F:
		return removedControl
	case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return removedBidi
	case r == 0xAD, r == 0x180E, r >= 0x200B && r <= 0x200D, r >= 0x2060 && r <= 0x2065, r == 0xFEFF:
		return removedZeroWidth
	case r >= 0x206A && r <= 0x206F, r >= 0xFFF9 && r <= 0xFFFB:
		return removedControl
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE:
		return removedControl // noncharacters
	case r >= 0xE0000 && r <= 0xE007F:
		return removedTag
	case variationSelector(r):
		return removedVariation
	}
	return ""
}

// variationSelector reports whether r changes the shape of the character before
// it. Runs of them can carry hidden text, so only the first of a run is needed.
func variationSelector(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180D || r == 0x180F
}

const (
	zwnj = '\u200C'
	zwj  = '\u200D'
)

// needed reports whether an invisible character r changes what its neighbours
// look like: before is the rune written before it (' ' or -1 at the start of a
// word), rest begins with r.
func needed(r, before rune, rest string) bool {
	if before == ' ' || before < 0 {
		return false
	}
	if variationSelector(r) {
		return !variationSelector(before) && before != zwj && before != zwnj
	}
	if r != zwj && r != zwnj {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest[utf8.RuneLen(r):])
	if invisible(next) != "" {
		return false
	}
	if joins(before) && joins(next) {
		return true
	}
	return r == zwj && pictograph(before) && pictograph(next)
}

// joining holds the scripts in which a joiner between two letters changes their
// shape: cursive scripts, and those that form conjuncts.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Nko, unicode.Mongolian, unicode.Phags_Pa, unicode.Adlam,
	unicode.Hanifi_Rohingya, unicode.Manichaean, unicode.Sogdian,
	unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
	unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
	unicode.Balinese, unicode.Javanese, unicode.Sundanese, unicode.Grantha, unicode.Chakma, unicode.Brahmi, unicode.Kaithi,
}

// joins reports whether r is a letter or mark of a joining script.
func joins(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && unicode.In(r, joining...)
}

// pictograph reports whether r can stand beside a zero-width joiner in an emoji:
// a symbol, a skin tone or the emoji variation selector.
func pictograph(r rune) bool {
	return unicode.Is(unicode.So, r) || r >= 0x1F3FB && r <= 0x1F3FF || r == 0xFE0F
}
