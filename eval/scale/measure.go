package scale

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
	"golang.org/x/sync/errgroup"
)

// A Shelf is a database that holds the first courses of a world.
type Shelf struct {
	DB      *postgres.DB
	Courses int
}

// A Pattern says which courses are asked, and what the searching process knows of them.
type Pattern struct {
	Name string `json:"name"`
	What string `json:"what"`

	common bool // only the courses that the smallest shelf has, which are the same in all
	bytes  int  // bound of the cached postings; 0: the default
	warm   bool // each course that may be asked is searched once before
}

// Patterns are what Measure measures, in order.
var Patterns = []Pattern{
	{Name: "hot", What: "the same questions to the same courses, those of the smallest database; all is warm", common: true, warm: true},
	{Name: "warm", What: "any course; all postings in memory", bytes: math.MaxInt, warm: true},
	{Name: "any", What: "any course; postings as the server keeps them, 256 MiB at most", warm: true},
	{Name: "cold", What: "any course; its postings are loaded by each search, one statement more", bytes: 1},
}

// Options of Measure.
type Options struct {
	Questions int   // of each figure; at least 1
	Clients   []int // how many ask at a time, each at least 1
	// Progress may be nil. It is called with the questions asked so far of one pattern and in all.
	Progress func(stage string, done, all int)
}

// A Figure is how long searches took.
type Figure struct {
	Pattern   string    `json:"pattern"`
	Scope     string    `json:"scope"` // course or lecture
	Clients   int       `json:"clients"`
	Chunks    int       `json:"chunks"` // in the table
	P50       float64   `json:"p50_ms"`
	P95       float64   `json:"p95_ms"`
	P99       float64   `json:"p99_ms"`
	PerSecond float64   `json:"per_second"` // searches, while the clients were at it
	Statement float64   `json:"statement_p50_ms"`
	took      []float64 // ms
	statement []float64
	busy      time.Duration
}

// A Heap is what this process held after a pattern, beyond what it held before.
type Heap struct {
	Pattern string `json:"pattern"`
	Live    int64  `json:"live_bytes"` // with the postings of all databases
}

// Measured is what Measure found.
type Measured struct {
	Figures []Figure `json:"figures"`
	Heaps   []Heap   `json:"heaps"`
}

// Measure asks the production search for courses and for single lectures, in all databases in turns, so that what disturbs
// one disturbs the others, too. A turn is a few questions to each client; who comes first changes from turn to turn. The
// vector of a question is at hand: a model's time is not measured. Shelves come in ascending size.
//
// The error is the context's or the first of a search; a search without a vector leg or without a result is one.
func Measure(ctx context.Context, w *World, prefix string, shelves []Shelf, o Options) (*Measured, error) {
	out := &Measured{}
	for _, p := range Patterns {
		r := &run{world: w, prefix: prefix, shelves: shelves, pattern: p, options: o}
		if err := r.measure(ctx, out); err != nil {
			return nil, fmt.Errorf("pattern %s: %w", p.Name, err)
		}
	}
	return out, nil
}

// run measures one pattern.
type run struct {
	world   *World
	prefix  string
	shelves []Shelf
	pattern Pattern
	options Options

	embedders []*madeUp
	searchers []*retrieve.Searcher
	done, all int
}

func (r *run) measure(ctx context.Context, out *Measured) error {
	before := liveHeap()
	for _, s := range r.shelves {
		e := &madeUp{space: r.world.Space(), vectors: map[string][]float32{}}
		r.embedders = append(r.embedders, e)
		r.searchers = append(r.searchers, retrieve.New(s.DB, e, slog.New(slog.DiscardHandler), r.pattern.bytes))
	}
	r.all = 2 * len(r.options.Clients) * r.options.Questions
	for i := range r.shelves {
		if r.pattern.warm {
			r.all += r.courses(i)
		}
	}
	if r.pattern.warm {
		for i := range r.shelves {
			if err := r.touch(ctx, i); err != nil {
				return err
			}
		}
	}
	for _, scope := range []string{"course", "lecture"} {
		for _, clients := range r.options.Clients {
			figures, err := r.turns(ctx, scope, clients)
			if err != nil {
				return fmt.Errorf("%s, %d at a time: %w", scope, clients, err)
			}
			out.Figures = append(out.Figures, figures...)
		}
	}
	for _, e := range r.embedders {
		clear(e.vectors)
	}
	out.Heaps = append(out.Heaps, Heap{Pattern: r.pattern.Name, Live: liveHeap() - before})
	runtime.KeepAlive(r.searchers)
	return nil
}

// courses is how many courses of a shelf may be asked.
func (r *run) courses(shelf int) int {
	if r.pattern.common {
		return r.shelves[0].Courses
	}
	return r.shelves[shelf].Courses
}

// asked is a question with where to ask it.
type asked struct {
	scope postgres.Scope
	text  string
}

// questions makes n up for a shelf. The same key gives the same, up to the course: of the shelves' courses each takes the
// one at the same part of its list.
func (r *run) questions(shelf, n int, scope string, key uint64) []asked {
	rng := rand.New(rand.NewPCG(r.world.Seed, 3<<32|key)) //nolint:gosec // to be repeatable is what it is for
	out := make([]asked, n)
	clear(r.embedders[shelf].vectors)
	for i := range out {
		number := int(rng.Float64() * float64(r.courses(shelf)))
		q := r.world.course(number).question(rand.New(rand.NewPCG(rng.Uint64(), 0))) //nolint:gosec // to be repeatable is what it is for
		out[i] = asked{postgres.Scope{Principal: postgres.Local, Course: courseID(r.prefix, number)}, q.text}
		if scope == "lecture" {
			out[i].scope.Lectures = []string{q.lecture}
		}
		r.embedders[shelf].vectors[q.text] = q.vector
	}
	return out
}

// touch searches each course of a shelf once.
func (r *run) touch(ctx context.Context, shelf int) error {
	for n := range r.courses(shelf) {
		q := r.world.course(n).question(rand.New(rand.NewPCG(uint64(n), 4))) //nolint:gosec // to be repeatable is what it is for
		r.embedders[shelf].vectors[q.text] = q.vector
		a := asked{postgres.Scope{Principal: postgres.Local, Course: courseID(r.prefix, n)}, q.text}
		if _, err := r.ask(ctx, shelf, a); err != nil {
			return err
		}
		r.step(1)
	}
	return nil
}

// turn is how many questions each client asks before the next database has its turn; warmUp turns are not counted.
const (
	turn   = 5
	warmUp = 2
)

// turns measures one scope with so many clients in all databases.
func (r *run) turns(ctx context.Context, scope string, clients int) ([]Figure, error) {
	size := turn * clients
	counted := (r.options.Questions + size - 1) / size
	all := make([][]asked, len(r.shelves))
	figures := make([]Figure, len(r.shelves))
	for i, s := range r.shelves {
		all[i] = r.questions(i, (warmUp+counted)*size, scope, uint64(clients)<<1|uint64(len(scope)&1))
		figures[i] = Figure{Pattern: r.pattern.Name, Scope: scope, Clients: clients, Chunks: s.Courses * r.world.ChunksOfCourse()}
	}
	for t := range warmUp + counted {
		for k := range r.shelves {
			i := (t + k) % len(r.shelves)
			if err := r.turn(ctx, i, all[i][t*size:(t+1)*size], clients, &figures[i], t >= warmUp); err != nil {
				return nil, err
			}
		}
		if t >= warmUp {
			r.step(min(size, r.options.Questions-(t-warmUp)*size))
		}
	}
	for i := range figures {
		figures[i].settle()
	}
	return figures, nil
}

// turn asks questions with so many clients at a time and adds what they took to f.
func (r *run) turn(ctx context.Context, shelf int, questions []asked, clients int, f *Figure, count bool) error {
	took, statement := make([]float64, len(questions)), make([]float64, len(questions))
	group, limited := errgroup.WithContext(ctx)
	began := time.Now()
	for c := range clients {
		group.Go(func() error {
			for i := c; i < len(questions); i += clients {
				start := time.Now()
				found, err := r.ask(limited, shelf, questions[i])
				if err != nil {
					return err
				}
				took[i], statement[i] = millis(time.Since(start)), millis(found.Timings.Statement)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if count {
		f.busy += time.Since(began)
		f.took, f.statement = append(f.took, took...), append(f.statement, statement...)
	}
	return nil
}

var errNothing = errors.New("a search found nothing, or had no vector leg; the figures would be another statement's")

func (r *run) ask(ctx context.Context, shelf int, a asked) (retrieve.Result, error) {
	found, err := r.searchers[shelf].Search(ctx, a.scope, a.text, retrieve.Options{EmbedTimeout: time.Minute})
	if err == nil && (found.Degraded != retrieve.NotDegraded || len(found.Passages) == 0) {
		err = fmt.Errorf("course %s: %w", a.scope.Course, errNothing)
	}
	return found, err
}

func (r *run) step(n int) {
	r.done += n
	if r.options.Progress != nil {
		r.options.Progress("asking, "+r.pattern.Name, r.done, r.all)
	}
}

func (f *Figure) settle() {
	slices.Sort(f.took)
	slices.Sort(f.statement)
	f.P50, f.P95, f.P99 = quantile(f.took, 0.50), quantile(f.took, 0.95), quantile(f.took, 0.99)
	f.Statement = quantile(f.statement, 0.50)
	f.PerSecond = float64(len(f.took)) / max(f.busy.Seconds(), 1e-9)
}

// quantile is the smallest value that at least the share p of all does not exceed; sorted is ascending and not empty.
func quantile(sorted []float64, p float64) float64 {
	return sorted[max(int(math.Ceil(p*float64(len(sorted))))-1, 0)]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// liveHeap is what a garbage collection leaves.
func liveHeap() int64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Ratio is the p50 of the largest database by that of the smallest, for one client.
func (m *Measured) Ratio(pattern, scope string) float64 {
	var first, last float64
	for _, f := range m.Figures {
		if f.Pattern == pattern && f.Scope == scope && f.Clients == 1 {
			if first == 0 {
				first = f.P50
			}
			last = f.P50
		}
	}
	return last / first
}
