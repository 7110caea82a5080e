package answer

import (
	"context"

	"github.com/lectern-tutor/lectern/postgres"
)

// Check looks whether everything that was answered in a course still holds: every citation resolves to the words and
// times it was released with, and of deleted lectures no words are left. It reads one snapshot. The findings are one per
// rule, in order.
func Check(ctx context.Context, db *postgres.DB, course string) ([]postgres.Finding, error) {
	return db.Check(ctx, course, invariants)
}

// invariants are the rules of answer's tables. A citation that breaks one is passed over by those that could not judge
// it.
var invariants = []postgres.Rule{
	{Name: "every citation resolves to a chunk of its version", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', k.course_id, k.answer_id, k.chunk_id) as example,
           vc.chunk_id is null or c.chunk_id is null or c.lecture_id <> k.lecture_id as broken
    from answer_citations k
    left join version_chunks vc on vc.course_id = k.course_id and vc.lecture_id = k.lecture_id and vc.version = k.version and vc.chunk_id = k.chunk_id
    left join chunks c on c.course_id = k.course_id and c.chunk_id = k.chunk_id
    where k.course_id = $1
) r`},
	{Name: "a quote lies inside its chunk", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', k.course_id, k.answer_id, k.chunk_id) as example,
           k.quote_start < 0 or k.quote_end <= k.quote_start or k.quote_end > octet_length(c.text) as broken
    from answer_citations k
    join chunks c on c.course_id = k.course_id and c.chunk_id = k.chunk_id
    where k.course_id = $1 and c.text is not null
) r`},
	{Name: "a citation stands in its answer as it was sent", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', k.course_id, k.answer_id, k.chunk_id) as example,
           (sent.v ->> 'course', sent.v ->> 'lecture', sent.v ->> 'version', sent.v ->> 'chunk_id', sent.v ->> 'start_ms', sent.v ->> 'end_ms')
           is distinct from (k.course_id, k.lecture_id, k.version::text, k.chunk_id, k.start_ms::text, k.end_ms::text) as broken
    from answer_citations k
    join answers a on a.course_id = k.course_id and a.answer_id = k.answer_id
    cross join lateral (select a.sentences -> k.sentence::integer -> 'citations' -> k.citation::integer as v) sent
    where k.course_id = $1
) r`},
	{Name: "a quote is the very bytes of its chunk", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', k.course_id, k.answer_id, k.chunk_id) as example,
           convert_to(sent.v ->> 'quote', 'UTF8') <> substring(convert_to(c.text, 'UTF8') from k.quote_start + 1 for k.quote_end - k.quote_start) as broken
    from answer_citations k
    join answers a on a.course_id = k.course_id and a.answer_id = k.answer_id
    join chunks c on c.course_id = k.course_id and c.chunk_id = k.chunk_id
    cross join lateral (select a.sentences -> k.sentence::integer -> 'citations' -> k.citation::integer as v) sent
    where k.course_id = $1 and c.text is not null and k.quote_end <= octet_length(c.text) and not sent.v ? 'deleted'
) r`},
	{Name: "a citation's times are those of the quote's cues", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', k.course_id, k.answer_id, k.chunk_id) as example,
           case when v.timed then (k.start_ms, k.end_ms) is distinct from (cue.starts, cue.ends)
                else k.start_ms is not null or k.end_ms is not null end as broken
    from answer_citations k
    join lecture_versions v on v.course_id = k.course_id and v.lecture_id = k.lecture_id and v.version = k.version
    join version_chunks vc on vc.course_id = k.course_id and vc.lecture_id = k.lecture_id and vc.version = k.version and vc.chunk_id = k.chunk_id
    cross join lateral (
        select (array_agg(t.starts order by t.i))[1] as starts, max(t.ends) as ends
        from unnest(vc.cue_offsets, vc.cue_starts, vc.cue_ends) with ordinality as t (byte, starts, ends, i)
        where t.byte < k.quote_end and coalesce(vc.cue_offsets[t.i + 1] > k.quote_start, true)
    ) cue
    where k.course_id = $1
) r`},
	{Name: "every released sentence has citations, a refusal none", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', a.course_id, a.answer_id) as example,
           (a.outcome in ('answered', 'incomplete') and jsonb_array_length(a.sentences) = 0)
           or (a.outcome in ('not_in_lecture', 'refused')
               and (jsonb_array_length(a.sentences) > 0
                    or exists (select from answer_citations k where k.course_id = $1 and k.answer_id = a.answer_id)))
           or exists (select from jsonb_array_elements(a.sentences) with ordinality as s (v, i)
                      where jsonb_array_length(coalesce(s.v -> 'citations', '[]')) = 0
                         or jsonb_array_length(s.v -> 'citations')
                            <> (select count(*) from answer_citations k where k.course_id = $1 and k.answer_id = a.answer_id and k.sentence = s.i - 1)) as broken
    from answers a
    where a.course_id = $1
) r`},
	{Name: "every attempt that did not pass is up for review", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', t.course_id, t.answer_id, t.attempt) as example,
           case when t.verdict = 'pass' then coalesce(r.reason <> 'flagged', false)
                else (r.reason, r.codes) is distinct from (t.verdict, t.codes) end as broken
    from answer_attempts t
    left join reviews r on r.course_id = t.course_id and r.answer_id = t.answer_id and r.attempt = t.attempt
    where t.course_id = $1
) r`},
	{Name: "of a deleted lecture no words are left in answers", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', a.course_id, a.answer_id) as example,
           exists (select from answer_citations k
                   join lectures l on l.course_id = k.course_id and l.lecture_id = k.lecture_id
                   join chunks c on c.course_id = k.course_id and c.chunk_id = k.chunk_id
                   where k.course_id = $1 and k.answer_id = a.answer_id and (l.deleted_at is not null or c.text is null)
                     and (a.sentences -> k.sentence::integer ->> 'text' <> ''
                          or a.sentences -> k.sentence::integer -> 'citations' -> k.citation::integer ->> 'quote' <> ''))
           or (exists (select from answer_attempts t where t.course_id = $1 and t.answer_id = a.answer_id and t.draft is not null)
               or exists (select from answer_reasoning t where t.course_id = $1 and t.answer_id = a.answer_id))
              and exists (select from jsonb_array_elements(a.retrieved) as p (v)
                          join lectures l on l.course_id = $1 and l.lecture_id = p.v ->> 'lecture'
                          where l.deleted_at is not null) as broken
    from answers a
    where a.course_id = $1
) r`},
}
