package guard

import (
	"fmt"
	"math"
)

// Layer 4: every number of a sentence stands in its evidence, with the same
// unit.
//
// Numbers are compared by value: 1,000 is 1000, "a hundred and twenty eight"
// is 128, 2^32 is 4294967296, 1,000 ms is 1 s, a fifth is 20 %. The evidence
// is the quotes with the sentences around them and the sentence before (see
// context). A number of the question proves nothing by itself; it passes if it
// also stands in the cited passage. Where a writing has several values
// ("1.500", "port four forty three") one that fits is enough. What a speaker
// took back ("gigabits, sorry, gigabytes") is no evidence. A number that is
// there, but counts something else, does not hold (countsAnother).
//
// These are no claims about numbers and pass:
//
//   - "one", without a unit; "first"; "second" and "third" behind "a" or at
//     the beginning of a sentence or before a comma;
//   - a whole number up to 10 without a unit if the sentence or the evidence
//     lists as many things, or there are as many items of evidence: the tutor
//     counted;
//   - a number that the sentence calls rounded (about, nearly), if a number of
//     the evidence rounds to it;
//   - the number of a list item at the beginning.
func numbersSupported(c *check) {
	c.eachClaim(func(i int, cl *claim) {
		for k := range cl.numbers {
			n := &cl.numbers[k]
			if claimsNothing(cl.words, n) {
				continue
			}
			if !c.numberHolds(cl, n) && !c.premise(cl, n) {
				c.reject(CodeNumberUnsupported, i, -1, fmt.Sprintf("number %d of %d is not in the evidence with this unit", k+1, len(cl.numbers)))
			} else if countsAnother(cl, n) {
				c.reject(CodeNumberUnsupported, i, -1, fmt.Sprintf("number %d of %d counts something else in the evidence", k+1, len(cl.numbers)))
			}
		}
	})
}

// claimsNothing reports whether n is a way of speaking and no number.
func claimsNothing(words []word, n *number) bool {
	next := word{}
	if n.to < len(words) {
		next = words[n.to]
	}
	if n.ordinal && n.spelled && n.n > 0 && n.values[0] <= 3 {
		if n.values[0] == 1 || n.from == 0 || next.low == "," || next.low == ":" {
			return true
		}
		before := words[n.from-1]
		return before.low == "a" || before.low == "," || before.first
	}
	if n.from == 0 && !n.spelled && (next.text == "." || next.text == ")") {
		return true // list item
	}
	return n.n == 1 && len(n.parts) == 0 && n.values[0] == 1 && (n.unit.dim == noUnit || n.shared)
}

// premise reports whether n is what the question or the lecture starts from:
// it stands in the cited passage, and with the same unit in the question or in
// the sentence before the quote.
func (c *check) premise(cl *claim, n *number) bool {
	if len(n.parts) > 0 {
		return false
	}
	for i := range cl.contexts {
		ctx := &cl.contexts[i]
		for _, s := range c.saidBefore(ctx) {
			if !s.withdrawn && c.equals(n, &s, ctx) {
				return true
			}
		}
		for _, p := range c.passageNumbers(ctx.passage) {
			if p.withdrawn || !c.equals(n, &p, ctx) {
				continue
			}
			for _, q := range c.questionNumbers() {
				if c.equals(n, &q, ctx) && q.unit.dim == n.unit.dim {
					return true
				}
			}
		}
	}
	return false
}

// questionNumbers reads the numbers of the question, once.
func (c *check) questionNumbers() []number {
	if !c.asked.read {
		c.asked.read = true
		c.asked.numbers = numbers(readWords(c.in.Question, c.lang), c.lang)
	}
	return c.asked.numbers
}

// numberHolds reports whether the evidence of cl has n.
func (c *check) numberHolds(cl *claim, n *number) bool {
	for i := range cl.contexts {
		if c.held(n, cl, &cl.contexts[i]) {
			return true
		}
	}
	if len(n.parts) > 0 {
		all := true
		for i := range n.parts {
			part := &n.parts[i]
			if part.n == 1 && part.values[0] == 1 && part.unit.dim == noUnit {
				continue
			}
			all = all && c.numberHolds(cl, part)
		}
		if all {
			return true
		}
	}
	return counted(cl, n)
}

// held reports whether ctx has n.
func (c *check) held(n *number, cl *claim, ctx *context) bool {
	for i := range ctx.numbers {
		e := &ctx.numbers[i]
		if e.withdrawn {
			continue
		}
		if c.equals(n, e, ctx) {
			return true
		}
		for j := range e.parts {
			if c.equals(n, &e.parts[j], ctx) {
				return true
			}
		}
	}
	for i := range n.n {
		switch v := n.values[i]; {
		case v == 2 && n.unit.dim == noUnit:
			for _, w := range ctx.words {
				if w.cue.has(cuePair) {
					return true
				}
			}
		case v == 1: // one byte: "a byte", "each byte"
			for k := 1; k < len(ctx.words); k++ {
				if ctx.words[k].cue.has(cueUnit) && ctx.words[k-1].cue.has(cueArticle) && c.lang.units[ctx.words[k].low] == n.unit {
					return true
				}
			}
		case v == 0 && n.unit.dim == noUnit:
			for _, w := range ctx.words {
				if w.cue.has(cueNot) {
					return true
				}
			}
		}
	}
	return false
}

// equals reports whether the claim's number n is the evidence's number e.
func (c *check) equals(n, e *number, ctx *context) bool {
	if n.id != "" || e.id != "" {
		if n.id == e.id {
			return true
		}
		if n.n == 0 || e.n == 0 {
			return false
		}
	}
	for i := range n.n {
		for j := range e.n {
			if c.sameQuantity(n, n.values[i], e, e.values[j], ctx) {
				return true
			}
		}
	}
	return false
}

func (c *check) sameQuantity(n *number, nv float64, e *number, ev float64, ctx *context) bool {
	nu, eu := n.unit, e.unit
	switch {
	case nu.dim == noUnit && eu.dim == noUnit:
		return n.rounds(nv, ev)
	case nu.dim == noUnit:
		// The unit goes without saying, or a percentage is said as a fraction.
		return n.rounds(nv, ev) || eu.dim == ratio && n.rounds(nv, ev*eu.factor)
	case eu.dim == noUnit:
		if nu.dim == ratio && n.rounds(nv, ev/nu.factor) || n.shared && n.rounds(nv, ev) {
			return true
		}
		return n.rounds(nv, ev) && c.unitSaid(nu, ctx)
	}
	if nu.dim != eu.dim && !(isData(nu.dim) && isData(eu.dim)) {
		return (n.shared || e.shared) && n.rounds(nv, ev)
	}
	if n.rounds(nv, ev*eu.factor/nu.factor) {
		return true
	}
	if isData(nu.dim) { // KB of 1024 bytes
		for k, v := 1, 1.024; k <= 5; k, v = k+1, v*1.024 {
			if same(nv*v, ev*eu.factor/nu.factor) || same(nv, ev*v*eu.factor/nu.factor) {
				return true
			}
		}
	}
	return e.shared && n.rounds(nv, ev)
}

// A link "at 10 megabits" has a rate: the "per second" is left out in speech.
func isData(d dimension) bool { return d == data || d == dataRate }

// rounds reports whether v, a value of the evidence in the same unit, is nv, or
// rounds to it where the sentence says that it rounds.
func (n *number) rounds(nv, v float64) bool {
	if same(nv, v) {
		return true
	}
	if !n.about || n.step == 0 || n.id != "" {
		return false
	}
	d := math.Abs(nv - v)
	return d <= n.step && d <= 0.1*math.Abs(v)
}

// unitSaid reports whether u is the unit of a number near the quote: "The queue
// is 6" among milliseconds.
func (c *check) unitSaid(u measure, ctx *context) bool {
	for _, n := range c.passageNumbers(ctx.passage) {
		if n.unit.dim == u.dim && n.unit.factor == u.factor || isData(n.unit.dim) && isData(u.dim) && n.unit.factor == u.factor {
			return true
		}
	}
	return false
}

// passageNumbers reads the numbers of a passage, once.
func (c *check) passageNumbers(n int) []number {
	ps := &c.passages[n]
	if !ps.counted {
		ps.counted = true
		ps.numbers = numbers(readWords(c.in.Passages[n].Text, c.lang), c.lang)
	}
	return ps.numbers
}

// maxCounted is the largest number of things that a tutor may count himself.
const maxCounted = 10

// counted reports whether n may be the tutor's own count.
func counted(cl *claim, n *number) bool {
	if n.n == 0 || n.unit.dim != noUnit || len(n.parts) > 0 || n.ordinal {
		return false
	}
	v := int(n.values[0])
	if float64(v) != n.values[0] || v < 2 || v > maxCounted {
		return false
	}
	if v == len(cl.contexts) || v == longestList(cl.words) {
		return true
	}
	for i := range cl.contexts {
		if v == longestList(cl.contexts[i].words) {
			return true
		}
	}
	return false
}

// longestList returns how many things the longest list of words has: parts of
// at most 6 words between commas, semicolons, "and" and "or"; 0 if there is
// none of two.
func longestList(words []word) int {
	best, items, gap := 0, 1, 0
	separated := true
	for i, w := range words {
		sep := w.low == "," || w.low == ";" || w.low == "and" || w.low == "or"
		switch {
		case sep && !separated:
			items++
			gap = 0
		case sep:
			gap = 0
		case w.kind == signWord && breaksClause(firstRune(w.text)) || gap >= 6:
			if gap < 6 || items > 1 {
				best = max(best, items)
			}
			items, gap = 1, 0
		default:
			gap++
		}
		separated = sep
		if i == len(words)-1 {
			best = max(best, items)
		}
	}
	if best < 2 {
		return 0
	}
	return best
}
