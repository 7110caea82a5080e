package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// crowd is how many uploads of one lecture come at the same time.
const crowd = 32

// crowdText is the upload of the n-th of the crowd. A third of its chunks are the same in all.
func crowdText(n int) string { return textOf(fmt.Sprintf("upload%02d", n)) }

// A reader reads the lecture all the time, as students do, and compares what it gets with what was uploaded.
type reader struct {
	site     *site
	searcher *retrieve.Searcher
	whole    map[string]string          // the upload by what it shows
	chunks   map[string]map[string]bool // the uploads by chunk text
	stop     context.CancelFunc
	done     sync.WaitGroup

	reads, searches, sources atomic.Int64
}

func newReader(s *site) *reader {
	s.t.Helper()
	r := &reader{site: s, whole: map[string]string{}, chunks: map[string]map[string]bool{}}
	texts := map[string]string{"before": oldText()}
	for n := range crowd {
		texts[fmt.Sprint(n)] = crowdText(n)
	}
	for name, text := range texts {
		shown := chunked(s.t, text)
		r.whole[shown] = name
		for chunk := range strings.SplitSeq(shown, "\n") {
			if r.chunks[chunk] == nil {
				r.chunks[chunk] = map[string]bool{}
			}
			r.chunks[chunk][name] = true
		}
	}
	in, db := s.ingester(s.app)
	r.searcher = retrieve.New(db, in.Embedder, slog.New(slog.NewTextHandler(io.Discard, nil)), 0)
	ctx, stop := context.WithCancel(s.t.Context())
	r.stop = stop
	r.done.Go(func() { r.statements(ctx) })
	r.done.Go(func() { r.search(ctx) })
	s.t.Cleanup(r.end)
	return r
}

// end stops reading.
func (r *reader) end() {
	r.stop()
	r.done.Wait()
}

// statements reads the active version in one statement.
func (r *reader) statements(ctx context.Context) {
	for ctx.Err() == nil {
		texts, err := postgres.Collect(ctx, r.site.db, "c", pgx.RowTo[string], activeTextSQL)
		if err != nil {
			r.failed(ctx, err)
			return
		}
		r.reads.Add(1)
		if r.whole[strings.Join(texts, "\n")] == "" {
			r.site.t.Errorf("read %d: %d chunks that are no upload's text", r.reads.Load(), len(texts))
			return
		}
	}
}

// search searches and follows the citations.
func (r *reader) search(ctx context.Context) {
	scope := postgres.Scope{Principal: postgres.Local, Course: "c", Lectures: []string{"one"}}
	queries := []string{"how the window changes what the router does", "checksum", "in part 40 we look at the cable", "what does the timer do next"}
	for i := 0; ctx.Err() == nil; i++ {
		result, err := r.searcher.Search(ctx, scope, queries[i%len(queries)], retrieve.Options{K: 1 + i%10, Budget: 100_000})
		if err != nil {
			r.failed(ctx, err)
			return
		}
		r.searches.Add(1)
		if len(result.Passages) == 0 {
			r.site.t.Errorf("search %d found nothing", i)
			return
		}
		candidates := map[string]int{}
		chunks := 0
		for _, p := range result.Passages {
			if p.Version != result.Passages[0].Version {
				r.site.t.Errorf("search %d: versions %d and %d in one result", i, result.Passages[0].Version, p.Version)
				return
			}
			for _, c := range p.Chunks {
				chunks++
				text := p.Text[c.Start:c.End]
				for upload := range r.chunks[text] {
					candidates[upload]++
				}
				source, err := r.searcher.Source(ctx, scope, p.Lecture, c.ID, p.Version)
				if err != nil {
					r.failed(ctx, err)
					return
				}
				r.sources.Add(1)
				if source.Text != text || source.Version != p.Version {
					r.site.t.Errorf("search %d: the source of %s has another text than the passage", i, c.ID)
					return
				}
			}
		}
		one := false
		for _, n := range candidates {
			one = one || n == chunks
		}
		if !one {
			r.site.t.Errorf("search %d: its %d chunks are of no one upload: %v", i, chunks, candidates)
			return
		}
	}
}

func (r *reader) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.site.t.Errorf("a reader: %v", err)
	}
}

// TestCrowd: 32 uploads of one lecture at the same time, while it is read. Each read is exactly one upload's text, and the
// last that was accepted is what stays.
func TestCrowd(t *testing.T) {
	for _, c := range []struct {
		name   string
		upload uploader
		work   bool // workers of the queue are needed
	}{
		{"Accept + Start", func(ctx context.Context, in *ingest.Ingester, src ingest.Source) error {
			_, err := in.Accept(ctx, src, ingest.Condition{})
			return err
		}, true},
		{"Lecture", func(ctx context.Context, in *ingest.Ingester, src ingest.Source) error {
			_, err := in.Lecture(ctx, src, nil)
			if errors.Is(err, ingest.ErrSuperseded) {
				err = nil
			}
			return err
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rng := dice(t)
			if !whole() {
				crowdRound(t, rng, c.upload, c.work, rng.IntN(2) == 0)
				return
			}
			for range 2 {
				crowdRound(t, rng, c.upload, c.work, false)
				crowdRound(t, rng, c.upload, c.work, true)
			}
		})
	}
}

type uploader func(context.Context, *ingest.Ingester, ingest.Source) error

func crowdRound(t *testing.T, rng *rand.Rand, uploadOne uploader, work, waves bool) {
	s := newSite(t)
	var pools []*ingest.Ingester
	for range 2 {
		in, _ := s.ingester(s.app)
		pools = append(pools, in)
		if work {
			s.start(in)
		}
	}
	r := newReader(s)
	// All at once, and then only the last comes through; or in waves, and then the last of each does.
	wave := crowd
	if waves {
		wave = crowd / 4
	}
	order := rng.Perm(crowd)
	for first := 0; first < crowd; first += wave {
		var all sync.WaitGroup
		for _, n := range order[first : first+wave] {
			wait := time.Duration(rng.IntN(20)) * time.Millisecond
			all.Go(func() {
				time.Sleep(wait)
				src := upload("one", crowdText(n))
				src.Name = fmt.Sprintf("%d.srt", n)
				if err := uploadOne(t.Context(), pools[n%2], src); err != nil {
					t.Errorf("upload %d: %v", n, err)
				}
			})
		}
		all.Wait()
		s.settled()
	}
	time.Sleep(50 * time.Millisecond) // the readers see the end, too
	r.end()

	jobs := s.jobs(false)
	if len(jobs) != crowd+1 {
		t.Errorf("%d jobs, want one for each of %d uploads and the one before", len(jobs), crowd)
	}
	published := 0
	for _, job := range jobs {
		switch job.State {
		case ingest.Published:
			published++
		case ingest.Superseded:
		default:
			t.Errorf("a job is %s: %s", job.State, job.Reason)
		}
	}
	if v := s.version(); v != published {
		t.Errorf("%d jobs were published, and it is version %d", published, v)
	}
	last := strings.TrimSuffix(jobs[0].Name, ".srt")
	if jobs[0].State != ingest.Published || r.whole[s.shown()] != last {
		t.Errorf("the last upload accepted was %s (%s), and upload %s is active", last, jobs[0].State, r.whole[s.shown()])
	}
	s.sound("in the end")
	if least := crowd/wave + 1; published < least {
		t.Errorf("%d uploads were published, less than %d", published, least)
	}
	if r.reads.Load() < crowd || r.searches.Load() < crowd/2 {
		t.Errorf("only %d reads and %d searches", r.reads.Load(), r.searches.Load())
	}
	t.Logf("%d uploads published, %d superseded; %d reads, %d searches and %d sources, each of one upload",
		published-1, crowd+1-published, r.reads.Load(), r.searches.Load(), r.sources.Load())
}
