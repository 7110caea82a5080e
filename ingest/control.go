package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Cancel ends a pending job for good. Its worker, if it has one, stops at its next heartbeat and publishes nothing from
// this moment on. A job that is finished already is ErrFinished.
func (in *Ingester) Cancel(ctx context.Context, course, id string) error {
	queue, err := in.inserter()
	if err != nil {
		return err
	}
	err = in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		var entry int64
		err := tx.QueryRow(ctx, `
update ingest_jobs
set state = 'cancelled', fence = fence + 1, heartbeat_at = null, finished_at = clock_timestamp()
where course_id = $1 and job_id = $2 and finished_at is null
returning river_id`, course, id).Scan(&entry)
		if errors.Is(err, pgx.ErrNoRows) {
			return finishedOrMissing(ctx, tx, course, id)
		}
		if err != nil {
			return err
		}
		return dropEntry(ctx, tx, queue, entry)
	})
	if err != nil {
		return fmt.Errorf("job %s/%s: %w", course, id, err)
	}
	return nil
}

// Retry queues a job that failed or was cancelled once more, with all its attempts. ErrFinished: it was published, or its
// bytes were cleaned away. ErrSuperseded: a newer upload of the lecture was accepted since, and going back behind it
// would lose it.
func (in *Ingester) Retry(ctx context.Context, course, id string) error {
	queue, err := in.inserter()
	if err != nil {
		return err
	}
	err = in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		var lecture string
		err := tx.QueryRow(ctx, `
select l.lecture_id
from lectures l
join ingest_jobs j on j.course_id = l.course_id and j.lecture_id = l.lecture_id
where j.course_id = $1 and j.job_id = $2
for no key update of l`, course, id).Scan(&lecture)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoJob
		}
		if err != nil {
			return err
		}
		if err := courseIsThere(ctx, tx, course); err != nil {
			return err
		}
		var newer bool
		err = tx.QueryRow(ctx, `
select exists (select from ingest_jobs n
               where n.course_id = $1 and n.lecture_id = $3 and (n.created_at, n.job_id) > (j.created_at, j.job_id))
from ingest_jobs j
where j.course_id = $1 and j.job_id = $2 and j.state in ('failed', 'cancelled') and j.source is not null
for update`, course, id, lecture).Scan(&newer)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return finishedOrMissing(ctx, tx, course, id)
		case err != nil:
			return err
		case newer:
			return ErrSuperseded
		}
		entry, err := queue.InsertTx(ctx, tx, jobArgs{Course: course, Job: id}, nil)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
update ingest_jobs
set state = 'queued', attempts = 0, max_attempts = $4, fence = fence + 1, river_id = $3, reason = '', line = 0, finished_at = null
where course_id = $1 and job_id = $2`, course, id, entry.Job.ID, queueAttempts)
		return err
	})
	if err != nil {
		return fmt.Errorf("job %s/%s: %w", course, id, err)
	}
	return nil
}

// finishedOrMissing tells a job that is not in the state wanted from one that is not there.
func finishedOrMissing(ctx context.Context, tx pgx.Tx, course, id string) error {
	var there bool
	err := tx.QueryRow(ctx, `select exists (select from ingest_jobs where course_id = $1 and job_id = $2)`, course, id).Scan(&there)
	switch {
	case err != nil:
		return err
	case there:
		return ErrFinished
	}
	return ErrNoJob
}
