package ingest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/ingest/transcript"
)

// SplitterVersion is part of every chunk id. It changes whenever Split would
// cut any text differently, or count its tokens in another encoding.
const SplitterVersion = "s1"

// A SplitConfig sets the sizes of chunks, in tokens. Fields out of range are
// brought into it, so every value works.
type SplitConfig struct {
	// Target is the size aimed at; a sentence longer than that is cut.
	// At least 64.
	Target int
	// Max is never exceeded, overlap included. At least Target.
	Max int
	// Overlap is the part of Target that a chunk repeats from the one before,
	// in whole sentences: 0 to 0.5.
	Overlap float64
	// Window is how far a boundary looks to either side. Boundaries are more
	// than this apart, and about twice this on average, before what is too
	// long is cut again. At least 8, at most Target.
	Window int
}

// DefaultSplit was chosen by measuring (TestChurn). With it chunks have 137, 213
// and 341 tokens (p5, p50, p95) on ten real lectures, and 99 of 100 word edits
// make at most 3 new ids. A window of 112 brings the median to 231 and, in
// samples of 300 edits a lecture, the worst edit from 3 to 5.
var DefaultSplit = SplitConfig{Target: 256, Max: 384, Overlap: 0.15, Window: 96}

// Version names how Split cuts with c: SplitterVersion for DefaultSplit, and for every other setting a name of its own. It
// is part of a chunk's id, so chunks of two settings never have one id.
func (c SplitConfig) Version() string {
	c = c.clamped()
	if c == DefaultSplit {
		return SplitterVersion
	}
	return fmt.Sprintf("%s/%d/%d/%g/%d", SplitterVersion, c.Target, c.Max, c.Overlap, c.Window)
}

func (c SplitConfig) clamped() SplitConfig {
	c.Target = max(c.Target, 64)
	c.Max = max(c.Max, c.Target)
	c.Overlap = min(max(c.Overlap, 0), 0.5)
	c.Window = min(max(c.Window, 8), c.Target)
	return c
}

// room is the size of overlap aimed at.
func (c SplitConfig) room() int { return int(float64(c.Target) * c.Overlap) }

// coreLimit is the most that a chunk may hold besides its overlap.
func (c SplitConfig) coreLimit() int { return c.Max - max(c.room()*3/2, minOverlap) }

// atomLimit is the most that a sentence may hold without being cut.
func (c SplitConfig) atomLimit() int { return min(c.Target, c.Max-minOverlap) }

// minOverlap is kept free for the one character that a chunk repeats when
// nothing separates it from the one before (a cut within a word).
const minOverlap = 8

// Split cuts a lecture into overlapping chunks. It is pure: the same segments
// give the same chunks, and times decide nothing where sentences end.
//
// Boundaries are local, so that an edit changes only the chunks around it. A
// sentence begins a chunk if its hash is the smallest within Window tokens to
// both sides. Stretches that are still too long are cut at the smallest hash
// inside them, again and again. Nothing is carried along from the beginning:
// beyond the nearest boundaries outside the window around an edit, all chunks
// stay as they were.
//
// count gives the tokens of a text. It must add up over words that carry the
// space before them, as cl100k_base does. It is called once per distinct word,
// and on longer texts only where words are not separated by spaces.
//
// The time is O(n log n) in the length of the text. Segments without text are
// passed over; without any text there are no chunks.
func Split(segs []transcript.Segment, count func(string) int, cfg SplitConfig) []Chunk {
	cfg = cfg.clamped()
	s := newScript(segs)
	c := &counter{count: count, text: s.text, memo: make(map[string]int)}
	atoms := s.atoms(c, cfg)
	starts := cut(atoms, cfg.Window, cfg.coreLimit())
	var chunks []Chunk
	for i, lo := range starts {
		hi, prev := len(atoms), 0
		if i+1 < len(starts) {
			hi = starts[i+1]
		}
		if i > 0 {
			prev = starts[i-1]
		}
		chunks = s.emit(chunks, atoms, prev, lo, hi, c, cfg)
	}
	return chunks
}

// emit appends the chunk whose own part is atoms[lo:hi], preceded by overlap
// from atoms[prev:lo].
func (s *script) emit(chunks []Chunk, atoms []atom, prev, lo, hi int, c *counter, cfg SplitConfig) []Chunk {
	start, end := atoms[lo].start, atoms[hi-1].end
	var overlap, tokens int
	for most := cfg.Max - tokensOf(atoms[lo:hi]); ; most /= 2 {
		first := lo
		if lo > 0 {
			first = overlapStart(atoms, prev, lo, cfg.room(), most)
			start = atoms[first].start
			overlap = 0
			if first == lo && atoms[lo].glued {
				_, size := utf8.DecodeLastRuneInString(s.text[:start])
				start -= size
			}
			if start < atoms[lo].start {
				overlap = atoms[lo-1].end - start
			}
		}
		// The first word has no space before it and may take more tokens than
		// with one; where words are not separated, parts need not add up.
		tokens = c.chunk(atoms[first:hi], start, end)
		if tokens <= cfg.Max || first == lo {
			break
		}
	}
	if tokens > cfg.Max && hi-lo > 1 {
		mid := lo + (hi-lo)/2
		chunks = s.emit(chunks, atoms, prev, lo, mid, c, cfg)
		return s.emit(chunks, atoms, lo, mid, hi, c, cfg)
	}
	return append(chunks, Chunk{
		Text:    s.text[start:end],
		Tokens:  tokens,
		Overlap: overlap,
		Heading: s.headings(atoms[lo].start, end),
		Cues:    s.cuesOf(start, end),
	})
}

// overlapStart returns the atom of (prev, lo] from which to repeat: the one
// that comes nearest to room tokens, without exceeding most or twice room.
func overlapStart(atoms []atom, prev, lo, room, most int) int {
	best, bestOff := lo, room
	sum := 0
	for i := lo - 1; i > prev; i-- {
		sum += atoms[i].tokens
		if sum > most || sum > 2*room {
			break
		}
		if off := abs(sum - room); off < bestOff {
			best, bestOff = i, off
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// A script is the whole text of a lecture and where each segment begins in it.
type script struct {
	text string
	segs []transcript.Segment // those with text
	at   []int                // byte of text at which segs[i] begins; ascending
	// above is, for each segment, the nearest heading at or above it, and for a
	// heading outer is the one that it stands under. -1: none.
	above, outer []int
}

func newScript(segs []transcript.Segment) *script {
	s := &script{}
	var b strings.Builder
	for _, seg := range segs {
		text := strings.TrimSpace(seg.Text)
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		s.at = append(s.at, b.Len())
		s.segs = append(s.segs, seg)
		s.nest(len(s.segs)-1, seg.Level)
		b.WriteString(text)
	}
	s.text = b.String()
	return s
}

// cuesOf returns the cues that text[start:end] touches.
func (s *script) cuesOf(start, end int) []Cue {
	first := sort.SearchInts(s.at, start+1) - 1 // the last that begins at or before start
	last := sort.SearchInts(s.at, end)
	cues := make([]Cue, 0, last-first)
	for i := first; i < last; i++ {
		seg := &s.segs[i]
		cues = append(cues, Cue{
			Offset: max(s.at[i]-start, 0), StartMS: seg.StartMS, EndMS: seg.EndMS, Speaker: seg.Speaker,
		})
	}
	return cues
}

// nest puts segment i, a heading if level is above 0, under the headings before
// it: a heading stands under the nearest one of a lower level.
func (s *script) nest(i, level int) {
	above := -1
	if i > 0 {
		above = s.above[i-1]
	}
	outer := -1
	if level > 0 {
		for outer = above; outer >= 0 && s.segs[outer].Level >= level; {
			outer = s.outer[outer]
		}
		above = i
	}
	s.above, s.outer = append(s.above, above), append(s.outer, outer)
}

// maxHeadings bounds Chunk.Heading, in bytes; the schema checks the same.
const maxHeadings = 2000

// headings returns those that text[start:end] stands under, see Chunk.Heading.
func (s *script) headings(start, end int) string {
	i := sort.SearchInts(s.at, start+1) - 1
	var found []int
	for h := s.above[i]; h >= 0; h = s.outer[h] {
		found = append(found, h)
	}
	slices.Reverse(found)
	for i++; i < len(s.at) && s.at[i] < end; i++ {
		if s.segs[i].Level > 0 {
			found = append(found, i)
		}
	}
	var b strings.Builder
	for _, h := range found {
		text := strings.TrimSpace(s.segs[h].Text)
		if b.Len()+1+len(text) > maxHeadings {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(text)
	}
	return b.String()
}
