package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval/scale"
	"github.com/lectern-tutor/lectern/postgres"
)

type benchSearchCmd struct {
	shapeFlags

	Sizes     []string `arg:"" optional:"" placeholder:"SIZE" help:"Chunks in each database, such as 10k 100k 1M; whole courses are made. Without it: 10k 100k 1M."`
	Clients   []int    `default:"1,2,8" help:"How many ask at a time, 1 to 64 each."`
	Questions int      `default:"400" help:"Searches behind each figure, 1 to 100,000."`
	JSON      bool     `name:"json" help:"Print the report as JSON."`
}

// scaleDatabase is one of the databases that were measured.
type scaleDatabase struct {
	Chunks  int           `json:"chunks"`
	Courses int           `json:"courses"`
	Load    scale.Loaded  `json:"load"`
	Tables  []scale.Table `json:"tables"`
}

// scaleReport is what bench search prints.
type scaleReport struct {
	Lectern   string          `json:"lectern"`
	Postgres  string          `json:"postgres"`
	Vector    string          `json:"pgvector"`
	Machine   scale.Machine   `json:"machine"`
	LoadAfter string          `json:"load_after"`
	Shape     scale.Shape     `json:"shape"`
	Questions int             `json:"questions"`
	Databases []scaleDatabase `json:"databases"`
	Server    scale.Server    `json:"server"`
	*scale.Measured
}

// maxScale is the largest database in chunks: about 80 GB.
const maxScale = 20_000_000

// scalePrefix names the courses, which nobody but the measurement sees.
const scalePrefix = "bench"

// Run makes a database of each size in the embedded cluster, asks them in turns, and drops them, also after Ctrl-C.
// LECTERN_DATABASE_URL plays no part: a measurement never comes near anybody's courses.
func (cmd benchSearchCmd) Run(ctx context.Context, a *app) error {
	report, err := cmd.measure(ctx, a)
	if err == nil && cmd.JSON {
		err = a.printJSON(report)
	} else if err == nil {
		_, err = fmt.Fprint(a.stdout, report.text())
	}
	return a.verdict(ctx, err, "nothing was measured, and the scratch databases are gone")
}

func (cmd benchSearchCmd) measure(ctx context.Context, a *app) (*scaleReport, error) {
	w, err := cmd.world()
	if err != nil {
		return nil, err
	}
	courses, err := cmd.check(w.ChunksOfCourse())
	if err != nil {
		return nil, err
	}
	cluster, err := postgres.Start(ctx, a.Data, a.log())
	if err != nil {
		return nil, fmt.Errorf("a measurement makes its own databases in the embedded PostgreSQL: %w", err)
	}
	a.closers = append(a.closers, cluster.Close)
	report := &scaleReport{Lectern: version(), Machine: scale.ThisMachine(), Shape: w.Shape, Questions: cmd.Questions}
	show := newStages(a.stderr)
	defer show.finish()
	var shelves []scale.Shelf
	for _, n := range courses {
		shelf, made, err := a.shelf(ctx, cluster, w, n, show)
		if err != nil {
			return nil, err
		}
		shelves, report.Databases = append(shelves, shelf), append(report.Databases, made)
	}
	report.Measured, err = scale.Measure(ctx, w, scalePrefix, shelves, scale.Options{Questions: cmd.Questions, Clients: cmd.Clients, Progress: show.at})
	if err != nil {
		return nil, err
	}
	last := shelves[len(shelves)-1].DB
	h, err := last.Health(ctx)
	if err != nil {
		return nil, err
	}
	report.Postgres, report.Vector, report.LoadAfter = h.Server, h.Vector, scale.LoadAverage()
	report.Server, err = scale.ServerMemory(ctx, last)
	return report, err
}

// check returns how many courses of so many chunks each database is to have, ascending.
func (cmd benchSearchCmd) check(each int) ([]int, error) {
	if cmd.Questions < 1 || cmd.Questions > 100_000 {
		return nil, badFlag("--questions %d: use 1 to 100,000", cmd.Questions)
	}
	for _, n := range cmd.Clients {
		if n < 1 || n > 64 {
			return nil, badFlag("--clients %d: use 1 to 64", n)
		}
	}
	if !slices.Contains(cmd.Clients, 1) {
		return nil, badFlag("--clients: one of them has to be 1, which the ratios are of")
	}
	sizes := cmd.Sizes
	if len(sizes) == 0 {
		sizes = []string{"10k", "100k", "1M"}
	}
	var courses []int
	for _, s := range sizes {
		n, ok := sizeOf(s)
		if !ok {
			return nil, badFlag("size %q: use a number of chunks such as 500, 10k or 1M, at most 20M", s)
		}
		courses = append(courses, max((n+each/2)/each, 1))
	}
	if !slices.IsSorted(courses) || len(slices.Compact(slices.Clone(courses))) != len(courses) {
		return nil, badFlag("sizes %s: a course has %d chunks, and each database must have more courses than the one before", strings.Join(sizes, " "), each)
	}
	return courses, nil
}

// sizeOf reads 500, 10k, 1M.
func sizeOf(s string) (int, bool) {
	digits, unit := s, 1
	switch {
	case strings.HasSuffix(s, "k"):
		digits, unit = strings.TrimSuffix(s, "k"), 1000
	case strings.HasSuffix(s, "M"):
		digits, unit = strings.TrimSuffix(s, "M"), 1_000_000
	}
	n, err := strconv.Atoi(digits)
	return n * unit, err == nil && n > 0 && n <= maxScale/unit
}

// shelf makes a database, fills it and lets it come to rest.
func (a *app) shelf(ctx context.Context, cluster *postgres.Cluster, w *scale.World, courses int, show *stages) (scale.Shelf, scaleDatabase, error) {
	scratch, err := cluster.Scratch(ctx)
	if err != nil {
		return scale.Shelf{}, scaleDatabase{}, err
	}
	a.closers = append(a.closers, scratch.Close)
	db, err := postgres.Open(ctx, scratch.AppURL())
	if err != nil {
		return scale.Shelf{}, scaleDatabase{}, err
	}
	a.closers = append(a.closers, func() error { db.Close(); return nil })
	d := scaleDatabase{Courses: courses, Chunks: courses * w.ChunksOfCourse()}
	stage := "filling with " + thousands(d.Chunks) + " chunks"
	d.Load, err = scale.Load(ctx, db, a.log(), w, scalePrefix, courses, func(done, all int) { show.at(stage, done, all) })
	if err != nil {
		return scale.Shelf{}, d, err
	}
	if err := scratch.Settle(ctx); err != nil {
		return scale.Shelf{}, d, err
	}
	d.Tables, err = scale.Tables(ctx, db)
	return scale.Shelf{DB: db, Courses: courses}, d, err
}

func (r *scaleReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d cores, %.1f GiB RAM, %s; load average %s before, %s after\n", orUnknown(r.Machine.CPU), r.Machine.Cores,
		float64(r.Machine.RAM)/(1<<30), r.Machine.System, orUnknown(r.Machine.Load), orUnknown(r.LoadAfter))
	fmt.Fprintf(&b, "lectern %s, PostgreSQL %s with shared_buffers %s, pgvector %s\n", r.Lectern, r.Postgres, r.Server.SharedBuffers, r.Vector)
	fmt.Fprintf(&b, "courses of %d × %d chunks, %d dimensions, seed %d; %d searches behind each figure, the databases in turns\n\n",
		r.Shape.Lectures, r.Shape.Chunks, r.Shape.Dimensions, r.Shape.Seed, r.Questions)
	for _, d := range r.Databases {
		fmt.Fprintf(&b, "%s chunks: %s filled in %.1f s, %.0f chunks a second\n", thousands(d.Chunks), plural(d.Courses, "course"), d.Load.Seconds, d.Load.PerSecond())
	}
	b.WriteString(diskTable(r.Databases))
	for _, scope := range []string{"course", "lecture"} {
		b.WriteString("\n" + r.latencies(scope))
	}
	b.WriteByte('\n')
	for _, p := range scale.Patterns {
		fmt.Fprintf(&b, "%-5s %s\n", p.Name, p.What)
	}
	b.WriteString("\n" + r.ratios())
	memory := "cannot be read"
	if r.Server.Processes > 0 {
		memory = fmt.Sprintf("%s in %s, shared pages once", mebi(r.Server.Resident), fmt.Sprintf("%d processes", r.Server.Processes))
	}
	fmt.Fprintf(&b, "\nmemory of the server, all databases: %s\nmemory of this process, live heap with the postings of all databases:", memory)
	for _, h := range r.Heaps {
		fmt.Fprintf(&b, " %s %s;", h.Pattern, mebi(h.Live))
	}
	return strings.TrimSuffix(b.String(), ";") + "\n"
}

// latencies is the table of one scope: a row per pattern and number of clients, a column per database.
func (r *scaleReport) latencies(scope string) string {
	header := []any{"in a " + scope + ": ms p50 / p95 / p99, searches/s", "clients"}
	for _, d := range r.Databases {
		header = append(header, thousands(d.Chunks))
	}
	t := evalTable(header...)
	var row table.Row
	for _, f := range r.Figures {
		if f.Scope != scope {
			continue
		}
		if row == nil {
			row = table.Row{f.Pattern, f.Clients}
		}
		row = append(row, fmt.Sprintf("%.2f / %.2f / %.2f, %.0f", f.P50, f.P95, f.P99, f.PerSecond))
		if len(row) == len(header) {
			t.AppendRow(row)
			row = nil
		}
	}
	return t.Render() + "\n"
}

// goalRatio is design.md's: a search of a course in the largest table by the same search in the smallest.
const goalRatio = 1.2

func (r *scaleReport) ratios() string {
	if len(r.Databases) < 2 {
		return "one size only: no ratio\n"
	}
	t := evalTable(fmt.Sprintf("p50 at %s by p50 at %s, one client", thousands(r.Databases[len(r.Databases)-1].Chunks), thousands(r.Databases[0].Chunks)), "course", "lecture")
	for _, p := range scale.Patterns {
		t.AppendRow(table.Row{p.Name, fmt.Sprintf("%.2f", r.Ratio(p.Name, "course")), fmt.Sprintf("%.2f", r.Ratio(p.Name, "lecture"))})
	}
	verdict := "met"
	if r.Ratio("hot", "course") > goalRatio {
		verdict = "missed"
	}
	return fmt.Sprintf("%s\ngoal: the same search of a course (hot) at most %.1f: %s\n", t.Render(), goalRatio, verdict)
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
