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
		hence := i > 0 && pointsAt(words[:i]) && !asked(words, i) && // "that's why", "that's where it comes from"
			(w.low == "why" || w.low == "where" && hasLow(words[i:min(len(words), i+8)], "from"))
		if !w.cue.has(cueThan|cueBefore|cueAfter|cueCause|cueBecause) && !conditional && !hence {
			continue
		}
		if i+1 < len(words) && (words[i+1].low == "otherwise" || words[i+1].low == "else") || // "because otherwise" says what would be
			i > 0 && conditional && words[i-1].low == "even" {
			continue
		}
		r := relation{left: leftOf(words, i), right: rightOf(words, i)}
		switch {
		case w.cue.has(cueThan):
			k := comparativeBefore(words, i)
			if k < 0 {
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
		goesBack := w.cue.has(cueCause) && w.cue.has(cueFunction)                            // "So A, B": the cause is the sentence before
		if r.kind != comparison && opens && !goesBack && (len(r.left) == 0 || conditional) { // "Because A, B"
			for k := i + 1; k < len(words) && !endsHere(words[k]); k++ {
				if words[k].text == "," {
					r.right, r.left = words[i+1:k], rightOf(words, k)
					break
				}
			}
		}
		if hence {
			r.left = pointedAt(words[:i])
		}
		if len(r.left) == 0 && i > 1 && words[i-1].text == "?" { // "Why B? Because A."
			r.left = leftOf(words, i-1)
		}
		if r.kind == causation { // "A, so B, and so C": B is the cause of C alone
			r.left, r.right = afterCause(r.left), beforeCause(r.right)
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

func hasLow(words []word, low string) bool {
	return slices.ContainsFunc(words, func(w word) bool { return w.low == low })
}

// pointsAt reports whether words end with a word for what was said: "that's",
// "that is", "which is".
func pointsAt(words []word) bool {
	for i := len(words) - 1; i >= 0 && i >= len(words)-2; i-- {
		switch words[i].low {
		case "that", "which", "this":
			return true
		case "is", "was":
		default:
			return false
		}
	}
	return false
}

// pointedAt returns what the end of words points at: in "A. That's", A.
func pointedAt(words []word) []word {
	k := len(words) - 1
	for k > 0 && (words[k].low == "is" || words[k].low == "was") {
		k--
	}
	if k > 0 && words[k-1].kind == signWord {
		k--
	}
	return leftOf(words, k)
}

// afterCause returns what stands behind the last word between cause and
// effect; beforeCause what stands before the first.
func afterCause(words []word) []word {
	for i := len(words) - 1; i > 0; i-- {
		if words[i].low == "so" || words[i].low == "therefore" {
			return words[i+1:]
		}
	}
	return words
}

func beforeCause(words []word) []word {
	for i := 1; i < len(words); i++ {
		if words[i].low == "so" || words[i].low == "therefore" {
			return words[:i]
		}
	}
	return words
}

// comparativeBefore returns the word that compares before the "than" at i, at
// most five words away; -1 if there is none. A word that is known to compare
// goes before one that only ends like it, header or router.
func comparativeBefore(words []word, i int) int {
	like := -1
	for k := i - 1; k >= 0 && i-k <= 5; k-- {
		switch {
		case !isComparative(&words[k]):
		case words[k].low == "more" || words[k].low == "less" || words[k].low == "fewer" || inflected(&words[k]):
			return k
		case like < 0:
			like = k
		}
	}
	return like
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
