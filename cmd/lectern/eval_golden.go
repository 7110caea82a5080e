package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
)

type evalGoldenCmd struct {
	evalFlags

	Dir       string `arg:"" optional:"" default:"courses/networks" help:"Folder of the course; the bundled one, from a clone of the repository."`
	Questions string `placeholder:"FILE" default:"eval/testdata/golden/networks.yaml" help:"YAML file of questions with the places that answer them."`
}

// Run prints how well the golden questions find the places that answer them.
func (cmd evalGoldenCmd) Run(ctx context.Context, a *app) error {
	var golden *eval.Golden
	var files []ingest.File
	read := func() (err error) {
		if golden, err = eval.ReadGolden(cmd.Questions); err != nil {
			return configError{err}
		}
		if files, _, err = ingest.Discover(cmd.Dir); err != nil {
			return configError{err}
		}
		return nil
	}
	return a.measure(ctx, cmd.evalFlags, read, func(b *eval.Bench) error {
		report, err := eval.AskGolden(ctx, b, golden, files)
		if err != nil {
			return err
		}
		return printReport(ctx, a, b, cmd.evalFlags, "golden", report, goldenText)
	})
}

// goldenColumns are the metrics that the table by tag shows; JSON has all.
var goldenColumns = []string{"R@8", "MRR@8", "nDCG@8", "MAP@8", "hit@8 ±5 s"}

func goldenText(with made, r *eval.GoldenReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s over %s in %s; splitter %s; %s; lectern %s, PostgreSQL %s, pgvector %s\n",
		r.Course, plural(r.Questions, "question"), plural(r.Lectures, "lecture"), plural(r.Chunks, "chunk"), r.Splitter, r.Embedder,
		with.Lectern, with.Postgres, with.Vector)
	t := evalTable("asked in the course", "all questions")
	for _, f := range r.Groups[0].Metrics {
		t.AppendRow(table.Row{f.Metric, estimate(f.Estimate)})
	}
	t.AppendSeparator()
	t.AppendRow(table.Row{"ms a search, p50 / p95", milli(r.P50) + " / " + milli(r.P95)})
	fmt.Fprintf(&b, "%s\nR: of the places that answer a question, those that a chunk overlaps in time\n", t.Render())
	header := []any{"by tag", "questions"}
	for _, name := range goldenColumns {
		header = append(header, name)
	}
	t = evalTable(header...)
	for _, g := range r.Groups[1:] {
		row := table.Row{g.Name, g.Questions}
		for _, name := range goldenColumns {
			for _, f := range g.Metrics {
				if f.Metric == name {
					row = append(row, estimate(f.Estimate))
				}
			}
		}
		t.AppendRow(row)
	}
	fmt.Fprintf(&b, "\n%s\n95 %% intervals: whole lectures drawn with replacement, %d of them, %d times, seed %d; so few make them too narrow\n",
		t.Render(), r.Clusters, r.Samples, r.Seed)
	return b.String()
}
