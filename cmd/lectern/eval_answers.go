package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/eval/answers"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/prompts"
)

type evalAnswersCmd struct {
	evalFlags

	Tasks   []string `arg:"" optional:"" help:"Folders of golden tasks. Default: eval/tasks/networks and eval/tasks/harbour, from a clone of the repository."`
	Courses string   `default:"courses" placeholder:"DIR" help:"Where the course of a folder is that has no course.yaml of its own."`
	Repeat  int      `default:"3" help:"How often each task is asked, 1 to 20."`
	Prompt  string   `placeholder:"DIR" help:"Folder of a prompt version. Default: the current one, as compiled in."`
	Broken  bool     `help:"Ask the twenty broken tutors, too."`

	Baseline string `default:"eval/baseline.json" placeholder:"FILE" help:"What the run is compared with."`
	Bless    string `placeholder:"REASON" help:"Make this run the baseline."`
	Out      string `placeholder:"DIR" help:"Write answers.json, junit.xml, report.md and report.html there; an answers.json that is there is shown beside."`

	Live   string `placeholder:"URL" help:"Ask a real model at this OpenAI-compatible server (LECTERN_CHAT_MODEL, LECTERN_LLM_API_KEY)."`
	Record string `placeholder:"DIR" help:"Record what the live model is asked and answers."`
	Last   string `placeholder:"DIR" help:"With --record: an earlier recording, to see whether the model has changed under its name."`
	Replay string `placeholder:"DIR" help:"Take the model's answers from a recording instead of a server."`

	chatModel string
}

// Run asks the golden tasks, says how they were answered, and fails with 1 if the run may not be merged.
func (cmd evalAnswersCmd) Run(ctx context.Context, a *app) error {
	var sources []answers.Source
	var prompt *prompts.Prompt
	var base *answers.Baseline
	read := func() (err error) {
		if sources, prompt, err = cmd.read(a.stderr); err != nil {
			return configError{err}
		}
		return nil
	}
	blocked := false
	cmd.chatModel = a.ChatModel
	switch {
	case cmd.Live != "":
		a.LLMBaseURL = cmd.Live // of the embeddings, too
	case cmd.Replay != "":
		a.ChatModel, a.EmbedModel, a.LLMBaseURL = "", "", ""
	}
	err := a.measure(ctx, cmd.evalFlags, read, func(b *eval.Bench) error {
		bench := &answers.Bench{Bench: b, Prompt: prompt, Repeat: cmd.Repeat}
		if err := bench.Open(ctx, sources); err != nil {
			return err
		}
		var err error
		if base, err = answers.ReadBaseline(cmd.Baseline, bench.Hash()); err != nil && cmd.Bless == "" {
			if !errors.Is(err, answers.ErrNoBaseline) || cmd.Live == "" {
				return configError{err}
			}
		}
		report, err := cmd.ask(ctx, a, bench)
		if err != nil {
			return err
		}
		if report.Made, err = cmd.made(ctx, bench, prompt); err != nil {
			return err
		}
		report.Decision = answers.Decide(base, report.Suites, report.Figures, answers.Rules{Live: cmd.Live != "" || cmd.Replay != ""})
		for _, fault := range prompts.Lint(prompt) {
			report.Decision.Blocked = append(report.Decision.Blocked, fault.Error())
		}
		if _, missed := report.KillRate(); len(missed) > 0 {
			report.Decision.Blocked = append(report.Decision.Blocked, "the harness does not notice a tutor that "+strings.Join(missed, ", one that "))
		}
		if cmd.Bless != "" {
			report.Decision = answers.Decision{Warnings: []string{"blessed: this run is the baseline now"}}
			if err := cmd.bless(bench, base, report); err != nil {
				return configError{err}
			}
		}
		blocked = len(report.Decision.Blocked) > 0
		return cmd.print(a, report)
	})
	if err == nil && blocked {
		return exitCode(exitFailed)
	}
	return err
}

// read reads tasks, transcripts and the prompt.
func (cmd evalAnswersCmd) read(warnings io.Writer) (sources []answers.Source, prompt *prompts.Prompt, err error) {
	switch {
	case cmd.Repeat < 1 || cmd.Repeat > 20:
		return nil, nil, badFlag("--repeat %d: use 1 to 20", cmd.Repeat)
	case cmd.Live != "" && cmd.Replay != "":
		return nil, nil, badFlag("--live and --replay: one of them")
	case (cmd.Live != "" || cmd.Replay != "") && cmd.chatModel == "":
		return nil, nil, badFlag("--live and --replay: name the model: LECTERN_CHAT_MODEL")
	case cmd.Record != "" && cmd.Live == "":
		return nil, nil, badFlag("--record records what --live asks")
	}
	tasks := cmd.Tasks
	if len(tasks) == 0 {
		tasks = []string{filepath.Join("eval", "tasks", "networks"), filepath.Join("eval", "tasks", "harbour")}
	}
	for _, dir := range tasks {
		set, err := answers.ReadSet(dir)
		if err != nil {
			return nil, nil, err
		}
		course := dir
		if _, err := os.Stat(filepath.Join(dir, ingest.ManifestName)); err != nil {
			course = filepath.Join(cmd.Courses, set.Course)
		}
		files, _, err := ingest.Discover(course)
		if err != nil {
			return nil, nil, err
		}
		if err := set.Verify(files); err != nil {
			return nil, nil, err
		}
		sources = append(sources, answers.Source{Set: set, Files: files})
		drafts, err := answers.Drafts(dir)
		if err != nil {
			return nil, nil, err
		}
		for _, d := range drafts {
			fmt.Fprintf(warnings, "lectern: not asked, because it is a draft: %s\n", d)
		}
	}
	slices.SortFunc(sources, func(x, y answers.Source) int { return strings.Compare(x.Set.Course, y.Set.Course) })
	if cmd.Prompt == "" {
		prompt, err = prompts.Load(prompts.Current)
		return sources, prompt, err
	}
	if prompt, _, err = prompts.LoadDir(cmd.Prompt); err != nil {
		return nil, nil, err
	}
	if released, err := prompts.Load(prompt.ID); err == nil && released.SHA256 != prompt.SHA256 {
		return nil, nil, badFlag("--prompt %s: calls itself %s, which is released and has other files: give it an id of its own in policy.md", cmd.Prompt, prompt.ID)
	}
	return sources, prompt, nil
}

// ask asks the tutors: without a model and with the scripted one, or with a real one.
func (cmd evalAnswersCmd) ask(ctx context.Context, a *app, bench *answers.Bench) (*answers.Report, error) {
	r := &answers.Report{Figures: map[string]float64{}}
	if cmd.Live != "" || cmd.Replay != "" {
		s, err := cmd.live(ctx, a, bench)
		if err != nil {
			return nil, err
		}
		r.Suites = append(r.Suites, s)
		r.Figures = bench.Figures(s)
		return r, nil
	}
	extractive, err := bench.Extractive(ctx)
	if err != nil {
		return nil, err
	}
	scripted, err := bench.Scripted(ctx)
	if err != nil {
		return nil, err
	}
	r.Suites, r.Figures = []answers.Suite{extractive, scripted}, bench.Figures(scripted)
	curve, err := bench.Risk(ctx)
	if err != nil {
		return nil, err
	}
	r.Risk = []answers.RiskCurve{curve}
	if cmd.Broken {
		if r.Kills, err = bench.Bite(ctx, scripted); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// live asks a real model, or a recording of one.
func (cmd evalAnswersCmd) live(ctx context.Context, a *app, bench *answers.Bench) (answers.Suite, error) {
	cfg := llm.Config{BaseURL: cmd.Live, APIKey: a.LLMAPIKey, ChatModel: cmd.chatModel, FirstByteTimeout: a.FirstByte, Log: a.log()}
	var recorder *answers.Recorder
	var replay *answers.Replay
	var watch func(answers.Asker) answers.Asker
	var err error
	switch {
	case cmd.Replay != "":
		if replay, err = answers.OpenReplay(cmd.Replay, a.LLMAPIKey); err != nil {
			return answers.Suite{}, configError{err}
		}
		cfg.BaseURL, cfg.HTTP = replay.BaseURL(), &http.Client{Transport: replay}
		watch = replay.Watch
	case cmd.Record != "":
		if recorder, err = answers.NewRecorder(answers.RecordConfig{Dir: cmd.Record, BaseURL: cmd.Live, APIKey: a.LLMAPIKey}); err != nil {
			return answers.Suite{}, configError{err}
		}
		cfg.HTTP = &http.Client{Transport: recorder}
	}
	client, err := llm.NewClient(cfg)
	if err != nil {
		return answers.Suite{}, configError{err}
	}
	defer client.Close()
	s, err := bench.Live(ctx, client, watch)
	if err == nil && s.Model == "" {
		err = fmt.Errorf("the model %s answered nothing at all: is it there, and is the key right? Nothing was measured", cmd.chatModel)
	}
	if err != nil || recorder == nil {
		return s, err
	}
	// A recording that was broken off has no index, and cannot be taken for a whole one.
	now, err := recorder.Finish()
	if err != nil {
		return s, err
	}
	last, err := answers.ReadIndex(cmd.Last)
	switch {
	case cmd.Last == "":
		return s, nil
	case err != nil:
		return s, configError{err}
	}
	for _, d := range answers.Drift(last, now) {
		fmt.Fprintln(a.stderr, "lectern: the model has changed under its name:", d)
	}
	return s, nil
}

func (cmd evalAnswersCmd) made(ctx context.Context, bench *answers.Bench, prompt *prompts.Prompt) (answers.Made, error) {
	space, err := bench.Embedder.Space(ctx)
	if err != nil {
		return answers.Made{}, fmt.Errorf("the embedding model: %w", err)
	}
	return answers.Made{
		Lectern: version(), Date: time.Now(), Set: bench.Hash(), Course: strings.Join(bench.Courses(), ", "), Splitter: ingest.SplitterVersion,
		Embedder: space.Name, Guard: guard.Version, Prompt: prompt.ID,
	}, nil
}

// bless makes the run the baseline. Suites of the old one that were not asked stay, if they are about the same tasks.
func (cmd evalAnswersCmd) bless(bench *answers.Bench, old *answers.Baseline, r *answers.Report) error {
	base := &answers.Baseline{
		Set: bench.Hash(), Blessed: time.Now().UTC().Format(time.DateOnly), Reason: cmd.Bless,
		Suites: map[string]map[string]answers.Grade{}, Figures: r.Figures,
	}
	if old != nil {
		maps.Copy(base.Suites, old.Suites)
		if cmd.Live != "" || cmd.Replay != "" {
			base.Figures = old.Figures // those of the offline run
		}
	}
	for _, s := range r.Suites {
		base.Suites[s.Name] = answers.GradesOf(s)
	}
	return base.Write(cmd.Baseline)
}

func (cmd evalAnswersCmd) print(a *app, r *answers.Report) error {
	if cmd.Out != "" {
		earlier, err := answers.ReadReport(filepath.Join(cmd.Out, answers.ReportJSON))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return configError{err}
		}
		if err := answers.Write(cmd.Out, r, earlier); err != nil {
			return configError{err}
		}
		fmt.Fprintf(a.stderr, "the reports are in %s: open report.html\n", cmd.Out)
	}
	if cmd.JSON {
		return r.WriteJSON(a.stdout)
	}
	_, err := io.WriteString(a.stdout, r.Text())
	return err
}
