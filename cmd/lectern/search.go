package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/retrieve"
)

type searchCmd struct {
	scopeFlags

	K       int      `short:"k" default:"8" help:"How many chunks may win, 1 to 100."`
	Explain bool     `help:"Say why each chunk is there, what the query became, what packing saved, and how long it took."`
	Query   []string `arg:"" help:"The query."`
}

// Run prints the passages for a query, best first; with --explain also why each chunk is there.
func (cmd searchCmd) Run(ctx context.Context, a *app) error {
	if cmd.K < 1 || cmd.K > 100 {
		return fmt.Errorf("-k %d: use 1 to 100", cmd.K)
	}
	scope, err := cmd.scope()
	if err != nil {
		return err
	}
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	found, err := rooms.searcher.Search(ctx, scope, strings.Join(cmd.Query, " "), retrieve.Options{K: cmd.K})
	if err != nil {
		return plainly(err, cmd.Course)
	}
	var b strings.Builder
	if len(found.Passages) == 0 {
		b.WriteString("nothing found\n")
	}
	for i, p := range found.Passages {
		at := ""
		if startMS, endMS, ok := p.At(0, len(p.Text)); ok {
			at = fmt.Sprintf(" %s–%s", answer.Clock(startMS), answer.Clock(endMS))
		}
		fmt.Fprintf(&b, "%d. %s%s\n", i+1, p.Title, at)
		for _, c := range p.Chunks {
			if cmd.Explain {
				fmt.Fprintf(&b, "   %s  score %.5f: %s\n", c.ID, c.Score, c.Why())
			}
		}
		fmt.Fprintf(&b, "%s\n\n", wrap(p.Text, 110, "   "))
	}
	if found.Degraded != retrieve.NotDegraded {
		fmt.Fprintf(&b, "the lexical leg answered alone: %s\n", found.Degraded)
		if cmd.Explain && found.Degraded == retrieve.EmbeddingMissing {
			b.WriteString("no lecture that was asked has vectors in the present embedder's space; ingest them again with it\n")
		}
	}
	if cmd.Explain {
		explain(&b, found)
	}
	_, err = fmt.Fprint(a.stdout, b.String())
	return err
}

// explain writes what the query became, what the passages take, and the time of each step.
func explain(b *strings.Builder, found retrieve.Result) {
	var terms []string
	for _, t := range found.Terms {
		term := fmt.Sprintf("%s (idf %.2f)", t.Text, t.IDF)
		switch {
		case len(t.Similar) > 0:
			term = fmt.Sprintf("%s (in no chunk; searched as %s)", t.Text, strings.Join(t.Similar, ", "))
		case t.Missing:
			term = t.Text + " (in no chunk)"
		}
		terms = append(terms, term)
	}
	if len(terms) == 0 {
		terms = []string{"none but stop words"}
	}
	fmt.Fprintf(b, "terms: %s\n", strings.Join(terms, ", "))
	fmt.Fprintf(b, "%d passages, %d tokens; chunk by chunk they would take %d\n", len(found.Passages), found.Tokens, found.Tokens+found.Saved)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	fmt.Fprintf(b, "lexical %.2f ms, embedding %.2f ms, statement %.2f ms, in all %.2f ms\n",
		ms(found.Timings.Lexical), ms(found.Timings.Embedding), ms(found.Timings.Statement), ms(found.Timings.Total))
}

// wrap breaks text into lines of at most width characters, each with the indent.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	line := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case line == 0:
			b.WriteString(indent)
		case line+1+n > width:
			b.WriteString("\n" + indent)
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += n
	}
	return b.String()
}
