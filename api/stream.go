package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// stream writes server-sent events. Each event is written and flushed whole under its own deadline, since a server-wide
// write timeout would cut long answers; between events a comment keeps proxies from closing a silent connection.
type stream struct {
	c    *gin.Context
	ctrl *http.ResponseController
	done chan struct{}

	mu     sync.Mutex
	isOpen bool
	failed error
	beats  sync.WaitGroup
}

func newStream(c *gin.Context) *stream {
	return &stream{c: c, ctrl: http.NewResponseController(c.Writer), done: make(chan struct{})}
}

// open sends the headers and starts the heartbeat. Called once at most.
func (s *stream) open() {
	h := s.c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	s.c.Status(http.StatusOK)
	s.mu.Lock()
	s.isOpen = true
	s.mu.Unlock()
	s.beats.Go(func() {
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-s.done:
				return
			case <-tick.C:
				s.write(": still here\n\n")
			}
		}
	})
}

func (s *stream) opened() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isOpen
}

func (s *stream) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// send writes one event. JSON has no raw line breaks, so one data line holds it. After a failed write nothing more is
// written.
func (s *stream) send(event string, data any) {
	b, err := json.Marshal(data)
	if err != nil {
		s.mu.Lock()
		s.failed = err
		s.mu.Unlock()
		return
	}
	s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, b))
}

func (s *stream) write(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return
	}
	if s.failed = s.ctrl.SetWriteDeadline(time.Now().Add(writeTimeout)); s.failed != nil {
		return
	}
	if _, s.failed = s.c.Writer.WriteString(text); s.failed != nil {
		return
	}
	s.failed = s.ctrl.Flush()
}

// close stops the heartbeat and waits for it: nothing is written after the handler returned. The deadline goes with it,
// or it would cut the next response on this connection.
func (s *stream) close() {
	close(s.done)
	s.beats.Wait()
	_ = s.ctrl.SetWriteDeadline(time.Time{})
}
