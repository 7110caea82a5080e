package ingest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
)

// lectureText draws segments as they occur: prose, captions without
// punctuation, repetition, scripts without spaces, very long words.
func lectureText(t *rapid.T, least, most int) []transcript.Segment {
	word := rapid.OneOf(
		rapid.SampledFrom(strings.Fields("the a router packet window sends TCP/IP 3.5 then and so Dr. it's 802.11 naïve")),
		rapid.StringMatching(`[a-z]{1,9}`),
	)
	end := rapid.SampledFrom([]string{"", "", ".", ".", "?", ",", "。"})
	cue := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(word, 1, 14).Draw(t, "words"), " ") + end.Draw(t, "end")
		}),
		rapid.SampledFrom([]string{"Okay.", "Yes.", "yes", "So the window grows by one segment per round trip.",
			"東京では毎日たくさんの人が電車に乗ります。", "ไม่มีช่องว่างระหว่างคำในประโยคนี้", strings.Repeat("ab", 300), strings.Repeat("漢", 200), "", " "}),
	)
	texts := rapid.SliceOfN(cue, least, most).Draw(t, "cues")
	var segs []transcript.Segment
	at := int64(0)
	for _, text := range texts {
		length := int64(len(text)) * 60
		segs = append(segs, transcript.Segment{StartMS: at, EndMS: at + length, Text: text})
		at += length + rapid.SampledFrom([]int64{0, 0, 40, 2000}).Draw(t, "gap")
	}
	return segs
}

func reassemble(chunks []Chunk) string {
	var b strings.Builder
	for i, c := range chunks {
		if i > 0 && c.Overlap == 0 {
			b.WriteByte(' ')
		}
		b.WriteString(c.Text[c.Overlap:])
	}
	return b.String()
}

func TestSplitProperties(t *testing.T) {
	configs := []SplitConfig{DefaultSplit, {}, {Target: 64, Max: 64, Overlap: 0.5, Window: 64}, {Target: 128, Max: 160, Window: 32},
		{Target: -1, Max: 1 << 40, Overlap: 9, Window: 1 << 40}, {Target: 1024, Max: 1536, Overlap: 0.3, Window: 384}}
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.SampledFrom([]int{0, 60}).Draw(t, "least")
		segs := lectureText(t, least, 150)
		cfg := rapid.SampledFrom(configs).Draw(t, "config")
		chunks := Split(segs, llm.CL100K().Count, cfg)
		checkChunks(t, segs, chunks, cfg.clamped())
		if again := Split(segs, llm.CL100K().Count, cfg); !cmp.Equal(chunks, again) {
			t.Fatal("the same segments gave other chunks")
		}
	})
}

// checkChunks checks what must hold of any lecture.
func checkChunks(t interface{ Fatalf(string, ...any) }, segs []transcript.Segment, chunks []Chunk, cfg SplitConfig) {
	s := newScript(segs)
	if got := reassemble(chunks); got != s.text {
		t.Fatalf("the chunks hold %q, want %q", got, s.text)
	}
	at := 0 // where the chunk's own part begins in the text
	for i, c := range chunks {
		if n := llm.CL100K().Count(c.Text); n != c.Tokens || n > cfg.Max {
			t.Fatalf("chunk %d has %d tokens, says %d, at most %d", i, n, c.Tokens, cfg.Max)
		}
		if c.Text == "" || strings.TrimSpace(c.Text) != c.Text || c.Overlap >= len(c.Text) {
			t.Fatalf("chunk %d with overlap %d is %q", i, c.Overlap, c.Text)
		}
		if i == 0 && c.Overlap != 0 || i > 0 && !strings.HasSuffix(chunks[i-1].Text, c.Text[:c.Overlap]) {
			t.Fatalf("chunk %d repeats what chunk %d does not end with", i, i-1)
		}
		if i > 0 && c.Overlap == 0 {
			at++
		}
		start := at - c.Overlap
		at += len(c.Text) - c.Overlap
		checkCues(t, s, c, start)
	}
}

func checkCues(t interface{ Fatalf(string, ...any) }, s *script, c Chunk, start int) {
	var want []Cue
	for i, seg := range s.segs {
		end := len(s.text)
		if i+1 < len(s.at) {
			end = s.at[i+1] - 1
		}
		if end > start && s.at[i] < start+len(c.Text) {
			want = append(want, Cue{Offset: max(s.at[i]-start, 0), StartMS: seg.StartMS, EndMS: seg.EndMS, Speaker: seg.Speaker})
		}
	}
	if diff := cmp.Diff(want, c.Cues); diff != "" {
		t.Fatalf("cues (-want +got):\n%s", diff)
	}
	if c.Cues[0].Offset != 0 {
		t.Fatalf("the first cue begins at byte %d of its chunk", c.Cues[0].Offset)
	}
}

// TestEditsStayLocal: local minima that are far enough from an edit are where
// they were, and so is every chunk beyond the nearest of them.
func TestEditsStayLocal(t *testing.T) {
	far := 0
	rapid.Check(t, func(t *rapid.T) {
		segs := lectureText(t, 120, 180)
		i := rapid.IntRange(0, len(segs)-1).Draw(t, "segment")
		edited := slices.Clone(segs)
		edited[i].Text = rapid.SampledFrom([]string{"", "Something else.", "replaced words here", segs[i].Text + " more"}).Draw(t, "edit")
		before, after := newScript(segs).text, newScript(edited).text
		lo := commonPrefix(before, after)
		hi := commonPrefix(reversed(before[lo:]), reversed(after[lo:]))
		// How far the rules look, in bytes: the window, the 60 words in which a
		// terminator counts, and the sentence that is cut into pieces.
		const reach = 3000
		changed := minima(edited)
		left, right := 0, 0 // the nearest minima beyond reach; right from the end
		for _, at := range minima(segs) {
			if at < lo-reach {
				left = at
				if !slices.Contains(changed, at) {
					t.Fatalf("the boundary at byte %d is gone, the edit is at byte %d", at, lo)
				}
			}
			if fromEnd := len(before) - at; fromEnd < hi-reach {
				right = max(right, fromEnd)
				if !slices.Contains(changed, len(after)-fromEnd) {
					t.Fatalf("the boundary %d bytes before the end is gone, the edit is %d before it", fromEnd, hi)
				}
			}
		}
		kept := map[string]bool{}
		for _, c := range split(edited) {
			kept[c.Text] = true
		}
		at := 0 // where the part of the chunk begins that is not repeated
		for i, c := range split(segs) {
			if i > 0 && c.Overlap == 0 {
				at++
			}
			start, end := at-c.Overlap, at+len(c.Text)-c.Overlap
			at = end
			if end > left && start <= len(before)-right {
				continue
			}
			far++
			if !kept[c.Text] {
				t.Fatalf("the chunk of bytes %d to %d changed, the edit is at byte %d", start, end, lo)
			}
		}
	})
	if far < 100 {
		t.Errorf("only %d chunks were far from an edit", far)
	}
}

// minima returns the bytes at which local minima begin.
func minima(segs []transcript.Segment) []int {
	s := newScript(segs)
	atoms := s.atoms(&counter{count: llm.CL100K().Count, text: s.text, memo: map[string]int{}}, DefaultSplit)
	pos := make([]int, len(atoms)+1)
	for i := range atoms {
		pos[i+1] = pos[i] + atoms[i].tokens
	}
	if len(atoms) == 0 {
		return nil
	}
	var at []int
	for _, i := range localMinima(atoms, pos, DefaultSplit.Window) {
		at = append(at, atoms[i].start)
	}
	return at
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// TestLocalMinimaEqualTheDefinition compares the sliding window with the rule
// written down naively.
func TestLocalMinimaEqualTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		window := rapid.IntRange(1, 30).Draw(t, "window")
		atoms, pos := make([]atom, n), make([]int, n+1)
		for i := range atoms {
			atoms[i] = atom{tokens: rapid.IntRange(0, 12).Draw(t, "tokens"), rank: rapid.Uint64Range(0, 9).Draw(t, "rank")}
			pos[i+1] = pos[i] + atoms[i].tokens
		}
		want := []int{0}
		for i := 1; i < n; i++ {
			smallest := pos[i] > window && pos[n]-pos[i] > window
			for j := range atoms {
				if j < i && pos[i]-pos[j] <= window && atoms[j].rank <= atoms[i].rank ||
					j > i && pos[j]-pos[i] <= window && atoms[j].rank < atoms[i].rank {
					smallest = false
				}
			}
			if smallest {
				want = append(want, i)
			}
		}
		if diff := cmp.Diff(want, localMinima(atoms, pos, window)); diff != "" {
			t.Fatalf("minima (-want +got):\n%s", diff)
		}
		limit := rapid.IntRange(1, 80).Draw(t, "limit")
		starts := append(cut(atoms, window, limit), n)
		for i, lo := range starts[:len(starts)-1] {
			if hi := starts[i+1]; hi <= lo || hi-lo > 1 && pos[hi]-pos[lo] > limit {
				t.Fatalf("piece %d to %d has %d tokens, at most %d", lo, hi, pos[hi]-pos[lo], limit)
			}
		}
	})
}

func TestTimesDecideNothingBetweenSentences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Sentences of at most 14 words: terminators everywhere.
		word := rapid.StringMatching(`[a-z]{1,9}`)
		var sentences []string
		for range rapid.IntRange(1, 120).Draw(t, "sentences") {
			sentences = append(sentences, "S"+strings.Join(rapid.SliceOfN(word, 1, 14).Draw(t, "words"), " ")+".")
		}
		text := strings.Join(sentences, " ")
		var cues []transcript.Segment
		for at, words := int64(0), strings.Fields(text); len(words) > 0; at += 5000 {
			n := min(rapid.IntRange(1, 30).Draw(t, "cue"), len(words))
			cues = append(cues, transcript.Segment{StartMS: at, EndMS: at + rapid.Int64Range(1, 5000).Draw(t, "ms"), Text: strings.Join(words[:n], " ")})
			words = words[n:]
		}
		whole := split([]transcript.Segment{{Text: text}})
		byCue := split(cues)
		for i := range max(len(whole), len(byCue)) {
			if i >= len(whole) || i >= len(byCue) || whole[i].ID != byCue[i].ID {
				t.Fatalf("chunk %d of %d and %d depends on how the text is cut into cues", i, len(whole), len(byCue))
			}
		}
	})
}

func TestIdentify(t *testing.T) {
	chunks := []Chunk{{Text: "twice"}, {Text: "once"}, {Text: "twice"}}
	Identify("networks", "tcp", chunks)
	got := []string{chunks[0].ID, chunks[1].ID, chunks[2].ID}
	// From another implementation (Python's hashlib and base64). Such ids are
	// stored: they may only change together with SplitterVersion.
	want := []string{
		"ck_42rffckhfp7hg6vuntdxxueunbstyzbb",
		"ck_uhr5zgfse2ldxz7dzhc3brgitgg6iljw",
		"ck_6r5tfekv4pvfsimnf4ou7z2s5vios35f",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	other := slices.Clone(chunks)
	Identify("network", "stcp", other)
	if other[1].ID == chunks[1].ID {
		t.Error("course and lecture run together in the id")
	}
}

func TestPhraseSaidTwice(t *testing.T) {
	var b strings.Builder
	for i := range 80 {
		fmt.Fprintf(&b, "The window of sender number %d grows by one segment. ", i)
	}
	text := strings.TrimSpace(b.String())
	chunks := split([]transcript.Segment{{StartMS: 0, EndMS: 1000, Text: text}, {StartMS: 60_000, EndMS: 61_000, Text: text}})
	seen := map[string]string{}
	repeated := 0
	for _, c := range chunks {
		if _, ok := seen[c.ID]; ok {
			t.Errorf("id %s is there twice", c.ID)
		}
		for _, earlier := range seen {
			if earlier == c.Text {
				repeated++
			}
		}
		seen[c.ID] = c.Text
	}
	if repeated == 0 {
		t.Error("no chunk of the repeated stretch has the same text")
	}
}
