package answer

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An expectation is what kind of answer an English question wants, as far as its first question word and the three words
// behind that show. The zero value is none.
type expectation uint8

const (
	wantsNothing expectation = iota // known: "why", "how", another language
	wantsTime
	wantsQuantity
	wantsPerson
	wantsPlace
	wantsThing // "what" or "which" without a word that says what kind
)

// expected reads an English question.
func expected(question string) expectation {
	words := strings.FieldsFunc(strings.ToLower(question), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	for i, w := range words {
		switch w {
		case "when":
			return wantsTime
		case "who", "whom", "whose":
			return wantsPerson
		case "where":
			return wantsPlace
		case "why":
			return wantsNothing
		case "how":
			if i+1 < len(words) && howNumber[words[i+1]] {
				return wantsQuantity
			}
		case "what", "which":
			for _, head := range words[i+1 : min(i+4, len(words))] {
				switch {
				case timeHeads[head]:
					return wantsTime
				case quantityHeads[head]:
					return wantsQuantity
				case personHeads[head]:
					return wantsPerson
				case placeHeads[head]:
					return wantsPlace
				}
			}
			return wantsThing
		}
	}
	return wantsNothing
}

// describe fills the features of a piece that say whether it holds what is wanted.
func (e expectation) describe(c *piece) {
	names := math.Log(1 + float64(c.traits.names))
	switch e {
	case wantsTime:
		c.features[featureTime] = one(c.traits.time)
	case wantsQuantity:
		c.features[featureQuantity] = one(c.traits.quantity)
	case wantsPerson:
		c.features[featurePerson] = names
	case wantsPlace:
		c.features[featurePlaceName], c.features[featurePlaceIn] = names, one(c.traits.place)
	case wantsThing:
		c.features[featureThingName] = names
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// traits are what kinds of answers an English text may hold, as far as its letters show. What the question holds too is
// no answer. Where nobody wrote capitals there are no names.
type traits struct {
	time     bool // a year, the name of a month, a century
	quantity bool // another number, in digits or words
	names    int  // runs of words with a capital, not at the beginning of the text
	place    bool // one of them stands behind a preposition of place
	pronoun  bool // it begins with one, or with "but it" and the like
}

func (q *asking) traits(text string) traits {
	var t traits
	words := strings.Fields(text)
	inName, before := false, [2]bool{} // was the word before part of a name; were the last two prepositions of place
	for i, field := range words {
		word := bare(field)
		lower := unpossessed(strings.ToLower(word))
		t.pronoun = t.pronoun || pronouns[lower] && (i == 0 || i == 1 && linkWords[bare(strings.ToLower(words[0]))])
		first, _ := utf8.DecodeRuneInString(word)
		name := word != "" && i > 0 && unicode.IsUpper(first) && !q.words[lower] && !strings.HasSuffix(words[i-1], ".")
		if name {
			t.names += int(one(!inName))
			t.place = t.place || before[0] || before[1]
		}
		inName, before = name, [2]bool{before[1], placeWords[strings.ToLower(field)]}
		if word == "" || q.words[lower] {
			continue
		}
		next := ""
		if i+1 < len(words) {
			next = strings.ToLower(words[i+1])
		}
		switch digits := countDigits(word); {
		case digits > 0 && isYear(word, digits):
			t.time = true
		case digits > 0:
			t.quantity = true
			t.time = t.time || strings.HasPrefix(next, "centur")
		case numberWords[lower]:
			t.quantity = true
		case monthNames[lower] && word != lower, lower == "century", lower == "centuries", lower == "decade":
			t.time = true
		}
	}
	return t
}

// isYear reports whether a word with digits looks like a year or a span of years: 1066, 1930s, 1806-07.
func isYear(word string, digits int) bool {
	word = strings.TrimRight(word, "s")
	return digits >= 4 && digits <= 8 && (word[0] == '1' || word[0] == '2') && !strings.ContainsAny(word, ",.%$")
}

func countDigits(word string) int {
	n := 0
	for _, r := range word {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// bare is a word without the punctuation around it.
func bare(word string) string { return strings.Trim(word, ".,;:!?()[]\"'“”‘’—–") }

func unpossessed(word string) string {
	return strings.TrimSuffix(strings.TrimSuffix(word, "'s"), "’s")
}

// What English words behind "what" or "which" ask for.
var (
	howNumber     = wordSet("many much long old large big far fast often tall deep high")
	timeHeads     = wordSet("year years date dates century centuries decade decades month day time period era")
	quantityHeads = wordSet(`percent percentage number amount proportion fraction share population temperature length
		distance speed price cost size rate ratio`)
	personHeads = wordSet(`person people man woman king queen emperor president leader author scientist mathematician
		philosopher group company organization team tribe family engineer inventor actor actress singer writer director player
		nationality title name`)
	placeHeads = wordSet(`country countries city cities state states continent region place location river town county province
		island area nation ocean sea mountain street building university school`)
)

// English words that tell traits.
var (
	placeWords = wordSet("in at near from to of across into through outside around")
	monthNames = wordSet("january february march april may june july august september october november december")
	pronouns   = wordSet("it he she they this these that those such his her their its there one both another")
	linkWords  = wordSet("but however also thus and so then therefore because instead although while")
	// numbers that are written as words
	numberWords = wordSet(`two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty
		fifty sixty hundred thousand million billion trillion dozen half third quarter twice both single first second`)
)
