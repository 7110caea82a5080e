package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval"
)

type evalSpansCmd struct {
	evalFlags

	Dir string `arg:"" optional:"" help:"Folder with docs.jsonl and queries.jsonl, and maybe wrong_lecture.tsv."`
}

// Run prints how well gold spans are found.
func (cmd evalSpansCmd) Run(ctx context.Context, a *app) error {
	var set *eval.SpanSet
	read := func() (err error) {
		if cmd.Dir == "" {
			return badFlag("say which folder: lectern eval spans DIR")
		}
		set, err = eval.ReadSpans(cmd.Dir)
		return err
	}
	return a.measure(ctx, cmd.evalFlags, read, func(b *eval.Bench) error {
		report, err := eval.Spans(ctx, b, set)
		if err != nil {
			return err
		}
		return printReport(ctx, a, b, cmd.evalFlags, "spans", report, spansText)
	})
}

func spansText(with made, r *eval.SpansReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s with a gold span, %s in %s of %d tokens on average; splitter %s; %s; lectern %s, PostgreSQL %s, pgvector %s\n",
		r.Set, plural(r.Questions, "question"), plural(r.Documents, "document"), plural(r.Chunks, "chunk"), r.Tokens/max(r.Chunks, 1),
		r.Splitter, r.Embedder, with.Lectern, with.Postgres, with.Vector)
	fmt.Fprintf(&b, "%s not found in the stored lecture, %s without a span: not asked; %s cut by a chunk's boundary: no single chunk holds it\n",
		plural(r.Unmapped, "span"), plural(r.Spanless, "answerable question"), plural(r.Cut, "span"))
	t := evalTable("the gold span is in", "asked in its lecture", "asked in the course")
	for i, f := range r.Scopes[0].Chunks {
		name := f.Metric + " of chunks"
		t.AppendRow(table.Row{name, estimate(f.Estimate), estimate(r.Scopes[1].Chunks[i].Estimate)})
	}
	t.AppendSeparator()
	t.AppendRow(table.Row{"ms a search, p50 / p95", milli(r.Scopes[0].P50) + " / " + milli(r.Scopes[0].P95), milli(r.Scopes[1].P50) + " / " + milli(r.Scopes[1].P95)})
	fmt.Fprintf(&b, "%s\n", t.Render())
	for _, s := range r.Scopes {
		t := evalTable("asked in the "+s.Name+": at most", "chunks one by one", "tokens", "passages", "tokens", "passages as the tutor asks", "tokens")
		for _, at := range s.Budgets {
			row := table.Row{fmt.Sprintf("%d tokens", at.Tokens)}
			for _, spent := range []eval.Spent{at.Raw, at.Packed, at.Tutor} {
				row = append(row, estimate(spent.Recall), fmt.Sprintf("%.0f", spent.Tokens))
			}
			t.AppendRow(row)
		}
		p := s.Packing
		t.AppendSeparator()
		t.AppendRow(table.Row{fmt.Sprintf("%d best chunks", p.Winners), estimate(p.Recall), fmt.Sprintf("%.0f", p.Tokens), estimate(p.Packed), fmt.Sprintf("%.0f", p.PackedTo), "", ""})
		fmt.Fprintf(&b, "\n%s\npacking the same %d chunks saves %.1f %% of their tokens\n", t.Render(), p.Winners, 100*p.Saved)
	}
	fmt.Fprintf(&b, "95 %% intervals: whole documents drawn with replacement, %d of them, %d times, seed %d\n", r.Clusters, r.Samples, r.Seed)
	b.WriteString(refusalTable(r.Refusals))
	return b.String()
}
