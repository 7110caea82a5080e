package guard

import (
	"math"
	"strconv"
	"strings"
)

// literal reads digits with points, commas and apostrophes in them. What they
// mean differs by country, so a number may have two values: "1.500" is 1500
// and 1.5; "1,500" has both only where a comma may stand before decimals. More than one point that do not group thousands make an id:
// "10.0.0.0", "1.2.3".
func literal(text string, comma bool) number {
	n := number{step: 1}
	seps := !allDigits(text)
	if !seps && !strings.ContainsAny(text, ".,'") {
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			n.add(v)
		}
		n.step = stepOf(text)
		return n
	}
	if v, ok := groupedValue(text, ',', '.'); ok {
		n.add(v)
	}
	if v, ok := groupedValue(text, '.', ','); ok && n.n == 1 && strings.IndexByte(text, ',') < 0 && v != n.values[0] {
		n.add(v)
	}
	if v, ok := groupedValue(text, '.', ','); ok && (comma || n.n == 0) && (n.n == 0 || v != n.values[0]) {
		n.add(v)
	}
	if v, ok := groupedValue(text, '\'', '.'); ok && n.n == 0 {
		n.add(v)
	}
	if n.n == 0 || strings.Count(text, ".") > 1 {
		n.id = text
	}
	if n.n == 0 && strings.IndexByte(text, '.') < 0 { // 1,2,4,8 is a list
		n.id = ""
		for _, t := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\'' }) {
			if part := literal(t, comma); part.n > 0 && len(n.parts) < 16 {
				n.parts = append(n.parts, part)
			}
		}
	}
	if i := strings.LastIndexAny(text, ".,"); i >= 0 {
		n.step = math.Pow10(-(len(text) - i - 1))
		if n.n > 0 && n.values[0] >= 1000 && n.values[0] == math.Trunc(n.values[0]) {
			n.step = stepOf(strconv.FormatFloat(n.values[0], 'f', -1, 64))
		}
	}
	return n
}

// allDigits reports whether s has nothing but digits; "" has.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// stepOf returns the value of the last digit that is not a padding zero.
func stepOf(digits string) float64 {
	return math.Pow10(len(digits) - len(strings.TrimRight(digits, "0")))
}

// groupedValue reads text with one sign between thousands, if any, and another
// before decimals, if any.
func groupedValue(text string, thousands, point byte) (float64, bool) {
	whole, frac := text, ""
	if i := strings.IndexByte(text, point); i >= 0 {
		whole, frac = text[:i], text[i+1:]
		if !allDigits(frac) {
			return 0, false
		}
	}
	if strings.IndexByte(whole, thousands) >= 0 {
		groups := strings.Split(whole, string(rune(thousands)))
		for i, g := range groups {
			if !allDigits(g) || i > 0 && len(g) != 3 || i == 0 && (g == "" || len(g) > 3 || g[0] == '0') {
				return 0, false
			}
		}
		whole = strings.Join(groups, "")
	}
	if !allDigits(whole) || whole == "" {
		return 0, false
	}
	if frac != "" {
		whole += "." + frac
	}
	v, err := strconv.ParseFloat(whole, 64)
	return v, err == nil
}
