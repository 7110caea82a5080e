package lexical

import (
	"slices"
	"strings"
)

// An indexer collects the postings of one lecture. Terms are numbered as they
// appear, so that a word that was seen before costs one look-up.
type indexer struct {
	analyzer *Analyzer
	words    map[string]int32 // number of the term of a normalised word; -1: a stop word
	numbers  map[string]int32 // number of a term
	terms    []termPostings
	lengths  []uint32 // terms per document, with repeats
	found    []int32  // numbers of the terms of the document being read, with repeats
}

type termPostings struct {
	text string
	list []posting
}

func newIndexer(a *Analyzer, docs int) *indexer {
	return &indexer{analyzer: a, words: make(map[string]int32), numbers: make(map[string]int32), lengths: make([]uint32, docs)}
}

// add appends the terms of text to found.
func (ix *indexer) add(text string) {
	if ix.analyzer.word == nil {
		for _, t := range ix.analyzer.Terms(text) {
			ix.found = append(ix.found, ix.number(t.Text))
		}
		return
	}
	tokenize(text, ix.analyzer.breakZWNJ, func(start, end int) {
		word := normalize(text[start:end])
		n, ok := ix.words[word]
		if !ok {
			n = -1
			if term := ix.analyzer.word(word); term != "" {
				n = ix.number(term)
			}
			ix.words[word] = n
		}
		if n >= 0 {
			ix.found = append(ix.found, n)
		}
	})
}

func (ix *indexer) number(term string) int32 {
	n, ok := ix.numbers[term]
	if !ok {
		n = int32(len(ix.terms))
		ix.numbers[term] = n
		ix.terms = append(ix.terms, termPostings{text: term})
	}
	return n
}

// post makes found the terms of document doc, which comes after all before.
func (ix *indexer) post(doc uint32) {
	for _, n := range ix.found {
		t := &ix.terms[n]
		if last := len(t.list) - 1; last >= 0 && t.list[last].doc == doc {
			t.list[last].tf++
		} else {
			t.list = append(t.list, posting{doc, 1})
		}
	}
	ix.lengths[doc] = uint32(len(ix.found))
}

// sortTerms puts terms in byte order.
func sortTerms(terms []termPostings) {
	slices.SortFunc(terms, func(a, b termPostings) int { return strings.Compare(a.text, b.text) })
}
