package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// errStale: the active version is no longer the one the new version was compared with.
var errStale = errors.New("the lecture was published meanwhile")

// published is what the transaction reports back.
type published struct {
	version   int
	newChunks int
}

// publish makes v the active version in one transaction, or leaves everything as it was. expected is the active version
// that v was compared with (0: none); if another one is active by now, publish returns errStale.
//
// The lecture's row is locked first, so publishes of one lecture queue up and those of other lectures run beside it.
// The course's row, which all of them raise the content version of, is touched last.
func (in *Ingester) publish(ctx context.Context, v *version, expected int) (published, error) {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	var p published
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		next, err := lockLecture(ctx, tx, v, expected)
		if err != nil {
			return err
		}
		p.version = next
		if err := insertVersion(ctx, tx, v, next); err != nil {
			return err
		}
		if p.newChunks, err = insertChunks(ctx, tx, v, next); err != nil {
			return err
		}
		if err := replaceVectors(ctx, tx, v); err != nil {
			return err
		}
		return activate(ctx, tx, v, next)
	})
	if err != nil {
		return p, fmt.Errorf("lecture %s/%s: publishing: %w", course, lecture, err)
	}
	return p, nil
}

// lockLecture creates the lecture's row where it is missing, locks it, and returns the number of the next version.
func lockLecture(ctx context.Context, tx pgx.Tx, v *version, expected int) (int, error) {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	_, err := tx.Exec(ctx, `
insert into lectures (course_id, lecture_id, title, position)
values ($1, $2, $3, case when $4 >= 0 then $4 else (select coalesce(max(position) + 1, 0) from lectures where course_id = $1) end)
on conflict (course_id, lecture_id) do nothing`, course, lecture, v.title, v.source.Position)
	if err != nil {
		return 0, err
	}
	var active int
	err = tx.QueryRow(ctx, `
select coalesce(active_version, 0)
from lectures
where course_id = $1 and lecture_id = $2
for update`, course, lecture).Scan(&active)
	if err != nil {
		return 0, err
	}
	if active != expected {
		return 0, errStale
	}
	var next int
	err = tx.QueryRow(ctx, `
select coalesce(max(version), 0) + 1
from lecture_versions
where course_id = $1 and lecture_id = $2`, course, lecture).Scan(&next)
	return next, err
}

func insertVersion(ctx context.Context, tx pgx.Tx, v *version, number int) error {
	removed, err := json.Marshal(v.transcript.Removed)
	if err != nil {
		return err
	}
	warnings, err := json.Marshal(v.transcript.Warnings)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
insert into lecture_versions (course_id, lecture_id, version, source_name, source_sha256, format, encoding, splitter, analyzer,
                              space_id, timed, duration_ms, words, tokens, chunks, removed, warnings)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, coalesce(nullif($16::jsonb, 'null'), '{}'), coalesce(nullif($17::jsonb, 'null'), '[]'))`,
		v.source.Scope.Course, v.source.Lecture, number, v.source.Name, v.sha256[:], string(v.transcript.Format), v.transcript.Encoding,
		v.splitter, v.analyzer, v.spaceID, v.transcript.Timed, v.durationMS, v.words, v.tokens, len(v.chunks), removed, warnings)
	return err
}

// insertChunks adds the chunks that are new and the version's ordered list of all. The cue arrays are ragged, so they
// travel end to end with the range of each chunk.
func insertChunks(ctx context.Context, tx pgx.Tx, v *version, number int) (added int, err error) {
	n := len(v.chunks)
	ids, texts, tokens, overlaps := make([]string, n), make([]string, n), make([]int32, n), make([]int32, n)
	first, last := make([]int32, n), make([]int32, n) // 1-based and inclusive, as SQL slices are
	var offsets []int32
	var starts, ends []int64
	var speakers []string
	named := make([]bool, n)
	for i, c := range v.chunks {
		ids[i], texts[i], tokens[i], overlaps[i] = c.ID, c.Text, int32(c.Tokens), int32(c.Overlap)
		first[i] = int32(len(offsets) + 1)
		for _, cue := range c.Cues {
			offsets, starts, ends = append(offsets, int32(cue.Offset)), append(starts, cue.StartMS), append(ends, cue.EndMS)
			speakers = append(speakers, cue.Speaker)
			named[i] = named[i] || cue.Speaker != ""
		}
		last[i] = int32(len(offsets))
	}
	course, lecture := v.source.Scope.Course, v.source.Lecture
	tag, err := tx.Exec(ctx, `
insert into chunks (course_id, chunk_id, lecture_id, text, tokens)
select $1, chunk_id, $2, text, tokens
from unnest($3::text[], $4::text[], $5::integer[]) as t (chunk_id, text, tokens)
on conflict (course_id, chunk_id) do nothing`, course, lecture, ids, texts, tokens)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
insert into version_chunks (course_id, lecture_id, version, ordinal, chunk_id, overlap, cue_offsets, cue_starts, cue_ends, cue_speakers)
select $1, $2, $3, t.i - 1, t.chunk_id, t.overlap,
       ($8::integer[])[t.first:t.last], ($9::bigint[])[t.first:t.last], ($10::bigint[])[t.first:t.last],
       case when t.named then ($11::text[])[t.first:t.last] else '{}' end
from unnest($4::text[], $5::integer[], $6::integer[], $7::integer[], $12::boolean[]) with ordinality
     as t (chunk_id, overlap, first, last, named, i)`,
		course, lecture, number, ids, overlaps, first, last, offsets, starts, ends, speakers, named)
	return int(tag.RowsAffected()), err
}

// replaceVectors makes chunk_vectors hold exactly this version's chunks, touching only the rows that differ, and lets
// go of what was staged for it.
func replaceVectors(ctx context.Context, tx pgx.Tx, v *version) error {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	all := make([]string, len(v.chunks))
	var ids []string
	var vectors [][]float32
	for i, c := range v.chunks {
		all[i] = c.ID
		if vector, isNew := v.vectors[c.ID]; isNew {
			ids, vectors = append(ids, c.ID), append(vectors, vector)
		}
	}
	if _, err := tx.Exec(ctx, `
delete from chunk_vectors
where course_id = $1 and lecture_id = $2 and (space_id <> $3 or chunk_id <> all($4))`, course, lecture, v.spaceID, all); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
insert into chunk_vectors (course_id, space_id, lecture_id, chunk_id, embedding)
select $1, $2, $3, chunk_id, embedding
from unnest($4::text[], $5::halfvec[]) as t (chunk_id, embedding)`, course, v.spaceID, lecture, ids, halfVectors(vectors)); err != nil {
		return err
	}
	var have int
	if err := tx.QueryRow(ctx, `
select count(*)
from chunk_vectors
where course_id = $1 and space_id = $2 and lecture_id = $3`, course, v.spaceID, lecture).Scan(&have); err != nil {
		return err
	}
	if have != len(v.chunks) {
		return errStale // vectors of the version we compared with are gone: somebody published
	}
	_, err := tx.Exec(ctx, `
delete from staged_vectors s
using chunks c
where s.course_id = $1 and s.space_id = $2 and c.course_id = $1 and c.chunk_id = any($3) and s.input_sha256 = sha256(convert_to(c.text, 'UTF8'))`,
		course, v.spaceID, all)
	return err
}

// activate raises the course's content version, puts the postings in place, and points the lecture at its new version.
func activate(ctx context.Context, tx pgx.Tx, v *version, number int) error {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	_, err := tx.Exec(ctx, `
update lectures
set active_version = $3, title = $4, position = case when $5 >= 0 then $5 else position end
where course_id = $1 and lecture_id = $2`, course, lecture, number, v.title, v.source.Position)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
with raised as (
    update courses set content_version = content_version + 1 where course_id = $1 returning content_version
)
insert into lecture_postings (course_id, lecture_id, version, analyzer, content_version, packed)
select $1, $2, $3, $4, content_version, $5 from raised
on conflict (course_id, lecture_id) do update
set version = excluded.version, analyzer = excluded.analyzer, content_version = excluded.content_version, packed = excluded.packed`,
		course, lecture, number, v.analyzer, v.postings)
	return err
}
