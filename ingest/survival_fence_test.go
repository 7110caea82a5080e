package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// A stall is a place where a worker is held up, at the n-th passing.
type stall struct {
	step ingest.Step
	nth  int
}

func (s stall) hook(fn func()) func(ingest.Step) { return at(s.step, s.nth, fn) }

func (s stall) String() string { return fmt.Sprintf("%s %d", kills[s.step].name, s.nth) }

// outside are the stalls at which a worker holds the job but no lock, inside those in the publishing transaction.
var (
	outside = []stall{{ingest.StepClaimed, 1}, {ingest.StepParsed, 1}, {ingest.StepStaged, 1}, {ingest.StepStaged, 3}, {ingest.StepEmbedded, 1}}
	inside  = []stall{{ingest.StepLocked, 1}, {ingest.StepWritten, 1}, {ingest.StepActivated, 1}}
)

// zombie is an ingester that takes its time: it never gives a sign of life, and goes on as if nothing had happened.
func (s *site) zombie(database string) *ingest.Ingester {
	s.t.Helper()
	in, _ := s.ingester(database)
	in.SetPace(ingest.Pace{Heartbeat: time.Hour, Lease: quick.Lease, Backstop: quick.Backstop, Retry: quick.Retry, Batch: batch})
	return in
}

// TestStopped: a process is stopped (SIGSTOP) at a step for longer than its lease, another takes over and publishes, and the
// first goes on where it was: it must neither publish nor pay nor fail.
func TestStopped(t *testing.T) {
	type stopping struct {
		stall
		act act
	}
	var all []stopping
	for _, at := range append(append([]stall{}, outside...), inside...) {
		for _, a := range uploads {
			all = append(all, stopping{at, a})
		}
	}
	for _, c := range sample(t, dice(t), all, 2) {
		t.Run(fmt.Sprintf("%s, %s", c.act, c.stall), func(t *testing.T) {
			t.Parallel()
			peace := inPeace(t, c.act)
			s := newSite(t)
			// One that is stopped inside the publishing transaction holds the lecture; the server ends its transaction after a
			// minute, here after a second.
			child := s.spawn(script{Database: impatient(t, s.app), Act: c.act, Step: c.step, Nth: c.nth, Signal: syscall.SIGSTOP})
			child.raised()
			s.shows("stopped,", oldText())
			s.sound("stopped")
			s.elsewhere()
			s.settled()
			s.shows("taken over,", newText())
			paid := s.paid()
			if err := child.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			if err := child.ended(); err != nil {
				t.Errorf("the one that was stopped: %v", err)
			}
			s.sound("gone on")
			killing{act: c.act}.done(s, "gone on,")
			if got := s.digest(); got != peace.digest {
				t.Errorf("digest %s, undisturbed %s", got, peace.digest)
			}
			if paid != peace.paid || s.paid() != peace.paid {
				t.Errorf("paid for %d texts, and for %d after the stopped one went on; undisturbed %d", paid, s.paid(), peace.paid)
			}
		})
	}
}

// impatient is the database with a server that ends transactions which do nothing for a second.
func impatient(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("idle_in_transaction_session_timeout", "1000")
	u.RawQuery = q.Encode()
	return u.String()
}

// TestZombieIsRefused: while the one that took over is still at work, the one that had been silent goes on. It is refused
// when it stages and when it publishes, and nothing of what it does is seen.
func TestZombieIsRefused(t *testing.T) {
	for _, where := range sample(t, dice(t), outside, 2) {
		t.Run(where.String(), func(t *testing.T) {
			t.Parallel()
			peace := inPeace(t, byLecture)
			s := newSite(t)
			first := s.zombie(s.app)
			stalled, goOn := make(chan struct{}), make(chan struct{})
			var after atomic.Int64 // steps the zombie passed after it was taken over
			var passed atomic.Int64
			first.OnStep(func(step ingest.Step) {
				if step == where.step && passed.Add(1) == int64(where.nth) {
					close(stalled)
					<-goOn
				} else if isClosed(goOn) && (step == ingest.StepStaged || step == ingest.StepLocked || step == ingest.StepPublished) {
					after.Add(1)
				}
			})
			ended := make(chan error, 1)
			go func() {
				_, err := first.Lecture(context.WithoutCancel(t.Context()), upload("one", newText()), nil)
				ended <- err
			}()
			<-stalled

			second, _ := s.ingester(s.app)
			second.SetPace(quick)
			held, publish := make(chan struct{}), make(chan struct{})
			second.OnStep(at(ingest.StepEmbedded, 1, func() { close(held); <-publish }))
			s.start(second)
			<-held // the second has all its vectors and has not published
			close(goOn)
			time.Sleep(300 * time.Millisecond) // the zombie tries, again and again
			select {
			case err := <-ended:
				t.Errorf("the zombie ended before the job did: %v", err)
				ended <- err
			default:
			}
			s.shows("while the zombie tries,", oldText())
			s.sound("while the zombie tries")
			close(publish)
			if err := <-ended; err != nil {
				t.Errorf("the zombie: %v; it should report what became of the job", err)
			}
			s.settled()
			s.sound("afterwards")
			killing{act: byLecture}.done(s, "afterwards")
			if n := after.Load(); n != 0 {
				t.Errorf("the zombie staged, locked or published %d times", n)
			}
			if got := s.digest(); got != peace.digest || s.paid() != peace.paid {
				t.Errorf("digest %s and %d texts paid for, undisturbed %s and %d", got, s.paid(), peace.digest, peace.paid)
			}
		})
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestSlowEmbedding: the embedding server answers after the lease is over and the job was taken. The late reply is not
// staged under a fence that is no longer valid; it is the one batch that is paid for twice.
func TestSlowEmbedding(t *testing.T) {
	t.Parallel()
	peace := inPeace(t, byLecture)
	s := newSite(t)
	asked, reply := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	s.at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply {
		if calls.Add(1) == 1 {
			close(asked)
			<-reply
		}
		return llmtest.Reply{}
	})
	first := s.zombie(s.app)
	var staged atomic.Int64
	first.OnStep(func(step ingest.Step) {
		if step == ingest.StepStaged {
			staged.Add(1)
		}
	})
	ended := make(chan error, 1)
	go func() { ended <- byLecture.do(context.WithoutCancel(t.Context()), first) }()
	<-asked
	second, _ := s.ingester(s.app)
	second.SetPace(quick)
	held, publish := make(chan struct{}), make(chan struct{})
	second.OnStep(at(ingest.StepEmbedded, 1, func() { close(held); <-publish }))
	s.start(second)
	<-held // the second has all its vectors and has not published
	close(reply)
	time.Sleep(300 * time.Millisecond)
	if n := staged.Load(); n != 0 {
		t.Errorf("the slow one staged %d batches of a job that was not its own any more", n)
	}
	close(publish)
	if err := <-ended; err != nil {
		t.Errorf("the slow one: %v", err)
	}
	s.sound("afterwards")
	killing{act: byLecture}.done(s, "afterwards")
	if got := s.digest(); got != peace.digest {
		t.Errorf("digest %s, undisturbed %s", got, peace.digest)
	}
	if s.paid() != peace.paid+batch {
		t.Errorf("paid for %d texts, undisturbed %d and the late batch of %d", s.paid(), peace.paid, batch)
	}
}

// TestHeartbeatLost: the database cannot be reached from a worker for longer than its lease, while its process is well.
func TestHeartbeatLost(t *testing.T) {
	for _, where := range sample(t, dice(t), outside, 2) {
		t.Run(where.String(), func(t *testing.T) {
			t.Parallel()
			peace := inPeace(t, byLecture)
			s := newSite(t)
			proxy := pgtest.NewProxy(t, s.app)
			first, _ := s.ingester(proxy.URL())
			first.SetPace(quick)
			first.OnStep(where.hook(proxy.Stall))
			ended := make(chan error, 1)
			go func() { ended <- byLecture.do(context.WithoutCancel(t.Context()), first) }()
			s.elsewhere()
			for until := time.Now().Add(patience); s.version() != 2; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(until) {
					t.Fatalf("nobody took over: %+v", s.jobs(false))
				}
			}
			proxy.Resume()
			if err := <-ended; err != nil {
				t.Errorf("the one that was cut off: %v", err)
			}
			s.sound("afterwards")
			killing{act: byLecture}.done(s, "afterwards")
			if got := s.digest(); got != peace.digest {
				t.Errorf("digest %s, undisturbed %s", got, peace.digest)
			}
			// It may have had a batch in its hands that it could not stage.
			if s.paid() < peace.paid || s.paid() > peace.paid+batch {
				t.Errorf("paid for %d texts, undisturbed %d", s.paid(), peace.paid)
			}
		})
	}
}

// TestCancelAtEachStep: a job that is cancelled publishes nothing from that moment on, and one that was published cannot be
// cancelled.
func TestCancelAtEachStep(t *testing.T) {
	steps := append(append([]stall{{ingest.StepAccepted, 1}}, outside...), append(inside, stall{ingest.StepPublished, 1})...)
	for _, where := range sample(t, dice(t), steps, 4) {
		t.Run(where.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			in, _ := s.ingester(s.app)
			locked := where.step == ingest.StepLocked || where.step == ingest.StepWritten || where.step == ingest.StepActivated
			cancelled := make(chan error, 1)
			in.OnStep(where.hook(func() {
				id := s.newest()
				go func() { cancelled <- s.in.Cancel(context.WithoutCancel(t.Context()), "c", id) }()
				if !locked { // else it waits for the publish that holds the job
					err := <-cancelled
					cancelled <- err
				}
			}))
			_, err := in.Lecture(t.Context(), upload("one", newText()), nil)
			refused := <-cancelled
			if locked || where.step == ingest.StepPublished {
				if err != nil || !errors.Is(refused, ingest.ErrFinished) {
					t.Errorf("published: %v, cancelled: %v", err, refused)
				}
				killing{act: byLecture}.done(s, "too late to cancel,")
			} else {
				if !errors.Is(err, ingest.ErrCancelled) || refused != nil {
					t.Errorf("the upload: %v, its cancelling: %v", err, refused)
				}
				s.shows("cancelled,", oldText())
			}
			s.sound("cancelled")
			if _, err := s.in.Lecture(t.Context(), upload("one", newText()), nil); err != nil {
				t.Errorf("the same again: %v", err)
			}
			s.sound("uploaded again")
			s.shows("uploaded again,", newText())
			if peace := inPeace(t, byLecture); s.digest() != peace.digest || s.paid() != peace.paid {
				t.Errorf("%d texts were paid for, undisturbed %d; or the digests differ", s.paid(), peace.paid)
			}
		})
	}
}

// newest is the id of the lecture's newest job.
func (s *site) newest() string { return s.jobs(false)[0].ID }
