package guard

import "slices"

// answeredNo: the sentence says what the evidence asks and answers with no:
// "So does it mean that the site is safe? No."
func answeredNo(_ *language, cl *claim) bool {
	if hasDenial(cl.words) {
		return false
	}
	for i := range cl.contexts {
		if !hasLow(cl.contexts[i].words, "?") {
			continue
		}
		sentences := sentencesOf(cl.contexts[i].words)
		for k := 0; k+1 < len(sentences); k++ {
			q, a := sentences[k], sentences[k+1]
			if q[len(q)-1].text != "?" || a[0].low != "no" || !yesOrNo(q) {
				continue
			}
			if n := shared(q, cl.words, nil); n >= 2 && 3*n >= 2*contentOf(q) {
				return true
			}
		}
	}
	return false
}

// yesOrNo reports whether a question asks for yes or no: it begins with an
// auxiliary.
func yesOrNo(q []word) bool {
	for i := range q {
		switch q[i].low {
		case "so", "and", "but", "then", "now", "well", ",":
			continue
		}
		return auxiliaries[q[i].low]
	}
	return false
}

// statementWithdrawn: the sentence says what the evidence says and then takes
// back: "… That was the design, and it's not true any more." A sentence that
// denies or limits anything, or speaks of the past, is not judged.
func statementWithdrawn(_ *language, cl *claim) bool {
	if hasDenial(cl.words) || limits(cl.words) {
		return false
	}
	for i := range cl.contexts {
		if withdrawing(cl.contexts[i].words) < 0 {
			continue
		}
		sentences := sentencesOf(cl.contexts[i].words)
		for k := 1; k < len(sentences); k++ {
			if !withdraws(sentences[k]) {
				continue
			}
			n := shared(cl.words, sentences[k-1], nil)
			if n >= 2 && 2*n >= contentOf(cl.words) && n > shared(cl.words, sentences[k], nil) {
				return true
			}
		}
	}
	return false
}

// withdraws reports whether a sentence takes back what was said before it.
func withdraws(s []word) bool {
	i := withdrawing(s)
	return i >= 0 && (s[i].low == "withdraw" || pointsBack(s))
}

// withdrawing returns the first word of those that take something back, "not
// true" or "withdraw"; -1 if there is none.
func withdrawing(words []word) int {
	for i := range words {
		switch words[i].low {
		case "true", "right", "correct":
			if nearNot(words, i) {
				return i
			}
		case "withdraw":
			return i
		}
	}
	return -1
}

// takesBack reports whether the evidence takes anything back.
func takesBack(cl *claim) bool {
	for i := range cl.contexts {
		if words := cl.contexts[i].words; withdrawing(words) >= 0 && slices.ContainsFunc(sentencesOf(words), withdraws) {
			return true
		}
	}
	return false
}

// hasDenial reports whether words deny anything; "no other" does not.
func hasDenial(words []word) bool {
	for i := range words {
		if words[i].cue.has(cueNot) && !(i+1 < len(words) && words[i+1].low == "other") {
			return true
		}
	}
	return false
}

// limits reports whether words say that something holds in part or held once.
func limits(words []word) bool {
	for i := range words {
		if limiting[words[i].low] || timeHedges[words[i].low] {
			return true
		}
	}
	return false
}

// limiting are words of what holds in part or held once.
var limiting = wordSet(`only was were had used once originally formerly earlier except unless without longer roughly but although though while
	if when provided design intended supposed meant`)

func contentOf(words []word) int { return shared(words, words, nil) }
