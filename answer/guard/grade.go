package guard

import "strings"

// grade is a comparison of degree: more patient, less patient, faster, slow
// compared with.
type grade struct {
	at   int    // of the word that says the quality
	stem string // of the quality
	less bool   // less of it, not more
}

// grades returns those of words.
func grades(words []word) []grade {
	var out []grade
	for i := range words {
		w := &words[i]
		if w.kind != letterWord {
			continue
		}
		switch {
		case w.low == "more" || w.low == "less":
			if i+1 < len(words) && words[i+1].content() && !words[i+1].cue.has(cueNumber) {
				out = append(out, grade{i + 1, words[i+1].stem, w.low == "less"})
			}
		case len(w.low) > 4 && strings.HasSuffix(w.low, "er") && inflected(w): // faster, whose stem is fast
			out = append(out, grade{i, w.stem, false})
		case i+1 < len(words) && words[i+1].low == "compared":
			out = append(out, grade{i, w.stem, false})
		}
	}
	return out
}

// sentenceAt returns the sentence of words[i], or if that goes on for longer
// than contextWords, 8 words on either side.
func sentenceAt(words []word, i int) []word {
	if s := window(words, i, contextWords); len(s) <= contextWords {
		return s
	}
	return window(words, i, 8)
}

// gradeTurned: the sentence says that something is more patient, or slower,
// where the evidence says that it is less patient, or faster, of the same
// thing; and the evidence says it nowhere as the sentence does. Where both say
// "than", orderTurned judges.
func gradeTurned(lang *language, cl *claim) bool {
	for _, m := range grades(cl.words) {
		if nearNot(cl.words, m.at) {
			continue
		}
		turned, agrees := false, false
		for i := range cl.contexts {
			words := cl.contexts[i].words
			for _, e := range grades(words) {
				opposite := lang.areOpposite(m.stem, e.stem)
				switch {
				case m.stem != e.stem && !opposite:
				case (opposite == (m.less == e.less)) == nearNot(words, e.at):
					agrees = true
				default:
					turned = turned || ofTheSame(cl.words, words, m.at, e.at)
				}
			}
		}
		if turned && !agrees {
			return true
		}
	}
	return false
}

// ofTheSame reports whether the grades at i of a and at k of b are of one
// thing, as far as the words around them tell.
func ofTheSame(a, b []word, i, k int) bool {
	mine, theirs := against(a, i), against(b, k)
	switch {
	case mine != nil && theirs != nil:
		return theirs[0].low == "compared" && shared(mine, theirs, nil) > 0
	case mine != nil: // "more patient than the doctor": it is not the doctor who is less patient
		clause := near(b, k, contextWords)
		return shared(leftOf(a, i), clause, &b[k]) > shared(mine, clause, &b[k])
	case theirs != nil:
		clause := near(a, i, contextWords)
		return shared(leftOf(b, k), clause, &b[k]) > shared(theirs, clause, &b[k])
	}
	return shared(sentenceAt(a, i), sentenceAt(b, k), &b[k]) > 0
}

// against returns what the grade at i is measured by, from the word that says
// so on: "than the doctor", "compared with iron"; nil if nothing is.
func against(words []word, i int) []word {
	for k := i + 1; k < len(words) && k <= i+5 && !endsHere(words[k]); k++ {
		if words[k].cue.has(cueThan) || words[k].low == "compared" {
			end := k + 1
			for end < len(words) && end-k <= sideWords && words[end].clause == words[k].clause {
				end++
			}
			return words[k:end]
		}
	}
	return nil
}

// nearNot reports whether a denial stands within four words before words[i].
func nearNot(words []word, i int) bool {
	for k := max(0, i-4); k < i; k++ {
		if words[k].cue.has(cueNot) && words[k].clause == words[i].clause {
			return true
		}
	}
	return false
}
