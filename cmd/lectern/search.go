package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

type searchCmd struct {
	Course   string   `required:"" help:"The course to search."`
	Lectures []string `name:"lecture" help:"Only this lecture; may be given several times."`
	K        int      `short:"k" default:"8" help:"How many chunks may win, 1 to 100."`
	Query    []string `arg:"" help:"The query."`
}

// Run prints the passages for a query, best first, and why each chunk is there.
func (cmd searchCmd) Run(ctx context.Context, a *app) error {
	if cmd.K < 1 || cmd.K > 100 {
		return fmt.Errorf("-k %d: use 1 to 100", cmd.K)
	}
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	scope := postgres.Scope{Principal: postgres.Local, Course: cmd.Course, Lectures: cmd.Lectures}
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
			fmt.Fprintf(&b, "   %s  %s\n", c.ID, why(c))
		}
		fmt.Fprintf(&b, "%s\n\n", wrap(p.Text, 110, "   "))
	}
	if found.Degraded != retrieve.NotDegraded {
		fmt.Fprintf(&b, "the lexical leg answered alone: %s\n", found.Degraded)
	}
	fmt.Fprintf(&b, "lexical %.2f ms, embedding %.2f ms, statement %.2f ms\n",
		found.Timings.Lexical.Seconds()*1000, found.Timings.Embedding.Seconds()*1000, found.Timings.Statement.Seconds()*1000)
	_, err = fmt.Fprint(a.stdout, b.String())
	return err
}

func why(c retrieve.Chunk) string {
	if c.Neighbour {
		return "neighbour"
	}
	var parts []string
	if c.LexicalRank > 0 {
		parts = append(parts, fmt.Sprintf("lexical rank %d", c.LexicalRank))
	}
	if c.VectorRank > 0 {
		parts = append(parts, fmt.Sprintf("vector rank %d (distance %.3f)", c.VectorRank, *c.Distance))
	}
	return fmt.Sprintf("score %.5f: %s", c.Score, strings.Join(parts, ", "))
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
