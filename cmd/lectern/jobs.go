package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/retrieve"
)

type jobsCmd struct {
	List   jobsListCmd   `cmd:"" default:"withargs" help:"List jobs, newest first; what lectern jobs alone does."`
	Show   jobsShowCmd   `cmd:"" help:"Show all there is to know of a job."`
	Wait   jobsWaitCmd   `cmd:"" help:"Wait until jobs are finished; exit with 1 unless all were published."`
	Cancel jobsCancelCmd `cmd:"" help:"End pending jobs for good. What they would have published stays unpublished."`
	Retry  jobsRetryCmd  `cmd:"" help:"Queue jobs that failed or were cancelled once more."`
}

type jobsListCmd struct {
	Course  string `help:"Only this course's."`
	Lecture string `help:"Only this lecture's."`
	Pending bool   `help:"Only those that are not finished."`
	Limit   int    `default:"50" help:"How many at most, 1 to 1000."`
	JSON    bool   `name:"json" help:"As JSON."`
}

// Run lists the jobs of one course or all, newest first.
func (cmd jobsListCmd) Run(ctx context.Context, a *app) error {
	if cmd.Limit < 1 || cmd.Limit > 1000 {
		return fmt.Errorf("--limit %d: use 1 to 1000", cmd.Limit)
	}
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	courses, err := rooms.courseIDs(ctx, cmd.Course)
	if err != nil {
		return err
	}
	var jobs []ingest.Job
	for _, course := range courses {
		more, err := rooms.ingester.Jobs(ctx, course, cmd.Lecture, cmd.Pending, "", cmd.Limit)
		if err != nil {
			return err
		}
		jobs = append(jobs, more...)
		slices.SortFunc(jobs, func(a, b ingest.Job) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
		})
		jobs = jobs[:min(len(jobs), cmd.Limit)]
	}
	if cmd.JSON {
		out := make([]jobJSON, len(jobs))
		for i, j := range jobs {
			out[i] = toJSON(j)
		}
		return a.printJSON(out)
	}
	if len(jobs) == 0 {
		_, err := fmt.Fprintln(a.stdout, "no jobs")
		return err
	}
	a.jobsTable(jobs, cmd.Course == "")
	return nil
}

// courseIDs is the course, if one is named, or else every course that is not deleted. Of a deleted course the jobs are
// still there to be seen, until clean-up takes them.
func (r *rooms) courseIDs(ctx context.Context, course string) ([]string, error) {
	if course != "" {
		if _, err := r.searcher.Course(ctx, course); err != nil && !errors.Is(err, retrieve.ErrDeleted) {
			return nil, plainly(err, course)
		}
		return []string{course}, nil
	}
	var ids []string
	for after := ""; ; {
		page, err := r.searcher.Courses(ctx, after, 1000)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			ids, after = append(ids, c.ID), c.ID
		}
		if len(page) < 1000 {
			return ids, nil
		}
	}
}

func (a *app) table(header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(a.stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row(header))
	return t
}

func (a *app) jobsTable(jobs []ingest.Job, courses bool) {
	t := a.table("job", "course", "lecture", "state", "chunks", "attempts", "age", "reason")
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 5, Align: text.AlignRight}, {Number: 6, Align: text.AlignRight}, {Number: 7, Align: text.AlignRight},
		{Number: 2, Hidden: !courses}, {Number: 8, WidthMax: 48, WidthMaxEnforcer: text.WrapSoft},
	})
	for _, j := range jobs {
		t.AppendRow(table.Row{j.ID, j.Course, j.Lecture, stateOf(j), chunksOf(j), j.Attempts, age(time.Since(j.CreatedAt)), reasonOf(j)})
	}
	t.Render()
}

// stateOf is a job's state with the version it led to.
func stateOf(j ingest.Job) string {
	if j.State == ingest.Published {
		return fmt.Sprintf("published v%d", j.Version)
	}
	return string(j.State)
}

func chunksOf(j ingest.Job) string {
	if j.Chunks == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", j.Done, j.Chunks)
}

func reasonOf(j ingest.Job) string {
	if j.Line > 0 {
		return fmt.Sprintf("line %d: %s", j.Line, j.Reason)
	}
	return j.Reason
}

// age is a time span in its largest unit, rounded down.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", max(d.Truncate(time.Second).Seconds(), 0))
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}

// jobJSON is a job for other programs, by the names that the API has for it, with its course.
type jobJSON struct {
	ID         string       `json:"id"`
	Course     string       `json:"course"`
	Lecture    string       `json:"lecture"`
	State      ingest.State `json:"state"`
	Reason     string       `json:"reason"`
	Line       int          `json:"line"`
	Attempts   int          `json:"attempts"`
	Done       int          `json:"done"`
	Chunks     int          `json:"chunks"`
	Embedded   int          `json:"embedded"`
	New        int          `json:"new_chunks"`
	Version    int          `json:"version"`
	Name       string       `json:"name"`
	Bytes      int          `json:"bytes"`
	CreatedAt  time.Time    `json:"created_at"`
	FinishedAt *time.Time   `json:"finished_at"`
}

func toJSON(j ingest.Job) jobJSON {
	return jobJSON{
		ID: j.ID, Course: j.Course, Lecture: j.Lecture, State: j.State, Name: j.Name, Bytes: j.Bytes, Attempts: j.Attempts,
		Done: j.Done, Chunks: j.Chunks, New: j.New, Embedded: j.Embedded, Version: j.Version, Reason: j.Reason, Line: j.Line,
		CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt,
	}
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type jobsShowCmd struct {
	Course string `help:"The job's course; otherwise it is looked for in all of them."`
	JSON   bool   `name:"json" help:"As JSON."`
	Job    string `arg:"" help:"The job's id."`
}

// Run prints one job.
func (cmd jobsShowCmd) Run(ctx context.Context, a *app) error {
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	j, err := rooms.job(ctx, cmd.Course, cmd.Job)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return a.printJSON(toJSON(j))
	}
	finished := "–"
	if j.FinishedAt != nil {
		finished = fmt.Sprintf("%s, after %s", j.FinishedAt.Local().Format(time.DateTime), j.FinishedAt.Sub(j.CreatedAt).Round(time.Millisecond))
	}
	_, err = fmt.Fprintf(a.stdout, `job       %s
course    %s
lecture   %s
file      %s, %d bytes
state     %s
reason    %s
chunks    %s with their vectors, %d new
embedded  %s sent to the embedding model
attempts  %d
accepted  %s
finished  %s
`, j.ID, j.Course, j.Lecture, j.Name, j.Bytes, stateOf(j), cmp.Or(reasonOf(j), "–"), chunksOf(j), j.New, plural(j.Embedded, "text"),
		j.Attempts, j.CreatedAt.Local().Format(time.DateTime), finished)
	return err
}

// job finds a job in its course or, with course "", in any.
func (r *rooms) job(ctx context.Context, course, id string) (ingest.Job, error) {
	courses, err := r.courseIDs(ctx, course)
	if err != nil {
		return ingest.Job{}, err
	}
	for _, c := range courses {
		j, err := r.ingester.Job(ctx, c, id)
		if !errors.Is(err, ingest.ErrNoJob) {
			return j, err
		}
	}
	return ingest.Job{}, fmt.Errorf("there is no job %q; `lectern jobs` lists them", id)
}
