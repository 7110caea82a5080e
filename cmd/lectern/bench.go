package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval/scale"
	"github.com/lectern-tutor/lectern/postgres"
)

// benchCmd is about size. Its exit states are those of evalCmd: 2 for flags to be mended, 3 for a database that does not
// work, 130 after Ctrl-C; 1 where the database holds other courses under the names that a load would give.
type benchCmd struct {
	Load   benchLoadCmd   `cmd:"" help:"Fill the database with made-up courses."`
	Search benchSearchCmd `cmd:"" help:"Measure search in databases of several sizes, made for it and dropped at the end."`
}

// shapeFlags say what made-up courses look like.
type shapeFlags struct {
	Lectures   int    `default:"32" help:"Lectures of a course, 1 to 1,000; times chunks at most 100,000."`
	Chunks     int    `default:"62" help:"Chunks of a lecture, 1 to 10,000; each of about 200 tokens."`
	Dimensions int    `default:"768" help:"Dimensions of the vectors, 2 to 4,000."`
	Seed       uint64 `default:"1" help:"Another seed makes other courses."`
}

func (f shapeFlags) world() (*scale.World, error) {
	switch {
	case f.Lectures < 1 || f.Lectures > 1000:
		return nil, badFlag("--lectures %d: use 1 to 1,000", f.Lectures)
	case f.Chunks < 1 || f.Chunks > 10_000:
		return nil, badFlag("--chunks %d: use 1 to 10,000", f.Chunks)
	case f.Lectures*f.Chunks > scale.MaxChunks:
		return nil, badFlag("--lectures %d --chunks %d: a course of %d chunks; use at most 100,000 together, and more courses", f.Lectures, f.Chunks, f.Lectures*f.Chunks)
	case f.Dimensions < 2 || f.Dimensions > 4000:
		return nil, badFlag("--dimensions %d: use 2 to 4,000", f.Dimensions)
	}
	w, err := scale.NewWorld(scale.Shape{Seed: f.Seed, Lectures: f.Lectures, Chunks: f.Chunks, Dimensions: f.Dimensions})
	if err != nil {
		return nil, configError{err}
	}
	return w, nil
}

type benchLoadCmd struct {
	shapeFlags

	Courses int    `default:"5" help:"How many courses the database is to hold, 1 to 1,000,000; those that are there are kept."`
	Prefix  string `default:"bench" help:"What their names begin with."`
}

// Run fills the database that is configured, as ingest would, but without files, jobs or a model.
func (cmd benchLoadCmd) Run(ctx context.Context, a *app) error {
	done, err := cmd.load(ctx, a)
	if err == nil {
		_, err = fmt.Fprintf(a.stdout, "%s added, %d kept: %s in %.1f s, %.0f a second\n",
			plural(done.Courses, "course"), done.Kept, plural(done.Chunks, "chunk"), done.Seconds, done.PerSecond())
	}
	if errors.Is(err, scale.ErrOtherCourse) {
		fmt.Fprintf(a.stderr, "lectern: %v; nothing was added. Give other names with --prefix, or the flags that it was loaded with\n", err)
		return errors.Join(exitCode(exitFailed), a.close())
	}
	return a.verdict(ctx, err, plural(done.Courses, "course")+" added, which stay; run it again to go on")
}

func (cmd benchLoadCmd) load(ctx context.Context, a *app) (scale.Loaded, error) {
	if cmd.Courses < 1 || cmd.Courses > scale.MaxCourses {
		return scale.Loaded{}, badFlag("--courses %d: use 1 to 1,000,000", cmd.Courses)
	}
	if !postgres.ValidCourseID(cmd.Prefix) || len(cmd.Prefix) > 50 {
		return scale.Loaded{}, badFlag("--prefix %q: use 1 to 50 of a-z, 0-9, _ and -, beginning with a letter or a digit", cmd.Prefix)
	}
	w, err := cmd.world()
	if err != nil {
		return scale.Loaded{}, err
	}
	db, err := a.database(ctx)
	if err != nil {
		return scale.Loaded{}, err
	}
	if n := cmd.Courses * w.ChunksOfCourse(); n >= largeLoad {
		fmt.Fprintf(a.stderr, "%s chunks will take about %.3g GiB of disk\n", thousands(n), float64(n)*float64(w.DiskPerChunk())/(1<<30))
	}
	show := newStages(a.stderr)
	defer show.finish()
	return scale.Load(ctx, db, a.log(), w, cmd.Prefix, cmd.Courses, func(done, all int) { show.at("courses", done, all) })
}

// largeLoad is from how many chunks on a load says first what it will take: about 1 GiB.
const largeLoad = 250_000

// thousands prints a number of chunks as people say it: 9.9 k, 1.0 M.
func thousands(n int) string {
	switch {
	case n >= 999_500:
		return fmt.Sprintf("%.3g M", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.3g k", float64(n)/1e3)
	}
	return fmt.Sprint(n)
}

func mebi(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }

// diskTable has a row per table and a column per database.
func diskTable(all []scaleDatabase) string {
	header := []any{"on disk"}
	var names []string
	for _, d := range all {
		header = append(header, thousands(d.Chunks)+" chunks")
		for _, t := range d.Tables {
			if !slices.Contains(names, t.Name) {
				names = append(names, t.Name)
			}
		}
	}
	t := evalTable(header...)
	sums := make([]int64, len(all))
	for _, name := range names {
		row := table.Row{name}
		for i, d := range all {
			at := slices.IndexFunc(d.Tables, func(t scale.Table) bool { return t.Name == name })
			if at < 0 {
				row = append(row, "–")
				continue
			}
			sums[i] += d.Tables[at].Bytes
			row = append(row, mebi(d.Tables[at].Bytes))
		}
		t.AppendRow(row)
	}
	t.AppendSeparator()
	row := table.Row{"together"}
	for _, n := range sums {
		row = append(row, mebi(n))
	}
	t.AppendRow(row)
	return strings.TrimRight(t.Render(), "\n") + "\n"
}
