package guard

// Layer 6: a sentence means what its evidence means, as far as a few kinds of
// words can tell. Each rule looks at words of the sentence that stand in the
// evidence too (the same stem) and at the cue words around both; where nothing
// aligns, or the evidence says both, the rule keeps silent. Words of one
// clause count as near: commas, and words such as "but", "because", "which",
// begin another.
//
//	denial      what one denies, the other does not             negation.go
//	opposites   larger here, smaller there                      opposites.go
//	order       A faster than B, before B, because of B turned  order.go
//	grade       more patient here, less patient there           grade.go
//	exchange    the sender does what the receiver does          exchange.go
//	parallel    "6 is TCP, 17 is UDP": 17 is TCP                parallel.go
//	withdrawn   taken back, or asked and answered with no       withdrawn.go
//	corrected   "Not the butter, the bread.": the butter        corrected.go
//	frame       "it is a myth that …"                           frame.go
//	exception   the one that "except" leaves out                except.go
//	connective  because for although, unless for if             connective.go
//	scope       always, all or only, where it says usually      scope.go
//	bounds      at least 5 here, at most 5 there                scope.go
//	stitched    the subject from one quote, the rest from another
//	            that speaks of something else                   stitched.go
func meaningAgrees(c *check) {
	if c.lang == nil || !c.lang.meaning {
		return
	}
	c.eachClaim(func(i int, cl *claim) {
		for _, rule := range meaningRules {
			if rule.broken(c.lang, cl) {
				c.reject(CodePolarity, i, -1, rule.name)
			}
		}
		if c.stitched(cl) {
			c.reject(CodePolarity, i, -1, "says of one thing what the evidence says of another elsewhere")
		}
	})
}

var meaningRules = []struct {
	name   string
	broken func(*language, *claim) bool
}{
	{"denies what the evidence affirms", denialAdded},
	{"affirms what the evidence denies", denialDropped},
	{"says the opposite of a word of the evidence", oppositeSaid},
	{"turns a comparison, an order or a cause round", orderTurned},
	{"says of one what the evidence says of the other", pairsExchanged},
	{"says all, always or only where the evidence does not", scopeWidened},
	{"turns a bound round", boundTurned},
	{"says more where the evidence says less", gradeTurned},
	{"says of a name what the evidence says of another beside it", partnerSwitched},
	{"says what the evidence asks and answers with no", answeredNo},
	{"says what the evidence takes back", statementWithdrawn},
	{"says what the evidence corrects", correctionIgnored},
	{"denies as a whole what the evidence says", denyingFrame},
	{"says of the exception what the evidence says of the rest", exceptionDropped},
	{"exchanges the word that joins two clauses", connectiveSwapped},
}

// content reports whether w says what a clause is about.
func (w *word) content() bool {
	return w.kind == digitWord || w.kind == letterWord && !w.cue.has(cueFunction)
}

// stemAt returns what words are aligned by.
func (w *word) aligns(v *word) bool {
	if w.kind == digitWord || v.kind == digitWord {
		return w.kind == v.kind && w.text == v.text
	}
	return w.sum == v.sum && w.stem == v.stem
}

// shared counts the content words of a that stand in b too, other than those
// that align with skip.
func shared(a, b []word, skip *word) int {
	n := 0
	for i := range a {
		if !a[i].content() || skip != nil && a[i].aligns(skip) {
			continue
		}
		for k := range i { // each once
			if a[k].aligns(&a[i]) && a[k].content() {
				goto next
			}
		}
		for k := range b {
			if b[k].content() && a[i].aligns(&b[k]) {
				n++
				break
			}
		}
	next:
	}
	return n
}

// near returns the words of the clause of words[i], at most reach on either
// side.
func near(words []word, i, reach int) []word {
	from, to := i, i+1
	for from > 0 && i-from < reach && words[from-1].clause == words[i].clause {
		from--
	}
	for to < len(words) && to-i <= reach && words[to].clause == words[i].clause {
		to++
	}
	return words[from:to]
}

// window returns the words of the sentence of words[i], at most reach on
// either side.
func window(words []word, i, reach int) []word {
	from, to := i, i+1
	for from > 0 && i-from < reach && !endsHere(words[from-1]) {
		from--
	}
	for to < len(words) && to-i <= reach && !endsHere(words[to]) {
		to++
	}
	return words[from:to]
}

func endsHere(w word) bool { return w.text == "." || w.text == "?" || w.text == "!" }

// asked reports whether the sentence of words[i] is a question.
func asked(words []word, i int) bool {
	for ; i < len(words); i++ {
		if endsHere(words[i]) {
			return words[i].text == "?"
		}
	}
	return false
}
