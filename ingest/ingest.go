package ingest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Embedder turns texts into vectors. It is an interface because there are two: a model behind an OpenAI-compatible
// server and the offline embedder that needs none.
type Embedder interface {
	// Space names the model and the number of dimensions; vectors of different spaces are never compared.
	Space(ctx context.Context) (llm.Space, error)
	// Embed returns one vector per text, in order.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// An Ingester publishes lectures. It is safe for concurrent use; two ingests of the same lecture at once both
// succeed or one of them reports [ErrConcurrent], and readers see one whole version or the other.
type Ingester struct {
	DB       *postgres.DB
	Embedder Embedder
	Log      *slog.Logger
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

// ErrConcurrent says that another ingest of the same lecture published in between, several times in a row.
var ErrConcurrent = errors.New("another ingest of this lecture was published at the same time; run it again")

// embedBatch is how many chunks go to the embedder, and are staged, at a time: what a killed ingest loses at most.
const embedBatch = 64

// Lecture ingests src and publishes it. It returns what a person should read about it; an error of the file itself is a
// *transcript.Error. Nothing of a lecture becomes visible unless Lecture returns nil. progress may be nil; it is called
// with the chunks done so far and in all.
func (in *Ingester) Lecture(ctx context.Context, src Source, progress func(Stage, int, int)) (Report, error) {
	began := time.Now()
	if progress == nil {
		progress = func(Stage, int, int) {}
	}
	course := src.Scope.Course
	if !postgres.ValidLectureID(src.Lecture) {
		return Report{}, fmt.Errorf("%q cannot name a lecture: use 1 to 128 of a-z, 0-9, _ and -, beginning with a letter or a digit", src.Lecture)
	}
	src.Title = cleanTitle(src.Title) // the published title is compared with it
	src.Name = strings.ToValidUTF8(src.Name, "\uFFFD")
	language, err := in.courseLanguage(ctx, course)
	if err != nil {
		return Report{}, err
	}
	analyzer, err := lexical.NewAnalyzer(language)
	if err != nil {
		return Report{}, fmt.Errorf("course %s: %w", course, err)
	}
	space, spaceID, err := in.space(ctx, course)
	if err != nil {
		return Report{}, err
	}

	// A publish that came in between is seen by its version number; what we have prepared is then compared anew.
	for range 3 {
		active, err := in.active(ctx, course, src.Lecture)
		if err != nil {
			return Report{}, err
		}
		v := version{
			source:   src,
			sha256:   sha256.Sum256(src.Bytes),
			splitter: SplitterVersion,
			analyzer: analyzer.Name(),
			spaceID:  spaceID,
		}
		if active.same(v) {
			report := active.report(src.Lecture)
			report.Elapsed = time.Since(began)
			progress(StageDone, report.Chunks, report.Chunks)
			return report, nil
		}
		progress(StageParse, 0, 0)
		if err := v.prepare(analyzer); err != nil {
			return Report{}, err
		}
		embedded, err := in.embed(ctx, &v, space, progress)
		if err != nil {
			return Report{}, err
		}
		progress(StagePublish, len(v.chunks), len(v.chunks))
		switch published, err := in.publish(ctx, &v, active.number); {
		case errors.Is(err, errStale):
			in.Log.InfoContext(ctx, "lecture was published by somebody else meanwhile", "course", course, "lecture", src.Lecture)
			continue
		case err != nil:
			return Report{}, err
		default:
			report := v.report(published)
			report.Embedded = embedded
			report.Elapsed = time.Since(began)
			progress(StageDone, len(v.chunks), len(v.chunks))
			return report, nil
		}
	}
	return Report{}, fmt.Errorf("lecture %s/%s: %w", course, src.Lecture, ErrConcurrent)
}

// A version is a lecture's next version while it is being made: what will be rows, before they are.
type version struct {
	source   Source
	sha256   [32]byte
	splitter string
	analyzer string
	spaceID  int32

	title      string
	transcript *transcript.Transcript
	chunks     []Chunk
	postings   []byte
	vectors    map[string][]float32 // by chunk id; only those that the table lacks
	words      int
	tokens     int
	durationMS int64
}

// prepare parses, splits and indexes: everything that needs neither network nor database.
func (v *version) prepare(analyzer *lexical.Analyzer) error {
	t, err := transcript.Parse(v.source.Name, bytes.NewReader(v.source.Bytes))
	if err != nil {
		return err
	}
	v.transcript = t
	v.title = cmp.Or(v.source.Title, cleanTitle(t.Title), v.source.Lecture)
	v.chunks = Split(t.Segments, llm.CL100K().Count, DefaultSplit)
	Identify(v.source.Scope.Course, v.source.Lecture, v.chunks)
	texts := make([]string, len(v.chunks))
	v.tokens = 0
	for i, c := range v.chunks {
		texts[i] = c.Text
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
	v.postings, err = lexical.Build(analyzer, v.title, texts).MarshalBinary()
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
