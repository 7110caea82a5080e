package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// embedBatch is how many chunks go to the embedder, and are staged, at a time: what a killed ingest loses at most. Chunks
// have at most DefaultSplit.Max tokens, so a batch stays far below the 2,048 inputs and 300,000 tokens that OpenAI's
// endpoint takes; the client watches over those for whoever asks it for more.
const embedBatch = 64

// embed fills v.vectors with the vectors that chunk_vectors lacks for this version. Each batch is staged as soon as it is
// there, by the hash of the exact text, so an ingest that is killed and run again pays for nothing twice. A worker that
// lost its job, be it that its whole process was stopped for a while, finds out before it pays for the next batch.
func (in *Ingester) embed(ctx context.Context, h *holding, v *version, progress func(Stage, int, int)) error {
	course, lecture := h.course, h.lecture
	present, err := in.presentVectors(ctx, course, lecture, v.spaceID)
	if err != nil {
		return err
	}
	var missing []Chunk
	var hashes [][]byte
	for _, c := range v.chunks {
		if !present[c.ID] {
			sum := sha256.Sum256([]byte(c.Text))
			missing, hashes = append(missing, c), append(hashes, sum[:])
		}
	}
	v.vectors = make(map[string][]float32, len(missing))
	staged, err := in.stagedVectors(ctx, course, v.spaceID, hashes)
	if err != nil {
		return err
	}
	// A text that is said twice is two chunks and one embedding.
	var unpaid []string
	wanted := map[string][]string{} // chunk ids by text
	for i, c := range missing {
		if vector, ok := staged[string(hashes[i])]; ok {
			v.vectors[c.ID] = vector
			continue
		}
		if wanted[c.Text] == nil {
			unpaid = append(unpaid, c.Text)
		}
		wanted[c.Text] = append(wanted[c.Text], c.ID)
	}
	total := len(v.chunks)
	h.done.Store(int64(total - len(unpaid)))
	progress(StageEmbed, total-len(unpaid), total)
	if len(unpaid) > 0 {
		if err := in.sign(ctx, h); err != nil { // the state is embedding from here on
			return err
		}
	}
	for texts := range slices.Chunk(unpaid, in.pace().batch) {
		if h.embedded > 0 { // the first is preceded by the sign of life above
			if err := in.holds(ctx, h); err != nil {
				return err
			}
		}
		vectors, err := in.Embedder.Embed(ctx, texts)
		if err != nil {
			return fmt.Errorf("lecture %s/%s: %w with %s: %w", course, lecture, errEmbedding, v.space.Model, err)
		}
		if err := checkVectors(vectors, len(texts), v.space.Dimensions); err != nil {
			return fmt.Errorf("lecture %s/%s: %w: %s returned %w", course, lecture, errEmbedding, v.space.Model, err)
		}
		for i, text := range texts {
			for _, id := range wanted[text] {
				v.vectors[id] = vectors[i]
			}
		}
		h.embedded += len(texts)
		h.done.Add(int64(len(texts)))
		if err := in.stage(ctx, h, v.spaceID, texts, vectors); err != nil {
			return err
		}
		in.at(StepStaged)
		progress(StageEmbed, int(h.done.Load()), total)
	}
	return nil
}

// checkVectors looks at what an embedder gave before it is stored for good: the client checks its own server, but an
// Embedder may be anything.
func checkVectors(vectors [][]float32, n, dimensions int) error {
	if len(vectors) != n {
		return fmt.Errorf("%d vectors for %d texts", len(vectors), n)
	}
	for _, v := range vectors {
		if len(v) != dimensions {
			return fmt.Errorf("%d dimensions, not %d", len(v), dimensions)
		}
		norm := 0.0
		for _, x := range v {
			norm += float64(x) * float64(x)
		}
		if math.IsNaN(norm) || math.IsInf(norm, 0) || norm == 0 {
			return errors.New("a vector that is zero or not a number")
		}
	}
	return nil
}

func (in *Ingester) presentVectors(ctx context.Context, course, lecture string, space int32) (map[string]bool, error) {
	present := map[string]bool{}
	err := in.DB.Query(ctx, course, func(rows pgx.Rows) error {
		var id string
		_, err := pgx.ForEachRow(rows, []any{&id}, func() error { present[id] = true; return nil })
		return err
	}, `
select chunk_id
from chunk_vectors
where course_id = $1 and space_id = $2 and lecture_id = $3`, course, space, lecture)
	if err != nil {
		return nil, fmt.Errorf("lecture %s/%s: reading vectors: %w", course, lecture, err)
	}
	return present, nil
}

func (in *Ingester) stagedVectors(ctx context.Context, course string, space int32, hashes [][]byte) (map[string][]float32, error) {
	staged := map[string][]float32{}
	if len(hashes) == 0 {
		return staged, nil
	}
	err := in.DB.Query(ctx, course, func(rows pgx.Rows) error {
		var hash []byte
		var vector pgvector.HalfVector
		_, err := pgx.ForEachRow(rows, []any{&hash, &vector}, func() error {
			staged[string(hash)] = vector.Slice()
			return nil
		})
		return err
	}, `
select input_sha256, embedding
from staged_vectors
where course_id = $1 and space_id = $2 and input_sha256 = any($3)`, course, space, hashes)
	if err != nil {
		return nil, fmt.Errorf("course %s: reading staged vectors: %w", course, err)
	}
	return staged, nil
}

// stageTries is how often it is tried to keep a batch that was paid for, before the attempt fails and the batch is lost.
const stageTries = 3

// stage keeps paid vectors until publish. A connection that breaks meanwhile is no reason to pay again: what happens to be
// staged already is left as it is.
func (in *Ingester) stage(ctx context.Context, h *holding, space int32, texts []string, vectors [][]float32) error {
	for try := 1; ; try++ {
		err := in.stageOnce(ctx, h, space, texts, vectors)
		if err == nil || errors.Is(err, errFenced) || ctx.Err() != nil || try == stageTries {
			return err
		}
		in.Log.WarnContext(ctx, "staging vectors failed and is tried again", "course", h.course, "job", h.id, "attempt", try, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(in.retryDelay(try)):
		}
	}
}

// stageOnce stages by INSERT from arrays: PostgreSQL refuses COPY into a table under row-level security to anyone but its
// owner, and arrays are as fast.
func (in *Ingester) stageOnce(ctx context.Context, h *holding, space int32, texts []string, vectors [][]float32) error {
	hashes := make([][]byte, len(texts))
	for i, text := range texts {
		sum := sha256.Sum256([]byte(text))
		hashes[i] = sum[:]
	}
	err := in.DB.InCourse(ctx, h.course, func(tx pgx.Tx) error {
		if err := sign(ctx, tx, h); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
insert into staged_vectors (course_id, space_id, input_sha256, embedding)
select $1, $2, hash, embedding
from unnest($3::bytea[], $4::halfvec[]) as t (hash, embedding)
on conflict do nothing`, h.course, space, hashes, halfVectors(vectors))
		return err
	})
	if err != nil {
		return fmt.Errorf("course %s: staging vectors: %w", h.course, err)
	}
	return nil
}

func halfVectors(vectors [][]float32) []pgvector.HalfVector {
	half := make([]pgvector.HalfVector, len(vectors))
	for i, v := range vectors {
		half[i] = pgvector.NewHalfVector(v)
	}
	return half
}
