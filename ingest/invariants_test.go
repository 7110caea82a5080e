package ingest_test

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// ward is a database with its owner at hand, who can break what the application can't.
type ward struct {
	desk
	owner *pgx.Conn
}

func newWard(t *testing.T) *ward {
	t.Helper()
	app, ownerURL := pgtest.URLs(t)
	db, err := postgres.Open(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	owner, err := pgx.Connect(t.Context(), ownerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	in := &ingest.Ingester{DB: db, Embedder: llm.NewOffline(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w := &ward{desk: desk{t: t, db: db, in: in}, owner: owner}
	w.course("c")
	return w
}

func (w *ward) course(id string) {
	w.t.Helper()
	if err := w.in.CreateCourse(w.t.Context(), id, "", ""); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) exec(sql string) {
	w.t.Helper()
	if _, err := w.owner.Exec(w.t.Context(), sql); err != nil {
		w.t.Fatalf("%v in\n%s", err, sql)
	}
}

// edited is lecture(n) with one word of it replaced.
func edited(n int) string {
	return lecture(n, func(i int, s string) string {
		if i == n/2 {
			s = strings.Replace(s, "changes", "alters", 1)
		}
		return s
	})
}

// live gives the database a bit of everything: a lecture in its second version, one in its first, one deleted, one
// deleted and uploaded again but not worked on, an upload that waits, one that failed, and a deleted course d.
func (w *ward) live() {
	w.t.Helper()
	ctx := w.t.Context()
	w.ingest("one", lecture(60, nil))
	w.ingest("one", edited(60))
	w.ingest("two", lecture(40, nil))
	for _, gone := range []string{"gone", "back"} {
		w.ingest(gone, lecture(30, nil))
		if err := w.in.DeleteLecture(ctx, "c", gone, ingest.Condition{}); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, waiting := range []string{"back", "three"} {
		if _, err := w.in.Accept(ctx, w.source(waiting, lecture(20, nil)), ingest.Condition{}); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := w.in.Lecture(ctx, w.source("bad", "no cue here: \x00\x01"), nil); err == nil {
		w.t.Fatal("a broken file was ingested")
	}
	w.course("d")
	src := w.source("one", lecture(10, nil))
	src.Scope.Course = "d"
	if _, err := w.in.Lecture(ctx, src, nil); err != nil {
		w.t.Fatal(err)
	}
	if err := w.in.DeleteCourse(ctx, "d"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) check(course string) []postgres.Finding {
	w.t.Helper()
	found, err := ingest.Check(w.t.Context(), w.db, course)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func TestCheckFindsNothing(t *testing.T) {
	w := newWard(t)
	w.live()
	checked := map[string]int{}
	for _, course := range []string{"c", "d"} {
		for _, f := range w.check(course) {
			if f.Broken != 0 || f.Example != "" {
				t.Errorf("%s: %q is broken %d times of %d: %s", course, f.Rule, f.Broken, f.Checked, f.Example)
			}
			checked[f.Rule] += f.Checked
		}
	}
	for rule, n := range checked {
		if n == 0 {
			t.Errorf("%q had nothing to look at, so the test says nothing about it", rule)
		}
	}
	pending, failed, err := ingest.Backlog(t.Context(), w.db, "c")
	if err != nil || pending != 2 || failed != 1 {
		t.Errorf("%d pending and %d failed, %v; want 2 and 1", pending, failed, err)
	}
}

// The last chunk of the active version of c/one, for the statements below.
const last = `(select vc.chunk_id from version_chunks vc where vc.course_id = 'c' and vc.lecture_id = 'one' and vc.version = 2 order by ordinal desc limit 1)`

// TestCheckFindsEach breaks every rule by hand and sees that rule broken and no other.
func TestCheckFindsEach(t *testing.T) {
	cases := []struct {
		name    string
		course  string // "": c
		rule    string
		example string // how it begins
		sql     string
	}{
		{name: "no such version", rule: "a published lecture shows one version, which exists", example: "c/one", sql: `
alter table lectures drop constraint lectures_course_id_lecture_id_active_version_fkey;
update lectures set active_version = 99 where course_id = 'c' and lecture_id = 'one';
delete from chunk_vectors where course_id = 'c' and lecture_id = 'one';
delete from lecture_postings where course_id = 'c' and lecture_id = 'one'`},
		{name: "nothing shown", rule: "a published lecture shows one version, which exists", example: "c/two", sql: `
update lectures set active_version = null where course_id = 'c' and lecture_id = 'two';
delete from chunk_vectors where course_id = 'c' and lecture_id = 'two';
delete from lecture_postings where course_id = 'c' and lecture_id = 'two'`},
		{name: "a number never given", rule: "no version number is higher than its lecture gave out", example: "c/two/v7", sql: `
insert into lecture_versions
select (jsonb_populate_record(v, '{"version": 7}')).* from lecture_versions v where course_id = 'c' and lecture_id = 'two'`},
		{name: "gap", rule: "chunks are numbered from 0 without gaps, as many as the version says", example: "c/one/v2", sql: `
update version_chunks set ordinal = 1000 where course_id = 'c' and version = 2 and chunk_id = ` + last},
		{name: "another count", rule: "chunks are numbered from 0 without gaps, as many as the version says", example: "c/two/v1", sql: `
update lecture_versions set chunks = chunks + 1 where course_id = 'c' and lecture_id = 'two'`},
		{name: "twice", rule: "no chunk stands twice in a version", example: "c/one/v1", sql: `
alter table answer_citations drop constraint answer_citations_course_id_lecture_id_version_chunk_id_fkey;
alter table version_chunks drop constraint version_chunks_course_id_lecture_id_version_chunk_id_key;
update version_chunks vc set chunk_id = o.chunk_id, cue_offsets = '{0}', cue_starts = '{0}', cue_ends = '{0}', cue_speakers = '{}'
from version_chunks o
where vc.course_id = 'c' and vc.lecture_id = 'one' and vc.version = 1 and vc.ordinal = 1
  and o.course_id = 'c' and o.lecture_id = 'one' and o.version = 1 and o.ordinal = 0`},
		{name: "no text", rule: "every active chunk is of its lecture and has its text", example: "c/one/ck_", sql: `
update chunks set text = null where course_id = 'c' and chunk_id = ` + last},
		{name: "another lecture's", rule: "every active chunk is of its lecture and has its text", example: "c/one/ck_", sql: `
update chunks set lecture_id = 'two' where course_id = 'c' and chunk_id = ` + last},
		{name: "another text", rule: "ids and texts have the checksum they were published with", example: "c/one/v2", sql: `
update chunks set text = text || '.' where course_id = 'c' and chunk_id = ` + last},
		{name: "overlap beyond the text", rule: "a chunk's overlap is the end of the chunk before it", example: "c/one/ck_", sql: `
update version_chunks set overlap = 100000 where course_id = 'c' and version = 2 and chunk_id = ` + last},
		{name: "overlap of other words", rule: "a chunk's overlap is the end of the chunk before it", example: "c/one/ck_", sql: `
update version_chunks set overlap = 7 where course_id = 'c' and version = 2 and chunk_id = ` + last},
		{name: "overlap with nothing", rule: "a chunk's overlap is the end of the chunk before it", example: "c/two/ck_", sql: `
update version_chunks set overlap = 1 where course_id = 'c' and lecture_id = 'two' and ordinal = 0`},
		{name: "cue outside", rule: "cues begin inside their chunk, one after the other", example: "c/one/v2/ck_", sql: `
update version_chunks set cue_offsets[cardinality(cue_offsets)] = 100000 where course_id = 'c' and version = 2 and chunk_id = ` + last},
		{name: "two cues in one place", rule: "cues begin inside their chunk, one after the other", example: "c/one/v2/ck_", sql: `
update version_chunks set cue_offsets[3] = cue_offsets[2] where course_id = 'c' and version = 2 and chunk_id = ` + last},
		{name: "ends before its start", rule: "cue times are in order and inside the lecture", example: "c/one/v2/ck_", sql: `
update version_chunks set cue_ends[2] = cue_starts[2] - 1 where course_id = 'c' and version = 2 and chunk_id = ` + last},
		{name: "out of order", rule: "cue times are in order and inside the lecture", example: "c/one/v2/ck_", sql: `
update version_chunks set cue_starts[2] = cue_starts[1] - 1 where course_id = 'c' and version = 2 and chunk_id = ` + last},
		{name: "after the end", rule: "cue times are in order and inside the lecture", example: "c/two/v1/ck_", sql: `
update lecture_versions set duration_ms = 1000 where course_id = 'c' and lecture_id = 'two'`},
		{name: "no vector", rule: "every active chunk has its vector in its version's space", example: "c/one/ck_", sql: `
delete from chunk_vectors where course_id = 'c' and chunk_id = ` + last},
		{name: "vector of a retired chunk", rule: "every vector is of an active chunk", example: "c/one/ck_", sql: `
insert into chunk_vectors
select 'c', e.space_id, 'one', r.chunk_id, e.embedding
from (select chunk_id from version_chunks where course_id = 'c' and lecture_id = 'one' and version = 1
      except select chunk_id from version_chunks where course_id = 'c' and lecture_id = 'one' and version = 2) r,
     (select * from chunk_vectors where course_id = 'c' limit 1) e`},
		{name: "a second vector", rule: "no chunk has two vectors, or one in another space", example: "c/one/ck_", sql: `
insert into embedding_spaces (name, model, dimensions) select 'other', 'other', dimensions from embedding_spaces;
insert into chunk_vectors
select 'c', s.space_id, 'one', e.chunk_id, e.embedding
from embedding_spaces s, chunk_vectors e where s.name = 'other' and e.course_id = 'c' and e.chunk_id = ` + last},
		{name: "dimensions", rule: "vectors have their space's dimensions and are not zero", example: "c/one/ck_", sql: `
update chunk_vectors set embedding = '[1,2,3]' where course_id = 'c' and chunk_id = ` + last},
		{name: "zero", rule: "vectors have their space's dimensions and are not zero", example: "c/one/ck_", sql: `
update chunk_vectors set embedding = array_fill(0::real, array[vector_dims(embedding)])::halfvec where course_id = 'c' and chunk_id = ` + last},
		{name: "dimensions of a staged one", rule: "vectors have their space's dimensions and are not zero", example: "c/staged ", sql: `
insert into staged_vectors select 'c', space_id, sha256('x'), '[1,2,3]' from embedding_spaces`},
		{name: "postings of the version before", rule: "postings are of the active version and analyser", example: "c/one", sql: `
update lecture_postings set version = 1 where course_id = 'c' and lecture_id = 'one'`},
		{name: "postings of another analyser", rule: "postings are of the active version and analyser", example: "c/one", sql: `
update lecture_postings set analyzer = 'x' where course_id = 'c' and lecture_id = 'one'`},
		{name: "no postings", rule: "postings are of the active version and analyser", example: "c/two", sql: `
delete from lecture_postings where course_id = 'c' and lecture_id = 'two'`},
		{name: "postings from the future", rule: "postings are of the active version and analyser", example: "c/two", sql: `
update lecture_postings set content_version = 1000000 where course_id = 'c' and lecture_id = 'two'`},
		{name: "a deleted title", rule: "of a deleted lecture nothing is left but its tombstone", example: "c/gone", sql: `
update lectures set title = 'Words' where course_id = 'c' and lecture_id = 'gone'`},
		{name: "a deleted text", rule: "of a deleted lecture nothing is left but its tombstone", example: "c/back", sql: `
insert into chunks (course_id, chunk_id, lecture_id, text, tokens) values ('c', 'ck_' || repeat('a', 32), 'back', 'words', 1)`},
		{name: "a deleted file", rule: "of a deleted lecture nothing is left but its tombstone", example: "c/gone", sql: `
update ingest_jobs set source = 'words', source_bytes = 5, source_sha256 = sha256('words') where course_id = 'c' and lecture_id = 'gone'`},
		{name: "a deleted course", course: "d", rule: "of a deleted course nothing is left but its tombstones", example: "d", sql: `
insert into staged_vectors select 'd', space_id, sha256('x'), array_fill(1::real, array[dimensions])::halfvec from embedding_spaces`},
		{name: "no entry", rule: "every pending upload has its bytes and its place in the queue", example: "c/three/job_", sql: `
delete from river.river_job e using ingest_jobs j where e.id = j.river_id and j.lecture_id = 'three'`},
		{name: "an entry that is over", rule: "every pending upload has its bytes and its place in the queue", example: "c/three/job_", sql: `
update river.river_job e set state = 'cancelled', finalized_at = now() from ingest_jobs j where e.id = j.river_id and j.lecture_id = 'three'`},
		{name: "an entry of another job", rule: "every pending upload has its bytes and its place in the queue", example: "c/three/job_", sql: `
update river.river_job e set args = '{"course": "c", "job": "x"}' from ingest_jobs j where e.id = j.river_id and j.lecture_id = 'three'`},
		{name: "no bytes", rule: "every pending upload has its bytes and its place in the queue", example: "c/three/job_", sql: `
alter table ingest_jobs drop constraint pending_has_source;
update ingest_jobs set source = null where course_id = 'c' and lecture_id = 'three'`},
		{name: "two pending", rule: "a lecture has at most one pending upload", example: "c/three", sql: `
drop index ingest_jobs_one_pending;
insert into river.river_job (args, kind, max_attempts)
values (jsonb_build_object('course', 'c', 'job', 'job_' || repeat('a', 26)), 'ingest_lecture', 1);
insert into ingest_jobs
select (jsonb_populate_record(j, jsonb_build_object('job_id', 'job_' || repeat('a', 26), 'river_id', (select max(id) from river.river_job)))).*
from ingest_jobs j where course_id = 'c' and lecture_id = 'three'`},
		{name: "a version that never was", rule: "a published upload names a version that is or was", example: "c/one/job_", sql: `
update ingest_jobs set version = 50 where course_id = 'c' and lecture_id = 'one' and version = 1`},
		{name: "other bytes", rule: "the bytes of an upload are those that were sent", example: "c/one/job_", sql: `
update ingest_jobs set source = set_byte(source, 0, 0) where course_id = 'c' and lecture_id = 'one'`},
		{name: "no file", rule: "the file of an active version is kept", example: "c/one/job_", sql: `
update ingest_jobs set source = null where course_id = 'c' and lecture_id = 'one' and version = 2`},
	}
	w := newWard(t)
	w.live()
	proven := map[string]bool{}
	for _, c := range cases {
		proven[c.rule] = true
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			var broken []string
			for _, f := range w.brokenBy(cmp.Or(c.course, "c"), c.sql) {
				broken = append(broken, f.Rule)
				if !strings.HasPrefix(f.Example, c.example) || f.Broken > f.Checked {
					t.Errorf("the example of %q is %q, want %s…; %d of %d", f.Rule, f.Example, c.example, f.Broken, f.Checked)
				}
			}
			if diff := gocmp.Diff([]string{c.rule}, broken); diff != "" {
				t.Errorf("rules broken (-want +got):\n%s", diff)
			}
		})
	}
	for _, rule := range ingest.Invariants {
		if !proven[rule.Name] {
			t.Errorf("no case shows that %q can be broken", rule.Name)
		}
	}
}

// brokenBy returns the findings that are not clean after sql, which the owner runs and takes back.
func (w *ward) brokenBy(course, sql string) (broken []postgres.Finding) {
	w.t.Helper()
	ctx := w.t.Context()
	tx, err := w.owner.Begin(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if tag, err := tx.Exec(ctx, sql); err != nil || tag.RowsAffected() == 0 {
		w.t.Fatalf("%v %v", tag, err)
	}
	for _, rule := range ingest.Invariants {
		f := postgres.Finding{Rule: rule.Name}
		if err := tx.QueryRow(ctx, rule.SQL, course).Scan(&f.Checked, &f.Broken, &f.Example); err != nil {
			w.t.Fatalf("%s: %v", rule.Name, err)
		}
		if f.Broken > 0 {
			broken = append(broken, f)
		}
	}
	return broken
}

// TestCheckDuringPublish: a publish at the same time is seen whole or not at all.
func TestCheckDuringPublish(t *testing.T) {
	w := newWard(t)
	w.ingest("one", lecture(60, nil))
	done := make(chan error, 1)
	go func() {
		for i := range 10 {
			text := lecture(60, nil)
			if i%2 == 0 {
				text = edited(60)
			}
			if _, err := w.in.Lecture(t.Context(), w.source("one", text), nil); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for rounds := 1; ; rounds++ {
		for _, f := range w.check("c") {
			if f.Broken > 0 {
				t.Errorf("round %d: %q is broken: %s", rounds, f.Rule, f.Example)
			}
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			t.Logf("%d checks beside 10 publishes", rounds)
			return
		default:
		}
	}
}

// TestNoUploadIsLostWithItsVerdict: a worker that finds a file beyond help and can't write that down keeps the job's place
// in the queue, for somebody to come again.
func TestNoUploadIsLostWithItsVerdict(t *testing.T) {
	w := newWard(t)
	w.exec(`
create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
create trigger refuse before update on ingest_jobs for each row when (new.state = 'failed') execute function refuse()`)
	accepted, err := w.in.Accept(t.Context(), w.source("bad", "no cue here: \x00\x01"), ingest.Condition{})
	if err != nil {
		t.Fatal(err)
	}
	stop, err := w.in.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for tried := false; !tried; {
		err := w.owner.QueryRow(t.Context(), `
select e.state <> 'running' and e.attempt > 0
from river.river_job e where e.args ->> 'job' = $1`, accepted.Job.ID).Scan(&tried)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
	for _, f := range w.check("c") {
		if f.Broken > 0 {
			t.Errorf("%q is broken: %s", f.Rule, f.Example)
		}
	}
}

// TestPublishRefusesAnotherText: a version that would take over a chunk whose text somebody changed is not published, and
// what is there stays.
func TestPublishRefusesAnotherText(t *testing.T) {
	w := newWard(t)
	w.ingest("one", lecture(60, nil))
	w.exec(`update chunks set text = text || '.' where chunk_id = (select chunk_id from version_chunks order by ordinal desc limit 1)`)
	before := w.digest()
	_, err := w.in.Lecture(t.Context(), w.source("one", edited(60)), nil)
	if err == nil {
		t.Fatal("it was published")
	}
	jobs, err := w.in.Jobs(t.Context(), "c", "one", false, "", 1)
	if err != nil || len(jobs) != 1 || jobs[0].State != ingest.Failed || !strings.Contains(jobs[0].Reason, "lectern doctor says where") {
		t.Errorf("the job is %+v, %v", jobs, err)
	}
	if w.digest() != before {
		t.Error("what readers see changed")
	}
}
