package guard

import (
	"slices"
	"strings"
)

// connectives are words that join two clauses, and those that join the same
// clauses to the opposite effect.
var connectives = map[string]string{
	"because": "although though", "although": "because", "though": "because",
	"if": "unless", "when": "unless", "unless": "if when",
	"before": "after", "after": "before until", "until": "after",
}

// connectiveSwapped: the sentence and the evidence join the same two clauses,
// the sentence by a word of the opposite effect: "unless it rains we walk" for
// "if it rains we walk". What the words join is the rest of the clause behind
// them; it must be the same in all its content words or in three of them, and
// the main clause must share one more. If either side denies something there or
// has an opposite of it, or has the other's connective too, the rule is silent:
// "unless you pay" is "if you don't pay".
func connectiveSwapped(lang *language, cl *claim) bool {
	for i := range cl.words {
		against := strings.Fields(connectives[cl.words[i].low])
		if len(against) == 0 || i > 0 && cl.words[i-1].low == "even" {
			continue
		}
		mine := joinedBy(cl.words, i)
		for _, ctx := range cl.contexts {
			if anyLow(cl.words, against) {
				continue
			}
			for k := range ctx.words {
				if !slices.Contains(against, ctx.words[k].low) || asked(ctx.words, k) || k > 0 && ctx.words[k-1].low == "even" {
					continue
				}
				theirs := joinedBy(ctx.words, k)
				n := shared(mine, theirs, nil)
				whole := window(ctx.words, k, 3*reachNot)
				if hasLow(whole, cl.words[i].low) || !sameStart(mine, theirs) || n < min(3, contentOf(mine), contentOf(theirs)) ||
					n < 4 && shared(cl.words, whole, nil) <= n {
					continue
				}
				if denies := hasDenial(cl.words) || hasLacks(cl.words); denies != (hasDenial(whole) || hasLacks(whole)) || opposed(lang, cl.words, whole) {
					continue
				}
				return true
			}
		}
	}
	return false
}

// joinedBy returns the rest of the clause behind the connective at i.
func joinedBy(words []word, i int) []word {
	to := i + 1
	for to < len(words) && to-i <= reachNot && words[to].clause == words[i].clause && !endsHere(words[to]) {
		to++
	}
	return words[i+1 : to]
}

// sameStart reports whether the first content words of a and b align.
func sameStart(a, b []word) bool {
	i, k := slices.IndexFunc(a, isContent), slices.IndexFunc(b, isContent)
	return i >= 0 && k >= 0 && a[i].aligns(&b[k])
}

func isContent(w word) bool { return w.content() }

// hasLacks reports whether words deny by their meaning; "unless" is judged as
// what it joins.
func hasLacks(words []word) bool {
	for i := range words {
		if words[i].cue.has(cueLacks) && connectives[words[i].low] == "" {
			return true
		}
	}
	return false
}

// opposed reports whether a has a word of which b has the opposite.
func opposed(lang *language, a, b []word) bool {
	for i := range a {
		if a[i].kind != letterWord || a[i].cue.has(cueBefore|cueAfter) {
			continue
		}
		for _, o := range lang.antonyms[a[i].stem] {
			if has(b, o) {
				return true
			}
		}
	}
	return false
}

func anyLow(words []word, list []string) bool {
	for i := range words {
		if slices.Contains(list, words[i].low) {
			return true
		}
	}
	return false
}
