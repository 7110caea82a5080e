package answers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// A Bench is what golden tasks are asked with: a database that may be filled, the course's files and a prompt.
type Bench struct {
	*eval.Bench
	Prompt *prompts.Prompt
	Repeat int
	Limits Limits
	// Splitter is production's if it is zero. Another one shows what it costs.
	Splitter ingest.SplitConfig

	rooms   []*room
	mu      sync.Mutex
	replies map[string]Reply // of the scripted tutor, by task
}

// A Source is a set of tasks and the transcripts that they are about.
type Source struct {
	Set   *Set
	Files []ingest.File
}

// room is a course that was made.
type room struct {
	Source
	lib      *Library
	searcher *retrieve.Searcher
}

// Open ingests the courses and holds every span against its transcript.
func (b *Bench) Open(ctx context.Context, sources []Source) error {
	language := b.Language
	if language == "" {
		language = "en"
	}
	for _, src := range sources {
		if err := src.Set.Verify(src.Files); err != nil {
			return err
		}
	}
	for _, src := range sources {
		stage := "ingesting " + src.Set.Course
		err := Stock(ctx, b.DB, b.Embedder, src.Set.Course, language, src.Files, b.Splitter, func(done, all int) { b.progress(stage, done, all) })
		if err != nil {
			return err
		}
		lib, err := ReadLibrary(ctx, b.DB, src.Set.Course, language)
		if err != nil {
			return err
		}
		b.rooms = append(b.rooms, &room{src, lib, retrieve.New(b.DB, b.Embedder, silence, 0)})
	}
	return nil
}

var silence = slog.New(slog.DiscardHandler)

func (b *Bench) progress(stage string, done, all int) {
	if b.Progress != nil {
		b.Progress(stage, done, all)
	}
}

// Together are several sets as one, in the order given. Its hash names them all.
func Together(sets ...*Set) *Set {
	all, sum := &Set{}, sha256.New()
	for _, s := range sets {
		fmt.Fprintln(sum, s.Course, s.Hash)
		all.Tasks = append(all.Tasks, s.Tasks...)
	}
	all.Hash = hex.EncodeToString(sum.Sum(nil))
	return all
}

// Hash names all the tasks of the courses that are open.
func (b *Bench) Hash() string {
	var sets []*Set
	for _, r := range b.rooms {
		sets = append(sets, r.Set)
	}
	return Together(sets...).Hash
}

// Courses are the ids of the courses that are open.
func (b *Bench) Courses() []string {
	var out []string
	for _, r := range b.rooms {
		out = append(out, r.Set.Course)
	}
	return out
}

// rulesOf is the part of the prompt that says how to answer, without schema and examples.
func rulesOf(p *prompts.Prompt) string {
	messages, err := p.Render(prompts.Input{Passages: []prompts.Passage{{Alias: "c1", Text: "-"}}, Question: "-"})
	if err != nil {
		return "" // it cannot: the input is fixed
	}
	rules, _, _ := strings.Cut(messages[0].Content, "## Schema")
	return rules
}

// judge of a course.
func (b *Bench) judge(r *room) *Judge {
	return &Judge{Library: r.lib, Resolve: Resolver(r.searcher), Secret: rulesOf(b.Prompt), Limits: b.Limits}
}

// Extractive asks the tutor without a model: the floor.
func (b *Bench) Extractive(ctx context.Context) (Suite, error) {
	return b.suite(ctx, "extractive", setting{})
}

// Live asks the tutor with a real model. watch, if it is not nil, is put around the tutor: a replay's.
func (b *Bench) Live(ctx context.Context, model answer.Model, watch func(Asker) Asker) (Suite, error) {
	return b.suite(ctx, "live", setting{model: func(*room) (answer.Model, func(), error) { return model, func() {}, nil }, watch: watch})
}

// Scripted asks the tutor with the scripted model, and keeps the replies for Bite.
func (b *Bench) Scripted(ctx context.Context) (Suite, error) {
	b.replies = map[string]Reply{}
	return b.suite(ctx, "scripted", setting{model: scripted(nil), keep: func(t Task, r Reply) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.replies[t.ID] = r
	}})
}

// A setting is what a suite is asked with.
type setting struct {
	model  func(*room) (answer.Model, func(), error) // nil: the floor answers
	search func(answer.Searcher) answer.Searcher     // nil: the production one
	asker  Asker                                     // nil: the tutor of the above
	watch  func(Asker) Asker                         // around the tutor; may be nil
	keep   func(Task, Reply)                         // may be nil
}

// scripted starts a server whose model knows a course's tasks. broken may be nil.
func scripted(broken *Broken) func(r *room) (answer.Model, func(), error) {
	return func(r *room) (answer.Model, func(), error) {
		server, err := llmtest.Start()
		if err != nil {
			return nil, nil, fmt.Errorf("the scripted model: %w", err)
		}
		model := NewScripted(r.Set)
		if broken != nil {
			model.Draft, model.See = broken.Draft, broken.See
		}
		server.Handle(model.Reply)
		client, err := llm.NewClient(llm.Config{BaseURL: server.URL(), ChatModel: ScriptedModel, Log: silence})
		if err != nil {
			server.Close()
			return nil, nil, fmt.Errorf("the scripted model: %w", err)
		}
		return client, func() { client.Close(); server.Close() }, nil
	}
}

// suite asks every task of every course.
func (b *Bench) suite(ctx context.Context, name string, with setting) (Suite, error) {
	s := Suite{Name: name, Simulated: name != "live", Prompt: b.Prompt.ID}
	for _, r := range b.rooms {
		results, err := b.ask(ctx, r, name, with)
		if err != nil {
			return s, err
		}
		s.Results = append(s.Results, results...)
	}
	for _, r := range s.Results {
		for _, a := range r.Asked {
			if a.Model != "" {
				s.Model = a.Model
			}
		}
	}
	s.Tallies = TallyOf(s.Results)
	return s, nil
}

func (b *Bench) ask(ctx context.Context, r *room, name string, with setting) ([]Result, error) {
	asker := with.asker
	if asker == nil {
		tutor := &answer.Tutor{DB: b.DB, Searcher: r.searcher, Prompt: b.Prompt, Log: silence}
		if with.search != nil {
			tutor.Searcher = with.search(r.searcher)
		}
		if with.model != nil {
			m, end, err := with.model(r)
			if err != nil {
				return nil, err
			}
			defer end()
			tutor.Model = m
		}
		asker = Tutor{tutor, r.Set.Course}
	}
	if with.watch != nil {
		asker = with.watch(asker)
	}
	run := Run{Asker: asker, Judge: b.judge(r), Repeat: b.Repeat, Keep: with.keep, Progress: b.Progress, Stage: name + ", " + r.Set.Course}
	return run.Do(ctx, r.Set)
}

// GradesOf are a suite's grades by task.
func GradesOf(s Suite) map[string]Grade {
	out := make(map[string]Grade, len(s.Results))
	for _, r := range s.Results {
		out[r.ID] = r.Grade
	}
	return out
}

// The names of figures.
const (
	figureWhole = "gold spans whole in one chunk"
	figureFound = "gold spans retrieved"
)

// Figures are what the courses and a suite over them give besides grades: the share of gold spans that one chunk holds whole,
// and the share of tasks whose spans are among the passages.
func (b *Bench) Figures(s Suite) map[string]float64 {
	var all []Task
	for _, r := range b.rooms {
		all = append(all, r.Set.Tasks...)
	}
	return map[string]float64{figureWhole: b.Whole(), figureFound: Found(all, s.Results)}
}

// Whole is the share of the tasks' spans that one chunk holds whole: what overlap is for.
func (b *Bench) Whole() float64 {
	whole, all := 0, 0
	for _, r := range b.rooms {
		for _, t := range r.Set.Tasks {
			for _, s := range t.Spans {
				all++
				quote := squash(s.Quote)
				for _, c := range r.lib.Lectures[s.Lecture].Chunks {
					if strings.Contains(squash(r.lib.Lectures[s.Lecture].Text[c.Start:c.End]), quote) {
						whole++
						break
					}
				}
			}
		}
	}
	return float64(whole) / float64(max(all, 1))
}
