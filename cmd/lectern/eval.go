package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"

	"github.com/alecthomas/kong"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/postgres"
)

// evalCmd measures. Its exit status is 0 for a report, 1 for an eval that measured nothing, 2 for flags, paths and files
// to be mended, 3 for a database or a model that does not work, and 130 after Ctrl-C.
type evalCmd struct {
	Retrieval evalRetrievalCmd `cmd:"" help:"Measure ranking on a BEIR folder, by words alone and hybrid."`
	Spans     evalSpansCmd     `cmd:"" help:"Measure retrieval of gold spans from documents that the real splitter cuts."`
	Golden    evalGoldenCmd    `cmd:"" help:"Measure how the golden questions find their places in the bundled course, by time."`
	Sweep     evalSweepCmd     `cmd:"" help:"Measure it over chunk size, overlap, winners, neighbours and fusion weights."`
	Answers   evalAnswersCmd   `cmd:"" help:"Ask the golden tasks, judge the answers, and say whether the change may be merged."`
	Review    evalReviewCmd    `cmd:"" help:"Let two people judge answers, and see how far they agree."`
	Tickets   evalTicketsCmd   `cmd:"" help:"Make draft tasks of a CSV of support tickets."`
	Floor     evalFloorCmd     `cmd:"" help:"Measure what the extractive floor shows: gold answers, and what it ought not to."`
	Guard     evalGuardCmd     `cmd:"" help:"Measure how well the guard tells supported claims from others, on AttributionBench's JSONL."`
	Pairs     evalPairsCmd     `cmd:"" help:"Measure both errors of the guard: false sentences let through, true paraphrases rejected."`
}

// evalFlags are what all evals take.
type evalFlags struct {
	JSON      bool   `name:"json" help:"Print the report as JSON."`
	Language  string `default:"en" help:"Language of the texts as an ISO 639 code."`
	Seed      uint64 `default:"20261122" help:"Seed of the intervals' resampling."`
	Resamples int    `default:"2000" help:"How often to resample, 100 to 100,000."`
}

// Exit states of commands that measure.
const (
	exitFailed      = 1
	exitConfig      = 2
	exitBroken      = 3
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// configError is a flag or a setting to be mended.
type configError struct{ error }

func (e configError) Unwrap() error { return e.error }

// measuring are the commands with the exit states above.
var measuring = []string{"eval", "bench", "citebreak"}

// ofMeasuring reports whether err is about the arguments of a command that measures, whose exit status for that is its own.
func ofMeasuring(err error) bool {
	var parse *kong.ParseError
	return errors.As(err, &parse) && parse.Context != nil && slices.ContainsFunc(parse.Context.Path, func(p *kong.Path) bool {
		return p.Command != nil && slices.Contains(measuring, p.Command.Name)
	})
}

func badFlag(format string, args ...any) error { return configError{fmt.Errorf(format, args...)} }

var isoLanguage = regexp.MustCompile(`^[a-z]{2,3}$`)

func (f evalFlags) check() error {
	switch {
	case f.Resamples < 100 || f.Resamples > 100_000:
		return badFlag("--resamples %d: use 100 to 100,000", f.Resamples)
	case f.Seed == 0:
		return badFlag("--seed 0: use another number")
	}
	if !isoLanguage.MatchString(f.Language) {
		return badFlag("--language %q: use an ISO 639 code of two or three small letters, such as en, de or ja", f.Language)
	}
	return nil
}

// measure runs an eval in a database of its own in the embedded cluster, which is dropped at the end, also after Ctrl-C;
// what a killed eval left is dropped by the next one. LECTERN_DATABASE_URL plays no part: an eval never comes near
// anybody's courses. read comes first: a wrong path need not wait for a database.
func (a *app) measure(ctx context.Context, flags evalFlags, read func() error, run func(*eval.Bench) error) error {
	err := flags.check()
	if err == nil {
		err = read()
	}
	if err == nil {
		err = a.onScratch(ctx, flags, run)
	}
	return a.verdict(ctx, err, "nothing was measured, and the scratch database is gone")
}

// verdict is the last word of a command with the exit states below: it closes what is open, so that a scratch database is
// gone, says what went wrong, and after Ctrl-C what became of the work.
func (a *app) verdict(ctx context.Context, err error, interrupted string) error {
	left := a.close()
	switch {
	case err == nil && left == nil:
		return nil
	case ctx.Err() != nil && left == nil:
		fmt.Fprintln(a.stderr, "lectern: interrupted;", interrupted)
		return exitCode(exitInterrupted)
	}
	fmt.Fprintln(a.stderr, "lectern:", errors.Join(err, left))
	return exitCode(evalStatus(errors.Join(err, left)))
}

func evalStatus(err error) int {
	var config configError
	var file *eval.FileError
	var document *transcript.Error
	switch {
	case errors.As(err, &config), errors.As(err, &file), errors.As(err, &document):
		return exitConfig
	case errors.Is(err, eval.ErrNoMatch), errors.Is(err, eval.ErrNoneRelevant):
		return exitFailed
	}
	return exitBroken
}

func (a *app) onScratch(ctx context.Context, flags evalFlags, run func(*eval.Bench) error) error {
	_, embed, err := a.models()
	if err != nil {
		return configError{err}
	}
	cluster, err := postgres.Start(ctx, a.Data, a.log())
	if err != nil {
		return fmt.Errorf("an eval makes its own database in the embedded PostgreSQL: %w", err)
	}
	a.closers = append(a.closers, cluster.Close)
	scratch, err := cluster.Scratch(ctx)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, scratch.Close)
	db, err := postgres.Open(ctx, scratch.AppURL())
	if err != nil {
		return err
	}
	a.closers = append(a.closers, func() error { db.Close(); return nil })
	show := newStages(a.stderr)
	defer show.finish()
	return run(&eval.Bench{
		DB: db, Embedder: embed, Language: flags.Language,
		Bootstrap: eval.Bootstrap{Seed: flags.Seed, Resamples: flags.Resamples}, Progress: show.at,
	})
}

// made says what a report was made with.
type made struct {
	Eval     string `json:"eval"`
	Lectern  string `json:"lectern"`
	Postgres string `json:"postgres"`
	Vector   string `json:"pgvector"`
	Language string `json:"language"`
}

func (a *app) made(ctx context.Context, name string, b *eval.Bench) (made, error) {
	h, err := b.DB.Health(ctx)
	return made{Eval: name, Lectern: version(), Postgres: h.Server, Vector: h.Vector, Language: b.Language}, err
}

// printReport prints what an eval found and what it was made with: as JSON the fields of both in one object, or as text.
func printReport[R any](ctx context.Context, a *app, b *eval.Bench, flags evalFlags, name string, report R, text func(made, R) string) error {
	with, err := a.made(ctx, name, b)
	if err != nil {
		return err
	}
	if flags.JSON {
		return a.printJSON(joined{with, report})
	}
	_, err = io.WriteString(a.stdout, text(with, report))
	return err
}

// joined is several structs as one JSON object, the fields of each behind those of the one before.
type joined []any

// MarshalJSON implements json.Marshaler.
func (parts joined) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for _, part := range parts {
		b, err := json.Marshal(part)
		if err != nil {
			return nil, err
		}
		if fields := b[1 : len(b)-1]; len(fields) > 0 {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, fields...)
		}
	}
	return append(out, '}'), nil
}

// evalTable is a table whose columns but the first are numbers.
func evalTable(header ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	var columns []table.ColumnConfig
	for i := range header {
		if i > 0 {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.SetColumnConfigs(columns)
	return t
}

// estimate prints a mean with its interval.
func estimate(e eval.Estimate) string {
	if e.Low != e.Low { // NaN: no interval
		return fmt.Sprintf("%.4f [–]", e.Mean)
	}
	return fmt.Sprintf("%.4f [%.4f, %.4f]", e.Mean, e.Low, e.High)
}

func refusalTable(all []eval.Refusals) string {
	if len(all) == 0 {
		return ""
	}
	t := evalTable("refused by relevance alone", "questions", "no model asked", "floor shows nothing")
	for _, r := range all {
		share := func(n int) string { return fmt.Sprintf("%d (%.1f %%)", n, 100*float64(n)/float64(max(r.Questions, 1))) }
		t.AppendRow(table.Row{r.Kind, r.Questions, share(r.NoModel), share(r.NoFloor)})
	}
	return "\n" + t.Render() + "\n"
}
