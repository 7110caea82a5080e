package lexical

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// Bounds of Similar.
const (
	similarShortest = 5  // letters of a term that is compared at all: shorter ones are too close to each other
	similarTwo      = 8  // letters from which two errors are allowed
	similarLongest  = 40 // letters; longer ones are no words
	similarMost     = 3  // terms returned
	similarSuffix   = 4  // letters that may follow, because stemming takes no ending off a misspelt word
)

// Similar returns the terms of lectures that term may have been meant to be, nearest first and at most three: those that
// begin with the same letter and lie at the least distance of it. The distance counts letters left out, put in or
// replaced, and neighbours swapped, once each (optimal string alignment; Boytsov, "Indexing Methods for Approximate
// Dictionary Searching", JEA 2011); one is allowed from 5 letters on, two from 8. An ending of up to four letters that
// only term has does not count, if what is before it is no shorter than 5. Among equals, those in more documents come
// first, then byte order. It is for terms that no document holds; for one that some document does it is that term.
func Similar(lectures []*Postings, term string) []string {
	letters := []rune(term)
	if len(letters) < similarShortest || len(letters) > similarLongest || strings.ContainsAny(term, "0123456789") {
		return nil
	}
	first := term[:utf8.RuneLen(letters[0])]
	type match struct {
		term     string
		distance int
		df       int
	}
	found := map[string]*match{}
	least := 2*len(letters) + 2
	var d distance
	for _, l := range lectures {
		if l == nil {
			continue
		}
		at := sort.Search(len(l.terms), func(i int) bool { return l.term(&l.terms[i]) >= first })
		for ; at < len(l.terms) && strings.HasPrefix(l.term(&l.terms[at]), first); at++ {
			e := &l.terms[at]
			other := l.term(e)
			if m := found[other]; m != nil {
				m.df += int(e.df)
				continue
			}
			n, ok := d.between(other, letters)
			if !ok || n > least {
				continue
			}
			least = n
			found[other] = &match{term: other, distance: n, df: int(e.df)}
		}
	}
	var best []*match
	for _, m := range found {
		if m.distance == least {
			best = append(best, m)
		}
	}
	slices.SortFunc(best, func(a, b *match) int {
		return cmp.Or(cmp.Compare(b.df, a.df), strings.Compare(a.term, b.term))
	})
	out := make([]string, 0, similarMost)
	for _, m := range best[:min(len(best), similarMost)] {
		out = append(out, m.term)
	}
	return out
}

// distance holds the rows of the table between two words.
type distance struct {
	rows  [3][similarLongest + 1]int
	other []rune
}

// between is twice the distance of other to word, and one more if an ending of word is left out of account. ok is false
// if that is more than is allowed.
func (d *distance) between(other string, word []rune) (n int, ok bool) {
	if len(other) < len(word)-similarSuffix-2 || len(other) > 4*(len(word)+2) {
		return 0, false
	}
	d.other = append(d.other[:0], []rune(other)...)
	m, w := len(d.other), len(word)
	if m < 4 || m > w+2 || m < w-similarSuffix-2 {
		return 0, false
	}
	before, last, row := &d.rows[0], &d.rows[1], &d.rows[2]
	for j := range w + 1 {
		last[j] = j
	}
	for i := 1; i <= m; i++ {
		row[0] = i
		least := i
		for j := 1; j <= w; j++ {
			same := 1
			if d.other[i-1] == word[j-1] {
				same = 0
			}
			row[j] = min(last[j-1]+same, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && d.other[i-1] == word[j-2] && d.other[i-2] == word[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > 2 {
			return 0, false
		}
		before, last, row = last, row, before
	}
	n = 3 * w
	for j := max(w-similarSuffix, min(similarShortest, w)); j <= w; j++ {
		errors, allowed := last[j], 1
		if j >= similarTwo {
			allowed = 2
		}
		if errors <= allowed && m >= 4 {
			cost := 2 * errors
			if j < w {
				cost++
			}
			n = min(n, cost)
		}
	}
	return n, n < 3*w
}
