-- What a student had asked before in the same conversation: a verdict depends on it, so a replay needs it.

-- +goose Up
alter table answers add column before text[] not null default '{}' check (cardinality(before) <= 8);
comment on column answers.before is 'The earlier questions that came with the question, oldest first. The student''s words, like question: in no log, metric or error. What is known of a conversation is what its requests said; nothing joins them.';
comment on column answers.question is 'The student''s words. They stand here and in before, and nowhere else: not in logs, metrics or errors.';

-- +goose Down
comment on column answers.question is 'The student''s words. Stands here and nowhere else: not in logs, metrics or errors.';
alter table answers drop column before;
