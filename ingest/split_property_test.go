package ingest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/lectern-tutor/lectern/ingest/transcript"
)

// The properties of chunks, each by itself. That an edit changes nothing outside
// the window around it is TestEditsStayLocal, what an edit costs TestChurn.

// TestEveryWordInAChunk numbers all words and finds each of them in a chunk, in
// order, with the times of the cue that it was said in.
func TestEveryWordInAChunk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := rapid.SampledFrom([]string{"", "", ".", "?", ","})
		var segs []transcript.Segment
		said := map[string]int{} // by word: its segment
		for i := range rapid.IntRange(1, 120).Draw(t, "cues") {
			var cue []string
			for range rapid.IntRange(1, 20).Draw(t, "words") {
				word := fmt.Sprintf("w%d", len(said))
				said[word] = i
				cue = append(cue, word+ends.Draw(t, "end"))
			}
			segs = append(segs, transcript.Segment{StartMS: int64(i) * 1000, EndMS: int64(i)*1000 + 900, Speaker: fmt.Sprint("s", i), Text: strings.Join(cue, " ")})
		}
		found := map[string]bool{}
		last := -1
		for _, c := range split(segs) {
			for i, cue := range c.Cues {
				end := len(c.Text)
				if i+1 < len(c.Cues) {
					end = c.Cues[i+1].Offset
				}
				for word := range strings.FieldsSeq(c.Text[cue.Offset:end]) {
					word = strings.TrimRight(word, ".?,")
					seg, known := said[word]
					if !known {
						t.Fatalf("%q is no word of the lecture", word)
					}
					if s := segs[seg]; cue.StartMS != s.StartMS || cue.EndMS != s.EndMS || cue.Speaker != s.Speaker {
						t.Fatalf("%q has the times of another cue: %+v, not %+v", word, cue, s)
					}
					var n int
					if _, err := fmt.Sscanf(word, "w%d", &n); err != nil || n > last+1 {
						t.Fatalf("%q follows word %d (%v)", word, last, err)
					}
					last = max(last, n)
					found[word] = true
				}
			}
		}
		if len(found) != len(said) {
			t.Fatalf("%d words of %d are in chunks", len(found), len(said))
		}
	})
}

// TestTimesOrderedAndInside: cues of a chunk and chunks of a lecture stand in
// order of time, and none begins before the lecture or ends after it.
func TestTimesOrderedAndInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segs := lectureText(t, 1, 150)
		end := int64(0)
		for i := range segs { // overlapping cues, and some without length
			segs[i].EndMS = segs[i].StartMS + rapid.SampledFrom([]int64{0, 1, 3000, 60_000}).Draw(t, "length")
			end = max(end, segs[i].EndMS)
		}
		before := int64(0) // start of the chunk before
		for i, c := range split(segs) {
			if len(c.Cues) == 0 || c.Cues[0].StartMS < before {
				t.Fatalf("chunk %d begins before the one above it: %+v", i, c.Cues)
			}
			before = c.Cues[0].StartMS
			for j, cue := range c.Cues {
				if cue.StartMS < 0 || cue.EndMS < cue.StartMS || cue.EndMS > end || cue.Offset < 0 || cue.Offset >= len(c.Text) {
					t.Fatalf("chunk %d, cue %d: %+v in a lecture of %d ms", i, j, cue, end)
				}
				if j > 0 && (cue.StartMS < c.Cues[j-1].StartMS || cue.Offset <= c.Cues[j-1].Offset) {
					t.Fatalf("chunk %d, cue %d: %+v after %+v", i, j, cue, c.Cues[j-1])
				}
			}
		}
	})
}

// TestSameInputSameIDs: ids are those of an earlier run, and no two are alike.
func TestSameInputSameIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segs := lectureText(t, 1, 150)
		var first, second []string
		for _, c := range split(segs) {
			first = append(first, c.ID)
		}
		for _, c := range split(slices.Clone(segs)) {
			second = append(second, c.ID)
		}
		if !slices.Equal(first, second) {
			t.Fatalf("ids %v, then %v", first, second)
		}
		slices.Sort(first)
		if len(slices.Compact(first)) != len(second) {
			t.Fatal("two chunks have one id")
		}
	})
}

// TestSaidTwice: a stretch that is said again has chunks with the same text, each
// with an id and the times of its own.
func TestSaidTwice(t *testing.T) {
	twice := 0
	rapid.Check(t, func(t *rapid.T) {
		var stretch []transcript.Segment
		for i := range rapid.IntRange(60, 120).Draw(t, "cues") {
			words := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,9}`), 4, 12).Draw(t, "words")
			stretch = append(stretch, transcript.Segment{StartMS: int64(i) * 1000, EndMS: int64(i)*1000 + 900, Text: "So " + strings.Join(words, " ") + "."})
		}
		const again = 10_000_000 // ms at which it is said again
		segs := slices.Clone(stretch)
		for _, s := range stretch {
			s.StartMS, s.EndMS = s.StartMS+again, s.EndMS+again
			segs = append(segs, s)
		}
		byText := map[string][]Chunk{}
		for _, c := range split(segs) {
			byText[c.Text] = append(byText[c.Text], c)
		}
		for text, chunks := range byText {
			if len(chunks) == 1 {
				continue // where the two stretches meet
			}
			twice++
			a, b := chunks[0], chunks[1]
			if len(chunks) != 2 || a.ID == b.ID {
				t.Fatalf("%d chunks with the same text, ids %s and %s", len(chunks), a.ID, b.ID)
			}
			if a.Cues[0].StartMS >= again || b.Cues[0].StartMS != a.Cues[0].StartMS+again {
				t.Fatalf("%d bytes are said at %d and %d", len(text), a.Cues[0].StartMS, b.Cues[0].StartMS)
			}
		}
	})
	if twice == 0 {
		t.Error("no chunk was said twice")
	}
}
