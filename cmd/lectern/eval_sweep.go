package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
)

type evalSweepCmd struct {
	evalFlags

	Dirs     []string `arg:"" optional:"" name:"dir" help:"Folders: with docs.jsonl and queries.jsonl, or courses with a course.yaml and --golden."`
	Golden   string   `placeholder:"FILE" help:"Golden questions about the courses among the folders, as YAML."`
	SVG      string   `name:"svg" placeholder:"FILE" help:"Also draw the figures."`
	Sizes    []int    `default:"64,128,256,512,1024" help:"Target sizes of chunks in tokens, 64 to 4,096."`
	Overlaps []int    `default:"0,15,25,50" help:"Overlaps in percent of the target, 0 to 50."`
	Sample   int      `default:"0" help:"How many questions of each set to draw and ask; 0: all."`
}

// Run prints what each setting finds.
func (cmd evalSweepCmd) Run(ctx context.Context, a *app) error {
	var grid eval.Grid
	var sets []*eval.SweepSet
	var out *evalFile
	defer func() { out.discard() }()
	read := func() (err error) {
		if grid, err = cmd.grid(); err != nil {
			return err
		}
		if sets, err = cmd.sets(); err != nil {
			return err
		}
		out, err = newEvalFile("--svg", cmd.SVG)
		return err
	}
	return a.measure(ctx, cmd.evalFlags, read, func(b *eval.Bench) error {
		report, err := eval.Sweep(ctx, b, sets, grid)
		if err != nil {
			return err
		}
		if err := out.write(func(w io.Writer) error { return eval.DrawSweep(w, report) }); err != nil {
			return err
		}
		return printReport(ctx, a, b, cmd.evalFlags, "sweep", report, sweepText)
	})
}

// grid is the default one with what the flags say.
func (cmd evalSweepCmd) grid() (eval.Grid, error) {
	grid := eval.DefaultGrid()
	grid.Sizes, grid.Sample, grid.Overlaps = cmd.Sizes, cmd.Sample, nil
	outside := func(low, high int) func(int) bool { return func(n int) bool { return n < low || n > high } }
	switch {
	case len(cmd.Sizes) == 0 || len(cmd.Sizes) > 20 || slices.ContainsFunc(cmd.Sizes, outside(64, 4096)):
		return grid, badFlag("--sizes %v: use one to twenty numbers from 64 to 4,096", cmd.Sizes)
	case len(cmd.Overlaps) == 0 || len(cmd.Overlaps) > 20 || slices.ContainsFunc(cmd.Overlaps, outside(0, 50)):
		return grid, badFlag("--overlaps %v: use one to twenty numbers from 0 to 50", cmd.Overlaps)
	case cmd.Sample < 0:
		return grid, badFlag("--sample %d: use 1 or more, or 0 for all questions", cmd.Sample)
	}
	for _, percent := range cmd.Overlaps {
		grid.Overlaps = append(grid.Overlaps, float64(percent)/100)
	}
	return grid, nil
}

// sets reads the folders, and the golden questions for those that are courses.
func (cmd evalSweepCmd) sets() ([]*eval.SweepSet, error) {
	if len(cmd.Dirs) == 0 {
		return nil, badFlag("say which folders: lectern eval sweep DIR...")
	}
	var golden *eval.Golden
	if cmd.Golden != "" {
		var err error
		if golden, err = eval.ReadGolden(cmd.Golden); err != nil {
			return nil, badFlag("--golden %w", err)
		}
	}
	var sets []*eval.SweepSet
	courses := 0
	for _, dir := range cmd.Dirs {
		if _, err := os.Stat(filepath.Join(dir, ingest.ManifestName)); err != nil {
			set, err := eval.ReadSpans(dir)
			if err != nil {
				return nil, err
			}
			sets = append(sets, set.Sweep())
			continue
		}
		courses++
		if golden == nil {
			return nil, badFlag("%s is a course; say which questions it is to be asked: --golden FILE", dir)
		}
		set, err := golden.Sweep(dir)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	if golden != nil && courses == 0 {
		return nil, badFlag("--golden %s: none of the folders is a course with a %s", cmd.Golden, ingest.ManifestName)
	}
	return sets, nil
}
