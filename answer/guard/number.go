package guard

import (
	"math"
	"strconv"
	"strings"
)

// number is one number of a text: a value, or several where the writing can be
// read in several ways ("1.500", "1 000", "four forty three", "2 to the 8").
type number struct {
	from, to int // words [from, to) that it is written in, the unit included
	values   [3]float64
	n        int    // how many values
	id       string // what is no value: an address, a version with two points
	// parts are the numbers that it is made of, when it may also be read as
	// several: the digits of a port, base and exponent.
	parts []number
	unit  measure
	// shared: the unit stands behind a later number of the same list, "0 to
	// 10 ms". It may be meant or not.
	shared  bool
	ordinal bool
	spelled bool // in words
	about   bool // rounded, as the text says
	// withdrawn: the speaker took it back: "8 bits, sorry, 8 bytes".
	withdrawn bool
	step      float64 // value of the last digit that is not a padding zero
}

func (n *number) add(v float64) {
	if n.n < len(n.values) && !math.IsInf(v, 0) && !math.IsNaN(v) {
		n.values[n.n] = v
		n.n++
	}
}

// same reports whether two values are one, but for the rounding of floats.
func same(a, b float64) bool {
	d := math.Abs(a - b)
	return d == 0 || d <= 1e-9*math.Max(math.Abs(a), math.Abs(b))
}

// numberWord is a word of the number grammar.
type numberWord struct {
	value float64
	role  numberRole
}

type numberRole uint8

const (
	roleNone     numberRole = iota
	roleDigit               // zero to nine
	roleTeen                // ten to nineteen
	roleTens                // twenty to ninety
	roleHundred             // multiplies what is before it, up to 99
	roleScale               // thousand and up
	roleAnd                 // between hundreds and the rest: and
	roleA                   // a hundred, a half
	rolePoint               // point, dot
	roleOh                  // zero between digits
	roleOrdinal             // third: also the third part
	roleFraction            // half, quarter, tenths: parts only
	roleTimes               // twice, doubled: a factor
	roleMinus
	roleDozen
)

// numbers returns the numbers of words, in order.
func numbers(words []word, lang *language) []number {
	var out []number
	for i := 0; i < len(words); {
		if words[i].kind != digitWord && !words[i].cue.has(cueNumber) {
			i++
			continue
		}
		p := numberParser{words, lang, i}
		n, ok := p.number()
		if !ok {
			i++
			continue
		}
		n.about = i > 0 && words[i-1].cue.has(cueAbout)
		out = append(out, n)
		i = max(n.to, i+1)
	}
	for i := len(out) - 2; i >= 0; i-- { // from behind: units are handed on
		shareUnit(words, &out[i], &out[i+1])
	}
	withdraw(words, out, lang)
	return out
}

// withdraw marks what the speaker took back with a "sorry": "to 224, no,
// sorry, to 223", "8 bits, sorry, 8 bytes", "4.3 gigabits, sorry, gigabytes".
func withdraw(words []word, all []number, lang *language) {
	for k := range words {
		if words[k].low != "sorry" {
			continue
		}
		next := -1 // the number behind, what was meant
		for i := range all {
			if all[i].from > k && all[i].from-k <= 6 {
				next = i
				break
			}
		}
		p := numberParser{words, lang, k}
		u, _, unitOnly := p.unitWord(k + 1)
		if !unitOnly && k+1 < len(words) && words[k+1].text == "," {
			u, _, unitOnly = p.unitWord(k + 2)
		}
		for i := range all {
			n := &all[i]
			switch {
			case n.to > k || k-n.to > 8:
			case unitOnly && k-n.to <= 2:
				n.unit = u
			case next < 0 || unitOnly:
			case n.n > 0 && all[next].n > 0 && same(n.values[0], all[next].values[0]):
				n.withdrawn = n.withdrawn || n.unit != all[next].unit && n.unit.dim != noUnit
			case k-n.to <= 3 && all[next].unit.dim == n.unit.dim:
				n.withdrawn = true
			}
		}
	}
}

// shareUnit gives a the unit of b if they stand in one list or range.
func shareUnit(words []word, a, b *number) {
	if a.unit.dim != noUnit || b.unit.dim == noUnit || b.from-a.to > 2 {
		return
	}
	for _, w := range words[a.to:b.from] {
		switch w.low {
		case ",", "and", "or", "to", "-", "—", "plus", "minus", "+", "und", "bis", "oder", "y", "o", "a", "et", "ou", "à":
		default:
			return
		}
	}
	if b.from > a.to {
		a.unit, a.shared = b.unit, true
	}
}

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
		if w := p.words[i]; w.kind == digitWord && strings.Trim(w.text, "0123456789") == "" && frac == "" {
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
	if next, ok := p.peek(p.at); ok && next.role == rolePoint && strings.Trim(w.text, "0123456789") == "" {
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
	if len(text) > 3 || strings.Trim(text, "0123456789") != "" || text[0] == '0' {
		return
	}
	joined, end := text, p.at
	parts := []number{*n}
	for end < len(p.words) && len(parts) < 6 {
		w := p.words[end]
		if w.glued || w.kind != digitWord || len(w.text) != 3 || strings.Trim(w.text, "0123456789") != "" {
			break
		}
		joined += w.text
		parts = append(parts, literal(w.text, p.lang.decimalComma))
		end++
	}
	if len(parts) == 1 || end < len(p.words) && p.words[end].kind == digitWord {
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
