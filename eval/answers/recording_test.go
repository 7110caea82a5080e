package answers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

const testKey = "sk-live-9fXkQ27/aBcD+4"

// recorder starts a scripted server and a recorder in front of it.
func recorder(t *testing.T) (*llmtest.Server, *Recorder) {
	t.Helper()
	srv, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	r, err := NewRecorder(RecordConfig{Dir: filepath.Join(t.TempDir(), "run"), BaseURL: srv.URL(), APIKey: testKey, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return srv, r
}

// model is a client whose requests go through the transport, to an address where nobody listens if that is a replay.
func model(t *testing.T, url string, rt http.RoundTripper) *llm.Client {
	return patient(t, url, rt, 20*time.Second)
}

// patient is a model that waits so long for a silent server.
func patient(t *testing.T, url string, rt http.RoundTripper, wait time.Duration) *llm.Client {
	t.Helper()
	c, err := llm.NewClient(llm.Config{
		BaseURL: url, APIKey: testKey, ChatModel: "scripted", EmbedModel: "scripted-embed", HTTP: &http.Client{Transport: rt},
		Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, IdleTimeout: wait, FirstByteTimeout: wait,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

const nowhere = "http://127.0.0.1:1/v1"

func question(text string) llm.ChatRequest {
	return llm.ChatRequest{Messages: []llm.Message{{Role: "system", Content: "Answer from the passages."}, {Role: "user", Content: text}}}
}

func finish(t *testing.T, r *Recorder) Index {
	t.Helper()
	x, err := r.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func open(t *testing.T, r *Recorder) *Replay {
	t.Helper()
	p, err := OpenReplay(r.dir, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A said is what one call of the client came to.
type said struct {
	Content, Deltas, Err string
	Calls                int
}

func stream(ctx context.Context, c *llm.Client, r llm.ChatRequest, most int) said {
	var s said
	res, err := c.ChatStream(ctx, r, func(d string) error {
		if s.Deltas += d; most > 0 && len(s.Deltas) >= most {
			return errors.New("enough")
		}
		return nil
	})
	s.Content, s.Calls = res.Content, res.Calls
	if err != nil {
		s.Err = err.Error()
	}
	return s
}

// TestReplayIsTheRun: whatever the server did, the client in front of the replay comes to the same.
func TestReplayIsTheRun(t *testing.T) {
	srv, r := recorder(t)
	reply := llmtest.Reply{Content: "Each layer adds a header <b>&</b> nothing else.", PromptTokens: 7}
	with := func(edit func(*llmtest.Reply)) llmtest.Reply {
		out := reply
		edit(&out)
		return out
	}
	fails := 0 // so many of the next requests get no response
	base := r.base
	r.base = roundTripper(func(req *http.Request) (*http.Response, error) {
		if fails--; fails >= 0 {
			return nil, errors.New("connection refused")
		}
		return base.RoundTrip(req)
	})
	cases := []struct {
		name    string
		replies []llmtest.Reply
		most    int // stop after so many bytes
		fails   int
		end     End // of the last exchange; "": that depends on whether the end came with the rest
		want    string
	}{
		{"plain", []llmtest.Reply{reply}, 0, 0, EndWhole, ""},
		{"retried", []llmtest.Reply{llmtest.RetryAfter(429, 0), {Status: 500, Raw: []byte("oh\r\n\xff")}, reply}, 0, 0, EndWhole, ""},
		{"refused", []llmtest.Reply{llmtest.Refusal(404, "model_not_found", "")}, 0, 0, EndWhole, "model_not_found"},
		{"a page", []llmtest.Reply{llmtest.HTML()}, 0, 0, EndWhole, "not an event stream"},
		{"redirect", []llmtest.Reply{{Status: 302, Raw: []byte("there")}}, 0, 0, EndStopped, "302"},
		{"no response", []llmtest.Reply{reply}, 0, 1, EndWhole, ""},
		{"never a response", nil, 0, 3, EndFailed, "unavailable"},
		{"cut", []llmtest.Reply{with(func(r *llmtest.Reply) { r.CutAfter = 700 })}, 0, 0, EndCut, "incomplete"},
		{"no finish", []llmtest.Reply{with(func(r *llmtest.Reply) { r.NoFinish = true })}, 0, 0, EndWhole, "incomplete"},
		{"no done", []llmtest.Reply{with(func(r *llmtest.Reply) { r.NoDone = true })}, 0, 0, EndWhole, ""},
		{"stalled", []llmtest.Reply{with(func(r *llmtest.Reply) { r.Stall, r.StallAfter = time.Minute, 700 })}, 0, 0, EndDeadline, "incomplete"},
		{"silent", []llmtest.Reply{{Delay: time.Minute}}, 0, 0, EndDeadline, "no text"},
		{"stopped", []llmtest.Reply{with(func(r *llmtest.Reply) { r.Stall, r.StallAfter = time.Minute, 700 })}, 4, 0, EndStopped, "enough"},
		{"broken", []llmtest.Reply{{Raw: []byte("data: {\n\n"), Header: http.Header{"Content-Type": {"text/event-stream"}}}}, 0, 0, "", "malformed"},
		{"gzip", []llmtest.Reply{{GzipBomb: 2000}}, 0, 0, EndWhole, ""},
	}
	wait := func(i int) time.Duration {
		if cases[i].end == EndDeadline {
			return 300 * time.Millisecond
		}
		return 20 * time.Second
	}
	live := make([]said, len(cases))
	for i, c := range cases {
		srv.Enqueue(c.replies...)
		fails = c.fails
		// Each has a client, and so a breaker, of its own.
		live[i] = stream(withRepeat(t.Context(), i%3), patient(t, srv.URL(), r, wait(i)), question(c.name), c.most)
		if !strings.Contains(live[i].Err, c.want) || (c.want == "") != (live[i].Err == "") && c.name != "gzip" {
			t.Errorf("%s: %+v, want an error with %q", c.name, live[i], c.want)
		}
		if got := r.entries[len(r.entries)-1]; c.end != "" && got.End != c.end || got.Repeat != i%3 {
			t.Errorf("%s: it ended %s, want %s; repeat %d, want %d", c.name, got.End, c.end, got.Repeat, i%3)
		}
	}
	x := finish(t, r)
	srv.Close()
	p := open(t, r)
	for i, c := range cases {
		got := stream(withRepeat(t.Context(), i%3), patient(t, nowhere, p, wait(i)), question(c.name), c.most)
		if diff := cmp.Diff(live[i], got); diff != "" {
			t.Errorf("%s: live (-) and replayed (+) differ:\n%s", c.name, diff)
		}
	}
	if err := p.Err(); err != nil {
		t.Error(err)
	}
	if u := p.Unused(); len(u) > 0 {
		t.Errorf("%d exchanges of %d were not asked for", len(u), len(x.Exchanges))
	}
	want := []Model{{"scripted", "", "", 12}, {"scripted", "scripted", "", 8}}
	if diff := cmp.Diff(want, x.Models); diff != "" {
		t.Error(diff)
	}
}

// TestReadingOnBehindAStop: a reader that stops later than the recorded one did is told, and not given a cut reply.
func TestReadingOnBehindAStop(t *testing.T) {
	srv, r := recorder(t)
	srv.Enqueue(llmtest.Reply{Content: "Each layer adds a header of its own.", Stall: time.Minute, StallAfter: 700})
	if got := stream(t.Context(), model(t, srv.URL(), r), question("layers"), 4); got.Err != "enough" {
		t.Fatalf("%+v", got)
	}
	finish(t, r)
	p := open(t, r)
	if got := stream(t.Context(), model(t, nowhere, p), question("layers"), 0); got.Err == "" || p.Err() == nil || !strings.Contains(p.Err().Error(), "reader stopped here") {
		t.Errorf("%+v, %v", got, p.Err())
	}
}

// TestTutorsContext: chat and embeddings alike carry the repeat of the asking to the transport.
func TestTutorsContext(t *testing.T) {
	srv, r := recorder(t)
	srv.Enqueue(llmtest.Reply{Content: "A window."})
	c := model(t, srv.URL(), r)
	ctx := withRepeat(t.Context(), 2)
	if _, err := c.Chat(ctx, question("who limits the sender")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Embed(ctx, []string{"one", "two"}); err != nil {
		t.Fatal(err)
	}
	for _, e := range finish(t, r).Exchanges {
		if e.Repeat != 2 || e.End != EndWhole || e.Answered == "" {
			t.Errorf("%+v", e)
		}
	}
	p := open(t, r)
	again := model(t, nowhere, p)
	if _, err := again.Embed(ctx, []string{"one", "two"}); err != nil {
		t.Error(err)
	}
	if _, err := again.Embed(t.Context(), []string{"one", "two"}); err == nil || p.Err() == nil {
		t.Error("another repeat was answered")
	}
}

func TestRecordingKeepsNoSecret(t *testing.T) {
	secrets := []string{testKey, "org-77aBcDeFgH", "proj_5566aabb", "c00kie-value-1", "query-k3y-value", "azure-key-000111", "s3t-c00kie-2"}
	base := roundTripper(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil || !strings.Contains(string(body), testKey) {
			t.Errorf("the server was sent %q, %v", body, err)
		}
		escaped := strings.ReplaceAll(testKey, "-", `\u002d`)
		text := fmt.Sprintf("data: {\"model\":\"m\",\"a\":\"%s %s\",\"b\":\"%s\"}\r\n\ndata: {\"c\":\"\\u0073k-live-9fXkQ27\\/aBcD+4\"}\n%s", testKey, secrets[1], escaped, strings.Join(secrets, " "))
		return &http.Response{StatusCode: 401, Body: io.NopCloser(strings.NewReader(text)), Header: http.Header{
			"Content-Type": {"text/event-stream"}, "Set-Cookie": {"sid=s3t-c00kie-2; Path=/; HttpOnly"}, "Openai-Organization": {secrets[1]}, "X-Request-Id": {"req " + testKey},
		}}, nil
	})
	dir := filepath.Join(t.TempDir(), "run")
	r, err := NewRecorder(RecordConfig{Dir: dir, BaseURL: "https://user:" + url.PathEscape(testKey) + "@host.example:8443/api/v1", APIKey: testKey, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	send := func(rt http.RoundTripper) (*http.Response, error) {
		body := fmt.Sprintf(`{"model":"m","user":%q,"at":"HttpOnly stays","%s":["%s"]}`, secrets[1], testKey, strings.Join(secrets[:6], " ")) // the last is the server's
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://user:"+secrets[5]+"@host.example:8443/v1/chat?api-version=2&key="+secrets[4], strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]string{
			"Authorization": "Bearer " + testKey, "Api-Key": secrets[5], "Cookie": "a=b; session=" + secrets[3], "Openai-Organization": secrets[1], "Openai-Project": secrets[2],
		} {
			req.Header.Set(name, v)
		}
		return rt.RoundTrip(req)
	}
	resp, err := send(r)
	if err != nil {
		t.Fatal(err)
	}
	passed, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(passed, []byte(testKey)) {
		t.Errorf("the reader is given what the server said: %q, %v", passed, err)
	}
	_ = resp.Body.Close()
	finish(t, r)
	all := ""
	for _, f := range files(t, dir) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += string(b)
	}
	p, err := OpenReplay(dir, testKey)
	if err != nil {
		t.Fatal(err)
	}
	first, err := send(p)
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := io.ReadAll(first.Body)
	if err != nil {
		t.Error(err)
	}
	_ = first.Body.Close()
	second, unknown := send(p)
	if unknown == nil {
		_ = second.Body.Close()
		t.Fatal("the second time is not recorded")
	}
	for _, s := range append(secrets, `\u0073k-live`, strings.ReplaceAll(testKey, "-", `\\u002d`), strings.ReplaceAll(testKey, "/", "%2F")) {
		for where, text := range map[string]string{"folder": all, "replayed body": string(replayed), "error": unknown.Error(), "header": fmt.Sprint(first.Header)} {
			if strings.Contains(text, s) {
				t.Errorf("the %s holds %q", where, s)
			}
		}
	}
	if got := p.BaseURL(); got != "http://recorded.invalid/api/v1" {
		t.Errorf("base URL %s", got)
	}
	for _, s := range []string{"HttpOnly stays", "api-version=2", "host.example:8443"} {
		if !strings.Contains(all, s) {
			t.Errorf("the folder does not hold %q", s)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func files(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(all) < 2 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}

func TestShortKey(t *testing.T) {
	if _, err := NewRecorder(RecordConfig{Dir: t.TempDir(), BaseURL: nowhere, APIKey: "ollama"}); err == nil || !strings.Contains(err.Error(), "8 bytes") {
		t.Errorf("a key that is a word: %v", err)
	}
}

func TestRecordingsAreNotMixed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewRecorder(RecordConfig{Dir: dir, BaseURL: nowhere}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a folder with something in it: %v", err)
	}
}

// TestConcurrentRecording: the same request from many goroutines has as many sequence numbers.
func TestConcurrentRecording(t *testing.T) {
	srv, r := recorder(t)
	srv.Handle(func(q llmtest.Request) llmtest.Reply { return llmtest.Reply{Content: "About " + q.Messages[1].Content} })
	both := func(url string, rt http.RoundTripper) {
		c := model(t, url, rt)
		var g sync.WaitGroup
		for i := range 24 {
			g.Go(func() {
				text := fmt.Sprint("question ", i%4)
				res, err := c.Chat(withRepeat(t.Context(), i%2), question(text))
				if err != nil || res.Content != "About "+text {
					t.Errorf("%s: %q, %v", text, res.Content, err)
				}
			})
		}
		g.Wait()
	}
	both(srv.URL(), r)
	if x := finish(t, r); len(x.Exchanges) != 24 {
		t.Errorf("%d exchanges, want 24", len(x.Exchanges))
	}
	p := open(t, r)
	both(nowhere, p)
	if len(p.Unused()) != 0 || p.Err() != nil {
		t.Errorf("unused %v, %v", p.Unused(), p.Err())
	}
}

func TestUnfinished(t *testing.T) {
	srv, r := recorder(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL()+"/models", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(); err == nil || !strings.Contains(err.Error(), "1 replies") {
		t.Errorf("a reply is under way: %v", err)
	}
	if _, err := OpenReplay(r.dir, ""); err == nil || !strings.Contains(err.Error(), "index.json is missing") {
		t.Errorf("a recording without index: %v", err)
	}
	_ = resp.Body.Close()
	finish(t, r)
	if again, err := r.RoundTrip(req); err == nil {
		_ = again.Body.Close()
		t.Error("a request after the end")
	}
}
