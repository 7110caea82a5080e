package scale

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
)

func world(t *testing.T, s Shape) *World {
	t.Helper()
	w, err := NewWorld(s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func made(t *testing.T, c *course) []ingest.Made {
	t.Helper()
	lectures, err := c.lectures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return lectures
}

// TestChunks: chunks are as Split makes them. Tokens are those of the tokenizer, though each text was only put together of
// counted words; what overlaps is the end of the chunk before; cues follow one another.
func TestChunks(t *testing.T) {
	w := world(t, Shape{Seed: 3, Lectures: 4, Chunks: 40, Dimensions: 8})
	for _, l := range made(t, w.course(5)) {
		var said []string
		clock := int64(0)
		for i, c := range l.Chunks {
			if n := llm.CL100K().Count(c.Text); n != c.Tokens {
				t.Fatalf("%s, chunk %d: %d tokens, counted %d", l.Lecture, i, c.Tokens, n)
			}
			if c.Tokens < chunkTokens-5 || c.Tokens > chunkTokens+60 {
				t.Errorf("%s, chunk %d has %d tokens", l.Lecture, i, c.Tokens)
			}
			if i == 0 && c.Overlap != 0 || i > 0 && !strings.HasSuffix(l.Chunks[i-1].Text, c.Text[:c.Overlap]) {
				t.Errorf("%s, chunk %d: its first %d bytes are not the end of the one before", l.Lecture, i, c.Overlap)
			}
			if c.Text != strings.TrimSpace(c.Text) || c.Cues[0].Offset != 0 {
				t.Errorf("%s, chunk %d: %+v", l.Lecture, i, c)
			}
			for k, cue := range c.Cues {
				if k > 0 && (cue.Offset <= c.Cues[k-1].Offset || cue.StartMS < c.Cues[k-1].EndMS || c.Text[cue.Offset-1] != ' ') || cue.EndMS <= cue.StartMS {
					t.Errorf("%s, chunk %d, cue %d: %+v", l.Lecture, i, k, c.Cues)
				}
			}
			if last := c.Cues[len(c.Cues)-1].EndMS; last <= clock {
				t.Errorf("%s, chunk %d says nothing new", l.Lecture, i)
			} else {
				clock = last
			}
			said = append(said, strings.TrimSpace(c.Text[c.Overlap:]))
		}
		overlaps := 0
		for _, c := range l.Chunks[1:] {
			if c.Overlap > 0 {
				overlaps++
			}
		}
		if whole := strings.Join(said, " "); strings.Contains(whole, "  ") || overlaps < len(l.Chunks)/2 {
			t.Errorf("%s: %d of %d chunks overlap", l.Lecture, overlaps, len(l.Chunks))
		}
	}
}

// TestZipf: the word of rank r is about (zipfShift + r)^-zipfExponent as frequent; the topic's words are apart.
func TestZipf(t *testing.T) {
	words := wordsOf(1)
	if len(words) != vocabulary {
		t.Fatalf("%d words", len(words))
	}
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w.text] || w.text == "" || strings.ContainsAny(w.text, " .") {
			t.Fatalf("the word %q", w.text)
		}
		seen[w.text] = true
	}
	s := newSpeaker(rand.New(rand.NewPCG(1, 2)), words, []int32{19_999})
	const n = 400_000
	counts := map[string]float64{}
	for range n {
		counts[s.word().text]++
	}
	if share := counts[words[19_999].text] / n; math.Abs(share-topicShare) > 0.01 {
		t.Errorf("the topic's word is %.3f of all", share)
	}
	// Expected by the law, normalised over the vocabulary.
	var sum float64
	for r := range words {
		sum += math.Pow(zipfShift+float64(r), -zipfExponent)
	}
	for _, r := range []int{0, 1, 5, 20, 100} {
		want := (1 - topicShare) * math.Pow(zipfShift+float64(r), -zipfExponent) / sum
		if got := counts[words[r].text] / n; got < want*0.9 || got > want*1.1 {
			t.Errorf("rank %d: %.5f of all, the law says %.5f", r, got, want)
		}
	}
}

// TestWorld: the same seed and number make the same course, another seed or number another one.
func TestWorld(t *testing.T) {
	shape := Shape{Seed: 1, Lectures: 3, Chunks: 4, Dimensions: 16}
	other := shape
	other.Seed = 2
	one := made(t, world(t, shape).course(7))
	if diff := cmp.Diff(one, made(t, world(t, shape).course(7))); diff != "" {
		t.Error(diff)
	}
	texts := func(made []ingest.Made) (all []string) {
		for _, l := range made {
			for _, c := range l.Chunks {
				all = append(all, c.Text)
			}
		}
		return all
	}
	all := slices.Concat(texts(one), texts(made(t, world(t, shape).course(8))), texts(made(t, world(t, other).course(7))))
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) || n != 36 {
		t.Errorf("%d texts, %d different", len(all), n)
	}
	for name, s := range map[string]Shape{
		"lectures": {Lectures: 0, Chunks: 1, Dimensions: 8}, "many lectures": {Lectures: 1001, Chunks: 1, Dimensions: 8},
		"chunks": {Lectures: 1, Chunks: -1, Dimensions: 8}, "dimensions": {Lectures: 1, Chunks: 1, Dimensions: 1}, "wide": {Lectures: 1, Chunks: 1, Dimensions: 4001},
	} {
		if _, err := NewWorld(s); err == nil {
			t.Errorf("%s: %+v is accepted", name, s)
		}
	}
}

// TestVectors: of length 1, and clustered: nearer within a topic than within a course, and nearer there than between courses.
func TestVectors(t *testing.T) {
	w := world(t, Shape{Seed: 1, Lectures: 8, Chunks: 6, Dimensions: 256})
	a, b := made(t, w.course(0)), made(t, w.course(1))
	cosine := func(x, y []float32) (dot float64) {
		for i := range x {
			dot += float64(x[i]) * float64(y[i])
		}
		return dot
	}
	for _, v := range a[3].Vectors {
		if n := cosine(v, v); math.Abs(n-1) > 1e-5 {
			t.Errorf("length² %f", n)
		}
	}
	mean := func(x, y [][]float32) (sum float64) {
		for _, v := range x {
			for _, u := range y {
				sum += cosine(v, u)
			}
		}
		return sum / float64(len(x)*len(y))
	}
	topic, course, strange := mean(a[0].Vectors, a[1].Vectors), mean(a[0].Vectors, a[7].Vectors), mean(a[0].Vectors, b[0].Vectors)
	if topic < course+0.1 || course < strange+0.2 || math.Abs(strange) > 0.2 {
		t.Errorf("cosine within a topic %.3f, a course %.3f, between courses %.3f", topic, course, strange)
	}
}
