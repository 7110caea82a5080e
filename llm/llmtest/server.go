package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// MaxRequestBytes bounds the body of a request; a longer one gets 413.
const MaxRequestBytes = 64 << 20

// A Server is one scripted server. Its methods are safe for concurrent use.
type Server struct {
	listener net.Listener
	http     *http.Server
	done     chan struct{} // closed by Close: wakes what sleeps
	handlers sync.WaitGroup
	serving  sync.WaitGroup

	mu         sync.Mutex
	closed     bool
	chat       script
	embeddings script
	refused    map[string]bool // parameters answered with 400
	requests   []Request
	unexpected []Request
	hijacked   map[net.Conn]bool // those that net/http no longer closes
}

// A script is where replies come from: the queue first, then the handler.
type script struct {
	queue   []Reply
	handler func(Request) Reply
}

func (s *script) next() (Reply, bool) {
	if len(s.queue) > 0 {
		reply := s.queue[0]
		s.queue = s.queue[1:]
		return reply, true
	}
	return Reply{}, false
}

// Start listens on a free loopback port. Close the server when done.
func Start() (*Server, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("scripted model server: %w", err)
	}
	s := &Server{listener: l, done: make(chan struct{}), refused: make(map[string]bool), hijacked: make(map[net.Conn]bool)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.serve(s.answerChat))
	mux.HandleFunc("POST /v1/embeddings", s.serve(s.answerEmbeddings))
	mux.HandleFunc("GET /v1/models", s.serve(s.answerModels))
	mux.HandleFunc("/", s.serve(s.answerUnknown))
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	s.serving.Go(func() { _ = s.http.Serve(l) }) // returns ErrServerClosed
	return s, nil
}

// URL is the base URL for a client: it ends in /v1.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/v1" }

// Close closes every connection and waits until no goroutine of the server is
// left. It may be called twice.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	for conn := range s.hijacked {
		_ = conn.Close() // wakes a write that the client does not read
	}
	s.mu.Unlock()
	_ = s.http.Close() // its only error is the listener's, which is going away
	s.handlers.Wait()
	s.serving.Wait()
}

// Enqueue adds replies to the next chat calls, in order.
func (s *Server) Enqueue(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chat.queue = append(s.chat.queue, replies...)
}

// Handle sets what answers chat calls once the queue is empty; nil for nothing.
// The function is called from several goroutines at a time.
func (s *Server) Handle(f func(Request) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chat.handler = f
}

// EnqueueEmbeddings and HandleEmbeddings are Enqueue and Handle for embeddings.
func (s *Server) EnqueueEmbeddings(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.embeddings.queue = append(s.embeddings.queue, replies...)
}

// HandleEmbeddings sets what answers embeddings calls once their queue is
// empty; nil for the computed vectors.
func (s *Server) HandleEmbeddings(f func(Request) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.embeddings.handler = f
}

// Refuse makes the server answer 400 to every request that carries one of the
// named top-level parameters, as servers do that do not know them, without
// touching the queues. "json_schema" refuses response_format of that type only.
// No names: nothing is refused any more.
func (s *Server) Refuse(params ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = make(map[string]bool)
	for _, p := range params {
		s.refused[p] = true
	}
}

// Requests lists every request received so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Unexpected lists the requests that nothing was scripted for.
func (s *Server) Unexpected() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unexpected)
}

// serve records a request and sends the reply that answer gives.
func (s *Server) serve(answer func(Request) Reply) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		s.handlers.Add(1)
		s.mu.Unlock()
		defer s.handlers.Done()

		body, err := io.ReadAll(http.MaxBytesReader(w, hr.Body, MaxRequestBytes))
		if err != nil {
			var tooLarge *http.MaxBytesError
			if errors.As(err, &tooLarge) {
				http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
			}
			return
		}
		r := parse(hr, body)
		s.mu.Lock()
		r.N = len(s.requests)
		s.requests = append(s.requests, r)
		refusal, refused := s.refusal(r)
		s.mu.Unlock()
		var reply Reply
		if refused {
			reply = refusal
		} else {
			reply = answer(r)
		}
		s.send(hr.Context(), w, r, reply)
	}
}

// refusal needs s.mu.
func (s *Server) refusal(r Request) (Reply, bool) {
	var fields map[string]json.RawMessage
	if len(s.refused) == 0 || json.Unmarshal(r.Body, &fields) != nil {
		return Reply{}, false
	}
	for _, name := range slices.Sorted(maps.Keys(s.refused)) {
		_, has := fields[name]
		if has || name == "json_schema" && r.Format == "json_schema" {
			param := name
			if name == "json_schema" {
				param = "response_format"
			}
			return Refusal(http.StatusBadRequest, "unsupported_parameter", param), true
		}
	}
	return Reply{}, false
}

func (s *Server) answerChat(r Request) Reply {
	s.mu.Lock()
	reply, ok := s.chat.next()
	handler := s.chat.handler
	if !ok && handler == nil {
		s.unexpected = append(s.unexpected, r)
	}
	s.mu.Unlock()
	switch {
	case ok:
		return reply
	case handler != nil:
		return handler(r)
	}
	return Refusal(http.StatusInternalServerError, "not_scripted", "")
}

func (s *Server) answerEmbeddings(r Request) Reply {
	s.mu.Lock()
	reply, ok := s.embeddings.next()
	handler := s.embeddings.handler
	s.mu.Unlock()
	switch {
	case ok:
		return reply
	case handler != nil:
		return handler(r)
	}
	return Reply{}
}

func (s *Server) answerModels(Request) Reply {
	return Reply{Raw: []byte(`{"object":"list","data":[{"id":"scripted","object":"model","created":0,"owned_by":"llmtest"}]}`)}
}

func (s *Server) answerUnknown(r Request) Reply {
	s.mu.Lock()
	s.unexpected = append(s.unexpected, r)
	s.mu.Unlock()
	return Refusal(http.StatusNotFound, "unknown_path", "")
}

// sleep waits for d, the client's leaving or the server's end, and reports
// whether all of d went by.
func (s *Server) sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}

// track has Close close a connection that net/http has let go of.
func (s *Server) track(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
	}
	s.hijacked[conn] = true
}

func (s *Server) untrack(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.hijacked, conn)
}
