package ingest_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// TestVerifyPlan: in a course that statistics know nothing of yet, a publish looks each chunk up by its whole key. By the
// course alone it is quadratic, which a database without statistics hides.
func TestVerifyPlan(t *testing.T) {
	app, owner := pgtest.URLs(t)
	db, err := postgres.Open(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	in := &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: slog.New(slog.DiscardHandler)}
	if err := in.CreateCourse(t.Context(), "c", "", ""); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: db, in: in}
	for _, name := range []string{"one", "two", "three"} {
		d.ingest(name, lecture(800, func(_ int, s string) string { return s + " In lecture " + name + "." }))
	}
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `analyze`); err != nil {
		t.Fatal(err)
	}
	lines, err := postgres.Collect(t.Context(), db, "new", pgx.RowTo[string], "explain (costs off) "+ingest.VerifySQL, "new", "lecture", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(lines, "\n")
	for _, line := range lines {
		if strings.Contains(line, "Index Cond") && strings.Contains(line, "chunk_id = vc.chunk_id") && strings.Contains(line, "course_id = ") {
			return
		}
	}
	t.Errorf("no chunk is looked up by course and id:\n%s", plan)
}
