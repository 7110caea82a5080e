package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/retrieve"
)

type askCmd struct {
	scopeFlags

	JSON     bool     `name:"json" help:"Print the answer as the API gives it."`
	Before   []string `sep:"none" placeholder:"QUESTION" help:"What was asked before, for a question like \"and why?\"; may be given several times, oldest first."`
	Question []string `arg:"" help:"The question."`
}

// Run asks one question and prints the answer with its proof.
func (cmd askCmd) Run(ctx context.Context, a *app) error {
	scope, err := cmd.scope()
	if err != nil {
		return err
	}
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	got, err := rooms.tutor.Ask(ctx, scope, answer.Question{Text: strings.Join(cmd.Question, " "), Before: cmd.Before}, nil)
	if err != nil {
		return plainly(err, cmd.Course)
	}
	if cmd.JSON {
		e := json.NewEncoder(a.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(got)
	}
	_, err = fmt.Fprint(a.stdout, printed(got))
	return err
}

// plainly turns what the caller can mend into a sentence for the command line.
func plainly(err error, course string) error {
	var before *answer.BeforeError
	switch {
	case errors.Is(err, retrieve.ErrNoCourse):
		return fmt.Errorf("there is no course %q; `lectern doctor` lists the courses", course)
	case errors.Is(err, retrieve.ErrNoLecture):
		return fmt.Errorf("%w; `lectern doctor` lists the lectures", err)
	case errors.Is(err, retrieve.ErrCourseDeleted):
		return fmt.Errorf("the course %q was deleted", course)
	case errors.Is(err, retrieve.ErrLectureDeleted):
		return errors.New("that lecture was deleted")
	case errors.Is(err, retrieve.ErrNoQuery):
		return errors.New("the question is empty: it holds no letter and no digit")
	case errors.Is(err, retrieve.ErrTooLong):
		return errors.New("the question is longer than 4,000 characters")
	case errors.As(err, &before):
		return fmt.Errorf("--before: %w", before)
	}
	return err
}

// printed is an answer for a terminal.
func printed(a answer.Answer) string {
	var b strings.Builder
	if a.Message != "" {
		fmt.Fprintf(&b, "%s\n", a.Message)
	}
	for i, s := range a.Sentences {
		fmt.Fprintf(&b, "\n%d. %s\n", i+1, s.Text)
		for _, c := range s.Citations {
			at := ""
			if c.StartMS != nil {
				at = fmt.Sprintf(" %s–%s", answer.Clock(*c.StartMS), answer.Clock(*c.EndMS))
			}
			if c.Quote != s.Text {
				fmt.Fprintf(&b, "   “%s”\n", c.Quote)
			}
			fmt.Fprintf(&b, "   [%s%s] %s\n", c.Title, at, c.ChunkID)
		}
	}
	for _, at := range a.Attempts {
		if at.Verdict != "pass" {
			fmt.Fprintf(&b, "\n(%s: %s, %s)", at.Mode, at.Verdict, strings.Join(at.Codes, ", "))
		}
	}
	by := "no model: the lecture's own words"
	switch {
	case a.Mode == answer.ModeModel:
		by = "written by " + a.Model + ", every quote verified"
		if len(a.Sentences) > 0 && len(a.Judged) == 0 {
			by += " (what the sentences make of their quotes could not be judged in this language)"
		}
	case a.Mode == answer.ModeNone:
		by = "no model was asked"
		if a.Usage.ModelCalls > 0 {
			by = "no draft held"
		}
	}
	fmt.Fprintf(&b, "\n%s · %s · %s · %.0f ms\n", by, a.ID, a.Prompt.ID, a.Timings.Total)
	return b.String()
}
