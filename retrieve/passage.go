package retrieve

import (
	"fmt"
	"sort"
)

// A Passage is a run of neighbouring chunks of one lecture, joined, with one copy of the text they share.
type Passage struct {
	Lecture  string
	Title    string // of the lecture
	Position int    // of the lecture in its course
	Version  int    // of the lecture
	Timed    bool   // false: the lecture has no times, and the cues' mean nothing
	Text     string
	Chunks   []Chunk // in spoken order; neighbours' ranges overlap
	Cues     []Cue   // in spoken order
	Tokens   int     // of Text, cl100k_base
}

// A Chunk says where a stored chunk stands in its passage and why it is there.
type Chunk struct {
	ID          string
	Ordinal     int      // position in the lecture, from 0
	Start, End  int      // bytes in the passage's text; exactly the chunk's stored text
	Score       float64  // fused; 0 for a neighbour
	LexicalRank int      // from 1; 0: not among the lexical candidates
	VectorRank  int      // from 1; 0: not among the nearest
	Distance    *float64 // cosine distance, 0 to 2, to 1e-6; nil: not among the nearest
	Neighbour   bool     // added for context, because a chunk beside it won
}

// A Cue says when the words from Offset on were spoken.
type Cue struct {
	Offset         int // byte in the passage's text
	StartMS, EndMS int64
	Speaker        string
}

// Why says in a few words why the chunk is there.
func (c Chunk) Why() string {
	switch {
	case c.Neighbour:
		return "neighbour"
	case c.VectorRank == 0:
		return fmt.Sprintf("lexical rank %d", c.LexicalRank)
	case c.LexicalRank == 0:
		return fmt.Sprintf("vector rank %d (distance %.3f)", c.VectorRank, *c.Distance)
	}
	return fmt.Sprintf("lexical rank %d, vector rank %d (distance %.3f)", c.LexicalRank, c.VectorRank, *c.Distance)
}

// At returns the times of the cues that the bytes [start, end) of the passage's text touch. ok is false in a lecture
// without times.
func (p Passage) At(start, end int) (startMS, endMS int64, ok bool) {
	if !p.Timed || len(p.Cues) == 0 {
		return 0, 0, false
	}
	// The cue that holds a byte is the last one that begins at or before it.
	first := max(sort.Search(len(p.Cues), func(i int) bool { return p.Cues[i].Offset > start })-1, 0)
	startMS, endMS = p.Cues[first].StartMS, p.Cues[first].EndMS
	for _, cue := range p.Cues[first+1:] {
		if cue.Offset >= end {
			break
		}
		endMS = max(endMS, cue.EndMS)
	}
	return startMS, endMS, true
}

// Score is that of the best chunk.
func (p Passage) Score() float64 {
	best := 0.0
	for _, c := range p.Chunks {
		best = max(best, c.Score)
	}
	return best
}
