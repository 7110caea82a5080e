package ingest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
	"github.com/riverqueue/river"
)

// Embedder turns texts into vectors. It is an interface because there are two: a model behind an OpenAI-compatible
// server and the offline embedder that needs none.
type Embedder interface {
	// Space names the model and the number of dimensions; vectors of different spaces are never compared.
	Space(ctx context.Context) (llm.Space, error)
	// Embed returns one vector per text, in order.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// An Ingester publishes lectures. It is safe for concurrent use. Uploads of one lecture at the same time are settled by
// order of acceptance: the last one wins, the others report [ErrSuperseded], and readers see one whole version or
// another.
type Ingester struct {
	DB       *postgres.DB
	Embedder Embedder
	Log      *slog.Logger
	// Splitter sets the sizes of chunks. Zero is DefaultSplit, and what serves students leaves it there: with another
	// setting every chunk has another id. It is for the eval that compares sizes, in a database of its own.
	Splitter SplitConfig
	// Forget erases what other rooms keep of a deleted lecture's text, in the transaction that deletes it. May be nil.
	Forget func(ctx context.Context, tx pgx.Tx, course, lecture string) error
	// AlsoSweep cleans away what expired in another room, in the transaction that cleans the course, and counts it. May be nil.
	AlsoSweep func(ctx context.Context, tx pgx.Tx, course string) (int64, error)

	mu     sync.Mutex
	queue  *river.Client[pgx.Tx] // made at first use; it only inserts
	spaces map[string]int32      // number by name, as far as they were asked for
	onStep func(Step)            // see [Step]
	tuned  tuning
}

// A Source is one transcript to ingest. The fields say where it belongs; Bytes is the file as it is.
type Source struct {
	Scope   postgres.Scope // Course and Principal; Lectures and Seen play no part
	Lecture string         // see postgres.ValidLectureID
	Title   string         // "": what the file says of itself, else the lecture id
	// Position orders the lectures of a course, from 0. Negative: keep the present one, or go to the end.
	Position int
	Name     string // the file's name, for messages and as a hint of its format
	Bytes    []byte
}

// Stage is a step of an ingest, for those who show progress.
type Stage string

// The stages, in order. An unchanged lecture goes from StageParse to StageDone.
const (
	StageParse   Stage = "parsing"
	StageEmbed   Stage = "embedding"
	StagePublish Stage = "publishing"
	StageDone    Stage = "done"
	// StageRetry: an attempt failed of something that may pass. The numbers are those of the attempt to come and of all
	// attempts; it begins after RetryDelay of the one that failed.
	StageRetry Stage = "waiting"
)

// A Report says what an ingest did.
type Report struct {
	Lecture   string
	Title     string
	Version   int  // the version that is active now
	Unchanged bool // nothing was embedded and nothing was written
	Timed     bool // false: a plain text, Duration is 0
	Duration  time.Duration
	Words     int
	Chunks    int
	Tokens    int // cl100k_base, overlap counted twice
	New       int // chunks the version before did not have
	Embedded  int // texts sent to the embedder; the rest was there or staged by an ingest that was killed
	Warnings  []transcript.Warning
	Removed   map[string]int
	Elapsed   time.Duration
}

// Lecture accepts src and works the job itself, up to its end. It returns what a person should read about it; an error
// of the file itself is a *transcript.Error. Nothing of a lecture becomes visible unless Lecture returns nil. progress may
// be nil; it is called with the chunks done so far and in all.
//
// If the process dies in between, the queue's workers take over from where it was (see [Ingester.Start]), and so does, at
// once, the next Lecture with the same source: it supersedes the job and finds what was paid for. A Lecture that was
// superseded by the same upload waits for that one and reports the lecture as unchanged.
func (in *Ingester) Lecture(ctx context.Context, src Source, progress func(Stage, int, int)) (Report, error) {
	began := time.Now()
	if progress == nil {
		progress = func(Stage, int, int) {}
	}
	accepted, err := in.accept(ctx, src, Condition{}, in.pace().backstop)
	if err != nil {
		return Report{}, err
	}
	course, job := src.Scope.Course, accepted.Job
	if accepted.Unchanged {
		active, err := in.active(ctx, course, src.Lecture)
		if err != nil {
			return Report{}, err
		}
		report := active.report(src.Lecture)
		report.Elapsed = time.Since(began)
		progress(StageDone, report.Chunks, report.Chunks)
		return report, nil
	}
	own := &inHand{source: src}
	for attempt := 1; ; {
		report, err := in.work(ctx, course, job.ID, accepted.entry, own, progress)
		switch {
		case err == nil:
			report.Elapsed = time.Since(began)
			return report, nil
		case ctx.Err() != nil: // nobody waits any more, so nobody is to go on with it
			if lost := in.Cancel(context.WithoutCancel(ctx), course, job.ID); lost != nil && !errors.Is(lost, ErrFinished) {
				err = errors.Join(err, lost)
			}
			return Report{}, err
		case errors.Is(err, ErrSuperseded):
			return in.follow(ctx, src, err, began)
		case !again(err):
			return Report{}, err
		case errors.Is(err, ErrHeld): // a worker of the queue took it over, and will be through with it
			_ = in.pause(ctx, 1) // the next look meets the end of ctx, too
			continue
		case attempt >= ownAttempts: // the job stays for the queue's workers
			return Report{}, err
		}
		in.Log.WarnContext(ctx, "ingest failed and is tried again", "course", course, "lecture", src.Lecture, "attempt", attempt, "error", err)
		progress(StageRetry, attempt+1, ownAttempts)
		_ = in.pause(ctx, attempt) // as above
		attempt++
	}
}

// pause waits as long as is usual after the n-th failure, or until ctx ends.
func (in *Ingester) pause(ctx context.Context, n int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(in.retryDelay(n)):
		return nil
	}
}

// follow is what becomes of an upload that another one superseded: if that one has the same bytes, title and position,
// somebody ingested the same thing at the same time, and its outcome is as good as ours. Otherwise err is returned.
func (in *Ingester) follow(ctx context.Context, src Source, err error, began time.Time) (Report, error) {
	sum := sha256.Sum256(src.Bytes)
	for last := ""; ; {
		latest, failed := postgres.Collect(ctx, in.DB, src.Scope.Course, pgx.RowTo[string], `
select case when source_sha256 = $3 and title = $4 and coalesce(position, -1) = $5 then job_id else '' end
from ingest_jobs
where course_id = $1 and lecture_id = $2
order by created_at desc, job_id desc
limit 1`, src.Scope.Course, src.Lecture, sum[:], cleanTitle(src.Title), max(src.Position, -1))
		if failed != nil {
			return Report{}, fmt.Errorf("lecture %s/%s: %w", src.Scope.Course, src.Lecture, failed)
		}
		if len(latest) == 0 || latest[0] == "" || latest[0] == last {
			return Report{}, err
		}
		report, outcome := in.outcome(ctx, src.Scope.Course, latest[0])
		switch {
		case outcome == nil:
			report.New, report.Embedded, report.Unchanged = 0, 0, true // by us
			report.Elapsed = time.Since(began)
			return report, nil
		case errors.Is(outcome, ErrSuperseded): // by yet another upload, or, if it is still the latest, by a deletion
			last = latest[0]
			continue
		case !errors.Is(outcome, ErrHeld):
			return Report{}, outcome
		}
		if err := in.pause(ctx, 1); err != nil {
			return Report{}, err
		}
	}
}

// A version is a lecture's next version while it is being made: what will be rows, before they are.
type version struct {
	source   Source
	sha256   [sha256.Size]byte
	split    SplitConfig
	splitter string // the name of split
	analyzer string
	space    llm.Space
	spaceID  int32

	title      string
	transcript *transcript.Transcript
	chunks     []Chunk
	postings   []byte
	vectors    map[string][]float32 // by chunk id; only those that the table lacks
	checksum   [sha256.Size]byte    // of chunks; see checksum
	words      int
	tokens     int
	durationMS int64
}

func newVersion(src Source, d derivation) *version {
	return &version{
		source: src, sha256: sha256.Sum256(src.Bytes),
		split: d.split, splitter: d.split.Version(), analyzer: d.analyzer.Name(), space: d.space, spaceID: d.spaceID,
	}
}

// prepare parses and splits. present is the lecture's title now, "" if it has none.
func (v *version) prepare(present string) error {
	t, err := transcript.Parse(v.source.Name, bytes.NewReader(v.source.Bytes))
	if err != nil {
		return err
	}
	v.transcript = t
	v.title = cmp.Or(v.source.Title, cleanTitle(t.Title), present, v.source.Lecture)
	v.chunks = Split(t.Segments, llm.CL100K().Count, v.split)
	identify(v.source.Scope.Course, v.source.Lecture, v.splitter, v.chunks)
	v.checksum = checksum(v.chunks)
	v.tokens = 0
	for _, c := range v.chunks {
		v.tokens += c.Tokens
	}
	v.words, v.durationMS = 0, 0
	for _, s := range t.Segments {
		v.words += countWords(s.Text)
		v.durationMS = max(v.durationMS, s.EndMS)
	}
	if v.words == 0 || len(v.chunks) == 0 {
		return &transcript.Error{Name: v.source.Name, Message: "no words are left in this transcript after markup was removed"}
	}
	return nil
}

// index makes the postings of what prepare split.
func (v *version) index(analyzer *lexical.Analyzer) (err error) {
	texts, headings := make([]string, len(v.chunks)), make([]string, len(v.chunks))
	for i, c := range v.chunks {
		texts[i], headings[i] = c.Text, c.Heading
	}
	v.postings, err = lexical.BuildUnder(analyzer, v.title, headings, texts).MarshalBinary()
	if err != nil {
		return fmt.Errorf("lecture %s/%s: packing postings: %w", v.source.Scope.Course, v.source.Lecture, err)
	}
	return nil
}

func (v *version) report(p published) Report {
	return Report{
		Lecture:  v.source.Lecture,
		Title:    v.title,
		Version:  p.version,
		Timed:    v.transcript.Timed,
		Duration: time.Duration(v.durationMS) * time.Millisecond,
		Words:    v.words,
		Chunks:   len(v.chunks),
		Tokens:   v.tokens,
		New:      p.newChunks,
		Warnings: v.transcript.Warnings,
		Removed:  v.transcript.Removed,
	}
}
