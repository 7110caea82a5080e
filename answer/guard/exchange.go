package guard

// pairsExchanged: the sentence and the evidence share two words and what each
// is said of, but crosswise: "the sender buffers, the receiver keeps a timer"
// where the receiver buffers and the sender keeps a timer. What is said of a
// word are the words behind it, up to the other of the two.
//
// Words that either side has twice are left out. All that is said has to be
// crossed, on both words: in a paraphrase that turns its clauses round, some of
// it stays.
func pairsExchanged(_ *language, cl *claim) bool {
	mine, theirs := sharedOnce(cl)
	for x := range mine {
		for y := x + 1; y < len(mine); y++ {
			if crossed(mine, theirs, x, y) {
				return true
			}
		}
	}
	return false
}

// maxShared bounds the words that are looked at in pairs.
const maxShared = 24

// sharedOnce returns the places of the content words that stand exactly once
// in the sentence and once in the evidence, in the sentence's order: there, and
// in the contexts one behind the other.
func sharedOnce(cl *claim) (mine, theirs []int) {
	for i := range cl.words {
		w := &cl.words[i]
		if !w.content() || len(mine) == maxShared || countOf(cl.words, w) != 1 {
			continue
		}
		n, at, offset := 0, 0, 0
		for k := range cl.contexts {
			words := cl.contexts[k].words
			for j := range words {
				if words[j].content() && words[j].aligns(w) {
					n++
					at = offset + j
				}
			}
			offset += len(words)
		}
		if n == 1 {
			mine, theirs = append(mine, i), append(theirs, at)
		}
	}
	return mine, theirs
}

func countOf(words []word, w *word) int {
	n := 0
	for i := range words {
		if words[i].content() && words[i].aligns(w) {
			n++
		}
	}
	return n
}

// crossed reports whether all that is said of words x and y changed sides.
func crossed(mine, theirs []int, x, y int) bool {
	ofX, ofY := 0, 0
	for k := range mine {
		if k == x || k == y {
			continue
		}
		a, b := owner(mine, x, y, k), owner(theirs, x, y, k)
		switch {
		case a < 0 || b < 0:
		case a == b:
			return false
		case a == x:
			ofX++
		default:
			ofY++
		}
	}
	return ofX > 0 && ofY > 0
}

// owner returns which of x and y stands last before k; -1 if neither does.
func owner(at []int, x, y, k int) int {
	owner, best := -1, -1
	for _, i := range []int{x, y} {
		if at[i] < at[k] && at[i] > best {
			owner, best = i, at[i]
		}
	}
	return owner
}
