package answers

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Bounds of the Markdown form. A comment on GitHub holds 65,536 characters: behind mdBytes no list goes on.
const (
	mdBytes    = 44_000
	mdChanges  = 40
	mdReasons  = 20
	mdStrata   = 24  // rows of a table
	mdQuestion = 120 // characters, as the others below
	mdReason   = 300
	mdName     = 48
)

// mdFull reports whether a list ends before its entry i.
func mdFull(b *strings.Builder, i, most int) bool { return i == most || b.Len() > mdBytes }

// WriteMarkdown writes the report for a pull request: the verdict first, then a table for each suite and the tasks that
// changed. Whatever is not this function's own words stands in a code element with the punctuation that means anything as
// character references, so that it forms neither Markdown nor HTML, notifies nobody, and refers to no issue.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Answers: %s\n\n", r.Verdict())
	mdList(&b, "Blocked", r.Decision.Blocked)
	mdList(&b, "Warnings", r.Decision.Warnings)
	if none := r.NotMeasured(); none != "" {
		fmt.Fprintf(&b, "%s\n\n", none)
	}
	for i, s := range r.Suites {
		if mdFull(&b, i, len(r.Suites)) {
			fmt.Fprintf(&b, "%s more: see report.html.\n\n", counted(len(r.Suites)-i, "suite"))
			break
		}
		r.mdSuite(&b, s)
	}
	fmt.Fprintf(&b, "%s", r.killed())
	if _, missed := r.KillRate(); len(missed) > 0 {
		b.WriteString(" Missed:")
		for i, name := range missed {
			if mdFull(&b, i, mdReasons) {
				b.WriteString(" …")
				break
			}
			b.WriteString(" " + mdCode(name, mdName))
		}
	}
	b.WriteString("\n\n")
	r.mdChanges(&b)
	b.WriteString("Made with")
	for _, f := range r.Made.facts() {
		fmt.Fprintf(&b, " %s %s", f.Name, mdCode(f.Value, mdName))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func mdList(b *strings.Builder, name string, all []string) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "**%s**\n\n", name)
	for i, s := range all {
		if mdFull(b, i, mdReasons) {
			fmt.Fprintf(b, "- and %d more: see report.html\n", len(all)-i)
			break
		}
		fmt.Fprintf(b, "- %s\n", mdCode(s, mdReason))
	}
	b.WriteString("\n")
}

func (r *Report) mdSuite(b *strings.Builder, s Suite) {
	fmt.Fprintf(b, "### %s\n\n", mdCode(s.Name, mdName))
	if banner := s.Banner(); banner != "" {
		fmt.Fprintf(b, "> **Simulated.** %s\n\n", banner)
	}
	fmt.Fprintf(b, "Prompt %s, model %s.\n\n", mdCode(s.Prompt, mdName), mdCode(s.Model, mdName))
	fmt.Fprintf(b, "| stratum | %s |\n|---|%s\n", strings.Join(tallyColumns, " | "), strings.Repeat("--:|", len(tallyColumns)))
	for i, t := range s.Tallies {
		if mdFull(b, i, mdStrata) {
			fmt.Fprintf(b, "\n%s more: see report.html.\n", counted(len(s.Tallies)-i, "row"))
			break
		}
		fmt.Fprintf(b, "| %s | %s |\n", mdCode(t.Name, mdName), strings.Join(tallyCells(t), " | "))
	}
	b.WriteString("\n")
}

func (r *Report) mdChanges(b *strings.Builder) {
	changes := r.Decision.Changes
	if len(changes) == 0 {
		return
	}
	fmt.Fprintf(b, "<details>\n<summary>%s graded differently</summary>\n\n| suite | task | was | is | question |\n|---|---|---|---|---|\n", counted(len(changes), "task"))
	for i, c := range changes {
		if mdFull(b, i, mdChanges) {
			fmt.Fprintf(b, "\nAnd %d more: see report.html.\n", len(changes)-i)
			break
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", mdCode(c.Suite, mdName), mdCode(c.ID, mdName), mdCode(string(c.Was), mdName), mdCode(string(c.Is), mdName), mdCode(r.question(c), mdQuestion))
	}
	b.WriteString("\n</details>\n\n")
}

// question is what a changed task asks.
func (r *Report) question(c Change) string {
	if s := r.suite(c.Suite); s != nil {
		for _, res := range s.Results {
			if res.ID == c.ID {
				return res.Question
			}
		}
	}
	return ""
}

// mdPlain are the punctuation marks that mean nothing within a line, whatever stands beside them.
const mdPlain = ` ,;()?!%=+/'"-`

// mdCode is any text as one line of Markdown. GitHub looks for mentions and references in the finished text, but not in
// code; a zero-width space behind @ and # keeps readers of Markdown that do look there from finding any.
func mdCode(s string, most int) string {
	s = plain(s, most)
	if s == "" {
		return unknown
	}
	var b strings.Builder
	b.WriteString("<code>")
	before := ' '
	for i, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.M, r), r > unicode.MaxASCII, strings.ContainsRune(mdPlain, r),
			r == '.' && unicode.ToLower(before) != 'w',  // www. is a link
			r == ':' && strings.HasPrefix(s[i+1:], " "): // https: is one
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
		if r == '@' || r == '#' {
			b.WriteRune('\u200b')
		}
		before = r
	}
	b.WriteString("</code>")
	return b.String()
}
