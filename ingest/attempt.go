package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"golang.org/x/sync/errgroup"
)

// errFenced: somebody else took the job, cancelled it or superseded it.
var errFenced = errors.New("the job was taken away")

// holding is a job in the hands of this worker.
type holding struct {
	course, id, lecture string
	fence               int // what the job's row must say for this worker to write
	attempts, max       int
	entry               int64 // of the queue
	source              Source
	embedded            int // texts paid for in this attempt

	done, chunks atomic.Int64 // for the heartbeat
}

// An inHand is what whoever accepted a job and works it by itself has in hand from one attempt to the next.
type inHand struct {
	source Source // its bytes, and its name in full
	// fence is that of the attempt before. While the row still has it, nobody has taken the job, and that attempt is over:
	// it need not be waited for, even if its end could not be written down.
	fence int
}

// work makes one attempt at a job: claim, parse, embed, publish. entry is the queue's entry that the caller came with;
// another one than the row names has no business here (ErrHeld). A finished job gives its outcome again. An error that a
// later attempt may not meet leaves the job queued; [permanent] tells which are not.
//
// own is nil for the queue's workers; see [inHand].
func (in *Ingester) work(ctx context.Context, course, id string, entry int64, own *inHand, progress func(Stage, int, int)) (Report, error) {
	began := time.Now()
	h, err := in.claim(ctx, course, id, entry, own)
	if errors.Is(err, ErrFinished) {
		return in.outcome(ctx, course, id)
	}
	if err != nil {
		return Report{}, fmt.Errorf("job %s/%s: %w", course, id, err)
	}
	if own != nil {
		own.fence, h.source.Bytes, h.source.Name = h.fence, notNull(own.source.Bytes), own.source.Name
	}
	in.at(StepClaimed)
	beating, stop := in.beat(ctx, h)
	report, err := in.attempt(beating, h, progress)
	if cause := context.Cause(beating); err != nil && errors.Is(cause, errFenced) {
		err = cause
	}
	stop()
	switch {
	case err == nil:
		report.Elapsed = time.Since(began)
		progress(StageDone, report.Chunks, report.Chunks)
		return report, nil
	case errors.Is(err, errFenced):
		return in.outcome(context.WithoutCancel(ctx), course, id)
	}
	stopped := errors.Is(ctx.Err(), context.Canceled) && !permanent(err)
	final := permanent(err) || h.attempts >= h.max && !stopped
	if lost := in.release(context.WithoutCancel(ctx), h, err, final, stopped); lost != nil {
		// Not %w for err: the job is still pending, and who asks whether to come again must not hear that it is hopeless.
		return Report{}, fmt.Errorf("%w, after %s", lost, err.Error())
	}
	if final && !permanent(err) {
		err = fmt.Errorf("%w: %w", errLastAttempt, err)
	}
	return Report{}, err
}

// errLastAttempt: the error might pass, but it has been met too often.
var errLastAttempt = errors.New("given up after several attempts")

// attempt is the pipeline itself.
func (in *Ingester) attempt(ctx context.Context, h *holding, progress func(Stage, int, int)) (Report, error) {
	d, err := in.derivation(ctx, h.course)
	if err != nil {
		return Report{}, err
	}
	v := newVersion(h.source, d)
	active, err := in.active(ctx, h.course, h.lecture)
	if err != nil {
		return Report{}, err
	}
	if active.same(v.source, v.sha256, d) {
		if err := in.settle(ctx, h, active.number); err != nil {
			return Report{}, err
		}
		return active.report(h.lecture), nil
	}
	progress(StageParse, 0, 0)
	if err := v.prepare(active.title); err != nil {
		return Report{}, err
	}
	in.at(StepParsed)
	h.chunks.Store(int64(len(v.chunks)))
	// Postings need a processor while the vectors mostly wait for somebody else.
	both, bothCtx := errgroup.WithContext(ctx)
	both.Go(func() error { return v.index(d.analyzer) })
	err = in.embed(bothCtx, h, v, progress)
	if err := errors.Join(err, both.Wait()); err != nil {
		return Report{}, err
	}
	in.at(StepEmbedded)
	progress(StagePublish, len(v.chunks), len(v.chunks))
	published, err := in.publish(ctx, h, v)
	if err != nil {
		return Report{}, err
	}
	in.at(StepPublished)
	report := v.report(published)
	report.Embedded = h.embedded
	return report, nil
}

// permanent reports whether a later attempt would meet the same error: the fault is in the file, in what was asked, or in
// rows that somebody changed by hand.
func permanent(err error) bool {
	var bad *transcript.Error
	var refused *llm.APIError
	return errors.As(err, &bad) || errors.As(err, &refused) && !refused.MayPass() ||
		errors.Is(err, ErrNoCourse) || errors.Is(err, ErrDeleted) || errors.Is(err, errTooWide) || errors.Is(err, errUnverified)
}

const firstRetry = time.Second

// RetryDelay is the wait after the n-th failed attempt, n from 1: 1 s, doubling, at most 5 min.
func RetryDelay(n int) time.Duration { return doubling(firstRetry, n) }

func (in *Ingester) retryDelay(n int) time.Duration { return doubling(in.pace().retry, n) }

func doubling(first time.Duration, n int) time.Duration {
	return min(first<<min(max(n-1, 0), 20), 5*time.Minute)
}

// reasonOf is what the uploader reads: the parser's own words, or a sentence that names no cause inside.
func reasonOf(err error) (reason string, line int) {
	var bad *transcript.Error
	var refused *llm.APIError
	switch {
	case errors.As(err, &bad):
		return bad.Message, bad.Line
	case errors.As(err, &refused) && !refused.MayPass():
		return "the embedding server refused the request: " + refused.Error(), 0
	case errors.Is(err, ErrNoCourse), errors.Is(err, ErrDeleted):
		return "the course is not there any more", 0
	case errors.Is(err, errTooWide):
		return err.Error(), 0
	case errors.Is(err, errUnverified):
		return "what the database holds of this lecture is not what was stored; lectern doctor says where", 0
	case errors.Is(err, errEmbedding):
		return "the embedding model does not answer as it should", 0
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long", 0
	}
	return "the database or another service failed; the log of the worker says more", 0
}

// outcome is a finished job's result: what its worker would have returned.
func (in *Ingester) outcome(ctx context.Context, course, id string) (Report, error) {
	job, err := in.Job(ctx, course, id)
	if err != nil {
		return Report{}, err
	}
	switch job.State {
	case Published:
		active, err := in.active(ctx, course, job.Lecture)
		if err != nil {
			return Report{}, err
		}
		report := active.report(job.Lecture)
		report.Version, report.New, report.Embedded = job.Version, job.New, job.Embedded
		report.Unchanged = job.New == 0 && job.Chunks == 0
		return report, nil
	case Failed:
		return Report{}, &FailedJob{Job: job}
	case Cancelled:
		return Report{}, fmt.Errorf("lecture %s/%s: %w", course, job.Lecture, ErrCancelled)
	case Superseded:
		return Report{}, fmt.Errorf("lecture %s/%s: %w", course, job.Lecture, ErrSuperseded)
	default:
		return Report{}, fmt.Errorf("job %s/%s: %w", course, id, ErrHeld)
	}
}
