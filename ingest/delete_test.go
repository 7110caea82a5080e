package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

// cite stores an answer that cites the first chunk of a version, as a released answer would.
func (d *desk) cite(lecture string, version int) (chunk string) {
	d.t.Helper()
	err := d.db.InCourse(d.t.Context(), "c", func(tx pgx.Tx) error {
		_, err := tx.Exec(d.t.Context(), `
insert into answers (course_id, answer_id, principal, question, outcome, mode, message, sentences, retrieved, prompt_id, prompt_sha256, model, prompt_tokens, completion_tokens, timings)
values ('c', 'an_' || repeat('a', 26), 'local', 'q', 'answered', 'extractive', '', '[{}]', '[]', 'p', repeat('0', 64), '', 0, 0, '{}')`)
		if err != nil {
			return err
		}
		return tx.QueryRow(d.t.Context(), `
insert into answer_citations (course_id, answer_id, sentence, citation, lecture_id, version, chunk_id, quote_start, quote_end)
select 'c', 'an_' || repeat('a', 26), 0, 0, lecture_id, version, chunk_id, 0, 5
from version_chunks
where course_id = 'c' and lecture_id = $1 and version = $2 and ordinal = 0
returning chunk_id`, lecture, version).Scan(&chunk)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return chunk
}

func (d *desk) count(sql string, args ...any) (n int) {
	d.t.Helper()
	found, err := postgres.Collect(d.t.Context(), d.db, "c", pgx.RowTo[int], sql, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	return found[0]
}

// marker is a word that stands in every sentence of a lecture.
func marker(n int, word string) string {
	return lecture(n, func(_ int, s string) string { return strings.Replace(s, "the", word+" the", 1) })
}

// left lists the tables of this course in which a word stands anywhere.
func (d *desk) left(word string) []string {
	d.t.Helper()
	var found []string
	for _, table := range []string{"courses", "lectures", "lecture_versions", "chunks", "version_chunks", "lecture_postings", "ingest_jobs", "answers", "answer_attempts"} {
		sql := `select count(*) from ` + table + ` t where t::text ilike '%' || $1 || '%'`
		if table == "ingest_jobs" || table == "lecture_postings" { // bytea shows as hex
			sql = `select count(*) from ` + table + ` t where t::text like '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'`
		}
		if d.count(sql, word) > 0 {
			found = append(found, table)
		}
	}
	return found
}

// TestDeleteLecture: the text is gone from everywhere, what an answer cites stays as a tombstone, and a new upload of the
// same text brings the citation back to life.
func TestDeleteLecture(t *testing.T) {
	d := newDesk(t)
	text := marker(200, "pelican")
	d.ingest("one", marker(190, "pelican"))
	d.ingest("one", text)
	d.ingest("two", lecture(60, nil))
	chunk := d.cite("one", 2)
	if got := d.left("pelican"); len(got) < 3 {
		t.Fatalf("the marker stands only in %v", got)
	}
	forgot := ""
	d.in.Forget = func(_ context.Context, _ pgx.Tx, course, lecture string) error {
		forgot = course + "/" + lecture
		return nil
	}
	if err := d.in.DeleteLecture(t.Context(), "c", "one", ingest.Condition{Match: []string{"v7"}}); !errors.Is(err, ingest.ErrCondition) {
		t.Errorf("under a condition that does not hold: %v", err)
	}
	if err := d.in.DeleteLecture(t.Context(), "c", "one", ingest.Condition{}); err != nil {
		t.Fatal(err)
	}
	if got := d.left("pelican"); len(got) > 0 || forgot != "c/one" {
		t.Errorf("the text is left in %v; Forget was called for %q", got, forgot)
	}
	if n := d.count(`select count(*) from version_chunks vc join chunks c using (course_id, chunk_id) where vc.lecture_id = 'one' and vc.chunk_id = $1 and c.text is null`, chunk); n != 1 {
		t.Errorf("the cited chunk has %d tombstones", n)
	}
	if n := d.count(`select count(*) from chunks where lecture_id = 'one'`); n != 1 {
		t.Errorf("%d chunks are left, want the cited one", n)
	}
	if err := d.in.DeleteLecture(t.Context(), "c", "one", ingest.Condition{}); !errors.Is(err, ingest.ErrDeleted) {
		t.Errorf("deleted twice: %v", err)
	}
	if err := d.in.DeleteLecture(t.Context(), "c", "three", ingest.Condition{}); !errors.Is(err, ingest.ErrNoLecture) {
		t.Errorf("a lecture that never was: %v", err)
	}
	if bad := d.broken(); len(bad) > 0 {
		t.Errorf("broken: %s", strings.Join(bad, "; "))
	}
	report := d.ingest("one", text)
	if report.Version != 3 {
		t.Errorf("version numbers begin again: %+v", report)
	}
	if n := d.count(`select count(*) from chunks where chunk_id = $1 and text is not null`, chunk); n != 1 {
		t.Error("the same text again does not bring the cited chunk back")
	}
}

// TestDeleteCourse: all its lectures go; the name may be used again.
func TestDeleteCourse(t *testing.T) {
	d := newDesk(t)
	d.ingest("one", marker(60, "pelican"))
	d.ingest("two", marker(70, "pelican"))
	pending := d.accept("three", marker(80, "pelican"), ingest.Condition{})
	chunk := d.cite("two", 1)
	if err := d.in.DeleteCourse(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	if got := d.left("pelican"); len(got) > 0 {
		t.Errorf("the text is left in %v", got)
	}
	if job := d.wait(pending.Job.ID); job.State != ingest.Superseded || d.entries() != 0 {
		t.Errorf("the pending upload: %+v, %d entries", job, d.entries())
	}
	if n := d.count(`select count(*) from chunks where chunk_id = $1 and text is null`, chunk); n != 1 {
		t.Error("the cited chunk has no tombstone")
	}
	for what, err := range map[string]error{
		"delete":  d.in.DeleteCourse(t.Context(), "c"),
		"lecture": d.in.DeleteLecture(t.Context(), "c", "two", ingest.Condition{}),
		"upload":  func() error { _, err := d.in.Accept(t.Context(), d.source("one", "x"), ingest.Condition{}); return err }(),
		"direct":  func() error { _, err := d.in.Lecture(t.Context(), d.source("one", "x"), nil); return err }(),
	} {
		if !errors.Is(err, ingest.ErrDeleted) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := d.in.DeleteCourse(t.Context(), "nowhere"); !errors.Is(err, ingest.ErrNoCourse) {
		t.Errorf("a course that never was: %v", err)
	}
	if err := d.in.CreateCourse(t.Context(), "c", "", ""); err != nil {
		t.Fatal(err)
	}
	if report := d.ingest("two", lecture(60, nil)); report.Version != 2 {
		t.Errorf("%+v", report)
	}
}

// TestSweep: clean-up takes what nothing refers to and is old, and nothing else.
func TestSweep(t *testing.T) {
	d := newDesk(t)
	for i := range 4 {
		d.ingest("one", lecture(100+10*i, func(_ int, s string) string { return strings.Replace(s, "part", "part "+strings.Repeat("x", i+1), 1) }))
	}
	chunk := d.cite("one", 2)
	before := d.texts()
	all := d.count(`select count(*) from chunks`)
	if s, err := d.in.Sweep(t.Context(), "c", time.Hour); err != nil || s != (ingest.Swept{}) {
		t.Errorf("nothing is old enough, and it took %+v: %v", s, err)
	}
	s, err := d.in.Sweep(t.Context(), "c", 0)
	if err != nil {
		t.Fatal(err)
	}
	left := d.count(`select count(*) from chunks`)
	if s.Versions != 2 || int(s.Chunks) != all-left || left != len(before)+1 || s.Files != 3 || s.Jobs != 3 {
		t.Errorf("swept %+v of %d chunks, %d are left of which %d are shown", s, all, left, len(before))
	}
	if n := d.count(`select count(*) from version_chunks vc join chunks c using (course_id, chunk_id) where vc.version = 2 and c.chunk_id = $1 and c.text <> ''`, chunk); n != 1 {
		t.Error("the cited chunk does not resolve any more")
	}
	if diff := cmp.Diff(before, d.texts()); diff != "" {
		t.Errorf("what is shown changed (-before +after):\n%s", diff)
	}
	if bad := d.broken(); len(bad) > 0 {
		t.Errorf("broken: %s", strings.Join(bad, "; "))
	}
	if s, err := d.in.Sweep(t.Context(), "c", 0); err != nil || s != (ingest.Swept{}) {
		t.Errorf("a second time: %+v, %v", s, err)
	}
	// The next version is compared with the active one as if nothing had been.
	if report := d.ingest("one", lecture(100, nil)); report.Version != 5 {
		t.Errorf("%+v", report)
	}
}

// TestDeleteBusyCourse: a course is deleted while many of its lectures are being ingested.
func TestDeleteBusyCourse(t *testing.T) {
	d := newDesk(t)
	d.at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Delay: 5 * time.Millisecond} })
	d.in.SetPace(ingest.Pace{Batch: 2})
	for round := range 3 {
		if err := d.in.CreateCourse(t.Context(), "c", "", ""); err != nil {
			t.Fatal(err)
		}
		var writers sync.WaitGroup
		for i := range 8 {
			writers.Go(func() {
				_, err := d.in.Lecture(t.Context(), d.source(fmt.Sprintf("l%d", i), marker(300+i+10*round, "pelican")), nil)
				if err != nil && !errors.Is(err, ingest.ErrSuperseded) && !errors.Is(err, ingest.ErrDeleted) {
					t.Errorf("lecture %d: %v", i, err)
				}
			})
		}
		time.Sleep(time.Duration(100+100*round) * time.Millisecond)
		if err := d.in.DeleteCourse(t.Context(), "c"); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		writers.Wait()
		if got := d.left("pelican"); len(got) > 0 {
			t.Errorf("round %d: the text is left in %v", round, got)
		}
	}
}

// TestSameAtOnce: the same upload by two processes at once is published once, and both are told so.
func TestSameAtOnce(t *testing.T) {
	d := newDesk(t)
	d.at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Delay: 50 * time.Millisecond} })
	var both sync.WaitGroup
	var reports [4]ingest.Report
	for i := range reports {
		both.Go(func() {
			time.Sleep(time.Duration(i) * 10 * time.Millisecond)
			var err error
			if reports[i], err = d.in.Lecture(t.Context(), d.source("one", lecture(200, nil)), nil); err != nil {
				t.Errorf("upload %d: %v", i, err)
			}
		})
	}
	both.Wait()
	published := 0
	for _, r := range reports {
		if !r.Unchanged {
			published++
		}
		if r.Version != 1 {
			t.Errorf("%+v", r)
		}
	}
	if published != 1 {
		t.Errorf("%d of them say that they published", published)
	}
}

// TestTitleStays: an upload without a title keeps the lecture's, where the file has none of its own.
func TestTitleStays(t *testing.T) {
	d := newDesk(t)
	src := d.source("one", lecture(60, nil))
	src.Title, src.Name = "Windows and routers", "/somewhere/private/one.srt"
	if _, err := d.in.Lecture(t.Context(), src, nil); err != nil {
		t.Fatal(err)
	}
	if report := d.ingest("one", lecture(61, nil)); report.Title != "Windows and routers" || report.Version != 2 {
		t.Errorf("%+v", report)
	}
	if n := d.count(`select (select count(*) from lecture_versions where source_name like '%/%') + (select count(*) from ingest_jobs where source_name like '%/%')`); n != 0 {
		t.Error("the folder of the file is kept")
	}
}
