package llm

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

func collect(c *Client, ctx context.Context, r ChatRequest) (string, ChatResponse, error) {
	var b strings.Builder
	res, err := c.ChatStream(ctx, r, func(s string) error { b.WriteString(s); return nil })
	return b.String(), res, err
}

func TestChatStream(t *testing.T) {
	for name, reply := range map[string]llmtest.Reply{
		"plain":           {},
		"byte by byte":    {WriteSize: 1}, // splits every character of several bytes
		"close delimited": {CloseDelimited: true},
		"no end mark":     {NoDone: true},
		"pieces":          {Deltas: []string{"Ein ", "Paket —", " geht."}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, nil)
			reply.Content = "Ein Paket — geht."
			reply.PromptTokens, reply.CompletionTokens = 5, 6
			srv.Enqueue(reply)
			text, got, err := collect(c, t.Context(), ask())
			if err != nil {
				t.Fatal(err)
			}
			want := ChatResponse{Content: "Ein Paket — geht.", FinishReason: "stop", Model: "scripted", ID: "chatcmpl-0", Calls: 1, Usage: Usage{PromptTokens: 5, CompletionTokens: 6}}
			if diff := cmp.Diff(want, got); diff != "" || text != want.Content {
				t.Errorf("streamed %q, response (-want +got):\n%s", text, diff)
			}
		})
	}
}

// Pieces that end inside a character reach the caller as valid UTF-8.
func TestChatStreamBrokenCharacters(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Deltas: []string{"a\xe2\x80", "\x94b"}})
	text, got, err := collect(c, t.Context(), ask())
	if err != nil || !utf8.ValidString(text) || text != got.Content {
		t.Errorf("streamed %q, content %q, %v", text, got.Content, err)
	}
}

// However a stream is cut, at whatever byte, it is complete with its finish
// reason or an error; a cut and an end may look the same on the wire.
func TestChatStreamCutAnywhere(t *testing.T) {
	for _, closeDelimited := range []bool{false, true} {
		srv, c := start(t, func(cfg *Config) { cfg.MaxAttempts = 1; cfg.BreakerFailures = 1 << 20 })
		const full = "eins zwei"
		srv.Handle(func(r llmtest.Request) llmtest.Reply {
			return llmtest.Reply{Content: full, CutAfter: r.N + 1, CloseDelimited: closeDelimited}
		})
		complete := 0
		for range 2000 {
			text, got, err := collect(c, t.Context(), ask())
			switch {
			case err == nil && (got.Content != full || got.FinishReason != "stop"):
				t.Fatalf("a cut stream passed as %+v", got)
			case err == nil:
				complete++
			case !errors.Is(err, ErrIncomplete):
				t.Fatalf("err = %v, want ErrIncomplete", err)
			case !strings.HasPrefix(full, text):
				t.Fatalf("streamed %q", text)
			}
			if complete > 3 {
				break
			}
		}
		if complete == 0 {
			t.Error("no cut was late enough to be complete")
		}
	}
}

func TestChatStreamFaults(t *testing.T) {
	tests := map[string]struct {
		reply llmtest.Reply
		want  error
	}{
		"no finish reason":      {llmtest.Reply{Content: "a b", NoFinish: true}, ErrIncomplete},
		"nor the end mark":      {llmtest.Reply{Content: "a b", NoFinish: true, NoDone: true}, ErrIncomplete},
		"stalled":               {llmtest.Reply{Content: "a b", Stall: time.Minute, StallAfter: begun}, ErrIncomplete},
		"stalled in a piece":    {llmtest.Reply{Content: "a b", Stall: time.Minute, StallAfter: begun + 100}, ErrIncomplete},
		"html":                  {llmtest.HTML(), ErrMalformed},
		"json":                  {llmtest.Reply{Raw: []byte(`{"choices":[]}`)}, ErrMalformed},
		"empty":                 {llmtest.Reply{Raw: []byte{}, Header: sse}, ErrIncomplete},
		"not JSON":              {llmtest.Reply{Raw: []byte("data: " + secret + "\n\n"), Header: sse}, ErrMalformed},
		"error event":           {llmtest.Reply{Raw: []byte("data: {\"error\":{\"message\":\"" + secret + "\",\"code\":\"oops\"}}\n\n"), Header: sse}, ErrIncomplete},
		"content after the end": {llmtest.Reply{Raw: []byte(chunk(`{"content":"a"}`, `"stop"`) + chunk(`{"content":"b"}`, `null`)), Header: sse}, ErrMalformed},
		"endless line":          {llmtest.Reply{GzipBomb: 1 << 30, Header: sse}, ErrTooLarge},
		"endless":               {llmtest.Reply{Raw: []byte(strings.Repeat(chunk(`{"content":"a"}`, `null`), 20_000)), Header: sse}, ErrTooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, func(cfg *Config) {
				cfg.MaxAttempts, cfg.MaxResponseBytes = 1, 1<<20
				if tt.reply.Stall > 0 {
					cfg.IdleTimeout = 100 * time.Millisecond
				}
			})
			srv.Enqueue(tt.reply)
			_, got, err := collect(c, t.Context(), ask())
			if !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
			if got.Content != "" || got.FinishReason != "" || got.Calls != 1 {
				t.Errorf("response with an error: %+v", got)
			}
			noLeak(t, err)
		})
	}
}

// begun is about the bytes of a scripted stream that end behind its first piece of content, and before its second.
const begun = 370

var sse = map[string][]string{"Content-Type": {"text/event-stream"}}

func chunk(delta, finish string) string {
	return `data: {"choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + "}]}\n\n"
}

// A stream that breaks or falls silent after its finish reason is complete.
func TestChatStreamCompleteWithoutUsage(t *testing.T) {
	whole := chunk(`{"content":"ok"}`, `null`) + chunk(`{}`, `"stop"`)
	for name, reply := range map[string]llmtest.Reply{
		"cut":      {CutAfter: len(whole)},
		"stalled":  {StallAfter: len(whole), Stall: time.Minute},
		"comments": {Raw: []byte(": thinking\n\n: thinking\n\nevent: message\n" + whole + "data: [DONE]\n\n")},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, func(cfg *Config) { cfg.IdleTimeout = 100 * time.Millisecond })
			if reply.Raw == nil {
				reply.Raw = []byte(whole + "data: [DONE]\n\n")
			}
			reply.Header = sse
			srv.Enqueue(reply)
			text, got, err := collect(c, t.Context(), ask())
			if err != nil || text != "ok" || got.Content != "ok" || got.FinishReason != "stop" || got.Calls != 1 {
				t.Errorf("streamed %q, %+v, %v", text, got, err)
			}
		})
	}
}

func TestChatStreamRetriesOnlyBeforeTheFirstPiece(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Refusal(503, "overloaded", ""), llmtest.Reply{Content: "x", CutAfter: -1}, llmtest.Reply{Content: "good"})
	text, got, err := collect(c, t.Context(), ask())
	if err != nil || text != "good" || got.Calls != 3 {
		t.Errorf("streamed %q in %d calls, %v; want good in 3", text, got.Calls, err)
	}
	srv.Enqueue(llmtest.Reply{Deltas: []string{"half ", "more"}, CutAfter: 450})
	text, got, err = collect(c, t.Context(), ask())
	if !errors.Is(err, ErrIncomplete) || got.Calls != 1 || text != "half " {
		t.Errorf("streamed %q in %d calls, %v; want ErrIncomplete in 1", text, got.Calls, err)
	}
}

func TestChatStreamCallerStops(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Content: "a b c"})
	stop := errors.New("enough")
	_, err := c.ChatStream(t.Context(), ask(), func(string) error { return stop })
	if err != stop {
		t.Errorf("err = %v, want the caller's own", err)
	}
	srv.Enqueue(llmtest.Reply{Content: "a b c d", Stall: time.Minute, StallAfter: 450})
	ctx, cancel := context.WithCancel(t.Context())
	_, err = c.ChatStream(ctx, ask(), func(string) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnavailable) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

func TestChatStreamCancelledWhileSilent(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Content: "a b", Stall: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, _, err := collect(c, ctx, ask())
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrUnavailable) || time.Since(began) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
}

// A caller that is slower than the idle timeout has not made the server silent.
func TestChatStreamSlowCaller(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.IdleTimeout = 300 * time.Millisecond })
	srv.Enqueue(llmtest.Reply{Content: "a b", WriteSize: 50})
	got, err := c.ChatStream(t.Context(), ask(), func(string) error { time.Sleep(700 * time.Millisecond); return nil })
	if err != nil || got.Content != "a b" {
		t.Errorf("%q, %v", got.Content, err)
	}
}
