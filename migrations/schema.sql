CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE TABLE public.answer_attempts (
    course_id text NOT NULL COLLATE pg_catalog."C",
    answer_id text NOT NULL COLLATE pg_catalog."C",
    attempt smallint NOT NULL,
    mode text NOT NULL,
    verdict text NOT NULL,
    codes text[] NOT NULL,
    findings jsonb NOT NULL,
    draft text,
    finish_reason text NOT NULL,
    model text NOT NULL,
    prompt_tokens integer NOT NULL,
    completion_tokens integer NOT NULL,
    duration_ms bigint NOT NULL,
    judged jsonb,
    CONSTRAINT answer_attempts_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT answer_attempts_check CHECK (((verdict = 'pass'::text) OR (cardinality(codes) > 0))),
    CONSTRAINT answer_attempts_completion_tokens_check CHECK ((completion_tokens >= 0)),
    CONSTRAINT answer_attempts_duration_ms_check CHECK ((duration_ms >= 0)),
    CONSTRAINT answer_attempts_mode_check CHECK ((mode = ANY (ARRAY['model'::text, 'repair'::text, 'extractive'::text]))),
    CONSTRAINT answer_attempts_prompt_tokens_check CHECK ((prompt_tokens >= 0)),
    CONSTRAINT answer_attempts_verdict_check CHECK ((verdict = ANY (ARRAY['pass'::text, 'rejected'::text, 'failed'::text])))
);

COMMENT ON TABLE public.answer_attempts IS 'Each rung of the ladder that ran, in order. Rejected drafts are kept for those who review them and are never sent to a student.';

COMMENT ON COLUMN public.answer_attempts.attempt IS 'From 1, in the order in which the rungs ran.';

COMMENT ON COLUMN public.answer_attempts.mode IS 'model: the first draft. repair: the second, after it was told the codes. extractive: the floor.';

COMMENT ON COLUMN public.answer_attempts.verdict IS 'pass: released. rejected: the guard found something (codes). failed: there was no draft to judge (codes say why).';

COMMENT ON COLUMN public.answer_attempts.codes IS 'Why it was not a pass; see answer/guard/code.go and answer/tutor.go.';

COMMENT ON COLUMN public.answer_attempts.findings IS 'Each finding with the sentence and evidence it is about and a detail for operators; no words of draft, lecture or question.';

COMMENT ON COLUMN public.answer_attempts.draft IS 'What the model wrote, cut behind the guard''s limit; what no text column takes is U+0001, which no draft may hold either. NULL when it wrote nothing, or when a lecture it was written from was deleted.';

COMMENT ON COLUMN public.answer_attempts.finish_reason IS 'As the models server reported; only stop is a whole draft.';

COMMENT ON COLUMN public.answer_attempts.model IS 'The model as it named itself in this reply.';

COMMENT ON COLUMN public.answer_attempts.prompt_tokens IS 'Of this rung alone, as the model''s server counted.';

COMMENT ON COLUMN public.answer_attempts.completion_tokens IS 'Likewise.';

COMMENT ON COLUMN public.answer_attempts.duration_ms IS 'Of the model call; 0 for the floor.';

COMMENT ON COLUMN public.answer_attempts.judged IS 'What the verdict depended on besides the draft: {"guard": its version, "language" and "glossary" (titles), "retrieval": whose passages, in answer_passages, "passages_sha256": over their aliases, texts and ranges as the guard was given them, "unreadable": [ids of chunks that could not be read any more]}. NULL: there was no draft to judge, or it was judged before this column.';

CREATE TABLE public.answer_citations (
    course_id text NOT NULL COLLATE pg_catalog."C",
    answer_id text NOT NULL COLLATE pg_catalog."C",
    sentence smallint NOT NULL,
    citation smallint NOT NULL,
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    chunk_id text NOT NULL COLLATE pg_catalog."C",
    quote_start integer NOT NULL,
    quote_end integer NOT NULL,
    start_ms bigint,
    end_ms bigint,
    CONSTRAINT answer_citations_check CHECK ((quote_end > quote_start)),
    CONSTRAINT answer_citations_check1 CHECK ((end_ms >= start_ms)),
    CONSTRAINT answer_citations_check2 CHECK (((start_ms IS NULL) = (end_ms IS NULL))),
    CONSTRAINT answer_citations_citation_check CHECK ((citation >= 0)),
    CONSTRAINT answer_citations_quote_start_check CHECK ((quote_start >= 0)),
    CONSTRAINT answer_citations_sentence_check CHECK ((sentence >= 0)),
    CONSTRAINT answer_citations_start_ms_check CHECK ((start_ms >= 0))
);

COMMENT ON TABLE public.answer_citations IS 'What each released sentence cites. The foreign key is why a chunk that was ever cited cannot be cleaned away.';

COMMENT ON COLUMN public.answer_citations.sentence IS 'Index into the answers sentences, from 0.';

COMMENT ON COLUMN public.answer_citations.citation IS 'Index into that sentences citations, from 0.';

COMMENT ON COLUMN public.answer_citations.version IS 'Of the lecture, when the answer was released.';

COMMENT ON COLUMN public.answer_citations.chunk_id IS 'Resolves in that version for as long as the answer stands.';

COMMENT ON COLUMN public.answer_citations.quote_start IS 'Byte range of the quote in the chunk''s text.';

COMMENT ON COLUMN public.answer_citations.quote_end IS 'Exclusive.';

COMMENT ON COLUMN public.answer_citations.start_ms IS 'Start of the first cue the quote touches, in ms; NULL in a lecture without times.';

COMMENT ON COLUMN public.answer_citations.end_ms IS 'End of the last cue the quote touches.';

CREATE TABLE public.answer_passages (
    course_id text NOT NULL COLLATE pg_catalog."C",
    answer_id text NOT NULL COLLATE pg_catalog."C",
    retrieval smallint NOT NULL,
    passage smallint NOT NULL,
    part smallint NOT NULL,
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    chunk_id text NOT NULL COLLATE pg_catalog."C",
    text_start integer NOT NULL,
    text_end integer NOT NULL,
    CONSTRAINT answer_passages_check CHECK ((text_end > text_start)),
    CONSTRAINT answer_passages_part_check CHECK ((part >= 0)),
    CONSTRAINT answer_passages_passage_check CHECK ((passage >= 0)),
    CONSTRAINT answer_passages_retrieval_check CHECK ((retrieval > 0)),
    CONSTRAINT answer_passages_text_start_check CHECK ((text_start >= 0)),
    CONSTRAINT answer_passages_version_check CHECK ((version > 0))
);

COMMENT ON TABLE public.answer_passages IS 'The passages that an answer''s drafts were judged against: which chunk stood where. With the chunks'' texts they are the passages again, byte for byte. The foreign key is why such a chunk is not cleaned away. Gone with the drafts when one of the lectures is deleted.';

COMMENT ON COLUMN public.answer_passages.retrieval IS 'From 1: an answer whose lectures were published anew meanwhile is retrieved for again.';

COMMENT ON COLUMN public.answer_passages.passage IS 'From 0 in the order of the prompt; passage n had the alias c<n+1>.';

COMMENT ON COLUMN public.answer_passages.part IS 'From 0 in spoken order.';

COMMENT ON COLUMN public.answer_passages.version IS 'Of the lecture, when it was retrieved. No foreign key: the version may be cleaned away, the chunk not.';

COMMENT ON COLUMN public.answer_passages.chunk_id IS 'The chunk that stood there; its text is immutable.';

COMMENT ON COLUMN public.answer_passages.text_start IS 'Byte in the passage''s text where the chunk''s text began. Neighbours overlap, or have one space between them.';

COMMENT ON COLUMN public.answer_passages.text_end IS 'Exclusive.';

CREATE TABLE public.answer_reasoning (
    course_id text NOT NULL COLLATE pg_catalog."C",
    answer_id text NOT NULL COLLATE pg_catalog."C",
    attempt smallint NOT NULL,
    text text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT answer_reasoning_text_check CHECK ((text <> ''::text))
);

COMMENT ON TABLE public.answer_reasoning IS 'What models wrote before their drafts, only where an operator switched it on (LECTERN_KEEP_REASONING). Never part of an answer.';

COMMENT ON COLUMN public.answer_reasoning.attempt IS 'As in answer_attempts.';

COMMENT ON COLUMN public.answer_reasoning.text IS 'Cut at 64 KiB; e-mail addresses, phone numbers and student numbers were removed before it was stored, see answer/redact.go.';

COMMENT ON COLUMN public.answer_reasoning.expires_at IS 'From then on it is not shown, and the next clean-up deletes it.';

CREATE TABLE public.answers (
    course_id text NOT NULL COLLATE pg_catalog."C",
    answer_id text NOT NULL COLLATE pg_catalog."C",
    principal text NOT NULL,
    lectures text[] DEFAULT '{}'::text[] NOT NULL,
    question text NOT NULL,
    outcome text NOT NULL,
    mode text NOT NULL,
    message text NOT NULL,
    sentences jsonb NOT NULL,
    retrieved jsonb NOT NULL,
    prompt_id text NOT NULL,
    prompt_sha256 text NOT NULL,
    model text NOT NULL,
    prompt_tokens integer NOT NULL,
    completion_tokens integer NOT NULL,
    cost_microusd bigint,
    timings jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    release text DEFAULT 'whole'::text NOT NULL,
    before text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT answers_answer_id_check CHECK ((answer_id ~ '^an_[a-z2-7]{26}$'::text)),
    CONSTRAINT answers_before_check CHECK ((cardinality(before) <= 8)),
    CONSTRAINT answers_check CHECK (((outcome = ANY (ARRAY['answered'::text, 'incomplete'::text])) OR (sentences = '[]'::jsonb))),
    CONSTRAINT answers_check1 CHECK (((outcome <> 'answered'::text) OR ((mode <> 'none'::text) AND (jsonb_array_length(sentences) > 0)))),
    CONSTRAINT answers_completion_tokens_check CHECK ((completion_tokens >= 0)),
    CONSTRAINT answers_cost_microusd_check CHECK ((cost_microusd >= 0)),
    CONSTRAINT answers_mode_check CHECK ((mode = ANY (ARRAY['model'::text, 'extractive'::text, 'none'::text]))),
    CONSTRAINT answers_outcome_check CHECK ((outcome = ANY (ARRAY['answered'::text, 'not_in_lecture'::text, 'refused'::text, 'incomplete'::text]))),
    CONSTRAINT answers_principal_check CHECK ((principal <> ''::text)),
    CONSTRAINT answers_prompt_sha256_check CHECK ((prompt_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT answers_prompt_tokens_check CHECK ((prompt_tokens >= 0)),
    CONSTRAINT answers_release_check CHECK ((release = ANY (ARRAY['whole'::text, 'sentence'::text])))
);

COMMENT ON TABLE public.answers IS 'The evidence of every answer: written in the transaction that checks for the last time that its citations are readable, before a byte of it is released.';

COMMENT ON COLUMN public.answers.principal IS 'On whose behalf it was asked.';

COMMENT ON COLUMN public.answers.lectures IS 'The lectures the question was limited to; empty: the whole course.';

COMMENT ON COLUMN public.answers.question IS 'The student''s words. They stand here and in before, and nowhere else: not in logs, metrics or errors.';

COMMENT ON COLUMN public.answers.outcome IS 'incomplete is for a stream that had to stop after some sentences.';

COMMENT ON COLUMN public.answers.mode IS 'Who wrote the sentences: a model, nobody (verbatim passages), or there are none.';

COMMENT ON COLUMN public.answers.message IS 'What was said besides the sentences.';

COMMENT ON COLUMN public.answers.sentences IS 'The released sentences with their citations, as they were sent. In release by sentence each is written before it is sent.';

COMMENT ON COLUMN public.answers.retrieved IS 'The passages that were retrieved for this request, with chunk ids, ranks, distance and score.';

COMMENT ON COLUMN public.answers.prompt_id IS 'The prompt version in force, such as tutor/2026.11.1.';

COMMENT ON COLUMN public.answers.prompt_sha256 IS 'Over the files of that version: the same id with another hash is another prompt.';

COMMENT ON COLUMN public.answers.model IS 'The model as it named itself in its reply; empty when none was called.';

COMMENT ON COLUMN public.answers.prompt_tokens IS 'As the models server counted, over all calls; 0 where it did not say.';

COMMENT ON COLUMN public.answers.completion_tokens IS 'Likewise.';

COMMENT ON COLUMN public.answers.cost_microusd IS 'Micro-dollars; NULL when the model''s price is unknown. Never a guess.';

COMMENT ON COLUMN public.answers.timings IS 'Milliseconds by stage.';

COMMENT ON COLUMN public.answers.release IS 'whole: nothing left before the whole draft was verified. sentence: each left when it was verified; until the end of the draft the outcome is incomplete.';

COMMENT ON COLUMN public.answers.before IS 'The earlier questions that came with the question, oldest first. The student''s words, like question: in no log, metric or error. What is known of a conversation is what its requests said; nothing joins them.';

CREATE TABLE public.chunk_vectors (
    course_id text NOT NULL COLLATE pg_catalog."C",
    space_id integer NOT NULL,
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    chunk_id text NOT NULL COLLATE pg_catalog."C",
    embedding public.halfvec NOT NULL
);
ALTER TABLE ONLY public.chunk_vectors ALTER COLUMN embedding SET STORAGE PLAIN;

COMMENT ON TABLE public.chunk_vectors IS 'Vectors of exactly the active versions, so that search needs no version filter. Narrow, and halfvec STORAGE PLAIN, because an exact scan of a course reads all of it: 2.3 ms for 2,000 chunks of 768 dimensions against 9.2 ms for a TOASTed vector.';

COMMENT ON COLUMN public.chunk_vectors.space_id IS 'Vectors of different spaces are never compared.';

COMMENT ON COLUMN public.chunk_vectors.lecture_id IS 'So that one lecture can be scanned alone.';

COMMENT ON COLUMN public.chunk_vectors.chunk_id IS 'A chunk of the active version of its lecture.';

COMMENT ON COLUMN public.chunk_vectors.embedding IS 'No type modifier: spaces of several dimensions share the table. Always filter by space_id. No vector index on purpose: exact inside a course.';

CREATE TABLE public.chunks (
    course_id text NOT NULL COLLATE pg_catalog."C",
    chunk_id text NOT NULL COLLATE pg_catalog."C",
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    text text,
    tokens integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT chunks_chunk_id_check CHECK ((chunk_id ~ '^ck_[a-z2-7]{32}$'::text)),
    CONSTRAINT chunks_text_check CHECK ((text <> ''::text)),
    CONSTRAINT chunks_tokens_check CHECK ((tokens > 0))
);

COMMENT ON TABLE public.chunks IS 'Immutable, content-addressed pieces of lectures, retired ones included while an answer cites them.';

COMMENT ON COLUMN public.chunks.chunk_id IS 'ck_ + base32 of 160 bits of SHA-256 over course, lecture, splitter version, text and the n-th occurrence of that text. Not position, not random: a re-ingest keeps the ids of what did not change.';

COMMENT ON COLUMN public.chunks.lecture_id IS 'The lecture it was cut from; a chunk belongs to one.';

COMMENT ON COLUMN public.chunks.text IS 'NFC, cleaned once at ingest. Quotes are verbatim parts of it. NULL: the lecture was deleted on purpose and an answer still cites the chunk.';

COMMENT ON COLUMN public.chunks.tokens IS 'cl100k_base tokens of text.';

CREATE TABLE public.courses (
    course_id text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL,
    language text DEFAULT 'en'::text NOT NULL,
    content_version bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT courses_content_version_check CHECK ((content_version >= 0)),
    CONSTRAINT courses_course_id_check CHECK ((course_id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'::text)),
    CONSTRAINT courses_language_check CHECK ((language ~ '^[a-z]{2,3}$'::text)),
    CONSTRAINT courses_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 300)))
);

COMMENT ON TABLE public.courses IS 'The directory of courses. Holds no lecture text, so the application may list it; everything else is seen one course at a time.';

COMMENT ON COLUMN public.courses.course_id IS 'Names the course in URLs and citations.';

COMMENT ON COLUMN public.courses.title IS 'What a list shows.';

COMMENT ON COLUMN public.courses.language IS 'ISO 639 code of the language the lectures are held in; chooses the lexical analyser.';

COMMENT ON COLUMN public.courses.content_version IS 'Raised by every publish in the course. A process that cached postings compares it to know that they are stale.';

COMMENT ON COLUMN public.courses.deleted_at IS 'Set when the course was deleted on purpose: the row is its tombstone, and the title is its id.';

CREATE TABLE public.embedding_spaces (
    space_id integer NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL,
    dimensions integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT embedding_spaces_dimensions_check CHECK (((dimensions >= 1) AND (dimensions <= 4000))),
    CONSTRAINT embedding_spaces_model_check CHECK ((model <> ''::text)),
    CONSTRAINT embedding_spaces_name_check CHECK ((name <> ''::text))
);

COMMENT ON TABLE public.embedding_spaces IS 'Vectors of different models or dimensions live side by side and are never compared: every vector names its space. A handful of rows, so without course_id.';

COMMENT ON COLUMN public.embedding_spaces.name IS 'Model and dimensions in one word, such as offline-hash-v1@384.';

COMMENT ON COLUMN public.embedding_spaces.model IS 'The embedding model as its server knows it.';

COMMENT ON COLUMN public.embedding_spaces.dimensions IS 'At most 4,000: a halfvec of STORAGE PLAIN has to fit its 8 kB page.';

ALTER TABLE public.embedding_spaces ALTER COLUMN space_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.embedding_spaces_space_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.ingest_jobs (
    course_id text NOT NULL COLLATE pg_catalog."C",
    job_id text NOT NULL COLLATE pg_catalog."C",
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    principal text NOT NULL,
    title text NOT NULL,
    "position" integer,
    source_name text NOT NULL,
    source_sha256 bytea NOT NULL,
    source_bytes integer NOT NULL,
    source bytea,
    state text NOT NULL,
    fence integer DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer NOT NULL,
    river_id bigint NOT NULL,
    heartbeat_at timestamp with time zone,
    done integer DEFAULT 0 NOT NULL,
    chunks integer DEFAULT 0 NOT NULL,
    embedded integer DEFAULT 0 NOT NULL,
    new_chunks integer DEFAULT 0 NOT NULL,
    version integer,
    reason text DEFAULT ''::text NOT NULL,
    line integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT failed_has_reason CHECK (((state <> 'failed'::text) OR (reason <> ''::text))),
    CONSTRAINT finished_when_done CHECK (((state = ANY (ARRAY['queued'::text, 'parsing'::text, 'embedding'::text])) = (finished_at IS NULL))),
    CONSTRAINT ingest_jobs_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT ingest_jobs_check CHECK ((octet_length(source) = source_bytes)),
    CONSTRAINT ingest_jobs_check1 CHECK (((done >= 0) AND (done <= chunks))),
    CONSTRAINT ingest_jobs_embedded_check CHECK ((embedded >= 0)),
    CONSTRAINT ingest_jobs_fence_check CHECK ((fence >= 0)),
    CONSTRAINT ingest_jobs_job_id_check CHECK ((job_id ~ '^job_[a-z2-7]{26}$'::text)),
    CONSTRAINT ingest_jobs_line_check CHECK ((line >= 0)),
    CONSTRAINT ingest_jobs_max_attempts_check CHECK ((max_attempts > 0)),
    CONSTRAINT ingest_jobs_new_chunks_check CHECK ((new_chunks >= 0)),
    CONSTRAINT ingest_jobs_position_check CHECK (("position" >= 0)),
    CONSTRAINT ingest_jobs_principal_check CHECK ((principal <> ''::text)),
    CONSTRAINT ingest_jobs_source_bytes_check CHECK ((source_bytes >= 0)),
    CONSTRAINT ingest_jobs_source_sha256_check CHECK ((octet_length(source_sha256) = 32)),
    CONSTRAINT ingest_jobs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'parsing'::text, 'embedding'::text, 'published'::text, 'failed'::text, 'cancelled'::text, 'superseded'::text]))),
    CONSTRAINT ingest_jobs_version_check CHECK ((version > 0)),
    CONSTRAINT pending_has_source CHECK (((finished_at IS NOT NULL) OR (source IS NOT NULL))),
    CONSTRAINT published_has_version CHECK (((state = 'published'::text) = (version IS NOT NULL)))
);
ALTER TABLE ONLY public.ingest_jobs ALTER COLUMN source SET STORAGE EXTERNAL;

COMMENT ON TABLE public.ingest_jobs IS 'One row per upload: its bytes, who may work on it, and what became of it. At most one per lecture is pending; a newer upload supersedes it.';

COMMENT ON COLUMN public.ingest_jobs.job_id IS 'job_ + base32 of 128 random bits; never used twice.';

COMMENT ON COLUMN public.ingest_jobs.lecture_id IS 'The lecture it is to be a version of.';

COMMENT ON COLUMN public.ingest_jobs.principal IS 'Who uploaded it.';

COMMENT ON COLUMN public.ingest_jobs.title IS 'As given with the upload; empty: what the file says of itself.';

COMMENT ON COLUMN public.ingest_jobs."position" IS 'As given with the upload; NULL: keep the present one, or go to the end.';

COMMENT ON COLUMN public.ingest_jobs.source_name IS 'The uploaded file''s name, for people and as a hint of its format.';

COMMENT ON COLUMN public.ingest_jobs.source_sha256 IS 'SHA-256 of the uploaded bytes.';

COMMENT ON COLUMN public.ingest_jobs.source_bytes IS 'How many bytes were uploaded.';

COMMENT ON COLUMN public.ingest_jobs.source IS 'The bytes as they came. Cleared by clean-up once the job is finished and is not the one the active version was made of.';

COMMENT ON COLUMN public.ingest_jobs.state IS 'queued, parsing, embedding; then published, failed, cancelled (by a person) or superseded (by a newer upload or a deletion).';

COMMENT ON COLUMN public.ingest_jobs.fence IS 'Raised by everyone who takes the job: a worker at its claim, a person who cancels it, a newer upload. A worker may stage and publish only while this is the number it was given.';

COMMENT ON COLUMN public.ingest_jobs.attempts IS 'Claims so far.';

COMMENT ON COLUMN public.ingest_jobs.max_attempts IS 'After so many failed attempts the job fails for good.';

COMMENT ON COLUMN public.ingest_jobs.river_id IS 'The one entry of the queue that may work this job; one that is no longer named here does nothing.';

COMMENT ON COLUMN public.ingest_jobs.heartbeat_at IS 'Last sign of life of the worker that holds the job; NULL: nobody holds it.';

COMMENT ON COLUMN public.ingest_jobs.done IS 'Chunks that have their vectors.';

COMMENT ON COLUMN public.ingest_jobs.chunks IS 'Chunks of the transcript; 0 until it was split.';

COMMENT ON COLUMN public.ingest_jobs.embedded IS 'Texts sent to the embedding model, over all attempts.';

COMMENT ON COLUMN public.ingest_jobs.new_chunks IS 'Chunks that the version before did not have; set when published.';

COMMENT ON COLUMN public.ingest_jobs.version IS 'The version that the lecture has through this job; an older one if the upload changed nothing.';

COMMENT ON COLUMN public.ingest_jobs.reason IS 'Why it failed, or why the last attempt did: one sentence without words of the transcript.';

COMMENT ON COLUMN public.ingest_jobs.line IS 'The line of the file that the reason is about; 0: the whole file.';

COMMENT ON COLUMN public.ingest_jobs.created_at IS 'When it was accepted. Within a lecture ascending: accepting locks the lecture.';

COMMENT ON COLUMN public.ingest_jobs.finished_at IS 'When it reached its last state; NULL: it is pending.';

CREATE TABLE public.lecture_postings (
    course_id text NOT NULL COLLATE pg_catalog."C",
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    analyzer text NOT NULL,
    content_version bigint NOT NULL,
    packed bytea NOT NULL
);
ALTER TABLE ONLY public.lecture_postings ALTER COLUMN packed SET STORAGE EXTERNAL;

COMMENT ON TABLE public.lecture_postings IS 'The active version''s packed BM25 postings. The server scores in memory; building them from text would take a hundred times as long as loading these.';

COMMENT ON COLUMN public.lecture_postings.version IS 'The active version these postings were made of.';

COMMENT ON COLUMN public.lecture_postings.analyzer IS 'As in lecture_versions.';

COMMENT ON COLUMN public.lecture_postings.content_version IS 'courses.content_version of the publish that wrote this row: a cache loads what is newer than it holds.';

COMMENT ON COLUMN public.lecture_postings.packed IS 'Versioned, checksummed; see retrieve/lexical.';

CREATE TABLE public.lecture_versions (
    course_id text NOT NULL COLLATE pg_catalog."C",
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    source_name text NOT NULL,
    source_sha256 bytea NOT NULL,
    format text NOT NULL,
    encoding text NOT NULL,
    splitter text NOT NULL,
    analyzer text NOT NULL,
    space_id integer NOT NULL,
    timed boolean NOT NULL,
    duration_ms bigint NOT NULL,
    words integer NOT NULL,
    tokens integer NOT NULL,
    chunks integer NOT NULL,
    removed jsonb DEFAULT '{}'::jsonb NOT NULL,
    warnings jsonb DEFAULT '[]'::jsonb NOT NULL,
    published_at timestamp with time zone DEFAULT now() NOT NULL,
    job_id text COLLATE pg_catalog."C",
    checksum bytea,
    CONSTRAINT lecture_versions_analyzer_check CHECK ((analyzer <> ''::text)),
    CONSTRAINT lecture_versions_checksum_check CHECK ((octet_length(checksum) = 32)),
    CONSTRAINT lecture_versions_chunks_check CHECK ((chunks > 0)),
    CONSTRAINT lecture_versions_duration_ms_check CHECK ((duration_ms >= 0)),
    CONSTRAINT lecture_versions_encoding_check CHECK ((encoding <> ''::text)),
    CONSTRAINT lecture_versions_format_check CHECK ((format <> ''::text)),
    CONSTRAINT lecture_versions_source_sha256_check CHECK ((octet_length(source_sha256) = 32)),
    CONSTRAINT lecture_versions_splitter_check CHECK ((splitter <> ''::text)),
    CONSTRAINT lecture_versions_tokens_check CHECK ((tokens > 0)),
    CONSTRAINT lecture_versions_version_check CHECK ((version > 0)),
    CONSTRAINT lecture_versions_words_check CHECK ((words > 0))
);

COMMENT ON TABLE public.lecture_versions IS 'One row per published version of a lecture, in the transaction that made it active. Never changed afterwards.';

COMMENT ON COLUMN public.lecture_versions.version IS 'From 1, ascending; a number is never used twice.';

COMMENT ON COLUMN public.lecture_versions.source_name IS 'The uploaded files name, for people.';

COMMENT ON COLUMN public.lecture_versions.source_sha256 IS 'SHA-256 of the uploaded bytes. The same bytes, title, splitter, analyser and space: nothing to do.';

COMMENT ON COLUMN public.lecture_versions.format IS 'srt, vtt, json, markdown or text, as ingest/transcript names it.';

COMMENT ON COLUMN public.lecture_versions.encoding IS 'Of the upload, as it was detected; the stored text is always UTF-8.';

COMMENT ON COLUMN public.lecture_versions.splitter IS 'Version of the chunking rule; part of every chunk id.';

COMMENT ON COLUMN public.lecture_versions.analyzer IS 'The lexical analyser whose terms the postings hold.';

COMMENT ON COLUMN public.lecture_versions.space_id IS 'Where the vectors of this version were made.';

COMMENT ON COLUMN public.lecture_versions.timed IS 'False for plain text: its cue times are all 0 and mean nothing, and citations carry no times.';

COMMENT ON COLUMN public.lecture_versions.duration_ms IS 'End of the last cue in ms; 0 without times.';

COMMENT ON COLUMN public.lecture_versions.words IS 'Of the lecture, overlap counted once.';

COMMENT ON COLUMN public.lecture_versions.tokens IS 'cl100k_base tokens over all chunks, overlap counted twice.';

COMMENT ON COLUMN public.lecture_versions.chunks IS 'How many chunks the version has.';

COMMENT ON COLUMN public.lecture_versions.removed IS 'What cleaning took out of the text: {"kind": count}.';

COMMENT ON COLUMN public.lecture_versions.warnings IS 'What the parser found odd: [{"Line": …, "Message": …}].';

COMMENT ON COLUMN public.lecture_versions.job_id IS 'The job that published it; part of the lecture''s ETag. NULL in versions older than jobs.';

COMMENT ON COLUMN public.lecture_versions.checksum IS 'SHA-256 over the ordered list of chunk ids and texts, as the ingest computed it and the publishing transaction verified it; see ingest/publish.go. NULL in versions older than this column.';

CREATE TABLE public.lectures (
    course_id text NOT NULL COLLATE pg_catalog."C",
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL,
    "position" integer NOT NULL,
    active_version integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    last_version integer DEFAULT 0 NOT NULL,
    CONSTRAINT deleted_is_invisible CHECK (((deleted_at IS NULL) OR (active_version IS NULL))),
    CONSTRAINT lectures_active_version_check CHECK ((active_version > 0)),
    CONSTRAINT lectures_last_version_check CHECK ((last_version >= 0)),
    CONSTRAINT lectures_lecture_id_check CHECK ((lecture_id ~ '^[a-z0-9][a-z0-9_-]{0,127}$'::text)),
    CONSTRAINT lectures_position_check CHECK (("position" >= 0)),
    CONSTRAINT lectures_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 300)))
);

COMMENT ON TABLE public.lectures IS 'A lecture is visible when active_version is set, and then whole.';

COMMENT ON COLUMN public.lectures.lecture_id IS 'Names the lecture in URLs and citations; unique within its course.';

COMMENT ON COLUMN public.lectures.title IS 'What a list shows. Part of the lexical index, so a changed title is a new version.';

COMMENT ON COLUMN public.lectures."position" IS 'Order within the course, ascending; ties by lecture_id. Ranking breaks its ties by it.';

COMMENT ON COLUMN public.lectures.active_version IS 'The one version that search and answers see. NULL: nothing published yet.';

COMMENT ON COLUMN public.lectures.deleted_at IS 'Set when the lecture was deleted on purpose: the row is its tombstone, and the title is its id. A new upload brings it back.';

COMMENT ON COLUMN public.lectures.last_version IS 'The highest version number given so far. Survives deletion and clean-up, so that a number is never used twice.';

CREATE TABLE public.reviews (
    course_id text NOT NULL COLLATE pg_catalog."C",
    answer_id text NOT NULL COLLATE pg_catalog."C",
    attempt smallint NOT NULL,
    reason text NOT NULL,
    codes text[] NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT reviews_codes_check CHECK ((cardinality(codes) > 0)),
    CONSTRAINT reviews_reason_check CHECK ((reason = ANY (ARRAY['rejected'::text, 'failed'::text, 'flagged'::text]))),
    CONSTRAINT reviews_state_check CHECK ((state = ANY (ARRAY['open'::text, 'done'::text])))
);

COMMENT ON TABLE public.reviews IS 'What a person should look at: an attempt that did not pass, or one that was released with doubts. It names them and holds no words of anybody.';

COMMENT ON COLUMN public.reviews.attempt IS 'Of the answer; its draft and findings stand in answer_attempts.';

COMMENT ON COLUMN public.reviews.reason IS 'rejected: the guard found something. failed: there was no draft to judge. flagged: released, with doubts.';

COMMENT ON COLUMN public.reviews.codes IS 'The attempt''s codes; of a flagged one, those of the doubts.';

COMMENT ON COLUMN public.reviews.state IS 'open until a person is done with it.';

CREATE TABLE public.staged_vectors (
    course_id text NOT NULL COLLATE pg_catalog."C",
    space_id integer NOT NULL,
    input_sha256 bytea NOT NULL,
    embedding public.halfvec NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT staged_vectors_input_sha256_check CHECK ((octet_length(input_sha256) = 32))
);
ALTER TABLE ONLY public.staged_vectors ALTER COLUMN embedding SET STORAGE PLAIN;

COMMENT ON TABLE public.staged_vectors IS 'Vectors paid for but not yet published, by the hash of the exact embedder input. A killed ingest finds them here; publish deletes them.';

COMMENT ON COLUMN public.staged_vectors.input_sha256 IS 'SHA-256 of the exact text the embedder was given.';

COMMENT ON COLUMN public.staged_vectors.embedding IS 'As the embedder gave it, in half precision.';

COMMENT ON COLUMN public.staged_vectors.created_at IS 'What has been staged for long belongs to an ingest that nobody ran again.';

CREATE TABLE public.version_chunks (
    course_id text NOT NULL COLLATE pg_catalog."C",
    lecture_id text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    ordinal integer NOT NULL,
    chunk_id text NOT NULL COLLATE pg_catalog."C",
    overlap integer NOT NULL,
    cue_offsets integer[] NOT NULL,
    cue_starts bigint[] NOT NULL,
    cue_ends bigint[] NOT NULL,
    cue_speakers text[] NOT NULL,
    heading text DEFAULT ''::text NOT NULL,
    CONSTRAINT version_chunks_check CHECK (((cardinality(cue_offsets) = cardinality(cue_starts)) AND (cardinality(cue_starts) = cardinality(cue_ends)))),
    CONSTRAINT version_chunks_check1 CHECK (((cardinality(cue_speakers) = 0) OR (cardinality(cue_speakers) = cardinality(cue_offsets)))),
    CONSTRAINT version_chunks_cue_offsets_check CHECK (((cardinality(cue_offsets) > 0) AND (cue_offsets[1] = 0))),
    CONSTRAINT version_chunks_heading_check CHECK ((octet_length(heading) <= 2000)),
    CONSTRAINT version_chunks_ordinal_check CHECK ((ordinal >= 0)),
    CONSTRAINT version_chunks_overlap_check CHECK ((overlap >= 0))
);

COMMENT ON TABLE public.version_chunks IS 'The ordered list of chunks that is a version, with that version''s cue times: times may move while texts, and so chunk ids, stay.';

COMMENT ON COLUMN public.version_chunks.version IS 'The version whose list this is.';

COMMENT ON COLUMN public.version_chunks.ordinal IS 'Position in the lecture from 0, without gaps.';

COMMENT ON COLUMN public.version_chunks.chunk_id IS 'The same chunk may stand in many versions, and once in each.';

COMMENT ON COLUMN public.version_chunks.overlap IS 'Leading bytes of the chunk''s text that repeat the end of the chunk before it.';

COMMENT ON COLUMN public.version_chunks.cue_offsets IS 'Byte in the chunk''s text where each cue''s words begin, ascending from 0.';

COMMENT ON COLUMN public.version_chunks.cue_starts IS 'Start of each cue in ms from the start of the lecture.';

COMMENT ON COLUMN public.version_chunks.cue_ends IS 'End of each cue in ms; a quotes time ends with its last cue.';

COMMENT ON COLUMN public.version_chunks.cue_speakers IS 'Speaker of each cue, or empty when nobody is named in the chunk.';

COMMENT ON COLUMN public.version_chunks.heading IS 'The headings that the chunk''s own text (behind overlap) stands under, outermost first, then those within it, each on a line; empty without any, and in versions older than this column. They count in the postings, see retrieve/lexical; nobody is shown them.';

ALTER TABLE ONLY public.answer_attempts
    ADD CONSTRAINT answer_attempts_pkey PRIMARY KEY (course_id, answer_id, attempt);

ALTER TABLE ONLY public.answer_citations
    ADD CONSTRAINT answer_citations_pkey PRIMARY KEY (course_id, answer_id, sentence, citation);

ALTER TABLE ONLY public.answer_passages
    ADD CONSTRAINT answer_passages_pkey PRIMARY KEY (course_id, answer_id, retrieval, passage, part);

ALTER TABLE ONLY public.answer_reasoning
    ADD CONSTRAINT answer_reasoning_pkey PRIMARY KEY (course_id, answer_id, attempt);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (course_id, answer_id);

ALTER TABLE ONLY public.chunk_vectors
    ADD CONSTRAINT chunk_vectors_pkey PRIMARY KEY (course_id, space_id, lecture_id, chunk_id);

ALTER TABLE ONLY public.chunks
    ADD CONSTRAINT chunks_pkey PRIMARY KEY (course_id, chunk_id);

ALTER TABLE ONLY public.courses
    ADD CONSTRAINT courses_pkey PRIMARY KEY (course_id);

ALTER TABLE ONLY public.embedding_spaces
    ADD CONSTRAINT embedding_spaces_name_key UNIQUE (name);

ALTER TABLE ONLY public.embedding_spaces
    ADD CONSTRAINT embedding_spaces_pkey PRIMARY KEY (space_id);

ALTER TABLE ONLY public.ingest_jobs
    ADD CONSTRAINT ingest_jobs_pkey PRIMARY KEY (course_id, job_id);

ALTER TABLE ONLY public.lecture_postings
    ADD CONSTRAINT lecture_postings_pkey PRIMARY KEY (course_id, lecture_id);

ALTER TABLE ONLY public.lecture_versions
    ADD CONSTRAINT lecture_versions_pkey PRIMARY KEY (course_id, lecture_id, version);

ALTER TABLE ONLY public.lectures
    ADD CONSTRAINT lectures_pkey PRIMARY KEY (course_id, lecture_id);

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (course_id, answer_id, attempt);

ALTER TABLE ONLY public.staged_vectors
    ADD CONSTRAINT staged_vectors_pkey PRIMARY KEY (course_id, space_id, input_sha256);

ALTER TABLE ONLY public.version_chunks
    ADD CONSTRAINT version_chunks_course_id_lecture_id_version_chunk_id_key UNIQUE (course_id, lecture_id, version, chunk_id);

ALTER TABLE ONLY public.version_chunks
    ADD CONSTRAINT version_chunks_pkey PRIMARY KEY (course_id, lecture_id, version, ordinal);

CREATE INDEX answer_citations_by_chunk ON public.answer_citations USING btree (course_id, lecture_id, version, chunk_id);

CREATE INDEX answer_passages_by_chunk ON public.answer_passages USING btree (course_id, chunk_id);

CREATE INDEX answer_reasoning_by_expiry ON public.answer_reasoning USING btree (course_id, expires_at);

CREATE INDEX ingest_jobs_by_lecture ON public.ingest_jobs USING btree (course_id, lecture_id, created_at);

CREATE INDEX ingest_jobs_by_time ON public.ingest_jobs USING btree (course_id, created_at, job_id);

CREATE UNIQUE INDEX ingest_jobs_one_pending ON public.ingest_jobs USING btree (course_id, lecture_id) WHERE (finished_at IS NULL);

CREATE INDEX reviews_open ON public.reviews USING btree (course_id, created_at) WHERE (state = 'open'::text);

ALTER TABLE ONLY public.answer_attempts
    ADD CONSTRAINT answer_attempts_course_id_answer_id_fkey FOREIGN KEY (course_id, answer_id) REFERENCES public.answers(course_id, answer_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.answer_citations
    ADD CONSTRAINT answer_citations_course_id_answer_id_fkey FOREIGN KEY (course_id, answer_id) REFERENCES public.answers(course_id, answer_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.answer_citations
    ADD CONSTRAINT answer_citations_course_id_lecture_id_version_chunk_id_fkey FOREIGN KEY (course_id, lecture_id, version, chunk_id) REFERENCES public.version_chunks(course_id, lecture_id, version, chunk_id) ON DELETE RESTRICT;

ALTER TABLE ONLY public.answer_passages
    ADD CONSTRAINT answer_passages_course_id_answer_id_fkey FOREIGN KEY (course_id, answer_id) REFERENCES public.answers(course_id, answer_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.answer_passages
    ADD CONSTRAINT answer_passages_course_id_chunk_id_fkey FOREIGN KEY (course_id, chunk_id) REFERENCES public.chunks(course_id, chunk_id) ON DELETE RESTRICT;

ALTER TABLE ONLY public.answer_reasoning
    ADD CONSTRAINT answer_reasoning_course_id_answer_id_attempt_fkey FOREIGN KEY (course_id, answer_id, attempt) REFERENCES public.answer_attempts(course_id, answer_id, attempt) ON DELETE CASCADE;

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(course_id);

ALTER TABLE ONLY public.chunk_vectors
    ADD CONSTRAINT chunk_vectors_course_id_chunk_id_fkey FOREIGN KEY (course_id, chunk_id) REFERENCES public.chunks(course_id, chunk_id);

ALTER TABLE ONLY public.chunk_vectors
    ADD CONSTRAINT chunk_vectors_course_id_lecture_id_fkey FOREIGN KEY (course_id, lecture_id) REFERENCES public.lectures(course_id, lecture_id);

ALTER TABLE ONLY public.chunk_vectors
    ADD CONSTRAINT chunk_vectors_space_id_fkey FOREIGN KEY (space_id) REFERENCES public.embedding_spaces(space_id);

ALTER TABLE ONLY public.chunks
    ADD CONSTRAINT chunks_course_id_lecture_id_fkey FOREIGN KEY (course_id, lecture_id) REFERENCES public.lectures(course_id, lecture_id);

ALTER TABLE ONLY public.ingest_jobs
    ADD CONSTRAINT ingest_jobs_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(course_id);

ALTER TABLE ONLY public.ingest_jobs
    ADD CONSTRAINT ingest_jobs_course_id_lecture_id_fkey FOREIGN KEY (course_id, lecture_id) REFERENCES public.lectures(course_id, lecture_id);

ALTER TABLE ONLY public.lecture_postings
    ADD CONSTRAINT lecture_postings_course_id_lecture_id_version_fkey FOREIGN KEY (course_id, lecture_id, version) REFERENCES public.lecture_versions(course_id, lecture_id, version);

ALTER TABLE ONLY public.lecture_versions
    ADD CONSTRAINT lecture_versions_course_id_lecture_id_fkey FOREIGN KEY (course_id, lecture_id) REFERENCES public.lectures(course_id, lecture_id);

ALTER TABLE ONLY public.lecture_versions
    ADD CONSTRAINT lecture_versions_space_id_fkey FOREIGN KEY (space_id) REFERENCES public.embedding_spaces(space_id);

ALTER TABLE ONLY public.lectures
    ADD CONSTRAINT lectures_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(course_id);

ALTER TABLE ONLY public.lectures
    ADD CONSTRAINT lectures_course_id_lecture_id_active_version_fkey FOREIGN KEY (course_id, lecture_id, active_version) REFERENCES public.lecture_versions(course_id, lecture_id, version) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_course_id_answer_id_attempt_fkey FOREIGN KEY (course_id, answer_id, attempt) REFERENCES public.answer_attempts(course_id, answer_id, attempt) ON DELETE CASCADE;

ALTER TABLE ONLY public.staged_vectors
    ADD CONSTRAINT staged_vectors_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(course_id);

ALTER TABLE ONLY public.staged_vectors
    ADD CONSTRAINT staged_vectors_space_id_fkey FOREIGN KEY (space_id) REFERENCES public.embedding_spaces(space_id);

ALTER TABLE ONLY public.version_chunks
    ADD CONSTRAINT version_chunks_course_id_chunk_id_fkey FOREIGN KEY (course_id, chunk_id) REFERENCES public.chunks(course_id, chunk_id);

ALTER TABLE ONLY public.version_chunks
    ADD CONSTRAINT version_chunks_course_id_lecture_id_version_fkey FOREIGN KEY (course_id, lecture_id, version) REFERENCES public.lecture_versions(course_id, lecture_id, version);

ALTER TABLE public.answer_attempts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.answer_citations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.answer_passages ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.answer_reasoning ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.chunk_vectors ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.chunks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.courses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ingest_jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.lecture_postings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.lecture_versions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.lectures ENABLE ROW LEVEL SECURITY;

CREATE POLICY listed ON public.courses FOR SELECT TO lectern_app USING (true);

CREATE POLICY one_course ON public.answer_attempts TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.answer_citations TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.answer_passages TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.answer_reasoning TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.answers TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.chunk_vectors TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.chunks TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.ingest_jobs TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.lecture_postings TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.lecture_versions TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.lectures TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.reviews TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.staged_vectors TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course ON public.version_chunks TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text))) WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course_delete ON public.courses FOR DELETE TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course_insert ON public.courses FOR INSERT TO lectern_app WITH CHECK ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

CREATE POLICY one_course_update ON public.courses FOR UPDATE TO lectern_app USING ((course_id = NULLIF(current_setting('lectern.course'::text, true), ''::text)));

ALTER TABLE public.reviews ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.staged_vectors ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.version_chunks ENABLE ROW LEVEL SECURITY;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answer_attempts TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answer_citations TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answer_passages TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answer_reasoning TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answers TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chunk_vectors TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chunks TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.courses TO lectern_app;

GRANT SELECT,INSERT ON TABLE public.embedding_spaces TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ingest_jobs TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lecture_postings TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lecture_versions TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.lectures TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reviews TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.staged_vectors TO lectern_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.version_chunks TO lectern_app;
