-- Headings that a chunk stands under, for the postings: these are built anew from what is stored when a course's language
-- or the analyser changes, so what counts in them has to be stored. They belong to the version and not to the chunk:
-- another heading above the same text leaves the chunk, its id and its vector as they are.
-- +goose Up
alter table version_chunks
    add column heading text not null default '' check (octet_length(heading) <= 2000);
comment on column version_chunks.heading is 'The headings that the chunk''s own text (behind overlap) stands under, outermost first, then those within it, each on a line; empty without any, and in versions older than this column. They count in the postings, see retrieve/lexical; nobody is shown them.';

-- +goose Down
alter table version_chunks drop column heading;
