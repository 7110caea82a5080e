package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// TestFillIsIngest: two lectures of the bundled course, filled in as they were split and embedded, are for readers the very
// same as the lectures ingested: one digest over titles, ids, texts, cues and vectors.
func TestFillIsIngest(t *testing.T) {
	offline := llm.NewOffline()
	ingester := func() *ingest.Ingester {
		return &ingest.Ingester{DB: pgtest.New(t), Embedder: offline, Log: slog.New(slog.DiscardHandler)}
	}
	own, filled := ingester(), ingester()
	if err := own.CreateCourse(t.Context(), "networks", "Networks", "en"); err != nil {
		t.Fatal(err)
	}
	var made []ingest.Made
	for i, file := range []string{"01-packets-and-delay.vtt", "04-tcp.vtt"} {
		raw, err := os.ReadFile("../courses/networks/" + file)
		if err != nil {
			t.Fatal(err)
		}
		m := ingest.Made{Lecture: strings.TrimSuffix(file, ".vtt"), Title: "Lecture " + file}
		if _, err := own.Lecture(t.Context(), ingest.Source{
			Scope: postgres.Scope{Principal: postgres.Local, Course: "networks"}, Lecture: m.Lecture, Title: m.Title, Position: i, Name: file, Bytes: raw,
		}, nil); err != nil {
			t.Fatal(err)
		}
		parsed, err := transcript.Parse(file, bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		m.Chunks = ingest.Split(parsed.Segments, llm.CL100K().Count, ingest.DefaultSplit)
		var texts []string
		for _, c := range m.Chunks {
			texts = append(texts, c.Text)
		}
		if m.Vectors, err = offline.Embed(t.Context(), texts); err != nil {
			t.Fatal(err)
		}
		made = append(made, m)
	}
	if err := filled.Fill(t.Context(), "networks", "Networks", made); err != nil {
		t.Fatal(err)
	}
	want, got := digestOf(t, own.DB), digestOf(t, filled.DB)
	if want != got || want == digestOf(t, pgtest.New(t)) {
		t.Errorf("ingested %s, filled %s", want, got)
	}
	sound(t, filled.DB, "networks")
}

func digestOf(t *testing.T, db *postgres.DB) string {
	t.Helper()
	d, err := ingest.Digest(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sound checks the rules of ingest's tables.
func sound(t *testing.T, db *postgres.DB, course string) {
	t.Helper()
	found, err := ingest.Check(t.Context(), db, course)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range found {
		checked += f.Checked
		if f.Broken > 0 {
			t.Errorf("%s: %s, %d of %d, such as %s", course, f.Rule, f.Broken, f.Checked, f.Example)
		}
	}
	if checked == 0 {
		t.Errorf("%s: there was nothing to check", course)
	}
}

// two is a course of two lectures of one chunk each.
func two() []ingest.Made {
	vector := make([]float32, 384)
	vector[7] = 1
	return []ingest.Made{
		{Lecture: "a", Title: "A", Chunks: []ingest.Chunk{{Text: "One sentence.", Tokens: 3, Cues: []ingest.Cue{{EndMS: 900}}}}, Vectors: [][]float32{vector}},
		{Lecture: "b", Title: "B", Chunks: []ingest.Chunk{{Text: "Another one.", Tokens: 3, Cues: []ingest.Cue{{EndMS: 900}}}}, Vectors: [][]float32{vector}},
	}
}

// TestFillRefuses: what cannot be stored is an error, and nothing of the course is left, whichever lecture it is in.
func TestFillRefuses(t *testing.T) {
	in := &ingest.Ingester{DB: pgtest.New(t), Embedder: llm.NewOffline(), Log: slog.New(slog.DiscardHandler)}
	for name, c := range map[string]struct {
		course string
		change func([]ingest.Made)
		want   string
	}{
		"course name":  {"No Name", func([]ingest.Made) {}, `"No Name" cannot name a course`},
		"lecture name": {"c", func(m []ingest.Made) { m[1].Lecture = "B/" }, `"B/" cannot name a lecture`},
		"same lecture": {"c", func(m []ingest.Made) { m[1].Lecture = "a" }, "lecture a: publishing"},
		"no chunk":     {"c", func(m []ingest.Made) { m[1].Chunks, m[1].Vectors = nil, nil }, "lecture b: publishing"},
		"no cue":       {"c", func(m []ingest.Made) { m[1].Chunks[0].Cues = nil }, "lecture b: publishing"},
		"no text":      {"c", func(m []ingest.Made) { m[1].Chunks[0].Text = "" }, "lecture b: publishing"},
		"overlap":      {"c", func(m []ingest.Made) { m[1].Chunks[0].Overlap = 12 }, "lecture c/b: chunk 0: an overlap of 12 bytes in a text of 12"},
		"no vector":    {"c", func(m []ingest.Made) { m[1].Vectors = nil }, "lecture c/b: 0 vectors for 1 texts"},
		"dimensions":   {"c", func(m []ingest.Made) { m[1].Vectors[0] = m[1].Vectors[0][:3] }, "lecture c/b: 3 dimensions, not 384"},
		"zero":         {"c", func(m []ingest.Made) { m[1].Vectors[0] = make([]float32, 384) }, "lecture c/b: a vector that is zero"},
	} {
		t.Run(name, func(t *testing.T) {
			m := two()
			c.change(m)
			if err := in.Fill(t.Context(), c.course, "C", m); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := in.Fill(cancelled, "c", "C", two()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, err := ingest.Courses(t.Context(), in.DB, ""); err != nil || len(left) > 0 {
		t.Fatalf("%v is left, %v", left, err)
	}
	if err := in.Fill(t.Context(), "c", "C", two()); err != nil {
		t.Fatal(err)
	}
	before := digestOf(t, in.DB)
	if err := in.Fill(t.Context(), "c", "Other", two()[:1]); !errors.Is(err, ingest.ErrCourseExists) {
		t.Errorf("the second time: %v", err)
	}
	if digestOf(t, in.DB) != before {
		t.Error("a course that was there has changed")
	}
	if err := in.DeleteCourse(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	if err := in.Fill(t.Context(), "c", "C", two()); !errors.Is(err, ingest.ErrCourseExists) {
		t.Errorf("after its deletion: %v", err)
	}
}
