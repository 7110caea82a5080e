package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// ErrNotKept says that the file a version was made of is not there: the version is older than jobs, which keep it.
var ErrNotKept = errors.New("the uploaded file was not kept")

// An Original is the uploaded file that the active version of a lecture was made of. Its bytes are read with
// [Ingester.WriteOriginal].
type Original struct {
	Course, Lecture string
	Job             string // that published it, and keeps it
	Version         int    // of the lecture
	Name            string // as it was uploaded; somebody else's words
	Bytes           int
	ETag            string // without quotes
}

// ETag names what a lecture shows, for conditions: the job that published it, or the version where that is older than
// jobs. "" for a lecture that shows nothing. See [Condition].
func ETag(job string, version int) string { return etag(job, version) }

// Transcript says which file the active version of a lecture was made of. The errors are ErrNoCourse, ErrNoLecture (also
// when nothing is published yet), ErrDeleted of course or lecture, and ErrNotKept.
func (in *Ingester) Transcript(ctx context.Context, course, lecture string) (Original, error) {
	found, err := postgres.Collect(ctx, in.DB, course, func(row pgx.CollectableRow) (Original, error) {
		o := Original{Course: course, Lecture: lecture}
		var deleted, kept bool
		err := row.Scan(&deleted, &o.Version, &o.Job, &kept, &o.Name, &o.Bytes)
		o.ETag = ETag(o.Job, o.Version)
		switch {
		case err != nil:
			return o, err
		case deleted:
			return o, ErrDeleted
		case o.Version == 0:
			return o, ErrNoLecture
		case !kept:
			return o, ErrNotKept
		}
		return o, nil
	}, `
select coalesce(c.deleted_at, l.deleted_at) is not null, coalesce(v.version, 0), coalesce(v.job_id, ''), j.source is not null,
       coalesce(j.source_name, ''), coalesce(j.source_bytes, 0)
from courses c
left join lectures l on l.course_id = c.course_id and l.lecture_id = $2
left join lecture_versions v on v.course_id = $1 and v.lecture_id = $2 and v.version = l.active_version
left join ingest_jobs j on j.course_id = $1 and j.job_id = v.job_id
where c.course_id = $1`, course, lecture)
	if err == nil && len(found) == 0 {
		err = ErrNoCourse
	}
	if err != nil {
		return Original{}, fmt.Errorf("transcript of %s/%s: %w", course, lecture, err)
	}
	return found[0], nil
}

// originalPiece is how many bytes of a file are in memory at a time while it is written out.
const originalPiece = 1 << 20

// WriteOriginal writes the bytes of o to w, in pieces, so that a slow reader of a large file holds little memory and no
// connection. A file that is deleted or replaced and cleaned away meanwhile is ErrNotKept: nothing more of it leaves.
func (in *Ingester) WriteOriginal(ctx context.Context, w io.Writer, o Original) error {
	for at := 0; at < o.Bytes; at += originalPiece {
		// The column is stored uncompressed and out of line, so the database reads no more than the piece.
		pieces, err := postgres.Collect(ctx, in.DB, o.Course, pgx.RowTo[[]byte], `
select substring(source from $3 for $4) from ingest_jobs where course_id = $1 and job_id = $2 and source is not null`,
			o.Course, o.Job, at+1, originalPiece)
		if err == nil && (len(pieces) == 0 || len(pieces[0]) != min(originalPiece, o.Bytes-at)) {
			err = ErrNotKept
		}
		if err == nil {
			_, err = w.Write(pieces[0])
		}
		if err != nil {
			return fmt.Errorf("transcript of %s/%s, from byte %d: %w", o.Course, o.Lecture, at, err)
		}
	}
	return nil
}
