package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
)

type deleteCmd struct {
	Yes     bool   `short:"y" help:"Do not ask."`
	Course  string `arg:"" help:"The course."`
	Lecture string `arg:"" optional:"" help:"The lecture. Without it: the whole course."`
}

// Run deletes a lecture or a course on purpose, after a question.
func (cmd deleteCmd) Run(ctx context.Context, a *app) error {
	a.reads = true
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	lectures, err := rooms.searcher.Lectures(ctx, postgres.Scope{Principal: postgres.Local, Course: cmd.Course})
	if err != nil {
		return plainly(err, cmd.Course)
	}
	what, name := fmt.Sprintf("the lecture %s of the course %s", cmd.Lecture, cmd.Course), cmd.Lecture
	if cmd.Lecture == "" {
		what, name = fmt.Sprintf("the course %s with %s", cmd.Course, plural(len(lectures), "lecture")), cmd.Course
	}
	if !cmd.Yes {
		if err := a.confirm(ctx, what, name); err != nil {
			return err
		}
	}
	if cmd.Lecture == "" {
		err = rooms.ingester.DeleteCourse(ctx, cmd.Course)
	} else {
		err = rooms.ingester.DeleteLecture(ctx, cmd.Course, cmd.Lecture, ingest.Condition{})
	}
	switch {
	case errors.Is(err, ingest.ErrNoCourse), errors.Is(err, ingest.ErrNoLecture):
		return fmt.Errorf("there is nothing to delete: no %s; `lectern doctor` lists what there is", strings.TrimPrefix(what, "the "))
	case errors.Is(err, ingest.ErrDeleted):
		return fmt.Errorf("%s was deleted before", what)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(a.stdout, `Deleted %s: its text, vectors and files are gone.
What stays is the name, and the ids and times that answers cite, without a word: an old citation says "gone".
Ingesting it again brings it back.
`, what)
	return err
}

// confirm asks for the name of what is to be deleted, on a terminal; elsewhere it refuses.
func (a *app) confirm(ctx context.Context, what, name string) error {
	if !terminal(a.stdin) {
		return fmt.Errorf("refused to delete %s: there is no terminal to ask on; say --yes", what)
	}
	fmt.Fprintf(a.stdout, "This deletes %s. Its text cannot be brought back.\nType %s to go on: ", what, name)
	answered := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n') // an end without a line is no consent
		answered <- strings.TrimSpace(line)
	}()
	select {
	case <-ctx.Done():
		return errors.New("interrupted; nothing was deleted")
	case line := <-answered:
		if line != name {
			return errors.New("not confirmed; nothing was deleted")
		}
	}
	return nil
}
