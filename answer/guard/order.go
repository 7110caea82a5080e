package guard

import "slices"

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
		var all sides
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
				all = all.or(alignment(m, e, reverse))
			}
		}
		if all.turned && all.agree == 0 || !all.straight && all.cross > all.agree {
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

// sides says how the sides of a relation stand to those of others.
type sides struct {
	straight bool // words of both stand on the same sides
	turned   bool // words of both stand on the opposite sides, and fewer on the same
	agree    int  // of the relation that agrees most, how many words stand on the same side
	cross    int  // of those that have none on the same, how many stand on the opposite one
}

func (s sides) or(t sides) sides {
	return sides{s.straight || t.straight, s.turned || t.turned, max(s.agree, t.agree), max(s.cross, t.cross)}
}

// alignment compares the sides of a with those of b, or of b turned round if
// reverse is true.
func alignment(a, b *relation, reverse bool) sides {
	left, right := b.left, b.right
	if reverse {
		left, right = right, left
	}
	ll, rr := only(a.left, a.right, left, right), only(a.right, a.left, right, left)
	lr, rl := only(a.left, a.right, right, left), only(a.right, a.left, left, right)
	if hasDenial(a.left) != hasDenial(right) && hasDenial(a.right) != hasDenial(left) {
		lr, rl = 0, 0 // "A, so no B" for "if B, then no A"
	}
	s := sides{straight: ll > 0 && rr > 0, turned: lr > 0 && rl > 0 && lr+rl > ll+rr}
	if s.straight || ll+rr > lr+rl {
		s.agree = ll + rr
	}
	if s.turned && ll+rr == 0 {
		s.cross = lr + rl
	}
	return s
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
