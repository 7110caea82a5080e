package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// The survival suites kill, cut off, stall and crowd the ingest and look at what is left: survival_kill_test.go (SIGKILL
// at every step), survival_proxy_test.go (dropped connections), survival_fence_test.go (two workers on one job),
// survival_crowd_test.go (many uploads of one lecture), survival_delete_test.go (deletion during an ingest).
//
// Plainly run, each works off a sample of its cases, chosen by a seed that it prints; LECTERN_SEED repeats a run, and
// LECTERN_STRESS=1 has them all run.

// whole reports whether a suite runs all of its cases.
func whole() bool { return os.Getenv("LECTERN_STRESS") == "1" }

// dice are the suite's own; the seed is printed.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("LECTERN_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("LECTERN_SEED: %v", err)
		}
	}
	t.Logf("seed %d (LECTERN_SEED=%d repeats this sample, LECTERN_STRESS=1 runs everything)", seed, seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// sample is n of all, in their order; all of them in a whole run.
func sample[T any](t *testing.T, rng *rand.Rand, all []T, n int) []T {
	t.Helper()
	if whole() || len(all) <= n {
		t.Logf("all of %d cases", len(all))
		return all
	}
	t.Logf("%d of %d cases", n, len(all))
	chosen := rng.Perm(len(all))[:n]
	slices.Sort(chosen)
	some := make([]T, n)
	for i, c := range chosen {
		some[i] = all[c]
	}
	return some
}

// batch is how many texts are embedded at a time here, so that a short lecture has several batches.
const batch = 2

// canary is a word of the lecture that is ingested and deleted here. It stands in no other.
const canary = "qzxvkbrt"

// oldText and newText are two uploads of the lecture "one". The first third is the same in both.
func oldText() string { return textOf("olden") }
func newText() string { return textOf("newer") }

func textOf(mark string) string {
	return lecture(90, func(i int, s string) string {
		if i >= 30 {
			s = strings.Replace(s, "we look", "we "+mark+" look", 1)
		}
		return strings.Replace(s, "In part", "In "+canary+" part", 1)
	})
}

// site is a database of the test's own with a course of two lectures, "one" with oldText and "two", one answer that cites
// a chunk of "one" which newText lacks, and a server of embeddings that counts.
type site struct {
	t     testing.TB
	app   string // the database in the application role
	owner string
	db    *postgres.DB
	at    *llmtest.Server
	in    *ingest.Ingester
	cited string // the chunk that the answer cites
	spent int    // texts paid for to get here
}

func newSite(t testing.TB) *site {
	t.Helper()
	at, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(at.Close)
	s := &site{t: t, at: at}
	s.app, s.owner = pgtest.URLs(t)
	s.in, s.db = s.ingester(s.app)
	if err := s.in.CreateCourse(t.Context(), "c", "A course", "en"); err != nil {
		t.Fatal(err)
	}
	for _, src := range []ingest.Source{upload("one", oldText()), upload("two", lecture(30, nil))} {
		if _, err := s.in.Lecture(t.Context(), src, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.answer()
	s.spent = s.paid()
	return s
}

// answer stores an answer that cites the last chunk of "one".
func (s *site) answer() {
	s.t.Helper()
	err := s.db.InCourse(s.t.Context(), "c", func(tx pgx.Tx) error {
		const id = "an_aaaaaaaaaaaaaaaaaaaaaaaaaa"
		_, err := tx.Exec(s.t.Context(), `
insert into answers (course_id, answer_id, principal, question, outcome, mode, message, sentences, retrieved, prompt_id, prompt_sha256,
                     model, prompt_tokens, completion_tokens, timings)
values ('c', $1, 'local', 'What?', 'incomplete', 'model', '', '[]', '[]', 'tutor/1', repeat('0', 64), 'm', 0, 0, '{}')`, id)
		if err != nil {
			return err
		}
		return tx.QueryRow(s.t.Context(), `
insert into answer_citations (course_id, answer_id, sentence, citation, lecture_id, version, chunk_id, quote_start, quote_end)
select course_id, $1, 0, 0, lecture_id, version, chunk_id, 0, 10
from version_chunks
where course_id = 'c' and lecture_id = 'one'
order by ordinal desc
limit 1
returning chunk_id`, id).Scan(&s.cited)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// ingester is one more, with a pool of its own on the database at url. It is closed with the test.
func (s *site) ingester(url string) (*ingest.Ingester, *postgres.DB) {
	s.t.Helper()
	in, db, closeAll, err := open(context.Background(), url, s.at.URL())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(closeAll)
	return in, db
}

// open is what a process of its own does to work on the site.
func open(ctx context.Context, database, embeddings string) (*ingest.Ingester, *postgres.DB, func(), error) {
	log := slog.New(slog.DiscardHandler)
	client, err := llm.NewClient(llm.Config{BaseURL: embeddings, EmbedModel: "counted", EmbedDimensions: 32, Log: log})
	if err != nil {
		return nil, nil, nil, err
	}
	db, err := postgres.Open(ctx, database)
	if err != nil {
		client.Close()
		return nil, nil, nil, err
	}
	in := &ingest.Ingester{DB: db, Embedder: client, Log: log}
	in.SetPace(ingest.Pace{Batch: batch})
	return in, db, func() { db.Close(); client.Close() }, nil
}

// quick has a job's holder given up after half a second of silence.
var quick = ingest.Pace{
	Heartbeat: 100 * time.Millisecond, Lease: 500 * time.Millisecond, Backstop: 200 * time.Millisecond, Retry: 20 * time.Millisecond, Batch: batch,
}

func upload(lecture, text string) ingest.Source {
	return ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: "c"}, Lecture: lecture, Position: -1,
		Name: lecture + ".srt", Bytes: []byte(text),
	}
}

// elsewhere starts a worker in another pool, as another copy of the program would be, and returns it.
//
// The queue has one leader, which hands out what is due and looks for silent jobs; when it is killed, the others wait 15 s
// for its term to end. That wait is cut short here.
func (s *site) elsewhere() *ingest.Ingester {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.owner)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = conn.Exec(s.t.Context(), `delete from river.river_leader`)
	if err := errors.Join(err, conn.Close(s.t.Context())); err != nil {
		s.t.Fatal(err)
	}
	in, _ := s.ingester(s.app)
	in.SetPace(quick)
	s.start(in)
	return in
}

func (s *site) start(in *ingest.Ingester) {
	s.t.Helper()
	stop, err := in.Start(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := stop(ctx); err != nil {
			s.t.Errorf("stopping a worker: %v", err)
		}
	})
}

// patience is how long the suites wait for what must happen.
const patience = 45 * time.Second

// settled waits until no job is pending.
func (s *site) settled() {
	s.t.Helper()
	for until := time.Now().Add(patience); len(s.pending()) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			s.t.Fatalf("after %s still pending: %+v", patience, s.pending())
		}
	}
}

func (s *site) pending() []ingest.Job { return s.jobs(true) }

// jobs of the lecture "one", newest first.
func (s *site) jobs(pending bool) []ingest.Job {
	s.t.Helper()
	jobs, err := s.in.Jobs(s.t.Context(), "c", "one", pending, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return jobs
}

// paid is how many texts were sent to be embedded so far.
func (s *site) paid() int {
	n := 0
	for _, r := range s.at.Requests() {
		n += len(r.Inputs)
	}
	return n - s.spent
}

const activeTextSQL = `
select c.text
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
where l.course_id = 'c' and l.lecture_id = 'one'
order by vc.ordinal`

// shown is what the lecture "one" shows, read in one statement: "" for nothing.
func (s *site) shown() string {
	s.t.Helper()
	texts, err := postgres.Collect(s.t.Context(), s.db, "c", pgx.RowTo[string], activeTextSQL)
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.Join(texts, "\n")
}

// splits keeps what chunked found: the same few texts are asked for hundreds of times.
var splits sync.Map

// chunked is what a lecture shows when text was published.
func chunked(t testing.TB, text string) string {
	t.Helper()
	if shown, known := splits.Load(text); known {
		return shown.(string)
	}
	tr, err := transcript.Parse("one.srt", bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range ingest.Split(tr.Segments, llm.CL100K().Count, ingest.DefaultSplit) {
		texts = append(texts, c.Text)
	}
	shown := strings.Join(texts, "\n")
	splits.Store(text, shown)
	return shown
}

// shows fails the test unless the lecture "one" shows text, whole; "": nothing.
func (s *site) shows(when, text string) {
	s.t.Helper()
	want := ""
	if text != "" {
		want = chunked(s.t, text)
	}
	if diff := cmp.Diff(want, s.shown()); diff != "" {
		s.t.Errorf("%s the lecture is not what it should be (-want +got):\n%s", when, diff)
	}
}

// version is the active version's number; 0 for none.
func (s *site) version() int {
	s.t.Helper()
	found, err := postgres.Collect(s.t.Context(), s.db, "c", pgx.RowTo[int], `select coalesce(active_version, 0) from lectures where course_id = 'c' and lecture_id = 'one'`)
	if err != nil || len(found) != 1 {
		s.t.Fatalf("reading the active version: %v %v", found, err)
	}
	return found[0]
}

// sound fails the test if an invariant is broken.
func (s *site) sound(when string) {
	s.t.Helper()
	found, err := ingest.Check(s.t.Context(), s.db, "c")
	if err != nil {
		s.t.Fatal(err)
	}
	if len(found) == 0 {
		s.t.Fatal("no invariant was looked at")
	}
	for _, f := range found {
		if f.Broken > 0 {
			s.t.Errorf("%s: %s is broken %d times, for example %s", when, f.Rule, f.Broken, f.Example)
		}
	}
	resolves, err := postgres.Collect(s.t.Context(), s.db, "c", pgx.RowTo[bool], `
select exists (select from version_chunks vc
               join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
               where vc.course_id = 'c' and vc.lecture_id = 'one' and vc.version = 1 and vc.chunk_id = $1)`, s.cited)
	if err != nil || !resolves[0] {
		s.t.Errorf("%s: the old citation does not resolve (%v)", when, err)
	}
}

// digest is what all of it comes to.
func (s *site) digest() string {
	s.t.Helper()
	sum, err := ingest.Digest(s.t.Context(), s.db)
	if err != nil {
		s.t.Fatal(err)
	}
	return sum
}

// traces names the tables that hold the canary anywhere, in any schema, as text or as bytes.
func (s *site) traces() []string {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.owner)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(s.t.Context(), `
select format('%I.%I', table_schema, table_name)
from information_schema.tables
where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`)
	if err != nil {
		s.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 15 {
		s.t.Fatalf("tables: %v %v", tables, err)
	}
	var found []string
	for _, table := range tables {
		var n int
		err := conn.QueryRow(s.t.Context(), `
select count(*)::int
from `+table+` t
where t::text ilike '%' || $1 || '%' or t::text like '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'`, canary).Scan(&n)
		if err != nil {
			s.t.Fatal(err)
		}
		if n > 0 {
			found = append(found, fmt.Sprintf("%s (%d)", table, n))
		}
	}
	return found
}
