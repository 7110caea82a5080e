package retrieve_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// misspell makes one error in word behind its first letter: two letters swapped, one left out, doubled or replaced.
func misspell(rng *rand.Rand, word string) string {
	b := []byte(word)
	i := 1 + rng.IntN(len(b)-2)
	switch rng.IntN(4) {
	case 0:
		b[i], b[i+1] = b[i+1], b[i]
	case 1:
		b = append(b[:i], b[i+1:]...)
	case 2:
		b = append(b[:i+1], b[i:]...)
	default:
		b[i] = byte('a' + rng.IntN(26))
	}
	return string(b)
}

// wordsAlone has no vectors, so the lexical leg answers alone.
type wordsAlone struct{ llm.Offline }

func (*wordsAlone) Embed(context.Context, []string) ([][]float32, error) {
	return nil, errors.New("there is no model")
}

// bundled ingests the bundled course.
func bundled(t *testing.T) *shelf {
	t.Helper()
	s := newShelf(t)
	files, err := filepath.Glob("../courses/networks/0*")
	if err != nil || len(files) != 9 {
		t.Fatalf("the bundled course has %d lectures, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		s.putAs("networks", strings.TrimSuffix(name, filepath.Ext(name)), name, string(text))
	}
	return s
}

// TestTypos asks the bundled course for chance words of it, right and with one error in the first of them, and looks
// whether the chunk that the right words find first is among the first five.
func TestTypos(t *testing.T) {
	s := bundled(t)
	scope := postgres.Scope{Principal: postgres.Local, Course: "networks"}
	searchers := map[string]*retrieve.Searcher{"lexical": retrieve.New(s.db, &wordsAlone{}, quiet, 0), "hybrid": s.searcher}
	var words []string
	met := map[string]bool{}
	for _, p := range s.search(scope, "network", retrieve.Options{K: 100, Budget: 1 << 20}).Passages {
		for _, w := range strings.Fields(strings.ToLower(p.Text)) {
			if w = strings.Trim(w, ".,?!;:"); len(w) >= 6 && !met[w] && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == "" {
				met[w] = true
				words = append(words, w)
			}
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for _, tt := range []struct {
		words int
		least map[string]float64 // of recall@5
	}{
		{1, map[string]float64{"lexical": 0.75, "hybrid": 0.70}},
		{2, map[string]float64{"lexical": 0.85, "hybrid": 0.70}},
		{4, map[string]float64{"lexical": 0.90, "hybrid": 0.75}},
	} {
		const asked = 60
		hits := map[string]float64{}
		for range asked {
			right := make([]string, tt.words)
			for i := range right {
				right[i] = words[rng.IntN(len(words))]
			}
			want := s.first(searchers["lexical"], scope, right, 1)
			wrong := append([]string{misspell(rng, right[0])}, right[1:]...)
			for name, searcher := range searchers {
				if slices.Contains(s.first(searcher, scope, wrong, 5), want[0]) {
					hits[name]++
				}
			}
		}
		t.Logf("%d words, one misspelt: recall@5 lexical %.3f, hybrid %.3f", tt.words, hits["lexical"]/asked, hits["hybrid"]/asked)
		for name, least := range tt.least {
			if hits[name]/asked < least {
				t.Errorf("%d words, %s: recall@5 is %.3f, want %.2f", tt.words, name, hits[name]/asked, least)
			}
		}
	}
}

// first is the k best chunks for words, best first.
func (s *shelf) first(searcher *retrieve.Searcher, scope postgres.Scope, words []string, k int) []string {
	s.t.Helper()
	found, err := searcher.Search(s.t.Context(), scope, strings.Join(words, " "), retrieve.Options{K: k, Expand: -1, Budget: 1 << 20})
	if err != nil {
		s.t.Fatal(err)
	}
	var chunks []retrieve.Chunk
	for _, p := range found.Passages {
		chunks = append(chunks, p.Chunks...)
	}
	slices.SortFunc(chunks, func(a, b retrieve.Chunk) int { return cmp.Compare(b.Score, a.Score) })
	ids := make([]string, len(chunks))
	for i, c := range chunks {
		ids[i] = c.ID
	}
	return ids
}
