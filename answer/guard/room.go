package guard

import (
	"sync"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// room is where a check keeps the words and terms that it reads, half of what
// it would allocate otherwise. It is given back empty when the verdict stands;
// nothing of a verdict is in it.
type room struct {
	words []word
	terms []lexical.Term
}

// A room has space for the words and terms of about eight sentences and their
// evidence, 120 kB; what needs more is allocated.
const (
	roomWords = 1 << 10
	roomTerms = 1 << 10
)

var rooms = sync.Pool{New: func() any {
	return &room{make([]word, 0, roomWords), make([]lexical.Term, 0, roomTerms)}
}}

// giveBack clears the room, which must not keep a lecture in memory, and lets
// the next check have it.
func (c *check) giveBack() {
	clear(c.room.words)
	clear(c.room.terms)
	c.room.words, c.room.terms = c.room.words[:0], c.room.terms[:0]
	rooms.Put(c.room)
	c.room = nil
}

// readWords is readWords in the check's room.
func (c *check) readWords(text string) []word {
	return within(&c.room.words, func(free []word) []word { return appendWords(free, text, c.lang) })
}

// terms returns the terms of text, in the check's room.
func (c *check) terms(a *lexical.Analyzer, text string) []lexical.Term {
	return within(&c.room.terms, func(free []lexical.Term) []lexical.Term { return a.AppendTerms(free, text) })
}

// within lets read append to what is free of room, and takes that from room if
// it sufficed.
func within[T any](room *[]T, read func(free []T) []T) []T {
	used := len(*room)
	got := read((*room)[used:])
	if end := used + len(got); end <= cap(*room) {
		*room = (*room)[:end]
	} else { // they moved out
		clear((*room)[used:cap(*room)])
	}
	return got[:len(got):len(got)]
}
