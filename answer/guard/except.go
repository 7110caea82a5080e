package guard

import "slices"

// exceptionDropped: the sentence says of the exception what the evidence says of
// the rest: "the salt goes into the pot on the stove" for "the salt goes into
// every pot except the one on the stove". The sentence has all content words
// behind the "except" and two of those before it, and no word that sets anything
// apart, denies or compares.
func exceptionDropped(_ *language, cl *claim) bool {
	for i := range cl.words {
		w := &cl.words[i]
		if w.cue.has(cueAll|cueSome|cueOnly|cueInstead) && w.kind == letterWord || apart[w.low] {
			return false
		}
	}
	for i := range cl.contexts {
		e := cl.contexts[i].words
		for k := range e {
			if e[k].low != "except" || k+1 == len(e) || e[k+1].low == "that" || connectives[e[k+1].low] != "" {
				continue
			}
			but := rightOf(e, k)
			if comma := slices.IndexFunc(but, func(w word) bool { return w.kind == signWord }); comma >= 0 {
				but = but[:comma]
			}
			n := contentOf(but)
			if n > 0 && shared(but, cl.words, nil) == n && saidBefore(but, e, k) == 0 && shared(leftOf(e, k), cl.words, nil) >= 2 &&
				!deniesOther(cl.words, e[:k]) {
				return true
			}
		}
	}
	return false
}

// saidBefore counts the content words of part that the sentence of words[i] has before
// words[i] too.
func saidBefore(part, words []word, i int) int { return shared(part, leftOf(words, i), nil) }

// deniesOther reports whether a denies a word of b that b does not deny.
func deniesOther(a, b []word) bool {
	for i := range a {
		if !a[i].content() || !denied(a, i, b) {
			continue
		}
		for k := range b {
			if b[k].content() && b[k].aligns(&a[i]) && !denied(b, k, a) {
				return true
			}
		}
	}
	return false
}

// apart are words that set something apart from the rest.
var apart = wordSet(`except excepted exception besides other others else elsewhere but rest remaining different differs without than save`)
