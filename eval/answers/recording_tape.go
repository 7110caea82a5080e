package answers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"
)

// An End is how an exchange ended. A replay ends it in the same way.
type End string

// The ends.
const (
	EndWhole End = "whole" // the reply came to its end, or the reader had all of its JSON or the stream's [DONE]
	EndCut   End = "cut"   // the connection broke off in the reply: a replay gives what came, and then the same error
	// The request's own context ended, before or in the reply: a deadline, a silent stream. A replay gives what came and is
	// silent then, until the request's context ends again.
	EndDeadline End = "deadline"
	// The reader closed the body before its end. A replay gives what came; whoever reads on reads what nobody recorded,
	// which is an error.
	EndStopped End = "stopped"
	EndFailed  End = "failed" // there was no response; a replay has none, either
)

func (e End) valid() bool {
	return e == EndWhole || e == EndCut || e == EndDeadline || e == EndStopped || e == EndFailed
}

// A tape is the body of a reply that is recorded while it is read. It calls done once, at the body's end or at Close.
type tape struct {
	body    io.ReadCloser
	ctx     context.Context //nolint:containedctx // of the request whose reply this is
	began   time.Time
	encoded bool
	done    func(t *tape, end End)

	mu       sync.Mutex // Close may come while a Read waits
	got      []byte
	firstMS  float64
	tooLarge bool
	ended    bool
}

func (t *tape) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return n, err
	}
	if n > 0 && len(t.got) == 0 {
		t.firstMS = sinceMS(t.began)
	}
	if t.tooLarge = t.tooLarge || len(t.got)+n > maxRecordedReply; !t.tooLarge {
		t.got = append(t.got, p[:n]...)
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		t.end(EndWhole)
	case t.ctx.Err() != nil:
		t.end(EndDeadline)
	default:
		t.end(EndCut)
	}
	return n, err
}

func (t *tape) Close() error {
	err := t.body.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.ended:
	case whole(t.got):
		t.end(EndWhole)
	case t.ctx.Err() != nil:
		t.end(EndDeadline)
	default:
		t.end(EndStopped)
	}
	return err
}

func (t *tape) end(end End) {
	t.ended = true
	t.done(t, end)
	t.got = nil
}

// whole reports whether nothing can be missing from a body whose end nobody read: readers of JSON and of event streams stop
// when they have it.
func whole(body []byte) bool {
	body = bytes.TrimSpace(body)
	return json.Valid(body) || bytes.HasSuffix(body, []byte("data: [DONE]")) || bytes.HasSuffix(body, []byte("data:[DONE]"))
}

func sinceMS(t time.Time) float64 { return float64(time.Since(t).Microseconds()) / 1000 }
