package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/lectern-tutor/lectern/ingest"
)

type jobsCancelCmd struct {
	Course string   `help:"The jobs' course; otherwise they are looked for in all of them."`
	Jobs   []string `arg:"" name:"job" help:"The jobs' ids."`
}

// Run cancels each job; those that cannot be do not stop the others.
func (cmd jobsCancelCmd) Run(ctx context.Context, a *app) error {
	return a.change(ctx, cmd.Course, cmd.Jobs, func(in *ingest.Ingester, j ingest.Job) (string, error) {
		err := in.Cancel(ctx, j.Course, j.ID)
		if errors.Is(err, ingest.ErrFinished) {
			return "", fmt.Errorf("job %s is finished already: %s", j.ID, stateOf(j))
		}
		return "cancelled", err
	})
}

type jobsRetryCmd struct {
	Course string   `help:"The jobs' course; otherwise they are looked for in all of them."`
	Jobs   []string `arg:"" name:"job" help:"The jobs' ids."`
}

// Run queues each job once more; those that cannot be do not stop the others.
func (cmd jobsRetryCmd) Run(ctx context.Context, a *app) error {
	return a.change(ctx, cmd.Course, cmd.Jobs, func(in *ingest.Ingester, j ingest.Job) (string, error) {
		err := in.Retry(ctx, j.Course, j.ID)
		switch {
		case errors.Is(err, ingest.ErrSuperseded), errors.Is(err, ingest.ErrFinished) && j.State == ingest.Superseded:
			return "", fmt.Errorf("job %s: a newer upload of %s was accepted since, or it was deleted; upload the file again if it is the right one", j.ID, j.Lecture)
		case errors.Is(err, ingest.ErrFinished) && !j.State.Final():
			return "", fmt.Errorf("job %s is pending: %s", j.ID, j.State)
		case errors.Is(err, ingest.ErrFinished) && j.State == ingest.Published:
			return "", fmt.Errorf("job %s was published as version %d of %s", j.ID, j.Version, j.Lecture)
		case errors.Is(err, ingest.ErrFinished):
			return "", fmt.Errorf("job %s: its file was cleaned away; upload it again", j.ID)
		case errors.Is(err, ingest.ErrDeleted):
			return "", fmt.Errorf("job %s: the course %s was deleted", j.ID, j.Course)
		}
		return "queued again", err
	})
}

// change does something to each job and says what, or why not.
func (a *app) change(ctx context.Context, course string, ids []string, do func(*ingest.Ingester, ingest.Job) (string, error)) error {
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	failed := false
	for _, id := range ids {
		var what string
		j, err := rooms.job(ctx, course, id)
		if err == nil {
			what, err = do(rooms.ingester, j)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = true
			fmt.Fprintf(a.stderr, "lectern: %v\n", err)
			continue
		}
		fmt.Fprintf(a.stdout, "%s (%s/%s): %s\n", j.ID, j.Course, j.Lecture, what)
	}
	if failed {
		return exitCode(1)
	}
	return nil
}
