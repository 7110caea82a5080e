package guard

// scopeWidened: the sentence says all, always, every or only, and the evidence
// has no word of that kind, or has it only as "almost all" or "not every"; or
// it says always or never where the evidence says usually or sometimes. A
// sentence that hedges itself is not judged.
func scopeWidened(_ *language, cl *claim) bool {
	for i := range cl.words {
		w := &cl.words[i]
		low := w.low
		if low == "nothing" && i+1 < len(cl.words) && cl.words[i+1].low == "but" {
			low = "only"
		}
		if low == "all" && i+1 < len(cl.words) && cl.words[i+1].low == "that" { // "all that it holds is grain"
			low = "only"
		}
		kind := widens[low]
		if w.kind != letterWord || kind == 0 || !isWide(cl.words, i) || kind == wideExtent && anyOne(cl, i) {
			continue
		}
		if found, hedged := universal(cl, low); !found || hedged && kind == wideTime && !hedges(cl.words) {
			return true
		}
	}
	return false
}

// anyOne reports whether the evidence says of one as of any what the sentence
// says of every at i: "when a guest comes in" for "every guest".
func anyOne(cl *claim, i int) bool {
	noun := i + 1
	for noun < len(cl.words) && noun <= i+2 && !cl.words[noun].content() {
		noun++
	}
	if cl.words[i].low != "every" && cl.words[i].low != "all" || noun > i+2 || noun == len(cl.words) {
		return false
	}
	for _, ctx := range cl.contexts {
		for k := range ctx.words {
			e := &ctx.words[k]
			if !e.content() || !e.aligns(&cl.words[noun]) {
				continue
			}
			for j := k - 1; j >= 1 && j >= k-2; j-- {
				if a := ctx.words[j].low; a == "a" || a == "an" {
					before := ctx.words[j-1].low
					return before == "when" || before == "whenever" || before == "if"
				}
			}
		}
	}
	return false
}

// closes reports whether words have a sentence that says that nothing follows:
// "That's it." or "That is all."
func closes(words []word) bool {
	for _, s := range sentencesOf(words) {
		if len(s) < 2 || s[0].low != "that" {
			continue
		}
		if last := s[min(len(s)-1, 2)]; len(s) <= 4 && (s[1].low == "it" || s[1].low == "all" || s[1].low == "is" && (last.low == "it" || last.low == "all")) {
			return true
		}
	}
	return false
}

type width uint8

const (
	wideExtent width = iota + 1
	wideTime
	wideOnly
)

// widens are the words that claim that there is no exception.
var widens = map[string]width{
	"all": wideExtent, "every": wideExtent, "everyone": wideExtent, "everybody": wideExtent, "everything": wideExtent,
	"everywhere": wideExtent, "none": wideExtent,
	"always": wideTime, "never": wideTime, "invariably": wideTime,
	"only": wideOnly, "solely": wideOnly, "exclusively": wideOnly,
}

// isWide reports whether the widening word at i widens: "not all", "almost
// always" and "at all" do not, nor does "only" before a number.
func isWide(words []word, i int) bool {
	for k := i - 1; k >= 0 && k >= i-3 && words[k].clause == words[i].clause; k-- {
		if words[k].cue.has(cueNot) || narrows[words[k].low] {
			return false
		}
	}
	if i > 0 && words[i].low == "all" && words[i-1].low == "at" {
		return false
	}
	if widens[words[i].low] != wideOnly {
		return true
	}
	for k := i + 1; k < len(words) && k <= i+4; k++ {
		if words[k].kind == digitWord || words[k].cue.has(cueNumber) && words[k].low != "a" && words[k].low != "an" && words[k].low != "and" ||
			words[k].low == "once" || words[k].low == "if" || words[k].low == "when" {
			return false
		}
	}
	return true
}

// narrows are the words that make an "every" into less.
var narrows = map[string]bool{"almost": true, "nearly": true, "practically": true, "virtually": true, "hardly": true}

// timeHedges are the words that deny an "always".
var timeHedges = map[string]bool{
	"usually": true, "normally": true, "typically": true, "generally": true, "often": true, "mostly": true, "sometimes": true,
	"almost": true, "nearly": true, "rarely": true, "occasionally": true,
}

// extentHedges are the words that deny an "all".
var extentHedges = wordSet(`most mostly many some several nearly almost mainly largely`)

// universal reports whether the evidence has a word that allows the widening
// word low, and whether it has one that denies it.
func universal(cl *claim, low string) (found, hedged bool) {
	byDenial, partly := false, false
	for i := range cl.contexts {
		words := cl.contexts[i].words
		if widens[low] == wideOnly && closes(words) {
			found = true
		}
		for k := range words {
			e := &words[k]
			switch {
			case e.cue.has(cueAll | cueOnly):
				if e.cue.has(cueNot) && widens[low] == wideExtent && low != "none" { // "nothing is lost" for "all arrives"
					byDenial = true
				} else if e.cue.has(cueNot) || isWide(words, k) || e.cue.has(cueOnly) {
					found = found || !(k > 0 && narrows[words[k-1].low])
				}
			case e.cue.has(cueNot):
				found = found || low == "never" || low == "none" || widens[low] == wideOnly
			}
			if timeHedges[e.low] && shared(window(words, k, 10), cl.words, nil) > 0 {
				hedged = true
			}
			if extentHedges[e.low] && shared(window(words, k, 10), cl.words, nil) > 0 {
				partly = true
			}
		}
	}
	return found || byDenial && !partly, hedged
}

func hedges(words []word) bool {
	for i := range words {
		if timeHedges[words[i].low] {
			return true
		}
	}
	return false
}

// boundTurned: a number is a lower bound in the sentence and an upper bound in
// the evidence, or the other way round.
func boundTurned(_ *language, cl *claim) bool {
	for i := range cl.numbers {
		n := &cl.numbers[i]
		mine := bound(cl.words, n)
		if mine == 0 || n.n == 0 {
			continue
		}
		turned, agrees := false, false
		for k := range cl.contexts {
			for j := range cl.contexts[k].numbers {
				e := &cl.contexts[k].numbers[j]
				if e.n == 0 || !same(n.values[0], e.values[0]) {
					continue
				}
				switch b := bound(cl.contexts[k].words, e); {
				case b == -mine:
					turned = true
				default:
					agrees = true
				}
			}
		}
		if turned && !agrees {
			return true
		}
	}
	return false
}

// bound returns 1 if n is a lower bound, -1 if it is an upper one, else 0.
func bound(words []word, n *number) int {
	at := func(i int) string {
		if i < 0 || i >= len(words) {
			return ""
		}
		return words[i].low
	}
	i := n.from
	b := 0
	switch at(i - 1) {
	case "least":
		b = 1
	case "most":
		if at(i-2) == "at" {
			b = -1
		}
	case "over", "above", "exceeding", "exceeds", "exceed", "minimum":
		b = 1
	case "under", "below", "maximum":
		b = -1
	case "to":
		if at(i-2) == "up" {
			b = -1
		}
	case "of":
		switch at(i - 2) {
		case "minimum":
			b = 1
		case "maximum":
			b = -1
		}
	case "than":
		switch at(i - 2) {
		case "more", "greater", "larger", "higher", "longer":
			b = 1
		case "less", "fewer", "smaller", "lower", "shorter":
			b = -1
		}
		if k := i - 3; k >= 0 && words[k].cue.has(cueNot) || k > 0 && words[k-1].cue.has(cueNot) {
			b = -b
		}
	}
	if b == 0 && at(n.to) == "or" {
		switch at(n.to + 1) {
		case "more", "above", "longer", "greater":
			b = 1
		case "less", "fewer", "below", "smaller":
			b = -1
		}
		for k := max(0, i-3); k < i; k++ {
			if words[k].cue.has(cueNot) && words[k].clause == words[i].clause {
				b = -b
				break
			}
		}
	}
	return b
}
