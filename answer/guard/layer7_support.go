package guard

import (
	"fmt"
	"slices"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Layer 7: what a sentence says is what its evidence is about.
//
// The sentence is scored against its evidence (see Features and
// SupportWeights). Below τ it is rejected; between τ and τ₂ it is released and
// listed in Verdict.Review. Evidence is here the quotes with the sentences
// around them and supportWords words more on either side: a paraphrase often
// names in full what the quote calls "it".
//
// Terms with a digit are left out on both sides: layer 4 has judged numbers by
// value, and a lecture says "two thousand" where a sentence writes 2,000.
//
// The layer knows a true quote under a sentence about something else. It does
// not know a false sentence in the quote's own words: that is what layers 4 to
// 6 are for. It judges the language of its weights only.
func supported(c *check) {
	a, w := c.scorer()
	if a == nil {
		return
	}
	c.eachClaim(func(i int, cl *claim) {
		text := c.draft.Sentences[i].Text
		said := wordsOnly(c.terms(a, text))
		terms := newTermSet(said)
		if words := wordsOf(said); len(words) < minSupportTerms && !c.shortSupported(i, cl, a, words) || len(terms.terms) < minSupportTerms {
			return
		}
		evidence := make([][]lexical.Term, len(cl.contexts))
		var f Features
		var score float64
		// More evidence never lowers a score, and analysing it is what takes
		// time: the words around the sentences are read only where these do not
		// suffice.
		for _, more := range []int{0, supportWords} {
			for j := range cl.contexts {
				evidence[j] = c.termsAround(a, &cl.contexts[j], more)
			}
			f = compareTerms(terms, evidence)
			if score = w.Score(f); score >= w.ReviewBelow {
				return
			}
		}
		found := Finding{CodeLowSupport, i, -1, fmt.Sprintf(
			"score %.3f (weights %s): recall %.2f, order %.2f",
			score, w.Version, f.Recall, f.Order)}
		if score < w.RejectBelow {
			c.findings = append(c.findings, found)
		} else {
			c.review = append(c.review, found)
		}
	})
}

// minSupportTerms is how many different terms a sentence must have to be scored;
// what one with fewer must share, shortSupported says.
const minSupportTerms = 4

// supportWords is how many words beyond the sentences of a quote count as
// evidence, on either side.
const supportWords = 30

// scorer returns the analyser and the weights for the draft's language; nil if
// there are none.
func (c *check) scorer() (*lexical.Analyzer, *SupportWeights) {
	w, err := ShippedWeights()
	if err != nil || c.lang == nil {
		return nil, nil
	}
	a, err := lexical.NewAnalyzer(c.in.Language)
	if err != nil || a.Name() != w.Analyzer {
		return nil, nil
	}
	return a, w
}

// analysed is a stretch of a passage with its terms.
type analysed struct {
	passage int
	text    span
	terms   []lexical.Term
}

// termsAround returns the terms of ctx and of so many more words around it. The
// same stretch is analysed once, however many sentences cite it.
func (c *check) termsAround(a *lexical.Analyzer, ctx *context, more int) []lexical.Term {
	text := c.in.Passages[ctx.passage].Text
	s := widen(text, ctx.text, more)
	for i := range c.analysed {
		if c.analysed[i].passage == ctx.passage && c.analysed[i].text == s {
			return c.analysed[i].terms
		}
	}
	terms := wordsOnly(c.terms(a, text[s.start:s.end]))
	c.analysed = append(c.analysed, analysed{ctx.passage, s, terms})
	return terms
}

// wordsOnly leaves out the terms with a digit, in place.
func wordsOnly(terms []lexical.Term) []lexical.Term {
	return slices.DeleteFunc(terms, func(t lexical.Term) bool { return hasDigit(t.Text) })
}

// widen takes n more words into s on either side, words being what stands
// between ASCII white space.
func widen(text string, s span, n int) span {
	for words := 0; s.start > 0; s.start-- {
		if asciiSpace(text[s.start-1]) && !asciiSpace(text[s.start]) {
			if words++; words > n {
				break
			}
		}
	}
	for words := 0; s.end < len(text); s.end++ {
		if asciiSpace(text[s.end]) && !asciiSpace(text[s.end-1]) {
			if words++; words > n {
				break
			}
		}
	}
	return s
}

func asciiSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
