package answers

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// cellText bounds what of a text stands in a table, in characters.
const (
	cellText   = 60
	reasonText = 600
)

// Text is the report for a terminal. Whatever the texts in it hold, nothing of them reaches the terminal as a command.
func (r *Report) Text() string {
	var b strings.Builder
	b.WriteString(r.madeOf())
	for _, s := range r.Suites {
		fmt.Fprintf(&b, "\n%s: prompt %s, model %s\n", plain(s.Name, cellText), known(s.Prompt), known(s.Model))
		if banner := s.Banner(); banner != "" {
			fmt.Fprintf(&b, "SIMULATED. %s\n", banner)
		}
		b.WriteString(tallyTable(s.Tallies) + "\n")
	}
	if len(r.Figures) > 0 {
		t := reportTable(1, "figure", "value")
		for _, name := range sortedKeys(r.Figures) {
			t.AppendRow(table.Row{plain(name, cellText), figure(r.Figures[name])})
		}
		b.WriteString("\n" + t.Render() + "\n")
	}
	r.killText(&b)
	r.decisionText(&b)
	return b.String()
}

func (r *Report) madeOf() string {
	var parts []string
	for _, f := range r.Made.facts() {
		parts = append(parts, f.Name+" "+plain(f.Value, cellText))
	}
	return "answers: " + strings.Join(parts, "; ") + "\n"
}

func tallyTable(all []Tally) string {
	header := []any{"stratum"}
	for _, name := range tallyColumns {
		header = append(header, name)
	}
	t := reportTable(1, header...)
	for i, tally := range all {
		row := table.Row{plain(tally.Name, cellText)}
		for _, cell := range tallyCells(tally) {
			row = append(row, cell)
		}
		t.AppendRow(row)
		if i == 0 && len(all) > 1 {
			t.AppendSeparator()
		}
	}
	return t.Render()
}

func (r *Report) killText(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s\n", r.killed())
	if len(r.Kills) == 0 {
		return
	}
	t := reportTable(3, "broken tutor", "caught", "by", "hard passes lost")
	for _, k := range r.Kills {
		t.AppendRow(table.Row{plain(k.Tutor, cellText), yesNo(k.Caught), plain(k.seenBy(), cellText), k.Lost})
	}
	b.WriteString(t.Render() + "\n")
}

// decisionText comes last, where a terminal stops.
func (r *Report) decisionText(b *strings.Builder) {
	if changes := r.Decision.Changes; len(changes) > 0 {
		t := reportTable(4, "suite", "changed task", "was", "is")
		for _, c := range changes {
			t.AppendRow(table.Row{plain(c.Suite, cellText), plain(c.ID, cellText), plain(string(c.Was), cellText), plain(string(c.Is), cellText)})
		}
		b.WriteString("\n" + t.Render() + "\n")
	}
	fmt.Fprintf(b, "\n%s\n", r.Verdict())
	for _, reason := range r.Decision.Blocked {
		fmt.Fprintf(b, "  blocked: %s\n", plain(reason, reasonText))
	}
	for _, warning := range r.Decision.Warnings {
		fmt.Fprintf(b, "  warning: %s\n", plain(warning, reasonText))
	}
	if none := r.NotMeasured(); none != "" {
		fmt.Fprintf(b, "%s\n", none)
	}
}

// reportTable is a table whose first columns are words and whose others are numbers.
func reportTable(words int, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	var columns []table.ColumnConfig
	for i := words; i < len(header); i++ {
		columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	return t
}

func known(s string) string {
	if s = plain(s, cellText); s == "" {
		return unknown
	}
	return s
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "NO"
}
