package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// Digest is SHA-256, in hex, over what readers see: the active versions of all courses, or of those named by only, in the
// order of course, lecture and ordinal. Titles, positions, chunk ids, texts, overlaps, headings, cues with their speakers, and
// vectors with their space's name go into it. Version numbers, jobs, dates and the database's own numbers do not: the same content
// that came another way has the same digest.
//
// It reads one snapshot and holds one chunk at a time.
func Digest(ctx context.Context, db *postgres.DB, only ...string) (string, error) {
	d := digest{sha256.New()}
	d.text("lectern digest 2")
	err := db.Snapshot(ctx, "", func(tx pgx.Tx) error {
		if len(only) > 0 {
			return d.courses(ctx, tx, only)
		}
		for after := ""; ; {
			page, err := coursesAfter(ctx, tx, after)
			if err != nil {
				return err
			}
			if err := d.courses(ctx, tx, page); err != nil {
				return err
			}
			if len(page) < coursePage {
				return nil
			}
			after = page[len(page)-1]
		}
	})
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	return hex.EncodeToString(d.Sum(nil)), nil
}

// digest is a hash over fields that each come with their length, so that no two sequences of fields look the same.
type digest struct{ hash.Hash }

func (d digest) text(s string) { writeSized(d, s) }

func (d digest) number(n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	d.Write(b[:]) // a hash never returns an error
}

// maybe is a value that should be there; one that is missing is not the same as an empty one.
func maybe[T string | []byte](d digest, v *T) {
	if v == nil {
		d.number(-1)
		return
	}
	d.text(string(*v))
}

func numbers[T int32 | int64](d digest, all []T) {
	d.number(int64(len(all)))
	for _, n := range all {
		d.number(int64(n))
	}
}

func (d digest) courses(ctx context.Context, tx pgx.Tx, courses []string) error {
	for _, course := range courses {
		if err := postgres.Enter(ctx, tx, course); err != nil {
			return err
		}
		if err := d.course(ctx, tx, course); err != nil {
			return fmt.Errorf("course %s: %w", course, err)
		}
	}
	return nil
}

func (d digest) course(ctx context.Context, tx pgx.Tx, course string) error {
	rows, err := tx.Query(ctx, `
select l.lecture_id, l.title, l.position, v.timed, vc.ordinal, vc.chunk_id, c.text, vc.overlap, vc.heading,
       vc.cue_offsets, vc.cue_starts, vc.cue_ends, vc.cue_speakers, s.name, halfvec_send(e.embedding)
from lectures l
join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
join version_chunks vc on vc.course_id = v.course_id and vc.lecture_id = v.lecture_id and vc.version = v.version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
join embedding_spaces s on s.space_id = v.space_id
left join chunk_vectors e on e.course_id = vc.course_id and e.space_id = v.space_id and e.lecture_id = vc.lecture_id and e.chunk_id = vc.chunk_id
where l.course_id = $1
order by l.lecture_id, vc.ordinal`, course)
	if err != nil {
		return err
	}
	var lecture, title, chunk, heading, space string
	var position, ordinal, overlap int64
	var timed bool
	var text *string
	var offsets []int32
	var starts, ends []int64
	var speakers []string
	var vector *[]byte
	_, err = pgx.ForEachRow(rows, []any{
		&lecture, &title, &position, &timed, &ordinal, &chunk, &text, &overlap, &heading, &offsets, &starts, &ends, &speakers, &space, &vector,
	}, func() error {
		d.text(course)
		d.text(lecture)
		d.text(title)
		d.number(position)
		d.text(fmt.Sprint(timed))
		d.number(ordinal)
		d.text(chunk)
		maybe(d, text)
		d.number(overlap)
		d.text(heading)
		numbers(d, offsets)
		numbers(d, starts)
		numbers(d, ends)
		d.number(int64(len(speakers)))
		for _, s := range speakers {
			d.text(s)
		}
		d.text(space)
		maybe(d, vector)
		return nil
	})
	return err
}
