package retrieve

import (
	"cmp"
	"slices"
	"sort"
	"strings"
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
	Tokens   int     // cl100k_base; the sum over its chunks, so shared text counts twice
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

// pack turns what the statement found into passages, best first. Chunks are taken while they fit the budget, in
// tokens: winners by rank, then neighbours. The best one is taken even if it alone exceeds the budget.
func pack(all []found, budget int) []Passage {
	var taken []found
	spent := 0
	for _, f := range all {
		if spent+f.tokens <= budget || len(taken) == 0 {
			taken = append(taken, f)
			spent += f.tokens
		}
	}
	slices.SortStableFunc(taken, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.lecture, b.lecture), cmp.Compare(a.chunk.Ordinal, b.chunk.Ordinal))
	})
	var passages []Passage
	for i := 0; i < len(taken); {
		j := i + 1
		for j < len(taken) && taken[j].lecture == taken[i].lecture && taken[j].chunk.Ordinal == taken[j-1].chunk.Ordinal+1 {
			j++
		}
		passages = append(passages, join(taken[i:j]))
		i = j
	}
	slices.SortStableFunc(passages, func(a, b Passage) int { return cmp.Compare(b.Score(), a.Score()) })
	return passages
}

// join makes one passage of neighbouring chunks.
func join(run []found) Passage {
	p := Passage{Lecture: run[0].lecture, Title: run[0].title, Position: int(run[0].position), Version: run[0].version, Timed: run[0].timed}
	var text strings.Builder
	for i, f := range run {
		shared := 0
		if i > 0 {
			if f.overlap > 0 && strings.HasSuffix(text.String(), f.text[:f.overlap]) {
				shared = f.overlap
			} else {
				text.WriteByte(' ')
			}
		}
		c := f.chunk
		c.Start = text.Len() - shared
		text.WriteString(f.text[shared:])
		c.End = text.Len()
		c.Neighbour = c.Score == 0
		for k, offset := range f.offsets {
			at := c.Start + int(offset)
			// The shared text's cues came with the chunk before; of the rest, the first may go on with its last cue.
			if n := len(p.Cues); n > 0 && at <= p.Cues[n-1].Offset {
				continue
			}
			cue := Cue{Offset: at, StartMS: f.starts[k], EndMS: f.ends[k]}
			if len(f.speakers) > 0 {
				cue.Speaker = f.speakers[k]
			}
			if n := len(p.Cues); n > 0 && p.Cues[n-1].StartMS == cue.StartMS && p.Cues[n-1].EndMS == cue.EndMS && p.Cues[n-1].Speaker == cue.Speaker {
				continue
			}
			p.Cues = append(p.Cues, cue)
		}
		p.Chunks = append(p.Chunks, c)
		p.Tokens += f.tokens
	}
	p.Text = text.String()
	return p
}
