package answer

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Bounds of a piece.
const (
	// A stretch without punctuation is cut into pieces of about this many words, at cue boundaries where there are any.
	floorPiece    = 25
	floorLongest  = 60 // words; a longer sentence is such a stretch
	floorShortest = 4  // words; shorter ones ("Good question.") answer nothing
)

// A piece is a sentence of a passage, or part of a stretch without any.
type piece struct {
	passage    int
	start, end int // bytes in the passage's text
	words      int
	length     int       // analysed terms
	hits       []float64 // by term of the question: how often it is there; less than 1 if only something near it is
	order      []int     // the piece word by word: which term stands there; -1: none
	traits     traits    // in an English lecture
	answers    bool      // it follows a question that holds words of the one asked
	features   [PieceFeatures]float64
	score      float64
}

// What a word counts that is not the question's.
const (
	similarHit = 0.75 // the question's is in no lecture, and search took this one for it: a misspelling, most likely
	nearHit    = 0.6  // another form of it, as far as the beginning shows
)

// piecesOf cuts passage index into pieces, in spoken order.
func piecesOf(p retrieve.Passage, index int, q *asking) []piece {
	var out []piece
	add := func(start, end int) {
		for start < end && p.Text[start] == ' ' {
			start++
		}
		text := strings.TrimRight(p.Text[start:end], " ")
		if text != "" && utf8.RuneCountInString(text) <= guard.MaxTextRunes {
			out = append(out, q.read(piece{passage: index, start: start, end: start + len(text)}, text))
		}
	}
	for _, s := range lexical.Sentences(p.Text) {
		if spokenWords(p.Text[s.Start:s.End]) <= floorLongest {
			add(s.Start, s.End)
			continue
		}
		from := s.Start
		for _, at := range cuts(p, s) {
			if spokenWords(p.Text[from:at]) >= floorPiece {
				add(from, at)
				from = at
			}
		}
		add(from, s.End)
	}
	return out
}

// cuts are the places at which a stretch without punctuation may be cut: where its cues begin or, if some cue is too long
// to be shown, at every space.
func cuts(p retrieve.Passage, s lexical.Span) []int {
	var at []int
	last, fine := s.Start, true
	first := sort.Search(len(p.Cues), func(i int) bool { return p.Cues[i].Offset > s.Start })
	for _, cue := range p.Cues[first:] {
		if cue.Offset >= s.End {
			break
		}
		fine = fine && spokenWords(p.Text[last:cue.Offset]) <= floorLongest
		at, last = append(at, cue.Offset), cue.Offset
	}
	if fine && spokenWords(p.Text[last:s.End]) <= floorLongest {
		return at
	}
	at = at[:0]
	for i := s.Start + 1; i < s.End; i++ {
		if p.Text[i] == ' ' {
			at = append(at, i)
		}
	}
	return at
}

// spokenWords counts the words of text. Where words are not spaced two characters count as one, about what a word has in
// Chinese and Japanese.
func spokenWords(text string) int {
	n := 0
	for _, field := range strings.Fields(text) {
		letters := 0
		for _, r := range field {
			if r >= 0x0E00 && unicode.IsLetter(r) {
				letters++
			}
		}
		n += max(1, letters/2)
	}
	return n
}

// read looks for the question's terms in a piece.
func (q *asking) read(c piece, text string) piece {
	c.words = spokenWords(text)
	c.hits = make([]float64, len(q.terms))
	for _, t := range q.analyzer.Terms(text) {
		c.length++
		if i, ok := q.exact[t.Text]; ok {
			if c.hits[i] < 1 {
				c.hits[i] = 0
			}
			c.hits[i]++
			c.order = append(c.order, i)
			continue
		}
		i, counts := q.near(t.Text)
		if counts > 0 {
			c.hits[i] = max(c.hits[i], counts)
		} else {
			i = -1
		}
		c.order = append(c.order, i)
	}
	if q.english {
		c.traits = q.traits(text)
	}
	return c
}
