package retrieve

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// TestDeletedBeforeReindex: a lecture that is deleted between the load of its postings and the reading of its texts is
// left away, and its course can be searched.
func TestDeletedBeforeReindex(t *testing.T) {
	db, log := pgtest.New(t), slog.New(slog.NewTextHandler(io.Discard, nil))
	in := &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: log}
	if err := in.CreateCourse(t.Context(), "zoo", "", ""); err != nil {
		t.Fatal(err)
	}
	for _, lecture := range []string{"cats", "birds"} {
		_, err := in.Lecture(t.Context(), ingest.Source{
			Scope: postgres.Scope{Principal: postgres.Local, Course: "zoo"}, Lecture: lecture, Position: -1, Bytes: []byte("The " + lecture + " of the zoo."),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	c := newCache(db, 1<<20)
	loaded, err := c.load(t.Context(), "zoo", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.DeleteLecture(t.Context(), "zoo", "cats", ingest.Condition{}); err != nil {
		t.Fatal(err)
	}
	if loaded.analyzer, err = lexical.NewAnalyzer("de"); err != nil {
		t.Fatal(err)
	}
	if err := c.reindex(t.Context(), loaded); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, l := range loaded.lectures {
		left = append(left, l.id)
		if l.analyzer != loaded.analyzer.Name() {
			t.Errorf("%s is still indexed by %s", l.id, l.analyzer)
		}
	}
	if got := strings.Join(left, " "); got != "birds" {
		t.Errorf("left: %q, want birds alone", got)
	}
}
