package retrieve_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestOrderOfRows: where the rows lie on disk changes nothing, though half of the vectors are the same and whole lectures
// tie in both legs.
func TestOrderOfRows(t *testing.T) {
	f := fill(t, size{courses: 2, lectures: 6, chunks: 30, dims: 16})
	course := f.courses[0]
	f.exec(t, `
update chunk_vectors set embedding = (select embedding from chunk_vectors where course_id = $1 order by chunk_id limit 1)
where course_id = $1 and lecture_id in ('lecture-01', 'lecture-02', 'lecture-03')`, course.id)
	m := &model{space: llm.Space{Name: spaceName(f.dims), Model: "test", Dimensions: f.dims}, vector: halves(unit(append([]float64{}, course.center...)))}
	results := func() (all []retrieve.Result) {
		searcher := retrieve.New(f.db, m, quiet, 0)
		for _, scope := range []postgres.Scope{{Course: course.id}, {Course: course.id, Lectures: course.lects[1:2]}, {Course: course.id, Lectures: course.lects[1:4]}} {
			for _, query := range []string{"router", "the packet and the network", "zzzzz"} {
				for _, k := range []int{3, 100} {
					found, err := searcher.Search(t.Context(), scope, query, retrieve.Options{K: k, Budget: 1 << 20})
					if err != nil {
						t.Fatal(err)
					}
					found.Timings, found.Analyzer = retrieve.Timings{}, nil
					all = append(all, found)
				}
			}
		}
		return all
	}
	want := results()
	for _, shuffle := range []string{
		"vacuum full chunk_vectors",
		"create temp table copied as select * from chunk_vectors; delete from chunk_vectors; insert into chunk_vectors select * from copied order by md5(chunk_id); drop table copied",
		"update chunk_vectors set embedding = embedding where hashtext(chunk_id) % 2 = 0; update version_chunks set overlap = overlap where ordinal % 3 = 0",
		"cluster version_chunks using version_chunks_course_id_lecture_id_version_chunk_id_key; cluster chunks using chunks_pkey; update lectures set position = position",
		"vacuum analyze",
	} {
		if _, err := f.owner.PgConn().Exec(t.Context(), shuffle).ReadAll(); err != nil {
			t.Fatalf("%s: %v", shuffle, err)
		}
		if diff := cmp.Diff(want, results()); diff != "" {
			t.Errorf("after %q (-want +got):\n%.2000s", shuffle, diff)
		}
	}
}
