package guard

// countsAnother reports whether the evidence counts with n's value something
// else than the sentence does, and what the sentence counts with another
// value: "four bytes of type" where the lecture says "two bytes of type … four
// bytes of check". Each time that the evidence has the value it must count
// something; a bare "four" might count anything.
func countsAnother(cl *claim, n *number) bool {
	mine := thing(cl.words, n)
	if mine == nil || n.n != 1 {
		return false
	}
	elsewhere, otherwise := false, false
	for i := range cl.contexts {
		ctx := &cl.contexts[i]
		for k := range ctx.numbers {
			e := &ctx.numbers[k]
			theirs := thing(ctx.words, e)
			switch equal := hasValue(e, n.values[0]); {
			case equal && (theirs == nil || theirs.aligns(mine)):
				return false
			case equal:
				elsewhere = true
			case theirs != nil && theirs.aligns(mine):
				otherwise = true
			}
		}
	}
	return elsewhere && otherwise
}

func hasValue(n *number, v float64) bool {
	for _, x := range n.values[:n.n] {
		if same(x, v) {
			return true
		}
	}
	for i := range n.parts {
		if hasValue(&n.parts[i], v) {
			return true
		}
	}
	return false
}

// thing returns the word for what n counts: the content word right behind it,
// or behind its unit and "of"; nil if there is none.
func thing(words []word, n *number) *word {
	i := n.to
	if n.unit.dim != noUnit {
		if i >= len(words) || words[i].low != "of" {
			return nil
		}
	}
	for ; i < len(words) && i < n.to+3; i++ {
		w := &words[i]
		switch {
		case w.kind == letterWord && w.content() && !w.cue.has(cueNumber|cueUnit):
			return w
		case w.low == "of" || w.low == "the":
		default:
			return nil
		}
	}
	return nil
}
