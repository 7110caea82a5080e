package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// A process is the program run in this one: stop is its SIGTERM.
type process struct {
	out, log buffer
	stop     context.CancelFunc
	ended    chan error
}

// buffer is written by the program while the test reads it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	p := &process{stop: stop, ended: make(chan error, 1)}
	go func() { p.ended <- run(ctx, args, &p.out, &p.log) }()
	t.Cleanup(stop)
	return p
}

func (p *process) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(time.Minute):
		t.Fatalf("it does not end\n%s%s", p.out.String(), p.log.String())
		return nil
	}
}

// scriptedEmbedder sets the environment to a database of the test's own and a model server whose embeddings calls reply answers.
func scriptedEmbedder(t *testing.T, reply func(inputs []string) llmtest.Reply) {
	t.Helper()
	app, owner := pgtest.URLs(t)
	server, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.HandleEmbeddings(func(r llmtest.Request) llmtest.Reply { return reply(r.Inputs) })
	for name, value := range map[string]string{
		"LECTERN_DATABASE_URL": app, "LECTERN_MIGRATE_URL": owner,
		"LECTERN_LLM_BASE_URL": server.URL(), "LECTERN_EMBED_MODEL": "scripted", "LECTERN_LOG_LEVEL": "warn",
	} {
		t.Setenv(name, value)
	}
}

// until waits until the newest job is as wanted, and returns it.
func until(t *testing.T, what string, wanted func(jobJSON) bool) jobJSON {
	t.Helper()
	var jobs []jobJSON
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		p := start(t, "jobs", "--json", "--limit", "1")
		if err := p.wait(t); err != nil {
			t.Fatalf("%v\n%s", err, p.log.String())
		}
		jobs = nil
		if err := json.Unmarshal([]byte(p.out.String()), &jobs); err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 1 && wanted(jobs[0]) {
			return jobs[0]
		}
	}
	t.Fatalf("the job did not become %s: %+v", what, jobs)
	return jobJSON{}
}

func lectureFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lecture.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStopInTheMiddle: a server told to stop with a job at hand gives it back, and the next one goes on with it, without
// paying again for what was paid.
func TestStopInTheMiddle(t *testing.T) {
	defer func(before time.Duration) { grace = before }(grace)
	grace = time.Second
	var batches atomic.Int64
	var closed atomic.Bool
	closed.Store(true)
	scriptedEmbedder(t, func(inputs []string) llmtest.Reply {
		if len(inputs) > 1 && batches.Add(1) > 1 && closed.Load() { // single texts ask for the dimensions
			return llmtest.Reply{Delay: 20 * time.Second}
		}
		return llmtest.Reply{}
	})
	var b strings.Builder
	for i := range 16000 {
		fmt.Fprintf(&b, "word%d ", i)
		if i%12 == 11 {
			b.WriteString("ends.\n")
		}
	}
	if p := start(t, "ingest", "--course", "k", "--detach", lectureFile(t, b.String())); p.wait(t) != nil {
		t.Fatal(p.log.String())
	}
	first := start(t, "serve", "--listen", "127.0.0.1:0")
	at := until(t, "half done", func(j jobJSON) bool { return j.State == "embedding" && j.Done >= 64 })
	first.stop()
	if err := first.wait(t); err != nil {
		t.Fatalf("the server ends with %v\n%s", err, first.log.String())
	}
	until(t, "given back", func(j jobJSON) bool {
		return j.State == "queued" && j.Attempts == 0 && j.Reason == "the worker was stopped" && j.Embedded == at.Done
	})

	closed.Store(false)
	second := start(t, "serve", "--listen", "127.0.0.1:0")
	waiting := start(t, "jobs", "wait", "--timeout", "50s", at.ID)
	if err := waiting.wait(t); err != nil {
		t.Fatalf("%v\n%s%s", err, waiting.out.String(), second.log.String())
	}
	j := until(t, "published", func(j jobJSON) bool { return j.State == "published" })
	if j.Embedded != j.Chunks {
		t.Errorf("%d texts were paid for %d chunks", j.Embedded, j.Chunks)
	}
	second.stop()
	if err := second.wait(t); err != nil {
		t.Error(err)
	}
}

// TestServeWithoutWorker: --no-worker and LECTERN_WORKER=false leave the queue alone.
func TestServeWithoutWorker(t *testing.T) {
	scriptedEmbedder(t, func([]string) llmtest.Reply { return llmtest.Reply{} })
	t.Setenv("LECTERN_WORKER", "false")
	if p := start(t, "ingest", "--course", "k", "--detach", lectureFile(t, "A window says how much may be under way.")); p.wait(t) != nil {
		t.Fatal(p.log.String())
	}
	server := start(t, "serve", "--listen", "127.0.0.1:0")
	for deadline := time.Now().Add(time.Minute); !strings.Contains(server.out.String(), "Lectern listens on"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the server did not come up:\n%s", server.log.String())
		}
	}
	waiting := start(t, "jobs", "wait", "--course", "k", "--timeout", "3s")
	if err := waiting.wait(t); err == nil || !strings.Contains(err.Error(), "1 job still pending after 3s") {
		t.Errorf("waiting ends with %v", err)
	}
	server.stop()
	if err := server.wait(t); err != nil {
		t.Error(err)
	}
}

// TestInterruptedIngest: Ctrl-C cancels what was begun, and says how to go on.
func TestInterruptedIngest(t *testing.T) {
	var calls atomic.Int64
	scriptedEmbedder(t, func([]string) llmtest.Reply {
		if calls.Add(1) > 1 {
			return llmtest.Reply{Delay: 20 * time.Second}
		}
		return llmtest.Reply{}
	})
	p := start(t, "ingest", "--course", "k", lectureFile(t, "A window says how much may be under way."))
	until(t, "under way", func(j jobJSON) bool { return j.State == "embedding" && calls.Load() > 1 })
	p.stop()
	if err := p.wait(t); err == nil || err.Error() != "interrupted; 0 lectures done, run it again to go on" {
		t.Errorf("it ends with %v", err)
	}
	until(t, "cancelled", func(j jobJSON) bool { return j.State == "cancelled" })
}

// TestSupersededIngest: of two ingests of one lecture the later one wins, and the other says so in a sentence.
func TestSupersededIngest(t *testing.T) {
	open := make(chan struct{})
	scriptedEmbedder(t, func(inputs []string) llmtest.Reply {
		if strings.Contains(inputs[0], "earlier") {
			<-open
		}
		return llmtest.Reply{}
	})
	loser := start(t, "ingest", "--course", "k", lectureFile(t, "The earlier text of the lecture."))
	until(t, "under way", func(j jobJSON) bool { return j.State == "embedding" })
	winner := start(t, "ingest", "--course", "k", lectureFile(t, "The later text of the lecture."))
	err := winner.wait(t)
	close(open)
	if err != nil {
		t.Fatalf("the later one: %v\n%s", err, winner.log.String())
	}
	if err := loser.wait(t); err == nil || err.Error() != "exit status 1" {
		t.Errorf("the earlier one ends with %v", err)
	}
	if !regexp.MustCompile(`lecture\.txt: not published, because a newer upload of lecture, or its deletion, came in between;`).MatchString(loser.log.String()) {
		t.Errorf("the earlier one says\n%s", loser.log.String())
	}
}

// TestRetriedIngest: what may pass is tried again, and whoever waits is told when.
func TestRetriedIngest(t *testing.T) {
	var calls atomic.Int64
	scriptedEmbedder(t, func([]string) llmtest.Reply {
		if n := calls.Add(1); n >= 2 && n <= 4 { // the client asks three times itself
			return llmtest.Refusal(http.StatusServiceUnavailable, "overloaded", "")
		}
		return llmtest.Reply{}
	})
	p := start(t, "ingest", "--course", "k", lectureFile(t, "A window says how much may be under way."))
	if err := p.wait(t); err != nil {
		t.Fatalf("%v\n%s", err, p.log.String())
	}
	if !strings.Contains(p.log.String(), "  lecture: again in 1 s (attempt 2 of 6)\n") || !strings.Contains(p.log.String(), "[1/1] lecture: version 1, ") {
		t.Errorf("it says\n%s", p.log.String())
	}
}
