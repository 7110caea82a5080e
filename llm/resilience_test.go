package llm

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm/llmtest"
)

const chatPath, embedPath = "/v1/chat/completions", "/v1/embeddings"

func TestRetryStatuses(t *testing.T) {
	tests := []struct {
		reply llmtest.Reply
		calls int // with three attempts allowed
		down  bool
	}{
		{llmtest.Refusal(408, "timeout", ""), 3, true},
		{llmtest.Refusal(429, "rate_limit_exceeded", ""), 3, true},
		{llmtest.Refusal(429, "insufficient_quota", ""), 1, true},
		{llmtest.Refusal(500, "oops", ""), 3, true},
		{llmtest.Refusal(503, "oops", ""), 3, true},
		{llmtest.Refusal(529, "oops", ""), 3, true},
		{llmtest.Refusal(501, "oops", ""), 1, true},
		{llmtest.Refusal(400, "oops", ""), 1, false},
		{llmtest.Refusal(401, "invalid_api_key", ""), 1, false},
		{llmtest.Refusal(403, "oops", ""), 1, false},
		{llmtest.Refusal(404, "model_not_found", ""), 1, false},
		{llmtest.Reply{Status: 502, Raw: []byte("<html>" + secret), Header: http.Header{"Content-Type": {"text/html"}}}, 3, true},
	}
	for _, tt := range tests {
		srv, c := start(t, nil)
		srv.Handle(func(llmtest.Request) llmtest.Reply { return tt.reply })
		got, err := c.Chat(t.Context(), ask())
		var api *APIError
		if !errors.As(err, &api) || api.Status != tt.reply.Status || errors.Is(err, ErrUnavailable) != tt.down || got.Calls != tt.calls {
			t.Errorf("%d %s: %d calls, %v; want %d, the API error kept, unavailable: %t", tt.reply.Status, tt.reply.Raw, got.Calls, err, tt.calls, tt.down)
		}
		noLeak(t, err)
	}
}

func TestAPIErrorFields(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.MaxAttempts = 1 })
	srv.Enqueue(llmtest.RetryAfter(429, 7))
	_, err := c.Chat(t.Context(), ask())
	if want := "chat: model unavailable: model server answered 429, code rate_limit_exceeded, type invalid_request_error, request req-0"; err == nil || err.Error() != want {
		t.Errorf("err = %v\nwant  %s", err, want)
	}
	var api *APIError
	if !errors.As(err, &api) || api.RetryAfter != 7*time.Second || api.RequestID != "req-0" {
		t.Errorf("APIError = %+v", api)
	}
}

func TestRetryAfterIsRespected(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.RetryAfter(429, 1), llmtest.Reply{Content: "ok"})
	began := time.Now()
	if _, err := c.Chat(t.Context(), ask()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < time.Second || took > 3*time.Second {
		t.Errorf("took %s, want a second and a little", took)
	}
}

// A wait that would outlast the deadline is not begun, and the server's answer
// is not lost for a bare "deadline exceeded".
func TestRetryNeverOutlastsTheDeadline(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.RetryAfter(429, 30))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	began := time.Now()
	_, err := c.Chat(ctx, ask())
	var api *APIError
	if took := time.Since(began); took > time.Second || !errors.As(err, &api) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("after %s: %v; want the 429 at once", took, err)
	}
}

func TestRetryAfterOf(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "2": 2 * time.Second, "0.5": 500 * time.Millisecond, "-3": 0, "NaN": 0, "Inf": time.Hour, "1e300": time.Hour, "soon": 0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0, "Fri, 02 Jan 2099 03:04:00 GMT": time.Hour,
	} {
		if got := retryAfterOf(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q = %s, want %s", value, got, want)
		}
	}
	if got := retryAfterOf(http.Header{"Retry-After-Ms": {"250"}, "Retry-After": {"9"}}, now); got != 250*time.Millisecond {
		t.Errorf("retry-after-ms = %s", got)
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	c := &Client{cfg: Config{Backoff: 100 * time.Millisecond, MaxBackoff: time.Second}}
	for n, ms := range map[int]int64{1: 100, 2: 200, 3: 400, 4: 800, 5: 1000, 6: 1000, 1000: 1000} {
		want := time.Duration(ms) * time.Millisecond
		for range 50 {
			if got := c.backoff(n, errUnreached); got < want*8/10 || got > want*12/10 {
				t.Fatalf("backoff(%d) = %s, want %s ± 20 %%", n, got, want)
			}
		}
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, c := start(t, func(cfg *Config) { cfg.BaseURL = "http://" + addr + "/v1" })
	got, err := c.Chat(t.Context(), ask())
	if !errors.Is(err, ErrUnavailable) || got.Calls != 3 {
		t.Errorf("%d calls, %v; want ErrUnavailable after 3", got.Calls, err)
	}
	noLeak(t, err)
}

// net/http quotes what is not HTTP in its error.
func TestPeerThatSpeaksSomethingElse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			// All of the request must be read, or closing resets the connection
			// before the answer is seen.
			for in := bufio.NewReader(conn); err == nil; {
				var line string
				if line, err = in.ReadString('}'); strings.Contains(line, "temperature") || strings.Contains(line, `"stream":false`) {
					break
				}
			}
			_, _ = conn.Write([]byte(secret + "\r\n\r\n"))
			conn.Close()
		}
	})
	defer wg.Wait()
	defer l.Close()
	_, c := start(t, func(cfg *Config) { cfg.BaseURL = "http://" + l.Addr().String() })
	_, err = c.Chat(t.Context(), ask())
	if !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "did not speak HTTP") {
		t.Errorf("err = %v, want ErrUnavailable, not HTTP", err)
	}
	noLeak(t, err)
}

func TestBreaker(t *testing.T) {
	srv, c := start(t, func(cfg *Config) {
		cfg.BreakerFailures, cfg.BreakerDelay = 4, 200*time.Millisecond
	})
	srv.Handle(func(llmtest.Request) llmtest.Reply { return llmtest.Refusal(500, "down", "") })
	if _, err := c.Chat(t.Context(), ask()); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	// The fourth failure opens it in the middle of the second call.
	got, err := c.Chat(t.Context(), ask())
	var api *APIError
	if !errors.Is(err, ErrUnavailable) || !errors.As(err, &api) || got.Calls != 1 {
		t.Errorf("%d calls, %v; want 1 and the last failure kept", got.Calls, err)
	}
	began := time.Now()
	if got, err = c.Chat(t.Context(), ask()); !errors.Is(err, ErrUnavailable) || got.Calls != 0 || time.Since(began) > 50*time.Millisecond {
		t.Errorf("open: %d calls in %s, %v; want none, at once", got.Calls, time.Since(began), err)
	}
	// Embeddings have a breaker of their own.
	if _, err := c.Embed(t.Context(), []string{"x"}); err != nil {
		t.Errorf("embeddings while chat is down: %v", err)
	}
	time.Sleep(250 * time.Millisecond)
	srv.Handle(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Content: "back"} })
	for range 3 {
		if _, err := c.Chat(t.Context(), ask()); err != nil {
			t.Errorf("after the delay: %v", err)
		}
	}
}

func TestBreakerIgnoresRefusalsAndCallers(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.BreakerFailures = 2; cfg.MaxAttempts = 1 })
	for range 3 {
		srv.Enqueue(llmtest.Refusal(400, "bad", ""), llmtest.Refusal(429, "slow_down", ""))
		for range 2 {
			if _, err := c.Chat(t.Context(), ask()); err == nil {
				t.Fatal("no error")
			}
		}
	}
	for range 3 {
		srv.Enqueue(llmtest.Reply{Delay: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := c.Chat(ctx, ask()); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnavailable) {
			t.Fatalf("cancelled: %v", err)
		}
		timer.Stop()
	}
	srv.Enqueue(llmtest.Reply{Content: "fine"})
	if _, err := c.Chat(t.Context(), ask()); err != nil {
		t.Errorf("the breaker opened: %v", err)
	}
}

// A server that is slow beyond the deadline is down as far as students go.
func TestBreakerCountsSlowness(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.BreakerFailures = 2; cfg.ChatTimeout = 300 * time.Millisecond })
	srv.Enqueue(llmtest.Reply{Delay: time.Minute}, llmtest.Reply{Delay: time.Minute})
	for range 2 {
		if _, err := c.Chat(t.Context(), ask()); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrUnavailable) {
			t.Fatalf("err = %v", err)
		}
	}
	if got, err := c.Chat(t.Context(), ask()); !errors.Is(err, ErrUnavailable) || got.Calls != 0 {
		t.Errorf("%d calls, %v; want the breaker open", got.Calls, err)
	}
}

// A trial that its caller breaks off must not leave the breaker waiting for
// good.
func TestBreakerTrialBrokenOff(t *testing.T) {
	srv, c := start(t, func(cfg *Config) {
		cfg.BreakerFailures = 1
		cfg.BreakerDelay = 20 * time.Millisecond
		cfg.MaxAttempts = 1
	})
	srv.Enqueue(llmtest.Refusal(500, "down", ""), llmtest.Reply{Delay: time.Minute})
	if _, err := c.Chat(t.Context(), ask()); err == nil {
		t.Fatal("no error")
	}
	time.Sleep(40 * time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	if _, err := c.Chat(ctx, ask()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	time.Sleep(40 * time.Millisecond)
	srv.Enqueue(llmtest.Reply{Content: "back"})
	if _, err := c.Chat(t.Context(), ask()); err != nil {
		t.Errorf("after a trial that was broken off: %v", err)
	}
}

func TestCancelledDuringBackoff(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.Backoff, cfg.MaxBackoff = 10*time.Second, 10*time.Second })
	srv.Enqueue(llmtest.Refusal(500, "down", ""))
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	began := time.Now()
	if _, err := c.Chat(ctx, ask()); !errors.Is(err, context.Canceled) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

func TestConcurrentUse(t *testing.T) {
	srv, c := start(t, nil)
	srv.Handle(func(r llmtest.Request) llmtest.Reply { return llmtest.Reply{Content: r.Messages[1].Content} })
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 10 {
				if got, _, err := collect(c, t.Context(), ask()); err != nil || got != secret {
					t.Errorf("%q, %v", got, err)
				}
				if _, err := c.Embed(t.Context(), []string{"a", "b"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := count(srv, chatPath); got != 160 {
		t.Errorf("%d chat calls", got)
	}
}
