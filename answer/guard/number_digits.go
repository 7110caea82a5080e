package guard

import (
	"math"
	"strconv"
)

// digits reads a number in digits.
func (p *numberParser) digits() (number, bool) {
	w := p.words[p.at]
	p.at++
	if v, size := vulgar(firstRune(w.text)), len(w.text); v != 0 && size > 0 {
		var n number
		n.add(v)
		return n, true
	}
	n := literal(w.text, p.lang.decimalComma)
	if p.at < len(p.words) { // 1½
		if v := vulgar(firstRune(p.words[p.at].text)); v != 0 && n.n > 0 && p.words[p.at].kind == digitWord {
			n.values[0] += v
			p.at++
			return n, true
		}
	}
	p.grouped(&n, w.text)
	// 4th, 1980s
	if p.at < len(p.words) && p.words[p.at].glued && p.words[p.at].kind == letterWord {
		switch p.words[p.at].low {
		case "st", "nd", "rd", "th":
			n.ordinal = true
			p.at++
		case "s":
			if len(w.text) == 4 && w.text[3] == '0' {
				p.at++
			}
		}
	}
	// 4 point 7
	if next, ok := p.peek(p.at); ok && next.role == rolePoint && allDigits(w.text) {
		if frac := p.pointDigits(); frac != "" {
			if v, err := strconv.ParseFloat(w.text+"."+frac, 64); err == nil {
				n = number{step: math.Pow10(-len(frac))}
				n.add(v)
			}
		}
	}
	p.scale(&n)
	return n, true
}

// grouped reads the groups of three behind a number that is spaced: 1 000 000.
func (p *numberParser) grouped(n *number, text string) {
	if len(text) > 3 || !allDigits(text) || text[0] == '0' {
		return
	}
	joined, end := text, p.at
	var parts []number
	for end < len(p.words) && len(parts) < 6 {
		w := p.words[end]
		if w.glued || w.kind != digitWord || len(w.text) != 3 || !allDigits(w.text) {
			break
		}
		if parts == nil {
			parts = append(parts, *n)
		}
		joined += w.text
		parts = append(parts, literal(w.text, p.lang.decimalComma))
		end++
	}
	if parts == nil || end < len(p.words) && p.words[end].kind == digitWord {
		return // a list of numbers
	}
	if v, err := strconv.ParseFloat(joined, 64); err == nil {
		*n = number{parts: parts, step: 1}
		n.add(v)
		p.at = end
	}
}

// scale multiplies n by the scale word or the power of ten that follows.
func (p *numberParser) scale(n *number) {
	for {
		w, ok := p.peek(p.at)
		if !ok || w.role != roleScale && w.role != roleHundred && w.role != roleDozen {
			return
		}
		for i := range n.n {
			n.values[i] *= w.value
		}
		n.step *= w.value
		n.parts = nil
		p.at++
	}
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}
