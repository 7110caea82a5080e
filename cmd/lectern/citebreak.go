package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/eval/citebreak"
)

type citebreakCmd struct {
	Attacks string `placeholder:"FILE" help:"JSON lines whose field text is an instruction to plant in a lecture, such as BIPIA's text attacks."`
	JSON    bool   `name:"json" help:"Print the report as JSON."`
}

// Run attacks the tutor's citations in a database of its own. Its exit status is that of an eval: 1 if anything leaked.
func (cmd citebreakCmd) Run(ctx context.Context, a *app) error {
	var planted []string
	read := func() error {
		if cmd.Attacks == "" {
			return nil
		}
		f, err := os.Open(cmd.Attacks)
		if err != nil {
			return badFlag("--attacks: %w", err)
		}
		defer func() { _ = f.Close() }() // it was only read
		if planted, err = citebreak.ReadAttacks(f); err != nil {
			return badFlag("--attacks %s: %w", cmd.Attacks, err)
		}
		return nil
	}
	flags := evalFlags{JSON: cmd.JSON, Language: "en", Seed: 1, Resamples: 100} // nothing is resampled
	leaks := 0
	err := a.measure(ctx, flags, read, func(b *eval.Bench) error {
		suite := citebreak.Suite{DB: b.DB, Planted: planted, Progress: b.Progress}
		report, err := suite.Run(ctx)
		if err != nil {
			return err
		}
		leaks = report.Leaks
		if cmd.JSON {
			return a.printJSON(report)
		}
		return printCitebreak(a.stdout, report)
	})
	if err == nil && leaks > 0 {
		return exitCode(exitFailed)
	}
	return err
}

func printCitebreak(w io.Writer, r *citebreak.Report) error {
	t := evalTable("attack", "drafts", "rejected", "harmless", "leaks")
	for _, k := range r.Kinds {
		t.AppendRow(table.Row{k.Name, k.Drafts, k.Rejected, k.Harmless, k.Leaks})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.Render())
	for _, k := range r.Kinds {
		for _, l := range k.Leaked {
			fmt.Fprintf(&b, "leak: %s, %s\n", k.Name, l)
		}
	}
	if !slices.ContainsFunc(r.Kinds, func(k citebreak.Kind) bool { return k.Name == citebreak.FromFile }) {
		b.WriteString("no instructions from a file were planted; --attacks FILE names one\n")
	}
	fmt.Fprintf(&b, "%d drafts by a scripted model that obeys whoever speaks last; leaks %d\n", r.Drafts, r.Leaks)
	_, err := io.WriteString(w, b.String())
	return err
}
