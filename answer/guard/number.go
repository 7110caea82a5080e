package guard

import "math"

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
