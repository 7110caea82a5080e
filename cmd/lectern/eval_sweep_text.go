package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval"
)

func sweepText(with made, r *eval.SweepReport) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; lectern %s, PostgreSQL %s, pgvector %s\n", r.Embedder, with.Lectern, with.Postgres, with.Vector)
	for _, s := range r.Sets {
		fmt.Fprintf(&b, "\n%s: %s in %s; %d not found there and not asked; asked: %d, drawn with seed %d\n",
			s.Name, plural(s.Questions, "question"), plural(s.Lectures, "lecture"), s.Unmapped, s.Asked, r.Seed)
		for _, scope := range []string{"course", "lecture"} {
			fmt.Fprintf(&b, "\nasked in the %s: the sizes of chunks\n%s\n", scope, sizeTable(s.Splitter, scope))
			fmt.Fprintf(&b, "\nasked in the %s: winners and neighbours\n%s\n", scope, winnersTable(r, s.Winners, scope))
		}
		fmt.Fprintf(&b, "\nasked in the course: fusion, chunks one by one\n%s\n", fusionTable(s.Fusion))
	}
	fmt.Fprintf(&b, "\nrecall: a passage holds a whole gold span, and all passages keep to the budget; 95 %% intervals: whole lectures drawn with replacement, %d times, seed %d\n", r.Samples, r.Seed)
	return b.String()
}

func star(is bool) string {
	if is {
		return " *"
	}
	return ""
}

// signed prints a difference with its interval.
func signed(e eval.Estimate) string {
	if e.Low != e.Low { // NaN: no interval
		return fmt.Sprintf("%+.3f [–]", e.Mean)
	}
	return fmt.Sprintf("%+.3f [%+.3f, %+.3f]", e.Mean, e.Low, e.High)
}

// sizeTable has one line for each setting of the splitter.
func sizeTable(all []eval.SweptSize, scope string) string {
	header := []any{"splitter (* default)", "chunks", "tokens", "cut", "hit@1", "hit@8", "MRR@10"}
	for _, w := range all[0].Fill {
		header = append(header, fmt.Sprintf("in %d", w.Budget), "− default")
	}
	for _, w := range all[0].Tutor {
		header = append(header, fmt.Sprintf("tutor, %d", w.Budget))
	}
	t := evalTable(header...)
	for _, s := range all {
		if s.Scope != scope {
			continue
		}
		row := table.Row{fmt.Sprintf("%d, %.0f %%%s", s.Target, 100*s.Overlap, star(s.Default)), s.Chunks, fmt.Sprintf("%.0f", s.Tokens), s.Cut}
		row = append(row, rankCells(s.Ranks)...)
		for _, w := range s.Fill {
			row = append(row, fmt.Sprintf("%.3f", w.Recall.Mean), signed(w.Gain))
		}
		for _, w := range s.Tutor {
			row = append(row, fmt.Sprintf("%.3f", w.Recall.Mean))
		}
		t.AppendRow(row)
	}
	return t.Render()
}

// rankCells are hit@1, hit@8 and MRR@10.
func rankCells(all []eval.Figure) (row table.Row) {
	for _, f := range all {
		if f.Metric == "hit@1" || f.Metric == "hit@8" || f.Metric == "MRR@10" {
			row = append(row, fmt.Sprintf("%.3f", f.Mean))
		}
	}
	return row
}

func winnersTable(r *eval.SweepReport, all []eval.SweptWinners, scope string) string {
	header := []any{"winners, neighbours (* default)"}
	for _, budget := range r.Budgets {
		header = append(header, fmt.Sprintf("in %d", budget), "tokens", "− default")
	}
	t := evalTable(header...)
	for _, w := range all {
		if w.Scope != scope {
			continue
		}
		row := table.Row{fmt.Sprintf("%d, %d%s", w.K, w.Expand, star(w.Default))}
		for _, at := range w.Budgets {
			row = append(row, fmt.Sprintf("%.3f", at.Recall.Mean), fmt.Sprintf("%.0f", at.Tokens), signed(at.Gain))
		}
		t.AppendRow(row)
	}
	return t.Render()
}

func fusionTable(all []eval.SweptFusion) string {
	t := evalTable("weight, k (* default)", "hit@1", "hit@8", "MRR@10", "− default", "in 1000")
	for _, f := range all {
		row := table.Row{fmt.Sprintf("%g, %d%s", f.Weight, f.K, star(f.Default))}
		row = append(row, rankCells(f.Ranks)...)
		t.AppendRow(append(row, signed(f.Gain), fmt.Sprintf("%.3f", f.Recall.Mean)))
	}
	return t.Render()
}
