package retrieve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// course is the postings of a course's visible lectures as of one content version.
type course struct {
	id       string
	version  int64
	language string
	analyzer *lexical.Analyzer
	lectures []*lecture      // by position, then id
	deleted  map[string]bool // lectures that left a tombstone
	bytes    int
}

type lecture struct {
	id        string
	position  int32
	version   int64 // the course's content version when this lecture was published
	number    int32 // the lecture's own version
	space     int32 // in which its chunks have vectors
	analyzer  string
	postings  *lexical.Postings // of that analyser's terms
	chunks    []string          // ids, by ordinal
	added     []atomic.Int32    // what packing counted: 1 + the tokens that each chunk adds behind the one before it; 0: not yet
	chunkEnds []int64           // ms at which each chunk's last cue ends, by ordinal; math.MaxInt64 in a lecture without times
}

// counted is where the packer keeps what it counted of a chunk, nil if the cache has another version of the lecture.
func (c *course) counted(f *found) *atomic.Int32 {
	i := slices.IndexFunc(c.lectures, func(l *lecture) bool { return l.id == f.lecture })
	if i < 0 || int(c.lectures[i].number) != f.version || f.chunk.Ordinal >= len(c.lectures[i].added) {
		return nil
	}
	return &c.lectures[i].added[f.chunk.Ordinal]
}

// memBytes is about what the lecture holds: a chunk's id is 35 bytes behind a header of 16.
func (l *lecture) memBytes() int {
	const header = 256
	return header + l.postings.MemBytes() + len(l.chunks)*(48+16+4) + 8*len(l.chunkEnds)
}

// within returns the lectures that scope allows, in order, or ErrNoLecture or ErrLectureDeleted.
func (c *course) within(scope postgres.Scope) ([]*lecture, error) {
	if len(scope.Lectures) == 0 {
		return c.lectures, nil
	}
	var out []*lecture
	for _, l := range c.lectures {
		if slices.Contains(scope.Lectures, l.id) {
			out = append(out, l)
		}
	}
	for _, id := range scope.Lectures {
		switch {
		case c.deleted[id]:
			return nil, fmt.Errorf("lecture %q: %w", id, ErrLectureDeleted)
		case !slices.ContainsFunc(out, func(l *lecture) bool { return l.id == id }):
			return nil, fmt.Errorf("lecture %q: %w", id, ErrNoLecture)
		}
	}
	return out, nil
}

// postingsSQL lists every visible lecture, with its postings where they are newer than content version $2, and every
// deleted one.
const postingsSQL = `
select c.content_version, c.language, c.deleted_at is not null, l.lecture_id, l.deleted_at is not null, l.position, p.content_version, p.version, p.analyzer,
       case when p.content_version > $2 then p.packed end,
       vc.ids, vc.ends, coalesce(vc.space, 0)
from courses c
left join lectures l on l.course_id = c.course_id and (l.active_version is not null or l.deleted_at is not null)
left join lecture_postings p on p.course_id = l.course_id and p.lecture_id = l.lecture_id
left join lateral (
    select array_agg(k.chunk_id order by k.ordinal) as ids,
           array_agg(case when lv.timed then (select max(e) from unnest(k.cue_ends) as e) else 9223372036854775807 end order by k.ordinal) as ends,
           min(lv.space_id) as space
    from lecture_versions lv
    join version_chunks k on k.course_id = $1 and k.lecture_id = lv.lecture_id and k.version = lv.version
    where p.content_version > $2 and lv.course_id = $1 and lv.lecture_id = l.lecture_id and lv.version = l.active_version
) vc on true
where c.course_id = $1`

func (c *cache) load(ctx context.Context, id string, old *course) (*course, error) {
	since := int64(-1)
	have := map[string]*lecture{}
	if old != nil {
		since = old.version
		for _, l := range old.lectures {
			have[l.id] = l
		}
	}
	var fresh *course
	err := c.db.Query(ctx, id, func(rows pgx.Rows) error {
		var version int64
		var language string
		var courseDeleted, deleted bool
		var lectureID *string
		var position *int32
		var published *int64
		var number *int32
		var analyzer *string
		var packed []byte
		var ids []string
		var ends []int64
		var space int32
		_, err := pgx.ForEachRow(rows, []any{&version, &language, &courseDeleted, &lectureID, &deleted, &position, &published, &number, &analyzer, &packed, &ids, &ends, &space}, func() error {
			if fresh == nil {
				fresh = &course{id: id, version: version, language: language, deleted: map[string]bool{}}
			}
			if courseDeleted {
				return ErrCourseDeleted
			}
			if deleted {
				fresh.deleted[*lectureID] = true
				return nil
			}
			if lectureID == nil || published == nil {
				return nil
			}
			l := have[*lectureID]
			if packed != nil {
				postings, err := lexical.Unpack(packed)
				if err != nil {
					return fmt.Errorf("lecture %s: %w", *lectureID, err)
				}
				if postings.Docs() != len(ends) {
					return fmt.Errorf("lecture %s: postings of %d chunks, but the version has %d", *lectureID, postings.Docs(), len(ends))
				}
				l = &lecture{id: *lectureID, version: *published, number: *number, space: space, analyzer: *analyzer, postings: postings, chunks: slices.Clone(ids), added: make([]atomic.Int32, len(ids)), chunkEnds: slices.Clone(ends)}
			}
			if l == nil {
				return fmt.Errorf("lecture %s: published at content version %d, which this cache never saw", *lectureID, *published)
			}
			if l.position != *position {
				moved := *l
				moved.position = *position
				l = &moved
			}
			fresh.lectures = append(fresh.lectures, l)
			return nil
		})
		return err
	}, postingsSQL, id, since)
	if err != nil {
		return nil, fmt.Errorf("course %s: loading postings: %w", id, err)
	}
	if fresh == nil {
		return nil, fmt.Errorf("course %q: %w", id, ErrNoCourse)
	}
	slices.SortFunc(fresh.lectures, func(a, b *lecture) int {
		return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.id, b.id))
	})
	if fresh.analyzer, err = lexical.NewAnalyzer(fresh.language); err != nil {
		return nil, fmt.Errorf("course %s: %w", id, err)
	}
	if err := c.reindex(ctx, fresh); err != nil {
		return nil, fmt.Errorf("course %s: indexing for another language: %w", id, err)
	}
	for _, l := range fresh.lectures {
		fresh.bytes += l.memBytes()
	}
	for lecture := range fresh.deleted {
		fresh.bytes += len(lecture) + 64 // about what a map's entry takes
	}
	return fresh, nil
}
