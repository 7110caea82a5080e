package guard

import "slices"

func (l *language) areOpposite(a, b string) bool { return slices.Contains(l.antonyms[a], b) }

// oppositeSaid: the sentence has a word of which the evidence has only the
// opposite, near the same words, and both are denied or neither is.
func oppositeSaid(lang *language, cl *claim) bool {
	for i := range cl.words {
		w := &cl.words[i]
		opposites := lang.antonyms[w.stem]
		if w.kind != letterWord || len(opposites) == 0 || compared(cl.words, i) || i > 0 && cl.words[i-1].low == "too" {
			continue
		}
		same, turned := -1, -1
		for _, ctx := range cl.contexts {
			for k := range ctx.words {
				e := &ctx.words[k]
				if e.kind != letterWord {
					continue
				}
				isSame, isTurned := e.stem == w.stem, slices.Contains(opposites, e.stem)
				if !isSame && !isTurned {
					continue
				}
				score := shared(window(cl.words, i, 6), window(ctx.words, k, 8), w)
				if widens[w.low] != 0 || w.low == "nothing" || w.low == "nobody" { // says how much of one thing only
					score = shared(near(cl.words, i, 6), near(ctx.words, k, 8), w)
				}
				if isDenied := denied(cl.words, i, ctx.words) != denied(ctx.words, k, cl.words); isTurned && isDenied {
					isSame = true
				}
				if isSame {
					same = max(same, score)
				} else if score > 0 && !compared(ctx.words, k) && !has(cl.words, e.stem) {
					turned = max(turned, score)
				}
			}
		}
		if turned > 0 && (same < 0 || turned > same+1) {
			return true
		}
	}
	return false
}

func has(words []word, stem string) bool {
	for i := range words {
		if words[i].stem == stem {
			return true
		}
	}
	return false
}

// compared reports whether the word at i compares two sides: "than" follows.
func compared(words []word, i int) bool {
	for k := i + 1; k < len(words) && k <= i+5 && !endsHere(words[k]); k++ {
		if words[k].cue.has(cueThan) {
			return true
		}
	}
	return words[i].cue.has(cueBefore | cueAfter)
}
