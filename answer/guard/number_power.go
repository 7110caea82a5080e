package guard

import "math"

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
