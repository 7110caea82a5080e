package lexical

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// corrected adds to the terms of a question what the search adds.
func corrected(a *Analyzer, index []*Postings, question string) []string {
	terms := asked(a, index, question)
	all := terms[:len(terms):len(terms)]
	for _, term := range terms {
		if !Holds(index, term) {
			all = append(all, Similar(index, term)...)
		}
	}
	return all
}

// TestSimilarCostsNothing: questions as they were asked are ranked no worse for it, though some of their words stand in no
// passage for better reasons than an error. The same questions with one error in their longest word gain.
func TestSimilarCostsNothing(t *testing.T) {
	sets := []string{"squad2", "cranfield"}
	if os.Getenv("LECTERN_STRESS") != "" {
		sets = append(sets, "mlquestions-dev") // half a minute
	}
	for _, set := range sets {
		t.Run(set, func(t *testing.T) {
			c := readCollection(t, testdata(t, filepath.Join("retrieval", set)))
			a, err := NewAnalyzer("en")
			if err != nil {
				t.Fatal(err)
			}
			index := c.index(a)
			plain := func(q string) []string { return asked(a, index, q) }
			similar := func(q string) []string { return corrected(a, index, q) }
			before, after := c.measure(index, plain, DefaultBM25), c.measure(index, similar, DefaultBM25)
			rng := rand.New(rand.NewPCG(1, 2))
			for i := range c.queries {
				c.queries[i].Text = misspellLongest(rng, c.queries[i].Text)
			}
			wrongBefore, wrongAfter := c.measure(index, plain, DefaultBM25), c.measure(index, similar, DefaultBM25)
			t.Logf("nDCG@10 %.4f, with similar terms %.4f; misspelt %.4f, with similar terms %.4f", before.ndcg, after.ndcg, wrongBefore.ndcg, wrongAfter.ndcg)
			if math.Round(after.ndcg*1000) < math.Round(before.ndcg*1000)-2 {
				t.Errorf("nDCG@10 fell from %.4f to %.4f", before.ndcg, after.ndcg)
			}
			if wrongAfter.ndcg < wrongBefore.ndcg+0.01 {
				t.Errorf("misspelt: nDCG@10 is %.4f, without %.4f", wrongAfter.ndcg, wrongBefore.ndcg)
			}
		})
	}
}

func TestSimilar(t *testing.T) {
	a, err := NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	index := []*Postings{
		Build(a, "", []string{"congestion control", "the router forwards a datagram", "forward forward"}),
		nil,
		Build(a, "", []string{"congestion, congested; Schrödinger's cat", "a route, a routine, IPv6 and the protocol"}),
	}
	for _, c := range []struct{ word, want string }{
		{"congetsion", "congest"}, // the stemmer takes no ending off
		{"congestoin", "congest"}, // nor here
		{"roouter", "router"},     // one letter too many
		{"forwrd", "forward"},     // one too few
		{"datagarm", "datagram"},  // two swapped
		{"dtagarm", ""},           // a second error in seven letters
		{"schordinger", "schroding"},
		{"protocl", "protocol"},
		{"xouter", ""}, // another first letter
		{"ipv7", ""},   // a number is no typing error
		{"cet", ""},    // too short
		{"house", ""},  // nothing is like it
		{"", ""},
		{strings.Repeat("r", 10000), ""},
		{"\xff\xfe\xfd\xfc\xfb\xfa", ""},
	} {
		terms := a.Strings(c.word)
		if len(terms) == 0 {
			terms = []string{c.word}
		}
		if got := strings.Join(Similar(index, terms[0]), " "); got != c.want {
			t.Errorf("Similar(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}

// TestDistance compares with the recurrence written down without sparing anything.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := func(name string) string { return rapid.StringMatching(`[abcé]{4,14}`).Draw(t, name) }
		other, asked := word("other"), []rune(word("asked"))
		var d distance
		got, ok := d.between(other, asked)
		want, found := 0, false
		for j := min(len(asked), similarShortest); j <= len(asked); j++ {
			errors, allowed := alignment([]rune(other), asked[:j]), 1
			if j >= similarTwo {
				allowed = 2
			}
			cost := 2 * errors
			if j < len(asked) {
				cost++
			}
			if len(asked)-j <= similarSuffix && errors <= allowed && (!found || cost < want) {
				want, found = cost, true
			}
		}
		if ok != found || ok && got != want {
			t.Fatalf("between(%q, %q) = %d, %t, want %d, %t", other, string(asked), got, ok, want, found)
		}
	})
}

func alignment(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range b {
		d[0][j+1] = j + 1
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			d[i][j] = min(d[i-1][j-1]+same, d[i-1][j]+1, d[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// BenchmarkSimilar compares one unknown word with the vocabulary of a course of 2,000 chunks.
func BenchmarkSimilar(b *testing.B) {
	index, queries := benchIndex(b)
	rng := rand.New(rand.NewPCG(1, 1))
	i := 0
	for b.Loop() {
		words := queries[i%len(queries)]
		Similar(index, misspellLongest(rng, words[i%len(words)]+"xq"))
		i++
	}
}

// misspellLongest makes one error in the longest word of text, behind its first letter.
func misspellLongest(rng *rand.Rand, text string) string {
	words := strings.Fields(text)
	longest := 0
	for i, w := range words {
		if len(w) > len(words[longest]) {
			longest = i
		}
	}
	b := []byte(words[longest])
	if len(b) < 5 {
		return text
	}
	i := 1 + rng.IntN(len(b)-3)
	switch rng.IntN(4) {
	case 0:
		b[i], b[i+1] = b[i+1], b[i]
	case 1:
		b = append(b[:i], b[i+1:]...)
	case 2:
		b = append(b[:i+1], b[i:]...)
	default:
		b[i] = byte('a' + rng.IntN(26))
	}
	words[longest] = string(b)
	return strings.Join(words, " ")
}
