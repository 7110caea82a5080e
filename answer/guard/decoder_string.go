package guard

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The part of the Decoder that reads strings: field names and values.

// begin begins a string of at most limit runes.
func (d *Decoder) begin(isKey bool, limit int) {
	d.str, d.runes, d.limit, d.isKey, d.state = d.str[:0], 0, limit, isKey, inString
}

// plain takes the ASCII characters at the head of p that stand for themselves
// and fit, and returns how many.
func (d *Decoder) plain(p []byte) int {
	n := 0
	most := min(len(p), d.limit-d.runes, MaxDraftBytes-d.pos)
	for n < most && p[n] >= ' ' && p[n] < 0x7F && p[n] != '"' && p[n] != '\\' {
		n++
	}
	d.str = append(d.str, p[:n]...)
	d.runes += n
	return n
}

// special reads a byte of a string that is not plain.
func (d *Decoder) special(c byte) {
	switch {
	case c == '"':
		d.end()
	case c == '\\':
		d.part, d.state = append(d.part[:0], c), inEscape
	case c < ' ':
		d.fail("raw control character in a string")
	case c < utf8.RuneSelf:
		d.add(rune(c))
	default:
		d.part = d.part[:0]
		d.runePart(c)
	}
}

// runePart reads a byte of a character outside ASCII.
func (d *Decoder) runePart(c byte) {
	d.part = append(d.part, c)
	d.state = inRune
	if !utf8.FullRune(d.part) {
		return
	}
	r, size := utf8.DecodeRune(d.part)
	if r == utf8.RuneError && size <= 1 {
		d.fail("invalid UTF-8")
		return
	}
	d.add(r)
}

// escapePart reads a byte of an escape sequence, or of the two that make a
// surrogate pair.
func (d *Decoder) escapePart(c byte) {
	d.part = append(d.part, c)
	switch n := len(d.part); {
	case n == 2 && c != 'u':
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			d.fail("unknown escape")
			return
		}
		d.add(rune("\"\\/\b\f\n\r\t"[i]))
	case n == 7 && c != '\\' || n == 8 && c != 'u':
		d.fail("lone surrogate")
	case (n > 2 && n < 7 || n > 8) && hexValue(c) < 0:
		d.fail(`bad \u escape`)
	case n == 6:
		switch r := hex4(d.part[2:6]); {
		case r == 0:
			d.fail("NUL in a string")
		case 0xDC00 <= r && r < 0xE000:
			d.fail("lone surrogate")
		case !utf16.IsSurrogate(r):
			d.add(r)
		}
	case n == 12:
		r := utf16.DecodeRune(hex4(d.part[2:6]), hex4(d.part[8:12]))
		if r == utf8.RuneError {
			d.fail("lone surrogate")
			return
		}
		d.add(r)
	}
}

// hexValue is the value of a hex digit, -1 if c is none.
func hexValue(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}

// hex4 is the value of four hex digits.
func hex4(p []byte) rune {
	return hexValue(p[0])<<12 | hexValue(p[1])<<8 | hexValue(p[2])<<4 | hexValue(p[3])
}

// add puts a character into the string, unless it is one too many or a control
// character other than tab and line ends.
func (d *Decoder) add(r rune) {
	d.state = inString
	sentence, evidence := d.place()
	switch {
	case d.runes == d.limit:
		d.failAt(sentence, evidence, "a string of more than %d characters", d.limit)
	case unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r':
		d.failAt(sentence, evidence, "control character U+%04X", r)
	default:
		d.runes++
		d.str = utf8.AppendRune(d.str, r)
	}
}

// end ends a string: a field's name or value.
func (d *Decoder) end() {
	at := &d.depth[d.level]
	s := string(d.str)
	if d.isKey {
		at.field = slices.Index(decoderFields[d.level][:], s)
		switch {
		case at.field < 0:
			d.fail("unknown field")
		case at.seen&(1<<at.field) != 0:
			d.fail("field %q twice", decoderFields[d.level][at.field])
		}
		at.seen |= 1 << max(at.field, 0)
		d.state = wantColon
		return
	}
	d.state = wantComma
	switch d.level {
	case inDraft:
		if d.draft.Outcome = Outcome(s); d.draft.Outcome != Answered && d.draft.Outcome != NotInLecture && d.draft.Outcome != Refused {
			d.fail("unknown outcome")
		}
	case inSentence:
		if strings.IndexFunc(s, isWord) < 0 {
			d.failAt(len(d.draft.Sentences)-1, -1, "text without a letter or digit")
		}
		d.sentence().Text = s
	case inEvidence:
		e := d.sentence().Evidence
		if at.field == 0 {
			e[len(e)-1].Chunk = s
		} else {
			e[len(e)-1].Quote = s
		}
	}
}
