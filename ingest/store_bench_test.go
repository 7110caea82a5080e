package ingest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/pgvector/pgvector-go"
)

// BenchmarkIngest ingests lectures of 90 minutes that were never seen before, and inserts exactly the rows that each
// became into the same tables of another course, from arrays, in one transaction, with nothing else done. The two take
// turns, so that what disturbs one disturbs the other; x-bare is the ratio of their rows per second, by medians.
func BenchmarkIngest(b *testing.B) {
	d := newBenchDesk(b, "own", "bare")
	sentences := courseSentences(b)
	for i := range 8 { // pages, connections, plans
		lecture := fmt.Sprintf("warm-%d", i)
		d.put(b, "own", lecture, captions(shuffled(sentences, -1-i)))
		insertBare(b, d.DB, readRows(b, d.DB, "own", lecture))
	}
	d.analyze(b)
	var own, bare []time.Duration
	rows, i := 0, 0
	for b.Loop() {
		b.StopTimer()
		lecture := lectureName(i)
		raw := captions(shuffled(sentences, i))
		b.StartTimer()
		began := time.Now()
		d.put(b, "own", lecture, raw)
		own = append(own, time.Since(began))
		b.StopTimer()
		r := readRows(b, d.DB, "own", lecture)
		rows += r.count()
		bare = append(bare, insertBare(b, d.DB, r))
		i++
		b.StartTimer()
	}
	o, n := quantile(own, 0.5), quantile(bare, 0.5)
	b.ReportMetric(float64(rows)/float64(i)/o.Seconds(), "rows/s")
	b.ReportMetric(float64(rows)/float64(i)/n.Seconds(), "bare-rows/s")
	b.ReportMetric(n.Seconds()/o.Seconds(), "x-bare")
}

// BenchmarkIngestTwo is BenchmarkIngest as the command works: two lectures at a time. x-bare compares with bare inserts
// of the same rows one lecture after the other, x-bare-two with bare inserts of two lectures at a time.
func BenchmarkIngestTwo(b *testing.B) {
	d := newBenchDesk(b, "own", "bare")
	sentences := courseSentences(b)
	for i := range 8 {
		lecture := fmt.Sprintf("warm-%d", i)
		d.put(b, "own", lecture, captions(shuffled(sentences, -1-i)))
		insertBare(b, d.DB, readRows(b, d.DB, "own", lecture))
	}
	d.analyze(b)
	var own, one, two []time.Duration
	rows, i := 0, 0
	for b.Loop() {
		b.StopTimer()
		var names [4]string
		var raw [4][]byte
		for k := range names {
			names[k], raw[k] = lectureName(i), captions(shuffled(sentences, i))
			i++
		}
		b.StartTimer()
		for _, k := range []int{0, 2} {
			began := time.Now()
			pair(func(n int) { d.put(b, "own", names[k+n], raw[k+n]) })
			own = append(own, time.Since(began))
		}
		b.StopTimer()
		var r [4]lectureRows
		for k := range names {
			r[k] = readRows(b, d.DB, "own", names[k])
			rows += r[k].count()
		}
		began := time.Now()
		pair(func(n int) { insertBare(b, d.DB, r[n]) })
		two = append(two, time.Since(began))
		one = append(one, insertBare(b, d.DB, r[2])+insertBare(b, d.DB, r[3]))
		b.StartTimer()
	}
	o := quantile(own, 0.5).Seconds()
	b.ReportMetric(float64(rows)/float64(i)*2/o, "rows/s")
	b.ReportMetric(quantile(one, 0.5).Seconds()/o, "x-bare")
	b.ReportMetric(quantile(two, 0.5).Seconds()/o, "x-bare-two")
}

// pair runs fn for 0 and 1 at the same time.
func pair(fn func(int)) {
	var both sync.WaitGroup
	both.Go(func() { fn(0) })
	both.Go(func() { fn(1) })
	both.Wait()
}

// lectureRows is all that is stored of one version of a lecture, by column.
type lectureRows struct {
	lecture                   string
	version, postings         []any
	id, text                  []string
	tokens, ordinal, overlap  []int32
	offsets, starts, ends, by [][]byte // arrays in their text form: ragged arrays cannot be nested
	vectors                   []pgvector.HalfVector
	space                     int32
}

func (r lectureRows) count() int { return 3*len(r.id) + 2 }

// readRows reads the only version of a lecture.
func readRows(b *testing.B, db *postgres.DB, course, lecture string) lectureRows {
	b.Helper()
	r := lectureRows{lecture: lecture}
	one := func(sql string) (values []any) {
		err := db.Query(b.Context(), course, func(rows pgx.Rows) (err error) {
			values, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
			return err
		}, sql, course, lecture)
		if err != nil {
			b.Fatal(err)
		}
		return values
	}
	r.version = one(`
select version, source_name, source_sha256, format, encoding, splitter, analyzer, space_id, timed, duration_ms, words, tokens, chunks, removed, warnings
from lecture_versions
where course_id = $1 and lecture_id = $2`)
	r.postings = one(`
select version, analyzer, packed
from lecture_postings
where course_id = $1 and lecture_id = $2`)
	err := db.Query(b.Context(), course, func(rows pgx.Rows) error {
		var id, text string
		var tokens, ordinal, overlap int32
		var offsets, starts, ends, by string
		var vector pgvector.HalfVector
		_, err := pgx.ForEachRow(rows, []any{&id, &text, &tokens, &ordinal, &overlap, &offsets, &starts, &ends, &by, &vector, &r.space}, func() error {
			r.id, r.text, r.tokens = append(r.id, id), append(r.text, text), append(r.tokens, tokens)
			r.ordinal, r.overlap = append(r.ordinal, ordinal), append(r.overlap, overlap)
			r.offsets, r.starts = append(r.offsets, []byte(offsets)), append(r.starts, []byte(starts))
			r.ends, r.by = append(r.ends, []byte(ends)), append(r.by, []byte(by))
			r.vectors = append(r.vectors, pgvector.NewHalfVector(vector.Slice()))
			return nil
		})
		return err
	}, `
select c.chunk_id, c.text, c.tokens, vc.ordinal, vc.overlap, vc.cue_offsets::text, vc.cue_starts::text, vc.cue_ends::text, vc.cue_speakers::text,
       v.embedding, v.space_id
from version_chunks vc
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
join chunk_vectors v on v.course_id = vc.course_id and v.lecture_id = vc.lecture_id and v.chunk_id = vc.chunk_id
where vc.course_id = $1 and vc.lecture_id = $2
order by vc.ordinal`, course, lecture)
	if err != nil {
		b.Fatal(err)
	}
	if len(r.id) == 0 {
		b.Fatalf("lecture %s has no rows", lecture)
	}
	return r
}

// insertBare inserts r into the course "bare" and returns how long the transaction took. The lecture itself, which the
// foreign keys ask for, is there before.
func insertBare(b *testing.B, db *postgres.DB, r lectureRows) time.Duration {
	b.Helper()
	ctx := b.Context()
	err := db.InCourse(ctx, "bare", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into lectures (course_id, lecture_id, title, position) values ('bare', $1, $1, 0)`, r.lecture)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	err = db.InCourse(ctx, "bare", func(tx pgx.Tx) error { return execBare(ctx, tx, r) })
	took := time.Since(began)
	if err != nil {
		b.Fatal(err)
	}
	return took
}

func execBare(ctx context.Context, tx pgx.Tx, r lectureRows) error {
	if _, err := tx.Exec(ctx, `
insert into lecture_versions (course_id, lecture_id, version, source_name, source_sha256, format, encoding, splitter, analyzer,
                              space_id, timed, duration_ms, words, tokens, chunks, removed, warnings)
values ('bare', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`, append([]any{r.lecture}, r.version...)...); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
insert into chunks (course_id, chunk_id, lecture_id, text, tokens)
select 'bare', chunk_id, $1, text, tokens
from unnest($2::text[], $3::text[], $4::integer[]) as t (chunk_id, text, tokens)`, r.lecture, r.id, r.text, r.tokens); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
insert into version_chunks (course_id, lecture_id, version, ordinal, chunk_id, overlap, cue_offsets, cue_starts, cue_ends, cue_speakers)
select 'bare', $1, $2, ordinal, chunk_id, overlap, offsets::integer[], starts::bigint[], ends::bigint[], speakers::text[]
from unnest($3::integer[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[])
     as t (ordinal, chunk_id, overlap, offsets, starts, ends, speakers)`,
		r.lecture, r.version[0], r.ordinal, r.id, r.overlap, r.offsets, r.starts, r.ends, r.by); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
insert into chunk_vectors (course_id, space_id, lecture_id, chunk_id, embedding)
select 'bare', $1, $2, chunk_id, embedding
from unnest($3::text[], $4::halfvec[]) as t (chunk_id, embedding)`, r.space, r.lecture, r.id, r.vectors); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
insert into lecture_postings (course_id, lecture_id, version, analyzer, content_version, packed)
values ('bare', $1, $2, $3, 1, $4)`, append([]any{r.lecture}, r.postings...)...)
	return err
}
