// Package scale measures whether search stays as fast with a million chunks in the table as with ten thousand. It makes
// up courses whose vectors are clustered and whose words follow Zipf's law, has ingest store them, and asks the production
// search for what is in them. What it finds is of no interest here, only how long it takes; quality is the business of
// package eval.
package scale

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"golang.org/x/sync/errgroup"
)

// Loaded is what a load did.
type Loaded struct {
	Courses int           `json:"courses"` // added
	Kept    int           `json:"kept"`    // made with the same shape before, or by another load at the same time
	Chunks  int           `json:"chunks"`  // added
	Took    time.Duration `json:"-"`
	Seconds float64       `json:"seconds"`
}

// PerSecond is chunks added per second.
func (l Loaded) PerSecond() float64 { return float64(l.Chunks) / max(l.Took.Seconds(), 1e-9) }

// ErrOtherCourse: a course that the load would add has a name that is taken by something else.
var ErrOtherCourse = errors.New("is there already and is another course")

// courseID is the name of a course by its number.
func courseID(prefix string, n int) string { return fmt.Sprintf("%s-%06d", prefix, n) }

// MaxCourses is the most that a load adds.
const MaxCourses = 1_000_000

// Load makes the database hold the first n courses of a world, under the names prefix-000000 and so on. Those that are
// there are kept, so a load that was interrupted is gone on with, and a larger one adds. If a name is taken by a course
// that this world did not make, or by one that was deleted, nothing is added and the error wraps ErrOtherCourse. Two loads
// may run at once: what the other adds in the meantime is kept, too.
//
// Each course is one transaction; as many are made at a time as there are processors, and together hold MaxChunks at most.
// progress may be nil; it is called, never twice at a time, with the courses that are there so far and n. Loaded tells what was added also beside an error.
func Load(ctx context.Context, db *postgres.DB, log *slog.Logger, w *World, prefix string, n int, progress func(done, all int)) (Loaded, error) {
	began := time.Now()
	there, err := present(ctx, db, w, prefix, 0, n)
	if err != nil {
		return Loaded{}, err
	}
	in := &ingest.Ingester{DB: db, Embedder: madeUp{space: w.Space()}, Log: log}
	var added, kept atomic.Int64
	var mu sync.Mutex // over done and progress
	done := 0
	step := func() {
		mu.Lock()
		defer mu.Unlock()
		if done++; progress != nil {
			progress(done, n)
		}
	}
	group, limited := errgroup.WithContext(ctx)
	group.SetLimit(max(1, min(runtime.GOMAXPROCS(0), MaxChunks/w.ChunksOfCourse())))
	for i := range n {
		if limited.Err() != nil {
			break
		}
		if there[courseID(prefix, i)] {
			kept.Add(1)
			step()
			continue
		}
		group.Go(func() error {
			if err := limited.Err(); err != nil {
				return err
			}
			switch mine, err := add(limited, in, w, prefix, i); {
			case err != nil:
				return err
			case mine:
				added.Add(1)
			default:
				kept.Add(1)
			}
			step()
			return nil
		})
	}
	err = group.Wait()
	if err == nil {
		err = ctx.Err()
	}
	out := Loaded{Courses: int(added.Load()), Kept: int(kept.Load()), Took: time.Since(began)}
	out.Chunks, out.Seconds = out.Courses*w.ChunksOfCourse(), out.Took.Seconds()
	return out, err
}

// add makes a course and stores it. It is not mine if another load was faster.
func add(ctx context.Context, in *ingest.Ingester, w *World, prefix string, n int) (mine bool, err error) {
	lectures, err := w.course(n).lectures(ctx)
	if err != nil {
		return false, err
	}
	err = in.Fill(ctx, courseID(prefix, n), w.title(n), lectures)
	if !errors.Is(err, ingest.ErrCourseExists) {
		return err == nil, err
	}
	_, err = present(ctx, in.DB, w, prefix, n, n+1)
	return false, err
}

// present returns which of the courses from one number up to another are there, and refuses those that are others.
func present(ctx context.Context, db *postgres.DB, w *World, prefix string, from, to int) (map[string]bool, error) {
	ids, titles := make([]string, to-from), make(map[string]string, to-from)
	for i := range ids {
		ids[i] = courseID(prefix, from+i)
		titles[ids[i]] = w.title(from + i)
	}
	type row struct {
		ID, Title string
		Deleted   bool
	}
	found, err := postgres.Collect(ctx, db, "", pgx.RowToStructByPos[row], `
select course_id, title, deleted_at is not null
from courses
where course_id = any($1)
order by course_id`, ids)
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	there := make(map[string]bool, len(found))
	for _, c := range found {
		switch {
		case c.Deleted:
			return nil, fmt.Errorf("course %s %w: it was deleted on purpose, and its name stays taken", c.ID, ErrOtherCourse)
		case c.Title != titles[c.ID]:
			return nil, fmt.Errorf("course %s %w: its title is %q, not %q", c.ID, ErrOtherCourse, c.Title, titles[c.ID])
		}
		there[c.ID] = true
	}
	return there, nil
}

// madeUp is the embedder of made-up courses: the vector of each question is at hand.
type madeUp struct {
	space   llm.Space
	vectors map[string][]float32 // by text; not changed while it is asked
}

// Space is that of the shape.
func (m madeUp) Space(context.Context) (llm.Space, error) { return m.space, nil }

// Embed looks the texts up.
func (m madeUp) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		if out[i] = m.vectors[text]; out[i] == nil {
			return nil, errors.New("a text that was not made up here has no vector")
		}
	}
	return out, nil
}
