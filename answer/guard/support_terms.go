package guard

import "github.com/lectern-tutor/lectern/retrieve/lexical"

// termSet is a claim's terms as evidence is held against them.
type termSet struct {
	terms []claimTerm // different ones, in the order of their first occurrence
	order []int       // all occurrences, as indexes of terms
	// begins holds for each first byte, modulo its length, the index of the
	// first term that begins with it plus one; claimTerm.next leads on.
	begins [32]int32
	weight float64 // of all terms
}

type claimTerm struct {
	text   string
	weight float64
	number bool  // has a digit
	next   int32 // index plus one of the next term in the same place of begins
}

func newTermSet(terms []lexical.Term) *termSet {
	s := &termSet{terms: make([]claimTerm, 0, len(terms)), order: make([]int, 0, len(terms))}
	for _, t := range terms {
		at := &s.begins[t.Text[0]%32]
		for *at > 0 && s.terms[*at-1].text != t.Text {
			at = &s.terms[*at-1].next
		}
		if *at == 0 {
			w := termWeight(t.Text)
			s.terms = append(s.terms, claimTerm{text: t.Text, weight: w, number: hasDigit(t.Text)})
			s.weight += w
			*at = int32(len(s.terms))
		}
		s.order = append(s.order, int(*at)-1)
	}
	return s
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			return true
		}
	}
	return false
}

// commonWeight is the weight of a term of commonStems in Recall; the others
// weigh 1. The guard has no corpus to count in, and finding in the evidence what
// stands in texts about anything says little. Frequencies of English in place of
// the list were tried and bring nothing (docs/guard.md); with 0.3 or 0.7 the
// AUC of Recall alone on AttributionBench moved by less than 0.002.
const commonWeight = 0.5

// termWeight is the weight of a term in Recall.
func termWeight(text string) float64 {
	if commonStems[text] {
		return commonWeight
	}
	return 1
}

// minShared is how many bytes two different stems must share at their
// beginning to count as forms of one word.
const minShared = 4

// match returns the claim's term that text is, with strength 1, or the first of
// those that share the most of their beginning with it. The strength is then
// twice the shared length over the sum of both lengths. Stems that share fewer
// than 5 bytes count only if no more than 2 bytes of the shorter are left; terms
// with a digit count only when they are equal. Strength 0: none.
func (s *termSet) match(text string) (term int, strength float64) {
	for next := s.begins[text[0]%32]; next > 0; next = s.terms[next-1].next {
		i := int(next) - 1
		other := s.terms[i].text
		if other == text {
			return i, 1
		}
		n := 0
		for n < len(text) && n < len(other) && text[n] == other[n] {
			n++
		}
		if n < minShared || min(len(text), len(other)) == minShared || n < minShared+1 && n+2 < min(len(text), len(other)) ||
			s.terms[i].number || hasDigit(text) {
			continue
		}
		if x := 2 * float64(n) / float64(len(text)+len(other)); x > strength {
			term, strength = i, x
		}
	}
	return term, strength
}

// markPair sets pairs[k] where the claim's k-th and next terms are a and b.
func (s *termSet) markPair(pairs []bool, a, b int) {
	for k := range pairs {
		if s.order[k] == a && s.order[k+1] == b {
			pairs[k] = true
		}
	}
}

// hit is a term of the evidence, counted from 0 over all of it, that matches a
// term of the claim.
type hit struct {
	at, term int
	strength float64
}

// best returns the share of the claim's weight that the best stretch of size
// terms holds. hits are in the order of at. Each term counts with the strongest
// of its matches.
func (s *termSet) best(hits []hit, size int) float64 {
	most := 0.0
	strongest := make([]float64, len(s.terms))
	for e := range hits {
		clear(strongest)
		for j := e; j >= 0 && hits[j].at > hits[e].at-size; j-- {
			h := hits[j]
			strongest[h.term] = max(strongest[h.term], h.strength)
		}
		sum := 0.0
		for i, x := range strongest {
			sum += x * s.terms[i].weight
		}
		most = max(most, sum)
	}
	return min(1, most/s.weight)
}
