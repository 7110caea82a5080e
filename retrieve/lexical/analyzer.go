package lexical

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/blevesearch/bleve/v2/analysis"
	"golang.org/x/text/unicode/norm"
)

// A Term is one analysed word of a text.
type Term struct {
	// Text is what is indexed and compared: normalised, lower-case, stemmed.
	Text string
	// Start and End are the bytes of the original text that the term came
	// from: text[Start:End] is the word as it was written, a possessive 's
	// included. Bigrams of scripts without spaces overlap each other.
	Start, End int
	// Whole: a compound in one piece; its parts follow.
	Whole bool
}

// An Analyzer turns a text of one language into terms. It is immutable and
// safe for concurrent use. The zero value is the language-neutral analyser.
type Analyzer struct {
	name string
	// word maps one normalised word to a term, "" to drop it. Exactly one of
	// word and filters is set, or neither (lower-case only).
	word func(string) string
	// filters are bleve's, applied to the whole stream in this order.
	filters []analysis.TokenFilter
	// breakZWNJ makes the zero-width non-joiner separate words (Persian, Sorani).
	breakZWNJ bool
}

// maxTermBytes bounds one word. What is longer is cut at a rune boundary, the
// same way at ingest and at query, so such words still match themselves.
const maxTermBytes = 128

const neutralName = "neutral-2"

// analyzers holds those of the known languages, by base language.
var (
	analyzersMu sync.Mutex
	analyzers   = make(map[string]*Analyzer)
)

// NewAnalyzer returns the analyser for a BCP 47 language tag. Only the base
// language counts ("de-CH" is "de"), in either case. An empty or unknown
// language gets the neutral analyser: words in lower case, no stop words, no
// stemming. Whatever the language, runs of Han, kana, Hangul, Thai, Lao, Khmer
// and Burmese become bigrams. The error is non-nil only when a known
// language's filters cannot be set up, which is a fault of the build.
func NewAnalyzer(language string) (*Analyzer, error) {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(language), "_", "-"), "-")
	analyzersMu.Lock()
	defer analyzersMu.Unlock()
	if a, ok := analyzers[base]; ok {
		return a, nil
	}
	a := &Analyzer{name: neutralName}
	if base == "en" {
		a = &Analyzer{name: "en-porter-2", word: english}
	} else if spec, ok := languages[base]; ok {
		filters, err := spec.build()
		if err != nil {
			return nil, fmt.Errorf("analyzer for language %q: %w", base, err)
		}
		a = &Analyzer{name: spec.analyzer + "-bleve-2", filters: filters, breakZWNJ: spec.breakZWNJ}
	} else {
		return a, nil // not cached: the set of unknown names is unbounded
	}
	analyzers[base] = a
	return a, nil
}

// Name identifies the analysis. It changes whenever the terms of any text
// change, or what of a lecture counts in a chunk (-2: headings), and is stored with postings.
func (a *Analyzer) Name() string {
	if a.name == "" {
		return neutralName
	}
	return a.name
}

// Terms returns the terms of text in the order of their Start. Stop words are
// left out.
func (a *Analyzer) Terms(text string) []Term {
	return a.AppendTerms(make([]Term, 0, len(text)/8+1), text)
}

// AppendTerms appends the terms of text to terms and returns the longer slice.
func (a *Analyzer) AppendTerms(terms []Term, text string) []Term {
	if len(a.filters) > 0 {
		return append(terms, a.filter(a.words(nil, text))...)
	}
	return a.words(terms, text)
}

// words appends the words of text, as a.word or, without filters, lower case
// leaves them.
func (a *Analyzer) words(terms []Term, text string) []Term {
	tokenize(text, a.breakZWNJ, func(start, end int) {
		word := normalize(text[start:end])
		switch {
		case a.word != nil:
			word = a.word(word)
		case len(a.filters) == 0:
			word = strings.ToLower(word)
		}
		if word != "" || len(a.filters) > 0 { // filters see every word
			terms = append(terms, Term{Text: word, Start: start, End: end, Whole: isCompound(text[start:end])})
		}
	})
	return terms
}

// Strings returns the Text of each of Terms.
func (a *Analyzer) Strings(text string) []string {
	terms := a.Terms(text)
	out := make([]string, len(terms))
	for i, t := range terms {
		out[i] = t.Text
	}
	return out
}

// filter runs bleve's filters over terms as one token stream. Words with a
// digit only go to lower case: some stemmers take "802.11" for an inflection.
func (a *Analyzer) filter(terms []Term) []Term {
	tokens := make([]analysis.Token, len(terms))
	stream := make(analysis.TokenStream, 0, len(terms))
	whole := map[[2]int]bool{}
	var out []Term
	for i, t := range terms {
		if strings.ContainsAny(t.Text, "0123456789") {
			out = append(out, Term{Text: strings.ToLower(t.Text), Start: t.Start, End: t.End, Whole: t.Whole})
			continue
		}
		whole[[2]int{t.Start, t.End}] = t.Whole
		tokens[i] = analysis.Token{Start: t.Start, End: t.End, Term: []byte(t.Text), Position: i + 1}
		stream = append(stream, &tokens[i])
	}
	for _, f := range a.filters {
		stream = f.Filter(stream)
	}
	for _, t := range stream {
		out = append(out, Term{Text: string(t.Term), Start: t.Start, End: t.End, Whole: whole[[2]int{t.Start, t.End}]})
	}
	slices.SortStableFunc(out, func(a, b Term) int { return a.Start - b.Start })
	return dropEmpty(out)
}

func dropEmpty(terms []Term) []Term {
	out := terms[:0]
	for _, t := range terms {
		if t.Text != "" {
			out = append(out, t)
		}
	}
	return out
}

// normalize brings a word into the form that is compared: NFKC, a compound in
// one piece, the straight apostrophe, no format characters, at most maxTermBytes.
func normalize(word string) string {
	if isLetters(word) {
		return truncate(word)
	}
	if strings.ContainsAny(word, "-/\u2010\u2011") {
		word = withoutJoiner(word)
	}
	if isASCII(word) {
		return truncate(word)
	}
	// A word can be megabytes of combining marks: cut before normalising too.
	word = norm.NFKC.String(truncate(word))
	word = strings.Map(func(r rune) rune {
		switch {
		case r == '’' || r == '＇' || r == 'ʼ':
			return '\''
		case r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, word)
	return truncate(word)
}

func truncate(s string) string {
	if len(s) <= maxTermBytes {
		return s
	}
	cut := maxTermBytes
	for cut > maxTermBytes-4 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut]
}

// isLetters reports whether s is nothing but ASCII letters, as most words are.
func isLetters(s string) bool {
	for i := range len(s) {
		if (s[i]|0x20)-'a' >= 26 {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
