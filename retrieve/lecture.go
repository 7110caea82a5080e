package retrieve

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// LectureDetail is what is known of a lecture's active version.
type LectureDetail struct {
	LectureInfo
	Position         int
	Name             string // of the uploaded file
	Format, Encoding string // as they were found by content
	Words, Tokens    int    // overlap counted once; overlap counted twice, cl100k_base
	Removed          map[string]int
	Warnings         []Warning
	Job              string // that published the version; "" in versions older than jobs
	Pending          string // the job of an upload that is not through yet; "" for none
}

// A Warning is something odd that the parser found in the file.
type Warning struct {
	Line    int // 0: the whole file
	Message string
}

// Lecture returns a lecture with its active version. ErrNoLecture: there is none, or none of its uploads was published
// yet. ErrNoCourse and ErrDeleted as one of its two are the other errors.
func (s *Searcher) Lecture(ctx context.Context, scope postgres.Scope, id string) (LectureDetail, error) {
	found, err := postgres.Collect(ctx, s.db, scope.Course, func(row pgx.CollectableRow) (LectureDetail, error) {
		d := LectureDetail{LectureInfo: LectureInfo{ID: id}}
		var courseDeleted, deleted bool
		err := row.Scan(&courseDeleted, &deleted, &d.Version, &d.Title, &d.Position, &d.Timed, &d.DurationMS, &d.Chunks, &d.Space, &d.PublishedAt,
			&d.Name, &d.Format, &d.Encoding, &d.Words, &d.Tokens, &d.Removed, &d.Warnings, &d.Job, &d.Pending)
		switch {
		case err != nil:
			return d, err
		case courseDeleted:
			return d, ErrCourseDeleted
		case deleted:
			return d, ErrLectureDeleted
		case d.Version == 0:
			return d, ErrNoLecture
		}
		return d, nil
	}, `
select c.deleted_at is not null, l.deleted_at is not null, coalesce(v.version, 0), coalesce(l.title, ''), coalesce(l.position, 0),
       coalesce(v.timed, false), coalesce(v.duration_ms, 0), coalesce(v.chunks, 0), coalesce(s.name, ''), coalesce(v.published_at, 'epoch'),
       coalesce(v.source_name, ''), coalesce(v.format, ''), coalesce(v.encoding, ''), coalesce(v.words, 0), coalesce(v.tokens, 0),
       coalesce(v.removed, '{}'), coalesce(v.warnings, '[]'), coalesce(v.job_id, ''),
       coalesce((select j.job_id from ingest_jobs j where j.course_id = $1 and j.lecture_id = $2 and j.finished_at is null), '')
from courses c
left join lectures l on l.course_id = c.course_id and l.lecture_id = $2
left join lecture_versions v on v.course_id = $1 and v.lecture_id = $2 and v.version = l.active_version
left join embedding_spaces s on s.space_id = v.space_id
where c.course_id = $1`, scope.Course, id)
	if err == nil && len(found) == 0 {
		err = ErrNoCourse
	}
	if err != nil {
		return LectureDetail{}, fmt.Errorf("lecture %s/%s: %w", scope.Course, id, err)
	}
	return found[0], nil
}
