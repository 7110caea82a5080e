package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// A twin is one course twice: on a site whose ingester is connected through a proxy that cuts connections, and on one
// that is left in peace. Both get the same uploads.
type twin struct {
	t            *testing.T
	cut, peace   *site
	proxy        *pgtest.Proxy
	through      *ingest.Ingester
	accept       bool // leave uploads to workers of the queue
	round, extra int  // uploads so far; texts that were paid for again
}

func newTwin(t *testing.T) *twin {
	w := &twin{t: t, cut: newSite(t), peace: newSite(t), round: 1}
	w.proxy = pgtest.NewProxy(t, w.cut.app)
	w.through, _ = w.cut.ingester(w.proxy.URL())
	// Heartbeats would make it a matter of luck which commit is the n-th.
	w.through.SetPace(ingest.Pace{Heartbeat: time.Hour, Lease: quick.Lease, Backstop: time.Hour, Retry: quick.Retry, Batch: batch})
	if err := w.through.CreateCourse(t.Context(), "c", "", ""); err != nil { // the connection is there and knows its types
		t.Fatal(err)
	}
	return w
}

// text is the upload of a round. Each differs from the one before in three sentences out of ninety.
func (w *twin) text() string {
	return lecture(90, func(i int, s string) string {
		if i%30 == 7 {
			s = strings.Replace(s, "we look", fmt.Sprintf("we look in round %d", w.round), 1)
		}
		return strings.Replace(s, "In part", "In "+canary+" part", 1)
	})
}

// untilDone repeats what the client does until it ends without an error, as whoever was told of one would.
func (w *twin) untilDone(fn func(context.Context, *ingest.Ingester) error) (tries int) {
	w.t.Helper()
	for tries = 1; ; tries++ {
		err := fn(w.t.Context(), w.through)
		if err == nil {
			return tries
		}
		if tries == 3 {
			w.t.Fatalf("three times, the connection cut in the first only: %v", err)
		}
	}
}

// upload is one round through the proxy and one in peace.
func (w *twin) upload(where string) {
	w.t.Helper()
	w.round++
	text := w.text()
	began := time.Now()
	tries := w.untilDone(func(ctx context.Context, in *ingest.Ingester) (err error) {
		if w.accept {
			_, err = in.Accept(ctx, upload("one", text), ingest.Condition{})
		} else {
			_, err = in.Lecture(ctx, upload("one", text), nil)
		}
		return err
	})
	w.cut.settled()
	took := time.Since(began)
	if _, err := w.peace.in.Lecture(w.t.Context(), upload("one", text), nil); err != nil {
		w.t.Fatal(err)
	}
	w.cut.sound(where)
	w.cut.shows(where, text)
	if v := w.cut.version(); v != w.round {
		w.t.Fatalf("%s: upload %d is version %d: published twice, or not", where, w.round, v)
	}
	if p := w.cut.pending(); len(p) > 0 {
		w.t.Errorf("%s: pending: %+v", where, p)
	}
	w.alike(where)
	// A batch whose staging is cut off is kept and staged again: not even that one is paid twice, unless the process dies.
	if again := w.cut.paid() - w.peace.paid() - w.extra; again != 0 {
		w.t.Errorf("%s: %d texts were paid for twice", where, again)
		w.extra += again
	}
	w.t.Logf("%s: %d tries, %s", where, tries, took.Round(time.Millisecond))
}

func (w *twin) alike(where string) {
	w.t.Helper()
	if got, want := w.cut.digest(), w.peace.digest(); got != want {
		w.t.Fatalf("%s: digest %s, in peace %s", where, got, want)
	}
}

// TestCutAtCommit cuts the connection before and after each commit of an upload in turn, then of a clean-up, then of a
// deletion.
func TestCutAtCommit(t *testing.T) {
	t.Parallel()
	for _, moment := range []pgtest.Moment{pgtest.BeforeCommit, pgtest.AfterCommit} {
		side := [...]string{pgtest.BeforeCommit: "before", pgtest.AfterCommit: "after"}[moment]
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			w := newTwin(t)
			w.upload("undisturbed") // the first has more to embed than those that follow
			commits := w.commits()
			for _, n := range sample(t, dice(t), commits, 4) {
				w.proxy.CutAtCommit(n, moment)
				where := fmt.Sprintf("upload, cut %s commit %d of %d", side, n, len(commits))
				w.upload(where)
				if !w.proxy.Cut() && n <= fewest {
					t.Errorf("%s: it was not", where)
				}
			}
			w.proxy.CutAtCommit(1, moment)
			w.untilDone(func(ctx context.Context, in *ingest.Ingester) error {
				_, err := in.Sweep(ctx, "c", 0)
				return err
			})
			if _, err := w.peace.in.Sweep(t.Context(), "c", 0); err != nil || !w.proxy.Cut() {
				t.Errorf("clean-up: %v", err)
			}
			w.cut.sound("clean-up, cut " + side)
			w.alike("clean-up, cut " + side)

			if err := w.peace.in.DeleteLecture(t.Context(), "c", "one", ingest.Condition{}); err != nil {
				t.Fatal(err)
			}
			w.proxy.CutAtCommit(1, moment)
			w.untilDone(func(ctx context.Context, in *ingest.Ingester) error {
				err := in.DeleteLecture(ctx, "c", "one", ingest.Condition{})
				if errors.Is(err, ingest.ErrDeleted) {
					return nil // it was done, and the client was not told
				}
				return err
			})
			if !w.proxy.Cut() {
				t.Error("the deletion was not cut off")
			}
			w.cut.sound("deletion, cut " + side)
			w.cut.gone("deletion, cut " + side)

			w.upload("after the deletion")
			w.proxy.CutAtCommit(1, moment)
			w.untilDone(func(ctx context.Context, in *ingest.Ingester) error {
				err := in.DeleteCourse(ctx, "c")
				if errors.Is(err, ingest.ErrDeleted) {
					return nil
				}
				return err
			})
			if !w.proxy.Cut() {
				t.Error("the deletion of the course was not cut off")
			}
			w.cut.sound("deletion of the course, cut " + side)
			w.cut.gone("deletion of the course, cut " + side)
		})
	}
}

// fewest is how many commits an upload has that embeds one batch; there are two more for each further batch.
const fewest = 10

// commits numbers the commits of an undisturbed upload. Statements that only read and commit by themselves are among
// them.
func (w *twin) commits() []int {
	w.t.Helper()
	w.proxy.CutAtCommit(0, 0) // none
	w.upload("undisturbed")
	var all []int
	for n := range w.proxy.Commits() {
		all = append(all, n+1)
	}
	if len(all) < fewest {
		w.t.Fatalf("an upload commits %d times, less than %d", len(all), fewest)
	}
	return all
}

// TestCutAtByte cuts the connection at random bytes, whichever way they go: of an upload that is worked in process, and of
// one that a worker of the queue sees to, the queue's own connections included.
func TestCutAtByte(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		act   act
		some  int
		most  int
		bytes int64 // about what passes
	}{{byLecture, 4, 60, 50_000}, {byWorker, 3, 40, 50_000}} {
		t.Run(string(c.act), func(t *testing.T) {
			t.Parallel()
			rng := dice(t)
			w := newTwin(t)
			if c.act == byWorker {
				w.through.SetPace(quick)
				w.cut.start(w.through)
				w.accept = true
			}
			times, missed := c.some, 0
			if whole() {
				times = c.most
			}
			for range times {
				n := 1 + rng.Int64N(c.bytes)
				w.proxy.CutAtByte(n)
				w.upload(fmt.Sprintf("upload, cut at byte %d", n))
				if !w.proxy.Cut() {
					missed++
				}
			}
			t.Logf("%d of %d uploads were over before the byte came", missed, times)
			if missed == times {
				t.Error("no connection was cut")
			}
		})
	}
}
