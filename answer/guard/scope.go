package guard

// scopeWidened: the sentence says all, always, every, only or must, and the
// evidence has no word of that kind.
func scopeWidened(lang *language, cl *claim) bool {
	for i := range cl.words {
		w := &cl.words[i]
		wide := w.kind == letterWord && widens[w.low] && !(i > 0 && cl.words[i-1].cue.has(cueNot))
		if !wide || w.low == "all" && i > 0 && cl.words[i-1].low == "at" || w.low == "only" && i > 0 && cl.words[i-1].low == "not" {
			continue
		}
		found := false
		for k := range cl.contexts {
			for _, e := range cl.contexts[k].words {
				if e.cue.has(cueAll) || e.cue.has(cueNot) && (w.low == "only" || w.low == "never") || e.cue.has(cueOnly) && w.low == "only" {
					found = true
				}
			}
		}
		if !found {
			return true
		}
	}
	return false
}

// widens are the words that claim that there is no exception.
var widens = map[string]bool{
	"always": true, "all": true, "every": true, "everyone": true, "everybody": true, "everything": true, "everywhere": true,
	"only": true, "solely": true, "exclusively": true, "never": true, "invariably": true, "guarantees": true, "guaranteed": true,
	"guarantee": true, "must": true, "none": true, "entirely": true, "completely": true, "impossible": true,
}

// boundTurned: a number is a lower bound in the sentence and an upper bound in
// the evidence, or the other way round.
func boundTurned(lang *language, cl *claim) bool {
	for i := range cl.numbers {
		n := &cl.numbers[i]
		mine := bound(cl.words, n)
		if mine == 0 || n.n == 0 {
			continue
		}
		turned, agrees := false, false
		for k := range cl.contexts {
			for j := range cl.contexts[k].numbers {
				e := &cl.contexts[k].numbers[j]
				if e.n == 0 || !same(n.values[0], e.values[0]) {
					continue
				}
				switch b := bound(cl.contexts[k].words, e); {
				case b == -mine:
					turned = true
				default:
					agrees = true
				}
			}
		}
		if turned && !agrees {
			return true
		}
	}
	return false
}

// bound returns 1 if n is a lower bound, -1 if it is an upper one, else 0.
func bound(words []word, n *number) int {
	at := func(i int) string {
		if i < 0 || i >= len(words) {
			return ""
		}
		return words[i].low
	}
	i := n.from
	b := 0
	switch w := at(i - 1); w {
	case "least":
		b = 1
	case "most":
		if at(i-2) == "at" {
			b = -1
		}
	case "over", "above", "exceeding", "exceeds", "exceed", "minimum":
		b = 1
	case "under", "below", "maximum":
		b = -1
	case "to":
		if at(i-2) == "up" {
			b = -1
		}
	case "of":
		switch at(i - 2) {
		case "minimum":
			b = 1
		case "maximum":
			b = -1
		}
	case "than":
		switch at(i - 2) {
		case "more", "greater", "larger", "higher", "longer":
			b = 1
		case "less", "fewer", "smaller", "lower", "shorter":
			b = -1
		}
		if k := i - 3; k >= 0 && words[k].cue.has(cueNot) || k > 0 && words[k-1].cue.has(cueNot) {
			b = -b
		}
	}
	if b == 0 && at(n.to) == "or" {
		switch at(n.to + 1) {
		case "more", "above", "longer", "greater":
			b = 1
		case "less", "fewer", "below", "smaller":
			b = -1
		}
	}
	return b
}
