package guard

import (
	"cmp"
	"math"
	"slices"
	"strings"
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
	// folds are the stretches of text that are not their source byte by byte,
	// in order. Between two of them the source goes on with the text.
	folds []fold
}

// fold is a stretch [at, end) of a view and its source: the character, or the
// sequence of characters that normalise together, that it is the view of.
// A character that is its own view has a fold where something was dropped
// before it.
type fold struct {
	at, end int32
	source  unit
}

// unit is a half-open byte range of the source. Sources of 2 GiB and more have
// no view.
type unit struct{ start, end int32 }

// newView returns the view of s. Invalid UTF-8 reads as U+FFFD, byte by byte.
func newView(s string) *view {
	if len(s) > math.MaxInt32 {
		return &view{}
	}
	if unfolded(s) == len(s) {
		return &view{text: s}
	}
	if v, ok := collapse(s, nil, isTypographic); ok {
		return v
	}
	if viewsByRune(s) {
		v, _ := collapse(s, nil, anyRune)
		return v
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
	v, _ := collapse(string(folded), units, anyRune)
	return v
}

// viewsByRune reports whether each character of s has a view of its own: none is
// dropped, and none normalises together with others or into others.
func viewsByRune(s string) bool {
	for i, r := range s {
		if r >= utf8.RuneSelf && (isDropped(r) || foldBefore(r) != r || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD")) {
			return false
		}
	}
	return norm.NFKC.IsNormalString(s)
}

// isTypographic reports whether r is one of the dashes and quotation marks of
// typography. No normal form changes them or joins them to what is beside them.
func isTypographic(r rune) bool { return r >= '‒' && r <= '―' || r >= '‘' && r <= '„' }

func anyRune(rune) bool { return true }

// collapse folds s, which is in NFKC, and collapses its white space. units are
// the sources of the bytes of s; nil means that s is the source. It gives up at
// a character beyond ASCII that is not expected.
func collapse(s string, units []unit, expected func(rune) bool) (*view, bool) {
	var out strings.Builder
	out.Grow(len(s))
	var folds []fold
	next := int32(0) // where the source of what follows begins, unless a fold says otherwise
	// put notes that u is the source of what was written from byte at of out on,
	// or, if part is true, of more than that.
	put := func(at int, u unit, part bool) {
		end := int32(out.Len())
		if k := len(folds) - 1; k >= 0 && folds[k].source == u {
			folds[k].end = end
		} else if part || u.start != next || u.end != next+end-int32(at) {
			if folds == nil {
				folds = make([]fold, 0, 16)
			}
			folds = append(folds, fold{int32(at), end, u})
		}
		next = u.end
	}
	gap := -1 // where in s a space stands that is not yet written
	for i := 0; i < len(s); {
		if gap < 0 {
			if n := unfolded(s[i:]); n > 0 && units == nil {
				out.WriteString(s[i : i+n])
				put(out.Len()-n, unit{int32(i), int32(i + n)}, false)
				i += n
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r >= utf8.RuneSelf && !expected(r) {
			return nil, false
		}
		if r = foldAfter(r); r == ' ' {
			if gap < 0 {
				gap = i
			}
			i += n
			continue
		}
		if gap >= 0 && out.Len() > 0 {
			out.WriteByte(' ')
			put(out.Len()-1, unitAt(units, gap, 1), false)
		}
		gap = -1
		at := out.Len()
		out.WriteRune(r)
		u := unitAt(units, i, n)
		i += n
		put(at, u, units != nil && i < len(units) && units[i] == u)
	}
	return &view{out.String(), folds}, true
}

// unfolded returns the length of the ASCII characters and single spaces between
// them that s begins with and that collapse leaves as they are.
func unfolded(s string) int {
	i := 0
	for i < len(s) && (stays[s[i]] || s[i] == ' ' && i > 0 && i+1 < len(s) && stays[s[i+1]]) {
		i++
	}
	return i
}

// stays says which ASCII characters are their own view, whatever is beside them.
var stays = func() (stays [256]bool) {
	for c := byte('!'); c < utf8.RuneSelf; c++ {
		stays[c] = c != '`'
	}
	return stays
}()

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
	start, whole := v.unit(i, i)
	end, also := v.unit(j-1, j)
	return span{int(start.start), int(end.end)}, whole && also
}

// unit returns the source of byte i of the view, and whether the boundary at
// byte p, beside i, lies between two units.
func (v *view) unit(i, p int) (u unit, between bool) {
	between = p == len(v.text) || utf8.RuneStart(v.text[p])
	k, _ := slices.BinarySearchFunc(v.folds, int32(i), func(f fold, i int32) int { return cmp.Compare(f.at, i+1) })
	if k == 0 {
		return unit{int32(i), int32(i) + 1}, between
	}
	f := v.folds[k-1] // the last that begins at i or before
	if int32(i) < f.end {
		return f.source, between && (int32(p) == f.at || int32(p) == f.end)
	}
	from := f.source.end + int32(i) - f.end
	return unit{from, from + 1}, between
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
