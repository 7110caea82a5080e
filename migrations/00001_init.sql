-- The first schema. Two rules shape it:
--
--   * Every table that can grow has course_id first in its primary key and in every foreign key between such tables.
--     One course is one neighbourhood on disk today and one shard on a cluster later.
--   * Every such table is under row-level security by course. Statements carry their own course predicate as well;
--     the policy is the second lock, for the day a predicate is forgotten.
--
-- Two roles: the owner of these tables runs migrations and clean-up; lectern_app serves requests and is neither owner
-- nor BYPASSRLS. The policies read the setting lectern.course, which the application sets per transaction. After the
-- transaction that setting reads '' and not NULL, hence nullif().

-- +goose Up
create extension if not exists vector;

-- +goose StatementBegin
do $$
begin
    if not exists (select from pg_roles where rolname = 'lectern_app') then
        create role lectern_app nologin;
    end if;
exception
    when duplicate_object or unique_violation then null; -- another database's migration was faster
    when insufficient_privilege then
        raise exception 'the role lectern_app does not exist and % may not create it', current_user
            using hint = 'Create it once as an administrator: CREATE ROLE lectern_app NOLOGIN; then GRANT lectern_app to the role in LECTERN_DATABASE_URL.';
end
$$;
-- +goose StatementEnd

create table courses (
    course_id       text collate "C" primary key check (course_id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    title           text not null check (char_length(title) between 1 and 300),
    language        text not null default 'en' check (language ~ '^[a-z]{2,3}$'),
    content_version bigint not null default 0 check (content_version >= 0),
    created_at      timestamptz not null default now()
);
comment on table courses is 'The directory of courses. Holds no lecture text, so the application may list it; everything else is seen one course at a time.';
comment on column courses.language is 'ISO 639 code of the language the lectures are held in; chooses the lexical analyser.';
comment on column courses.content_version is 'Raised by every publish in the course. A process that cached postings compares it to know that they are stale.';
comment on column courses.course_id is 'Names the course in URLs and citations.';
comment on column courses.title is 'What a list shows.';

create table lectures (
    course_id      text collate "C" not null references courses,
    lecture_id     text collate "C" not null check (lecture_id ~ '^[a-z0-9][a-z0-9_-]{0,127}$'),
    title          text not null check (char_length(title) between 1 and 300),
    position       integer not null check (position >= 0),
    active_version integer check (active_version > 0),
    created_at     timestamptz not null default now(),
    primary key (course_id, lecture_id)
);
comment on table lectures is 'A lecture is visible when active_version is set, and then whole.';
comment on column lectures.position is 'Order within the course, ascending; ties by lecture_id. Ranking breaks its ties by it.';
comment on column lectures.active_version is 'The one version that search and answers see. NULL: nothing published yet.';
comment on column lectures.lecture_id is 'Names the lecture in URLs and citations; unique within its course.';
comment on column lectures.title is 'What a list shows. Part of the lexical index, so a changed title is a new version.';

create table embedding_spaces (
    space_id   integer generated always as identity primary key,
    name       text collate "C" not null unique check (name <> ''),
    model      text not null check (model <> ''),
    dimensions integer not null check (dimensions between 1 and 4000),
    created_at timestamptz not null default now()
);
comment on table embedding_spaces is 'Vectors of different models or dimensions live side by side and are never compared: every vector names its space. A handful of rows, so without course_id.';
comment on column embedding_spaces.dimensions is 'At most 4,000: a halfvec of STORAGE PLAIN has to fit its 8 kB page.';
comment on column embedding_spaces.name is 'Model and dimensions in one word, such as offline-hash-v1@384.';
comment on column embedding_spaces.model is 'The embedding model as its server knows it.';

create table lecture_versions (
    course_id     text collate "C" not null,
    lecture_id    text collate "C" not null,
    version       integer not null check (version > 0),
    source_name   text not null,
    source_sha256 bytea not null check (octet_length(source_sha256) = 32),
    format        text not null check (format <> ''),
    encoding      text not null check (encoding <> ''),
    splitter      text not null check (splitter <> ''),
    analyzer      text not null check (analyzer <> ''),
    space_id      integer not null references embedding_spaces,
    timed         boolean not null,
    duration_ms   bigint not null check (duration_ms >= 0),
    words         integer not null check (words > 0),
    tokens        integer not null check (tokens > 0),
    chunks        integer not null check (chunks > 0),
    removed       jsonb not null default '{}',
    warnings      jsonb not null default '[]',
    published_at  timestamptz not null default now(),
    primary key (course_id, lecture_id, version),
    foreign key (course_id, lecture_id) references lectures
);
comment on table lecture_versions is 'One row per published version of a lecture, in the transaction that made it active. Never changed afterwards.';
comment on column lecture_versions.source_sha256 is 'SHA-256 of the uploaded bytes. The same bytes, title, splitter, analyser and space: nothing to do.';
comment on column lecture_versions.timed is 'False for plain text: its cue times are all 0 and mean nothing, and citations carry no times.';
comment on column lecture_versions.tokens is 'cl100k_base tokens over all chunks, overlap counted twice.';
comment on column lecture_versions.removed is 'What cleaning took out of the text: {"kind": count}.';
comment on column lecture_versions.version is 'From 1, ascending; a number is never used twice.';
comment on column lecture_versions.source_name is 'The uploaded files name, for people.';
comment on column lecture_versions.format is 'srt, vtt, json, markdown or text, as ingest/transcript names it.';
comment on column lecture_versions.encoding is 'Of the upload, as it was detected; the stored text is always UTF-8.';
comment on column lecture_versions.splitter is 'Version of the chunking rule; part of every chunk id.';
comment on column lecture_versions.analyzer is 'The lexical analyser whose terms the postings hold.';
comment on column lecture_versions.space_id is 'Where the vectors of this version were made.';
comment on column lecture_versions.duration_ms is 'End of the last cue in ms; 0 without times.';
comment on column lecture_versions.words is 'Of the lecture, overlap counted once.';
comment on column lecture_versions.chunks is 'How many chunks the version has.';
comment on column lecture_versions.warnings is 'What the parser found odd: [{"Line": …, "Message": …}].';

alter table lectures add foreign key (course_id, lecture_id, active_version) references lecture_versions (course_id, lecture_id, version) deferrable initially deferred;

create table chunks (
    course_id  text collate "C" not null,
    chunk_id   text collate "C" not null check (chunk_id ~ '^ck_[a-z2-7]{32}$'),
    lecture_id text collate "C" not null,
    text       text not null check (text <> ''),
    tokens     integer not null check (tokens > 0),
    created_at timestamptz not null default now(),
    primary key (course_id, chunk_id),
    foreign key (course_id, lecture_id) references lectures
);
comment on table chunks is 'Immutable, content-addressed pieces of lectures, retired ones included while an answer cites them.';
comment on column chunks.chunk_id is 'ck_ + base32 of 160 bits of SHA-256 over course, lecture, splitter version, text and the n-th occurrence of that text. Not position, not random: a re-ingest keeps the ids of what did not change.';
comment on column chunks.text is 'NFC, cleaned once at ingest. Quotes are verbatim parts of it.';
comment on column chunks.lecture_id is 'The lecture it was cut from; a chunk belongs to one.';
comment on column chunks.tokens is 'cl100k_base tokens of text.';

create table version_chunks (
    course_id    text collate "C" not null,
    lecture_id   text collate "C" not null,
    version      integer not null,
    ordinal      integer not null check (ordinal >= 0),
    chunk_id     text collate "C" not null,
    overlap      integer not null check (overlap >= 0),
    cue_offsets  integer[] not null,
    cue_starts   bigint[] not null,
    cue_ends     bigint[] not null,
    cue_speakers text[] not null,
    primary key (course_id, lecture_id, version, ordinal),
    unique (course_id, lecture_id, version, chunk_id),
    foreign key (course_id, lecture_id, version) references lecture_versions,
    foreign key (course_id, chunk_id) references chunks,
    check (cardinality(cue_offsets) > 0 and cue_offsets[1] = 0),
    check (cardinality(cue_offsets) = cardinality(cue_starts) and cardinality(cue_starts) = cardinality(cue_ends)),
    check (cardinality(cue_speakers) in (0, cardinality(cue_offsets)))
);
comment on table version_chunks is 'The ordered list of chunks that is a version, with that version''s cue times: times may move while texts, and so chunk ids, stay.';
comment on column version_chunks.ordinal is 'Position in the lecture from 0, without gaps.';
comment on column version_chunks.overlap is 'Leading bytes of the chunk''s text that repeat the end of the chunk before it.';
comment on column version_chunks.cue_offsets is 'Byte in the chunk''s text where each cue''s words begin, ascending from 0.';
comment on column version_chunks.cue_starts is 'Start of each cue in ms from the start of the lecture.';
comment on column version_chunks.cue_speakers is 'Speaker of each cue, or empty when nobody is named in the chunk.';
comment on column version_chunks.version is 'The version whose list this is.';
comment on column version_chunks.chunk_id is 'The same chunk may stand in many versions, and once in each.';
comment on column version_chunks.cue_ends is 'End of each cue in ms; a quotes time ends with its last cue.';

create table chunk_vectors (
    course_id  text collate "C" not null,
    space_id   integer not null references embedding_spaces,
    lecture_id text collate "C" not null,
    chunk_id   text collate "C" not null,
    embedding  halfvec not null,
    primary key (course_id, space_id, lecture_id, chunk_id),
    foreign key (course_id, chunk_id) references chunks,
    foreign key (course_id, lecture_id) references lectures
);
alter table chunk_vectors alter column embedding set storage plain;
comment on table chunk_vectors is 'Vectors of exactly the active versions, so that search needs no version filter. Narrow, and halfvec STORAGE PLAIN, because an exact scan of a course reads all of it: 2.3 ms for 2,000 chunks of 768 dimensions against 9.2 ms for a TOASTed vector.';
comment on column chunk_vectors.embedding is 'No type modifier: spaces of several dimensions share the table. Always filter by space_id. No vector index on purpose: exact inside a course.';
comment on column chunk_vectors.space_id is 'Vectors of different spaces are never compared.';
comment on column chunk_vectors.chunk_id is 'A chunk of the active version of its lecture.';
comment on column chunk_vectors.lecture_id is 'So that one lecture can be scanned alone.';

create table staged_vectors (
    course_id    text collate "C" not null references courses,
    space_id     integer not null references embedding_spaces,
    input_sha256 bytea not null check (octet_length(input_sha256) = 32),
    embedding    halfvec not null,
    created_at   timestamptz not null default now(),
    primary key (course_id, space_id, input_sha256)
);
alter table staged_vectors alter column embedding set storage plain;
comment on table staged_vectors is 'Vectors paid for but not yet published, by the hash of the exact embedder input. A killed ingest finds them here; publish deletes them.';
comment on column staged_vectors.input_sha256 is 'SHA-256 of the exact text the embedder was given.';
comment on column staged_vectors.embedding is 'As the embedder gave it, in half precision.';
comment on column staged_vectors.created_at is 'What has been staged for long belongs to an ingest that nobody ran again.';

create table lecture_postings (
    course_id       text collate "C" not null,
    lecture_id      text collate "C" not null,
    version         integer not null,
    analyzer        text not null,
    content_version bigint not null,
    packed          bytea not null,
    primary key (course_id, lecture_id),
    foreign key (course_id, lecture_id, version) references lecture_versions
);
alter table lecture_postings alter column packed set storage external;
comment on table lecture_postings is 'The active version''s packed BM25 postings. The server scores in memory; building them from text would take a hundred times as long as loading these.';
comment on column lecture_postings.content_version is 'courses.content_version of the publish that wrote this row: a cache loads what is newer than it holds.';
comment on column lecture_postings.version is 'The active version these postings were made of.';
comment on column lecture_postings.analyzer is 'As in lecture_versions.';
comment on column lecture_postings.packed is 'Versioned, checksummed; see retrieve/lexical.';

create table answers (
    course_id         text collate "C" not null references courses,
    answer_id         text collate "C" not null check (answer_id ~ '^an_[a-z2-7]{26}$'),
    principal         text not null check (principal <> ''),
    lectures          text[] not null default '{}',
    question          text not null,
    outcome           text not null check (outcome in ('answered', 'not_in_lecture', 'refused', 'incomplete')),
    mode              text not null check (mode in ('model', 'extractive', 'none')),
    message           text not null,
    sentences         jsonb not null,
    retrieved         jsonb not null,
    prompt_id         text not null,
    prompt_sha256     text not null check (prompt_sha256 ~ '^[0-9a-f]{64}$'),
    model             text not null,
    prompt_tokens     integer not null check (prompt_tokens >= 0),
    completion_tokens integer not null check (completion_tokens >= 0),
    cost_microusd     bigint check (cost_microusd >= 0),
    timings           jsonb not null,
    created_at        timestamptz not null default now(),
    primary key (course_id, answer_id),
    check (outcome in ('answered', 'incomplete') or sentences = '[]'),
    check (outcome <> 'answered' or (mode <> 'none' and jsonb_array_length(sentences) > 0))
);
comment on table answers is 'The evidence of every answer: written in the transaction that checks for the last time that its citations are readable, before a byte of it is released.';
comment on column answers.question is 'The student''s words. Stands here and nowhere else: not in logs, metrics or errors.';
comment on column answers.lectures is 'The lectures the question was limited to; empty: the whole course.';
comment on column answers.retrieved is 'The passages that were retrieved for this request, with chunk ids, ranks, distance and score.';
comment on column answers.model is 'The model as it named itself in its reply; empty when none was called.';
comment on column answers.cost_microusd is 'Micro-dollars; NULL when the model''s price is unknown. Never a guess.';
comment on column answers.timings is 'Milliseconds by stage.';
comment on column answers.principal is 'On whose behalf it was asked.';
comment on column answers.outcome is 'incomplete is for a stream that had to stop after some sentences.';
comment on column answers.mode is 'Who wrote the sentences: a model, nobody (verbatim passages), or there are none.';
comment on column answers.message is 'What was said besides the sentences.';
comment on column answers.sentences is 'The released sentences with their citations, as they were sent.';
comment on column answers.prompt_id is 'The prompt version in force, such as tutor/2026.11.1.';
comment on column answers.prompt_sha256 is 'Over the files of that version: the same id with another hash is another prompt.';
comment on column answers.prompt_tokens is 'As the models server counted, over all calls; 0 where it did not say.';
comment on column answers.completion_tokens is 'Likewise.';

create table answer_attempts (
    course_id         text collate "C" not null,
    answer_id         text collate "C" not null,
    attempt           smallint not null check (attempt > 0),
    mode              text not null check (mode in ('model', 'repair', 'extractive')),
    verdict           text not null check (verdict in ('pass', 'rejected', 'failed')),
    codes             text[] not null,
    findings          jsonb not null,
    draft             text,
    finish_reason     text not null,
    model             text not null,
    prompt_tokens     integer not null check (prompt_tokens >= 0),
    completion_tokens integer not null check (completion_tokens >= 0),
    duration_ms       bigint not null check (duration_ms >= 0),
    primary key (course_id, answer_id, attempt),
    foreign key (course_id, answer_id) references answers on delete cascade,
    check (verdict = 'pass' or cardinality(codes) > 0)
);
comment on table answer_attempts is 'Each rung of the ladder that ran, in order. Rejected drafts are kept for those who review them and are never sent to a student.';
comment on column answer_attempts.verdict is 'pass: released. rejected: the guard found something (codes). failed: there was no draft to judge (codes say why).';
comment on column answer_attempts.draft is 'What the model wrote, cut at 64 KiB; NULL when it wrote nothing.';
comment on column answer_attempts.attempt is 'From 1, in the order in which the rungs ran.';
comment on column answer_attempts.mode is 'model: the first draft. repair: the second, after it was told the codes. extractive: the floor.';
comment on column answer_attempts.codes is 'Why it was not a pass; see answer/guard/code.go and answer/tutor.go.';
comment on column answer_attempts.findings is 'Each finding with the sentence and evidence it is about and a detail for operators; no words of draft, lecture or question.';
comment on column answer_attempts.finish_reason is 'As the models server reported; only stop is a whole draft.';
comment on column answer_attempts.model is 'The model as it named itself in this reply.';
comment on column answer_attempts.prompt_tokens is 'Of this rung alone, as the model''s server counted.';
comment on column answer_attempts.completion_tokens is 'Likewise.';
comment on column answer_attempts.duration_ms is 'Of the model call; 0 for the floor.';

create table answer_citations (
    course_id   text collate "C" not null,
    answer_id   text collate "C" not null,
    sentence    smallint not null check (sentence >= 0),
    citation    smallint not null check (citation >= 0),
    lecture_id  text collate "C" not null,
    version     integer not null,
    chunk_id    text collate "C" not null,
    quote_start integer not null check (quote_start >= 0),
    quote_end   integer not null check (quote_end > quote_start),
    start_ms    bigint check (start_ms >= 0),
    end_ms      bigint check (end_ms >= start_ms),
    primary key (course_id, answer_id, sentence, citation),
    foreign key (course_id, answer_id) references answers on delete cascade,
    foreign key (course_id, lecture_id, version, chunk_id) references version_chunks (course_id, lecture_id, version, chunk_id) on delete restrict,
    check ((start_ms is null) = (end_ms is null))
);
create index answer_citations_by_chunk on answer_citations (course_id, lecture_id, version, chunk_id);
comment on table answer_citations is 'What each released sentence cites. The foreign key is why a chunk that was ever cited cannot be cleaned away.';
comment on column answer_citations.quote_start is 'Byte range of the quote in the chunk''s text.';
comment on column answer_citations.start_ms is 'Start of the first cue the quote touches, in ms; NULL in a lecture without times.';
comment on column answer_citations.sentence is 'Index into the answers sentences, from 0.';
comment on column answer_citations.citation is 'Index into that sentences citations, from 0.';
comment on column answer_citations.version is 'Of the lecture, when the answer was released.';
comment on column answer_citations.chunk_id is 'Resolves in that version for as long as the answer stands.';
comment on column answer_citations.quote_end is 'Exclusive.';
comment on column answer_citations.end_ms is 'End of the last cue the quote touches.';

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['lectures', 'lecture_versions', 'chunks', 'version_chunks', 'chunk_vectors', 'staged_vectors',
                             'lecture_postings', 'answers', 'answer_attempts', 'answer_citations'] loop
        execute format('alter table %I enable row level security', t);
        execute format($p$create policy one_course on %I to lectern_app
            using (course_id = nullif(current_setting('lectern.course', true), ''))
            with check (course_id = nullif(current_setting('lectern.course', true), ''))$p$, t);
        execute format('grant select, insert, update, delete on %I to lectern_app', t);
    end loop;
end
$$;
-- +goose StatementEnd

alter table courses enable row level security;
create policy listed on courses for select to lectern_app using (true);
create policy one_course_insert on courses for insert to lectern_app with check (course_id = nullif(current_setting('lectern.course', true), ''));
create policy one_course_update on courses for update to lectern_app using (course_id = nullif(current_setting('lectern.course', true), ''));
create policy one_course_delete on courses for delete to lectern_app using (course_id = nullif(current_setting('lectern.course', true), ''));
grant select, insert, update, delete on courses to lectern_app;
grant select, insert on embedding_spaces to lectern_app;

-- +goose Down
drop table answer_citations, answer_attempts, answers, lecture_postings, staged_vectors, chunk_vectors, version_chunks, chunks cascade;
alter table lectures drop constraint lectures_course_id_lecture_id_active_version_fkey;
drop table lecture_versions, embedding_spaces, lectures, courses;
