package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

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
