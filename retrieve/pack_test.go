package retrieve

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lectern-tutor/lectern/llm"
	"pgregory.net/rapid"
)

// lectureOf cuts made-up speech into overlapping chunks as ingest does: whole words are shared, nothing, or, where a word
// had to be cut, one character of it.
func lectureOf(t *rapid.T, id string, position int32) (text string, chunks []found) {
	words := []string{"the", "router", "forwards", "Schrödinger's", "802.11", "a+b=c", "協定", "?", "x", "incomprehensibilities", "…", "1,000"}
	n := rapid.IntRange(1, 9).Draw(t, "chunks of "+id)
	for i := range n {
		fresh := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 30).Draw(t, "words"), " ")
		f := found{lecture: id, title: id, position: position, version: 1, timed: true}
		f.chunk.ID, f.chunk.Ordinal = fmt.Sprintf("%s-%d", id, i), i
		if i == 0 {
			text, f.text = fresh, fresh
		} else {
			before := chunks[i-1].text
			switch rapid.SampledFrom([]string{"shared", "apart", "cut"}).Draw(t, "border") {
			case "shared":
				at := strings.LastIndexByte(before[:len(before)-len(before)/3], ' ') + 1
				f.overlap = len(before) - at
				f.text = before[at:] + " " + fresh
				text += " " + fresh
			case "apart":
				f.text = fresh
				text += " " + fresh
			case "cut":
				last := []rune(before)[len([]rune(before))-1]
				f.overlap = len(string(last))
				f.text = string(last) + fresh
				text += fresh
			}
		}
		f.tokens = llm.CL100K().Count(f.text)
		f.offsets, f.starts, f.ends = []int32{0}, []int64{int64(i) * 1000}, []int64{int64(i)*1000 + 1500}
		chunks = append(chunks, f)
	}
	return text, chunks
}

// TestPack: whatever is found and whatever the budget, a passage is a stretch of its lecture with every chunk where it
// says, no word twice, in spoken order; its tokens are tiktoken's; the budget holds unless the best chunk alone exceeds it;
// and a chunk was left out only if it did not fit beside the better ones.
func TestPack(t *testing.T) {
	count := llm.CL100K().Count
	rapid.Check(t, func(t *rapid.T) {
		texts := map[string]string{}
		var all []found
		for i, id := range []string{"one", "two"} {
			text, chunks := lectureOf(t, id, int32(i))
			texts[id] = text
			for _, f := range chunks {
				switch rapid.IntRange(0, 2).Draw(t, "place") {
				case 1:
					f.chunk.Score = float64(rapid.IntRange(1, 5).Draw(t, "score"))
					all = append(all, f)
				case 2:
					f.chunk.Neighbour = true
					all = append(all, f)
				}
			}
		}
		slices.SortStableFunc(all, func(a, b found) int { // winners best first, then neighbours
			return int(b.chunk.Score - a.chunk.Score)
		})
		budget := rapid.IntRange(1, 400).Draw(t, "budget")
		memos := map[string]*atomic.Int32{}
		memo := func(f *found) *atomic.Int32 {
			if memos[f.chunk.ID] == nil {
				memos[f.chunk.ID] = &atomic.Int32{}
			}
			return memos[f.chunk.ID]
		}
		passages, tokens, saved := pack(slices.Clone(all), budget, count, memo)

		sum, alone := 0, 0
		taken := map[string]bool{}
		for _, p := range passages {
			if !strings.Contains(texts[p.Lecture], p.Text) {
				t.Fatalf("not a stretch of its lecture: %q", p.Text)
			}
			if p.Tokens != count(p.Text) {
				t.Fatalf("%d tokens, tiktoken counts %d: %q", p.Tokens, count(p.Text), p.Text)
			}
			sum += p.Tokens
			end := 0
			for i, c := range p.Chunks {
				f := all[slices.IndexFunc(all, func(f found) bool { return f.chunk.ID == c.ID })]
				alone += f.tokens
				taken[c.ID] = true
				switch {
				case p.Text[c.Start:c.End] != f.text:
					t.Fatalf("chunk %s is not at its place", c.ID)
				case i > 0 && c.Ordinal != p.Chunks[i-1].Ordinal+1:
					t.Fatalf("chunk %d follows %d", c.Ordinal, p.Chunks[i-1].Ordinal)
				case i == 0 && c.Start != 0, i > 0 && c.Start > end+1, c.End < end:
					t.Fatalf("the passage has text of no chunk before %s", c.ID)
				}
				end = c.End
			}
			if end != len(p.Text) {
				t.Fatal("the passage has text of no chunk at its end")
			}
		}
		if sum != tokens || saved != alone-sum || saved < -len(all) {
			t.Fatalf("tokens %d and saved %d, want %d and %d", tokens, saved, sum, alone-sum)
		}
		if tokens > budget && len(taken) > 1 {
			t.Fatalf("%d tokens in a budget of %d", tokens, budget)
		}
		if again, n, s := pack(slices.Clone(all), budget, count, memo); fmt.Sprint(again, n, s) != fmt.Sprint(passages, tokens, saved) {
			t.Fatal("what was counted before changes the result")
		}
		checkChoice(t, all, taken, budget, count)
	})
}

// checkChoice takes the chunks once more, counting every set from scratch.
func checkChoice(t *rapid.T, all []found, taken map[string]bool, budget int, count func(string) int) {
	size := func(ids map[string]bool) int {
		var some []found
		for _, f := range all {
			if ids[f.chunk.ID] {
				some = append(some, f)
			}
		}
		_, n, _ := pack(some, 1<<30, count, func(*found) *atomic.Int32 { return nil })
		return n
	}
	so := map[string]bool{}
	for i, f := range all {
		so[f.chunk.ID] = true
		if i > 0 && size(so) > budget {
			delete(so, f.chunk.ID)
		}
	}
	if fmt.Sprint(so) != fmt.Sprint(taken) {
		t.Fatalf("taken %v, want %v", taken, so)
	}
}
