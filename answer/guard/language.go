package guard

import (
	"strconv"
	"strings"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// cue says what a word does to the meaning of those around it, by the lists of
// its language.
type cue uint32

const (
	cueFunction cue = 1 << iota // no content of its own
	cueClause                   // a clause begins
	cueNot                      // denies what it stands by: not, never, no, without
	cueLacks                    // denies by its meaning: lack, fail, prevent
	cueAll                      // everything, always
	cueSome                     // not everything, not always
	cueOnly                     // nothing else
	cueMore                     // the greater, later or higher of two
	cueLess                     // the other way round
	cueThan                     // between the sides of a comparison
	cueBefore                   // between two events, in their order
	cueAfter                    // in reverse order
	cueCause                    // between cause and effect, in that order
	cueBecause                  // between effect and cause
	cueAbout                    // the number behind it is rounded
	cueAtLeast                  // the number behind it is a lower bound
	cueAtMost                   // an upper bound
	cueNumber                   // a word of the number grammar
	cueUnit                     // a unit of measurement
	cueName                     // written with a capital, and no name
	cueAdverb                   // stands between "not" and what it denies
	cueInstead                  // contrasts: instead of, rather than, unlike
	cuePair                     // says "two" without a number: both, pair, either
	cueArticle                  // a, the, each: one of something
	cuePronoun                  // he, they
)

func (c cue) has(any cue) bool { return c&any != 0 }

// language is what layers 4 to 7 need to know of one.
type language struct {
	// cues of words in lower case and of signs.
	cues map[string]cue
	// numbers are the words of the number grammar.
	numbers map[string]numberWord
	// units by their names in lower case.
	units map[string]measure
	// antonyms holds, by stem, the stem that says the opposite.
	antonyms map[string][]string
	stem     func(low string) string
	// known are the readings of the words of late.
	known *lexical.Recent[reading]
	// decimalComma: a comma may stand before decimals.
	decimalComma bool
	// capitalNouns: nouns have capitals (German), so a capital makes no name.
	capitalNouns bool
	// meaning: layer 6 judges the language too, not only numbers and names.
	meaning bool
}

// languages are those that can be judged beyond the quote, by base language.
var languages = map[string]*language{"en": english()}

// languageOf returns the language of a BCP 47 tag, of which only the base
// counts, in either case; nil if it cannot be judged.
func languageOf(tag string) *language {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	return languages[base]
}

// add gives each of the words, separated by white space, the cue.
func (l *language) add(c cue, words string) {
	for _, w := range strings.Fields(words) {
		l.cues[w] |= c
	}
}

// opposite makes each "a/b" of pairs opposites of each other, by their stems.
func (l *language) opposite(pairs string) {
	for _, p := range strings.Fields(pairs) {
		a, b, _ := strings.Cut(p, "/")
		a, b = l.stem(a), l.stem(b)
		if a == b {
			continue
		}
		l.antonyms[a] = append(l.antonyms[a], b)
		l.antonyms[b] = append(l.antonyms[b], a)
	}
}

// spell gives consecutive words consecutive values, from 0 by steps of 1; a
// first word "10" starts there, "20/10" sets the step too.
func (l *language) spell(role numberRole, words string) {
	value, step := 0.0, 1.0
	for i, w := range strings.Fields(words) {
		if i == 0 && w[0] >= '0' && w[0] <= '9' {
			start, by, _ := strings.Cut(w, "/")
			value, _ = strconv.ParseFloat(start, 64)
			if by != "" {
				step, _ = strconv.ParseFloat(by, 64)
			}
			continue
		}
		l.number(w, value, role)
		value += step
	}
}

func (l *language) number(word string, value float64, role numberRole) {
	l.numbers[word] = numberWord{value, role}
	l.cues[word] |= cueNumber
}
