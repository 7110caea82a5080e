package answer_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

// floors asks about the tides and wants the floor's answer.
func (h *house) floors(t *testing.T) answer.Answer {
	t.Helper()
	a, err := h.tutor.Ask(t.Context(), postgres.Scope{Principal: postgres.Local, Course: "sea"}, answer.Question{Text: tidesQuestion}, nil)
	if err != nil || a.Mode != answer.ModeExtractive || len(a.Sentences) == 0 {
		t.Errorf("want the floor's answer, got %+v, %v", a, err)
	}
	return a
}

// TestModelCalls: however a model fails and a client insists, ten requests are the most for an answer, over both rungs.
func TestModelCalls(t *testing.T) {
	down := llmtest.Refusal(http.StatusServiceUnavailable, "down", "")
	bad := draft("answered", lie)
	for _, tt := range []struct {
		name     string
		limit    int
		attempts int // the client's own limit
		replies  func(n int) llmtest.Reply
		want     int
		codes    []string
	}{
		{"always down", 0, 50, func(int) llmtest.Reply { return down }, 10, []string{"model_unavailable"}},
		{"a limit of one", 1, 50, func(int) llmtest.Reply { return down }, 1, []string{"model_unavailable"}},
		{"raised above the most", 99, 50, func(int) llmtest.Reply { return down }, 10, []string{"model_unavailable"}},
		{"down, then a bad draft, then down", 0, 50, func(n int) llmtest.Reply {
			if n == 6 {
				return bad
			}
			return down
		}, 10, []string{"quote_not_found", "model_unavailable"}},
		{"the first draft takes them all", 0, 50, func(n int) llmtest.Reply {
			if n == 9 {
				return bad
			}
			return down
		}, 10, []string{"quote_not_found", "model_budget"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			h.patience(func(c *llm.Config) { c.MaxAttempts = tt.attempts })
			h.tutor.Limits.Calls = tt.limit
			h.model.Handle(func(r llmtest.Request) llmtest.Reply { return tt.replies(r.N) })
			a := h.floors(t)
			if made := len(h.model.Requests()); made != tt.want || a.Usage.ModelCalls != tt.want {
				t.Errorf("%d requests, %d counted; want %d", made, a.Usage.ModelCalls, tt.want)
			}
			var codes []string
			for _, at := range a.Attempts {
				codes = append(codes, at.Codes...)
			}
			if !slices.Equal(codes, tt.codes) {
				t.Errorf("codes %v, want %v", codes, tt.codes)
			}
		})
	}
}

// TestTokenBudget: what has been paid for, retries included, and could yet be, never exceeds the budget.
func TestTokenBudget(t *testing.T) {
	h := newHouse(t)
	h.patience(func(c *llm.Config) { c.MaxAttempts = 50 })
	h.model.Handle(func(llmtest.Request) llmtest.Reply { return llmtest.Refusal(http.StatusServiceUnavailable, "down", "") })
	h.tutor.Limits.Tokens = 1
	if a := h.floors(t); a.Usage.ModelCalls != 0 || a.Attempts[0].Codes[0] != "model_budget" {
		t.Errorf("without a budget: %+v", a)
	}
	// The prompt is some 2,000 tokens, each retry of it as many.
	last := 0
	for _, budget := range []int{4000, 8000, 16_000} {
		h.tutor.Limits.Tokens = budget
		a := h.floors(t)
		if calls := a.Usage.ModelCalls; calls <= last || calls >= 10 || calls > budget/1000 {
			t.Errorf("%d requests for %d tokens, %d before", calls, budget, last)
		}
		last = a.Usage.ModelCalls
	}
	// A reply that costs nearly all of it leaves nothing for a repair.
	bad := draft("answered", lie)
	bad.PromptTokens, bad.CompletionTokens = 7000, 2000
	h.model.Enqueue(bad)
	h.tutor.Limits.Tokens = 9000
	if a := h.floors(t); a.Usage.ModelCalls != 1 || a.Attempts[1].Codes[0] != "model_budget" {
		t.Errorf("after a dear draft: %+v", a)
	}
}

// TestRungDeadlines: a model that is slow in any way costs its rung's time and no more, and Retry-After is not waited for
// beyond it.
func TestRungDeadlines(t *testing.T) {
	content := draft("answered", spring).Content
	for name, reply := range map[string]llmtest.Reply{
		"never replies":            {Delay: time.Minute},
		"stalls":                   {Content: content, Stall: time.Minute},
		"asks to come later":       llmtest.RetryAfter(http.StatusTooManyRequests, 40),
		"stalls between two bytes": {Content: content, WriteSize: 1, Stall: time.Minute, StallAfter: 400},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.patience(func(*llm.Config) {})
			h.tutor.Limits.Model = 500 * time.Millisecond
			h.model.Handle(func(llmtest.Request) llmtest.Reply { return reply })
			began := time.Now()
			h.floors(t)
			if took := time.Since(began); took > 25*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	t.Run("repair", func(t *testing.T) {
		h := newHouse(t)
		h.patience(func(*llm.Config) {})
		h.tutor.Limits.Repair = 500 * time.Millisecond
		h.model.Enqueue(draft("answered", lie), llmtest.Reply{Delay: time.Minute})
		began := time.Now()
		a := h.floors(t)
		if took := time.Since(began); took > 25*time.Second || a.Attempts[1].Codes[0] != "model_timeout" {
			t.Errorf("took %s: %+v", took, a.Attempts)
		}
	})
}

// TestSilentServer: a model server that accepts and never replies costs the first askers the first-byte limit; when the
// breaker opens, nobody who waits then and nobody who comes later waits for it.
func TestSilentServer(t *testing.T) {
	h := newHouse(t)
	h.patience(func(c *llm.Config) {
		c.FirstByteTimeout, c.BreakerFailures, c.BreakerDelay = 2*time.Second, 2, time.Minute
	})
	h.model.Handle(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Delay: time.Hour} })
	began := time.Now()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { h.floors(t) })
	}
	all.Wait()
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("four at once took %s", took)
	}
	before := len(h.model.Requests())
	if a := h.floors(t); a.Usage.ModelCalls != 0 || len(h.model.Requests()) != before || a.Attempts[0].Codes[0] != "model_unavailable" {
		t.Errorf("with the breaker open: %+v", a)
	}
}

// TestPingingServer: whoever waits for a model server that keeps the connection alive and says nothing, before its reply or
// in the middle of it, has the floor soon after the breaker opens.
func TestPingingServer(t *testing.T) {
	const half = `data: {"choices":[{"index":0,"delta":{"content":"{\"answer"},"finish_reason":null}]}` + "\n\n"
	for name, first := range map[string]string{"before": "", "in between": half} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.patience(func(c *llm.Config) { c.BreakerFailures, c.BreakerDelay = 2, time.Minute })
			waiting := make(chan struct{})
			h.model.Handle(func(r llmtest.Request) llmtest.Reply {
				if r.N > 0 {
					return llmtest.Refusal(http.StatusNotImplemented, "down", "")
				}
				close(waiting)
				return llmtest.Reply{
					Raw: []byte(first + strings.Repeat(": ping\n\n", 2000)), WriteSize: 100, Every: 50 * time.Millisecond,
					Header: http.Header{"Content-Type": {"text/event-stream"}},
				}
			})
			var ended time.Time
			var all sync.WaitGroup
			all.Go(func() {
				a := h.floors(t)
				ended = time.Now()
				if a.Attempts[0].Codes[0] != "model_unavailable" {
					t.Errorf("%+v", a.Attempts)
				}
			})
			<-waiting
			for range 2 {
				h.floors(t)
			}
			opened := time.Now()
			all.Wait()
			if late := ended.Sub(opened); late > 5*time.Second { // 1 s on a quiet machine; 10 s and more without
				t.Errorf("the floor came %s after the breaker opened", late)
			}
		})
	}
}
