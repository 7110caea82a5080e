package llmtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// send writes reply, with its faults. Errors of the connection end it quietly:
// the client has gone.
func (s *Server) send(ctx context.Context, w http.ResponseWriter, r Request, reply Reply) {
	if !s.sleep(ctx, reply.Delay) {
		panic(http.ErrAbortHandler)
	}
	stream := r.Stream && reply.Raw == nil && reply.GzipBomb == 0 && (reply.Status == 0 || reply.Status == http.StatusOK)
	h := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"req-" + strconv.Itoa(r.N)}}
	if stream {
		h.Set("Content-Type", "text/event-stream")
	}
	if reply.GzipBomb > 0 {
		h.Set("Content-Encoding", "gzip")
	}
	for k, v := range reply.Header {
		h[http.CanonicalHeaderKey(k)] = v
	}
	status := reply.Status
	if status == 0 {
		status = http.StatusOK
	}
	b := &body{s: s, ctx: ctx, reply: reply, stream: stream}
	if reply.CloseDelimited {
		b.hijack(w, status, h)
		defer b.hangUp()
	} else {
		for k, v := range h {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
		b.w, b.flush = w, http.NewResponseController(w).Flush
	}
	err := b.writeAll(r, stream)
	if err != nil && !reply.CloseDelimited {
		panic(http.ErrAbortHandler) // net/http closes the connection
	}
}

// A body writes the bytes of one reply in the sizes asked for and breaks off
// where asked to.
type body struct {
	s      *Server
	ctx    context.Context
	reply  Reply
	stream bool

	w       io.Writer
	flush   func() error
	hangUp  func()
	written int
	stalled bool
}

var errCut = errors.New("cut as scripted")

// hijack answers by hand, so that the body is ended by closing the connection.
func (b *body) hijack(w http.ResponseWriter, status int, h http.Header) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	b.s.track(conn)
	fmt.Fprintf(buf, "HTTP/1.1 %d %s\r\nConnection: close\r\n", status, http.StatusText(status))
	_ = h.Write(buf)
	fmt.Fprint(buf, "\r\n")
	b.w, b.flush = buf, buf.Flush
	b.hangUp = func() {
		_ = buf.Flush()
		b.s.untrack(conn)
		_ = conn.Close()
	}
}

func (b *body) writeAll(r Request, stream bool) error {
	if b.reply.CutAfter < 0 {
		_ = b.flush()
		return errCut
	}
	switch {
	case b.reply.GzipBomb > 0:
		return b.bomb(b.reply.GzipBomb)
	case b.reply.Raw != nil:
		if err := b.write(b.reply.Raw); err != nil {
			return err
		}
	case r.Path == "/v1/embeddings":
		if err := b.write(embeddingsBody(r, b.reply)); err != nil {
			return err
		}
	case stream:
		for _, event := range events(r, b.reply) {
			if err := b.write(event); err != nil {
				return err
			}
		}
	default:
		if err := b.write(chatBody(r, b.reply)); err != nil {
			return err
		}
	}
	return b.pad(b.reply.EmptyTail)
}

// write sends p in pieces of WriteSize, stalling and cutting where it must.
func (b *body) write(p []byte) error {
	if !b.stream || b.reply.StallAfter > 0 {
		if err := b.stallIn(&p); err != nil {
			return err
		}
	}
	if err := b.pieces(p); err != nil {
		return err
	}
	if b.stream && b.reply.StallAfter == 0 {
		return b.stall() // after the first event
	}
	return nil
}

// stallIn writes the part of p before the stalling point and stalls there.
func (b *body) stallIn(p *[]byte) error {
	if b.stalled || b.reply.Stall == 0 || b.written+len(*p) < b.reply.StallAfter {
		return nil
	}
	n := b.reply.StallAfter - b.written
	if err := b.pieces((*p)[:n]); err != nil {
		return err
	}
	*p = (*p)[n:]
	return b.stall()
}

func (b *body) stall() error {
	if b.stalled || b.reply.Stall == 0 {
		return nil
	}
	b.stalled = true
	if err := b.flush(); err != nil {
		return err
	}
	if !b.s.sleep(b.ctx, b.reply.Stall) {
		return errCut
	}
	return nil
}

func (b *body) pieces(p []byte) error {
	size := b.reply.WriteSize
	if size <= 0 {
		size = max(len(p), 1)
	}
	for len(p) > 0 {
		piece := p[:min(size, len(p))]
		p = p[len(piece):]
		if cut := b.reply.CutAfter; cut > 0 && b.written+len(piece) >= cut {
			_, _ = b.w.Write(piece[:cut-b.written])
			_ = b.flush()
			return errCut
		}
		if b.written > 0 && !b.s.sleep(b.ctx, b.reply.Every) {
			return errCut
		}
		n, err := b.w.Write(piece)
		b.written += n
		if err != nil {
			return err
		}
		if err := b.flush(); err != nil {
			return err
		}
	}
	return nil
}

// bomb writes size zero bytes, compressed about a thousandfold.
func (b *body) bomb(size int64) error {
	z := gzip.NewWriter(b.w)
	zeros := make([]byte, 64<<10)
	for size > 0 {
		n := min(size, int64(len(zeros)))
		if _, err := z.Write(zeros[:n]); err != nil {
			return err
		}
		size -= n
	}
	if err := z.Close(); err != nil {
		return err
	}
	return b.flush()
}

func (b *body) pad(n int64) error {
	spaces := bytes.Repeat([]byte(" "), 64<<10)
	for n > 0 {
		k := min(n, int64(len(spaces)))
		if _, err := b.w.Write(spaces[:k]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}
