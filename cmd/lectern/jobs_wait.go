package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
)

type jobsWaitCmd struct {
	Course  string        `help:"The jobs' course. Without jobs: wait for all that are pending in it."`
	Timeout time.Duration `default:"1h" help:"How long to wait at most."`
	Jobs    []string      `arg:"" optional:"" name:"job" help:"The jobs' ids."`
}

// How often waiting looks, how often it tells of progress within a state, and after how long without a worker it says
// so.
const (
	waitPoll   = 300 * time.Millisecond
	waitTell   = 5 * time.Second
	waitNobody = 10 * time.Second
)

// Run waits until every job is finished and says what became of each. It fails unless all were published.
func (cmd jobsWaitCmd) Run(ctx context.Context, a *app) error {
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	jobs, err := cmd.jobs(ctx, rooms)
	if err != nil {
		return err
	}
	if len(jobs) == 0 {
		_, err := fmt.Fprintf(a.stdout, "no job is pending in %s\n", cmd.Course)
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, cmd.Timeout)
	defer cancel()
	failed := 0
	began, warned := time.Now(), false
	told := map[string]time.Time{}
	for {
		var pending []ingest.Job
		nobody := true
		for _, before := range jobs {
			j, err := rooms.ingester.Job(waiting, before.Course, before.ID)
			switch {
			case waiting.Err() != nil:
				pending = append(pending, before)
				continue
			case errors.Is(err, ingest.ErrNoJob):
				return fmt.Errorf("job %s was cleaned away while it was waited for", before.ID)
			case err != nil:
				return err
			}
			if j.State.Final() {
				if j.State != ingest.Published {
					failed++
				}
				fmt.Fprintf(a.stdout, "%s: %s\n", j.Lecture, verdict(j))
				continue
			}
			last, known := told[j.ID]
			if !known || j.State != before.State || j.Reason != before.Reason || j.Done != before.Done && time.Since(last) > waitTell {
				told[j.ID] = time.Now()
				fmt.Fprintf(a.stderr, "  %s: %s\n", j.Lecture, standing(j))
			}
			nobody = nobody && j.State == ingest.Queued && j.Attempts == 0
			pending = append(pending, j)
		}
		jobs = pending
		switch {
		case len(jobs) == 0 && failed > 0:
			return exitCode(1)
		case len(jobs) == 0:
			return nil
		case nobody && !warned && time.Since(began) > waitNobody:
			warned = true
			fmt.Fprint(a.stderr, "  no worker has come yet: is `lectern serve` or `lectern work` running?\n")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("interrupted; %s still pending, and will be worked all the same", plural(len(jobs), "job"))
		case <-waiting.Done():
			return fmt.Errorf("%s still pending after %s", plural(len(jobs), "job"), cmd.Timeout)
		case <-time.After(waitPoll):
		}
	}
}

// jobs are those that were named, or all that are pending in the course.
func (cmd jobsWaitCmd) jobs(ctx context.Context, r *rooms) ([]ingest.Job, error) {
	if len(cmd.Jobs) == 0 && cmd.Course == "" {
		return nil, errors.New("say which jobs, or --course NAME for all that are pending in a course")
	}
	var jobs []ingest.Job
	for _, id := range cmd.Jobs {
		j, err := r.job(ctx, cmd.Course, id)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	if len(jobs) > 0 {
		return jobs, nil
	}
	if _, err := r.courseIDs(ctx, cmd.Course); err != nil {
		return nil, err
	}
	for after := ""; ; after = jobs[len(jobs)-1].ID {
		page, err := r.ingester.Jobs(ctx, cmd.Course, "", true, after, 1000)
		jobs = append(jobs, page...)
		if err != nil || len(page) < 1000 {
			return jobs, err
		}
	}
}

// standing is where a pending job is.
func standing(j ingest.Job) string {
	switch {
	case j.State == ingest.Queued && j.Reason != "":
		return "queued again: " + reasonOf(j)
	case j.Chunks > 0:
		return fmt.Sprintf("%s %s chunks", j.State, chunksOf(j))
	}
	return string(j.State)
}

// verdict is what became of a finished job.
func verdict(j ingest.Job) string {
	switch j.State {
	case ingest.Published:
		return fmt.Sprintf("version %d, %s, %d new, %d embedded", j.Version, plural(j.Chunks, "chunk"), j.New, j.Embedded)
	case ingest.Failed:
		return "failed: " + reasonOf(j)
	default:
		return string(j.State)
	}
}
