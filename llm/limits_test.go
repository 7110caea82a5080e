package llm

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// A server that accepts and never replies costs one first-byte limit a call, and is not asked again in the same one.
func TestFirstByte(t *testing.T) {
	for name, silent := range map[string]llmtest.Reply{
		"before the headers": {Delay: time.Minute},
		"after the headers":  {Stall: time.Minute, Raw: []byte("data: [DONE]\n\n"), Header: sse},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, func(cfg *Config) { cfg.FirstByteTimeout, cfg.BreakerFailures = 150*time.Millisecond, 2 })
			srv.Handle(func(llmtest.Request) llmtest.Reply { return silent })
			for range 2 {
				began := time.Now()
				_, got, err := collect(c, t.Context(), ask())
				if took := time.Since(began); !errors.Is(err, ErrUnavailable) || got.Calls != 1 || took > 10*time.Second {
					t.Errorf("%d calls in %s, %v; want ErrUnavailable after one", got.Calls, took, err)
				}
				noLeak(t, err)
			}
			if _, got, err := collect(c, t.Context(), ask()); !errors.Is(err, ErrUnavailable) || got.Calls != 0 {
				t.Errorf("%d calls, %v; want the breaker open", got.Calls, err)
			}
		})
	}
}

// A reply that has begun in time may be as slow as the idle limit allows.
func TestFirstByteIsNotTheLast(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.FirstByteTimeout = time.Second })
	srv.Enqueue(llmtest.Reply{Content: "a b", Stall: 1200 * time.Millisecond, StallAfter: begun})
	if text, _, err := collect(c, t.Context(), ask()); err != nil || text != "a b" {
		t.Errorf("%q, %v", text, err)
	}
}

// Whoever waits for a server when its breaker opens is told soon after.
func TestOpeningBreakerEndsTheWait(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.BreakerFailures, cfg.MaxAttempts = 2, 1 })
	waiting := make(chan struct{})
	srv.Handle(func(r llmtest.Request) llmtest.Reply {
		if r.N == 0 {
			close(waiting)
			return llmtest.Reply{Delay: time.Minute}
		}
		return llmtest.Refusal(http.StatusInternalServerError, "down", "")
	})
	var wg sync.WaitGroup
	var ended time.Time
	wg.Go(func() {
		_, got, err := collect(c, t.Context(), ask())
		ended = time.Now()
		if !errors.Is(err, ErrUnavailable) || got.Calls != 1 {
			t.Errorf("%d calls, %v; want ErrUnavailable", got.Calls, err)
		}
	})
	<-waiting
	for range 2 {
		if _, _, err := collect(c, t.Context(), ask()); err == nil {
			t.Error("no error")
		}
	}
	opened := time.Now()
	wg.Wait()
	if late := ended.Sub(opened); late > 10*time.Second { // a minute without; a second on a quiet machine
		t.Errorf("told %s after the breaker opened", late)
	}
}

// MaxCalls counts every request: retries, and those that give up a parameter.
func TestMaxCalls(t *testing.T) {
	for limit := 1; limit <= 6; limit++ {
		srv, c := start(t, func(cfg *Config) { cfg.MaxAttempts = 3; cfg.BreakerFailures = 1 << 20 })
		srv.Refuse("temperature", "json_schema")
		srv.Handle(func(llmtest.Request) llmtest.Reply { return llmtest.Refusal(http.StatusServiceUnavailable, "down", "") })
		r := askJSON()
		r.MaxCalls = limit
		_, got, err := collect(c, t.Context(), r)
		want := min(limit, 5) // two for the parameters, then three attempts
		if err == nil || got.Calls != want || count(srv, chatPath) != want {
			t.Errorf("at most %d: %d calls said, %d made, %v; want %d", limit, got.Calls, count(srv, chatPath), err, want)
		}
	}
}

// A reply that is only gathered may be asked for again when it is cut.
func TestGatheredStreamIsRetried(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Deltas: []string{"half ", "more"}, CutAfter: 450}, llmtest.Reply{Content: "all of it"})
	got, err := c.ChatStream(t.Context(), ask(), nil)
	if err != nil || got.Content != "all of it" || got.Calls != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// What is known of a reply that broke off comes with the error.
func TestBrokenStreamSaysWhoItWas(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Content: "a b", NoFinish: true, Model: "served", PromptTokens: 7})
	_, got, err := collect(c, t.Context(), ask())
	if !errors.Is(err, ErrIncomplete) || got.Model != "served" || got.Usage.PromptTokens != 7 || got.Content != "" {
		t.Errorf("%+v, %v", got, err)
	}
}
