package guard

import "strings"

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
			if anyLow(cl.words, against) || hasLow(ctx.words, cl.words[i].low) {
				continue
			}
			for k := range ctx.words {
				if !contains(against, ctx.words[k].low) || asked(ctx.words, k) || k > 0 && ctx.words[k-1].low == "even" {
					continue
				}
				theirs := joinedBy(ctx.words, k)
				n := shared(mine, theirs, nil)
				whole := window(ctx.words, k, 2*reachNot)
				if n == 0 || n < min(3, contentOf(mine), contentOf(theirs)) || shared(cl.words, whole, nil) <= n {
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

func hasLacks(words []word) bool {
	for i := range words {
		if words[i].cue.has(cueLacks) {
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

func contains(list []string, low string) bool {
	for _, l := range list {
		if l == low {
			return true
		}
	}
	return false
}

func anyLow(words []word, list []string) bool {
	for i := range words {
		if contains(list, words[i].low) {
			return true
		}
	}
	return false
}
