package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/api"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// house is the real server over a database of the test's own, with a scripted model behind it over HTTP.
type house struct {
	t        testing.TB
	db       *postgres.DB
	ingester *ingest.Ingester
	tutor    *answer.Tutor
	model    *llmtest.Server
	config   api.Config
	server   *httptest.Server
	log      record
}

// record keeps the log, for those who look for words that must not be in it.
type record struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.String()
}

// Two courses that share no lecture. The first has two lectures, so that a question about one leaves chunks of the
// other behind.
const (
	tides = `# Tides

The tide is the slow rise and fall of the sea. It is caused by the pull of the Moon and, to a lesser degree, of the Sun.

A spring tide happens when the Sun and the Moon pull along the same line, at new moon and at full moon. A neap tide happens when they pull at right angles to each other.

The range between high water and low water in the Bay of Fundy reaches about sixteen metres.`

	waves = `# Waves

Wind waves take their energy from the wind that blows over the surface. The distance over which it blows is called the fetch.

A swell is what is left of wind waves when they have travelled out of the area where the wind made them.`

	bread = `# Bread

Yeast eats sugar and gives off carbon dioxide, which raises the dough. Salt slows the yeast down and makes the gluten stronger.`
)

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, db: pgtest.New(t)}
	log := slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	model, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	client, err := llm.NewClient(llm.Config{BaseURL: model.URL(), ChatModel: "scripted", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	prompt, err := prompts.Load(prompts.Current)
	if err != nil {
		t.Fatal(err)
	}
	embedder := llm.NewOffline()
	searcher := retrieve.New(h.db, embedder, log, 0)
	h.model = model
	h.ingester = &ingest.Ingester{DB: h.db, Embedder: embedder, Log: log, Forget: answer.Forget}
	h.tutor = &answer.Tutor{DB: h.db, Searcher: searcher, Prompt: prompt, Model: client, Log: log}
	h.config = api.Config{DB: h.db, Searcher: searcher, Tutor: h.tutor, Ingester: h.ingester, Log: log, Status: api.Status{Version: "test"}}
	h.serve()
	h.ingest("sea", "tides", tides)
	h.ingest("sea", "waves", waves)
	h.ingest("kitchen", "bread", bread)
	return h
}

// serve starts the server anew, as h.config says.
func (h *house) serve() {
	h.server = httptest.NewServer(api.New(h.config))
	h.t.Cleanup(h.server.Close)
}

func (h *house) ingest(course, lecture, text string) {
	h.t.Helper()
	if err := h.ingester.CreateCourse(h.t.Context(), course, "", ""); err != nil {
		h.t.Fatal(err)
	}
	_, err := h.ingester.Lecture(h.t.Context(), ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: course}, Lecture: lecture, Position: -1,
		Name: lecture + ".txt", Bytes: []byte(text),
	}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
}

// chunk returns the id of the chunk of a lecture that holds words.
func (h *house) chunk(course, words string) string {
	h.t.Helper()
	ids, err := postgres.Collect(h.t.Context(), h.db, course, pgx.RowTo[string],
		`select chunk_id from chunks where course_id = $1 and position($2 in text) > 0`, course, words)
	if err != nil || len(ids) == 0 {
		h.t.Fatalf("no chunk of %s holds the words: %v", course, err)
	}
	return ids[0]
}

// raw sends a request over a connection of its own and returns every byte that came back: status line, headers, body.
func (h *house) raw(method, path, accept, body string) string {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.server.Listener.Addr().String())
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		method, path, accept, len(body), body)
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := io.ReadAll(conn)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

// ask asks and returns the answer with the bytes that crossed the socket. A stream is put together again from its
// events.
func (h *house) ask(course, question string, stream bool) (answer.Answer, string) {
	h.t.Helper()
	request, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		h.t.Fatal(err)
	}
	accept := "application/json"
	if stream {
		accept = "text/event-stream"
	}
	raw := h.raw(http.MethodPost, "/v1/courses/"+course+"/answers", accept, string(request))
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		h.t.Fatalf("status %s\n%s", resp.Status, raw)
	}
	var a answer.Answer
	if !stream {
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			h.t.Fatal(err)
		}
		return a, raw
	}
	events := readEvents(h.t, resp.Body)
	if len(events) < 2 || events[0].name != "retrieved" || events[len(events)-1].name != "done" {
		h.t.Fatalf("a stream begins with retrieved and ends with done, this one is\n%s", raw)
	}
	if err := json.Unmarshal([]byte(events[len(events)-1].data), &a); err != nil {
		h.t.Fatal(err)
	}
	if a.Sentences != nil {
		h.t.Errorf("done repeats the sentences")
	}
	said := slices.DeleteFunc(events[:len(events)-1], func(e event) bool { return e.name == "retrieved" })
	for i, e := range said {
		var s struct {
			Index int
			answer.Sentence
		}
		if err := json.Unmarshal([]byte(e.data), &s); err != nil || e.name != "sentence" || s.Index != i {
			h.t.Fatalf("event %d is %s %s: %v", i+1, e.name, e.data, err)
		}
		a.Sentences = append(a.Sentences, s.Sentence)
	}
	if a.Sentences == nil {
		a.Sentences = []answer.Sentence{}
	}
	return a, raw
}

type event struct{ name, data string }

func readEvents(t testing.TB, r io.Reader) []event {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var events []event
	for block := range strings.SplitSeq(strings.TrimSuffix(string(b), "\n\n"), "\n\n") {
		if strings.HasPrefix(block, ":") {
			continue
		}
		name, data, ok := strings.Cut(block, "\ndata: ")
		if !ok || !strings.HasPrefix(name, "event: ") || strings.Contains(data, "\n") {
			t.Fatalf("not an event: %q", block)
		}
		events = append(events, event{strings.TrimPrefix(name, "event: "), data})
	}
	return events
}

// count runs a counting statement in a course.
func (h *house) count(course, sql string, args ...any) int {
	h.t.Helper()
	n, err := postgres.Collect(context.Background(), h.db, course, pgx.RowTo[int], sql, args...)
	if err != nil || len(n) != 1 {
		h.t.Fatalf("%v %v", n, err)
	}
	return n[0]
}
