package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
)

// ingestAll ingests the files, parallel of them at a time, and returns the reports of those that went well, in the order
// of files. When ctx ends it returns as soon as the jobs at hand are cancelled.
//
// A lecture without a position goes to the end of its course. So that this is the order of files, a file is accepted only
// when the one before has been: the turn is passed on when its work begins.
func ingestAll(ctx context.Context, in *ingest.Ingester, course string, files []ingest.File, parallel int, show *progress) (reports []ingest.Report, failed int) {
	llm.CL100K().Count("") // a third of a second once; not the first lecture's time
	type result struct {
		report ingest.Report
		err    error
	}
	results := make([]chan result, len(files))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	var turn sync.Mutex
	next := 0
	var workers sync.WaitGroup
	for range min(parallel, len(files)) {
		workers.Go(func() {
			for {
				turn.Lock()
				i := next
				next++
				pass := sync.OnceFunc(turn.Unlock)
				if i >= len(files) {
					pass()
					return
				}
				report, err := one(ctx, in, course, files[i], func(stage ingest.Stage, done, all int) {
					pass()
					show.stage(i, files[i].Lecture, stage, done, all)
				})
				pass()
				results[i] <- result{report, err}
			}
		})
	}
	defer workers.Wait()
	defer show.finish()
	for i := range files {
		switch r := <-results[i]; {
		case r.err == nil:
			show.done(r.report)
			reports = append(reports, r.report)
		case ctx.Err() == nil:
			failed++
			show.failed(r.err)
		}
	}
	return reports, failed
}

func one(ctx context.Context, in *ingest.Ingester, course string, f ingest.File, progress func(ingest.Stage, int, int)) (ingest.Report, error) {
	if ctx.Err() != nil {
		return ingest.Report{}, ctx.Err()
	}
	src, err := source(course, f)
	if err != nil {
		return ingest.Report{}, err
	}
	report, err := in.Lecture(ctx, src, progress)
	return report, ended(f, err)
}

func source(course string, f ingest.File) (ingest.Source, error) {
	b, err := f.Read()
	return ingest.Source{
		Scope:   postgres.Scope{Principal: postgres.Local, Course: course},
		Lecture: f.Lecture, Title: f.Title, Position: f.Position, Name: f.Path, Bytes: b,
	}, err
}

// ended turns what may end a job from outside into a sentence, and leaves a fault of the file as the parser put it.
func ended(f ingest.File, err error) error {
	var bad *transcript.Error
	switch {
	case errors.Is(err, ingest.ErrSuperseded):
		return fmt.Errorf("%s: not published, because a newer upload of %s, or its deletion, came in between; ingest it again if this file is the right one", f.Path, f.Lecture)
	case errors.Is(err, ingest.ErrCancelled):
		return fmt.Errorf("%s: not published, because its job was cancelled", f.Path)
	case errors.Is(err, ingest.ErrDeleted):
		return fmt.Errorf("%s: not published, because the course was deleted in between", f.Path)
	case errors.As(err, &bad):
		return bad
	}
	return err
}

// detach stores the files as jobs and lists them. Nobody in this process works them.
func (a *app) detach(ctx context.Context, in *ingest.Ingester, course string, files []ingest.File) (accepted, failed int, err error) {
	t := a.table("lecture", "job", "state")
	queued := 0
	for _, f := range files {
		src, err := source(course, f)
		var got ingest.Accepted
		if err == nil {
			got, err = in.Accept(ctx, src, ingest.Condition{})
		}
		switch {
		case ctx.Err() != nil:
			return 0, 0, fmt.Errorf("interrupted; %s accepted, run it again to go on", plural(accepted, "file"))
		case err != nil:
			failed++
			fmt.Fprintf(a.stderr, "lectern: %v\n", ended(f, err))
			continue
		case got.Unchanged:
			t.AppendRow(table.Row{f.Lecture, "–", "unchanged"})
		default:
			queued++
			t.AppendRow(table.Row{f.Lecture, got.Job.ID, got.Job.State})
		}
		accepted++
	}
	if accepted == 0 {
		return 0, failed, nil
	}
	t.Render()
	fmt.Fprintf(a.stdout, "%s: %s queued, %d unchanged\n", course, plural(queued, "lecture"), accepted-queued)
	if queued > 0 {
		fmt.Fprint(a.stdout, "A running `lectern serve` (or `lectern work`) works them; `lectern jobs` shows how they get on.\n")
	}
	return accepted, failed, nil
}
