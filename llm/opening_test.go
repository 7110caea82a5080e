package llm

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// soon is how late after the breaker's opening the last who waits may be told: what the floor has, less its own time, and
// more for a busy machine. It is 1 s on a quiet one, and without openWait 10 s and more.
const soon = 5 * time.Second

// When the breaker opens, nobody waits on for a server that says nothing, whatever they have had of it; and nobody loses a
// reply that goes on.
func TestOpeningBreakerEndsSilence(t *testing.T) {
	replies := map[string]llmtest.Reply{
		"begun":    {Content: "half of it", Stall: time.Minute, StallAfter: begun},
		"role":     {Content: "nothing", Stall: time.Minute},
		"headers":  {Raw: []byte(chunk(`{"content":"a"}`, `null`)), Stall: time.Minute, Header: sse},
		"mid-line": {Content: strings.Repeat("a", 1000), WriteSize: 1, Every: 50 * time.Millisecond},
		"waits":    llmtest.RetryAfter(http.StatusTooManyRequests, 30),
		"goes on":  {Content: strings.Repeat("word ", 40), Every: 40 * time.Millisecond},
	}
	for name, nothing := range silences {
		replies[name] = llmtest.Reply{Raw: []byte(strings.Repeat(nothing, 2000)), WriteSize: len(nothing), Every: 50 * time.Millisecond, Header: sse}
	}
	srv, c := start(t, func(cfg *Config) { cfg.BreakerFailures, cfg.BreakerDelay = 2, time.Minute })
	var asked sync.WaitGroup
	asked.Add(len(replies))
	srv.Handle(func(r llmtest.Request) llmtest.Reply {
		if reply, ok := replies[r.Messages[0].Content]; ok {
			asked.Done()
			return reply
		}
		return llmtest.Refusal(http.StatusNotImplemented, "down", "")
	})
	var all sync.WaitGroup
	for name := range replies {
		all.Go(func() {
			text, got, err := collect(c, t.Context(), ChatRequest{Messages: []Message{{"user", name}}})
			if name == "goes on" {
				if err != nil || got.Content != replies[name].Content {
					t.Errorf("%s: %q, %v", name, text, err)
				}
				return
			}
			if !errors.Is(err, ErrUnavailable) || !errors.Is(err, errOpen) || got.Calls != 1 {
				t.Errorf("%s: %d calls, %v; want ErrUnavailable, the breaker being open", name, got.Calls, err)
			}
			noLeak(t, err)
		})
	}
	asked.Wait()
	time.Sleep(200 * time.Millisecond) // for what they send first
	opened := time.Now()
	for range 2 {
		if _, _, err := collect(c, t.Context(), ask()); err == nil {
			t.Error("no error")
		}
	}
	all.Wait()
	if late := time.Since(opened); late > soon {
		t.Errorf("the last was told %s after the breaker opened", late)
	}
}
