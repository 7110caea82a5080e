package guard

import (
	"slices"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Features are what layer 7 measures of one claim and its evidence. Each says
// one thing that a reader can check by hand, and none depends on where the
// claim came from. More evidence never makes any of them worse.
//
// A term is a word that lexical.Analyzer keeps: no stop words, stemmed. The
// claim's terms count once each, by their weight (see termWeight).
type Features struct {
	// Recall is the share, 0 to 1, of the claim's terms by weight that stand
	// close together in the evidence: in the best stretch of one and a half
	// times as many terms as the claim has. A term that only shares its
	// beginning with one of the evidence (regulate, regulator) counts in part.
	Recall float64
	// Order is the share, 0 to 1, of neighbouring terms of the claim that are
	// neighbours in the evidence too, in the same order. A claim of one term
	// has no neighbours; its Order is 1 if the evidence has the term, else 0.
	Order float64
	// Numbers is how many different terms with a digit the evidence does not
	// have anywhere, 0 to 2: more than two are as bad as two.
	Numbers float64
}

// featureNames are the names of Features.values in weights files.
var featureNames = []string{"recall", "order", "numbers_missing"}

// FeatureNames returns the names of Features.Values, in their order.
func FeatureNames() []string { return slices.Clone(featureNames) }

// Values returns the features in the order of FeatureNames.
func (f Features) Values() []float64 { return []float64{f.Recall, f.Order, f.Numbers} }

// FeaturesOf is the opposite of Values. It has no name for what is missing or
// beyond: too few values leave zeros.
func FeaturesOf(values []float64) Features {
	var v [3]float64
	copy(v[:], values)
	return Features{Recall: v[0], Order: v[1], Numbers: v[2]}
}

// Measure compares claim with evidence, all of it analysed by a. Neighbours
// are neighbours within one text of evidence; the best stretch for Recall may
// run over the end of one into the next, because a claim may rest on several.
// A claim without a term (only stop words) says nothing that could be missing:
// Recall and Order are 1.
func Measure(a *lexical.Analyzer, claim string, evidence ...string) Features {
	terms := make([][]lexical.Term, len(evidence))
	for i, e := range evidence {
		terms[i] = a.Terms(e)
	}
	return compareTerms(newTermSet(a.Terms(claim)), terms)
}

// compareTerms is Measure for texts that have been analysed.
func compareTerms(claim *termSet, evidence [][]lexical.Term) Features {
	if len(claim.terms) == 0 {
		return Features{Recall: 1, Order: 1}
	}
	hits, at := make([]hit, 0, 64), 0
	found := make([]bool, len(claim.terms))
	pairs := make([]bool, max(0, len(claim.order)-1))
	for _, text := range evidence {
		last := -1 // the claim's term that the term before is exactly
		for _, t := range text {
			i, strength := claim.match(t.Text)
			exact := -1
			if strength > 0 {
				hits = append(hits, hit{at, i, strength})
			}
			if strength == 1 {
				exact, found[i] = i, true
			}
			if last >= 0 && exact >= 0 {
				claim.markPair(pairs, last, exact)
			}
			last = exact
			at++
		}
	}
	f := Features{Recall: claim.best(hits, len(claim.order)*3/2+2)}
	if len(pairs) > 0 {
		f.Order = share(pairs)
	} else if found[0] {
		f.Order = 1
	}
	for i, t := range claim.terms {
		if t.number && !found[i] && f.Numbers < 2 {
			f.Numbers++
		}
	}
	return f
}

// share returns how much of bits is true.
func share(bits []bool) float64 {
	n := 0
	for _, b := range bits {
		if b {
			n++
		}
	}
	return float64(n) / float64(len(bits))
}
