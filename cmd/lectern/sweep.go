package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/ingest"
)

type sweepCmd struct {
	Course string        `help:"Only this course; otherwise all."`
	Keep   time.Duration `default:"168h" help:"How old something must be to be taken."`
}

// Run does now what a worker does every hour, and counts.
func (cmd sweepCmd) Run(ctx context.Context, a *app) error {
	if cmd.Keep < 0 {
		return fmt.Errorf("--keep %s: use 0s or more", cmd.Keep)
	}
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	var s ingest.Swept
	if cmd.Course == "" {
		s, err = rooms.ingester.SweepAll(ctx, cmd.Keep)
	} else if _, err = rooms.courseIDs(ctx, cmd.Course); err == nil {
		s, err = rooms.ingester.Sweep(ctx, cmd.Course, cmd.Keep)
	}
	if err != nil {
		return err
	}
	t := a.table("cleaned away", "rows")
	t.AppendRows([]table.Row{
		{"chunks listed in versions that were replaced", s.Listed},
		{"versions that were replaced", s.Versions},
		{"chunks that no version lists", s.Chunks},
		{"vectors staged and never published", s.Vectors},
		{"files of finished jobs", s.Files},
		{"finished jobs", s.Jobs},
		{"models' reasoning that expired", s.Expired},
	})
	t.Render()
	_, err = fmt.Fprint(a.stdout, "What an answer cites, and what its drafts were judged against, stays.\n")
	return err
}
