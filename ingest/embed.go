package ingest

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/pgvector/pgvector-go"
)

// embed fills v.vectors with the vectors that chunk_vectors lacks for this version and returns how many texts it paid
// for. Each batch is staged as soon as it is there, by the hash of the exact text, so an ingest that is killed and run
// again pays for nothing twice.
func (in *Ingester) embed(ctx context.Context, v *version, space llm.Space, progress func(Stage, int, int)) (int, error) {
	course, lecture := v.source.Scope.Course, v.source.Lecture
	present, err := in.presentVectors(ctx, course, lecture, v.spaceID)
	if err != nil {
		return 0, err
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
		return 0, err
	}
	var unpaid []Chunk
	for i, c := range missing {
		if vector, ok := staged[string(hashes[i])]; ok {
			v.vectors[c.ID] = vector
		} else {
			unpaid = append(unpaid, c)
		}
	}
	total, paid := len(v.chunks), len(v.chunks)-len(unpaid)
	progress(StageEmbed, paid, total)
	for rest := unpaid; len(rest) > 0; {
		batch := rest[:min(embedBatch, len(rest))]
		rest = rest[len(batch):]
		texts := make([]string, len(batch))
		for i, c := range batch {
			texts[i] = c.Text
		}
		vectors, err := in.Embedder.Embed(ctx, texts)
		if err != nil {
			return 0, fmt.Errorf("lecture %s/%s: embedding with %s: %w", course, lecture, space.Model, err)
		}
		if len(vectors) != len(batch) {
			return 0, fmt.Errorf("lecture %s/%s: %s returned %d vectors for %d texts", course, lecture, space.Model, len(vectors), len(batch))
		}
		for i, c := range batch {
			if len(vectors[i]) != space.Dimensions {
				return 0, fmt.Errorf("lecture %s/%s: %s returned %d dimensions, not %d", course, lecture, space.Model, len(vectors[i]), space.Dimensions)
			}
			v.vectors[c.ID] = vectors[i]
		}
		if err := in.stage(ctx, course, v.spaceID, texts, vectors); err != nil {
			return 0, err
		}
		paid += len(batch)
		progress(StageEmbed, paid, total)
	}
	return len(unpaid), nil
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

// stage keeps paid vectors until publish. By INSERT from arrays: PostgreSQL refuses COPY into a table under row-level
// security to anyone but its owner, and arrays are as fast.
func (in *Ingester) stage(ctx context.Context, course string, space int32, texts []string, vectors [][]float32) error {
	hashes := make([][]byte, len(texts))
	for i, text := range texts {
		sum := sha256.Sum256([]byte(text))
		hashes[i] = sum[:]
	}
	err := in.DB.InCourse(ctx, course, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
insert into staged_vectors (course_id, space_id, input_sha256, embedding)
select $1, $2, hash, embedding
from unnest($3::bytea[], $4::halfvec[]) as t (hash, embedding)
on conflict do nothing`, course, space, hashes, halfVectors(vectors))
		return err
	})
	if err != nil {
		return fmt.Errorf("course %s: staging vectors: %w", course, err)
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
