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

	Fit   bool   `help:"Fit the floor's weights on all documents and print them, instead of a report."`
	Cross string `enum:",documents,halves" default:"" help:"Report what weights do on documents that they were not fitted on, instead of those in force: documents: each is decided by weights fitted on all others; halves: by weights fitted on the other half."`
	Dir   string `arg:"" optional:"" help:"Folder with docs.jsonl and queries.jsonl, and maybe wrong_lecture.tsv."`
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
		report, err := eval.Floor(ctx, b, set, eval.Fold(cmd.Cross))
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
	names := []string{
		"in their own document: questions", "gold in the passages", "gold in a sentence of them", "ranked in three", "and the floor open",
		"gold held in 1 sentence", "in 2", "in 3", "shown something, own document", "in a wrong document", "unanswerable",
		"sentences, where any", "model asked: own / wrong / unanswerable",
	}
	header, rows := []any{"asked in"}, make([]table.Row, len(names))
	for i, name := range names {
		rows[i] = table.Row{name}
	}
	for _, p := range r.Parts {
		header = append(header, p.Name+" of the documents")
		for i, cell := range floorCells(p) {
			rows[i] = append(rows[i], cell)
		}
	}
	t := evalTable(header...)
	t.AppendRows(rows)
	all := r.Parts[0]
	fmt.Fprintf(&b, "%s\n", t.Render())
	b.WriteString(tailText(all.Tails))
	b.WriteString(curveText("own and wrong documents", all.Wrongs))
	b.WriteString(reliabilityText(all.Reliability))
	b.WriteString(curveText("own documents, answerable and not", all.Nears))
	fmt.Fprintf(&b, "\nholds: an answer of queries.jsonl occurs in one of the sentences, but for case and white space; shares are of all questions\n")
	fmt.Fprintf(&b, "95 %% intervals: whole documents drawn with replacement, %d times, seed %d; reading a search result takes %s ms (p50), %s (p99)\n",
		r.Samples, r.Seed, milli(r.P50), milli(r.P99))
	return b.String()
}

// floorCells are the cells of one part, in the order of floorText's rows.
func floorCells(p eval.FloorPart) []string {
	cells := []string{fmt.Sprint(p.Right.Questions)}
	if l := p.Right.Losses; l != nil {
		cells = append(cells, estimate(l.Reachable), estimate(l.Candidates), estimate(l.Ranked), estimate(l.Open))
	} else {
		cells = append(cells, "–", "–", "–", "–")
	}
	for n := range 3 {
		held := "–"
		if n < len(p.Right.Held) {
			held = estimate(p.Right.Held[n])
		}
		cells = append(cells, held)
	}
	for _, k := range []eval.FloorKind{p.Right, p.Wrong, p.Unanswerable} {
		cells = append(cells, shareOf(k, k.Released))
	}
	return append(cells, fmt.Sprintf("%.2f", p.Right.Sentences),
		fmt.Sprintf("%.3f / %.3f / %.3f", p.Right.Asked.Mean, p.Wrong.Asked.Mean, p.Unanswerable.Asked.Mean))
}

// shareOf is an estimate with the number of questions it was made of.
func shareOf(k eval.FloorKind, e eval.Estimate) string {
	if k.Questions == 0 {
		return "–"
	}
	return fmt.Sprintf("%s of %d", estimate(e), k.Questions)
}

// curveText prints some points of a curve, and where the floor opens.
func curveText(name string, c eval.Curve) string {
	if len(c.At) == 0 {
		return ""
	}
	t := evalTable("risk against coverage: "+name, "coverage", "risk", "gold held", "shown, ought not")
	row := func(label string, p eval.RiskPoint) {
		t.AppendRow(table.Row{fmt.Sprintf(label, p.Probability), fmt.Sprintf("%.3f", p.Coverage), fmt.Sprintf("%.3f", p.Risk), fmt.Sprintf("%.3f", p.Held), fmt.Sprintf("%.3f", p.Released)})
	}
	marked := false
	for i := 4; i < len(c.At); i += 5 {
		if !marked && c.Shipped.Coverage < c.At[i].Coverage {
			row("→ the floor opens, at %.3f", c.Shipped)
			marked = true
		}
		row("probability at least %.3f", c.At[i])
	}
	if !marked {
		row("→ the floor opens, at %.3f", c.Shipped)
	}
	return fmt.Sprintf("\n%s\ncoverage: share of both kinds that is shown something; risk: share of those that does not hold a gold answer\nAURC %.4f (with an oracle's order %.4f)\n",
		t.Render(), c.AURC, c.Best)
}

// reliabilityText prints how well the probability is calibrated.
func reliabilityText(c eval.Calibration) string {
	if len(c.Bins) == 0 {
		return ""
	}
	t := evalTable("reliability: probability", "own document", "wrong document", "mean probability", "in its own, both kinds weighed alike")
	for _, bin := range c.Bins {
		t.AppendRow(table.Row{fmt.Sprintf("%.1f to %.1f", bin.Low, bin.High), bin.Own, bin.Wrong, fmt.Sprintf("%.3f", bin.Predicted), fmt.Sprintf("%.3f", bin.Observed)})
	}
	return fmt.Sprintf("\n%s\nBrier %.4f, ECE %.4f\n", t.Render(), c.Brier, c.ECE)
}

// tailText prints what a second and third sentence is worth.
func tailText(tails []eval.TailPoint) string {
	if len(tails) == 0 {
		return ""
	}
	t := evalTable("a further sentence from a share above", "gold held", "sentences, where any")
	for _, p := range tails {
		t.AppendRow(table.Row{fmt.Sprintf("%g", p.Share), fmt.Sprintf("%.4f", p.Held), fmt.Sprintf("%.2f", p.Sentences)})
	}
	return fmt.Sprintf("\n%s\n", t.Render())
}
