package transcript

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// document is a file as text.
type document struct {
	text     string // valid UTF-8, without a leading byte order mark
	encoding string // see Transcript.Encoding
}

// Byte order marks.
var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
	bomUTF32LE = []byte{0xFF, 0xFE, 0, 0}
	bomUTF32BE = []byte{0, 0, 0xFE, 0xFF}
)

// decode converts the bytes of a file to UTF-8. A byte order mark decides;
// without one, NULs in every other byte mean UTF-16; then whatever is UTF-8
// but for a few bytes is UTF-8, and the rest is Windows-1252, of which
// ISO 8859-1 text is a part, if that gives mostly Western letters.
func decode(raw []byte, rep *report) (document, *Error) {
	switch {
	case bytes.HasPrefix(raw, bomUTF32LE), bytes.HasPrefix(raw, bomUTF32BE):
		return document{}, &Error{Message: "the file is in UTF-32, which is not read; save it as UTF-8."}
	case bytes.HasPrefix(raw, bomUTF16LE):
		return decodeUTF16(raw[2:], binary.LittleEndian, "utf-16le", rep), nil
	case bytes.HasPrefix(raw, bomUTF16BE):
		return decodeUTF16(raw[2:], binary.BigEndian, "utf-16be", rep), nil
	case bytes.HasPrefix(raw, bomUTF8):
		return decodeBytes(raw[3:], "utf-8-bom", rep)
	}
	switch guessUTF16(raw) {
	case "utf-16le":
		return decodeUTF16(raw, binary.LittleEndian, "utf-16le", rep), nil
	case "utf-16be":
		return decodeUTF16(raw, binary.BigEndian, "utf-16be", rep), nil
	}
	return decodeBytes(raw, "utf-8", rep)
}

// guessUTF16 names the UTF-16 byte order of bytes without a mark, or returns ""
// where it is not obvious. The digits, spaces and line ends of any transcript
// put a NUL in every other byte, always on the same side, beside a byte of ASCII
// text.
func guessUTF16(raw []byte) string {
	sample := raw[:min(len(raw), 64<<10)&^1]
	var nul, text [2]int // by the NUL's place in its pair
	for i, b := range sample {
		if b != 0 {
			continue
		}
		nul[i&1]++
		if other := sample[i^1]; other >= 0x20 && other < 0x7F || other >= '\t' && other <= '\r' {
			text[i&1]++
		}
	}
	pairs := len(sample) / 2
	obvious := func(side int) bool {
		return nul[side]*5 >= pairs && text[side]*10 >= nul[side]*9 && nul[1-side]*20 <= nul[side]
	}
	switch {
	case pairs == 0:
		return ""
	case obvious(1):
		return "utf-16le"
	case obvious(0):
		return "utf-16be"
	}
	return ""
}

// decodeUTF16 converts UTF-16 without its mark. Unpaired surrogates and an odd
// last byte become U+FFFD.
func decodeUTF16(raw []byte, order binary.ByteOrder, name string, rep *report) document {
	var b strings.Builder
	b.Grow(len(raw) / 2)
	bad := 0
	for len(raw) >= 2 {
		r := rune(order.Uint16(raw))
		raw = raw[2:]
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if len(raw) >= 2 {
				low = rune(order.Uint16(raw))
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				bad++
			} else {
				raw = raw[2:]
			}
		}
		b.WriteRune(r)
	}
	if len(raw) == 1 {
		b.WriteRune(utf8.RuneError)
		bad++
	}
	if name == "utf-16le" {
		rep.warn(0, "the file is in UTF-16 (little-endian) and was converted to UTF-8.")
	} else {
		rep.warn(0, "the file is in UTF-16 (big-endian) and was converted to UTF-8.")
	}
	if bad > 0 {
		rep.warn(0, "the file holds broken UTF-16; each broken part was replaced by U+FFFD.")
	}
	return document{text: b.String(), encoding: name}
}

// decodeBytes reads raw as UTF-8 (name is "utf-8" or "utf-8-bom") or as
// Windows-1252.
func decodeBytes(raw []byte, name string, rep *report) (document, *Error) {
	if utf8.Valid(raw) {
		return document{text: string(raw), encoding: name}, nil
	}
	c := census(raw)
	if c.sequences >= c.broken || name == "utf-8-bom" {
		rep.warn(0, "the file is UTF-8 with some broken bytes; each was replaced by U+FFFD.")
		return document{text: string(bytes.ToValidUTF8(raw, []byte("\uFFFD"))), encoding: name}, nil
	}
	// In the languages that Windows-1252 serves, letters beyond ASCII are a
	// small part. Where they are not, the bytes are in some other encoding
	// (Cyrillic, Chinese, …) or no text, and converting would make nonsense.
	if c.high > 16 && c.high > c.letters {
		return document{}, &Error{Message: "the text is neither UTF-8 nor UTF-16, nor Western 8-bit text; save it as UTF-8."}
	}
	if c.c1 == 0 {
		rep.warn(0, "the file is not UTF-8; it was read as ISO 8859-1 (Latin-1) and converted. Save it as UTF-8 if letters look wrong.")
		return document{text: fromWindows1252(raw), encoding: "iso-8859-1"}, nil
	}
	rep.warn(0, "the file is not UTF-8; it was read as Windows-1252 and converted. Save it as UTF-8 if letters look wrong.")
	return document{text: fromWindows1252(raw), encoding: "windows-1252"}, nil
}

// byteCensus counts what tells encodings apart.
type byteCensus struct {
	sequences int // well-formed UTF-8 sequences of more than one byte
	broken    int // bytes that belong to no well-formed sequence
	letters   int // ASCII letters
	high      int // bytes from 0x80
	c1        int // bytes 0x80 to 0x9F
}

func census(raw []byte) byteCensus {
	var c byteCensus
	for _, b := range raw {
		switch {
		case b >= 0x80:
			c.high++
			if b < 0xA0 {
				c.c1++
			}
		case 'a' <= b|0x20 && b|0x20 <= 'z':
			c.letters++
		}
	}
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case size > 1:
			c.sequences++
		case r == utf8.RuneError:
			c.broken++
		}
		raw = raw[size:]
	}
	return c
}

// windows1252 holds the code points of bytes 0x80 to 0x9F, from the WHATWG
// Encoding Standard; the five bytes it leaves undefined stay control characters.
var windows1252 = [32]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// fromWindows1252 converts 8-bit text. ISO 8859-1 is the case without bytes
// 0x80 to 0x9F.
func fromWindows1252(raw []byte) string {
	var b strings.Builder
	b.Grow(len(raw) + len(raw)/16)
	for _, c := range raw {
		switch {
		case c < 0x80:
			b.WriteByte(c)
		case c < 0xA0:
			b.WriteRune(windows1252[c-0x80])
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}
