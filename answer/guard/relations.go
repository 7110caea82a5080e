package guard

import "slices"

// relation is a word that puts two sides in an order.
type relation struct {
	kind relationKind
	// turned: the sides stand in reverse: "because" stands between effect and
	// cause, "so" between cause and effect.
	turned      bool
	by          string // stem of the word that compares; of comparisons only
	left, right []word
}

type relationKind uint8

const (
	comparison relationKind = iota
	sequence
	causation
)

// sideWords is how many words belong to a side of a relation.
const sideWords = 12

// relations returns those of words.
func relations(words []word) []relation {
	var out []relation
	for i := range words {
		w := &words[i]
		conditional := w.low == "if" || w.low == "when"
		if !w.cue.has(cueThan|cueBefore|cueAfter|cueCause|cueBecause) && !conditional {
			continue
		}
		if i+1 < len(words) && (words[i+1].low == "otherwise" || words[i+1].low == "else") || // "because otherwise" says what would be
			i > 0 && conditional && words[i-1].low == "even" {
			continue
		}
		r := relation{left: leftOf(words, i), right: rightOf(words, i)}
		switch {
		case w.cue.has(cueThan):
			k := i - 1
			for k >= 0 && i-k <= 5 && !isComparative(&words[k]) {
				k--
			}
			if k < 0 || i-k > 5 {
				continue
			}
			r.by, r.left = words[k].stem, leftOf(words, k)
		case w.cue.has(cueBefore | cueAfter):
			r.kind, r.turned = sequence, w.cue.has(cueAfter)
		default:
			r.kind, r.turned = causation, w.cue.has(cueBecause) || conditional
			if w.low == "due" && (i+1 >= len(words) || words[i+1].low != "to") {
				continue
			}
			if w.cue.has(cueCause) && i+1 < len(words) && words[i+1].low == "by" {
				r.turned = !r.turned
			}
		}
		opens := i == 0 || words[i-1].kind == signWord || words[i-1].low == "and" || words[i-1].low == "but"
		if r.kind != comparison && opens && (len(r.left) == 0 || conditional) { // "Because A, B"
			for k := i + 1; k < len(words) && !endsHere(words[k]); k++ {
				if words[k].text == "," {
					r.right, r.left = words[i+1:k], rightOf(words, k)
					break
				}
			}
		}
		if len(r.left) == 0 && i > 1 && words[i-1].text == "?" { // "Why B? Because A."
			r.left = leftOf(words, i-1)
		}
		if len(r.left) > 0 && len(r.right) > 0 {
			if out == nil {
				out = make([]relation, 0, 4)
			}
			out = append(out, r)
		}
	}
	return out
}

func isComparative(w *word) bool {
	return w.kind == letterWord && len(w.low) > 3 && w.low[len(w.low)-2:] == "er" || w.cue.has(cueMore|cueLess) || w.low == "more" || w.low == "less" ||
		w.low == "worse"
}

func leftOf(words []word, i int) []word {
	from := i
	for from > 0 && i-from < sideWords && !endsHere(words[from-1]) {
		from--
	}
	return words[from:i]
}

func rightOf(words []word, i int) []word {
	to := i + 1
	for to < len(words) && to-i <= sideWords && !endsHere(words[to]) {
		to++
	}
	return words[i+1 : to]
}

// orderTurned: a relation of the sentence has the sides of one of the evidence
// in reverse, and none that agrees with it.
func orderTurned(lang *language, cl *claim) bool {
	mine := relations(cl.words)
	if len(mine) == 0 {
		return false
	}
	theirs := make([][]relation, len(cl.contexts))
	for k := range cl.contexts {
		theirs[k] = relations(cl.contexts[k].words)
	}
	for i := range mine {
		m := &mine[i]
		turned, agrees := false, false
		for k := range cl.contexts {
			for j := range theirs[k] {
				e := &theirs[k][j]
				if e.kind != m.kind {
					continue
				}
				reverse := m.turned != e.turned
				if m.kind == comparison {
					same, opposite := sameScale(lang, m.by, e.by)
					if !same && !opposite {
						continue
					}
					reverse = opposite
				}
				agree, turn := alignment(m, e, reverse)
				turned, agrees = turned || turn, agrees || agree
			}
		}
		if turned && !agrees {
			return true
		}
	}
	return false
}

// sameScale reports whether two words compare on one scale in the same
// direction, or in opposite ones.
func sameScale(lang *language, a, b string) (same, opposite bool) {
	if a == b {
		return true, false
	}
	if lang.areOpposite(a, b) {
		return false, true
	}
	for _, x := range lang.antonyms[a] {
		if slices.Contains(lang.antonyms[b], x) {
			return true, false
		}
	}
	return false, false
}

// alignment reports whether the sides of a have words of the same sides of b,
// and whether both have words of the opposite ones and fewer of the same; of b
// turned round, if reverse is true.
func alignment(a, b *relation, reverse bool) (agrees, turned bool) {
	left, right := b.left, b.right
	if reverse {
		left, right = right, left
	}
	ll, rr := only(a.left, a.right, left, right), only(a.right, a.left, right, left)
	lr, rl := only(a.left, a.right, right, left), only(a.right, a.left, left, right)
	return ll+rr > lr+rl || ll > 0 && rr > 0, lr > 0 && rl > 0 && lr+rl > ll+rr
}

// only counts the content words of a, but not of notA, that stand in b, but
// not in notB.
func only(a, notA, b, notB []word) int {
	n := 0
	for i := range a {
		w := &a[i]
		if w.content() && !w.cue.has(cueCause|cueBecause) && !holds(notA, w) && holds(b, w) && !holds(notB, w) {
			n++
		}
	}
	return n
}

func holds(words []word, w *word) bool {
	for i := range words {
		if words[i].content() && words[i].aligns(w) {
			return true
		}
	}
	return false
}
