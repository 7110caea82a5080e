package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lectern-tutor/lectern/ingest"
)

type ingestCmd struct {
	Course   string   `help:"The course to ingest into; made if it is not there. A course.yaml may name it instead."`
	Title    string   `help:"The lecture's title; for a single file."`
	Lecture  string   `help:"The lecture's id; for a single file. Otherwise made of the file's name."`
	Language string   `help:"The course's language as an ISO 639 code, such as en, de or ja."`
	Detach   bool     `short:"d" help:"Only store the files as jobs, for a running lectern serve or lectern work, and do not wait."`
	Parallel int      `short:"j" default:"2" help:"Lectures at a time, 1 to 16."`
	Paths    []string `arg:"" help:"Transcripts (.srt, .vtt, .json, .md, .txt) or folders of them."`
}

const defaultParallel = 2

// Run ingests what can be ingested and exits with 1 if anything could not.
func (cmd ingestCmd) Run(ctx context.Context, a *app) error {
	if cmd.Parallel < 1 || cmd.Parallel > 16 {
		return fmt.Errorf("--parallel %d: use 1 to 16", cmd.Parallel)
	}
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	return cmd.into(ctx, a, rooms)
}

func (cmd ingestCmd) into(ctx context.Context, a *app, rooms *rooms) error {
	var lectures []ingest.File
	course, title, language := cmd.Course, cmd.Title, cmd.Language
	if len(cmd.Paths) > 1 || cmd.Lecture == "" {
		title = "" // is the lecture's then
	}
	failures := 0
	for _, path := range cmd.Paths {
		files, manifest, err := ingest.Discover(path)
		if err != nil {
			failures++
			fmt.Fprintf(a.stderr, "lectern: %v\n", err)
			continue
		}
		if manifest != nil {
			switch {
			case course == "":
				course = manifest.Course
			case cmd.Course == "" && manifest.Course != course:
				return fmt.Errorf("%s is the course %s and another folder is %s; ingest one course at a time", path, manifest.Course, course)
			}
			title = manifest.Title
			if language == "" {
				language = manifest.Language
			}
		}
		lectures = append(lectures, files...)
	}
	if course == "" && failures == len(cmd.Paths) {
		return exitCode(1)
	}
	if course == "" {
		return errors.New("say which course: --course NAME (or ingest a folder with a course.yaml)")
	}
	lectures, nameless, err := cmd.name(lectures)
	if err != nil {
		return err
	}
	for _, f := range nameless {
		failures++
		fmt.Fprintf(a.stderr, "lectern: %s: no lecture id can be made of this name; ingest it alone and give one with --lecture\n", f.Path)
	}
	if len(lectures) == 0 {
		return exitCode(1)
	}
	if cmd.Title != "" {
		title = ""
	}
	if err := rooms.ingester.CreateCourse(ctx, course, title, language); err != nil {
		return err
	}
	accepted, failed, err := cmd.all(ctx, a, rooms, course, lectures)
	if err != nil {
		return err
	}
	failures += failed
	if accepted == 0 {
		if err := rooms.ingester.DropEmptyCourse(ctx, course); err != nil {
			return err
		}
	}
	if failures > 0 {
		fmt.Fprintf(a.stderr, "lectern: %s not %[2]s, %[3]s %[2]s\n", plural(failures, "file"), cmd.verb(), plural(accepted, "file"))
		return exitCode(1)
	}
	return nil
}

func (cmd ingestCmd) verb() string {
	if cmd.Detach {
		return "accepted"
	}
	return "ingested"
}

// all ingests the files, or accepts them, and says what became of them. Those that cannot be do not stop the others.
func (cmd ingestCmd) all(ctx context.Context, a *app, rooms *rooms, course string, files []ingest.File) (accepted, failed int, err error) {
	if cmd.Detach {
		return a.detach(ctx, rooms.ingester, course, files)
	}
	reports, failed := ingestAll(ctx, rooms.ingester, course, files, cmp.Or(cmd.Parallel, defaultParallel), newProgress(a.stderr, len(files)))
	if ctx.Err() != nil {
		return 0, 0, fmt.Errorf("interrupted; %s done, run it again to go on", plural(len(reports), "lecture"))
	}
	a.ingestTable(course, reports)
	return len(reports), failed, nil
}

// name settles which lecture each file is, sets apart those whose name gives no id, and refuses two files that would be
// the same lecture.
func (cmd ingestCmd) name(files []ingest.File) (named, nameless []ingest.File, err error) {
	if (cmd.Lecture != "" || cmd.Title != "") && len(files) > 1 {
		return nil, nil, errors.New("--lecture and --title are for a single file")
	}
	owner := map[string]string{}
	for _, f := range files {
		if cmd.Lecture != "" {
			f.Lecture = cmd.Lecture
		}
		if cmd.Title != "" {
			f.Title = cmd.Title
		}
		if f.Lecture == "" {
			nameless = append(nameless, f)
			continue
		}
		if first, taken := owner[f.Lecture]; taken {
			return nil, nil, fmt.Errorf("%s and %s would both be the lecture %q; ingest them one at a time with --lecture", first, f.Path, f.Lecture)
		}
		owner[f.Lecture] = f.Path
		named = append(named, f)
	}
	return named, nameless, nil
}

// ingestTable is the last thing an ingest says.
func (a *app) ingestTable(course string, reports []ingest.Report) {
	if len(reports) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(a.stdout)
	t.SetStyle(table.StyleLight)
	t.Style().Options.SeparateRows = false
	t.AppendHeader(table.Row{"lecture", "minutes", "chunks", "tokens", "new", "embedded", "ms"})
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, Align: text.AlignRight}, {Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight},
		{Number: 5, Align: text.AlignRight}, {Number: 6, Align: text.AlignRight}, {Number: 7, Align: text.AlignRight},
	})
	changed, embedded := 0, 0
	for _, r := range reports {
		minutes := "–"
		if r.Timed {
			minutes = strconv.FormatFloat(r.Duration.Minutes(), 'f', 1, 64)
		}
		t.AppendRow(table.Row{r.Lecture, minutes, r.Chunks, r.Tokens, r.New, r.Embedded, r.Elapsed.Milliseconds()})
		if !r.Unchanged {
			changed++
		}
		embedded += r.Embedded
	}
	t.Render()
	if changed == 0 {
		fmt.Fprintf(a.stdout, "nothing changed in %s: %s up to date, 0 embedded\n", course, plural(len(reports), "lecture"))
		return
	}
	fmt.Fprintf(a.stdout, "%s: %s published, %d unchanged, %s embedded\n", course, plural(changed, "lecture"), len(reports)-changed, plural(embedded, "chunk"))
}
