package guard

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The marks of layer 1 that are a character of their own, and the forms in
// which layer 1 reads a text.

// raised names the first raised, circled, keyed or dagger mark in text that no
// quote holds with the word before it, or returns "". Raised digits are a power
// directly behind a digit, a letter on its own, a formula in brackets, a word of
// raisable: 2⁵, R³, (a+b)², cm², log².
func raised(text string, held func(string) bool) string {
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		what := ""
		switch {
		case r < 0xAA:
		case isRaised(r):
			what = "a raised mark"
			if isPower(text[:at]) {
				what = ""
			}
		case isLowered(r) && !touches(lastRune(text[:at])) && !strings.ContainsRune(")]}", lastRune(text[:at])):
			what = "a lowered mark"
		case isCircled(r):
			what = "a circled mark"
		case strings.ContainsRune("†‡⹋⁎⁑⁂⸶⸷⸸", r) && !(r == '†' && isVariable(text[:at]) && !unicode.IsNumber(firstRune(text[at+n:]))),
			r == '※' && unicode.IsNumber(firstRune(text[at+n:])):
			what = "a dagger mark"
		}
		end := at + n
		for what != "" || isRaised(r) { // the whole run, and the digits of †12
			next := firstRune(text[end:])
			if end >= len(text) || !isRaised(next) && !isCircled(next) && !(what == "a dagger mark" && unicode.IsNumber(next)) {
				break
			}
			end += utf8.RuneLen(next)
		}
		if what != "" && !held(text[wordStart(text, at):end]) {
			return what
		}
		at = end
	}
	return ""
}

// isRaised reports whether r is a superscript digit, sign, bracket or letter.
func isRaised(r rune) bool {
	if r == '²' || r == '³' || r == '¹' || r == 'ª' || r == 'º' {
		return true
	}
	return 0x2070 <= r && r <= 0x207F || 0x1D2C <= r && r <= 0x1D6A || 0x1D9B <= r && r <= 0x1DBF || 0x3190 <= r && r <= 0x319F
}

// isLowered reports whether r is a subscript digit, sign or bracket.
func isLowered(r rune) bool { return 0x2080 <= r && r <= 0x208E }

// isCircled reports whether r is a number or letter in a circle, a square or
// parentheses, or with a full stop, or encloses what is before it.
func isCircled(r rune) bool {
	switch {
	case 0x2460 <= r && r <= 0x24FF, 0x2776 <= r && r <= 0x2793, 0x20DD <= r && r <= 0x20E4,
		0x1F100 <= r && r <= 0x1F10C, 0x1F110 <= r && r <= 0x1F169, 0x1F170 <= r && r <= 0x1F189, r == 0x1F51F:
		return true
	}
	return 0x3220 <= r && r <= 0x32BF && unicode.Is(unicode.No, r)
}

// isPower reports whether a raised number behind s is a power.
func isPower(s string) bool {
	return unicode.IsDigit(lastRune(s)) || isVariable(s) || closesFormula(s) ||
		slices.Contains(raisable, s[latinStart(s):])
}

// closesFormula reports whether s ends with a bracket around a formula: what has
// no two letters side by side.
func closesFormula(s string) bool {
	if s == "" || !strings.ContainsRune(")}|", lastRune(s)) {
		return false
	}
	inner := s[:len(s)-1]
	inner = inner[strings.LastIndexAny(inner, "({|")+1:]
	letters := 0
	for _, r := range inner {
		if letters++; !unicode.IsLetter(r) {
			letters = 0
		}
		if letters > 1 {
			return false
		}
	}
	return true
}

// raisable are the words of several letters that are raised to a power.
var raisable = strings.Fields("cm mm km dm nm µm μm ms mc log ln lg exp sin cos tan")

// isVariable reports whether s ends with a letter of mathematics on its own.
func isVariable(s string) bool {
	at := latinStart(s)
	return at < len(s) && utf8.RuneCountInString(s[at:]) == 1
}

// latinStart returns where the Latin, Greek or Cyrillic letters and digits begin
// that s ends with.
func latinStart(s string) int {
	at := len(s)
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:at])
		if !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.M) && !unicode.IsDigit(r) && r != 'µ' {
			break
		}
		at -= n
	}
	return at
}

// lastRune is the last character of s, U+FFFD if s is empty.
func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// bare is s as a client draws it, but for letters: character references and
// Markdown's escapes undone, and nothing in it that has no width.
func bare(s string) string {
	for range 2 { // also &amp;#91;
		if strings.IndexByte(s, '&') >= 0 {
			s = html.UnescapeString(s)
		}
	}
	if strings.IndexByte(s, '\\') >= 0 {
		var b strings.Builder
		for i := range len(s) {
			if s[i] != '\\' || i+1 == len(s) || s[i+1] >= utf8.RuneSelf || !unicode.In(rune(s[i+1]), unicode.P, unicode.S) {
				b.WriteByte(s[i])
			}
		}
		s = b.String()
	}
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isDropped(r) {
			return -1
		}
		return r
	}, s)
}

// undone is the view of s as a client draws it.
func undone(s string) string { return newView(bare(s)).text }

// lookalike writes s with ASCII digits for those of other scripts, and with the
// letters of an alias, an id or the English words for a source for the Cyrillic,
// Greek and other letters that look like them (UTS 39, confusables).
func lookalike(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		if unicode.IsDigit(r) {
			return '0' + decimal(r)
		}
		if at := slices.Index(looks, r); at >= 0 {
			return rune(looksLike[at])
		}
		return r
	}, s)
}

// decimal is the value of a decimal digit: those of a script stand in order from 0 on.
func decimal(r rune) rune {
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

var looks, looksLike = []rune("сСϲϹᴄⲥⲤꮯᏟҫєоОοΟρеЕѕЅкКκΚԛаАαіІιΙнтТτΤυуУхХгᴋᴏᴜꜱո"), "cCcCcccccceoOoOpeEsSkKkKqaAaiIiIhtTtTuyYxXrkousn"
