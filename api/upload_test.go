package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBadUploads: what is refused at the door, and that nothing of it is kept.
func TestBadUploads(t *testing.T) {
	h := newHouse(t)
	before := h.count("sea", `select count(*) from ingest_jobs where course_id = $1`, "sea")
	for _, tt := range []struct {
		name, path, body string
		status           int
		code             string
	}{
		{"no such course", "/v1/courses/nope/lectures/a/transcript", "The tide.", 404, "course_not_found"},
		{"empty", tidesPath + "/transcript", "", 422, "empty_transcript"},
		{"bad lecture", "/v1/courses/sea/lectures/Tides/transcript", "The tide.", 422, "invalid"},
		{"dots", "/v1/courses/sea/lectures/..%2e/transcript", "The tide.", 422, "invalid"},
		{"long lecture", "/v1/courses/sea/lectures/" + strings.Repeat("a", 129) + "/transcript", "The tide.", 422, "invalid"},
		{"bad course", "/v1/courses/Sea/lectures/a/transcript", "The tide.", 422, "invalid"},
		{"slash", "/v1/courses/sea/lectures/a%2Fb/transcript", "The tide.", 404, "not_found"},
		{"unknown parameter", tidesPath + "/transcript?nmae=a.vtt", "The tide.", 422, "invalid"},
		{"bad position", tidesPath + "/transcript?position=-2", "The tide.", 422, "invalid"},
		{"no position", tidesPath + "/transcript?position=x", "The tide.", 422, "invalid"},
		{"large position", tidesPath + "/transcript?position=99999999999", "The tide.", 422, "invalid"},
		{"NUL in the name", tidesPath + "/transcript?name=a%00b", "The tide.", 422, "invalid"},
		{"long title", tidesPath + "/transcript?title=" + strings.Repeat("a", 301), "The tide.", 422, "invalid"},
		// Larger than what net/http reads by itself after a refusal.
		{"no such course, large", "/v1/courses/nope/lectures/a/transcript", strings.Repeat("The tide. ", 300_000), 404, "course_not_found"},
		{"unknown parameter, large", tidesPath + "/transcript?nmae=a.vtt", strings.Repeat("The tide. ", 300_000), 422, "invalid"},
	} {
		h.send(http.MethodPut, tt.path, tt.body).fails(t, tt.name, tt.status, tt.code)
	}
	h.send(http.MethodPut, tidesPath+"/transcript", "The tide.", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").fails(t, "cross-origin", 403, "cross_origin")
	h.send(http.MethodDelete, tidesPath, "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").fails(t, "cross-origin", 403, "cross_origin")
	for _, body := range []string{`{"language":"English"}`, `{"titel":"x"}`, `{"title":"` + strings.Repeat("a", 301) + `"}`, `{`} {
		if got := h.send(http.MethodPut, "/v1/courses/sea", body); got.status != 422 && got.status != 400 || got.code() == "" {
			t.Errorf("course %s: %d %s", body, got.status, got.body)
		}
	}
	for _, tt := range []struct{ query, code string }{
		{"?state=failed", "invalid"}, {"?limit=0", "invalid"}, {"?after=x", "invalid"}, {"?pending=maybe", "invalid"}, {"?lecture=A", "invalid"},
	} {
		h.send(http.MethodGet, "/v1/courses/sea/jobs"+tt.query, "").fails(t, tt.query, 422, tt.code)
	}
	if after := h.count("sea", `select count(*) from ingest_jobs where course_id = $1`, "sea"); after != before {
		t.Errorf("%d jobs more", after-before)
	}
}

// TestLargeUploads: the limit holds whether the length is announced or not, and is no smaller than it says.
func TestLargeUploads(t *testing.T) {
	h := newHouse(t)
	const limit = 32 << 20
	line := "PUT /v1/courses/sea/lectures/large/transcript HTTP/1.1"
	piece := bytes.Repeat([]byte("tide\n"), 1<<20/5)
	announced := h.dial(line, fmt.Sprintf("Content-Length: %d", limit+1))
	for range 5 { // as much as is read of a body that is refused, and more
		if _, err := announced.Write(piece); err != nil {
			break
		}
	}
	h.answerOf(announced).fails(t, "announced", 413, "body_too_large")
	h.answerOf(h.dial(line, fmt.Sprintf("Content-Length: %d", limit+1), "Expect: 100-continue")).fails(t, "asked before", 413, "body_too_large")

	chunked := func(total int) reply {
		conn := h.dial(line, "Transfer-Encoding: chunked")
		for total > 0 {
			n := min(total, len(piece))
			if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", n, piece[:n]); err != nil {
				t.Fatal(err)
			}
			total -= n
		}
		if _, err := io.WriteString(conn, "0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return h.answerOf(conn)
	}
	chunked(limit+1).fails(t, "chunked", 413, "body_too_large")
	if n := h.count("sea", `select count(*) from ingest_jobs where course_id = $1 and lecture_id = 'large'`, "sea"); n != 0 {
		t.Errorf("%d jobs of uploads that were refused", n)
	}
	var j job
	chunked(limit).is(t, "as large as may be", http.StatusAccepted).into(t, &j)
	if j.Bytes != limit {
		t.Errorf("%d bytes", j.Bytes)
	}
	h.send(http.MethodPost, "/v1/courses/sea/search", `{"query":"`+strings.Repeat("tide ", 20_000)+`"}`).fails(t, "other routes", 413, "body_too_large")
}

// TestLargeDownload: a file of several pieces comes back byte for byte.
func TestLargeDownload(t *testing.T) {
	h := newHouse(t)
	h.work()
	text := spring + "\nNOTE\n" + strings.Repeat("nobody reads this line of a comment aloud\n", 60_000)
	j := h.put("sea", "noted", text)
	if got := h.await("sea", j.ID); got.State != "published" {
		t.Fatalf("%+v", got)
	}
	if got := h.send(http.MethodGet, "/v1/courses/sea/lectures/noted/transcript", ""); got.body != text {
		t.Errorf("%d bytes of %d, or others", len(got.body), len(text))
	}
	head := h.send(http.MethodHead, "/v1/courses/sea/lectures/noted/transcript", "").is(t, "HEAD", http.StatusOK)
	if head.header.Get("Content-Length") != fmt.Sprint(len(text)) || head.body != "" || head.etag() != `"`+j.ID+`"` {
		t.Errorf("HEAD: %v", head.header)
	}
}

// TestSlowUploads: clients that stall hold the few places for a while only, and get an answer; one that hangs up leaves
// nothing behind.
func TestSlowUploads(t *testing.T) {
	h := newHouse(t)
	h.config.UploadPause = 3 * time.Second
	h.serve()
	var stalled []net.Conn
	for i := range 4 {
		conn := h.dial(fmt.Sprintf("PUT /v1/courses/sea/lectures/slow%d/transcript HTTP/1.1", i), "Content-Length: 1000", "Expect: 100-continue")
		const goAhead = "HTTP/1.1 100 Continue\r\n\r\n" // comes when the body is wanted, so when there was a place
		got := make([]byte, len(goAhead))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != goAhead {
			t.Fatalf("%q %v", got, err)
		}
		if _, err := io.WriteString(conn, "The tide"); err != nil {
			t.Fatal(err)
		}
		stalled = append(stalled, conn)
	}
	full := h.send(http.MethodPut, tidesPath+"/transcript", tides)
	full.fails(t, "a fifth", 503, "too_many_uploads")
	if full.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	for _, conn := range stalled {
		h.answerOf(conn).fails(t, "stalled", 408, "body_too_slow")
	}
	h.send(http.MethodPut, tidesPath+"/transcript", tides).is(t, "places are free again", http.StatusOK)

	cut := h.dial("PUT /v1/courses/sea/lectures/slow4/transcript HTTP/1.1", "Content-Length: 1000")
	if _, err := io.WriteString(cut, "The tide rises"); err != nil {
		t.Fatal(err)
	}
	if err := cut.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	h.answerOf(cut).fails(t, "cut", 400, "bad_request")
	torn := h.dial("PUT /v1/courses/sea/lectures/slow5/transcript HTTP/1.1", "Transfer-Encoding: chunked")
	if _, err := io.WriteString(torn, "8\r\nThe tide\r\nZZ\r\n"); err != nil {
		t.Fatal(err)
	}
	h.answerOf(torn).fails(t, "badly framed", 400, "bad_request")
	if n := h.count("sea", `select count(*) from lectures where course_id = $1 and lecture_id like 'slow%'`, "sea"); n != 0 {
		t.Errorf("%d lectures of uploads that never came whole", n)
	}
}
