package answer

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Forget erases what answers keep of a deleted lecture's words, in the transaction that deletes it, which must hold the
// lecture's row: the text of sentences that cite it, its quotes, and every draft that was written from passages of it,
// released or not, with the model's reasoning and what is needed to judge the draft. The lecture's title becomes its id, as in
// its tombstone. The evidence stays: which chunks were
// retrieved and cited, with their times, the verdicts, tokens and cost; so do the student's questions, and quotes of other
// lectures.
//
// A stored citation of a deleted lecture says "deleted": true and has an empty quote. It says so also after the lecture is
// uploaded again: what was sent to the student is not known any more.
func Forget(ctx context.Context, tx pgx.Tx, course, lecture string) error {
	for _, statement := range []string{
		`
delete from answer_reasoning r
using answers a
where r.course_id = $1 and a.course_id = $1 and a.answer_id = r.answer_id
  and a.retrieved @> jsonb_build_array(jsonb_build_object('lecture', $2::text))`,
		`
delete from answer_passages p
using answers a
where p.course_id = $1 and a.course_id = $1 and a.answer_id = p.answer_id
  and a.retrieved @> jsonb_build_array(jsonb_build_object('lecture', $2::text))`,
		`
update answer_attempts t
set draft = null, judged = judged - 'glossary'
from answers a
where t.course_id = $1 and a.course_id = $1 and a.answer_id = t.answer_id and (t.draft is not null or t.judged ? 'glossary')
  and a.retrieved @> jsonb_build_array(jsonb_build_object('lecture', $2::text))`,
		`
update answers a
set sentences = coalesce((
        select jsonb_agg(case when s.v -> 'citations' @> jsonb_build_array(jsonb_build_object('lecture', $2::text))
                              then s.v || jsonb_build_object('text', '', 'citations', (
                                       select jsonb_agg(case when c.v ->> 'lecture' = $2
                                                             then c.v || jsonb_build_object('quote', '', 'lecture_title', $2::text, 'deleted', true)
                                                             else c.v end order by c.i)
                                       from jsonb_array_elements(s.v -> 'citations') with ordinality as c (v, i)))
                              else s.v end order by s.i)
        from jsonb_array_elements(a.sentences) with ordinality as s (v, i)), '[]'),
    retrieved = (
        select jsonb_agg(case when p.v ->> 'lecture' = $2 then p.v || jsonb_build_object('lecture_title', $2::text) else p.v end order by p.i)
        from jsonb_array_elements(a.retrieved) with ordinality as p (v, i))
where a.course_id = $1 and a.retrieved @> jsonb_build_array(jsonb_build_object('lecture', $2::text))`,
	} {
		if _, err := tx.Exec(ctx, statement, course, lecture); err != nil {
			return fmt.Errorf("erasing lecture %s/%s from answers: %w", course, lecture, err)
		}
	}
	return nil
}
