package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Ready is a lecture that comes in pieces: each text is to be one chunk, as it is. Collections to measure retrieval on
// come like that, and to cut them anew would measure another collection.
type Ready struct {
	Lecture string   // see postgres.ValidLectureID
	Title   string   // may be empty; its words count in every chunk, as always
	Texts   []string // each holds something visible and no NUL; at least one
}

// readyBatch is how many chunks are embedded and published in one transaction, at least one lecture.
const readyBatch = 512

// Passages publishes lectures that the course does not have yet, in order, by the same statements as Lecture: only Split,
// the cleaning of the text and the jobs are left out. What was published before an error stays. progress may be nil; it is
// called with the chunks done so far and in all.
func (in *Ingester) Passages(ctx context.Context, course string, lectures []Ready, progress func(done, all int)) error {
	d, err := in.derivation(ctx, course)
	if err != nil {
		return err
	}
	all, done := 0, 0
	for _, l := range lectures {
		all += len(l.Texts)
	}
	for first := 0; first < len(lectures); {
		last, n := first, 0
		for last < len(lectures) && (last == first || n+len(lectures[last].Texts) <= readyBatch) {
			n += len(lectures[last].Texts)
			last++
		}
		batch := make([]*version, 0, last-first)
		for i, l := range lectures[first:last] {
			v, err := readyVersion(course, l, first+i, d)
			if err != nil {
				return err
			}
			batch = append(batch, v)
		}
		if err := in.embedReady(ctx, batch); err != nil {
			return err
		}
		err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
			for _, v := range batch {
				if err := publishReady(ctx, tx, v); err != nil {
					return fmt.Errorf("lecture %s/%s: publishing: %w", course, v.source.Lecture, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		first, done = last, done+n
		if progress != nil {
			progress(done, all)
		}
	}
	return nil
}

func readyVersion(course string, l Ready, position int, d derivation) (*version, error) {
	if !postgres.ValidLectureID(l.Lecture) {
		return nil, fmt.Errorf("%q cannot name a lecture: use 1 to 128 of a-z, 0-9, _ and -, beginning with a letter or a digit", l.Lecture)
	}
	v := newVersion(Source{Scope: postgres.Scope{Principal: postgres.Local, Course: course}, Lecture: l.Lecture, Position: position, Name: l.Lecture}, d)
	v.title = cmp.Or(cleanTitle(l.Title), l.Lecture)
	v.transcript = &transcript.Transcript{Format: "passages", Encoding: "UTF-8"}
	v.splitter = "none"
	source := sha256.New()
	for _, text := range l.Texts {
		writeSized(source, text)
		c := Chunk{Text: text, Tokens: max(llm.CL100K().Count(text), 1), Cues: []Cue{{}}}
		v.chunks = append(v.chunks, c)
		v.tokens += c.Tokens
		v.words += countWords(text)
	}
	v.words = max(v.words, 1) // a passage of symbols only; the schema wants one word of a lecture
	source.Sum(v.sha256[:0])
	Identify(course, l.Lecture, v.chunks)
	v.checksum = checksum(v.chunks)
	var err error
	if v.postings, err = lexical.Build(d.analyzer, l.Title, l.Texts).MarshalBinary(); err != nil {
		return nil, fmt.Errorf("lecture %s/%s: packing postings: %w", course, l.Lecture, err)
	}
	return v, nil
}

// embedReady fills the vectors of a batch, across its lectures: a server is asked for many texts at a time, however short
// the lectures are.
func (in *Ingester) embedReady(ctx context.Context, batch []*version) error {
	type place struct {
		v  *version
		id string
	}
	var texts []string
	var places []place
	for _, v := range batch {
		v.vectors = make(map[string][]float32, len(v.chunks))
		for _, c := range v.chunks {
			texts, places = append(texts, c.Text), append(places, place{v, c.ID})
		}
	}
	at := 0
	for some := range slices.Chunk(texts, embedBatch) {
		vectors, err := in.Embedder.Embed(ctx, some)
		if err == nil {
			err = checkVectors(vectors, len(some), batch[0].space.Dimensions)
		}
		if err != nil {
			return fmt.Errorf("lecture %s/%s: %w with %s: %w", batch[0].source.Scope.Course, places[at].v.source.Lecture, errEmbedding, batch[0].space.Model, err)
		}
		for i, vector := range vectors {
			places[at+i].v.vectors[places[at+i].id] = vector
		}
		at += len(some)
	}
	return nil
}

func publishReady(ctx context.Context, tx pgx.Tx, v *version) error {
	batch := &pgx.Batch{}
	batch.Queue(`
insert into lectures (course_id, lecture_id, title, position)
values ($1, $2, $3, $4)`, v.source.Scope.Course, v.source.Lecture, v.title, v.source.Position)
	if err := insertVersion(batch, v, 1, ""); err != nil {
		return err
	}
	var added int
	insertChunks(batch, v, 1, &added)
	replaceVectors(batch, v)
	verify(batch, v, 1)
	activate(batch, v, 1)
	return tx.SendBatch(ctx, batch).Close()
}
