package lexical

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// Recent remembers what a pure function of a word gave for the words asked for
// of late: a lecture says the same few thousand words again and again, and a
// stemmer takes ten times as long as a look-up. Each word has one slot, by its
// hash, and whoever comes last has it; so what is held is bounded, nobody waits,
// and an answer is the function's own whoever else reads or writes. It is safe
// for concurrent use.
type Recent[T any] struct {
	of    func(word string) T
	seed  maphash.Seed
	slots [recentSlots]atomic.Pointer[remembered[T]]
}

// Words longer than recentBytes are not remembered, so with results of that
// size 4,096 slots are at most half a megabyte. A lecture has about 1,250 terms.
const (
	recentSlots = 1 << 12
	recentBytes = 32
)

type remembered[T any] struct {
	word   string
	result T
}

// NewRecent returns the memory of a function, which is called with a copy of a
// word that it may keep. What it returns must be bounded by the word's length,
// and must not be changed by those who get it.
func NewRecent[T any](of func(word string) T) *Recent[T] {
	return &Recent[T]{of: of, seed: maphash.MakeSeed()}
}

// Of returns the function's result for word, from memory if it is there.
func (r *Recent[T]) Of(word string) T {
	slot := &r.slots[maphash.String(r.seed, word)%recentSlots]
	if known := slot.Load(); known != nil && known.word == word {
		return known.result
	}
	word = strings.Clone(word) // neither a slot nor a result keeps a lecture in memory
	known := &remembered[T]{word, r.of(word)}
	if len(word) <= recentBytes {
		slot.Store(known)
	}
	return known.result
}
