package lexical

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// recent remembers what a pure function of a word gave for the words asked for
// of late: a lecture says the same few thousand words again and again, and a
// stemmer takes ten times as long as a look-up. Each word has one slot, by its
// hash, and whoever comes last has it; so what is held is bounded (see
// recentSlots), nobody waits, and an answer is the function's own whoever else
// reads or writes. It is safe for concurrent use.
type recent struct {
	seed  maphash.Seed
	slots [recentSlots]atomic.Pointer[recentTerm]
}

// With at most recentBytes in a word and as much in its term, 4,096 slots are
// at most half a megabyte. A lecture has about 1,250 terms.
const (
	recentSlots = 1 << 12
	recentBytes = 32
)

type recentTerm struct{ word, term string }

func newRecent() *recent { return &recent{seed: maphash.MakeSeed()} }

// of returns f(word), from memory if it is there.
func (r *recent) of(word string, f func(string) string) string {
	if len(word) > recentBytes {
		return f(word)
	}
	slot := &r.slots[maphash.String(r.seed, word)%recentSlots]
	if known := slot.Load(); known != nil && known.word == word {
		return known.term
	}
	word = strings.Clone(word) // a slot must not keep a lecture in memory
	term := f(word)
	if len(term) <= recentBytes {
		slot.Store(&recentTerm{word, term})
	}
	return term
}
