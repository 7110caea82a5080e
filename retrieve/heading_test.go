package retrieve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestHeadingFindsWhatIsBeneath: a question with a heading's words finds the chunks beneath it, which do not say them,
// also when the course's language was changed since and the postings are built anew from what is stored.
func TestHeadingFindsWhatIsBeneath(t *testing.T) {
	db := pgtest.New(t)
	in := &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: quiet}
	if err := in.CreateCourse(t.Context(), "net", "", "en"); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Networks\n\n")
	for i, heading := range []string{"Switching", "Congestion avoidance", "Addresses"} {
		fmt.Fprintf(&b, "## %s\n\n", heading)
		for n := range 60 {
			fmt.Fprintf(&b, "In part %d sentence number %d says something that nobody heard before.\n\n", i, n)
		}
	}
	scope := postgres.Scope{Principal: postgres.Local, Course: "net"}
	if _, err := in.Lecture(t.Context(), ingest.Source{Scope: scope, Lecture: "one", Name: "one.md", Bytes: []byte(b.String())}, nil); err != nil {
		t.Fatal(err)
	}
	ask := func(searcher *retrieve.Searcher, language string) {
		t.Helper()
		found, err := searcher.Search(t.Context(), scope, "congestion avoidance", retrieve.Options{K: 3, Expand: -1, Budget: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		silent, all := 0, 0
		for _, p := range found.Passages {
			for _, c := range p.Chunks {
				text := p.Text[c.Start:c.End]
				all++
				if !strings.Contains(text, "In part 1") || c.LexicalRank == 0 {
					t.Errorf("%s: chunk %d is of another part, or was not found by its words: %q", language, c.Ordinal, text)
				}
				if !strings.Contains(text, "ongestion") {
					silent++
				}
			}
		}
		if all != 3 || silent == 0 {
			t.Errorf("%s: of %d chunks %d do not say the heading's words", language, all, silent)
		}
	}
	ask(retrieve.New(db, llm.NewOffline(), quiet, 0), "en")
	if _, err := postgres.Collect(t.Context(), db, "net", pgx.RowTo[int], `update courses set language = 'de' where course_id = 'net' returning 1`); err != nil {
		t.Fatal(err)
	}
	ask(retrieve.New(db, llm.NewOffline(), quiet, 0), "de")
}
