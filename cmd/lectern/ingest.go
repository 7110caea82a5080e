package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

type ingestCmd struct {
	Course   string   `help:"The course to ingest into; made if it is not there. A course.yaml may name it instead."`
	Title    string   `help:"The lecture's title; for a single file."`
	Lecture  string   `help:"The lecture's id; for a single file. Otherwise made of the file's name."`
	Language string   `help:"The course's language as an ISO 639 code, such as en, de or ja."`
	Paths    []string `arg:"" help:"Transcripts (.srt, .vtt, .json, .md, .txt) or folders of them."`
}

// Run ingests what can be ingested and exits with 1 if anything could not.
func (cmd ingestCmd) Run(ctx context.Context, a *app) error {
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
	llm.CL100K().Count("") // a third of a second once; not the first lecture's time

	show := newProgress(a.stderr, len(lectures))
	var reports []ingest.Report
	for _, f := range lectures {
		report, err := one(ctx, rooms.ingester, course, f, show)
		if ctx.Err() != nil {
			show.finish()
			return fmt.Errorf("interrupted; %s done, run it again to go on", plural(len(reports), "lecture"))
		}
		if err != nil {
			failures++
			show.failed(err)
			continue
		}
		show.done(report)
		reports = append(reports, report)
	}
	show.finish()
	a.ingestTable(course, reports)
	if len(reports) == 0 {
		if err := rooms.ingester.DropEmptyCourse(ctx, course); err != nil {
			return err
		}
	}
	if failures > 0 {
		fmt.Fprintf(a.stderr, "lectern: %s not ingested, %s ingested\n", plural(failures, "file"), plural(len(reports), "file"))
		return exitCode(1)
	}
	return nil
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

func one(ctx context.Context, in *ingest.Ingester, course string, f ingest.File, show *progress) (ingest.Report, error) {
	b, err := f.Read()
	if err != nil {
		return ingest.Report{}, err
	}
	return in.Lecture(ctx, ingest.Source{
		Scope:   postgres.Scope{Principal: postgres.Local, Course: course},
		Lecture: f.Lecture, Title: f.Title, Position: f.Position, Name: f.Path, Bytes: b,
	}, func(stage ingest.Stage, done, all int) { show.stage(f.Lecture, stage, done, all) })
}

// progress is a bar on a terminal and a line per file anywhere else.
type progress struct {
	w     io.Writer
	bar   *progressbar.ProgressBar
	files int
	count int
}

func newProgress(w io.Writer, files int) *progress {
	p := &progress{w: w, files: files}
	if f, ok := w.(interface{ Fd() uintptr }); ok && isatty.IsTerminal(f.Fd()) {
		p.bar = progressbar.NewOptions(files*100, progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(30),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(50*time.Millisecond))
	}
	return p
}

func (p *progress) stage(lecture string, stage ingest.Stage, done, all int) {
	if p.bar == nil {
		return
	}
	part := 0
	if all > 0 {
		part = 100 * done / all
	}
	p.bar.Describe(fmt.Sprintf("%-28.28s %-10s", lecture, stage))
	_ = p.bar.Set(p.count*100 + min(part, 99))
}

func (p *progress) done(r ingest.Report) {
	p.count++
	for _, w := range r.Warnings[:min(len(r.Warnings), 3)] {
		p.line(fmt.Sprintf("  %s: line %d: %s", r.Lecture, w.Line, w.Message))
	}
	if more := len(r.Warnings) - 3; more > 0 {
		p.line(fmt.Sprintf("  %s: and %s more", r.Lecture, plural(more, "warning")))
	}
	if p.bar != nil {
		_ = p.bar.Set(p.count * 100)
		return
	}
	what := fmt.Sprintf("version %d, %s, %d new, %d embedded", r.Version, plural(r.Chunks, "chunk"), r.New, r.Embedded)
	if r.Unchanged {
		what = "unchanged"
	}
	p.line(fmt.Sprintf("[%d/%d] %s: %s", p.count, p.files, r.Lecture, what))
}

func (p *progress) failed(err error) {
	p.count++
	var bad *transcript.Error
	if errors.As(err, &bad) {
		err = bad
	}
	p.line("lectern: " + err.Error())
}

func (p *progress) line(s string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.w, s)
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
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
