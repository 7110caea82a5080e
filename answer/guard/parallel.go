package guard

// partnerSwitched: the evidence says one thing of each of several names,
// clause by clause ("6 is TCP, 17 is UDP"), and the sentence says of one of
// them what is said of another. That is, it has a name of one clause and
// nothing else that only this clause has, but something that only a clause
// with another name has, which the sentence leaves out.
func partnerSwitched(_ *language, cl *claim) bool {
	for i := range cl.contexts {
		list := listed(cl.contexts[i].words)
		for k := 1; k < len(list); k++ {
			x, y := list[k-1], list[k]
			if (switched(cl.words, x, y) || switched(cl.words, y, x)) && alike(x, y) {
				return true
			}
		}
	}
	return false
}

// listed returns the clauses of words that have one name each, if they stand
// side by side.
func listed(words []word) [][]word {
	var out [][]word
	for from := 0; from < len(words); {
		to := from
		for to < len(words) && !parts(&words[to]) && !endsHere(words[to]) {
			to++
		}
		out = append(out, words[from:to])
		from = to + 1
	}
	return out
}

// alike reports whether two clauses have a verb in common, or another word
// that is not a name: "turns names into", "turns addresses into".
func alike(x, y []word) bool {
	for i := range x {
		for k := range y {
			w, v := &x[i], &y[k]
			if w.kind == letterWord && v.kind == letterWord && (auxiliaries[w.low] && w.low == v.low || w.content() && !isProper(w) && w.aligns(v)) {
				return true
			}
		}
	}
	return false
}

// switched reports whether claim says of the name of clause x what only clause
// y says, of a name that claim leaves out.
func switched(claim, x, y []word) bool {
	mine, theirs := nameOf(x), nameOf(y)
	if mine == nil || theirs == nil || mine.aligns(theirs) || holds(y, mine) || holds(x, theirs) || !holds(claim, mine) || holds(claim, theirs) {
		return false
	}
	only := 0
	for i := range claim {
		w := &claim[i]
		if !w.content() || w.aligns(mine) {
			continue
		}
		inX, inY := holds(x, w), holds(y, w)
		if inX && !inY {
			return false
		}
		if inY && !inX {
			only++
		}
	}
	return only > 0
}

// nameOf returns the first word of a clause that is written like a name, if
// the clause says something else too; nil if there is none.
func nameOf(clause []word) *word {
	for i := range clause {
		w := &clause[i]
		if w.kind == letterWord && w.content() && len(w.text) > 1 && (isProper(w) || i == 0 && isUpperFirst(w.text)) {
			return w
		}
	}
	return nil
}
