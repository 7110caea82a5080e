package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval"
)

type evalFloorCmd struct {
	evalFlags

	Fit bool   `help:"Fit the floor's weights on the first half of the documents and print them, instead of a report."`
	Dir string `arg:"" optional:"" help:"Folder with docs.jsonl and queries.jsonl, and maybe wrong_lecture.tsv."`
}

// Run prints what the extractive floor shows, rightly and wrongly.
func (cmd evalFloorCmd) Run(ctx context.Context, a *app) error {
	var set *eval.SpanSet
	read := func() (err error) {
		if cmd.Dir == "" {
			return badFlag("say which folder: lectern eval floor DIR")
		}
		set, err = eval.ReadSpans(cmd.Dir)
		return err
	}
	return a.measure(ctx, cmd.evalFlags, read, func(b *eval.Bench) error {
		if cmd.Fit {
			weights, err := eval.FitFloor(ctx, b, set)
			if err != nil {
				return err
			}
			return a.printJSON(weights)
		}
		report, err := eval.Floor(ctx, b, set)
		if err != nil {
			return err
		}
		return printReport(ctx, a, b, cmd.evalFlags, "floor", report, floorText)
	})
}

func floorText(with made, r *eval.FloorReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s; splitter %s; %s; lectern %s, PostgreSQL %s, pgvector %s\n",
		r.Set, plural(r.Documents, "document"), plural(r.Chunks, "chunk"), r.Splitter, r.Embedder, with.Lectern, with.Postgres, with.Vector)
	fmt.Fprintf(&b, "weights %s\n", r.Weights)
	header, rows := []any{"asked in"}, make([][]any, 10)
	for i, name := range []string{
		"in their own document: questions", "shown something", "gold held in 1 sentence", "in 2", "in 3", "in the passages at all",
		"in a wrong document: shown", "unanswerable: shown", "sentences, where any", "model asked: own / wrong / unanswerable",
	} {
		rows[i] = []any{name}
	}
	for _, p := range r.Parts {
		header = append(header, p.Name+" of the documents")
		add := func(i int, cell string) { rows[i] = append(rows[i], cell) }
		add(0, fmt.Sprint(p.Right.Questions))
		add(1, shareOf(p.Right, p.Right.Released))
		for n := range 3 {
			held := "–"
			if n < len(p.Right.Held) {
				held = estimate(p.Right.Held[n])
			}
			add(2+n, held)
		}
		if p.Right.Reachable != nil {
			add(5, estimate(*p.Right.Reachable))
		} else {
			add(5, "–")
		}
		add(6, shareOf(p.Wrong, p.Wrong.Released))
		add(7, shareOf(p.Unanswerable, p.Unanswerable.Released))
		add(8, fmt.Sprintf("%.2f", p.Right.Sentences))
		add(9, fmt.Sprintf("%.3f / %.3f / %.3f", p.Right.Asked.Mean, p.Wrong.Asked.Mean, p.Unanswerable.Asked.Mean))
	}
	t := evalTable(header...)
	for _, row := range rows {
		t.AppendRow(row)
	}
	fmt.Fprintf(&b, "%s\n", t.Render())
	last := r.Parts[len(r.Parts)-1]
	b.WriteString(curveText("own and wrong documents, "+last.Name, last.Wrongs))
	b.WriteString(curveText("own documents, answerable and not, "+last.Name, last.Nears))
	fmt.Fprintf(&b, "\nholds: an answer of queries.jsonl occurs in one of the sentences, but for case and white space; shares are of all questions\n")
	fmt.Fprintf(&b, "95 %% intervals: whole documents drawn with replacement, %d times, seed %d; reading a search result takes %s ms (p50), %s (p99)\n",
		r.Samples, r.Seed, milli(r.P50), milli(r.P99))
	return b.String()
}

// shareOf is an estimate with the number of questions it was made of.
func shareOf(k eval.FloorKind, e eval.Estimate) string {
	if k.Questions == 0 {
		return "–"
	}
	return fmt.Sprintf("%s of %d", estimate(e), k.Questions)
}

// curveText prints a few points of a curve.
func curveText(name string, c eval.Curve) string {
	if len(c.At) == 0 {
		return ""
	}
	t := evalTable("risk against coverage: "+name, "coverage", "risk", "gold held", "shown, ought not")
	for i := 4; i < len(c.At); i += 5 {
		p := c.At[i]
		t.AppendRow(table.Row{fmt.Sprintf("probability at least %.3f", p.Probability), fmt.Sprintf("%.3f", p.Coverage), fmt.Sprintf("%.3f", p.Risk), fmt.Sprintf("%.3f", p.Held), fmt.Sprintf("%.3f", p.Released)})
	}
	return fmt.Sprintf("\n%s\nAURC %.4f (with an oracle's order %.4f)\n", t.Render(), c.AURC, c.Best)
}
