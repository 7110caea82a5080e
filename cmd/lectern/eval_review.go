package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval/answers"
)

// evalReviewCmd is the human bucket: people judge answers that the harness has judged.
type evalReviewCmd struct {
	Export evalReviewExportCmd `cmd:"" help:"Write answers of a run for two reviewers: all that are not hard passes, and a sample of those that are."`
	Import evalReviewImportCmd `cmd:"" help:"Read both reviewers' files back, and say how far they agree."`
}

type evalReviewExportCmd struct {
	From   string   `arg:"" name:"run" help:"Folder of the run: eval answers --out."`
	To     string   `required:"" placeholder:"DIR" help:"Where to write."`
	Suite  string   `default:"live" help:"Which suite of the run."`
	Sample int      `default:"40" help:"How many of the steady hard passes are shown as well."`
	Seed   uint64   `default:"20261122" help:"Seed of the sample."`
	Tasks  []string `default:"eval/tasks/networks,eval/tasks/harbour" help:"Folders of the tasks that were asked."`
}

// Run writes the reviewers' files.
func (cmd evalReviewExportCmd) Run(ctx context.Context, a *app) error {
	return a.fileErrors(ctx, cmd.run(a))
}

func (cmd evalReviewExportCmd) run(a *app) error {
	set, err := togetherSet(cmd.Tasks)
	if err != nil {
		return err
	}
	report, err := answers.ReadReport(filepath.Join(cmd.From, answers.ReportJSON))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(report.Suites, func(s answers.Suite) bool { return s.Name == cmd.Suite })
	switch {
	case i < 0:
		return fmt.Errorf("%s: there is no suite %q in it; choose one with --suite", cmd.From, cmd.Suite)
	case report.Made.Set != set.Hash:
		return fmt.Errorf("%s: the run asked other tasks than those in %s", cmd.From, strings.Join(cmd.Tasks, " and "))
	}
	done, err := answers.ExportReview(cmd.To, set, report.Suites[i].Results, cmd.Sample, cmd.Seed)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %d suspect answers and a sample of %d; fill in verdict (hard, soft or fail) and note, and import both files\n",
		strings.Join(done.Files, ", "), done.Suspect, done.Sampled)
	return err
}

type evalReviewImportCmd struct {
	Machine string   `required:"" placeholder:"FILE" help:"The machine.json that was written beside the reviewers' files."`
	First   string   `arg:"" help:"The first reviewer's file."`
	Second  string   `arg:"" help:"The second reviewer's file."`
	Tasks   []string `default:"eval/tasks/networks,eval/tasks/harbour" help:"Folders of the tasks that were asked."`
	JSON    bool     `name:"json" help:"Print the review as JSON."`
}

// Run prints how far the reviewers agree with each other and with the harness.
func (cmd evalReviewImportCmd) Run(ctx context.Context, a *app) error {
	return a.fileErrors(ctx, cmd.run(a))
}

func (cmd evalReviewImportCmd) run(a *app) error {
	set, err := togetherSet(cmd.Tasks)
	if err != nil {
		return err
	}
	review, err := answers.ImportReview(set.Hash, cmd.Machine, cmd.First, cmd.Second)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return a.printJSON(review)
	}
	t := evalTable("group", "judged by both", "agree", "Cohen's kappa", "first with the harness", "second", "rubric")
	for _, g := range review.Groups {
		vague, kappa := "", "–"
		if g.Vague {
			vague = "vague: over 10 % disagree"
		}
		if g.Kappa != nil {
			kappa = fmt.Sprintf("%.3f", *g.Kappa)
		}
		t.AppendRow(table.Row{g.Name, g.Tasks, g.Agree, kappa, with(g.Machine[0]), with(g.Machine[1]), vague})
	}
	fmt.Fprintln(a.stdout, t.Render())
	for _, d := range review.VagueTasks {
		fmt.Fprintf(a.stdout, "%s: %s and %s (harness: %s)\n", d.ID, d.Verdicts[0], d.Verdicts[1], d.Machine)
	}
	for _, u := range review.Unjudged {
		fmt.Fprintln(a.stderr, "lectern: no verdict yet:", u)
	}
	return nil
}

// with is how often a reviewer agrees with the harness.
func with(m answers.WithMachine) string { return fmt.Sprintf("%d of %d", m.Agree, m.Tasks) }

// fileErrors is the verdict on a command that only reads and writes files: whatever is wrong, a file or a flag is to be mended.
func (a *app) fileErrors(ctx context.Context, err error) error {
	if err != nil {
		err = configError{err}
	}
	return a.verdict(ctx, err, "nothing was written")
}

// togetherSet reads several folders as one set, by course.
func togetherSet(dirs []string) (*answers.Set, error) {
	var sets []*answers.Set
	for _, dir := range dirs {
		set, err := answers.ReadSet(dir)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	slices.SortFunc(sets, func(x, y *answers.Set) int { return strings.Compare(x.Course, y.Course) })
	return answers.Together(sets...), nil
}

type evalTicketsCmd struct {
	File   string `arg:"" help:"CSV with a column question, or subject and body; lecture, if known."`
	Course string `required:"" help:"The course that the tickets are about."`
	Out    string `required:"" placeholder:"FILE" help:"Where to write: drafts.yaml or drafts-NAME.yaml in a folder of tasks."`
}

// Run makes draft tasks of support tickets.
func (cmd evalTicketsCmd) Run(ctx context.Context, a *app) error {
	return a.fileErrors(ctx, cmd.run(a))
}

func (cmd evalTicketsCmd) run(a *app) error {
	t, err := answers.ImportTickets(cmd.File, cmd.Out, cmd.Course)
	if err != nil {
		return err
	}
	for _, n := range t.Notes {
		fmt.Fprintln(a.stderr, "lectern:", n)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s; addresses and numbers were taken out of %d. Names are not recognised: read it before it is committed, and fill in expect, spans, points and rubric\n",
		t.Path, plural(t.Drafts, "draft"), t.Redacted)
	return err
}
