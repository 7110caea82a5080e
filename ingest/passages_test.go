package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestPassages: passages that come ready are stored as they are, in order and whole, over several transactions, and search
// finds them.
func TestPassages(t *testing.T) {
	db := pgtest.New(t)
	in := &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: slog.New(slog.DiscardHandler)}
	if err := in.CreateCourse(t.Context(), "c", "", ""); err != nil {
		t.Fatal(err)
	}
	long := ingest.Ready{Lecture: "long"}
	for i := range 700 {
		long.Texts = append(long.Texts, fmt.Sprintf("Passage number %d is about the animal zebra%d.", i, i))
	}
	lectures := []ingest.Ready{
		{Lecture: "a", Title: "Whales  and\nships", Texts: []string{"The same words.", "The same words.", "  kept, spaces\nand all  ", "♫"}},
		long,
		{Lecture: "symbols", Texts: []string{"♫"}},
	}
	var seen []int
	if err := in.Passages(t.Context(), "c", lectures, func(done, all int) { seen = append(seen, done, all) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{4, 705, 704, 705, 705, 705}, seen); diff != "" {
		t.Error(diff)
	}
	s := retrieve.New(db, llm.NewOffline(), slog.New(slog.DiscardHandler), 0)
	for query, want := range map[string]struct {
		lecture string
		ordinal int
	}{"zebra699": {"long", 699}, "zebra0": {"long", 0}, "kept spaces": {"a", 2}, "whale": {"a", 0}} { // by the title alone, which all four have
		found, err := s.Search(t.Context(), postgres.Scope{Principal: postgres.Local, Course: "c"}, query, retrieve.Options{Expand: -1, K: 1})
		if err != nil {
			t.Fatal(err)
		}
		if p := found.Passages; len(p) != 1 || p[0].Lecture != want.lecture || p[0].Chunks[0].Ordinal != want.ordinal {
			t.Errorf("%s: %+v", query, found.Passages)
		}
	}
	infos, err := s.Lectures(t.Context(), postgres.Scope{Principal: postgres.Local, Course: "c"})
	if err != nil || len(infos) != 3 || infos[0].Title != "Whales and ships" || infos[1].Title != "long" || infos[1].Chunks != 700 {
		t.Errorf("%+v, %v", infos, err)
	}
	if err := in.Passages(t.Context(), "c", lectures[:1], nil); err == nil {
		t.Error("a lecture that is there was published over")
	}
	if err := in.Passages(t.Context(), "c", []ingest.Ready{{Lecture: "Not An Id", Texts: []string{"x"}}}, nil); err == nil || !strings.Contains(err.Error(), "cannot name a lecture") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := in.Passages(ctx, "c", []ingest.Ready{{Lecture: "late", Texts: []string{"x"}}}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
