package guard

import (
	"slices"
	"strings"
)

// reachNot is how many words a denial reaches.
const reachNot = 8

// denial is a word that denies, and the first content word behind it.
type denial struct{ at, head int }

// denials returns those of words.
func denials(words []word) []denial {
	var out []denial
	for i := range words {
		instead := words[i].cue.has(cueInstead) && i+1 < len(words) && (words[i+1].low == "of" || words[i+1].low == "than")
		if !instead && (!words[i].cue.has(cueNot) || !denies(words, i)) {
			continue
		}
		for k := i + 1; k < len(words) && k <= i+reachNot && words[k].clause == words[i].clause; k++ {
			if words[k].content() && !words[k].cue.has(cueAdverb) {
				out = append(out, denial{i, k})
				break
			}
		}
		if n := len(out); (n == 0 || out[n-1].at != i) && words[i].low == "nothing" && closesClause(words, i) &&
			i > 0 && words[i-1].content() && words[i-1].clause == words[i].clause { // "it mends nothing"
			out = append(out, denial{i, i - 1})
		}
	}
	return out
}

// closesClause reports whether no other word of its clause follows words[i].
func closesClause(words []word, i int) bool {
	return i+1 == len(words) || words[i+1].clause != words[i].clause
}

// denies reports whether the denying word at i denies: "not only", "no more
// than", "nothing but", "no doubt" and "not until" do not.
func denies(words []word, i int) bool {
	if i+1 >= len(words) {
		return true
	}
	if eased(words, i) {
		return false
	}
	switch words[i+1].low {
	case "only", "just", "merely", "solely", "least", "doubt", "matter", "until", "unless", "more", "less", "fewer", "later", "always", "all", "every":
		return words[i+1].low == "always" || words[i+1].low == "all" || words[i+1].low == "every"
	case "but":
		return words[i].low != "nothing"
	case "the": // "not the one that counts hops": it is another that counts them
		return i+2 >= len(words) || words[i+2].low != "one" && words[i+2].low != "ones"
	}
	return true
}

// eased reports whether the denial at i denies only an obstacle: "no trouble".
func eased(words []word, i int) bool {
	if i+1 >= len(words) || !words[i].cue.has(cueNot) {
		return false
	}
	switch words[i+1].low {
	case "trouble", "problem", "problems", "difficulty":
		return true
	}
	return false
}

// denied reports whether something near words[i] denies: a "not" in its clause,
// or a word that denies by its meaning and that the other side does not have
// too (a lost packet is lost on both).
func denied(words []word, i int, other []word) bool {
	lo, hi := max(0, i-reachNot), min(len(words), i+reachNot+1)
	for k := lo; k < hi; k++ {
		w := &words[k]
		if k == i || !w.cue.has(cueNot|cueLacks|cueInstead) || eased(words, k) || !w.cue.has(cueNot|cueInstead) && has(other, w.stem) {
			continue
		}
		if w.clause == words[i].clause {
			return true
		}
		// "No packet, whatever its size, arrives": a list or an insertion
		// between commas does not end a denial, a new clause does.
		if k < i && w.cue.has(cueNot) && onlyCommas(words[k:i]) {
			return true
		}
	}
	return false
}

// onlyCommas reports whether clauses of words are divided by commas alone.
func onlyCommas(words []word) bool {
	for _, w := range words {
		if w.cue.has(cueClause) || w.kind == signWord && breaksClause(firstRune(w.text)) && w.text != "," {
			return false
		}
	}
	return true
}

// denialAdded: the sentence denies a word that its evidence has, and never
// denies.
func denialAdded(lang *language, cl *claim) bool {
	for _, d := range denials(cl.words) {
		head := &cl.words[d.head]
		if contrasts(cl.words, d.at) || twiceDenied(cl.words, d.at) || compared(cl.words, d.head) || saysBoth(cl.words, d) ||
			heldOnce(cl, d.at) || deniesVerb(cl, d.at) {
			continue
		}
		found, agreed := false, false
		for i := range cl.contexts {
			e := cl.contexts[i].words
			for k := range e {
				if !e[k].content() || !e[k].aligns(head) || asked(e, k) {
					continue
				}
				if denied(e, k, cl.words) {
					agreed = true
				}
				if shared(near(cl.words, d.head, 12), window(e, k, 12), head) > 0 {
					found = true
				}
			}
			agreed = agreed || slices.ContainsFunc(denials(e), func(d denial) bool { return akin(e[d.head].low, head.low) })
			for k := range e { // "must forget" for "does not remember"
				if lang.areOpposite(e[k].stem, head.stem) {
					agreed = true
				}
			}
		}
		if found && !agreed && !takesBack(cl) {
			return true
		}
	}
	return false
}

// denialDropped: the evidence denies a word that the sentence has, and neither
// denies nor says by its opposite; and it does not affirm the word where it
// speaks of the same.
func denialDropped(_ *language, cl *claim) bool {
	for i := range cl.contexts {
		e := cl.contexts[i].words
		for _, d := range denials(e) {
			head := &e[d.head]
			if asked(e, d.at) || twiceDenied(e, d.at) || hasLow(cl.words, "unless") && !hasLow(e, "unless") { // "takes it unless you pay" for "if you pay, never takes it"
				continue
			}
			found, agreed := 0, false
			for k := range cl.words {
				if !cl.words[k].content() || !cl.words[k].aligns(head) {
					continue
				}
				if denied(cl.words, k, e) || takenUp(e, d) || cl.words[k].cue.has(cueLacks) {
					agreed = true
				}
				found = max(found, shared(window(cl.words, k, 10), window(e, d.head, reachOf(e, d.at)), head))
			}
			if found > 0 && !agreed && found > affirmed(cl, head)+1 && !deniesAlike(cl.words, head) {
				return true
			}
		}
	}
	return false
}

// reachOf returns how far from the denial at i stands what is denied: farther
// if it is denied of an "it", for then its subject was said before.
func reachOf(words []word, i int) int {
	for k := max(0, i-3); k < i; k++ {
		if words[k].low == "it" || words[k].low == "they" {
			return 2 * reachNot
		}
	}
	return reachNot
}

// deniesAlike reports whether words deny something that is made from head:
// "sends no acknowledgement" for "does not acknowledge".
func deniesAlike(words []word, head *word) bool {
	return slices.ContainsFunc(denials(words), func(d denial) bool { return related(words[d.head].low, head.low) })
}

// related reports whether two words begin alike for so long that one is made
// from the other.
func related(a, b string) bool {
	const root = 6
	return len(a) >= root && len(b) >= root && a[:root] == b[:root]
}

// affirmed returns how many words the sentence shares with what stands around
// an occurrence of head in the evidence that is not denied; -1 if there is
// none, which lets one shared word suffice.
func affirmed(cl *claim, head *word) int {
	best := -1
	for i := range cl.contexts {
		e := cl.contexts[i].words
		for k := range e {
			if e[k].content() && e[k].aligns(head) && !denied(e, k, cl.words) {
				best = max(best, shared(cl.words, window(e, k, reachNot), head))
			}
		}
	}
	return best
}

// contrasts reports whether the denial at i is half of a contrast: "not the
// packets but the bytes".
func contrasts(words []word, i int) bool {
	for _, w := range words[i+1:] {
		if w.low == "but" || w.cue.has(cueInstead) {
			return true
		}
	}
	return false
}

// twiceDenied reports whether another denial stands close to the one at i in
// its clause: what both together mean is not judged.
func twiceDenied(words []word, i int) bool {
	for k := max(0, i-4); k < len(words) && k <= i+6; k++ {
		if k > i+4 && !strings.HasPrefix(words[k].low, "un") { // "can't change it unnoticed"
			continue
		}
		if k != i && words[k].clause == words[i].clause && words[k].cue.has(cueNot|cueLacks) {
			return true
		}
	}
	return false
}
