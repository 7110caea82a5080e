package retrieve_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// writes counts what goes out on its connections.
type writes struct {
	net.Conn
	n *atomic.Int64
}

func (w writes) Write(b []byte) (int, error) {
	w.n.Add(1)
	return w.Conn.Write(b)
}

// TestOneRoundTrip: a search on a warm connection of a course that is cached writes once to the database, whatever its
// scope: the settings, the scan, the fusion, visibility and texts are one batch, and nothing is asked before or after.
func TestOneRoundTrip(t *testing.T) {
	app, _ := pgtest.URLs(t)
	var sent atomic.Int64
	db, err := postgres.Open(t.Context(), app, func(cfg *pgxpool.Config) {
		cfg.MaxConns = 1
		dial := cfg.ConnConfig.DialFunc
		cfg.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			return writes{conn, &sent}, err
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s := &shelf{t: t, db: db}
	s.in = &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: quiet}
	s.searcher = retrieve.New(db, llm.NewOffline(), quiet, 0)
	for _, lecture := range []string{"a", "b", "c"} {
		s.put("zoo", lecture, spoken("lion", "tiger", lecture))
	}
	for name, scope := range map[string]postgres.Scope{
		"course":   {Course: "zoo"},
		"lecture":  {Course: "zoo", Lectures: []string{"b"}},
		"lectures": {Course: "zoo", Lectures: []string{"b", "c"}},
		"seen":     {Course: "zoo", Seen: []postgres.Seen{{Lecture: "a", UntilMS: 90_000}}},
	} {
		s.search(scope, "the lion", retrieve.Options{})
		for _, query := range []string{"the lion", "a tiger", "nothing of this", "獅子"} {
			before := sent.Load()
			found := s.search(scope, query, retrieve.Options{})
			if n := sent.Load() - before; n != 1 {
				t.Errorf("%s: %d writes for %q, want 1", name, n, query)
			}
			if found.Degraded != retrieve.NotDegraded {
				t.Errorf("%s: degraded: %s", name, found.Degraded)
			}
		}
	}
}

// TestLateEmbedding: a slow embedding model costs its deadline and the vector leg, not the search.
func TestLateEmbedding(t *testing.T) {
	s := newShelf(t)
	at, client := embeddingServer(t)
	s.in.Embedder = client
	s.put("zoo", "cats", spoken("lion", "tiger"))
	s.searcher = retrieve.New(s.db, client, quiet, 0)
	scope := postgres.Scope{Course: "zoo"}
	if found := s.search(scope, "tiger", retrieve.Options{EmbedTimeout: 20 * time.Second}); found.Degraded != retrieve.NotDegraded || !found.Semantic {
		t.Errorf("with a model that answers: degraded %q, semantic %t", found.Degraded, found.Semantic)
	}
	at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Delay: time.Minute} })
	began := time.Now()
	found := s.search(scope, "tiger", retrieve.Options{})
	if took := time.Since(began); took < 500*time.Millisecond || took > 20*time.Second {
		t.Errorf("the search took %v, want a little more than 500 ms", took)
	}
	if found.Degraded != retrieve.EmbeddingLate || found.Semantic || len(found.Passages) == 0 {
		t.Fatalf("degraded %q, semantic %t, %d passages", found.Degraded, found.Semantic, len(found.Passages))
	}
	for _, c := range found.Passages[0].Chunks {
		if c.VectorRank != 0 || c.Distance != nil {
			t.Errorf("chunk %s has a vector rank without a vector", c.ID)
		}
	}
}

// TestUnusableEmbedding: whatever the model's server returns instead of a vector, the lexical leg answers and the
// result says so.
func TestUnusableEmbedding(t *testing.T) {
	s := newShelf(t)
	at, client := embeddingServer(t)
	s.in.Embedder = client
	s.put("zoo", "cats", spoken("lion", "tiger"))
	long := make([]float32, 17)
	long[0] = 1
	for name, reply := range map[string]llmtest.Reply{
		"refused":    llmtest.Refusal(401, "invalid_api_key", ""),
		"too short":  {Vectors: [][]float32{{1, 0, 0}}},
		"too long":   {Vectors: [][]float32{long}},
		"all zero":   {Vectors: [][]float32{make([]float32, 16)}},
		"two":        {Vectors: [][]float32{long[:16], long[:16]}},
		"none":       {Vectors: [][]float32{}, Raw: []byte(`{"object":"list","data":[]}`)},
		"NaN":        {Raw: []byte(`{"object":"list","data":[{"index":0,"embedding":[NaN]}]}`)},
		"not JSON":   {Raw: []byte("<html>")},
		"over range": {Raw: []byte(`{"object":"list","data":[{"index":0,"embedding":[1e39,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}]}`)},
	} {
		at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply { return reply })
		s.searcher = retrieve.New(s.db, client, quiet, 0)
		found := s.search(postgres.Scope{Course: "zoo"}, "tiger", retrieve.Options{EmbedTimeout: 20 * time.Second})
		if found.Degraded != retrieve.EmbeddingFailed || found.Semantic || len(found.Passages) == 0 {
			t.Errorf("%s: degraded %q, semantic %t, %d passages", name, found.Degraded, found.Semantic, len(found.Passages))
		}
	}
}

func embeddingServer(t *testing.T) (*llmtest.Server, *llm.Client) {
	t.Helper()
	at, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(at.Close)
	client, err := llm.NewClient(llm.Config{BaseURL: at.URL(), EmbedModel: "slow", EmbedDimensions: 16, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return at, client
}
