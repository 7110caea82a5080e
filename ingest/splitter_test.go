package ingest_test

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// TestSplitVersion: production's name is in every stored id, and two settings never share one.
func TestSplitVersion(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  ingest.SplitConfig
		want string
	}{
		{"the default", ingest.DefaultSplit, "s1"},
		{"written out", ingest.SplitConfig{Target: 256, Max: 384, Overlap: 0.15, Window: 96}, "s1"},
		{"half", ingest.SplitConfig{Target: 128, Max: 192, Overlap: 0.15, Window: 48}, "s1/128/192/0.15/48"},
		{"another overlap", ingest.SplitConfig{Target: 256, Max: 384, Overlap: 0.25, Window: 96}, "s1/256/384/0.25/96"},
		{"a hair more overlap", ingest.SplitConfig{Target: 256, Max: 384, Overlap: 0.1500001, Window: 96}, "s1/256/384/0.1500001/96"},
		{"out of range, as Split takes it", ingest.SplitConfig{Overlap: 2}, "s1/64/64/0.5/8"},
	} {
		if got := tt.cfg.Version(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSplitterSetting: an ingester with sizes of its own cuts by them, names them in the version and shares no chunk id with
// production, not even for the same text; what it made is not production's, and the other way round.
func TestSplitterSetting(t *testing.T) {
	db := pgtest.New(t)
	source := ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: "c"}, Lecture: "l", Name: "l.txt", Bytes: []byte("One short sentence."),
	}
	type made struct{ Splitter, ID string }
	publish := func(sizes ingest.SplitConfig) (made, ingest.Report) {
		t.Helper()
		in := &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: slog.New(slog.DiscardHandler), Splitter: sizes}
		if err := in.CreateCourse(t.Context(), "c", "", "en"); err != nil {
			t.Fatal(err)
		}
		report, err := in.Lecture(t.Context(), source, nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := postgres.Collect(t.Context(), db, "c", pgx.RowToStructByPos[made], `
select v.splitter, vc.chunk_id
from lectures l
join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
join version_chunks vc on vc.course_id = v.course_id and vc.lecture_id = v.lecture_id and vc.version = v.version
where l.course_id = 'c'`)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d chunks, %v", len(rows), err)
		}
		return rows[0], report
	}
	want := []ingest.Chunk{{Text: "One short sentence."}}
	ingest.Identify("c", "l", want)
	standard, _ := publish(ingest.SplitConfig{})
	if diff := cmp.Diff(made{ingest.SplitterVersion, want[0].ID}, standard); diff != "" {
		t.Errorf("the zero value is not production (-want +got):\n%s", diff)
	}
	if _, report := publish(ingest.DefaultSplit); !report.Unchanged {
		t.Error("the default, written out, is another splitter")
	}
	trial := ingest.SplitConfig{Target: 64, Max: 96, Overlap: 0.5, Window: 24}
	tried, report := publish(trial)
	if report.Unchanged || tried.Splitter != trial.Version() || tried.ID == standard.ID {
		t.Errorf("a trial: unchanged %v, %+v", report.Unchanged, tried)
	}
	if _, report := publish(trial); !report.Unchanged {
		t.Error("the same trial again is not the same")
	}
	if back, report := publish(ingest.SplitConfig{}); report.Unchanged || back != standard {
		t.Errorf("back to production: unchanged %v, %+v", report.Unchanged, back)
	}
}
