package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
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

// claim takes the job for this worker. ErrFinished: there is nothing to do. ErrHeld: somebody is at it, or the entry is
// not the one the row names.
func (in *Ingester) claim(ctx context.Context, course, id string, entry int64, own *inHand) (*holding, error) {
	h := &holding{course: course, id: id, entry: entry}
	mine := -1
	if own != nil && own.fence > 0 {
		mine = own.fence
	}
	claimed, err := postgres.Collect(ctx, in.DB, course, func(row pgx.CollectableRow) (bool, error) {
		return true, row.Scan(&h.fence, &h.attempts, &h.max, &h.lecture, &h.source.Scope.Principal, &h.source.Title, &h.source.Position, &h.source.Name, &h.source.Bytes)
	}, `
update ingest_jobs
set state = 'parsing', fence = fence + 1, attempts = attempts + 1, heartbeat_at = clock_timestamp(), reason = '', line = 0, done = 0, chunks = 0
where course_id = $1 and job_id = $2 and river_id = $3 and finished_at is null
  and (heartbeat_at is null or heartbeat_at < clock_timestamp() - $4::interval or fence = $6)
returning fence, attempts, max_attempts, lecture_id, principal, title, coalesce(position, -1), source_name, case when $5 then source end`,
		course, id, entry, in.pace().lease, own == nil, mine)
	if err != nil {
		return nil, err
	}
	if len(claimed) == 1 {
		h.source.Scope.Course, h.source.Lecture = course, h.lecture
		return h, nil
	}
	job, err := in.Job(ctx, course, id)
	switch {
	case err != nil:
		return nil, err
	case job.State.Final():
		return nil, ErrFinished
	}
	return nil, ErrHeld
}

// beat keeps the job's heartbeat and progress until stop is called. The context it returns ends, with errFenced as its
// cause, when the job was taken away.
func (in *Ingester) beat(ctx context.Context, h *holding) (beating context.Context, stop func()) {
	beating, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		every := in.pace().heartbeat
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-beating.Done():
				return
			case <-ticker.C:
			}
			// One that cannot be sent now is sent at the next tick; the lease lasts for four.
			once, cancelOnce := context.WithTimeout(beating, every)
			err := in.sign(once, h)
			cancelOnce()
			if errors.Is(err, errFenced) {
				cancel(err)
			} else if err != nil && beating.Err() == nil {
				in.Log.WarnContext(ctx, "heartbeat of an ingest failed", "course", h.course, "job", h.id, "error", err)
			}
		}
	})
	return beating, func() { cancel(nil); wg.Wait() }
}

// sign writes a sign of life, or returns errFenced.
func (in *Ingester) sign(ctx context.Context, h *holding) error {
	return in.DB.InCourse(ctx, h.course, func(tx pgx.Tx) error { return sign(ctx, tx, h) })
}

// holds returns errFenced if the job is not this worker's any more. It writes nothing, and so costs one round trip.
func (in *Ingester) holds(ctx context.Context, h *holding) error {
	held, err := postgres.Collect(ctx, in.DB, h.course, pgx.RowTo[bool], `
select fence = $3 and finished_at is null
from ingest_jobs
where course_id = $1 and job_id = $2`, h.course, h.id, h.fence)
	if err != nil {
		return fmt.Errorf("job %s/%s: %w", h.course, h.id, err)
	}
	if len(held) == 0 || !held[0] {
		return errFenced
	}
	return nil
}

func sign(ctx context.Context, tx pgx.Tx, h *holding) error {
	tag, err := tx.Exec(ctx, `
update ingest_jobs
set heartbeat_at = clock_timestamp(), state = case when $4 > 0 then 'embedding' else state end, done = $5, chunks = $4
where course_id = $1 and job_id = $2 and fence = $3 and finished_at is null`,
		h.course, h.id, h.fence, h.chunks.Load(), min(h.done.Load(), h.chunks.Load()))
	if err == nil && tag.RowsAffected() == 0 {
		err = errFenced
	}
	return err
}

// settle ends the job without a publish: the lecture shows the upload already.
func (in *Ingester) settle(ctx context.Context, h *holding, version int) error {
	return in.DB.InCourse(ctx, h.course, func(tx pgx.Tx) error {
		lock := &pgx.Batch{}
		lockJob(lock, h)
		if err := tx.SendBatch(ctx, lock).Close(); err != nil {
			return err
		}
		return in.finish(ctx, tx, h, version, 0)
	})
}

// lockJob compares the fence and keeps the job as it is until the transaction ends.
func lockJob(batch *pgx.Batch, h *holding) {
	batch.Queue(`
select fence
from ingest_jobs
where course_id = $1 and job_id = $2 and finished_at is null
for update`, h.course, h.id).QueryRow(func(row pgx.Row) error {
		var fence int
		err := row.Scan(&fence)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && fence != h.fence {
			return errFenced
		}
		return err
	})
}

// finish marks the job published, in the transaction that made it so, and takes its entry out of the queue unless the
// queue itself is running it.
func (in *Ingester) finish(ctx context.Context, tx pgx.Tx, h *holding, version, added int) error {
	_, err := tx.Exec(ctx, `
update ingest_jobs
set state = 'published', version = $3, new_chunks = $4, embedded = embedded + $5, done = $6, chunks = $6,
    heartbeat_at = null, reason = '', line = 0, finished_at = clock_timestamp()
where course_id = $1 and job_id = $2`, h.course, h.id, version, added, h.embedded, h.chunks.Load())
	if err != nil {
		return err
	}
	queue, err := in.inserter()
	if err != nil {
		return err
	}
	return dropEntry(ctx, tx, queue, h.entry)
}

// release gives the job back after a failed attempt: to wait for the next, or failed for good. An attempt that was
// stopped from outside does not count.
func (in *Ingester) release(ctx context.Context, h *holding, failure error, final, stopped bool) error {
	ctx, cancel := context.WithTimeout(ctx, in.pace().heartbeat)
	defer cancel()
	reason, line := reasonOf(failure)
	if stopped {
		reason, line = "the worker was stopped", 0
	}
	err := in.DB.InCourse(ctx, h.course, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
update ingest_jobs
set state = case when $4 then 'failed' else 'queued' end, finished_at = case when $4 then clock_timestamp() end,
    heartbeat_at = null, reason = $5, line = $6, embedded = embedded + $7, attempts = attempts - case when $8 then 1 else 0 end
where course_id = $1 and job_id = $2 and fence = $3 and finished_at is null`,
			h.course, h.id, h.fence, final, reason, line, h.embedded, stopped)
		return err
	})
	if err != nil {
		return fmt.Errorf("job %s/%s: giving it back: %w", h.course, h.id, err)
	}
	return nil
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
