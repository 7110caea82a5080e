package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
)

type doctorCmd struct {
	Course string `placeholder:"ID" help:"Only this course."`
	Digest bool   `help:"Print nothing but a hash over what readers see: the same lectures, the same line."`
}

// Run says what the database is, lists what it holds, and checks every rule that must hold of it. A rule that is broken
// makes the exit status 1.
func (cmd *doctorCmd) Run(ctx context.Context, a *app) error {
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	courses, err := cmd.courses(ctx, rooms.db)
	if err != nil {
		return err
	}
	if cmd.Digest {
		digest, err := ingest.Digest(ctx, rooms.db, cmd.only()...)
		if err == nil {
			_, err = fmt.Fprintln(a.stdout, digest)
		}
		return err
	}
	if err := cmd.holdings(ctx, a, rooms); err != nil {
		return err
	}
	return cmd.rules(ctx, a, rooms.db, courses)
}

// courses lists those to look at, with the tombstones of deleted ones.
func (cmd *doctorCmd) courses(ctx context.Context, db *postgres.DB) ([]string, error) {
	var all []string
	for after := ""; ; after = all[len(all)-1] {
		page, err := ingest.Courses(ctx, db, after)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		all = append(all, page...)
	}
	if cmd.Course == "" {
		return all, nil
	}
	if !slices.Contains(all, cmd.Course) {
		return nil, fmt.Errorf("there is no course %q; lectern doctor without --course lists them", cmd.Course)
	}
	return []string{cmd.Course}, nil
}

func (cmd *doctorCmd) only() []string {
	if cmd.Course == "" {
		return nil
	}
	return []string{cmd.Course}
}

// holdings prints the database's versions and one line per lecture.
func (cmd *doctorCmd) holdings(ctx context.Context, a *app, rooms *rooms) error {
	h, err := rooms.db.Health(ctx)
	if err != nil {
		return err
	}
	space, err := rooms.embedder.Space(ctx)
	if err != nil {
		return err
	}
	vector := h.Vector
	if postgres.OlderVector(vector) {
		vector += "  (has known errors; " + postgres.WantVector + " or newer is wanted)"
	}
	fmt.Fprintf(a.stdout, "PostgreSQL  %s\npgvector    %s\nrole        %s\nembedder    %s\nanswers     %s\n\n",
		h.Server, vector, h.Role, space.Name, a.modelLine())
	t := plainTable(a, "course", "lecture", "version", "minutes", "chunks", "published")
	elsewhere := 0
	for after := ""; ; {
		courses, err := rooms.searcher.Courses(ctx, after, 100)
		if err != nil {
			return err
		}
		for _, c := range courses {
			after = c.ID
			if cmd.Course != "" && c.ID != cmd.Course {
				continue
			}
			lectures, err := rooms.searcher.Lectures(ctx, postgres.Scope{Principal: postgres.Local, Course: c.ID})
			if err != nil {
				return err
			}
			for _, l := range lectures {
				minutes := "–"
				if l.Timed {
					minutes = strconv.FormatFloat(float64(l.DurationMS)/60000, 'f', 1, 64)
				}
				if l.Space != space.Name {
					elsewhere++
				}
				t.AppendRow(table.Row{c.ID, l.ID, l.Version, minutes, l.Chunks, l.PublishedAt.Local().Format("2006-01-02 15:04")})
			}
		}
		if len(courses) < 100 {
			break
		}
	}
	t.Render()
	if elsewhere > 0 {
		fmt.Fprintf(a.stdout, "%s in another embedding space than %s, so found by words alone; ingest again\n", plural(elsewhere, "lecture"), space.Name)
	}
	return nil
}

// rules prints one line per rule, summed over the courses, and what the queue holds.
func (cmd *doctorCmd) rules(ctx context.Context, a *app, db *postgres.DB, courses []string) error {
	began := time.Now()
	var all []postgres.Finding
	at := map[string]int{}
	var pending, failed, broken int
	number := len(courses)
	if number == 0 {
		courses = []string{""} // none, which breaks no rule, so that the rules are listed
	}
	for _, course := range courses {
		ours, err := ingest.Check(ctx, db, course)
		if err != nil {
			return err
		}
		theirs, err := answer.Check(ctx, db, course)
		if err != nil {
			return err
		}
		for _, f := range append(ours, theirs...) {
			i, known := at[f.Rule]
			if !known {
				i = len(all)
				at[f.Rule], all = i, append(all, postgres.Finding{Rule: f.Rule})
			}
			all[i].Checked += f.Checked
			all[i].Broken += f.Broken
			if all[i].Example == "" {
				all[i].Example = f.Example
			}
		}
		p, f, err := ingest.Backlog(ctx, db, course)
		if err != nil {
			return err
		}
		pending, failed = pending+p, failed+f
	}
	t := plainTable(a, "rule", "checked", "broken", "example")
	for _, f := range all {
		t.AppendRow(table.Row{f.Rule, f.Checked, f.Broken, f.Example})
		if f.Broken > 0 {
			broken++
		}
	}
	fmt.Fprintln(a.stdout)
	t.Render()
	fmt.Fprintf(a.stdout, "%s of ingest not finished, %d failed within 7 days\n", plural(pending, "job"), failed)
	fmt.Fprintf(a.stdout, "%s checked in %s in %.1f s: ", plural(len(all), "rule"), plural(number, "course"), time.Since(began).Seconds())
	if broken > 0 {
		fmt.Fprintf(a.stdout, "%d broken\n", broken)
		return exitCode(1)
	}
	fmt.Fprintln(a.stdout, "all hold")
	return nil
}

func plainTable(a *app, columns ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(a.stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(columns)
	return t
}
