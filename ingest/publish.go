package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// published is what the transaction reports back.
type published struct {
	version   int
	newChunks int
}

// publish makes v the active version in one transaction, and the job published with it, or leaves everything as it was:
// errFenced if the job is no longer this worker's.
//
// Locks are taken in the order lecture, course, job, here and everywhere; only the update at the end comes late, and
// nobody who holds the course for long waits for a job. The lecture's row is locked first, so publishes of one lecture
// queue up and those of other lectures run beside it; the course's row, which all of them raise the content version of,
// is touched last.
//
// What needs no answer in between travels as one batch: locks; rows and their verification; activation.
func (in *Ingester) publish(ctx context.Context, h *holding, v *version) (published, error) {
	var p published
	err := in.DB.InCourse(ctx, h.course, func(tx pgx.Tx) (err error) {
		if p.version, err = lockLecture(ctx, tx, h); err != nil {
			return err
		}
		in.at(StepLocked)
		write := &pgx.Batch{}
		if err := insertVersion(write, v, p.version, h.id); err != nil {
			return err
		}
		insertChunks(write, v, p.version, &p.newChunks)
		replaceVectors(write, v)
		verify(write, v, p.version)
		if err := tx.SendBatch(ctx, write).Close(); err != nil {
			return err
		}
		in.at(StepWritten)
		last := &pgx.Batch{}
		activate(last, v, p.version)
		if err := tx.SendBatch(ctx, last).Close(); err != nil {
			return err
		}
		err = in.finish(ctx, tx, h, p.version, p.newChunks)
		in.at(StepActivated)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("lecture %s/%s: publishing: %w", h.course, h.lecture, err)
	}
	return p, nil
}

// lockLecture locks the lecture, compares the job's fence, and returns the number of the next version.
func lockLecture(ctx context.Context, tx pgx.Tx, h *holding) (int, error) {
	var last int
	locks := &pgx.Batch{}
	locks.Queue(`
select last_version
from lectures
where course_id = $1 and lecture_id = $2
for update`, h.course, h.lecture).QueryRow(func(row pgx.Row) error { return row.Scan(&last) })
	lockJob(locks, h)
	err := tx.SendBatch(ctx, locks).Close()
	return last + 1, err
}

func insertVersion(batch *pgx.Batch, v *version, number int, job string) error {
	removed, err := json.Marshal(v.transcript.Removed)
	if err != nil {
		return err
	}
	warnings, err := json.Marshal(v.transcript.Warnings)
	if err != nil {
		return err
	}
	batch.Queue(`
insert into lecture_versions (course_id, lecture_id, version, source_name, source_sha256, format, encoding, splitter, analyzer,
                              space_id, timed, duration_ms, words, tokens, chunks, removed, warnings, job_id, checksum)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, coalesce(nullif($16::jsonb, 'null'), '{}'), coalesce(nullif($17::jsonb, 'null'), '[]'), nullif($18, ''), $19)`,
		v.source.Scope.Course, v.source.Lecture, number, storedName(v.source.Name), v.sha256[:], string(v.transcript.Format), v.transcript.Encoding,
		v.splitter, v.analyzer, v.spaceID, v.transcript.Timed, v.durationMS, v.words, v.tokens, len(v.chunks), removed, warnings, job, v.checksum[:])
	return nil
}

// insertChunks adds the chunks that are new, gives those back their text that a deletion had emptied, and adds the
// version's ordered list of all. The cue arrays are ragged, so they travel end to end with the range of each chunk. added
// is set when the batch was sent.
func insertChunks(batch *pgx.Batch, v *version, number int, added *int) {
	n := len(v.chunks)
	ids, texts, headings, tokens, overlaps := make([]string, n), make([]string, n), make([]string, n), make([]int32, n), make([]int32, n)
	first, last := make([]int32, n), make([]int32, n) // 1-based and inclusive, as SQL slices are
	var offsets []int32
	var starts, ends []int64
	var speakers []string
	named := make([]bool, n)
	for i, c := range v.chunks {
		ids[i], texts[i], headings[i], tokens[i], overlaps[i] = c.ID, c.Text, c.Heading, int32(c.Tokens), int32(c.Overlap)
		first[i] = int32(len(offsets) + 1)
		for _, cue := range c.Cues {
			offsets, starts, ends = append(offsets, int32(cue.Offset)), append(starts, cue.StartMS), append(ends, cue.EndMS)
			speakers = append(speakers, cue.Speaker)
			named[i] = named[i] || cue.Speaker != ""
		}
		last[i] = int32(len(offsets))
	}
	course, lecture := v.source.Scope.Course, v.source.Lecture
	batch.Queue(`
insert into chunks (course_id, chunk_id, lecture_id, text, tokens)
select $1, chunk_id, $2, text, tokens
from unnest($3::text[], $4::text[], $5::integer[]) as t (chunk_id, text, tokens)
on conflict (course_id, chunk_id) do update
set text = excluded.text
where chunks.text is null`, course, lecture, ids, texts, tokens).Exec(func(tag pgconn.CommandTag) error {
		*added = int(tag.RowsAffected())
		return nil
	})
	batch.Queue(`
insert into version_chunks (course_id, lecture_id, version, ordinal, chunk_id, overlap, heading, cue_offsets, cue_starts, cue_ends, cue_speakers)
select $1, $2, $3, t.i - 1, t.chunk_id, t.overlap, t.heading,
       ($8::integer[])[t.first:t.last], ($9::bigint[])[t.first:t.last], ($10::bigint[])[t.first:t.last],
       case when t.named then ($11::text[])[t.first:t.last] else '{}' end
from unnest($4::text[], $5::integer[], $6::integer[], $7::integer[], $12::boolean[], $13::text[]) with ordinality
     as t (chunk_id, overlap, first, last, named, heading, i)`,
		course, lecture, number, ids, overlaps, first, last, offsets, starts, ends, speakers, named, headings)
}

// replaceVectors makes chunk_vectors hold exactly this version's chunks, touching only the rows that differ, and lets
// go of what was staged for it.
func replaceVectors(batch *pgx.Batch, v *version) {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	all, hashes := make([]string, len(v.chunks)), make([][]byte, len(v.chunks))
	var ids []string
	var vectors [][]float32
	for i, c := range v.chunks {
		sum := sha256.Sum256([]byte(c.Text))
		all[i], hashes[i] = c.ID, sum[:]
		if vector, isNew := v.vectors[c.ID]; isNew {
			ids, vectors = append(ids, c.ID), append(vectors, vector)
		}
	}
	batch.Queue(`
delete from chunk_vectors
where course_id = $1 and space_id = any(array(select space_id from embedding_spaces)) and lecture_id = $2 and (space_id <> $3 or chunk_id <> all($4))`, course, lecture, v.spaceID, all)
	batch.Queue(`
insert into chunk_vectors (course_id, space_id, lecture_id, chunk_id, embedding)
select $1, $2, $3, chunk_id, embedding
from unnest($4::text[], $5::halfvec[]) as t (chunk_id, embedding)`, course, v.spaceID, lecture, ids, halfVectors(vectors))
	batch.Queue(`
delete from staged_vectors
where course_id = $1 and space_id = $2 and input_sha256 = any($3)`, course, v.spaceID, hashes)
}

// errUnverified: what the transaction wrote is not what was prepared. Nothing of it becomes visible.
var errUnverified = errors.New("the stored version is not the one that was prepared")

const verifySQL = `
select (select count(*) from chunk_vectors where course_id = $1 and space_id = $4 and lecture_id = $2),
       (select sha256(convert_to(string_agg(vc.chunk_id || c.text || chr(10), '' order by vc.ordinal), 'UTF8'))
        from version_chunks vc
        cross join lateral (select text from chunks where course_id = $1 and chunk_id = vc.chunk_id limit 1) c
        where vc.course_id = $1 and vc.lecture_id = $2 and vc.version = $3)`

// verify reads back what search and citations will see: as many vectors as chunks, and the ordered list of ids and texts
// by its checksum. It would catch a chunk of the same id and another text, a vector that somebody deleted, a list with a
// gap.
//
// A chunk is looked up with its whole key, which the limit enforces. Where statistics know nothing of the course yet, a
// join looks just as good to the planner by course alone, and a lecture of 20,000 chunks took minutes.
func verify(batch *pgx.Batch, v *version, number int) {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	batch.Queue(verifySQL, course, lecture, number, v.spaceID).QueryRow(func(row pgx.Row) error {
		var vectors int
		var sum []byte
		err := row.Scan(&vectors, &sum)
		if err == nil && (vectors != len(v.chunks) || !bytes.Equal(sum, v.checksum[:])) {
			err = errUnverified
		}
		return err
	})
}

// checksum is SHA-256 over each chunk's id, text and a line feed, in order. Texts hold no line feed and ids are of one
// length, so no two lists give the same input.
func checksum(chunks []Chunk) [sha256.Size]byte {
	sum := sha256.New()
	for _, c := range chunks {
		_, _ = io.WriteString(sum, c.ID)
		_, _ = io.WriteString(sum, c.Text)
		_, _ = io.WriteString(sum, "\n")
	}
	return [sha256.Size]byte(sum.Sum(nil))
}

// activate raises the course's content version, puts the postings in place, and points the lecture at its new version.
func activate(batch *pgx.Batch, v *version, number int) {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	batch.Queue(`
update lectures
set active_version = $3, last_version = $3, title = $4, position = case when $5 >= 0 then $5 else position end, deleted_at = null
where course_id = $1 and lecture_id = $2`, course, lecture, number, v.title, v.source.Position)
	batch.Queue(`
with raised as (
    update courses set content_version = content_version + 1 where course_id = $1 returning content_version
)
insert into lecture_postings (course_id, lecture_id, version, analyzer, content_version, packed)
select $1, $2, $3, $4, content_version, $5 from raised
on conflict (course_id, lecture_id) do update
set version = excluded.version, analyzer = excluded.analyzer, content_version = excluded.content_version, packed = excluded.packed`,
		course, lecture, number, v.analyzer, v.postings)
}
