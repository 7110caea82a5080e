package answers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Tutor asks the real tutor, in a course that Stock made.
type Tutor struct {
	Tutor  *answer.Tutor
	Course string
}

// Ask asks it. Tutor's repeat is known to a recording by the context; see Repeat.
func (a Tutor) Ask(ctx context.Context, t Task, repeat int) Reply {
	var r Reply
	began := time.Now()
	r.Answer, r.Err = a.Tutor.Ask(withRepeat(ctx, repeat), scope(a.Course, t), answer.Question{Text: t.Question, Before: t.Before}, func(found []answer.Retrieved) { r.Retrieved = found })
	r.Took = time.Since(began)
	return r
}

// scope is where a task is asked.
func scope(course string, t Task) postgres.Scope {
	s := postgres.Scope{Principal: postgres.Local, Course: course}
	if t.Lecture != "" {
		s.Lectures = []string{t.Lecture}
	}
	return s
}

type repeatKey struct{}

func withRepeat(ctx context.Context, repeat int) context.Context {
	return context.WithValue(ctx, repeatKey{}, repeat)
}

// repeatOf is the number of the asking that a request belongs to.
func repeatOf(ctx context.Context) int {
	n, _ := ctx.Value(repeatKey{}).(int)
	return n
}

// Stock ingests the files as a course, with production's splitter if sizes are zero.
func Stock(ctx context.Context, db *postgres.DB, embedder ingest.Embedder, course, language string, files []ingest.File, sizes ingest.SplitConfig, progress func(done, all int)) error {
	in := &ingest.Ingester{DB: db, Embedder: embedder, Log: slog.New(slog.DiscardHandler), Splitter: sizes}
	if err := in.CreateCourse(ctx, course, "", language); err != nil {
		return err
	}
	for i, f := range files {
		b, err := f.Read()
		if err != nil {
			return err
		}
		src := ingest.Source{
			Scope: postgres.Scope{Principal: postgres.Local, Course: course}, Lecture: f.Lecture, Title: f.Title, Position: f.Position,
			Name: f.Path, Bytes: b,
		}
		if _, err := in.Lecture(ctx, src, nil); err != nil {
			return fmt.Errorf("lecture %s: %w", f.Lecture, err)
		}
		if progress != nil {
			progress(i+1, len(files))
		}
	}
	return nil
}

// Resolver looks citations up in a database.
func Resolver(s *retrieve.Searcher) answer.Resolve {
	return func(ctx context.Context, c answer.Citation) (retrieve.Source, error) {
		src, err := s.Source(ctx, postgres.Scope{Principal: postgres.Local, Course: c.Course}, c.Lecture, c.ChunkID, c.Version)
		switch {
		case errors.Is(err, retrieve.ErrNoChunk):
			return src, answer.Unresolved("there is no such chunk in this version of the lecture")
		case errors.Is(err, retrieve.ErrDeleted):
			return src, answer.Unresolved("the lecture was deleted")
		}
		return src, err
	}
}
