package retrieve

import (
	"context"
	"errors"
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

// ErrNoChunk says that this lecture's version holds no such chunk.
var ErrNoChunk = errors.New("no such chunk in this version of the lecture")

// A Source is a cited chunk, resolved: its text and the times it had in that version.
type Source struct {
	Course, Lecture, Title string
	Version                int
	Active                 bool // this version is the one that is searched now
	ChunkID                string
	Ordinal                int
	Text                   string
	Timed                  bool
	Cues                   []Cue
}

// Courses lists all courses by id. limit is 1 to 1,000; after is the id to go on from, or "".
func (s *Searcher) Courses(ctx context.Context, after string, limit int) ([]CourseInfo, error) {
	courses, err := postgres.Collect(ctx, s.db, "", func(row pgx.CollectableRow) (c CourseInfo, err error) {
		return c, row.Scan(&c.ID, &c.Title, &c.Language, &c.ContentVersion)
	}, `
select course_id, title, language, content_version
from courses
where course_id > $1
order by course_id
limit $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	return courses, nil
}

// Course returns one course, or ErrNoCourse.
func (s *Searcher) Course(ctx context.Context, id string) (CourseInfo, error) {
	found, err := postgres.Collect(ctx, s.db, id, func(row pgx.CollectableRow) (c CourseInfo, err error) {
		return c, row.Scan(&c.ID, &c.Title, &c.Language, &c.ContentVersion)
	}, `select course_id, title, language, content_version from courses where course_id = $1`, id)
	if err != nil {
		return CourseInfo{}, fmt.Errorf("course %s: %w", id, err)
	}
	if len(found) == 0 {
		return CourseInfo{}, fmt.Errorf("course %q: %w", id, ErrNoCourse)
	}
	return found[0], nil
}

// Lectures lists the published lectures of a course in their order. ErrNoCourse if there is no such course.
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

// Source resolves a citation. version 0 means the active version; a retired version resolves as long as an answer
// cites it. The error is ErrNoChunk when course, lecture, version and chunk do not belong together.
func (s *Searcher) Source(ctx context.Context, scope postgres.Scope, lecture, chunk string, version int) (Source, error) {
	found, err := postgres.Collect(ctx, s.db, scope.Course, func(row pgx.CollectableRow) (Source, error) {
		src := Source{Course: scope.Course, Lecture: lecture, ChunkID: chunk}
		var offsets []int32
		var starts, ends []int64
		var speakers []string
		err := row.Scan(&src.Title, &src.Version, &src.Active, &src.Ordinal, &src.Text, &src.Timed, &offsets, &starts, &ends, &speakers)
		for i := range offsets {
			cue := Cue{Offset: int(offsets[i]), StartMS: starts[i], EndMS: ends[i]}
			if len(speakers) > 0 {
				cue.Speaker = speakers[i]
			}
			src.Cues = append(src.Cues, cue)
		}
		return src, err
	}, `
select l.title, vc.version, vc.version = l.active_version, vc.ordinal, c.text, v.timed, vc.cue_offsets, vc.cue_starts, vc.cue_ends, vc.cue_speakers
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id
join lecture_versions v on v.course_id = vc.course_id and v.lecture_id = vc.lecture_id and v.version = vc.version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
where l.course_id = $1 and l.lecture_id = $2 and vc.chunk_id = $3
  and vc.version = case when $4 = 0 then l.active_version else $4 end`, scope.Course, lecture, chunk, version)
	if err != nil {
		return Source{}, fmt.Errorf("chunk %s: %w", chunk, err)
	}
	if len(found) == 0 {
		return Source{}, fmt.Errorf("chunk %q: %w", chunk, ErrNoChunk)
	}
	return found[0], nil
}
