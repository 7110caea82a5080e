package ingest

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// Check looks whether everything that ingest promises of its tables holds in a course, deleted ones included. It reads
// one snapshot, so a publish at the same time cannot look like a fault. The findings are one per rule, in order.
func Check(ctx context.Context, db *postgres.DB, course string) ([]postgres.Finding, error) {
	return db.Check(ctx, course, invariants)
}

// Backlog counts the course's jobs that are not finished, and those that failed within the last seven days.
func Backlog(ctx context.Context, db *postgres.DB, course string) (pending, failed int, err error) {
	type counts struct{ Pending, Failed int }
	found, err := postgres.Collect(ctx, db, course, pgx.RowToStructByPos[counts], `
select count(*) filter (where finished_at is null),
       count(*) filter (where state = 'failed' and finished_at > now() - interval '7 days')
from ingest_jobs
where course_id = $1`, course)
	if err != nil {
		return 0, 0, err
	}
	return found[0].Pending, found[0].Failed, nil
}

// invariants are the rules of ingest's tables. A thing that breaks one rule is passed over by the rules that could not
// judge it: a chunk without text has no checksum.
var invariants = append(versionRules, jobRules...)

var versionRules = []postgres.Rule{
	{Name: "a published lecture shows one version, which exists", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', l.course_id, l.lecture_id) as example, v.version is null as broken
    from lectures l
    left join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
    where l.course_id = $1 and (l.active_version is not null or l.deleted_at is null and l.last_version > 0)
) r`},
	{Name: "no version number is higher than its lecture gave out", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', v.course_id, v.lecture_id, 'v' || v.version) as example, v.version > l.last_version as broken
    from lecture_versions v
    join lectures l on l.course_id = v.course_id and l.lecture_id = v.lecture_id
    where v.course_id = $1
) r`},
	{Name: "chunks are numbered from 0 without gaps, as many as the version says", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', l.course_id, l.lecture_id, 'v' || v.version) as example,
           count(vc.ordinal) <> v.chunks or count(distinct vc.ordinal) <> v.chunks
           or min(vc.ordinal) is distinct from 0 or max(vc.ordinal) is distinct from v.chunks - 1 as broken
    from lectures l
    join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
    left join version_chunks vc on vc.course_id = v.course_id and vc.lecture_id = v.lecture_id and vc.version = v.version
    where l.course_id = $1
    group by l.course_id, l.lecture_id, v.version, v.chunks
) r`},
	{Name: "no chunk stands twice in a version", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', vc.course_id, vc.lecture_id, 'v' || vc.version) as example, count(distinct vc.chunk_id) <> count(*) as broken
    from version_chunks vc
    where vc.course_id = $1
    group by vc.course_id, vc.lecture_id, vc.version
) r`},
	{Name: "every active chunk is of its lecture and has its text", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', l.course_id, l.lecture_id, vc.chunk_id) as example, c.text is null or c.lecture_id <> l.lecture_id as broken
    from lectures l
    join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
    left join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
    where l.course_id = $1
) r`},
	{Name: "ids and texts have the checksum they were published with", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', l.course_id, l.lecture_id, 'v' || v.version) as example,
           sha256(convert_to(string_agg(vc.chunk_id || c.text || chr(10), '' order by vc.ordinal), 'UTF8')) <> v.checksum as broken
    from lectures l
    join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
    join version_chunks vc on vc.course_id = v.course_id and vc.lecture_id = v.lecture_id and vc.version = v.version
    join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
    where l.course_id = $1 and v.checksum is not null
    group by l.course_id, l.lecture_id, v.version, v.checksum
    having bool_and(c.text is not null)
) r`},
	{Name: "a chunk's overlap is the end of the chunk before it", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', a.course_id, a.lecture_id, a.chunk_id) as example,
           a.overlap >= octet_length(a.text) or a.overlap > 0 and a.ordinal = 0
           or a.overlap > 0 and substring(convert_to(a.text, 'UTF8') for a.overlap)
                                <> substring(convert_to(a.before, 'UTF8') from octet_length(a.before) - a.overlap + 1) as broken
    from (
        select vc.course_id, vc.lecture_id, vc.chunk_id, vc.ordinal, vc.overlap, c.text,
               lag(c.text) over (partition by vc.lecture_id order by vc.ordinal) as before
        from lectures l
        join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
        join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
        where l.course_id = $1
    ) a
) r`},
	{Name: "cues begin inside their chunk, one after the other", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', vc.course_id, vc.lecture_id, 'v' || vc.version, vc.chunk_id) as example,
           exists (select from unnest(vc.cue_offsets) with ordinality as cue (byte, i)
                   where cue.byte >= octet_length(c.text) or cue.i > 1 and cue.byte <= vc.cue_offsets[cue.i - 1]) as broken
    from version_chunks vc
    join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
    where vc.course_id = $1
) r`},
	{Name: "cue times are in order and inside the lecture", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', vc.course_id, vc.lecture_id, 'v' || vc.version, vc.chunk_id) as example,
           exists (select from unnest(vc.cue_starts, vc.cue_ends) with ordinality as cue (starts, ends, i)
                   where cue.starts < 0 or cue.starts > cue.ends or cue.ends > v.duration_ms
                      or cue.i > 1 and cue.starts < vc.cue_starts[cue.i - 1]) as broken
    from version_chunks vc
    join lecture_versions v on v.course_id = vc.course_id and v.lecture_id = vc.lecture_id and v.version = vc.version
    where vc.course_id = $1
) r`},
	{Name: "every active chunk has its vector in its version's space", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', l.course_id, l.lecture_id, vc.chunk_id) as example, e.chunk_id is null as broken
    from lectures l
    join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
    join version_chunks vc on vc.course_id = v.course_id and vc.lecture_id = v.lecture_id and vc.version = v.version
    left join chunk_vectors e on e.course_id = vc.course_id and e.space_id = v.space_id and e.lecture_id = vc.lecture_id and e.chunk_id = vc.chunk_id
    where l.course_id = $1
) r`},
	{Name: "every vector is of an active chunk", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', e.course_id, e.lecture_id, e.chunk_id) as example,
           not exists (select from lectures l
                       join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
                       where l.course_id = $1 and l.lecture_id = e.lecture_id and vc.chunk_id = e.chunk_id) as broken
    from chunk_vectors e
    where e.course_id = $1
) r`},
	{Name: "no chunk has two vectors, or one in another space", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', e.course_id, e.lecture_id, e.chunk_id) as example,
           count(*) > 1 or bool_or(e.space_id <> v.space_id) as broken
    from chunk_vectors e
    left join lectures l on l.course_id = e.course_id and l.lecture_id = e.lecture_id
    left join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
    where e.course_id = $1
    group by e.course_id, e.lecture_id, e.chunk_id
) r`},
	{Name: "vectors have their space's dimensions and are not zero", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', e.course_id, e.id) as example, vector_dims(e.embedding) <> s.dimensions or l2_norm(e.embedding) = 0 as broken
    from (
        select course_id, space_id, concat_ws('/', lecture_id, chunk_id) as id, embedding from chunk_vectors where course_id = $1
        union all
        select course_id, space_id, 'staged ' || encode(input_sha256, 'hex'), embedding from staged_vectors where course_id = $1
    ) e
    join embedding_spaces s on s.space_id = e.space_id
) r`},
	{Name: "postings are of the active version and analyser", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', $1, coalesce(a.lecture_id, p.lecture_id)) as example,
           (p.version, p.analyzer) is distinct from (a.version, a.analyzer) or p.content_version > c.content_version as broken
    from (
        select v.lecture_id, v.version, v.analyzer
        from lectures l
        join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
        where l.course_id = $1
    ) a
    full join (select lecture_id, version, analyzer, content_version from lecture_postings where course_id = $1) p on p.lecture_id = a.lecture_id
    join courses c on c.course_id = $1
) r`},
	{Name: "of a deleted lecture nothing is left but its tombstone", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', l.course_id, l.lecture_id) as example,
           l.title <> l.lecture_id
           or exists (select from chunks c where c.course_id = $1 and c.lecture_id = l.lecture_id and c.text is not null)
           or exists (select from version_chunks vc where vc.course_id = $1 and vc.lecture_id = l.lecture_id and (vc.cue_speakers <> '{}' or vc.heading <> ''))
           or exists (select from lecture_versions v where v.course_id = $1 and v.lecture_id = l.lecture_id and v.warnings <> '[]')
           or exists (select from chunk_vectors e where e.course_id = $1 and e.lecture_id = l.lecture_id)
           or exists (select from lecture_postings p where p.course_id = $1 and p.lecture_id = l.lecture_id)
           or exists (select from ingest_jobs j where j.course_id = $1 and j.lecture_id = l.lecture_id and j.created_at < l.deleted_at
                                                  and (j.source is not null or j.title <> '')) as broken
    from lectures l
    where l.course_id = $1 and l.deleted_at is not null
) r`},
	{Name: "of a deleted course nothing is left but its tombstones", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select c.course_id as example,
           exists (select from lectures l where l.course_id = $1 and l.active_version is not null)
           or exists (select from ingest_jobs j where j.course_id = $1 and j.finished_at is null)
           or exists (select from staged_vectors s where s.course_id = $1) as broken
    from courses c
    where c.course_id = $1 and c.deleted_at is not null
) r`},
}

// jobRules are about uploads. That the queue holds an entry for every pending job, also for one whose worker is alive,
// is what makes a dead worker harmless: without it nobody would come again.
var jobRules = []postgres.Rule{
	{Name: "every pending upload has its bytes and its place in the queue", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', j.course_id, j.lecture_id, j.job_id) as example,
           j.source is null
           or not exists (select from river.river_job e
                          where e.id = j.river_id and e.state in ('available', 'scheduled', 'retryable', 'running')
                            and e.args ->> 'course' = j.course_id and e.args ->> 'job' = j.job_id) as broken
    from ingest_jobs j
    where j.course_id = $1 and j.finished_at is null
) r`},
	{Name: "a lecture has at most one pending upload", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', j.course_id, j.lecture_id) as example, count(*) > 1 as broken
    from ingest_jobs j
    where j.course_id = $1 and j.finished_at is null
    group by j.course_id, j.lecture_id
) r`},
	{Name: "a published upload names a version that is or was", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', j.course_id, j.lecture_id, j.job_id) as example,
           j.version is null or j.version > coalesce(l.last_version, 0) as broken
    from ingest_jobs j
    left join lectures l on l.course_id = j.course_id and l.lecture_id = j.lecture_id
    where j.course_id = $1 and j.state = 'published'
) r`},
	{Name: "the bytes of an upload are those that were sent", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', j.course_id, j.lecture_id, j.job_id) as example,
           sha256(j.source) <> j.source_sha256 or octet_length(j.source) <> j.source_bytes as broken
    from ingest_jobs j
    where j.course_id = $1 and j.source is not null
) r`},
	{Name: "the file of an active version is kept", SQL: `
select count(*), count(*) filter (where broken), coalesce(min(example) filter (where broken), '')
from (
    select concat_ws('/', l.course_id, l.lecture_id, v.job_id) as example,
           j.source is null or j.source_sha256 <> v.source_sha256 as broken
    from lectures l
    join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
    left join ingest_jobs j on j.course_id = v.course_id and j.job_id = v.job_id
    where l.course_id = $1 and v.job_id is not null
) r`},
}
