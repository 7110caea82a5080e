package retrieve_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestCacheBound: the cache never holds more than its bound, lets go of the course asked longest ago, and a course that is
// larger than the bound is searched all the same.
func TestCacheBound(t *testing.T) {
	s := newShelf(t)
	courses := []string{"a", "b", "c", "d"}
	for _, c := range courses {
		s.put(c, "one", spoken("lion", "tiger", c+c))
	}
	s.search(postgres.Scope{Course: "a"}, "lion", retrieve.Options{})
	one, _ := s.searcher.Cached()
	if one == 0 {
		t.Fatal("a cached course takes no memory")
	}
	for _, bound := range []int{1, one / 2, 2*one + one/2} {
		s.searcher = retrieve.New(s.db, llm.NewOffline(), quiet, bound)
		var asked []string
		for _, c := range append(courses, "c", "a", "a", "d") {
			found := s.search(postgres.Scope{Course: c}, c+c, retrieve.Options{K: 1})
			if len(found.Passages) != 1 || !strings.Contains(found.Passages[0].Text, c+c) {
				t.Errorf("bound %d, course %s: wrong passages", bound, c)
			}
			asked = append(asked, c)
			bytes, held := s.searcher.Cached()
			if bytes > bound {
				t.Errorf("%d bytes in a cache of %d", bytes, bound)
			}
			var want []string // the last two courses asked
			for i := len(asked) - 1; i >= 0 && len(want) < bound/one; i-- {
				if !strings.Contains(strings.Join(want, ""), asked[i]) {
					want = append(want, asked[i])
				}
			}
			if diff := cmp.Diff(want, held); diff != "" {
				t.Errorf("bound %d, after %v (-want +got):\n%s", bound, asked, diff)
			}
		}
	}
}

// TestCacheBytes: what the cache counts is what the process pays, to a fifth.
func TestCacheBytes(t *testing.T) {
	f := fill(t, size{courses: 2, lectures: 16, chunks: 40, dims: 4, words: 190})
	m := &model{space: llm.Space{Name: spaceName(f.dims), Model: "test", Dimensions: f.dims}, vector: f.courses[0].vectors[0]}
	searcher := retrieve.New(f.db, m, quiet, 0)
	heap := func() int {
		var stats runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return int(stats.HeapAlloc)
	}
	search := func(course string) {
		if _, err := searcher.Search(t.Context(), postgres.Scope{Course: course}, "router", retrieve.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	search(f.courses[0].id) // connections, statements, tokens
	before, counted := heap(), func() int { n, _ := searcher.Cached(); return n }
	had := counted()
	search(f.courses[1].id)
	paid, said := heap()-before, counted()-had
	t.Logf("a course of %d chunks: %d bytes counted, %d on the heap", 640, said, paid)
	if float64(paid) > 1.2*float64(said) || float64(paid) < 0.6*float64(said) {
		t.Errorf("the cache counts %d bytes, the heap grew by %d", said, paid)
	}
}

// TestRefresh: after a publish only the lecture that changed is loaded.
func TestRefresh(t *testing.T) {
	s := newShelf(t)
	for _, lecture := range []string{"a", "b", "c"} {
		s.put("zoo", lecture, spoken("lion", "tiger"))
	}
	scope := postgres.Scope{Course: "zoo"}
	s.search(scope, "lion", retrieve.Options{})
	before := s.searcher.CachedPostings("zoo")
	s.put("zoo", "b", spoken("lion", "puma"))
	s.search(scope, "lion", retrieve.Options{})
	after := s.searcher.CachedPostings("zoo")
	for lecture, changed := range map[string]bool{"a": false, "b": true, "c": false} {
		if (before[lecture] != after[lecture]) != changed {
			t.Errorf("lecture %s: loaded again is %t, want %t", lecture, !changed, changed)
		}
	}
}

var edition = regexp.MustCompile(`edition\d+`)

// TestTwoServersAtOnce publishes through one process while two search, and holds every passage against the one thing that
// must be true: it is of one version, all of it, the one that it names, and so are all passages of that lecture.
func TestTwoServersAtOnce(t *testing.T) {
	app, _ := pgtest.URLs(t)
	var pools [2]*postgres.DB
	for i := range pools {
		db, err := postgres.Open(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		pools[i] = db
	}
	s := &shelf{t: t, db: pools[0], in: &ingest.Ingester{DB: pools[0], Embedder: llm.NewOffline(), Log: quiet}}
	publish := func(n int) {
		for _, lecture := range []string{"a", "b"} {
			s.put("zoo", lecture, spoken(fmt.Sprintf("lion edition%d", n), fmt.Sprintf("tiger edition%d", n), fmt.Sprintf("puma edition%d", n)))
		}
	}
	publish(1)
	const editions = 8
	searchers := [2]*retrieve.Searcher{}
	ctx, stop := context.WithCancel(t.Context())
	var searching sync.WaitGroup
	for i, db := range pools {
		searchers[i] = retrieve.New(db, llm.NewOffline(), quiet, 0)
		for range 2 {
			searching.Go(func() {
				last := int64(0)
				for ctx.Err() == nil {
					found, err := searchers[i].Search(ctx, postgres.Scope{Course: "zoo"}, "the tiger", retrieve.Options{K: 5})
					if errors.Is(err, context.Canceled) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					if found.ContentVersion < last {
						t.Errorf("content version %d after %d", found.ContentVersion, last)
					}
					last = found.ContentVersion
					ofOneVersion(t, found)
				}
			})
		}
	}
	for n := 2; n <= editions; n++ {
		publish(n)
	}
	stop()
	searching.Wait()
	for i := range searchers {
		found, err := searchers[i].Search(t.Context(), postgres.Scope{Course: "zoo"}, "the tiger", retrieve.Options{K: 5})
		if err != nil {
			t.Fatal(err)
		}
		ofOneVersion(t, found)
		if p := found.Passages[0]; p.Version != editions || !slices.ContainsFunc(p.Chunks, func(c retrieve.Chunk) bool { return c.LexicalRank == 1 }) {
			t.Errorf("server %d: version %d of %d, chunks %+v", i, p.Version, editions, p.Chunks)
		}
	}
}

func ofOneVersion(t *testing.T, found retrieve.Result) {
	if len(found.Passages) == 0 {
		t.Error("nothing was found in between")
	}
	for _, p := range found.Passages {
		for _, word := range edition.FindAllString(p.Text, -1) {
			if want := fmt.Sprintf("edition%d", p.Version); word != want {
				t.Errorf("lecture %s: %s in a passage of version %d", p.Lecture, word, p.Version)
				return
			}
		}
	}
}
