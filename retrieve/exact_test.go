package retrieve_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/pgvector/pgvector-go"
	pgxvec "github.com/pgvector/pgvector-go/pgx"
)

// vectorIndex is what must not tempt the planner. The column has no dimensions, so the index needs a cast.
const vectorIndex = `create index chunk_vectors_hnsw on chunk_vectors using hnsw ((embedding::halfvec(32)) halfvec_cosine_ops)`

// naiveSQL is the search as one would write it first. The index serves its order.
const naiveSQL = `
select chunk_id
from chunk_vectors
where course_id = $1 and space_id = $2
order by embedding::halfvec(32) <=> $3
limit 10`

// app is a connection in the application role.
func (f *shelves) app(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.appURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if err := pgxvec.RegisterTypes(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	return conn
}

func (f *shelves) enter(t *testing.T, conn *pgx.Conn, course string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), `select set_config('lectern.course', $1, false), set_config('jit', 'off', false)`, course); err != nil {
		t.Fatal(err)
	}
}

// distances are the true ones from v to the chunks of course in the given lectures (all: none given), by chunk.
func (f *shelves) distances(course filledCourse, lectures []string, v []float32) map[string]float64 {
	out := map[string]float64{}
	each := len(course.chunks) / len(course.lects)
	for i, id := range course.chunks {
		if len(lectures) > 0 && !slices.Contains(lectures, course.lects[i/each]) {
			continue
		}
		var dot, a, b float64
		for k, x := range course.vectors[i] {
			dot += float64(x) * float64(v[k])
			a += float64(x) * float64(x)
			b += float64(v[k]) * float64(v[k])
		}
		out[id] = 1 - dot/math.Sqrt(a*b)
	}
	return out
}

// recall is the share of the k nearest that got holds. Distances within 2e-6 of the k-th count as equal to it, because the
// database computes in single precision.
func recall(truth map[string]float64, got []string, k int) float64 {
	var all []float64
	for _, d := range truth {
		all = append(all, d)
	}
	slices.Sort(all)
	k = min(k, len(all))
	right := 0
	for _, id := range got[:min(k, len(got))] {
		if d, ok := truth[id]; ok && d <= all[k-1]+2e-6 {
			right++
		}
	}
	return float64(right) / float64(k)
}

// TestOffTopic asks a course about the subjects of other courses, in databases of 5 and of 100 courses, with an HNSW index
// on purpose. Nothing of the course may be missed, whatever plan is taken. That the question is hard is shown by the naive
// search in the same database, which misses.
func TestOffTopic(t *testing.T) {
	sizes := []size{{courses: 5, lectures: 32, chunks: 62, dims: 32, words: 3}, {courses: 100, lectures: 8, chunks: 25, dims: 32, words: 3}}
	if os.Getenv("LECTERN_STRESS") != "" {
		sizes[1].lectures, sizes[1].chunks = 32, 62
	}
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%d courses", size.courses), func(t *testing.T) {
			f := fill(t, size)
			f.exec(t, vectorIndex)
			conn := f.app(t)
			rng := rand.New(rand.NewPCG(1, 1))
			missed, asked := 0.0, 0.0
			for i := range 8 {
				course, other := f.courses[i%len(f.courses)], f.courses[(i+2)%len(f.courses)]
				about := halves(near(rng, other.center, 0.7))
				f.enter(t, conn, course.id)
				for scope, lectures := range map[string][]string{"course": nil, "lecture": course.lects[3:4], "lectures": course.lects[2:5]} {
					truth := f.distances(course, lectures, about)
					for _, mode := range []string{"auto", "force_custom_plan", "force_generic_plan"} {
						for _, limited := range []string{"", "-seen"} {
							got := f.nearest(t, conn, mode, retrieve.Statements[scope+limited], course.id, about, lectures, limited != "")
							for _, k := range []int{1, 10, 100} {
								if r := recall(truth, got, k); r != 1 {
									t.Errorf("%s%s, %s: recall@%d is %.3f", scope, limited, mode, k, r)
								}
							}
						}
					}
				}
				f.search(t, course, about)
				missed += 1 - recall(f.distances(course, nil, about), f.naive(t, conn, course.id, about), 10)
				asked++
			}
			t.Logf("the naive search through the index misses %.0f %% of the ten nearest", 100*missed/asked)
			if missed/asked < 0.5 {
				t.Errorf("the naive search misses %.2f: these questions are too easy to prove anything", missed/asked)
			}
		})
	}
}

// nearest is the vector leg's chunks, nearest first, of the statement as it stands.
func (f *shelves) nearest(t *testing.T, conn *pgx.Conn, mode, sql, course string, v []float32, lectures []string, limited bool) []string {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "set plan_cache_mode = "+mode); err != nil {
		t.Fatal(err)
	}
	args := []any{course, 1, pgvector.NewHalfVector(v), 100, []string{}, []string{}, 1.0, 1.0, 60, 100, 0}
	switch len(lectures) {
	case 0:
	case 1:
		args = append(args, lectures[0])
	default:
		args = append(args, lectures)
	}
	if limited { // to all of a lecture that is not there
		args = append(args, []string{"none"}, []int64{0})
	}
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	type ranked struct {
		id   string
		rank int64
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r ranked, err error) {
		values, err := row.Values()
		if err != nil || values[6] == nil {
			return r, err
		}
		return ranked{values[6+1].(string), values[19].(int64)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = r.id
	}
	return out
}

// search asks the same through the Searcher: all 100 nearest win, in order.
func (f *shelves) search(t *testing.T, course filledCourse, v []float32) {
	t.Helper()
	m := &model{space: llm.Space{Name: spaceName(f.dims), Model: "test", Dimensions: f.dims}, vector: unit32(v)}
	found, err := retrieve.New(f.db, m, quiet, 0).Search(t.Context(), postgres.Scope{Principal: postgres.Local, Course: course.id},
		"zzzzz", retrieve.Options{K: 100, Expand: -1, Budget: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, 100)
	for _, p := range found.Passages {
		for _, c := range p.Chunks {
			got[c.VectorRank-1] = c.ID
		}
	}
	if r := recall(f.distances(course, nil, v), got, 100); r != 1 {
		t.Errorf("through the Searcher: recall@100 is %.3f", r)
	}
}

func unit32(v []float32) []float32 {
	wide := make([]float64, len(v))
	for i, x := range v {
		wide[i] = float64(x)
	}
	return halves(unit(wide))
}

// naive asks as one would without having read docs/retrieval.md. In a small course the planner may prefer to sort, which
// is exact but is its choice, not ours: it is told not to.
func (f *shelves) naive(t *testing.T, conn *pgx.Conn, course string, v []float32) []string {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "set plan_cache_mode = auto; set enable_sort = off"); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), naiveSQL, course, 1, pgvector.NewHalfVector(v))
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "reset enable_sort"); err != nil {
		t.Fatal(err)
	}
	return got
}
