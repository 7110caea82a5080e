package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

// TestHead: every address that answers GET answers HEAD with the same status and no body; others still refuse it.
func TestHead(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]int{
		"/": 200, "/healthz": 200, "/readyz": 200, "/v1/status": 200, "/v1/courses/sea/lectures": 200,
		"/v1/courses/nope/lectures": 404, "/v1/courses/sea/answers": 405, "/nothing": 404,
	} {
		raw := h.raw(http.MethodHead, path, "*/*", "")
		_, body, _ := strings.Cut(raw, "\r\n\r\n")
		if !strings.HasPrefix(raw, fmt.Sprintf("HTTP/1.1 %d ", want)) || body != "" {
			t.Errorf("%s: want %d without a body, got\n%.300s", path, want, raw)
		}
	}
}

// TestBrokenBody: a body that breaks off or is badly framed is the client's mistake and not ours.
func TestBrokenBody(t *testing.T) {
	h := newHouse(t)
	conn, err := net.Dial("tcp", h.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "POST /v1/courses/sea/answers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n")
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), `"code":"bad_request"`) {
		t.Errorf("%s: %s %v", resp.Status, body, err)
	}
}

// TestLostConnections: a database that restarts under a request is unavailable, and not a mistake of ours, also when it
// is back by the time somebody looks.
func TestLostConnections(t *testing.T) {
	h := newHouse(t)
	h.model.Handle(func(llmtest.Request) llmtest.Reply {
		// Each of these ends a connection of the pool, its own last.
		_, err := postgres.Collect(t.Context(), h.db, "sea", pgx.RowTo[bool], `
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = current_user
order by pid = pg_backend_pid()`)
		if err == nil {
			t.Error("the connections were not ended")
		}
		return draft("answered", claim, evidence{"c1", quote})
	})
	// As many answers at once as leave several connections idle would be a matter of luck; one connection is enough.
	raw := h.raw(http.MethodPost, "/v1/courses/sea/answers", "application/json", `{"question":"`+question+`"}`)
	if strings.HasPrefix(raw, "HTTP/1.1 200 ") {
		return // the pool had no other connection, and a new one answered
	}
	if !strings.HasPrefix(raw, "HTTP/1.1 503 ") || !strings.Contains(raw, `"code":"database_unavailable"`) {
		t.Errorf("want 503, got\n%.500s", raw)
	}
	if raw = h.raw(http.MethodGet, "/readyz", "*/*", ""); !strings.HasPrefix(raw, "HTTP/1.1 200 ") {
		t.Errorf("not ready again: %.300s", raw)
	}
}

// TestAbsurdUsage: a model server that miscounts does not keep an answer from its student.
func TestAbsurdUsage(t *testing.T) {
	h := newHouse(t)
	for _, tokens := range []int{-1, 3_000_000_000, 1 << 62} {
		reply := draft("answered", claim, evidence{"c1", quote})
		reply.PromptTokens, reply.CompletionTokens = tokens, tokens
		lie := draft("answered", canary, evidence{"c99", quote})
		lie.PromptTokens, lie.CompletionTokens = tokens, tokens
		h.model.Enqueue(lie, reply)
		got, _ := h.ask("sea", question, false)
		if len(got.Sentences) == 0 || got.Usage.PromptTokens < 0 || got.Usage.ModelCalls != 2 {
			t.Errorf("%d tokens: %+v", tokens, got)
		}
		checkHolds(t, h, got)
	}
}
