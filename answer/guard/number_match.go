package guard

import "math"

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
