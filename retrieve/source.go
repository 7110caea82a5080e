package retrieve

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

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

// sourceSQL always gives a row where there is such a course, so that what was deleted is told from what never was.
const sourceSQL = `
select c.deleted_at is not null, l.deleted_at is not null, vc.chunk_id is not null,
       coalesce(l.title, ''), coalesce(vc.version, 0), coalesce(vc.version = l.active_version, false), coalesce(vc.ordinal, 0),
       k.text, coalesce(v.timed, false), vc.cue_offsets, vc.cue_starts, vc.cue_ends, vc.cue_speakers
from courses c
left join lectures l on l.course_id = c.course_id and l.lecture_id = $2
left join version_chunks vc on vc.course_id = $1 and vc.lecture_id = $2 and vc.chunk_id = $3
                           and vc.version = case when $4 = 0 then l.active_version else $4 end
left join lecture_versions v on v.course_id = $1 and v.lecture_id = $2 and v.version = vc.version
left join chunks k on k.course_id = $1 and k.chunk_id = vc.chunk_id
where c.course_id = $1`

// Source resolves a citation. version 0 means the active version; a retired version resolves as long as an answer
// cites it. The error is ErrNoChunk when course, lecture, version and chunk do not belong together, and ErrDeleted (as
// one of its two) when the course or the lecture was deleted, whether the chunk was ever cited or not. A chunk that was
// deleted with its lecture stays so when the lecture is uploaded anew, unless the upload brings its text back.
func (s *Searcher) Source(ctx context.Context, scope postgres.Scope, lecture, chunk string, version int) (Source, error) {
	found, err := postgres.Collect(ctx, s.db, scope.Course, func(row pgx.CollectableRow) (Source, error) {
		src := Source{Course: scope.Course, Lecture: lecture, ChunkID: chunk}
		var courseDeleted, lectureDeleted, there bool
		var text *string
		var offsets []int32
		var starts, ends []int64
		var speakers []string
		err := row.Scan(&courseDeleted, &lectureDeleted, &there, &src.Title, &src.Version, &src.Active, &src.Ordinal, &text, &src.Timed,
			&offsets, &starts, &ends, &speakers)
		switch {
		case err != nil:
			return src, err
		case courseDeleted:
			return src, ErrCourseDeleted
		case lectureDeleted, there && text == nil:
			return src, ErrLectureDeleted
		case !there:
			return src, ErrNoChunk
		}
		src.Text = *text
		for i := range offsets {
			cue := Cue{Offset: int(offsets[i]), StartMS: starts[i], EndMS: ends[i]}
			if len(speakers) > 0 {
				cue.Speaker = speakers[i]
			}
			src.Cues = append(src.Cues, cue)
		}
		return src, nil
	}, sourceSQL, scope.Course, lecture, chunk, version)
	if err == nil && len(found) == 0 {
		err = ErrNoChunk
	}
	if err != nil {
		return Source{}, fmt.Errorf("chunk %q: %w", chunk, err)
	}
	return found[0], nil
}
