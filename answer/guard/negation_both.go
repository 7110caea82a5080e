package guard

// What keeps the rules of denial silent: ways to deny a thing and say it in one
// breath.

// saysBoth reports whether words say the head of d in another clause without
// denying it: "not unique in the town, only unique in its street".
func saysBoth(words []word, d denial) bool {
	for k := range words {
		if words[k].clause != words[d.head].clause && words[k].content() && words[k].aligns(&words[d.head]) && !denied(words, k, words) {
			return true
		}
	}
	return false
}

// heldOnce reports whether the denial at i says that something no longer holds,
// and the evidence denies something or speaks of another time. Whether it is the
// same thing, words do not tell.
func heldOnce(cl *claim, i int) bool {
	longer := false
	for k := i + 1; k < len(cl.words) && k <= i+2*reachNot && !endsHere(cl.words[k]); k++ {
		switch w := cl.words[k].low; {
		case w == "anymore", w == "more" && cl.words[k-1].low == "any", w == "longer" && cl.words[k-1].low == "no":
			longer = true
		}
	}
	if !longer {
		return false
	}
	for _, ctx := range cl.contexts {
		if hasDenial(ctx.words) {
			return true
		}
		for k := range ctx.words {
			if otherTime[ctx.words[k].low] {
				return true
			}
		}
	}
	return false
}

// otherTime are words that tell one time from another.
var otherTime = wordSet(`was were had once old older originally formerly earlier used until now nowadays today removed gone replaced`)

// deniesVerb reports whether the denying word at i is the object of a verb that
// the evidence denies too: "knows nothing about the road" for "you know
// nothing".
func deniesVerb(cl *claim, i int) bool {
	switch cl.words[i].low {
	case "nothing", "nobody", "none", "nowhere":
	default:
		return false
	}
	if i == 0 || !cl.words[i-1].content() || cl.words[i-1].clause != cl.words[i].clause {
		return false
	}
	for _, ctx := range cl.contexts {
		for k := range ctx.words {
			if ctx.words[k].content() && ctx.words[k].aligns(&cl.words[i-1]) && denied(ctx.words, k, cl.words) {
				return true
			}
		}
	}
	return false
}

// takenUp reports whether the sentence of d affirms of another what d denies, by
// an auxiliary alone: "the cat can't see it, but the owl can".
func takenUp(words []word, d denial) bool {
	for k := d.head + 1; k < len(words) && !endsHere(words[k]); k++ {
		if ends := k+1 == len(words) || words[k+1].kind == signWord; ends && auxiliaries[words[k].low] &&
			words[k].clause != words[d.at].clause && !words[k].cue.has(cueNot) {
			return true
		}
	}
	return false
}

// akin reports whether two words begin alike for five letters and for most of
// the shorter: collide and collision.
func akin(a, b string) bool {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n >= 5 && 3*n >= 2*min(len(a), len(b))
}
