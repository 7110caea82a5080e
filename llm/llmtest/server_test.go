package llmtest

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) *Server {
	t.Helper()
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return s
}

const question = `{"model":"m","messages":[{"role":"user","content":"why?"}]`

// post sends body and returns the status, the headers and what arrived before
// the connection ended.
func post(t *testing.T, url, body string) (int, http.Header, string, error) {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, string(b), err
}

func TestChatCompletion(t *testing.T) {
	s := start(t)
	s.Enqueue(Reply{Content: "Because \"it\" is\n—", PromptTokens: 3, CompletionTokens: 2})
	status, h, body, err := post(t, s.URL()+"/chat/completions", question+`,"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}}`)
	if err != nil || status != 200 || h.Get("Content-Type") != "application/json" || h.Get("X-Request-Id") != "req-0" {
		t.Fatalf("%d %v %v", status, h, err)
	}
	var got struct {
		Model   string
		Choices []struct {
			Message      Message
			FinishReason string `json:"finish_reason"`
		}
		Usage struct {
			Total int `json:"total_tokens"`
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if c := got.Choices[0]; c.Message.Content != "Because \"it\" is\n—" || c.FinishReason != "stop" || got.Model != "m" || got.Usage.Total != 5 {
		t.Errorf("reply %+v", got)
	}
	r := s.Requests()[0]
	r.Header, r.Body = nil, nil
	want := Request{
		Method: "POST", Path: "/v1/chat/completions", Model: "m", Messages: []Message{{"user", "why?"}},
		Format: "json_schema", SchemaName: "n", Schema: json.RawMessage(`{"type":"object"}`),
	}
	if diff := cmp.Diff(want, r, cmp.AllowUnexported(Request{})); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestStream(t *testing.T) {
	s := start(t)
	s.Enqueue(Reply{Deltas: []string{"a ", "b"}, PromptTokens: 3})
	_, h, body, err := post(t, s.URL()+"/chat/completions", question+`,"stream":true,"stream_options":{"include_usage":true}}`)
	if err != nil || h.Get("Content-Type") != "text/event-stream" {
		t.Fatal(h, err)
	}
	const head = `data: {"id":"chatcmpl-0","object":"chat.completion.chunk","created":0,"model":"m",`
	want := []string{
		head + `"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
		head + `"choices":[{"index":0,"delta":{"content":"a "},"finish_reason":null}]}`,
		head + `"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":null}]}`,
		head + `"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
		head + `"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0}}}`,
		"data: [DONE]",
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSuffix(body, "\n\n"), "\n\n")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	s.Enqueue(Reply{Content: "a", NoFinish: true, NoDone: true})
	if _, _, body, _ = post(t, s.URL()+"/chat/completions", question+`,"stream":true}`); strings.Contains(body, "stop") || strings.Contains(body, "DONE") || strings.Contains(body, "usage") {
		t.Errorf("neither finish reason nor end mark nor usage were wanted: %s", body)
	}
}

func TestDeltasKeepTheirBytes(t *testing.T) {
	s := start(t)
	s.Enqueue(Reply{Deltas: []string{"\xe2\x80", "\x94"}})
	_, _, body, err := post(t, s.URL()+"/chat/completions", question+`,"stream":true}`)
	if err != nil || !strings.Contains(body, "\"\xe2\x80\"") || !strings.Contains(body, "\"\x94\"") {
		t.Errorf("%q, %v", body, err)
	}
}

func TestFaults(t *testing.T) {
	s := start(t)
	url := s.URL() + "/chat/completions"

	s.Enqueue(RetryAfter(429, 9))
	if status, h, body, _ := post(t, url, question+"}"); status != 429 || h.Get("Retry-After") != "9" || !strings.Contains(body, "rate_limit_exceeded") {
		t.Errorf("RetryAfter: %d %v %s", status, h, body)
	}
	s.Enqueue(HTML())
	if status, h, body, _ := post(t, url, question+`,"stream":true}`); status != 200 || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.HasPrefix(body, "<!DOCTYPE") {
		t.Errorf("HTML: %d %v %s", status, h, body)
	}
	for _, n := range []int{1, 10, 100} {
		s.Enqueue(Reply{Content: "a b c", CutAfter: n})
		if _, _, body, err := post(t, url, question+`,"stream":true}`); err == nil || len(body) != n {
			t.Errorf("CutAfter %d: %d bytes, %v", n, len(body), err)
		}
		s.Enqueue(Reply{Content: "a b c", CutAfter: n, CloseDelimited: true})
		if _, _, body, err := post(t, url, question+`,"stream":true}`); err != nil || len(body) != n {
			t.Errorf("CutAfter %d, close delimited: %d bytes, %v; want an end like any other", n, len(body), err)
		}
	}
	s.Enqueue(Reply{Content: "a", CutAfter: -1})
	if status, _, body, err := post(t, url, question+"}"); status != 200 || err == nil || body != "" {
		t.Errorf("CutAfter -1: %d %q %v", status, body, err)
	}
	s.Enqueue(Reply{Delay: 80 * time.Millisecond, Stall: 80 * time.Millisecond, StallAfter: 7, Content: "a", WriteSize: 3})
	began := time.Now()
	if _, _, _, err := post(t, url, question+"}"); err != nil || time.Since(began) < 160*time.Millisecond {
		t.Errorf("Delay and Stall took %s, %v", time.Since(began), err)
	}
	s.Enqueue(Reply{Raw: []byte("x"), EmptyTail: 1 << 20})
	if _, _, body, err := post(t, url, question+"}"); err != nil || len(body) != 1<<20+1 {
		t.Errorf("EmptyTail: %d bytes, %v", len(body), err)
	}
	if u := s.Unexpected(); len(u) != 0 {
		t.Errorf("%d unexpected requests", len(u))
	}
}

func TestGzipBomb(t *testing.T) {
	s := start(t)
	s.Enqueue(Reply{GzipBomb: 8 << 20})
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+"/chat/completions", strings.NewReader(question+"}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip") // so that net/http leaves it alone
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	packed, err := io.ReadAll(resp.Body)
	if err != nil || len(packed) > 20<<10 {
		t.Fatalf("%d bytes on the wire, %v", len(packed), err)
	}
	z, err := gzip.NewReader(strings.NewReader(string(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, z); n != 8<<20 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestUnscripted(t *testing.T) {
	s := start(t)
	if status, _, _, _ := post(t, s.URL()+"/chat/completions", question+"}"); status != 500 {
		t.Errorf("unscripted chat: %d, want 500", status)
	}
	if status, _, _, _ := post(t, s.URL()+"/images", "{}"); status != 404 {
		t.Errorf("unknown path: %d, want 404", status)
	}
	if status, _, _, _ := post(t, s.URL()+"/embeddings", `{"input":"x"}`); status != 200 {
		t.Errorf("embeddings need no script: %d", status)
	}
	if u := s.Unexpected(); len(u) != 2 || u[0].Messages[0].Content != "why?" || u[1].Path != "/v1/images" {
		t.Errorf("unexpected: %+v", u)
	}
}

func TestQueueBeforeHandler(t *testing.T) {
	s := start(t)
	s.Handle(func(r Request) Reply { return Reply{Content: "handled " + r.Messages[0].Content} })
	s.Enqueue(Reply{Content: "queued"})
	for _, want := range []string{"queued", "handled why?", "handled why?"} {
		if _, _, body, _ := post(t, s.URL()+"/chat/completions", question+"}"); !strings.Contains(body, want) {
			t.Errorf("%s, want %s", body, want)
		}
	}
}

func TestRefuse(t *testing.T) {
	s := start(t)
	s.Handle(func(Request) Reply { return Reply{Content: "ok"} })
	s.Refuse("temperature", "json_schema")
	url := s.URL() + "/chat/completions"
	if status, _, body, _ := post(t, url, question+`,"temperature":1}`); status != 400 || !strings.Contains(body, `"param":"temperature"`) {
		t.Errorf("temperature: %d %s", status, body)
	}
	if status, _, body, _ := post(t, url, question+`,"response_format":{"type":"json_schema"}}`); status != 400 || !strings.Contains(body, `"param":"response_format"`) {
		t.Errorf("json_schema: %d %s", status, body)
	}
	if status, _, _, _ := post(t, url, question+`,"response_format":{"type":"json_object"}}`); status != 200 {
		t.Errorf("json_object: %d", status)
	}
	s.Refuse()
	if status, _, _, _ := post(t, url, question+`,"temperature":1}`); status != 200 {
		t.Errorf("after Refuse(): %d", status)
	}
}

func TestEmbeddings(t *testing.T) {
	s := start(t)
	_, _, body, err := post(t, s.URL()+"/embeddings", `{"model":"e","input":["a","b"],"dimensions":5}`)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Data []struct {
			Index     int
			Embedding []float32
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Data) != 2 || got.Data[0].Index != 1 || got.Data[1].Index != 0 {
		t.Fatalf("%s; want the last first", body)
	}
	if diff := cmp.Diff(Vector("b", 5), got.Data[0].Embedding); diff != "" {
		t.Errorf("vector (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, s.Requests()[0].Inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

func TestVector(t *testing.T) {
	for _, dims := range []int{1, 8, 9, 1536} {
		v := Vector("a", dims)
		var sum, dot float64
		for i, x := range v {
			sum += float64(x) * float64(x)
			dot += float64(x) * float64(Vector("b", dims)[i])
		}
		if math.Abs(sum-1) > 1e-5 || dims > 1000 && math.Abs(dot) > 0.15 {
			t.Errorf("%d dimensions: length² %f, product with another text %f", dims, sum, dot)
		}
	}
}

func TestModels(t *testing.T) {
	s := start(t)
	resp, err := http.Get(s.URL() + "/models")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || !json.Valid(b) {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
}

// Close ends replies that are waiting, in every state, and leaves no goroutine.
func TestCloseWhileBusy(t *testing.T) {
	for name, reply := range map[string]Reply{
		"delayed": {Delay: time.Hour}, "stalled": {Content: "a b", Stall: time.Hour}, "hijacked": {Content: "a b", Stall: time.Hour, CloseDelimited: true},
		"unread": {Raw: []byte("x"), EmptyTail: 1 << 40}, "unread, hijacked": {Raw: []byte("x"), EmptyTail: 1 << 40, CloseDelimited: true},
	} {
		s, err := Start()
		if err != nil {
			t.Fatal(err)
		}
		s.Enqueue(reply)
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, "POST", s.URL()+"/chat/completions", strings.NewReader(question+`,"stream":true}`))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return
			}
			_, _ = bufio.NewReaderSize(resp.Body, 16).ReadByte()
			<-ctx.Done() // hold the connection without reading
			resp.Body.Close()
		}()
		for len(s.Requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond)
		began := time.Now()
		s.Close()
		s.Close()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: Close took %s", name, took)
		}
		cancel()
		<-done
	}
	http.DefaultClient.CloseIdleConnections()
}
