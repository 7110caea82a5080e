package llm

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The shares were chosen by nDCG@10 on squad2, cranfield and mlquestions-dev with
// and without typing errors in the questions: n-grams at 4 instead of 1 gave
// .726 for .677 and .539 for .463 on squad2, and much the same on the others.
const (
	gramMin, gramMax = 3, 5 // characters of an n-gram, word boundaries included
	gramShare        = 4.0  // of a word's squared weight, against 1 for the word itself
	stopWeight       = 0.15 // of a stop word, against 1 for any other
	longestWord      = 48   // characters; longer runs have only n-grams
)

// Seeds keep the kinds of features apart.
const (
	seedWord uint64 = iota + 1
	seedGram
	seedWhole
)

// features counts what a text is made of. order lists the hashes by first
// occurrence.
type features struct {
	order []uint64
	parts map[uint64]*part
}

// A part is one feature: how often it occurred, counting a stop word's less.
type part struct {
	count float64 // occurrences
	scale float64 // weight of one occurrence, the largest seen
}

func (f *features) add(h uint64, scale float64) {
	p := f.parts[h]
	if p == nil {
		p = &part{}
		f.parts[h] = p
		f.order = append(f.order, h)
	}
	p.count++
	p.scale = max(p.scale, scale)
}

// weight is sublinear in the count: 1 + ln(count), as usual for term
// frequencies (Manning, Raghavan, Schütze, "Introduction to Information
// Retrieval", 2008, section 6.4.1).
func (f *features) weight(h uint64) float64 {
	p := f.parts[h]
	return p.scale * (1 + math.Log(p.count))
}

// featuresOf takes text apart in its comparison form: NFKC, lower case, without
// format characters. Words are runs of letters, marks and digits, with
// apostrophes dropped. In scripts written without spaces each run of characters
// gives its single characters, pairs and triples instead. A text that has
// neither gives its visible characters.
func featuresOf(text string) *features {
	f := &features{parts: make(map[uint64]*part, 256)}
	text = strings.ToLower(norm.NFKC.String(text))
	var word, run []rune // the word, the unspaced run being read
	endWord := func() {
		if len(word) > 0 {
			f.addWord(word)
			word = word[:0]
		}
	}
	endRun := func() {
		if len(run) > 0 {
			f.addRun(run)
			run = run[:0]
		}
	}
	for _, r := range text {
		switch {
		case unspaced(r):
			endWord()
			run = append(run, r)
		case unicode.IsMark(r) && len(run) > 0:
			run = append(run, r)
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			endRun()
			word = append(word, r)
		case r == '\'', r == '’', unicode.Is(unicode.Cf, r):
			// "don't" is one word; soft hyphens and joiners are not there
		default:
			endWord()
			endRun()
		}
	}
	endWord()
	endRun()
	if len(f.order) == 0 {
		for _, r := range text {
			if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
				f.add(hashBytes(seedWord, string(r)), 1)
			}
		}
	}
	return f
}

// addWord adds a word and the n-grams of <word>. What the n-grams weigh
// together does not depend on the word's length.
func (f *features) addWord(word []rune) {
	scale := 1.0
	if len(word) <= longestWord {
		s := string(word)
		if stopWords[s] {
			scale = stopWeight
		}
		f.add(hashBytes(seedWord, s), scale)
	}
	marked := make([]rune, 0, len(word)+2)
	marked = append(append(append(marked, '<'), word...), '>')
	grams := 0
	for n := gramMin; n <= gramMax; n++ {
		grams += max(len(marked)-n+1, 0)
	}
	if grams == 0 {
		return
	}
	each := scale * math.Sqrt(gramShare/float64(grams))
	for n := gramMin; n <= gramMax; n++ {
		for i := 0; i+n <= len(marked); i++ {
			f.add(hashRunes(seedGram, marked[i:i+n]), each)
		}
	}
}

// addRun adds the characters, pairs and triples of text without spaces. Pairs
// carry most: they are what words are made of in Chinese and Japanese.
func (f *features) addRun(run []rune) {
	for n, scale := range []float64{1: 0.4, 2: 1, 3: 0.6} {
		for i := 0; n > 0 && i+n <= len(run); i++ {
			f.add(hashRunes(seedWord, run[i:i+n]), scale)
		}
	}
}

// unspaced reports whether r belongs to a script that does not put spaces
// between words.
func unspaced(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// FNV-1a, 64 bits (Fowler, Noll, Vo; constants from draft-eastlake-fnv), with a
// final mix (the murmur3 finaliser, Appleby) because the low bits of FNV alone
// spread short strings poorly.
const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

func hashBytes(seed uint64, s string) uint64 {
	h := (fnvOffset ^ seed) * fnvPrime
	for _, r := range s {
		h = (h ^ uint64(r)) * fnvPrime
	}
	return mix(h)
}

func hashRunes(seed uint64, s []rune) uint64 {
	h := (fnvOffset ^ seed) * fnvPrime
	for _, r := range s {
		h = (h ^ uint64(r)) * fnvPrime
	}
	return mix(h)
}

func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// stopWords are frequent words without a subject, of four languages. Only their
// weight is lower: a question made of nothing else still has a vector.
var stopWords = wordSet(`
a about after all also am an and any are as at be because been before being but by can could did do does doing dont
for from had has have having he her here him his how i if in into is it its just like me more most my no not now of
okay on one only or other our out over really right s she should so some such t than that thats the their them then
there these they this those to too up us very was we well were what when where which while who why will with would
you your
aber als am an auch auf aus bei bin bis das dass dem den der des die doch ein eine einem einen einer er es für hat ich
ihr im in ist ja kann man mit nach nicht noch nur oder sich sie sind so über um und uns von vor war was wenn wer wie wir
wird zu zum zur
au aux avec ce ces cette dans de des du elle en est et il ils je la le les leur lui mais ne nous on ou par pas plus pour
qu que qui sa se ses son sont sur un une vous
al como con cual de del donde el ella en era es esta este esto ha hay la las lo los más muy no o para pero por que se
ser si sin sobre son su sus también te un una y ya
`)

func wordSet(list string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}
