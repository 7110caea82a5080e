package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval"
)

type evalRetrievalCmd struct {
	evalFlags

	BEIR   string `name:"beir" placeholder:"DIR" help:"Folder with corpus.jsonl, queries.jsonl and qrels.tsv or qrels/SPLIT.tsv."`
	Split  string `help:"Which file of qrels/ to judge by; without it qrels.tsv, the only file, or test."`
	K      []int  `short:"k" default:"1,5,10" help:"Where recall and precision are measured, 1 to 100; MRR and nDCG at the last."`
	TREC   string `name:"run" placeholder:"FILE" help:"Also write the ranking as a TREC run file."`
	RunLeg string `name:"run-leg" enum:"lexical,hybrid" default:"hybrid" help:"Which ranking to write: lexical or hybrid."`
}

// Run prints how well passages are ranked.
func (cmd evalRetrievalCmd) Run(ctx context.Context, a *app) error {
	var metrics []eval.Metric
	var collection *eval.Collection
	var out *evalFile
	defer func() { out.discard() }()
	read := func() (err error) {
		if metrics, err = cmd.metrics(); err != nil {
			return err
		}
		if collection, err = eval.ReadCollection(cmd.BEIR, cmd.Split); err != nil {
			return err
		}
		out, err = newEvalFile("--run", cmd.TREC)
		return err
	}
	return a.measure(ctx, cmd.evalFlags, read, func(b *eval.Bench) error {
		report, err := eval.Retrieval(ctx, b, collection, metrics)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(report.Legs, func(l eval.Leg) bool { return l.Name == cmd.RunLeg })
		if err := out.write(func(w io.Writer) error { return eval.WriteRun(w, report.Legs[i].Run, "lectern-"+cmd.RunLeg) }); err != nil {
			return err
		}
		return printReport(ctx, a, b, cmd.evalFlags, "retrieval", report, retrievalText)
	})
}

func (cmd evalRetrievalCmd) metrics() ([]eval.Metric, error) {
	if cmd.BEIR == "" {
		return nil, badFlag("say which folder: --beir DIR")
	}
	ks := slices.Clone(cmd.K)
	slices.Sort(ks)
	ks = slices.Compact(ks)
	if len(ks) == 0 || len(ks) > 10 || ks[0] < 1 || ks[len(ks)-1] > eval.Depth {
		return nil, badFlag("-k %v: use one to ten numbers from 1 to %d", cmd.K, eval.Depth)
	}
	var metrics []eval.Metric
	for _, k := range ks {
		metrics = append(metrics, eval.Recall(k))
	}
	for _, k := range ks {
		metrics = append(metrics, eval.Precision(k))
	}
	last := ks[len(ks)-1]
	return append(metrics, eval.MRR(last), eval.NDCG(last), eval.MAP()), nil
}

func retrievalText(with made, r *eval.RetrievalReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s; %s; lectern %s, PostgreSQL %s, pgvector %s\n",
		r.Set, plural(r.Questions, "question"), plural(r.Passages, "passage"), r.Embedder, with.Lectern, with.Postgres, with.Vector)
	t := evalTable("", "lexical", "hybrid", "hybrid − lexical")
	for i, f := range r.Legs[0].Metrics {
		t.AppendRow(table.Row{f.Metric, estimate(f.Estimate), estimate(r.Legs[1].Metrics[i].Estimate), estimate(r.Gain[i].Estimate)})
	}
	t.AppendSeparator()
	t.AppendRow(table.Row{"ms a question, p50", milli(r.Legs[0].P50), milli(r.Legs[1].P50), ""})
	t.AppendRow(table.Row{"p95", milli(r.Legs[0].P95), milli(r.Legs[1].P95), ""})
	fmt.Fprintf(&b, "%s\n95 %% intervals: whole %ss drawn with replacement, %d of them, %d times, seed %d\nrankings are judged to rank %d\n",
		t.Render(), r.By, r.Clusters, r.Samples, r.Seed, r.Depth)
	for _, odd := range []struct {
		n    int
		what string
		say  string
	}{
		{r.Empty, "passage", "empty and cannot be found"},
		{r.Missing, "judgement", "of a passage that is not in corpus.jsonl; it counts as missed"},
		{r.Absent, "judged question", "not in queries.jsonl; it counts as 0"},
		{r.Unusable, "question", "refused by search (no letter or digit, or too long); it counts as 0"},
	} {
		if odd.n > 0 {
			fmt.Fprintf(&b, "%s: %s\n", plural(odd.n, odd.what), odd.say)
		}
	}
	b.WriteString(refusalTable(r.Refusals))
	return b.String()
}

func milli(ms float64) string { return fmt.Sprintf("%.2f", ms) }
