package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// DeleteLecture deletes a lecture on purpose: its text is gone from every table, and what is left is a tombstone, the ids
// and times that answers cite, so that an old citation is answered with "gone". A pending job is superseded. A lecture
// that is not there is ErrNoLecture, one that was deleted before ErrDeleted. cond is as for [Ingester.Accept].
func (in *Ingester) DeleteLecture(ctx context.Context, course, lecture string, cond Condition) error {
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		now, err := lockForDeletion(ctx, tx, course, lecture)
		if err != nil {
			return err
		}
		if err := lockCourse(ctx, tx, courseForDeletion, course); err != nil {
			return err
		}
		if !cond.met(now) {
			return ErrCondition
		}
		if err := in.bury(ctx, tx, course, lecture); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update courses set content_version = content_version + 1 where course_id = $1`, course)
		in.at(StepDeleting)
		return err
	})
	if err != nil {
		return fmt.Errorf("lecture %s/%s: %w", course, lecture, err)
	}
	in.at(StepDeleted)
	return nil
}

// DeleteCourse deletes a course with all its lectures on purpose and leaves their tombstones. [Ingester.CreateCourse]
// may use the name again.
func (in *Ingester) DeleteCourse(ctx context.Context, course string) error {
	var err error
	for range 3 { // a lecture that was accepted and is published at this very moment can make a deadlock
		var failed *pgconn.PgError
		if err = in.deleteCourse(ctx, course); !errors.As(err, &failed) || failed.Code != "40P01" {
			return err
		}
	}
	return err
}

// courseForDeletion locks the course against uploads and publishes; foreign keys may still look at it.
const courseForDeletion = `select deleted_at is not null from courses where course_id = $1 for no key update`

func (in *Ingester) deleteCourse(ctx context.Context, course string) error {
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		lectures, err := lockLectures(ctx, tx, course, nil)
		if err != nil {
			return err
		}
		// From here on nobody's upload is accepted; see courseIsThere. One that was accepted a moment ago is caught below.
		if err := lockCourse(ctx, tx, courseForDeletion, course); err != nil {
			return err
		}
		more, err := lockLectures(ctx, tx, course, lectures)
		if err != nil {
			return err
		}
		lectures = append(lectures, more...)
		for _, lecture := range lectures {
			if err := in.bury(ctx, tx, course, lecture); err != nil {
				return fmt.Errorf("lecture %s: %w", lecture, err)
			}
		}
		if _, err := tx.Exec(ctx, `delete from staged_vectors where course_id = $1`, course); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
update courses
set deleted_at = now(), title = course_id, content_version = content_version + 1
where course_id = $1`, course)
		in.at(StepDeleting)
		return err
	})
	if err != nil {
		return fmt.Errorf("course %s: %w", course, err)
	}
	in.at(StepDeleted)
	return nil
}

// lockLectures locks the lectures of a course except those that are locked already.
func lockLectures(ctx context.Context, tx pgx.Tx, course string, locked []string) ([]string, error) {
	rows, err := tx.Query(ctx, `
select lecture_id
from lectures
where course_id = $1 and lecture_id <> all($2)
order by lecture_id
for update`, course, append([]string{}, locked...))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// lockForDeletion is lockForUpload for a lecture that must be there.
func lockForDeletion(ctx context.Context, tx pgx.Tx, course, lecture string) (standing, error) {
	var deleted bool
	err := tx.QueryRow(ctx, `
select deleted_at is not null
from lectures
where course_id = $1 and lecture_id = $2
for update`, course, lecture).Scan(&deleted)
	if errors.Is(err, pgx.ErrNoRows) {
		return standing{}, ErrNoLecture
	}
	if err != nil {
		return standing{}, err
	}
	now, err := standingOf(ctx, tx, course, lecture)
	switch {
	case err != nil:
		return standing{}, err
	case now.active.number == 0 && now.pending == "" && deleted:
		return standing{}, ErrDeleted
	case now.active.number == 0 && now.pending == "":
		return standing{}, ErrNoLecture
	}
	return now, nil
}

// bury takes a locked lecture out of search and erases its text. Of versions and chunks only those rows stay that answers
// cite. Who holds other copies of the text erases them through in.Forget.
func (in *Ingester) bury(ctx context.Context, tx pgx.Tx, course, lecture string) error {
	queue, err := in.inserter()
	if err != nil {
		return err
	}
	if err := supersede(ctx, tx, queue, course, lecture); err != nil {
		return err
	}
	if in.Forget != nil {
		if err := in.Forget(ctx, tx, course, lecture); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		`update lectures set active_version = null, deleted_at = now(), title = lecture_id where course_id = $1 and lecture_id = $2`,
		`update ingest_jobs set source = null, title = '', source_name = '' where course_id = $1 and lecture_id = $2`,
		`delete from lecture_postings where course_id = $1 and lecture_id = $2`,
		`delete from chunk_vectors where course_id = $1 and lecture_id = $2`,
		`
delete from staged_vectors s
using chunks c
where s.course_id = $1 and c.course_id = $1 and c.lecture_id = $2 and s.input_sha256 = sha256(convert_to(c.text, 'UTF8'))`,
		`
delete from version_chunks vc
where vc.course_id = $1 and vc.lecture_id = $2
  and not exists (select from answer_citations a
                  where a.course_id = $1 and a.lecture_id = vc.lecture_id and a.version = vc.version and a.chunk_id = vc.chunk_id)`,
		`update version_chunks set cue_speakers = '{}', heading = '' where course_id = $1 and lecture_id = $2`,
		`
delete from lecture_versions v
where v.course_id = $1 and v.lecture_id = $2
  and not exists (select from version_chunks vc where vc.course_id = $1 and vc.lecture_id = v.lecture_id and vc.version = v.version)`,
		`update lecture_versions set warnings = '[]', source_name = '' where course_id = $1 and lecture_id = $2`,
		`
delete from chunks c
where c.course_id = $1 and c.lecture_id = $2
  and not exists (select from version_chunks vc where vc.course_id = $1 and vc.chunk_id = c.chunk_id)`,
		`update chunks set text = null where course_id = $1 and lecture_id = $2`,
	} {
		if _, err := tx.Exec(ctx, statement, course, lecture); err != nil {
			return err
		}
	}
	return nil
}
