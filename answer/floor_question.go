package answer

import (
	"strings"
	"unicode"

	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// A sought term is a word of the question as the floor looks for it in the passages.
type sought struct {
	text  string
	share float64 // how much it counts, 0 to 1: less for the words that questions are framed in
	name  bool    // written with a capital inside the question, or with a digit
}

// How much the words count that say what kind of answer is wanted, and are seldom in it: "what year", "the name of".
const (
	frameShare = 0.4 // of frameWords
	headShare  = 0.7 // the word behind "what" or "which", whatever it is
)

// asking is a question, taken apart.
type asking struct {
	analyzer *lexical.Analyzer
	terms    []sought
	exact    map[string]int   // analysed word to term
	similar  map[string]int   // words that were searched in a term's stead
	prefixes map[string][]int // first nearLetters letters to terms, for near
	head     int              // the term behind "what" or "which"; -1: none
	english  bool             // what follows is known for English only
	expect   expectation
	words    map[string]bool // of the question as they are written, small
}

// nearLetters is how many letters two words must begin with alike to be compared at all. Shorter ones meet by chance.
const nearLetters = 5

// take takes a question apart. The frame of a question is known for English only; elsewhere every term counts in full.
func take(question string, found retrieve.Result) asking {
	a := asking{analyzer: found.Analyzer, exact: map[string]int{}, similar: map[string]int{}, prefixes: map[string][]int{}, head: -1}
	if a.analyzer == nil {
		return a
	}
	for i, t := range found.Terms {
		a.terms = append(a.terms, sought{text: t.Text, share: 1})
		a.exact[t.Text] = i
		for _, s := range t.Similar {
			a.similar[s] = i
		}
		if p, ok := prefix(t.Text); ok {
			a.prefixes[p] = append(a.prefixes[p], i)
		}
	}
	a.english = strings.HasPrefix(a.analyzer.Name(), "en-")
	for _, t := range a.analyzer.Terms(question) {
		i, ok := a.exact[t.Text]
		if !ok {
			continue
		}
		word := question[t.Start:t.End]
		if strings.IndexFunc(word, unicode.IsDigit) >= 0 || t.Start > 0 && unicode.IsUpper([]rune(word)[0]) {
			a.terms[i].name = true
		}
		if a.english {
			share := shareOf(word, question[:t.Start])
			if a.head < 0 && share == headShare {
				a.head = i
			}
			a.terms[i].share = min(a.terms[i].share, share)
		}
	}
	if a.english {
		a.expect, a.words = expected(question), map[string]bool{}
		for _, w := range strings.Fields(question) {
			a.words[unpossessed(bare(strings.ToLower(w)))] = true
		}
	}
	return a
}

// shareOf is how much an English word counts that stands behind before in the question.
func shareOf(word, before string) float64 {
	if frameWords[strings.ToLower(word)] {
		return frameShare
	}
	before = strings.ToLower(strings.TrimSpace(before))
	if strings.HasSuffix(before, "what") || strings.HasSuffix(before, "which") {
		return headShare
	}
	return 1
}

// prefix is the beginning by which near words are found. ok is false for a word that is too short.
func prefix(word string) (p string, ok bool) {
	n := 0
	for i := range word {
		if n == nearLetters {
			return word[:i], true
		}
		n++
	}
	return word, n == nearLetters
}

// near is the term that word stands for and what it counts; 0: none. Either search took the word in the term's stead, or
// it may be another form of it that the stemmer did not see: they begin with the same five letters or more, and those are
// two thirds of the longer one.
func (a *asking) near(word string) (term int, counts float64) {
	if i, ok := a.similar[word]; ok {
		return i, similarHit
	}
	p, ok := prefix(word)
	if !ok {
		return 0, 0
	}
	for _, i := range a.prefixes[p] {
		if 3*commonPrefix(word, a.terms[i].text) >= 2*max(len(word), len(a.terms[i].text)) {
			return i, nearHit
		}
	}
	return 0, 0
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// English words that frame a question: they say what kind of thing is asked for, or how.
var frameWords = wordSet(`amount another called century cities city considered countries country date example examples
	group kind kinds known many much name named names number one other people percent percentage person place reason
	reasons refer referred sort term terms thing things three two type types use used way ways word words year years`)
