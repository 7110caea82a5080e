package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
)

type evalPairsCmd struct {
	Paths []string `arg:"" optional:"" name:"path" default:"eval/testdata/guard" help:"YAML files of pairs, or folders of them; of a folder the files *-held.yaml only with --held."`

	Course   string `placeholder:"DIR" help:"Folder of the course that the pairs are about, with its course.yaml; courses/ID, from a clone of the repository."`
	Held     bool   `help:"Of folders, only the files *-held.yaml: the halves that nothing was tuned on."`
	Language string `help:"Language of the sentences as an ISO 639 code; the course's."`
	Verbose  bool   `short:"v" help:"List each sentence that was judged wrongly."`
	JSON     bool   `name:"json" help:"Print the report as JSON."`
}

// maxPairFiles bounds how many files of pairs one report is made of.
const maxPairFiles = 64

// Run prints both errors of the guard: false sentences that it lets through, and true ones that it rejects. It needs neither
// a database nor a model.
func (cmd evalPairsCmd) Run(ctx context.Context, a *app) error {
	report, err := cmd.measure(ctx)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(a.stderr, "lectern: interrupted; nothing was measured")
		return exitCode(exitInterrupted)
	case err != nil:
		fmt.Fprintln(a.stderr, "lectern:", err)
		return exitCode(evalStatus(err))
	case cmd.JSON:
		return a.printJSON(joined{struct {
			Eval    string `json:"eval"`
			Lectern string `json:"lectern"`
		}{"pairs", version()}, report})
	}
	text := report.String()
	if cmd.Verbose {
		text = report.Wrongly() + "\n" + text
	}
	_, err = io.WriteString(a.stdout, text)
	return err
}

func (cmd evalPairsCmd) measure(ctx context.Context) (*eval.PairsReport, error) {
	if cmd.Language != "" && !isoLanguage.MatchString(cmd.Language) {
		return nil, badFlag("--language %q: use an ISO 639 code of two or three small letters, such as en, de or ja", cmd.Language)
	}
	files, err := cmd.files()
	if err != nil {
		return nil, err
	}
	courses := map[string]pairCourse{}
	var sets []eval.PairSet
	for _, path := range files {
		pairs, err := eval.ReadPairs(path)
		if err != nil {
			return nil, configError{err}
		}
		course, known := courses[pairs.Course]
		if !known {
			if course, err = cmd.course(ctx, pairs); err != nil {
				return nil, err
			}
			courses[pairs.Course] = course
		}
		sets = append(sets, eval.PairSet{Pairs: pairs, Language: course.language, Lectures: course.lectures})
	}
	report, err := eval.MeasurePairs(sets)
	if errors.Is(err, eval.ErrOneError) {
		return nil, badFlag("%s: %w", strings.Join(files, ", "), err)
	}
	return report, err
}

// files are those that were named, and those of the folders that were, in the order of their names.
func (cmd evalPairsCmd) files() ([]string, error) {
	var out []string
	for _, path := range cmd.Paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, badFlag("%s: there is no such file or folder", path)
		}
		if !info.IsDir() {
			out = append(out, path)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, configError{err}
		}
		before := len(out)
		for _, e := range entries {
			held := strings.HasSuffix(e.Name(), "-held.yaml")
			if !e.IsDir() && filepath.Ext(e.Name()) == ".yaml" && held == cmd.Held {
				out = append(out, filepath.Join(path, e.Name()))
			}
		}
		switch {
		case len(out) > before:
		case cmd.Held:
			return nil, badFlag("%s: there is no *-held.yaml in this folder", path)
		default:
			return nil, badFlag("%s: there is no .yaml in this folder but *-held.yaml, which --held reads", path)
		}
	}
	if len(out) > maxPairFiles {
		return nil, badFlag("%d files of pairs are too many; give %d or fewer", len(out), maxPairFiles)
	}
	return out, nil
}

// pairCourse is a course as the guard needs it for pairs.
type pairCourse struct {
	language string
	lectures map[string]eval.PairLecture
}

// course reads the course that pairs are about and splits its lectures, as ingest does it.
func (cmd evalPairsCmd) course(ctx context.Context, pairs *eval.Pairs) (pairCourse, error) {
	dir := cmd.Course
	if dir == "" {
		dir = filepath.Join("courses", pairs.Course)
	}
	files, manifest, err := ingest.Discover(dir)
	switch {
	case err != nil:
		return pairCourse{}, badFlag("%w; --course DIR names the folder of the course %q that %s is about", err, pairs.Course, pairs.Path())
	case manifest == nil || manifest.Course != pairs.Course:
		return pairCourse{}, badFlag("%s: is not the course %q that %s is about: its course.yaml does not say so", dir, pairs.Course, pairs.Path())
	}
	course := pairCourse{language: manifest.Language, lectures: map[string]eval.PairLecture{}}
	if cmd.Language != "" {
		course.language = cmd.Language
	}
	for _, f := range files {
		if ctx.Err() != nil {
			return course, ctx.Err()
		}
		b, err := f.Read()
		if err != nil {
			return course, &eval.FileError{Path: f.Path, Message: err.Error()}
		}
		t, err := transcript.Parse(filepath.Base(f.Path), bytes.NewReader(b))
		if err != nil {
			return course, configError{err}
		}
		course.lectures[f.Lecture] = eval.PairLecture{Title: f.Title, Chunks: ingest.Split(t.Segments, llm.CL100K().Count, ingest.DefaultSplit)}
	}
	return course, nil
}
