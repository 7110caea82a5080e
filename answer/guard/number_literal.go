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
	seps := strings.Trim(text, "0123456789") != ""
	if !seps && strings.IndexAny(text, ".,'") < 0 {
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
		if strings.Trim(frac, "0123456789") != "" {
			return 0, false
		}
	}
	if strings.IndexByte(whole, thousands) >= 0 {
		groups := strings.Split(whole, string(rune(thousands)))
		for i, g := range groups {
			if strings.Trim(g, "0123456789") != "" || i > 0 && len(g) != 3 || i == 0 && (g == "" || len(g) > 3 || g[0] == '0') {
				return 0, false
			}
		}
		whole = strings.Join(groups, "")
	}
	if strings.Trim(whole, "0123456789") != "" || whole == "" {
		return 0, false
	}
	if frac != "" {
		whole += "." + frac
	}
	v, err := strconv.ParseFloat(whole, 64)
	return v, err == nil
}

// power reads what follows a base: ^32, **32, ⁵, "to the 32", "to the power of
// minus nine", and a power of ten behind a multiplication sign.
func (p *numberParser) power(n *number) {
	base, ok := wholeValue(n)
	if !ok {
		return
	}
	if e, end, ok := p.exponent(p.at); ok {
		p.at = end
		p.setPower(n, math.Pow(base, e), base, e)
		return
	}
	// 3.4 × 10^38, 3.4 times 10 to the 38
	i := p.at
	if i+1 >= len(p.words) {
		return
	}
	switch p.words[i].low {
	case "×", "*", "x", "times", "·", "mal", "por", "fois":
	default:
		return
	}
	ten := p.words[i+1]
	if w, ok := p.peek(i + 1); ten.text != "10" && (!ok || w.value != 10 || w.role != roleTeen) {
		return
	}
	if e, end, ok := p.exponent(i + 2); ok {
		p.at = end
		p.setPower(n, base*math.Pow(10, e), base, e)
	}
}

func (p *numberParser) setPower(n *number, v, base, e float64) {
	whole := number{spelled: n.spelled}
	whole.add(v)
	var b, x number
	b.add(base)
	x.add(e)
	whole.parts = []number{b, x}
	*n = number{from: n.from, values: whole.values, n: whole.n, parts: whole.parts, spelled: n.spelled}
}

// wholeValue returns the one value of n.
func wholeValue(n *number) (float64, bool) {
	if n.n != 1 || n.ordinal || len(n.parts) > 0 {
		return 0, false
	}
	return n.values[0], true
}

// exponent reads an exponent at i, the sign or words before it included.
func (p *numberParser) exponent(i int) (e float64, end int, ok bool) {
	if i >= len(p.words) {
		return 0, 0, false
	}
	w := p.words[i]
	if w.kind == superWord && w.glued {
		return superValue(w.text), i + 1, true
	}
	sign := 1.0
	switch {
	case w.text == "^" && w.glued:
		i++
	case w.text == "*" && w.glued && i+1 < len(p.words) && p.words[i+1].text == "*" && p.words[i+1].glued:
		i += 2
	case w.low == "to" && i+2 < len(p.words) && p.words[i+1].low == "the":
		i += 2
		if i+1 < len(p.words) && p.words[i].low == "power" {
			i++
			if p.words[i].low == "of" {
				i++
			}
		}
	default:
		return 0, 0, false
	}
	if i < len(p.words) && (p.words[i].text == "-" || p.words[i].low == "minus" || p.words[i].low == "negative") {
		sign = -1
		i++
	}
	if i >= len(p.words) {
		return 0, 0, false
	}
	q := numberParser{p.words, p.lang, i}
	var n number
	if p.words[i].kind == digitWord {
		n = literal(p.words[i].text, p.lang.decimalComma)
		i++
		if i < len(p.words) && p.words[i].glued && p.words[i].low == "th" {
			i++
		}
	} else if n, _, ok = q.cardinal(false); ok {
		i = q.at
	}
	if n.n == 0 || n.values[0] > 1100 {
		return 0, 0, false
	}
	if i < len(p.words) && p.words[i].low == "power" {
		i++
	}
	return sign * n.values[0], i, true
}

func superValue(s string) float64 {
	v, sign := 0.0, 1.0
	for _, r := range s {
		switch r {
		case '⁻':
			sign = -1
		case '⁺':
		case '¹':
			v = v*10 + 1
		case '²':
			v = v*10 + 2
		case '³':
			v = v*10 + 3
		default:
			v = v*10 + float64(r-'⁰')
		}
	}
	return sign * v
}

// fraction reads what makes a fraction of a number: "two thirds", "3/4", "one
// and a half".
func (p *numberParser) fraction(n *number) {
	v, ok := wholeValue(n)
	if !ok || p.at >= len(p.words) {
		return
	}
	w := p.words[p.at]
	if w.text == "/" && w.glued && p.at+1 < len(p.words) && p.words[p.at+1].kind == digitWord && p.words[p.at+1].glued {
		d := literal(p.words[p.at+1].text, p.lang.decimalComma)
		if dv, ok := wholeValue(&d); ok && dv != 0 {
			whole := number{from: n.from, parts: []number{*n, d}}
			whole.add(v / dv)
			*n = whole
			p.at += 2
		}
		return
	}
	i := p.at
	if w.text == "-" && w.glued { // two-thirds
		i++
	}
	if next, ok := p.peek(i); ok && v >= 1 && v < 100 && (next.role == roleFraction || next.role == roleOrdinal && v == 1 && next.value > 2) {
		n.n = 0
		n.add(v / next.value)
		p.at = i + 1
		return
	}
	if i+2 < len(p.words) && p.words[i].low == "and" && p.words[i+1].low == "a" {
		if next, ok := p.peek(i + 2); ok && next.role == roleFraction {
			n.n = 0
			n.add(v + 1/next.value)
			p.at = i + 3
			p.scale(n)
		}
	}
}

// unit reads the unit at i. One describing word may stand before it: "8 host
// bits"; and a part of it: "a tenth of a second".
func (p *numberParser) unit(i int) (u measure, end int, ok bool) {
	if i >= len(p.words) {
		return u, i, false
	}
	if p.words[i].text == "-" && p.words[i].glued && i+1 < len(p.words) && p.words[i+1].glued { // 16-bit
		i++
	}
	if p.words[i].low == "of" && i+2 < len(p.words) && p.words[i+1].cue.has(cueArticle) {
		i += 2
	} else if p.words[i].cue.has(cueArticle) && i+1 < len(p.words) && p.words[i+1].cue.has(cueUnit) && i > 0 && p.words[i-1].low == "half" {
		i++ // half a second
	}
	u, end, ok = p.unitWord(i)
	if !ok {
		w := p.words[i]
		if i+1 >= len(p.words) || w.kind != letterWord || w.cue != 0 || p.words[i+1].clause != w.clause {
			return u, i, false
		}
		if u, end, ok = p.unitWord(i + 1); !ok || u.symbol {
			return measure{}, i, false
		}
	}
	if v, at, ok := p.per(end); ok && (u.dim == data || u.dim == length) && v == "s" {
		u, end = u.perSecond(), at
	}
	return u, end, true
}

// unitWord reads the unit that stands at i itself.
func (p *numberParser) unitWord(i int) (measure, int, bool) {
	if i >= len(p.words) {
		return measure{}, i, false
	}
	w := p.words[i]
	if u, ok := symbols[w.text]; ok && (!u.symbol || i > 0 && p.words[i-1].kind == digitWord) {
		if w.text == "bit" || u.dim < dollar || i > 0 && p.words[i-1].kind == digitWord {
			return u, i + 1, true
		}
	}
	if !w.cue.has(cueUnit) {
		return measure{}, i, false
	}
	if u, ok := p.lang.units[w.low]; ok {
		return u, i + 1, true
	}
	if i+1 < len(p.words) { // kilo bits, per cent
		if w.low == "per" && p.words[i+1].low == "cent" {
			return symbols["%"], i + 2, true
		}
		for _, pre := range prefixes {
			if u, ok := p.lang.units[p.words[i+1].low]; ok && pre.name == w.low && u.dim == data {
				u.factor *= pre.factor
				return u, i + 2, true
			}
		}
	}
	return measure{}, i, false
}

// per reads "per second", "a second", "/s" at i and returns "s".
func (p *numberParser) per(i int) (string, int, bool) {
	if i+1 >= len(p.words) {
		return "", i, false
	}
	w, next := p.words[i], p.words[i+1]
	if w.text == "/" && w.glued && (next.text == "s" || next.low == "sec" || next.low == "second") {
		return "s", i + 2, true
	}
	switch w.low {
	case "per", "a", "each", "every", "pro", "por", "par":
		switch next.low {
		case "second", "sekunde", "segundo", "seconde":
			return "s", i + 2, true
		}
	}
	return "", i, false
}
