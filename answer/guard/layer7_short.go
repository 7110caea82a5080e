package guard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// shortSupported judges the words of a sentence that has fewer than
// minSupportTerms, too few for a score; false if it rejects it. At least half of
// them, rounded up, must stand in the evidence, in whole or with their beginning
// (see termSet.match). A number counts as a word that does, since layer 4 has
// judged it; beside one, units and words of commonStems count as nothing: "it
// takes 17 ms" says only its number. A sentence without a word and a number says
// nothing that could be looked up: only the quote's own words pass.
func (c *check) shortSupported(i int, cl *claim, a *lexical.Analyzer, words [][]lexical.Term) bool {
	numbers := 0
	for k := range cl.numbers {
		if cl.numbers[k].n > 0 {
			numbers++
		}
	}
	shared, all := numbers, numbers
	for _, w := range words {
		text := w[0].Text
		if _, unit := symbols[text]; numbers > 0 && (unit || c.lang.cues[text].has(cueUnit) || commonStems[text]) {
			continue
		}
		all++
		if c.inEvidence(cl, a, w) {
			shared++
		}
	}
	switch {
	case all == 0 && !c.quotesWords(cl, c.draft.Sentences[i].Text):
		c.reject(CodeLowSupport, i, -1, "has no word to look up and is not the quote's own")
		return false
	case 2*shared < all:
		c.reject(CodeLowSupport, i, -1, fmt.Sprintf("has %d words to look up, of which the evidence has %d", all, shared))
		return false
	}
	return true
}

// wordsOf divides terms into words: the terms of a compound, RTS/CTS, are one.
// Each word counts once.
func wordsOf(terms []lexical.Term) [][]lexical.Term {
	var out [][]lexical.Term
	for k := 0; k < len(terms); {
		n := 1
		for terms[k].Whole && k+n < len(terms) && terms[k+n].Start < terms[k].End {
			n++
		}
		if w := terms[k : k+n]; !slices.ContainsFunc(out, func(v []lexical.Term) bool { return v[0].Text == w[0].Text }) {
			out = append(out, w)
		}
		k += n
	}
	return out
}

// inEvidence reports whether the evidence has the first of a word's terms, the
// compound, or all of the others.
func (c *check) inEvidence(cl *claim, a *lexical.Analyzer, word []lexical.Term) bool {
	set := newTermSet(word)
	found := make([]bool, len(set.terms))
	for j := range cl.contexts {
		for _, t := range c.termsAround(a, &cl.contexts[j], supportWords) {
			if k, strength := set.match(t.Text); strength > 0 {
				found[k] = true
			}
		}
	}
	return found[0] || len(found) > 1 && !slices.Contains(found[1:], false)
}

// quotesWords reports whether text, less the signs at its end, stands in one of
// the claim's quotes as whole words.
func (c *check) quotesWords(cl *claim, text string) bool {
	want := c.readWords(strings.TrimRight(newView(text).text, ".!? "))
	for _, ctx := range cl.contexts {
		quote := ctx.words[ctx.from:ctx.to]
		for k := 0; k+len(want) <= len(quote); k++ {
			n := 0
			for n < len(want) && want[n].low == quote[k+n].low {
				n++
			}
			if n == len(want) {
				return n > 0
			}
		}
	}
	return false
}
