-- What it takes to judge a stored draft again and get the same verdict: which passages it was judged against, what could
-- be read of them at that moment, and by which guard. And a model's reasoning, where an operator keeps it for a while.

-- +goose Up
alter table answer_attempts add column judged jsonb;
comment on column answer_attempts.judged is 'What the verdict depended on besides the draft: {"guard": its version, "language" and "glossary" (titles), "retrieval": whose passages, in answer_passages, "passages_sha256": over their aliases, texts and ranges as the guard was given them, "unreadable": [ids of chunks that could not be read any more]}. NULL: there was no draft to judge, or it was judged before this column.';
comment on column answer_attempts.draft is 'What the model wrote, cut behind the guard''s limit; what no text column takes is U+0001, which no draft may hold either. NULL when it wrote nothing, or when a lecture it was written from was deleted.';

create table answer_passages (
    course_id  text collate "C" not null,
    answer_id  text collate "C" not null,
    retrieval  smallint not null check (retrieval > 0),
    passage    smallint not null check (passage >= 0),
    part       smallint not null check (part >= 0),
    lecture_id text collate "C" not null,
    version    integer not null check (version > 0),
    chunk_id   text collate "C" not null,
    text_start integer not null check (text_start >= 0),
    text_end   integer not null check (text_end > text_start),
    primary key (course_id, answer_id, retrieval, passage, part),
    foreign key (course_id, answer_id) references answers on delete cascade,
    foreign key (course_id, chunk_id) references chunks on delete restrict
);
create index answer_passages_by_chunk on answer_passages (course_id, chunk_id);
comment on table answer_passages is 'The passages that an answer''s drafts were judged against: which chunk stood where. With the chunks'' texts they are the passages again, byte for byte. The foreign key is why such a chunk is not cleaned away. Gone with the drafts when one of the lectures is deleted.';
comment on column answer_passages.retrieval is 'From 1: an answer whose lectures were published anew meanwhile is retrieved for again.';
comment on column answer_passages.passage is 'From 0 in the order of the prompt; passage n had the alias c<n+1>.';
comment on column answer_passages.part is 'From 0 in spoken order.';
comment on column answer_passages.version is 'Of the lecture, when it was retrieved. No foreign key: the version may be cleaned away, the chunk not.';
comment on column answer_passages.chunk_id is 'The chunk that stood there; its text is immutable.';
comment on column answer_passages.text_start is 'Byte in the passage''s text where the chunk''s text began. Neighbours overlap, or have one space between them.';
comment on column answer_passages.text_end is 'Exclusive.';

create table answer_reasoning (
    course_id  text collate "C" not null,
    answer_id  text collate "C" not null,
    attempt    smallint not null,
    text       text not null check (text <> ''),
    expires_at timestamptz not null,
    primary key (course_id, answer_id, attempt),
    foreign key (course_id, answer_id, attempt) references answer_attempts on delete cascade
);
create index answer_reasoning_by_expiry on answer_reasoning (course_id, expires_at);
comment on table answer_reasoning is 'What models wrote before their drafts, only where an operator switched it on (LECTERN_KEEP_REASONING). Never part of an answer.';
comment on column answer_reasoning.attempt is 'As in answer_attempts.';
comment on column answer_reasoning.text is 'Cut at 64 KiB; e-mail addresses, phone numbers and student numbers were removed before it was stored, see answer/redact.go.';
comment on column answer_reasoning.expires_at is 'From then on it is not shown, and the next clean-up deletes it.';

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['answer_passages', 'answer_reasoning'] loop
        execute format('alter table %I enable row level security', t);
        execute format($p$create policy one_course on %I to lectern_app
            using (course_id = nullif(current_setting('lectern.course', true), ''))
            with check (course_id = nullif(current_setting('lectern.course', true), ''))$p$, t);
        execute format('grant select, insert, update, delete on %I to lectern_app', t);
    end loop;
end
$$;
-- +goose StatementEnd

-- +goose Down
drop table answer_reasoning, answer_passages;
comment on column answer_attempts.draft is 'What the model wrote, cut at 64 KiB; NULL when it wrote nothing.';
alter table answer_attempts drop column judged;
