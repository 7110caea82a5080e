package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/postgres"
)

type replayCmd struct {
	Answer string    `arg:"" optional:"" placeholder:"ANSWER_ID" help:"The answer, such as an_k3v7…"`
	Course string    `help:"Its course; otherwise it is looked for in all."`
	All    bool      `help:"Every answer of the course, or of all courses, and print counts."`
	Since  time.Time `format:"2006-01-02" placeholder:"YYYY-MM-DD" help:"With --all: only answers from that day (UTC) on."`
}

// Run judges stored drafts again, without a model, and compares. The exit status is 0 if all verdicts agree and 1 if one
// does not.
func (cmd replayCmd) Run(ctx context.Context, a *app) error {
	switch {
	case cmd.All == (cmd.Answer != ""):
		return errors.New("name one answer, or say --all")
	case !cmd.All && !cmd.Since.IsZero():
		return errors.New("--since goes with --all")
	}
	a.reads = true
	db, err := a.database(ctx)
	if err != nil {
		return err
	}
	courses, err := (&doctorCmd{Course: cmd.Course}).courses(ctx, db)
	if err != nil {
		return err
	}
	if cmd.All {
		return a.replayAll(ctx, db, courses, cmd.Since)
	}
	for _, course := range courses {
		r, err := answer.ReplayAnswer(ctx, db, course, cmd.Answer)
		if errors.Is(err, answer.ErrNoAnswer) {
			continue
		}
		if err != nil {
			return err
		}
		return a.replayed(r)
	}
	where := "in any course"
	if cmd.Course != "" {
		where = "in the course " + cmd.Course
	}
	return fmt.Errorf("there is no answer %q %s; an answer's id is its answer_id, and `lectern ask` prints it last", cmd.Answer, where)
}

// replayed prints one line per attempt.
func (a *app) replayed(r answer.Replay) error {
	if len(r.Attempts) == 0 {
		fmt.Fprintln(a.stdout, "nothing was drafted for this answer, so there is nothing to judge again")
		return nil
	}
	erased := 0
	for i, at := range r.Attempts {
		fmt.Fprintf(a.stdout, "attempt %d (%s): ", i+1, at.Mode)
		printAttempt(a.stdout, at)
		if at.Result == answer.Erased {
			erased++
		}
	}
	if !r.Agrees() {
		return exitCode(1)
	}
	if erased > 0 {
		return fmt.Errorf("a lecture that %s was given from was deleted, and the drafts with it: they cannot be judged again", r.AnswerID)
	}
	if slices.ContainsFunc(r.Attempts, func(at answer.ReplayedAttempt) bool { return at.Result == answer.NoProof }) {
		return exitCode(1)
	}
	return nil
}

func printAttempt(w io.Writer, at answer.ReplayedAttempt) {
	guards := ""
	if at.OtherGuard() {
		guards = fmt.Sprintf(" (judged by guard %s, now %s)", at.Guard, guard.Version)
	}
	switch at.Result {
	case answer.Agrees:
		fmt.Fprintf(w, "agrees: %s%s\n", judgement(at.Verdict, at.Codes), guards)
	case answer.Differs:
		if at.Now == at.Verdict && slices.Equal(at.NowCodes, at.Codes) { // but what was released is not what passed
			fmt.Fprintf(w, "disagrees: %s%s\n", at.Why, guards)
			return
		}
		fmt.Fprintf(w, "disagrees, %s: was %s, is %s%s\n", at.Why, judgement(at.Verdict, at.Codes), judgement(at.Now, at.NowCodes), guards)
	case answer.Damaged:
		fmt.Fprintf(w, "disagrees: %s\n", at.Why)
	case answer.NoDraft:
		fmt.Fprintf(w, "no draft to judge: %s\n", strings.Join(at.Codes, ", "))
	case answer.Erased, answer.NoProof:
		fmt.Fprintf(w, "cannot be judged again: %s\n", at.Why)
	}
}

func judgement(verdict string, codes []string) string {
	if len(codes) == 0 {
		return verdict
	}
	return verdict + " (" + strings.Join(codes, ", ") + ")"
}

// replayAll counts over all answers of courses and prints those that disagree.
func (a *app) replayAll(ctx context.Context, db *postgres.DB, courses []string, since time.Time) error {
	counts := map[answer.ReplayResult]int{}
	answers, later, disagree := 0, 0, 0
	for _, course := range courses {
		for after := ""; ; {
			ids, err := answer.AnswersAfter(ctx, db, course, after, since)
			if err != nil {
				return err
			}
			for _, id := range ids {
				r, err := answer.ReplayAnswer(ctx, db, course, id)
				if err != nil {
					return err
				}
				answers++
				for i, at := range r.Attempts {
					counts[at.Result]++
					if at.Result != answer.Differs && at.Result != answer.Damaged {
						continue
					}
					disagree++
					if at.Result == answer.Differs && at.OtherGuard() {
						later++
					}
					fmt.Fprintf(a.stdout, "%s %s attempt %d (%s): ", course, id, i+1, at.Mode)
					printAttempt(a.stdout, at)
				}
				after = id
			}
			if len(ids) < 500 {
				break
			}
		}
	}
	t := plainTable(a, "drafts", "number")
	for _, row := range []struct {
		name string
		n    int
	}{
		{"judged the same", counts[answer.Agrees]},
		{"judged otherwise by the same guard", counts[answer.Differs] - later},
		{"judged otherwise, then by another guard", later},
		{"whose passages are damaged", counts[answer.Damaged]},
		{"erased with a deleted lecture", counts[answer.Erased]},
		{"judged before what it takes was kept", counts[answer.NoProof]},
		{"never written: the model failed", counts[answer.NoDraft]},
	} {
		t.AppendRow(table.Row{row.name, row.n})
	}
	t.Render()
	fmt.Fprintf(a.stdout, "%s in %s, guard %s: ", plural(answers, "answer"), plural(len(courses), "course"), guard.Version)
	if disagree > 0 {
		fmt.Fprintf(a.stdout, "%d disagree\n", disagree)
		return exitCode(1)
	}
	fmt.Fprintln(a.stdout, "all agree")
	return nil
}
