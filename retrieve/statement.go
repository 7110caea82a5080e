package retrieve

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/pgvector/pgvector-go"
)

// statement is the parameters of the one statement of a search.
type statement struct {
	space     int32
	vector    []float32 // nil: the lexical leg answers alone
	weight    float64   // of the vector leg
	lexical   []candidate
	seen      map[string]int64 // lecture to ms
	k, expand int
}

// found is a chunk that the statement returned: a winner, or a neighbour of one.
type found struct {
	lecture  string
	title    string
	position int32
	version  int
	timed    bool
	chunk    Chunk
	overlap  int
	tokens   int // of text
	added    int // 1 + the tokens that it adds behind the chunk before it; 0: not known yet
	text     string
	offsets  []int32
	starts   []int64
	ends     []int64
	speakers []string
}

// There is one statement per scope, and the same without limits; see unlimited. A predicate that serves all three ($n is null or lecture_id = any($n))
// reads the whole course under a generic plan, a lecture of it or not.
//
// What they share, and why:
//
//   - The distance is an expression that no vector index can serve. An HNSW index finds the nearest of the whole table
//     and then throws away other courses' rows: 0 to 4 % of the true neighbours for an off-topic question.
//   - Distances count in millionths and ties break by chunk id, which is a hash of the text, so that the order does not
//     hang on the last bit of a float or on the order of rows on disk. Two chunks of one fused score have different ranks
//     in a leg, so the order of the winners is total.
//   - unseen is evaluated before the legs are cut to their depth, never after.
//   - Both legs name a chunk by its id. An id is a hash of course, lecture and text, so a candidate from postings that
//     are older than the statement is either still the same text or drops out.
//   - Only the winners are looked up in version_chunks: the scan costs what the vectors cost, and little else is read.
//   - placed is materialized because its bounds become index conditions only behind a fence: int4 subtraction is not
//     leakproof, and row-level security keeps such expressions away from the index.
//   - A course without a hit still returns one row: its content version.
//
// Parameters: $1 course, $2 space, $3 query vector or NULL, $4 depth of a leg, $5 $6 lexical candidates (lecture, chunk),
// best first, $7 $8 weights (lexical, vector), $9 k of the fusion, $10 winners, $11 neighbours; then the lecture or the
// lectures, if the scope is that; then two arrays that say how far lectures were seen, if the student is limited.
const (
	courseSQL = `
with visible as (
    select l.lecture_id, l.title, l.position, lv.version, lv.timed
    from lectures l
    join lecture_versions lv on lv.course_id = $1 and lv.lecture_id = l.lecture_id and lv.version = l.active_version
    where l.course_id = $1
), unseen as materialized (
    select vc.chunk_id
    from unnest($12::text[], $13::bigint[]) as s (lecture_id, until_ms)
    join visible v using (lecture_id)
    join version_chunks vc on vc.course_id = $1 and vc.lecture_id = v.lecture_id and vc.version = v.version
    where not v.timed or (select max(e) from unnest(vc.cue_ends) as e) > s.until_ms
), nearest as (
    select lecture_id, chunk_id, round((embedding <=> $3::halfvec) * 1e6) as micro
    from chunk_vectors
    where course_id = $1 and space_id = $2 and $3::halfvec is not null
      and chunk_id not in (select chunk_id from unseen)
    order by micro, chunk_id
    limit $4
), ` + fusionSQL

	lecturesSQL = `
with visible as (
    select l.lecture_id, l.title, l.position, lv.version, lv.timed
    from lectures l
    join lecture_versions lv on lv.course_id = $1 and lv.lecture_id = l.lecture_id and lv.version = l.active_version
    where l.course_id = $1 and l.lecture_id = any($12::text[])
), unseen as materialized (
    select vc.chunk_id
    from unnest($13::text[], $14::bigint[]) as s (lecture_id, until_ms)
    join visible v using (lecture_id)
    join version_chunks vc on vc.course_id = $1 and vc.lecture_id = v.lecture_id and vc.version = v.version
    where not v.timed or (select max(e) from unnest(vc.cue_ends) as e) > s.until_ms
), nearest as (
    select lecture_id, chunk_id, round((embedding <=> $3::halfvec) * 1e6) as micro
    from chunk_vectors
    where course_id = $1 and space_id = $2 and lecture_id = any($12::text[]) and $3::halfvec is not null
      and chunk_id not in (select chunk_id from unseen)
    order by micro, chunk_id
    limit $4
), ` + fusionSQL

	lectureSQL = `
with visible as (
    select l.lecture_id, l.title, l.position, lv.version, lv.timed
    from lectures l
    join lecture_versions lv on lv.course_id = $1 and lv.lecture_id = l.lecture_id and lv.version = l.active_version
    where l.course_id = $1 and l.lecture_id = $12
), unseen as materialized (
    select vc.chunk_id
    from unnest($13::text[], $14::bigint[]) as s (lecture_id, until_ms)
    join visible v using (lecture_id)
    join version_chunks vc on vc.course_id = $1 and vc.lecture_id = v.lecture_id and vc.version = v.version
    where not v.timed or (select max(e) from unnest(vc.cue_ends) as e) > s.until_ms
), nearest as (
    select lecture_id, chunk_id, round((embedding <=> $3::halfvec) * 1e6) as micro
    from chunk_vectors
    where course_id = $1 and space_id = $2 and lecture_id = $12 and $3::halfvec is not null
      and chunk_id not in (select chunk_id from unseen)
    order by micro, chunk_id
    limit $4
), ` + fusionSQL

	// fusionSQL is the end that all three have in common.
	fusionSQL = `lexical as (
    select lecture_id, chunk_id, rank
    from unnest($5::text[], $6::text[]) with ordinality as t (lecture_id, chunk_id, rank)
), vector as (
    select lecture_id, chunk_id, micro, row_number() over (order by micro, chunk_id) as rank
    from nearest
), fused as (
    select lecture_id, chunk_id, l.rank as lexical_rank, d.rank as vector_rank, d.micro / 1e6 as distance,
           coalesce($7::float8 / ($9::integer + l.rank), 0) + coalesce($8::float8 / ($9::integer + d.rank), 0) as score
    from lexical l
    full join vector d using (lecture_id, chunk_id)
), winners as (
    select f.*, v.title, v.position, v.version, v.timed
    from fused f
    join visible v using (lecture_id)
    where f.chunk_id not in (select chunk_id from unseen)
    order by f.score desc, f.lexical_rank, f.vector_rank
    limit $10
), placed as materialized (
    select w.*, own.ordinal - $11::integer as first, own.ordinal + $11::integer as last
    from winners w
    join version_chunks own on own.course_id = $1 and own.lecture_id = w.lecture_id and own.version = w.version and own.chunk_id = w.chunk_id
), near as (
    select distinct on (w.lecture_id, vc.ordinal)
           w.*, vc.chunk_id as near_id, vc.chunk_id = w.chunk_id as won,
           vc.ordinal, vc.overlap, vc.cue_offsets, vc.cue_starts, vc.cue_ends, vc.cue_speakers
    from placed w
    join version_chunks vc on vc.course_id = $1 and vc.lecture_id = w.lecture_id and vc.version = w.version
     and vc.ordinal between w.first and w.last
    where vc.chunk_id not in (select chunk_id from unseen)
    order by w.lecture_id, vc.ordinal, vc.chunk_id = w.chunk_id desc, w.score desc, w.lexical_rank
), texts as (
    select n.*, c.text, c.tokens
    from near n
    join chunks c on c.course_id = $1 and c.chunk_id = n.near_id
)
select course.content_version, course.deleted_at is not null, t.lecture_id, t.title, t.position, t.version, t.timed,
       t.near_id, t.ordinal, t.overlap, t.tokens, t.text, t.cue_offsets, t.cue_starts, t.cue_ends, t.cue_speakers,
       t.won, t.score, t.lexical_rank, t.vector_rank, t.distance
from courses course
left join texts t on true
where course.course_id = $1
order by t.won desc, t.score desc, t.lexical_rank, t.vector_rank, t.ordinal`
)

// unlimited is a statement for a student who is not limited to what was seen, as most are not: the same without unseen,
// which is a fifth of the plan and costs a tenth of the time even where it is empty.
func unlimited(sql string) string {
	head, rest, _ := strings.Cut(sql, "unseen as materialized (")
	_, rest, _ = strings.Cut(rest, "nearest as (")
	sql = head + "nearest as (" + rest
	for _, filter := range []string{
		"\n      and chunk_id not in (select chunk_id from unseen)",
		"\n    where f.chunk_id not in (select chunk_id from unseen)",
		"\n    where vc.chunk_id not in (select chunk_id from unseen)",
	} {
		sql = strings.Replace(sql, filter, "", 1)
	}
	return sql
}

// A shape is what the statement depends on.
type shape struct {
	lectures int // 0: the course, 1: a lecture, 2: several
	limited  bool
}

var statements = map[shape]string{
	{0, true}: courseSQL, {0, false}: unlimited(courseSQL),
	{1, true}: lectureSQL, {1, false}: unlimited(lectureSQL),
	{2, true}: lecturesSQL, {2, false}: unlimited(lecturesSQL),
}

// run executes the statement for the scope and returns winners best first, then neighbours, and the course's content
// version.
func (s *Searcher) run(ctx context.Context, scope postgres.Scope, st statement) ([]found, int64, error) {
	lectures, chunks := make([]string, len(st.lexical)), make([]string, len(st.lexical))
	for i, c := range st.lexical {
		lectures[i], chunks[i] = c.lecture, c.chunk
	}
	seen, until := make([]string, 0, len(st.seen)), make([]int64, 0, len(st.seen))
	for lecture, ms := range st.seen {
		seen, until = append(seen, lecture), append(until, ms)
	}
	var vector any
	if st.vector != nil {
		vector = pgvector.NewHalfVector(st.vector)
	}
	args := []any{scope.Course, st.space, vector, depth(st.k), lectures, chunks, lexicalWeight, st.weight, rrfK, st.k, st.expand}
	switch len(scope.Lectures) {
	case 0:
	case 1:
		args = append(args, scope.Lectures[0])
	default:
		args = append(args, scope.Lectures)
	}
	if len(seen) > 0 {
		args = append(args, seen, until)
	}
	sql := statements[shape{lectures: min(len(scope.Lectures), 2), limited: len(seen) > 0}]
	var out []found
	version, deleted := int64(-1), false
	err := s.db.Query(ctx, scope.Course, func(rows pgx.Rows) error {
		for rows.Next() {
			f, some, err := scanFound(rows, &version, &deleted)
			if err != nil {
				return err
			}
			if some {
				out = append(out, f)
			}
		}
		return nil
	}, sql, args...)
	switch {
	case err != nil:
	case version < 0:
		err = fmt.Errorf("course %q: %w", scope.Course, ErrNoCourse)
	case deleted:
		err = fmt.Errorf("course %q: %w", scope.Course, ErrCourseDeleted)
	}
	return out, version, err
}

// flat lets pgx read an array without reflection.
func flat[T any](into *[]T) *pgtype.FlatArray[T] { return (*pgtype.FlatArray[T])(into) }

func scanFound(rows pgx.Rows, version *int64, deleted *bool) (f found, some bool, err error) {
	var lecture, title, id, text *string
	var position, number, ordinal, overlap, tokens *int32
	var timed, won *bool
	var score *float64
	var lexicalRank, vectorRank *int64
	err = rows.Scan(version, deleted, &lecture, &title, &position, &number, &timed, &id, &ordinal, &overlap, &tokens, &text,
		flat(&f.offsets), flat(&f.starts), flat(&f.ends), flat(&f.speakers), &won, &score, &lexicalRank, &vectorRank, &f.chunk.Distance)
	if err != nil || lecture == nil {
		return f, false, err
	}
	if text == nil { // only a deleted lecture's chunks have none, and those are no part of an active version
		return f, false, fmt.Errorf("lecture %s: chunk %s of its active version has no text", *lecture, *id)
	}
	f.lecture, f.title, f.position, f.version, f.timed = *lecture, *title, *position, int(*number), *timed
	f.overlap, f.tokens, f.text = int(*overlap), int(*tokens), *text
	f.chunk.ID, f.chunk.Ordinal = *id, int(*ordinal)
	if f.chunk.Neighbour = !*won; f.chunk.Neighbour {
		f.chunk.Distance = nil // score, ranks and distance are those of the winner it stands beside
		return f, true, nil
	}
	f.chunk.Score = *score
	if lexicalRank != nil {
		f.chunk.LexicalRank = int(*lexicalRank)
	}
	if vectorRank != nil {
		f.chunk.VectorRank = int(*vectorRank)
	}
	return f, true, nil
}
