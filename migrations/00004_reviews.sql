-- Answers that are released sentence by sentence, and the queue of what a person should look at.

-- +goose Up
alter table answers add column release text not null default 'whole' check (release in ('whole', 'sentence'));
comment on column answers.release is 'whole: nothing left before the whole draft was verified. sentence: each left when it was verified; until the end of the draft the outcome is incomplete.';
comment on column answers.sentences is 'The released sentences with their citations, as they were sent. In release by sentence each is written before it is sent.';

create table reviews (
    course_id  text collate "C" not null,
    answer_id  text collate "C" not null,
    attempt    smallint not null,
    reason     text not null check (reason in ('rejected', 'failed', 'flagged')),
    codes      text[] not null check (cardinality(codes) > 0),
    state      text not null default 'open' check (state in ('open', 'done')),
    created_at timestamptz not null default now(),
    primary key (course_id, answer_id, attempt),
    foreign key (course_id, answer_id, attempt) references answer_attempts on delete cascade
);
create index reviews_open on reviews (course_id, created_at) where state = 'open';
comment on table reviews is 'What a person should look at: an attempt that did not pass, or one that was released with doubts. It names them and holds no words of anybody.';
comment on column reviews.attempt is 'Of the answer; its draft and findings stand in answer_attempts.';
comment on column reviews.reason is 'rejected: the guard found something. failed: there was no draft to judge. flagged: released, with doubts.';
comment on column reviews.codes is 'The attempt''s codes; of a flagged one, those of the doubts.';
comment on column reviews.state is 'open until a person is done with it.';

insert into reviews (course_id, answer_id, attempt, reason, codes, created_at)
select t.course_id, t.answer_id, t.attempt, t.verdict, t.codes, a.created_at
from answer_attempts t
join answers a on a.course_id = t.course_id and a.answer_id = t.answer_id
where t.verdict <> 'pass';

alter table reviews enable row level security;
create policy one_course on reviews to lectern_app
    using (course_id = nullif(current_setting('lectern.course', true), ''))
    with check (course_id = nullif(current_setting('lectern.course', true), ''));
grant select, insert, update, delete on reviews to lectern_app;

-- +goose Down
drop table reviews;
alter table answers drop column release;
comment on column answers.sentences is 'The released sentences with their citations, as they were sent.';
