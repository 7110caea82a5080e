package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// reply is a response, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// code is the problem's code; "" if the body is no problem.
func (r reply) code() string {
	var p struct{ Code, Type, Title, Detail string }
	if r.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(r.body), &p) != nil || p.Detail == "" || p.Title == "" {
		return ""
	}
	return p.Code
}

func (r reply) etag() string { return r.header.Get("ETag") }

// fails checks status and code.
func (r reply) fails(t testing.TB, what string, status int, code string) {
	t.Helper()
	if r.status != status || r.code() != code {
		t.Errorf("%s: want %d %s, got %d\n%.500s", what, status, code, r.status, r.body)
	}
}

// is checks the status alone.
func (r reply) is(t testing.TB, what string, status int) reply {
	t.Helper()
	if r.status != status {
		t.Errorf("%s: want %d, got %d\n%.500s", what, status, r.status, r.body)
	}
	return r
}

// into decodes the body.
func (r reply) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("%v in %d %.500s", err, r.status, r.body)
	}
}

// send makes a request; header is name, value, name, value. It does not fail the test, so it may be called anywhere.
func (h *house) send(method, path, body string, header ...string) reply {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, h.server.URL+path, reader)
	if err != nil {
		return reply{body: err.Error()}
	}
	if strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := h.server.Client().Do(req)
	if err != nil {
		return reply{body: err.Error()}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{body: err.Error()}
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// dial opens a connection and writes the head of a request, for bodies that a client library would not send.
func (h *house) dial(head ...string) net.Conn {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.server.Listener.Addr().String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		h.t.Fatal(err)
	}
	head = append(head[:1:1], append([]string{"Host: localhost"}, head[1:]...)...)
	if _, err := io.WriteString(conn, strings.Join(head, "\r\n")+"\r\n\r\n"); err != nil {
		h.t.Fatal(err)
	}
	return conn
}

// answerOf reads the response on conn.
func (h *house) answerOf(conn net.Conn) reply {
	h.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

// work starts the queue's workers.
func (h *house) work() {
	h.t.Helper()
	stop, err := h.ingester.Start(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			h.t.Error(err)
		}
	})
}

type job struct {
	ID, Lecture, State, Reason, Name             string
	Line, Attempts, Done, Chunks, Version, Bytes int
	New                                          int `json:"new_chunks"`
	Embedded                                     int
	CreatedAt                                    time.Time  `json:"created_at"`
	FinishedAt                                   *time.Time `json:"finished_at"`
}

// put uploads and expects to be accepted.
func (h *house) put(course, lecture, text string, header ...string) job {
	h.t.Helper()
	var j job
	h.send(http.MethodPut, "/v1/courses/"+course+"/lectures/"+lecture+"/transcript", text, header...).is(h.t, "upload", http.StatusAccepted).into(h.t, &j)
	return j
}

// job asks for a job.
func (h *house) job(course, id string) job {
	h.t.Helper()
	var j job
	h.send(http.MethodGet, "/v1/courses/"+course+"/jobs/"+id, "").is(h.t, "job", http.StatusOK).into(h.t, &j)
	return j
}

// await asks until the job is finished.
func (h *house) await(course, id string) job {
	h.t.Helper()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if j := h.job(course, id); j.FinishedAt != nil {
			return j
		}
	}
	h.t.Fatalf("job %s does not end", id)
	return job{}
}
