package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/postgres"
)

type doctorCmd struct{}

// Run says what the database is and lists what it holds.
func (doctorCmd) Run(ctx context.Context, a *app) error {
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
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
	t := table.NewWriter()
	t.SetOutputMirror(a.stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"course", "lecture", "version", "minutes", "chunks", "published"})
	elsewhere := 0
	for after := ""; ; {
		courses, err := rooms.searcher.Courses(ctx, after, 100)
		if err != nil {
			return err
		}
		for _, c := range courses {
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
			after = c.ID
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
