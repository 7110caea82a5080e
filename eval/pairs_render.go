package eval

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/lectern-tutor/lectern/answer/guard"
)

// String is the report for people: what was judged, both errors by kind, both by layer, and as its last line both in all.
func (r *PairsReport) String() string {
	var b strings.Builder
	for _, f := range r.Files {
		what, by := "true paraphrase", strings.Join(f.Judged, ", ")
		if f.False {
			what = "false sentence"
		}
		if f.Pairs != 1 {
			what += "s"
		}
		if by == "" {
			by = "none, the quote decides alone"
		}
		fmt.Fprintf(&b, "%s: %d %s; course %s, language %s; layers beyond the quote: %s\n", f.Path, f.Pairs, what, f.Course, f.Language, by)
	}
	fmt.Fprintf(&b, "guard %s, support weights %s\n\nfalse sentences under true quotes\n%s\ntrue paraphrases\n%s\n",
		r.Guard, r.Weights, RenderPairs(r.False), RenderPairs(r.True))
	table(&b, func(w io.Writer) {
		fmt.Fprint(w, "layer\tcode\tfalse rejected\tby it alone\t95 %\ttrue rejected\tby it alone\t95 %\t\n")
		for _, l := range r.Layers {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%d\t%s\t\n", l.Layer, l.Code,
				counted(l.False.Rejected, l.False.Share), l.False.Only, within(l.False.Share),
				counted(l.True.Rejected, l.True.Share), l.True.Only, within(l.True.Share))
		}
	})
	b.WriteString("\nreview: released, and flagged for a person by layer 7; a sentence may have several codes\n" +
		"95 % intervals: Wilson's, as if sentences were independent; those about one lecture are not quite\n\n")
	lies, truths := r.False[len(r.False)-1], r.True[len(r.True)-1]
	fmt.Fprintf(&b, "false sentences rejected: %d of %d, %s %s; true paraphrases rejected: %d of %d, %s %s\n",
		lies.Rejected, lies.Pairs, percent(lies.Share), within(lies.Share), truths.Rejected, truths.Pairs, percent(truths.Share), within(truths.Share))
	return b.String()
}

// Wrongly lists what was judged wrongly, a line each: place, kind, what happened. No word of the sentences is in it.
func (r *PairsReport) Wrongly() string {
	var b strings.Builder
	for _, w := range r.Wrong {
		what := "false and released"
		if !w.False {
			what = "true and rejected: " + strings.Join(w.Codes, ", ") + " (" + strings.Join(w.Details, "; ") + ")"
		}
		fmt.Fprintf(&b, "%s:%d: %s, %s: %s\n", w.Path, w.Line, w.ID, w.Kind, what)
	}
	return b.String()
}

// RenderPairs writes rows of [PairTable] for people, with a column for each code that rejected something.
func RenderPairs(rows []PairRow) string {
	columns := slices.DeleteFunc(guard.Codes(), func(c guard.Code) bool { return rows[len(rows)-1].By[string(c)] == 0 })
	var b strings.Builder
	table(&b, func(w io.Writer) {
		fmt.Fprint(w, "kind\tsentences\trejected\t95 %\treview\t")
		for _, c := range columns {
			fmt.Fprintf(w, "%s\t", c)
		}
		fmt.Fprintln(w)
		for _, r := range rows {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t", r.Kind, r.Pairs, counted(r.Rejected, r.Share), within(r.Share), r.Review)
			for _, c := range columns {
				fmt.Fprintf(w, "%d\t", r.By[string(c)])
			}
			fmt.Fprintln(w)
		}
	})
	return b.String()
}

// table aligns the cells that rows writes, each with a tab behind it.
func table(b *strings.Builder, rows func(io.Writer)) {
	var cells bytes.Buffer
	w := tabwriter.NewWriter(&cells, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows(w)
	w.Flush() //nolint:errcheck // writes to memory
	b.Write(cells.Bytes())
}

func counted(n int, share Estimate) string { return fmt.Sprintf("%d, %s", n, percent(share)) }

func percent(e Estimate) string { return fmt.Sprintf("%.1f %%", 100*e.Mean) }

func within(e Estimate) string { return fmt.Sprintf("[%.1f, %.1f]", 100*e.Low, 100*e.High) }
