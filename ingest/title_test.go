package ingest_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// TestTitles: whatever somebody wrote as a title is stored as one clean line, and ingested again changes nothing.
func TestTitles(t *testing.T) {
	d := newDesk(t)
	for id, tt := range map[string]struct{ title, want string }{
		"plain":   {"TCP", "TCP"},
		"spaced":  {"  The \t network\n layer ", "The network layer"},
		"hostile": {"a\x00b\x1b[31m\u202Ec\u200B\xff", "a b [31mc\uFFFD"},
		"long":    {strings.Repeat("é", 400), strings.Repeat("é", 300)},
		"cut":     {strings.Repeat("x", 299) + " y z", strings.Repeat("x", 299)},
		"joined":  {"می\u200Cخواهم", "می\u200Cخواهم"},
		"nothing": {" \u200B ", "nothing"},
	} {
		src := d.source(id, lecture(10, nil))
		src.Title = tt.title
		report, err := d.in.Lecture(t.Context(), src, nil)
		if err != nil || report.Title != tt.want {
			t.Errorf("%s: %q, want %q: %v", id, report.Title, tt.want, err)
		}
		if report, err = d.in.Lecture(t.Context(), src, nil); err != nil || !report.Unchanged {
			t.Errorf("%s: the same title again made version %d: %v", id, report.Version, err)
		}
		if err := d.in.CreateCourse(t.Context(), "c", tt.title, ""); err != nil {
			t.Errorf("%s: as a course's title: %v", id, err)
		}
	}
	src := d.source("latin", lecture(10, nil))
	src.Name = "caf\xe9.srt" // a file name is bytes
	if _, err := d.in.Lecture(t.Context(), src, nil); err != nil {
		t.Errorf("a file name in Latin-1: %v", err)
	}
}

// TestCourseLanguage: a language the schema would refuse is a sentence, and nothing is made.
func TestCourseLanguage(t *testing.T) {
	d := newDesk(t)
	for _, language := range []string{"en-US", "EN", "english", "e", "日"} {
		err := d.in.CreateCourse(t.Context(), "new", "", language)
		if err == nil || !strings.Contains(err.Error(), "is not a language") || strings.Contains(err.Error(), "SQLSTATE") {
			t.Errorf("%s: %v", language, err)
		}
	}
	n, err := postgres.Collect(t.Context(), d.db, "new", pgx.RowTo[int], `select count(*) from courses where course_id = 'new'`)
	if err != nil || n[0] != 0 {
		t.Errorf("%v courses were made: %v", n, err)
	}
}
