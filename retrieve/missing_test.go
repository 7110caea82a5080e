package retrieve_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// record is a log that is kept.
type record struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.String()
}

// TestMissingVectors: a search of what was ingested with another embedder says that words alone answered, whether or not
// they found something, and logs it once per course; where one lecture in scope has vectors, the vector leg took part.
func TestMissingVectors(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion", "tiger"))
	s.put("ark", "cats", spoken("lion", "tiger"))
	if err := s.in.CreateCourse(t.Context(), "empty", "", ""); err != nil {
		t.Fatal(err)
	}
	vector := make([]float32, 8)
	vector[0] = 1
	other := &model{space: llm.Space{Name: "other@8", Model: "other", Dimensions: 8}, vector: vector}
	var log record
	s.searcher = retrieve.New(s.db, other, slog.New(slog.NewTextHandler(&log, nil)), 0)
	ask := func(when, course, query string, want retrieve.Degraded, passages bool, lectures ...string) {
		t.Helper()
		found := s.search(postgres.Scope{Course: course, Lectures: lectures}, query, retrieve.Options{})
		if found.Degraded != want || found.Semantic != (want == retrieve.NotDegraded && passages) || len(found.Passages) > 0 != passages {
			t.Errorf("%s: %s, %q: degraded %q, semantic %t, %d passages", when, course, query, found.Degraded, found.Semantic, len(found.Passages))
		}
	}
	ask("a space that is not known", "zoo", "lion", retrieve.EmbeddingMissing, true)
	ask("a space that is not known", "empty", "lion", retrieve.NotDegraded, false)

	s.in.Embedder = other
	s.put("pond", "fish", spoken("carp", "pike"))
	for range 2 {
		ask("another course has vectors", "zoo", "lion", retrieve.EmbeddingMissing, true)
		ask("another course has vectors", "zoo", "nothing of this", retrieve.EmbeddingMissing, false)
		ask("another course has vectors", "ark", "tiger", retrieve.EmbeddingMissing, true, "cats")
		ask("its own course", "pond", "nothing of this", retrieve.NotDegraded, true)
	}
	for course, want := range map[string]int{"zoo": 1, "ark": 1, "pond": 0, "empty": 0} {
		if n := strings.Count(log.String(), "course="+course+" why=embedding_missing space=other@8"); n != want {
			t.Errorf("%s: %d warnings, want %d\n%s", course, n, want, log.String())
		}
	}
	s.put("zoo", "fish", spoken("carp", "pike"))
	ask("a lecture has vectors", "zoo", "lion", retrieve.NotDegraded, true)
	ask("a lecture has vectors", "zoo", "lion", retrieve.EmbeddingMissing, true, "cats")
	ask("a lecture has vectors", "zoo", "lion", retrieve.NotDegraded, true, "cats", "fish")
	found := s.search(postgres.Scope{Course: "pond", Seen: seen("fish", 0)}, "carp", retrieve.Options{})
	if found.Degraded != retrieve.NotDegraded || len(found.Passages) > 0 {
		t.Errorf("nothing was seen: degraded %q, %d passages", found.Degraded, len(found.Passages))
	}
}

// patient embeds nothing until its context ends, and says then that it has.
type patient struct{ ended chan struct{} }

func (p patient) Space(ctx context.Context) (llm.Space, error) {
	<-ctx.Done()
	close(p.ended)
	return llm.Space{}, ctx.Err()
}

func (p patient) Embed(context.Context, []string) ([][]float32, error) {
	return nil, errors.New("not to be reached")
}

// TestFailedSearchEmbedsNothing: a search that fails ends its embedding, which is no degradation to warn about.
func TestFailedSearchEmbedsNothing(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion"))
	for _, tt := range []struct {
		scope postgres.Scope
		want  error
	}{
		{postgres.Scope{Course: "nope"}, retrieve.ErrNoCourse},
		{postgres.Scope{Course: "zoo", Lectures: []string{"dogs"}}, retrieve.ErrNoLecture},
	} {
		var log record
		slow := patient{make(chan struct{})}
		s.searcher = retrieve.New(s.db, slow, slog.New(slog.NewTextHandler(&log, nil)), 0)
		if _, err := s.searcher.Search(t.Context(), tt.scope, "lion", retrieve.Options{EmbedTimeout: 20 * time.Second}); !errors.Is(err, tt.want) {
			t.Errorf("%v, want %v", err, tt.want)
		}
		select {
		case <-slow.ended:
		case <-time.After(10 * time.Second):
			t.Errorf("%v: the embedding goes on", tt.want)
		}
		if log.String() != "" {
			t.Error(log.String())
		}
	}
}

// TestMissingTerm: a word that no chunk holds is marked, with terms in its stead or without.
func TestMissingTerm(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion", "tiger"))
	missing := map[string]bool{}
	for _, term := range s.search(postgres.Scope{Course: "zoo"}, "lion tigar 802.11", retrieve.Options{}).Terms {
		missing[term.Text] = term.Missing
	}
	if missing["lion"] || !missing["tigar"] || !missing["802.11"] || len(missing) != 3 {
		t.Error(missing)
	}
}
