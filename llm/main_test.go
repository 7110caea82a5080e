package llm

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm/llmtest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret stands for a student's words. It is in the prompts of all tests and in
// many of the server's answers, and must not get into an error or the log.
const secret = "my tutor said WOMBATS"

// start runs a scripted server and a client of it, closed at the test's end.
// edit may change the configuration before the client is made.
func start(t *testing.T, edit func(*Config)) (*llmtest.Server, *Client) {
	t.Helper()
	srv, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	var log lockedBuffer
	cfg := Config{
		BaseURL: srv.URL(), APIKey: "sk-test-key", ChatModel: "scripted", EmbedModel: "scripted-embed",
		Backoff: time.Millisecond, MaxBackoff: 4 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if edit != nil {
		edit(&cfg)
	}
	c, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		srv.Close()
		if s := log.String(); strings.Contains(s, "WOMBATS") || strings.Contains(s, "sk-test-key") {
			t.Errorf("the log leaks:\n%s", s)
		}
		if u := srv.Unexpected(); len(u) > 0 {
			t.Errorf("%d requests that were not scripted", len(u))
		}
	})
	return srv, c
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func ask() ChatRequest {
	return ChatRequest{Messages: []Message{{"system", "Answer."}, {"user", secret}}}
}

func askJSON() ChatRequest {
	r := ask()
	r.SchemaName, r.Schema = "answer", []byte(`{"type":"object","properties":{"a":{"type":["null","array"]}},"$comment":"kept"}`)
	return r
}

// noLeak fails if err quotes the prompt, a reply or the key.
func noLeak(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, s := range []string{"WOMBATS", "sk-test-key", "<html", "Sign in"} {
		if strings.Contains(err.Error(), s) {
			t.Errorf("error contains %q: %v", s, err)
		}
	}
}

func count(srv *llmtest.Server, path string) int {
	n := 0
	for _, r := range srv.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}
