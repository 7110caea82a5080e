package guard

import "unicode"

// pairsExchanged: the sentence and the evidence share two words and what each
// is said of, but crosswise: "the sender buffers, the receiver keeps a timer"
// where the receiver buffers and the sender keeps a timer. What is said of a
// word are the words behind it, up to the other of the two.
//
// Words that either side has twice are left out. All that is said has to be
// crossed, on both words: in a paraphrase that turns its clauses round, some of
// it stays.
func pairsExchanged(lang *language, cl *claim) bool {
	for i := range cl.contexts {
		evidence := cl.contexts[i].words
		mine, theirs := sharedOnce(cl.words, evidence)
		for x := range mine {
			nouns := nounLike(cl.words, mine[x]) && nounLike(evidence, theirs[x])
			for y := x + 1; y < len(mine); y++ {
				if (nouns && nounLike(cl.words, mine[y]) && nounLike(evidence, theirs[y]) ||
					lang.areOpposite(cl.words[mine[x]].stem, cl.words[mine[y]].stem)) && crossed(mine, theirs, x, y) {
					return true
				}
			}
		}
	}
	return false
}

// nounLike reports whether the word at i stands as nouns do: with a capital or
// a digit, at the beginning of a clause, or behind an article or one of those
// and a word that describes it.
func nounLike(words []word, i int) bool {
	if mixed(words[i].text) || isUpperFirst(words[i].text) {
		return true
	}
	for k := i - 1; k >= 0 && k >= i-2; k-- {
		if words[k].cue.has(cueArticle) || words[k].clause != words[i].clause {
			return true
		}
		if !words[k].content() {
			return false
		}
	}
	return i < 2
}

// maxShared bounds the words that are looked at in pairs.
const maxShared = 24

// sharedOnce returns the places of the content words that stand exactly once
// in a and once in b, in a's order.
func sharedOnce(a, b []word) (inA, inB []int) {
	for i := range a {
		w := &a[i]
		if !w.content() || len(inA) == maxShared || onlyPlace(a, w) < 0 {
			continue
		}
		if k := onlyPlace(b, w); k >= 0 {
			inA, inB = append(inA, i), append(inB, k)
		}
	}
	return inA, inB
}

// onlyPlace returns where w stands, if it does exactly once; otherwise -1.
func onlyPlace(words []word, w *word) int {
	place := -1
	for i := range words {
		if words[i].aligns(w) && words[i].content() {
			if place >= 0 {
				return -1
			}
			place = i
		}
	}
	return place
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

func isUpperFirst(s string) bool { return unicode.IsUpper(firstRune(s)) }
