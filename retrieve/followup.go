package retrieve

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// A question may lean on the one before it: "and why?". It does if it
//
//   - has fewer than leanTerms terms of its own, unless it asks what that term is ("What is TCP?"); or
//   - refers to what was said before (English only): it begins as a sentence goes on, or its first clause holds a pronoun.
//     One in a later clause may stand for something in the first ("When a router gets a packet, where does it go?"); within
//     one clause only a possessive can.
//
// Such a question is searched together with the one before it, and with the one before that if that one leans, too. All
// others stand alone: in a conversation about one subject the next question is often about another.

// leanTerms: a question that stands alone names a thing and what is asked of it.
const leanTerms = 2

// MaxBefore is the most earlier questions of a search.
const MaxBefore = 8

// followUp returns what to search for in query's stead: query behind those of the earlier questions that it leans on, each on
// a line, in the order asked; query alone if it leans on none. It is at most MaxQuery characters; of an earlier question that
// does not fit whole, the end is kept.
func followUp(a *lexical.Analyzer, query string, before []string) string {
	joined, oldest := query, query
	for i := len(before) - 1; i >= 0 && leans(a, oldest); i-- {
		oldest = strings.ToValidUTF8(before[i], "\uFFFD")
		room := MaxQuery - utf8.RuneCountInString(joined) - 1
		if room <= 0 {
			break
		}
		part := []rune(oldest)
		joined = string(part[max(0, len(part)-room):]) + "\n" + joined
	}
	return joined
}

// leans reports whether the question needs what was asked before it.
func leans(a *lexical.Analyzer, question string) bool {
	english := strings.HasPrefix(a.Name(), "en-")
	words := readWords(a, question)
	if english && refersBack(words) {
		return true
	}
	terms := ownTerms(a, question)
	return terms < leanTerms && !(english && terms == 1 && asksWhat(words))
}

// spoken is a word of a question.
type spoken struct {
	low   string // in lower case
	term  bool   // no stop word
	comma bool   // a sign that ends a clause stands before it
}

// readWords returns the question's words in order.
func readWords(a *lexical.Analyzer, question string) []spoken {
	var words []spoken
	question = strings.ToLower(strings.ReplaceAll(question, "’", "'"))
	comma := false
	for at := 0; at < len(question); {
		n := strings.IndexFunc(question[at:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
		if n < 0 {
			n = len(question) - at
		}
		if n == 0 {
			r, size := utf8.DecodeRuneInString(question[at:])
			comma = comma || strings.ContainsRune(",;:.?!–—", r)
			at += size
			continue
		}
		word := question[at : at+n]
		words = append(words, spoken{low: word, term: len(a.Terms(word)) > 0, comma: comma})
		comma, at = false, at+n
	}
	return words
}

// ownTerms counts the distinct terms of a question. A compound is one.
func ownTerms(a *lexical.Analyzer, question string) int {
	seen := map[string]bool{}
	end := 0 // of the last compound
	for _, t := range a.Terms(question) {
		if t.Whole {
			end = t.End
		} else if t.End <= end {
			continue
		}
		seen[t.Text] = true
	}
	return len(seen)
}

// refersBack reports whether English words refer to something said before them, as far as single words show.
func refersBack(words []spoken) bool {
	if len(words) == 0 {
		return false
	}
	if goesOn[words[0].low] || len(words) > 1 && (words[0].low == "what" || words[0].low == "how") && words[1].low == "about" {
		return true
	}
	last := len(words) - 1
	if words[last].low == "then" {
		return true
	}
	terms := false // of this question, before this word
	for i, w := range words {
		behindTerm := i > 0 && words[i-1].term
		switch {
		case terms && (w.comma || conjunctions[w.low] || w.low == "that" && behindTerm && i < last):
			return false // a later clause begins
		case i < last && words[i+1].low == "of": // "compared to that of", "one of the"
		case pronouns[w.low], possessives[w.low] && !terms:
			return true
		case w.low == "one" && (i == last || !words[i+1].term): // "the newer one is", but not "one packet"
			return true
		}
		terms = terms || w.term
	}
	return false
}

// asksWhat reports whether English words ask what something is that was not spoken of: "What is a socket?", "Explain TCP",
// but not "What is the default?".
func asksWhat(words []spoken) bool {
	if len(words) < 2 {
		return false
	}
	switch first, second := words[0].low, words[1].low; {
	case definers[first]:
		return second != "the"
	case first == "what" || first == "who":
		return len(words) > 2 && beForms[second] && words[2].low != "the"
	}
	return false
}

// English words by which a question shows that it goes on from another one.
var (
	pronouns    = wordSet("it it's they them this that that's thats these those ones former latter")
	possessives = wordSet("its their theirs")
	goesOn      = wordSet("and but or then because")
)

// English words that begin a clause behind another one.
var conjunctions = wordSet("and but or so if when while because since although though after before until till than which who where whether then")

// English words that ask what something is.
var (
	definers = wordSet("define explain describe whats what's whos who's")
	beForms  = wordSet("is are was were")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
