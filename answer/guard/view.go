package guard

import (
	"math"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A view is a text as quotes are compared: NFKC, format characters and
// variation selectors dropped, quotation marks and dashes folded to ' " and -,
// runs of white space collapsed to one space and trimmed at both ends. It maps
// every part of itself back to the bytes it came from.
//
// Case is kept. In lectures it carries meaning that a quote must not lose: Mb
// and MB, n and N, close and Close. Punctuation is kept too.
//
// A view is made in one pass whose cost is linear in the text.
type view struct {
	text string
	// units[i] is the source of text[i]: the bytes of the character, or of the
	// sequence of characters that normalise together, whose view includes byte
	// i. Nil means that text is the source itself.
	units []unit
}

// unit is a half-open byte range of the source. Sources of 2 GiB and more have
// no view.
type unit struct{ start, end int32 }

// newView returns the view of s. Invalid UTF-8 reads as U+FFFD, byte by byte.
func newView(s string) *view {
	if len(s) > math.MaxInt32 {
		return &view{}
	}
	switch classify(s) {
	case viewsAsItself:
		return &view{text: s}
	case viewsByRune:
		return collapse(s, nil)
	}
	// Drop what is dropped, and fold the marks that NFKC would take apart; then
	// normalise.
	folded := make([]byte, 0, len(s))
	units := make([]unit, 0, len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isDropped(r) {
			folded = utf8.AppendRune(folded, foldBefore(r))
			units = extend(units, unit{int32(i), int32(i + n)}, len(folded))
		}
		i += n
	}
	if !norm.NFKC.IsNormal(folded) {
		folded, units = normalize(folded, units)
	}
	return collapse(string(folded), units)
}

// The ways to make a view, cheapest first.
const (
	viewsAsItself = iota // no rule changes anything
	viewsByRune          // each character has a view of its own
	viewsByPiece         // characters are dropped or normalise together
)

// classify returns a way that is right for s.
func classify(s string) int {
	way := viewsAsItself
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			if isDropped(r) || foldBefore(r) != r || r == utf8.RuneError && n == 1 {
				return viewsByPiece
			}
			way = viewsByRune
			i += n - 1
		case c < ' ', c == '`', c == ' ' && last == ' ':
			way = viewsByRune
		}
		last = s[i]
	}
	if last == ' ' && s != "" {
		way = viewsByRune
	}
	if way == viewsByRune && !norm.NFKC.IsNormalString(s) {
		way = viewsByPiece
	}
	return way
}

// collapse folds s, which is in NFKC, and collapses its white space. units are
// the sources of the bytes of s; nil means that s is the source.
func collapse(s string, units []unit) *view {
	out := make([]byte, 0, len(s))
	kept := make([]unit, 0, len(s))
	gap := -1 // where in s a space stands that is not yet written
	for i := 0; i < len(s); {
		if c := s[i]; c > ' ' && c < utf8.RuneSelf && c != '`' && gap < 0 {
			out = append(out, c)
			kept = append(kept, unitAt(units, i, 1))
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r = foldAfter(r); r == ' ' {
			if gap < 0 {
				gap = i
			}
			i += n
			continue
		}
		if gap >= 0 && len(out) > 0 {
			out = append(out, ' ')
			kept = append(kept, unitAt(units, gap, 1))
		}
		gap = -1
		out = utf8.AppendRune(out, r)
		kept = extend(kept, unitAt(units, i, n), len(out))
		i += n
	}
	return &view{string(out), kept}
}

// unitAt returns the source of the character of n bytes at byte i.
func unitAt(units []unit, i, n int) unit {
	if units == nil {
		return unit{int32(i), int32(i + n)}
	}
	return units[i]
}

// extend appends u until units has n elements.
func extend(units []unit, u unit, n int) []unit {
	for len(units) < n {
		units = append(units, u)
	}
	return units
}

// normalize returns src in NFKC. The bytes of one piece share one unit.
func normalize(src []byte, units []unit) ([]byte, []unit) {
	out := make([]byte, 0, len(src))
	outUnits := make([]unit, 0, len(src))
	var buf []byte
	for i := 0; i < len(src); {
		n := norm.NFKC.NextBoundary(src[i:], true)
		if n <= 0 {
			n = len(src) - i
		}
		if piece := src[i : i+n]; norm.NFKC.IsNormal(piece) {
			out = append(out, piece...)
			outUnits = append(outUnits, units[i:i+n]...)
		} else {
			buf = norm.NFKC.Append(buf[:0], piece...)
			out = append(out, buf...)
			outUnits = extend(outUnits, unit{units[i].start, units[i+n-1].end}, len(out))
		}
		i += n
	}
	return out, outUnits
}

// source returns the source of text[i:j], or false if i or j falls inside what
// came from one unit.
func (v *view) source(i, j int) (span, bool) {
	if v.units == nil {
		return span{i, j}, true
	}
	if i > 0 && v.units[i-1] == v.units[i] || j < len(v.text) && v.units[j-1] == v.units[j] {
		return span{}, false
	}
	return span{int(v.units[i].start), int(v.units[j-1].end)}, true
}

// isDropped reports whether r leaves no trace in a view: format characters
// (zero-width, joiners, bidi, soft hyphen, tags), except those that are drawn,
// and variation selectors.
func isDropped(r rune) bool {
	if r < 0xAD {
		return false
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Variation_Selector, r) || r == '\u034F' // combining grapheme joiner
}

// foldBefore folds the marks that NFKC would turn into several characters.
func foldBefore(r rune) rune {
	switch r {
	case '\u00B4': // acute accent, typed as an apostrophe
		return '\''
	case '\u2033', '\u2036': // double prime, as in 5″
		return '"'
	}
	return r
}

// foldAfter folds a character of the NFKC form.
func foldAfter(r rune) rune {
	if r < utf8.RuneSelf {
		switch r {
		case '`':
			return '\''
		case '\t', '\n', '\v', '\f', '\r':
			return ' '
		}
		return r
	}
	switch r {
	case '‘', '’', '‚', '‛', '′', '‵', '‹', '›', 'ʹ', 'ʼ', 'ʻ', '❛', '❜':
		return '\''
	case '“', '”', '„', '‟', '«', '»', '〝', '〞', '〟', '❝', '❞':
		return '"'
	case '‐', '‑', '‒', '–', '—', '―', '−', '⁃', '⸺', '⸻':
		return '-'
	}
	if isSpace(r) {
		return ' '
	}
	return r
}

// isSpace reports whether r has the Unicode property White_Space.
func isSpace(r rune) bool { return unicode.IsSpace(r) }
