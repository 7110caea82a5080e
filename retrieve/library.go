package retrieve

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// CourseInfo is a course as a list shows it.
type CourseInfo struct {
	ID, Title, Language string
	ContentVersion      int64
}

// LectureInfo is a published lecture as a list shows it.
type LectureInfo struct {
	ID, Title   string
	Version     int
	Timed       bool
	DurationMS  int64
	Chunks      int
	Space       string // the embedding space it was ingested in; another one than the searcher's has no vector leg
	PublishedAt time.Time
}

// Courses lists the courses that were not deleted, by id. limit is 1 to 1,000; after is the id to go on from, or "".
func (s *Searcher) Courses(ctx context.Context, after string, limit int) ([]CourseInfo, error) {
	courses, err := postgres.Collect(ctx, s.db, "", func(row pgx.CollectableRow) (c CourseInfo, err error) {
		return c, row.Scan(&c.ID, &c.Title, &c.Language, &c.ContentVersion)
	}, `
select course_id, title, language, content_version
from courses
where course_id > $1 and deleted_at is null
order by course_id
limit $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	return courses, nil
}

// Course returns one course, or ErrNoCourse or ErrCourseDeleted.
func (s *Searcher) Course(ctx context.Context, id string) (CourseInfo, error) {
	type row struct {
		CourseInfo
		deleted bool
	}
	found, err := postgres.Collect(ctx, s.db, id, func(r pgx.CollectableRow) (c row, err error) {
		return c, r.Scan(&c.ID, &c.Title, &c.Language, &c.ContentVersion, &c.deleted)
	}, `select course_id, title, language, content_version, deleted_at is not null from courses where course_id = $1`, id)
	switch {
	case err != nil:
		return CourseInfo{}, fmt.Errorf("course %s: %w", id, err)
	case len(found) == 0:
		return CourseInfo{}, fmt.Errorf("course %q: %w", id, ErrNoCourse)
	case found[0].deleted:
		return CourseInfo{}, fmt.Errorf("course %q: %w", id, ErrCourseDeleted)
	}
	return found[0].CourseInfo, nil
}

// Lectures lists the published lectures of a course in their order, or returns the error of [Searcher.Course].
func (s *Searcher) Lectures(ctx context.Context, scope postgres.Scope) ([]LectureInfo, error) {
	if _, err := s.Course(ctx, scope.Course); err != nil {
		return nil, err
	}
	lectures, err := postgres.Collect(ctx, s.db, scope.Course, func(row pgx.CollectableRow) (l LectureInfo, err error) {
		return l, row.Scan(&l.ID, &l.Title, &l.Version, &l.Timed, &l.DurationMS, &l.Chunks, &l.Space, &l.PublishedAt)
	}, `
select l.lecture_id, l.title, v.version, v.timed, v.duration_ms, v.chunks, s.name, v.published_at
from lectures l
join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
join embedding_spaces s on s.space_id = v.space_id
where l.course_id = $1
order by l.position, l.lecture_id`, scope.Course)
	if err != nil {
		return nil, fmt.Errorf("course %s: listing lectures: %w", scope.Course, err)
	}
	return lectures, nil
}
