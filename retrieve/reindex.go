package retrieve

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// textsSQL reads the texts and headings of lectures in the versions that a load saw, and whether they are still the active ones.
// Versions are immutable, so it does not matter that this is a later statement, except where the lecture was deleted in
// between: then texts are missing.
const textsSQL = `
select l.lecture_id, l.title, coalesce(l.active_version = wanted.version, false), array(
    select k.text
    from version_chunks vc
    join chunks k on k.course_id = vc.course_id and k.chunk_id = vc.chunk_id and k.text is not null
    where vc.course_id = $1 and vc.lecture_id = l.lecture_id and vc.version = wanted.version
    order by vc.ordinal), array(
    select vc.heading
    from version_chunks vc
    where vc.course_id = $1 and vc.lecture_id = l.lecture_id and vc.version = wanted.version
    order by vc.ordinal)
from unnest($2::text[], $3::integer[]) as wanted (lecture_id, version)
join lectures l on l.course_id = $1 and l.lecture_id = wanted.lecture_id`

// reindex builds anew, in memory, the postings that another analyser than the course's made: after its language was
// changed, or after an upgrade, and until each lecture is ingested again. Terms of two analysers do not match, and their
// statistics do not add up.
func (c *cache) reindex(ctx context.Context, fresh *course) error {
	at := map[string]int{}
	var ids []string
	var numbers []int32
	for i, l := range fresh.lectures {
		if l.analyzer != fresh.analyzer.Name() {
			at[l.id] = i
			ids, numbers = append(ids, l.id), append(numbers, l.number)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	gone := map[string]bool{}
	err := c.db.Query(ctx, fresh.id, func(rows pgx.Rows) error {
		var id, title string
		var active bool
		var texts, headings []string
		_, err := pgx.ForEachRow(rows, []any{&id, &title, &active, &texts, &headings}, func() error {
			l := *fresh.lectures[at[id]] // the old one may be in use
			if len(texts) != len(l.chunkEnds) {
				if !active { // the content version has moved on with it, which the search will notice
					gone[id] = true
					return nil
				}
				return fmt.Errorf("lecture %s: %d of %d chunks of version %d are there", id, len(texts), len(l.chunkEnds), l.number)
			}
			l.postings, l.analyzer = lexical.BuildUnder(fresh.analyzer, title, headings, texts), fresh.analyzer.Name()
			fresh.lectures[at[id]] = &l
			return nil
		})
		return err
	}, textsSQL, fresh.id, ids, numbers)
	fresh.lectures = slices.DeleteFunc(fresh.lectures, func(l *lecture) bool { return gone[l.id] })
	return err
}
