-- Ingest as jobs: every upload is stored with the job that works it, in one transaction. The queue's own tables (River)
-- live in the schema river and are made by River's migrations, which Apply runs after these.
--
-- Also what deletion on purpose leaves behind: a lecture or course stays as a tombstone without text, so that an old
-- citation is answered with "gone" and not with "never heard of".

-- +goose Up
create schema river;
grant usage on schema river to lectern_app;
alter default privileges in schema river grant select, insert, update, delete on tables to lectern_app;
alter default privileges in schema river grant usage, select on sequences to lectern_app;
comment on schema river is 'The queue''s tables. They hold ids of courses and jobs and no text of a lecture or a student.';

alter table courses add column deleted_at timestamptz;
comment on column courses.deleted_at is 'Set when the course was deleted on purpose: the row is its tombstone, and the title is its id.';

alter table lectures
    add column deleted_at   timestamptz,
    add column last_version integer not null default 0 check (last_version >= 0),
    add constraint deleted_is_invisible check (deleted_at is null or active_version is null);
comment on column lectures.deleted_at is 'Set when the lecture was deleted on purpose: the row is its tombstone, and the title is its id. A new upload brings it back.';
comment on column lectures.last_version is 'The highest version number given so far. Survives deletion and clean-up, so that a number is never used twice.';
update lectures l
set last_version = coalesce((select max(version) from lecture_versions v where v.course_id = l.course_id and v.lecture_id = l.lecture_id), 0);

alter table lecture_versions
    add column job_id   text collate "C",
    add column checksum bytea check (octet_length(checksum) = 32);
comment on column lecture_versions.job_id is 'The job that published it; part of the lecture''s ETag. NULL in versions older than jobs.';
comment on column lecture_versions.checksum is 'SHA-256 over the ordered list of chunk ids and texts, as the ingest computed it and the publishing transaction verified it; see ingest/publish.go. NULL in versions older than this column.';

alter table chunks alter column text drop not null;
comment on column chunks.text is 'NFC, cleaned once at ingest. Quotes are verbatim parts of it. NULL: the lecture was deleted on purpose and an answer still cites the chunk.';

create table ingest_jobs (
    course_id     text collate "C" not null references courses,
    job_id        text collate "C" not null check (job_id ~ '^job_[a-z2-7]{26}$'),
    lecture_id    text collate "C" not null,
    principal     text not null check (principal <> ''),
    title         text not null,
    position      integer check (position >= 0),
    source_name   text not null,
    source_sha256 bytea not null check (octet_length(source_sha256) = 32),
    source_bytes  integer not null check (source_bytes >= 0),
    source        bytea check (octet_length(source) = source_bytes),
    state         text not null check (state in ('queued', 'parsing', 'embedding', 'published', 'failed', 'cancelled', 'superseded')),
    fence         integer not null default 0 check (fence >= 0),
    attempts      integer not null default 0 check (attempts >= 0),
    max_attempts  integer not null check (max_attempts > 0),
    river_id      bigint not null,
    heartbeat_at  timestamptz,
    done          integer not null default 0 check (done between 0 and chunks),
    chunks        integer not null default 0,
    embedded      integer not null default 0 check (embedded >= 0),
    new_chunks    integer not null default 0 check (new_chunks >= 0),
    version       integer check (version > 0),
    reason        text not null default '',
    line          integer not null default 0 check (line >= 0),
    created_at    timestamptz not null default clock_timestamp(),
    finished_at   timestamptz,
    primary key (course_id, job_id),
    foreign key (course_id, lecture_id) references lectures,
    constraint finished_when_done check ((state in ('queued', 'parsing', 'embedding')) = (finished_at is null)),
    constraint pending_has_source check (finished_at is not null or source is not null),
    constraint published_has_version check ((state = 'published') = (version is not null)),
    constraint failed_has_reason check (state <> 'failed' or reason <> '')
);
alter table ingest_jobs alter column source set storage external;
create unique index ingest_jobs_one_pending on ingest_jobs (course_id, lecture_id) where finished_at is null;
create index ingest_jobs_by_lecture on ingest_jobs (course_id, lecture_id, created_at);
create index ingest_jobs_by_time on ingest_jobs (course_id, created_at, job_id);
comment on table ingest_jobs is 'One row per upload: its bytes, who may work on it, and what became of it. At most one per lecture is pending; a newer upload supersedes it.';
comment on column ingest_jobs.job_id is 'job_ + base32 of 128 random bits; never used twice.';
comment on column ingest_jobs.lecture_id is 'The lecture it is to be a version of.';
comment on column ingest_jobs.principal is 'Who uploaded it.';
comment on column ingest_jobs.title is 'As given with the upload; empty: what the file says of itself.';
comment on column ingest_jobs.position is 'As given with the upload; NULL: keep the present one, or go to the end.';
comment on column ingest_jobs.source_name is 'The uploaded file''s name, for people and as a hint of its format.';
comment on column ingest_jobs.source_sha256 is 'SHA-256 of the uploaded bytes.';
comment on column ingest_jobs.source_bytes is 'How many bytes were uploaded.';
comment on column ingest_jobs.source is 'The bytes as they came. Cleared by clean-up once the job is finished and is not the one the active version was made of.';
comment on column ingest_jobs.state is 'queued, parsing, embedding; then published, failed, cancelled (by a person) or superseded (by a newer upload or a deletion).';
comment on column ingest_jobs.fence is 'Raised by everyone who takes the job: a worker at its claim, a person who cancels it, a newer upload. A worker may stage and publish only while this is the number it was given.';
comment on column ingest_jobs.attempts is 'Claims so far.';
comment on column ingest_jobs.max_attempts is 'After so many failed attempts the job fails for good.';
comment on column ingest_jobs.river_id is 'The one entry of the queue that may work this job; one that is no longer named here does nothing.';
comment on column ingest_jobs.heartbeat_at is 'Last sign of life of the worker that holds the job; NULL: nobody holds it.';
comment on column ingest_jobs.done is 'Chunks that have their vectors.';
comment on column ingest_jobs.chunks is 'Chunks of the transcript; 0 until it was split.';
comment on column ingest_jobs.embedded is 'Texts sent to the embedding model, over all attempts.';
comment on column ingest_jobs.new_chunks is 'Chunks that the version before did not have; set when published.';
comment on column ingest_jobs.version is 'The version that the lecture has through this job; an older one if the upload changed nothing.';
comment on column ingest_jobs.reason is 'Why it failed, or why the last attempt did: one sentence without words of the transcript.';
comment on column ingest_jobs.line is 'The line of the file that the reason is about; 0: the whole file.';
comment on column ingest_jobs.created_at is 'When it was accepted. Within a lecture ascending: accepting locks the lecture.';
comment on column ingest_jobs.finished_at is 'When it reached its last state; NULL: it is pending.';

alter table ingest_jobs enable row level security;
create policy one_course on ingest_jobs to lectern_app
    using (course_id = nullif(current_setting('lectern.course', true), ''))
    with check (course_id = nullif(current_setting('lectern.course', true), ''));
grant select, insert, update, delete on ingest_jobs to lectern_app;

-- +goose Down
drop table ingest_jobs;
delete from answer_citations where (course_id, chunk_id) in (select course_id, chunk_id from chunks where text is null);
delete from version_chunks where (course_id, chunk_id) in (select course_id, chunk_id from chunks where text is null);
delete from chunks where text is null;
alter table chunks alter column text set not null;
alter table lecture_versions drop column job_id, drop column checksum;
alter table lectures drop column deleted_at, drop column last_version;
alter table courses drop column deleted_at;
drop schema river cascade;
