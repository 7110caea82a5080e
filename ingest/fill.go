package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Made is a lecture that was made up for a measurement: nothing is left to parse, split or embed.
type Made struct {
	Lecture string // see postgres.ValidLectureID
	Title   string // not empty
	// Chunks are in order; Text, Tokens, Overlap and Cues are set as Split sets them, and the ids are computed. At least one.
	Chunks []Chunk
	// Vectors are those of the chunks, in their order and in the embedder's space.
	Vectors [][]float32
}

// ErrCourseExists: a course that was to be filled is there, or was deleted and left its tombstone.
var ErrCourseExists = errors.New("the course is there already")

// madeFormat is the format of a version that no file stands behind.
const madeFormat = "made up"

// Fill stores a new English course with all its lectures in one transaction: the whole course is there or nothing of it.
// A course that is there already is ErrCourseExists and stays as it is.
//
// The rows are written by the statements of Passages, a few per lecture with all its rows in arrays, so they are those of
// an ingest; there is no job and no file behind them. It is for measurements at sizes that nobody would wait to ingest.
func (in *Ingester) Fill(ctx context.Context, course, title string, lectures []Made) error {
	if !postgres.ValidCourseID(course) {
		return fmt.Errorf("%q cannot name a course: use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or a digit", course)
	}
	d, err := in.madeWith(ctx, course)
	if err != nil {
		return err
	}
	versions := make([]*version, len(lectures))
	for i, l := range lectures {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("course %s: %w", course, err)
		}
		if versions[i], err = madeVersion(course, l, i, d); err != nil {
			return err
		}
	}
	err = in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
insert into courses (course_id, title, language)
values ($1, $2, 'en')
on conflict (course_id) do nothing`, course, title)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrCourseExists
		}
		for _, v := range versions {
			if err := publishReady(ctx, tx, v); err != nil {
				return fmt.Errorf("lecture %s: publishing: %w", v.source.Lecture, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("course %s: %w", course, err)
	}
	return nil
}

// madeWith is derivation for a course that is not there yet.
func (in *Ingester) madeWith(ctx context.Context, course string) (derivation, error) {
	analyzer, err := lexical.NewAnalyzer("en")
	if err != nil {
		return derivation{}, fmt.Errorf("course %s: %w", course, err)
	}
	space, err := in.Embedder.Space(ctx)
	if err != nil {
		return derivation{}, fmt.Errorf("%w: %w", errNoSpace, err)
	}
	if space.Dimensions > 4000 {
		return derivation{}, fmt.Errorf("%s has %d dimensions: %w", space.Model, space.Dimensions, errTooWide)
	}
	id, err := in.spaceID(ctx, course, space)
	return derivation{analyzer: analyzer, space: space, spaceID: id}, err
}

func madeVersion(course string, l Made, position int, d derivation) (*version, error) {
	if !postgres.ValidLectureID(l.Lecture) {
		return nil, fmt.Errorf("%q cannot name a lecture: use 1 to 128 of a-z, 0-9, _ and -, beginning with a letter or a digit", l.Lecture)
	}
	if err := checkVectors(l.Vectors, len(l.Chunks), d.space.Dimensions); err != nil {
		return nil, fmt.Errorf("lecture %s/%s: %w", course, l.Lecture, err)
	}
	v := newVersion(Source{Scope: postgres.Scope{Principal: postgres.Local, Course: course}, Lecture: l.Lecture, Position: position, Name: l.Lecture}, d)
	v.title = l.Title
	v.transcript = &transcript.Transcript{Format: madeFormat, Encoding: "UTF-8", Timed: true}
	v.splitter = "none"
	v.chunks = l.Chunks
	Identify(course, l.Lecture, v.chunks)
	v.checksum = checksum(v.chunks)
	source := sha256.New()
	texts := make([]string, len(v.chunks))
	v.vectors = make(map[string][]float32, len(v.chunks))
	for i, c := range v.chunks {
		if c.Overlap < 0 || c.Overlap >= max(len(c.Text), 1) {
			return nil, fmt.Errorf("lecture %s/%s: chunk %d: an overlap of %d bytes in a text of %d", course, l.Lecture, i, c.Overlap, len(c.Text))
		}
		writeSized(source, c.Text)
		texts[i] = c.Text
		v.vectors[c.ID] = l.Vectors[i]
		v.tokens += c.Tokens
		v.words += countWords(c.Text[c.Overlap:])
		for _, cue := range c.Cues {
			v.durationMS = max(v.durationMS, cue.EndMS)
		}
	}
	source.Sum(v.sha256[:0])
	var err error
	if v.postings, err = lexical.Build(d.analyzer, v.title, texts).MarshalBinary(); err != nil {
		return nil, fmt.Errorf("lecture %s/%s: packing postings: %w", course, l.Lecture, err)
	}
	return v, nil
}
