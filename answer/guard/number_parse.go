package guard

import (
	"math"
	"strconv"
)

// numberParser reads one number that begins at words[at].
type numberParser struct {
	words []word
	lang  *language
	at    int
}

func (p *numberParser) peek(i int) (numberWord, bool) {
	if i >= len(p.words) || !p.words[i].cue.has(cueNumber) {
		return numberWord{}, false
	}
	w, ok := p.lang.numbers[p.words[i].low]
	return w, ok
}

// number reads a run of number words or digits, its power, fraction and unit.
func (p *numberParser) number() (number, bool) {
	start := p.at
	n, ok := p.run()
	if !ok {
		return number{}, false
	}
	n.from = start
	if start > 0 && n.n > 0 && p.isSign(start-1) {
		negative := n
		negative.n, negative.parts = 0, nil
		for _, v := range n.values[:n.n] {
			negative.add(-v)
		}
		n.parts = []number{n}
		n.values, n.n = negative.values, negative.n
	}
	p.power(&n)
	p.fraction(&n)
	if u, end, ok := p.unit(p.at); ok {
		n.unit = u
		p.at = end
	} else if start > 0 {
		if u, ok := symbols[p.words[start-1].text]; ok && u.dim >= dollar {
			n.unit = u
		}
	}
	n.to = p.at
	for i := range n.parts {
		n.parts[i].from, n.parts[i].to, n.parts[i].unit = n.from, n.to, n.unit
	}
	return n, true
}

// isSign reports whether the word at i is a minus that belongs to the number
// behind it.
func (p *numberParser) isSign(i int) bool {
	w := p.words[i]
	switch {
	case w.low == "-":
		return !w.glued && p.words[i+1].glued
	case w.low == "minus" || w.low == "negative":
		if i == 0 {
			return true
		}
		before, ok := p.peek(i - 1) // 32 minus two is no sign
		return p.words[i-1].kind == letterWord && !p.words[i-1].cue.has(cueUnit) && (!ok || before.role == roleAnd)
	}
	return false
}

// run reads digits or number words that follow each other: one number, or
// several that may also be digits of one ("four forty three").
func (p *numberParser) run() (number, bool) {
	if p.words[p.at].kind == digitWord {
		return p.digits()
	}
	var parts []number
	digits := ""
	spelledWhole := false
	for p.at < len(p.words) && len(parts) < 12 {
		n, text, ok := p.cardinal(len(parts) > 0)
		if !ok {
			break
		}
		parts = append(parts, n)
		if text == "" {
			spelledWhole = true
		}
		digits += text
		if n.ordinal || p.at < len(p.words) && p.words[p.at].clause != p.words[p.at-1].clause {
			break
		}
		if p.at < len(p.words) && p.words[p.at].kind == digitWord {
			break
		}
	}
	if len(parts) == 0 {
		return number{}, false
	}
	if w, ok := p.peek(p.at); ok && w.role == rolePoint && !parts[len(parts)-1].ordinal {
		if frac := p.pointDigits(); frac != "" {
			whole := digits
			if whole == "" {
				whole = strconv.FormatFloat(parts[0].values[0], 'f', -1, 64)
			}
			if v, err := strconv.ParseFloat(whole+"."+frac, 64); err == nil {
				n := number{spelled: true, step: math.Pow10(-len(frac))}
				n.add(v)
				p.scale(&n)
				return n, true
			}
		}
	}
	n := parts[0]
	if len(parts) > 1 {
		n = number{spelled: true, parts: parts, step: 1}
		if v, err := strconv.ParseFloat(digits, 64); err == nil && !spelledWhole && len(digits) <= 12 {
			n.add(v)
		}
		return n, true
	}
	if n.ordinal && p.words[p.at-1].low == "second" && p.at-1 == n.from {
		return n, true
	}
	return n, true
}

// cardinal reads one cardinal or ordinal in words. text is its digits as they
// are read out one after the other, "" if it is one that stands for itself
// (three hundred). more: number words stand before it.
func (p *numberParser) cardinal(more bool) (n number, text string, ok bool) {
	start := p.at
	var total, current float64
	has, plainText := false, true
	last := roleNone
loop:
	for p.at < len(p.words) {
		i := p.at
		if i > start && p.words[i].clause != p.words[i-1].clause {
			break
		}
		if p.words[i].text == "-" && i > start && p.words[i].glued { // twenty-one
			if w, ok := p.peek(i + 1); ok && p.words[i+1].glued && last == roleTens && (w.role == roleDigit && w.value > 0 || w.role == roleOrdinal) {
				p.at++
				continue
			}
			break
		}
		w, ok := p.peek(i)
		if !ok {
			break
		}
		switch w.role {
		case roleDigit, roleTeen, roleTens:
			switch {
			case last == roleNone:
				current = w.value
			case last == roleHundred || last == roleScale || last == roleAnd:
				current += w.value
			case last == roleTens && w.role == roleDigit && w.value > 0:
				current += w.value
			default:
				break loop
			}
			has, last = true, w.role
		case roleOh:
			if !more && !p.digitFollows(i+1) || last != roleNone {
				break loop
			}
			p.at++
			n.add(0)
			n.spelled, n.step = true, 1
			return n, "0", true
		case roleHundred:
			if !has || current >= 100 || current == 0 {
				break loop
			}
			current *= 100
			last, plainText = roleHundred, false
		case roleScale, roleDozen:
			if !has || total > 0 && total < w.value {
				break loop
			}
			total += current * w.value
			current, last, plainText = 0, roleScale, false
		case roleAnd:
			next, ok := p.peek(i + 1)
			if last != roleHundred && last != roleScale || !ok || next.role != roleDigit && next.role != roleTeen && next.role != roleTens {
				break loop
			}
			last = roleAnd
		case roleA:
			next, ok := p.peek(i + 1)
			if last != roleNone || more || !ok || next.role != roleHundred && next.role != roleScale && next.role != roleDozen && next.role != roleFraction && next.role != roleOrdinal {
				break loop
			}
			if next.role == roleFraction || next.role == roleOrdinal {
				if next.role == roleOrdinal && (next.value == 1 || next.value == 2) {
					break loop // a second
				}
				p.at += 2
				n.add(1 / next.value)
				if next.role == roleOrdinal {
					n.add(next.value)
				}
				n.spelled = true
				return n, "", true
			}
			current, has, last, plainText = 1, true, roleA, false
		case roleOrdinal:
			if last == roleTens && w.value < 10 || last == roleHundred || last == roleAnd || last == roleScale {
				p.at++
				n.add(total + current + w.value)
				n.ordinal, n.spelled = true, true
				return n, "", true
			}
			if last != roleNone || more {
				break loop
			}
			p.at++
			n.add(w.value)
			n.ordinal, n.spelled = true, true
			return n, "", true
		case roleFraction, roleTimes:
			if last != roleNone || more {
				break loop
			}
			p.at++
			v := w.value
			if w.role == roleFraction {
				v = 1 / v
			}
			n.add(v)
			n.spelled = true
			return n, "", true
		default:
			break loop
		}
		p.at++
	}
	if !has {
		p.at = start
		return number{}, "", false
	}
	v := total + current
	n.add(v)
	n.spelled, n.step = true, 1
	for n.step*10 <= v && math.Mod(v, n.step*10) == 0 {
		n.step *= 10
	}
	if plainText {
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	return n, text, true
}

func (p *numberParser) digitFollows(i int) bool {
	w, ok := p.peek(i)
	return ok && (w.role == rolePoint || w.role == roleDigit || w.role == roleOh)
}

// pointDigits reads "point five", "point oh two", "point 05", "dot eleven";
// it leaves p where it is and returns "" if no digits follow.
func (p *numberParser) pointDigits() string {
	i, frac := p.at+1, ""
	for i < len(p.words) && len(frac) < 12 {
		if w := p.words[i]; w.kind == digitWord && allDigits(w.text) && frac == "" {
			frac = w.text
			i++
			break
		}
		w, ok := p.peek(i)
		if !ok {
			break
		}
		switch w.role {
		case roleDigit, roleOh:
			frac += strconv.Itoa(int(w.value))
		case roleTeen, roleTens:
			v := int(w.value)
			if next, ok := p.peek(i + 1); ok && w.role == roleTens && next.role == roleDigit && next.value > 0 {
				v += int(next.value)
				i++
			}
			frac += strconv.Itoa(v)
		default:
			ok = false
		}
		if !ok {
			break
		}
		i++
	}
	if frac != "" {
		p.at = i
	}
	return frac
}
