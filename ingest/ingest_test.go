package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// desk is an ingester over a database of the test's own, with embeddings over HTTP, so that what was paid for can be
// counted at the server that is paid.
type desk struct {
	t  *testing.T
	db *postgres.DB
	in *ingest.Ingester
	at *llmtest.Server
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	at, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(at.Close)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	client, err := llm.NewClient(llm.Config{BaseURL: at.URL(), EmbedModel: "counted", EmbedDimensions: 32, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	d := &desk{t: t, db: pgtest.New(t), at: at}
	d.in = &ingest.Ingester{DB: d.db, Embedder: client, Log: log}
	if err := d.in.CreateCourse(t.Context(), "c", "A course", "en"); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) source(lecture, text string) ingest.Source {
	return ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: "c"}, Lecture: lecture, Position: -1,
		Name: lecture + ".srt", Bytes: []byte(text),
	}
}

func (d *desk) ingest(lecture, text string) ingest.Report {
	d.t.Helper()
	report, err := d.in.Lecture(d.t.Context(), d.source(lecture, text), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return report
}

// paid is how many texts were sent to be embedded so far.
func (d *desk) paid() int {
	n := 0
	for _, r := range d.at.Requests() {
		n += len(r.Inputs)
	}
	return n
}

func (d *desk) texts() []string {
	d.t.Helper()
	texts, err := postgres.Collect(d.t.Context(), d.db, "c", pgx.RowTo[string], `
select c.text
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
where l.course_id = 'c'
order by l.position, l.lecture_id, vc.ordinal`)
	if err != nil {
		d.t.Fatal(err)
	}
	return texts
}

// broken lists what is not as it must be in the active versions; empty when all is well.
func (d *desk) broken() []string {
	d.t.Helper()
	found, err := postgres.Collect(d.t.Context(), d.db, "c", pgx.RowTo[string], `
with active as (
    select v.*
    from lectures l
    join lecture_versions v on v.course_id = l.course_id and v.lecture_id = l.lecture_id and v.version = l.active_version
    where l.course_id = 'c'
), listed as (
    select a.lecture_id, a.space_id, vc.chunk_id, vc.ordinal
    from active a
    join version_chunks vc on vc.course_id = 'c' and vc.lecture_id = a.lecture_id and vc.version = a.version
)
select 'gap in ordinals of ' || lecture_id from listed group by lecture_id having max(ordinal) + 1 <> count(*) or min(ordinal) <> 0
union all
select 'count of ' || a.lecture_id from active a where a.chunks <> (select count(*) from listed where lecture_id = a.lecture_id)
union all
select 'no vector for ' || l.chunk_id from listed l
where not exists (select from chunk_vectors v where v.course_id = 'c' and v.space_id = l.space_id and v.lecture_id = l.lecture_id and v.chunk_id = l.chunk_id)
union all
select 'vector of a retired chunk ' || v.chunk_id from chunk_vectors v
where v.course_id = 'c' and not exists (select from listed l where l.lecture_id = v.lecture_id and l.chunk_id = v.chunk_id)
union all
select 'postings of another version in ' || a.lecture_id from active a
where not exists (select from lecture_postings p where p.course_id = 'c' and p.lecture_id = a.lecture_id and p.version = a.version)
union all
select 'staged and published ' || count(*) from staged_vectors s where s.course_id = 'c' having count(*) > 0`)
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// lecture is a transcript of n sentences, one a cue of four seconds, each a little different.
func lecture(n int, change func(i int, sentence string) string) string {
	topics := []string{"window", "router", "packet", "header", "checksum", "timer", "switch", "server", "cable", "address"}
	var b strings.Builder
	for i := range n {
		s := fmt.Sprintf("In part %d we look at the %s and at how the %s number %d changes what the %s does next.",
			i, topics[i%10], topics[(i/10)%10], i*37%101, topics[(i*7)%10])
		if change != nil {
			s = change(i, s)
		}
		fmt.Fprintf(&b, "%d\n00:%02d:%02d,000 --> 00:%02d:%02d,500\n%s\n\n", i+1, i*4/60, i*4%60, (i*4+3)/60, (i*4+3)%60, s)
	}
	return b.String()
}

func TestIngest(t *testing.T) {
	d := newDesk(t)
	report := d.ingest("one", lecture(200, nil))
	if report.Version != 1 || report.Unchanged || report.Chunks < 5 || report.New != report.Chunks || report.Embedded != report.Chunks || !report.Timed {
		t.Errorf("first ingest: %+v", report)
	}
	if got := report.Duration.Milliseconds(); got != 799500 {
		t.Errorf("duration %d ms, want the end of the last cue, 799500", got)
	}
	if d.paid() != report.Chunks {
		t.Errorf("paid for %d texts, want %d", d.paid(), report.Chunks)
	}
	if bad := d.broken(); len(bad) > 0 {
		t.Errorf("broken: %s", strings.Join(bad, "; "))
	}

	t.Run("again", func(t *testing.T) {
		before := d.paid()
		again := d.ingest("one", lecture(200, nil))
		if !again.Unchanged || again.Version != 1 || d.paid() != before {
			t.Errorf("the same again: %+v, paid for %d more", again, d.paid()-before)
		}
	})

	t.Run("one word edited", func(t *testing.T) {
		before := d.paid()
		edited := d.ingest("one", lecture(200, func(i int, s string) string {
			if i == 100 {
				s = strings.Replace(s, "changes", "alters", 1)
			}
			return s
		}))
		if edited.Version != 2 || edited.New > 3 || edited.New == 0 || d.paid()-before != edited.New {
			t.Errorf("one word edited: %+v, paid for %d", edited, d.paid()-before)
		}
		if bad := d.broken(); len(bad) > 0 {
			t.Errorf("broken: %s", strings.Join(bad, "; "))
		}
		if all := strings.Join(d.texts(), "\n"); !strings.Contains(all, "alters what") {
			t.Error("the edit is not in the active version")
		}
	})

	t.Run("and back", func(t *testing.T) {
		back := d.ingest("one", lecture(200, nil))
		if back.Version != 3 || back.New != 0 {
			t.Errorf("back to the first text: %+v, want version 3 without a new chunk", back)
		}
	})

	t.Run("shifted by two seconds", func(t *testing.T) {
		before := d.paid()
		shifted := d.ingest("one", strings.ReplaceAll(lecture(200, nil), ",500", ",900"))
		if shifted.Version != 4 || shifted.New != 0 || d.paid() != before {
			t.Errorf("only the times changed: %+v, paid for %d", shifted, d.paid()-before)
		}
	})

	t.Run("the old citation resolves", func(t *testing.T) {
		n, err := postgres.Collect(t.Context(), d.db, "c", pgx.RowTo[int], `
select count(*) from version_chunks vc join chunks c using (course_id, chunk_id)
where vc.course_id = 'c' and vc.version = 2 and c.text like '%alters what%'`)
		if err != nil || n[0] == 0 {
			t.Errorf("version 2 holds %v chunks with its words: %v", n, err)
		}
	})
}

// TestNotVisibleBeforePublish: an ingest that fails while embedding shows nothing, and the next one pays only for what
// the first did not get.
func TestNotVisibleBeforePublish(t *testing.T) {
	d := newDesk(t)
	text := lecture(1400, nil) // more than one batch
	calls := 0
	d.at.HandleEmbeddings(func(r llmtest.Request) llmtest.Reply {
		if calls++; calls == 2 {
			return llmtest.Refusal(401, "invalid_api_key", "")
		}
		return llmtest.Reply{}
	})
	if _, err := d.in.Lecture(t.Context(), d.source("one", text), nil); err == nil {
		t.Fatal("the ingest should have failed")
	}
	if got := d.texts(); len(got) > 0 {
		t.Errorf("%d chunks are visible of a lecture that was not published", len(got))
	}
	first := len(d.at.Requests()[0].Inputs)
	d.at.HandleEmbeddings(nil)
	report := d.ingest("one", text)
	if report.Embedded != report.Chunks-first || report.Chunks <= first {
		t.Errorf("paid for %d of %d chunks after %d were staged", report.Embedded, report.Chunks, first)
	}
	if bad := d.broken(); len(bad) > 0 {
		t.Errorf("broken: %s", strings.Join(bad, "; "))
	}
}

// TestConcurrent: ingests of one lecture at the same time leave one whole version, and a reader never sees another.
func TestConcurrent(t *testing.T) {
	d := newDesk(t)
	marked := func(mark string) string {
		return lecture(120, func(_ int, s string) string { return strings.Replace(s, "In part", mark+" in part", 1) })
	}
	d.ingest("one", marked("alpha"))
	ctx, stop := context.WithCancel(t.Context())
	var reader, writers sync.WaitGroup
	reader.Go(func() {
		for ctx.Err() == nil {
			texts, err := postgres.Collect(ctx, d.db, "c", pgx.RowTo[string], `
select c.text from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
where l.course_id = 'c'`)
			if err != nil {
				continue // stopped
			}
			marks := map[string]bool{}
			for _, text := range texts {
				for _, m := range []string{"alpha", "beta", "gamma", "delta"} {
					if strings.Contains(text, m) {
						marks[m] = true
					}
				}
			}
			if len(marks) != 1 {
				t.Errorf("a reader saw a mixture of %v", marks)
				return
			}
		}
	})
	for _, mark := range []string{"beta", "gamma", "delta"} {
		writers.Go(func() {
			_, err := d.in.Lecture(t.Context(), d.source("one", marked(mark)), nil)
			if err != nil && !errors.Is(err, ingest.ErrSuperseded) {
				t.Errorf("%s: %v", mark, err)
			}
		})
	}
	writers.Wait()
	stop()
	reader.Wait()
	// Staged vectors of the loser may stay; everything else must hold.
	for _, bad := range d.broken() {
		if !strings.HasPrefix(bad, "staged") {
			t.Errorf("broken: %s", bad)
		}
	}
}

// TestBadFiles: what cannot be ingested is one sentence with the file, and leaves nothing.
func TestBadFiles(t *testing.T) {
	d := newDesk(t)
	for name, text := range map[string]string{
		"empty": "", "no cue": "WEBVTT\n\n", "binary": "PK\x03\x04\x00\x00\x00", "only markup": "1\n00:00:01,000 --> 00:00:02,000\n<i></i>\n",
		"only music": "1\n00:00:01,000 --> 00:00:02,000\n♪ ♪ ...\n",
	} {
		_, err := d.in.Lecture(t.Context(), d.source("bad", text), nil)
		var bad *transcript.Error
		if !errors.As(err, &bad) || bad.Name != "bad.srt" || strings.Contains(bad.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", "../up", "a/b", "A", "-x", "x y", strings.Repeat("x", 129)} {
		if _, err := d.in.Lecture(t.Context(), d.source(id, lecture(10, nil)), nil); err == nil || !strings.Contains(err.Error(), "cannot name a lecture") {
			t.Errorf("id %q: %v", id, err)
		}
	}
	src := d.source("one", lecture(10, nil))
	src.Scope.Course = "nowhere"
	if _, err := d.in.Lecture(t.Context(), src, nil); !errors.Is(err, ingest.ErrNoCourse) {
		t.Errorf("unknown course: %v", err)
	}
	n, err := postgres.Collect(t.Context(), d.db, "c", pgx.RowTo[int], `
select (select count(*) from lectures where active_version is not null) + (select count(*) from chunks) + (select count(*) from ingest_jobs where state <> 'failed')`)
	if err != nil || n[0] != 0 {
		t.Errorf("%v rows left behind: %v", n, err)
	}
}

func TestLectureID(t *testing.T) {
	got := map[string]string{}
	want := map[string]string{
		"courses/05 TCP (final).vtt": "05-tcp-final", "../x/Lecture-08.srt": "lecture-08", "a.b.c.txt": "a-b-c",
		"…….srt": "", "講義.srt": "lecture-8c7df028", "ümlaut.srt": "mlaut", strings.Repeat("a", 200) + ".srt": strings.Repeat("a", 128),
	}
	for path := range want {
		got[path] = ingest.LectureID(path)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
