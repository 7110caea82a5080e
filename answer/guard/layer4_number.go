package guard

import "fmt"

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
		if c.held(n, &cl.contexts[i]) {
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
	return counted(cl, n) || beyondFraction(cl, n)
}

// held reports whether ctx has n.
func (c *check) held(n *number, ctx *context) bool {
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

// beyondFraction reports whether n is a fraction that the sentence only uses as a
// bound, and a share of the evidence lies just beyond it: "more than a third" for
// 37 %.
func beyondFraction(cl *claim, n *number) bool {
	if n.n == 0 || len(n.parts) > 0 || n.unit.dim != noUnit || n.values[0] <= 0 || n.values[0] >= 1 {
		return false
	}
	side := bound(cl.words, n)
	for i := range cl.contexts {
		for k := range cl.contexts[i].numbers {
			e := &cl.contexts[i].numbers[k]
			if e.n == 0 || e.unit.dim != ratio || e.withdrawn {
				continue
			}
			// A quarter, a third and a half lie a third or a half apart.
			if x := e.values[0] * e.unit.factor / n.values[0]; side > 0 && x > 1 && x < 1.3 || side < 0 && x < 1 && x > 0.75 {
				return true
			}
		}
	}
	return false
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
