package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// Retention is how long what nothing points to any more is kept before clean-up takes it: chunks that no version shows
// and no answer cites (somebody may still have a search result open), finished jobs and their files, vectors staged by an
// ingest that nobody ran again.
const Retention = 7 * 24 * time.Hour

// SweepAll is Sweep for every course, one after the other, and counts over all of them. A course that fails does not keep
// the others from being cleaned.
func (in *Ingester) SweepAll(ctx context.Context, keep time.Duration) (Swept, error) {
	var sum Swept
	var all error
	for after := ""; ; {
		courses, err := Courses(ctx, in.DB, after)
		if err != nil {
			return sum, errors.Join(all, err)
		}
		for _, course := range courses {
			s, err := in.Sweep(ctx, course, keep)
			if err != nil {
				if ctx.Err() != nil {
					return sum, err
				}
				all = errors.Join(all, err)
			}
			sum.add(s)
			after = course
		}
		if len(courses) < coursePage {
			return sum, all
		}
	}
}

const coursePage = 200

// Courses returns the ids of the courses after the one named, the tombstones of deleted ones included, in order: at most
// 200. "" begins; fewer than 200 are the last.
func Courses(ctx context.Context, db *postgres.DB, after string) (ids []string, err error) {
	err = db.InCourse(ctx, "", func(tx pgx.Tx) error {
		ids, err = coursesAfter(ctx, tx, after)
		return err
	})
	return ids, err
}

func coursesAfter(ctx context.Context, tx pgx.Tx, after string) ([]string, error) {
	rows, err := tx.Query(ctx, `select course_id from courses where course_id > $1 order by course_id limit $2`, after, coursePage)
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	return ids, nil
}

// Swept counts the rows that a clean-up took. Expired are those that AlsoSweep took.
type Swept struct{ Listed, Versions, Chunks, Vectors, Files, Jobs, Expired int64 }

func (s *Swept) add(more Swept) {
	s.Listed += more.Listed
	s.Versions += more.Versions
	s.Chunks += more.Chunks
	s.Vectors += more.Vectors
	s.Files += more.Files
	s.Jobs += more.Jobs
	s.Expired += more.Expired
}

// Sweep cleans one course: of versions that are not active and were replaced longer ago than keep, the entries that no
// answer cites, and then the versions and chunks that nothing refers to; staged vectors, files and finished jobs older
// than keep. What an answer cites, and the text that its drafts were judged against, stays for as long as the answer does. The
// file of the active version stays, too.
func (in *Ingester) Sweep(ctx context.Context, course string, keep time.Duration) (Swept, error) {
	var s Swept
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) (err error) {
		for _, step := range []struct {
			count *int64
			sql   string
		}{
			{&s.Listed, `
delete from version_chunks vc
using lectures l, lecture_versions v, lecture_versions next
where vc.course_id = $1 and l.course_id = $1 and v.course_id = $1 and next.course_id = $1
  and l.lecture_id = vc.lecture_id and l.active_version > vc.version
  and v.lecture_id = vc.lecture_id and v.version = vc.version
  and next.lecture_id = vc.lecture_id and next.published_at < now() - $2::interval
  and next.version = (select min(n.version) from lecture_versions n
                      where n.course_id = $1 and n.lecture_id = vc.lecture_id and n.version > vc.version)
  and not exists (select from answer_citations a
                  where a.course_id = $1 and a.lecture_id = vc.lecture_id and a.version = vc.version and a.chunk_id = vc.chunk_id)`},
			{&s.Versions, `
delete from lecture_versions v
using lectures l
where v.course_id = $1 and l.course_id = $1 and l.lecture_id = v.lecture_id and v.version is distinct from l.active_version
  and v.published_at < now() - $2::interval
  and not exists (select from version_chunks vc where vc.course_id = $1 and vc.lecture_id = v.lecture_id and vc.version = v.version)`},
			{&s.Chunks, `
delete from chunks c
where c.course_id = $1 and c.created_at < now() - $2::interval
  and not exists (select from version_chunks vc where vc.course_id = $1 and vc.chunk_id = c.chunk_id)
  and not exists (select from answer_passages p where p.course_id = $1 and p.chunk_id = c.chunk_id)`},
			{&s.Vectors, `
delete from staged_vectors
where course_id = $1 and created_at < now() - $2::interval`},
			{&s.Files, `
update ingest_jobs j
set source = null
where j.course_id = $1 and j.source is not null and j.finished_at < now() - $2::interval
  and not exists (select from lectures l
                  join lecture_versions v on v.course_id = $1 and v.lecture_id = l.lecture_id and v.version = l.active_version
                  where l.course_id = $1 and l.lecture_id = j.lecture_id and v.job_id = j.job_id)`},
			{&s.Jobs, `
delete from ingest_jobs
where course_id = $1 and source is null and finished_at < now() - $2::interval`},
		} {
			tag, err := tx.Exec(ctx, step.sql, course, keep)
			if err != nil {
				return err
			}
			*step.count = tag.RowsAffected()
		}
		if in.AlsoSweep != nil {
			if s.Expired, err = in.AlsoSweep(ctx, tx, course); err != nil {
				return err
			}
		}
		in.at(StepSweeping)
		return nil
	})
	if err != nil {
		return Swept{}, fmt.Errorf("cleaning course %s: %w", course, err)
	}
	return s, nil
}
