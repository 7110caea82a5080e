package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

// start works the queue until the test ends.
func (d *desk) start() {
	d.t.Helper()
	stop, err := d.in.Start(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			d.t.Errorf("stopping the queue: %v", err)
		}
	})
}

func (d *desk) accept(lecture, text string, cond ingest.Condition) ingest.Accepted {
	d.t.Helper()
	a, err := d.in.Accept(d.t.Context(), d.source(lecture, text), cond)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// wait returns the job once it is in a final state, or in one of the states given.
func (d *desk) wait(id string, states ...ingest.State) ingest.Job {
	d.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		job, err := d.in.Job(d.t.Context(), "c", id)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, s := range states {
			if job.State == s {
				return job
			}
		}
		if job.State.Final() {
			return job
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("job %s is still %s: %s", id, job.State, job.Reason)
		}
	}
}

// entries is how many of the queue's entries for ingest are not finished.
func (d *desk) entries() int {
	d.t.Helper()
	n, err := postgres.Collect(d.t.Context(), d.db, "c", pgx.RowTo[int],
		`select count(*) from river.river_job where kind = 'ingest_lecture' and finalized_at is null`)
	if err != nil {
		d.t.Fatal(err)
	}
	return n[0]
}

// TestQueue: an upload that was accepted is worked by whoever works the queue, and its job says so.
func TestQueue(t *testing.T) {
	d := newDesk(t)
	a := d.accept("one", lecture(200, nil), ingest.Condition{})
	if a.Unchanged || !a.Created || a.ETag != a.Job.ID || a.Job.State != ingest.Queued {
		t.Errorf("accepted: %+v", a)
	}
	if d.paid() != 0 || len(d.texts()) != 0 {
		t.Error("it was worked before anybody works the queue")
	}
	d.start()
	job := d.wait(a.Job.ID)
	want := ingest.Job{
		Course: "c", ID: a.Job.ID, Lecture: "one", State: ingest.Published, Name: "one.srt", Bytes: len(lecture(200, nil)), Attempts: 1,
		Done: job.Chunks, Chunks: job.Chunks, Embedded: job.Chunks, New: job.Chunks, Version: 1, CreatedAt: a.Job.CreatedAt, FinishedAt: job.FinishedAt,
	}
	if diff := cmp.Diff(want, job); diff != "" || job.Chunks < 5 || job.FinishedAt == nil {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(d.texts()) != job.Chunks {
		t.Errorf("%d chunks are visible, want %d", len(d.texts()), job.Chunks)
	}

	again := d.accept("one", lecture(200, nil), ingest.Condition{})
	if !again.Unchanged || again.Version != 1 || again.ETag != a.ETag {
		t.Errorf("the same upload again: %+v", again)
	}
	bad := d.wait(d.accept("two", "1\n00:00:05,000 --> 0\nWords.\n", ingest.Condition{}).Job.ID)
	if bad.State != ingest.Failed || bad.Attempts != 1 || bad.Line != 2 || bad.Reason == "" {
		t.Errorf("a file that cannot be read: %+v", bad)
	}
	for began := time.Now(); d.entries() > 0; time.Sleep(20 * time.Millisecond) { // River notes completion a little later
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%d entries are left in the queue", d.entries())
		}
	}
	if bad := d.broken(); len(bad) > 0 {
		t.Errorf("broken: %s", strings.Join(bad, "; "))
	}
}

// TestBackToA: the uploads A, B and A again end with A, though the queue has seen A before.
func TestBackToA(t *testing.T) {
	d := newDesk(t)
	d.start()
	a, b := lecture(60, nil), lecture(61, nil)
	for i, text := range []string{a, b, a} {
		job := d.wait(d.accept("one", text, ingest.Condition{}).Job.ID)
		if job.State != ingest.Published || job.Version != i+1 {
			t.Fatalf("upload %d: %+v", i+1, job)
		}
	}
	// And A while B waits: nothing changes, and B is out.
	waiting := d.accept("two", a, ingest.Condition{})
	d.wait(waiting.Job.ID)
	d.at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Delay: 300 * time.Millisecond} })
	pending := d.accept("two", b, ingest.Condition{})
	back := d.accept("two", a, ingest.Condition{})
	if !back.Unchanged || back.Version != 1 {
		t.Errorf("back to what is published: %+v", back)
	}
	if job := d.wait(pending.Job.ID); job.State != ingest.Superseded {
		t.Errorf("the upload in between: %+v", job)
	}
}

// TestLastUploadWins: without conditions a newer upload supersedes the pending one, which its worker notices.
func TestLastUploadWins(t *testing.T) {
	d := newDesk(t)
	first := d.accept("one", lecture(60, nil), ingest.Condition{})
	second := d.accept("one", lecture(61, nil), ingest.Condition{})
	if n := d.entries(); n != 1 {
		t.Errorf("the queue has %d entries for one lecture", n)
	}
	d.start()
	if job := d.wait(second.Job.ID); job.State != ingest.Published || job.Version != 1 {
		t.Errorf("the newer: %+v", job)
	}
	if job := d.wait(first.Job.ID); job.State != ingest.Superseded || job.Attempts != 0 {
		t.Errorf("the older: %+v", job)
	}
}

// TestConditions are If-Match and If-None-Match: whoever has not seen the latest upload does not overwrite it.
func TestConditions(t *testing.T) {
	d := newDesk(t)
	refused := func(name string, cond ingest.Condition) {
		t.Helper()
		if _, err := d.in.Accept(t.Context(), d.source("one", lecture(50, nil)), cond); !errors.Is(err, ingest.ErrCondition) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("no lecture to match", ingest.Condition{Match: []string{"*"}})
	refused("no such tag", ingest.Condition{Match: []string{"v1"}})
	first := d.accept("one", lecture(60, nil), ingest.Condition{New: true})
	refused("there is one, if only pending", ingest.Condition{New: true})
	second := d.accept("one", lecture(61, nil), ingest.Condition{Match: []string{"other", first.ETag}})
	refused("another upload came in between", ingest.Condition{Match: []string{first.ETag}})
	d.start()
	d.wait(second.Job.ID)
	refused("it is published", ingest.Condition{New: true})

	// A failed upload is not what the lecture shows.
	failed := d.accept("one", "nothing", ingest.Condition{Match: []string{second.ETag}})
	failed2 := d.accept("one", "1\n00:00:05,000 --> 0\nWords.\n", ingest.Condition{Match: []string{failed.ETag, second.ETag}}) // it may have failed already
	d.wait(failed2.Job.ID)
	third := d.accept("one", lecture(62, nil), ingest.Condition{Match: []string{second.ETag}})
	if job := d.wait(third.Job.ID); job.State != ingest.Published || job.Version != 2 {
		t.Errorf("after a failed one: %+v", job)
	}
	// A version that is older than jobs goes by its number.
	if err := d.db.InCourse(t.Context(), "c", func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `update lecture_versions set job_id = null where course_id = 'c' and version = 2`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if a := d.accept("one", lecture(62, nil), ingest.Condition{Match: []string{"v2"}}); !a.Unchanged || a.ETag != "v2" {
		t.Errorf("a version without a job: %+v", a)
	}
}

// TestRetries: an outage of the embedding server is waited for, and what was paid before it is not paid again.
func TestRetries(t *testing.T) {
	d := newDesk(t)
	var calls atomic.Int32
	d.at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply {
		if n := calls.Add(1); n > 1 && n < 6 {
			return llmtest.Refusal(503, "overloaded", "")
		}
		return llmtest.Reply{}
	})
	d.start()
	a := d.accept("one", lecture(1400, nil), ingest.Condition{})
	job := d.wait(a.Job.ID)
	if job.State != ingest.Published || job.Attempts < 2 || job.Embedded != job.Chunks {
		t.Errorf("after an outage: %+v", job)
	}
}

// TestCancelAndRetry: a cancelled job publishes nothing, even if it is at work; retried it does.
func TestCancelAndRetry(t *testing.T) {
	d := newDesk(t)
	working := make(chan struct{}, 10)
	d.at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply {
		working <- struct{}{}
		return llmtest.Reply{Delay: 200 * time.Millisecond}
	})
	d.start()
	a := d.accept("one", lecture(60, nil), ingest.Condition{})
	<-working
	if err := d.in.Cancel(t.Context(), "c", a.Job.ID); err != nil {
		t.Fatal(err)
	}
	if job := d.wait(a.Job.ID); job.State != ingest.Cancelled {
		t.Errorf("cancelled: %+v", job)
	}
	time.Sleep(400 * time.Millisecond) // the worker comes to its end
	if len(d.texts()) != 0 {
		t.Error("a cancelled job was published")
	}
	for want, call := range map[error]func() error{
		ingest.ErrFinished: func() error { return d.in.Cancel(t.Context(), "c", a.Job.ID) },
		ingest.ErrNoJob:    func() error { return d.in.Cancel(t.Context(), "c", "job_"+strings.Repeat("a", 26)) },
	} {
		if err := call(); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if err := d.in.Retry(t.Context(), "c", a.Job.ID); err != nil {
		t.Fatal(err)
	}
	if job := d.wait(a.Job.ID); job.State != ingest.Published || job.Version != 1 {
		t.Errorf("retried: %+v", job)
	}
	if err := d.in.Retry(t.Context(), "c", a.Job.ID); !errors.Is(err, ingest.ErrFinished) {
		t.Errorf("retry of a published job: %v", err)
	}
	// Behind a newer upload there is no way back.
	bad := d.accept("one", "1\n00:00:05,000 --> 0\nWords.\n", ingest.Condition{})
	d.wait(bad.Job.ID)
	d.wait(d.accept("one", lecture(70, nil), ingest.Condition{}).Job.ID)
	if err := d.in.Retry(t.Context(), "c", bad.Job.ID); !errors.Is(err, ingest.ErrSuperseded) {
		t.Errorf("retry behind a newer upload: %v", err)
	}
}

// TestModelDown: what the embedding server is at the moment does not matter at the door.
func TestModelDown(t *testing.T) {
	d := newDesk(t)
	d.ingest("one", lecture(60, nil))
	d.at.Close()
	if a := d.accept("one", lecture(61, nil), ingest.Condition{}); a.Job.State != ingest.Queued {
		t.Errorf("%+v", a)
	}
}

// TestRepeatedText: a text that is said twice is two chunks and is paid for once.
func TestRepeatedText(t *testing.T) {
	d := newDesk(t)
	said := lecture(40, func(i int, _ string) string {
		return fmt.Sprintf("Sentence %d of the part that the lecturer reads out twice, word for word, as it is.", i)
	})
	twice := said + strings.ReplaceAll(said, "00:0", "01:0")
	report := d.ingest("one", twice)
	if report.Embedded > report.Chunks {
		t.Errorf("%+v", report)
	}
	if bad := d.broken(); len(bad) > 0 {
		t.Errorf("broken: %s", strings.Join(bad, "; "))
	}
}
