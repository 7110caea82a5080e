package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/migrations"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// config is what every command takes: where the data is and which models there are.
type config struct {
	Data        string `name:"data" env:"LECTERN_DATA" default:".lectern" type:"path" help:"Folder of the embedded PostgreSQL; not used with a database URL."`
	DatabaseURL string `name:"database-url" env:"LECTERN_DATABASE_URL" help:"PostgreSQL in the application role, instead of the embedded one."`
	MigrateURL  string `name:"migrate-url" env:"LECTERN_MIGRATE_URL" help:"The same database in the owner's role, for migrations."`

	LLMBaseURL      string        `name:"llm-base-url" env:"LECTERN_LLM_BASE_URL" help:"An OpenAI-compatible server, such as http://127.0.0.1:11434/v1. Without it: offline embedder, extractive answers."`
	LLMAPIKey       string        `name:"llm-api-key" env:"LECTERN_LLM_API_KEY" help:"Its key, if it wants one. Better set in the environment than on the command line."`
	ChatModel       string        `name:"chat-model" env:"LECTERN_CHAT_MODEL" help:"The model that answers. Without it: extractive answers."`
	EmbedModel      string        `name:"embed-model" env:"LECTERN_EMBED_MODEL" help:"The model that embeds. Without it: the offline embedder."`
	EmbedDimensions int           `name:"embed-dimensions" env:"LECTERN_EMBED_DIMENSIONS" help:"Dimensions to ask of it; 0: as many as it gives."`
	KeepReasoning   time.Duration `name:"keep-reasoning" env:"LECTERN_KEEP_REASONING" default:"0s" help:"How long what a model thought before its draft is kept for operators, such as 72h, without e-mail addresses and long numbers; 0s: not at all."`

	FirstByte time.Duration `name:"llm-first-byte" env:"LECTERN_LLM_FIRST_BYTE" default:"15s" help:"How long the chat model may take to the first text of a reply. A model that reads its prompt slowly, or thinks without sending it, needs more."`
	Release   string        `name:"release" env:"LECTERN_RELEASE" enum:"whole,sentence" default:"whole" help:"sentence: requests may ask for each sentence when it is verified (\"release\": \"sentence\"). whole: they may not."`

	LogLevel  slog.Level `name:"log-level" env:"LECTERN_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	LogFormat string     `name:"log-format" env:"LECTERN_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
}

// app is the wiring: it opens what a command needs when the command asks for it, and closes it in reverse.
type app struct {
	config
	stdin          io.Reader
	stdout, stderr io.Writer

	// reads is set by commands that only ask: they make no database where there is none.
	reads   bool
	closers []func() error
}

func (a *app) close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *app) log() *slog.Logger {
	opts := &slog.HandlerOptions{Level: a.LogLevel}
	if a.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, opts))
	}
	return slog.New(slog.NewTextHandler(a.stderr, opts))
}

// urls returns the database in both roles, starting the embedded one if no other is named.
func (a *app) urls(ctx context.Context) (application, owner string, err error) {
	if a.DatabaseURL != "" {
		return a.DatabaseURL, a.MigrateURL, nil
	}
	if a.MigrateURL != "" {
		return "", a.MigrateURL, nil
	}
	if _, err := os.Stat(a.Data); a.reads && errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("there is no database in %s; run this where `make run` was run, or give its folder with --data", a.Data)
	}
	cluster, err := postgres.Start(ctx, a.Data, a.log())
	if err != nil {
		return "", "", err
	}
	a.closers = append(a.closers, cluster.Close)
	return cluster.AppURL(), cluster.OwnerURL(), nil
}

// database opens the pool. With an owner at hand it migrates first.
func (a *app) database(ctx context.Context) (*postgres.DB, error) {
	application, owner, err := a.urls(ctx)
	if err != nil {
		return nil, err
	}
	if application == "" {
		return nil, errors.New("LECTERN_MIGRATE_URL is set but LECTERN_DATABASE_URL is not; the application needs its own role, see the README")
	}
	if owner != "" {
		if err := migrations.Apply(ctx, owner); err != nil {
			return nil, err
		}
	}
	db, err := postgres.Open(ctx, application)
	if err != nil && a.DatabaseURL != "" {
		return nil, fmt.Errorf("LECTERN_DATABASE_URL: %w", err)
	}
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, func() error { db.Close(); return nil })
	return db, nil
}

// embedder is what both retrieve and ingest need.
type embedder interface {
	Space(ctx context.Context) (llm.Space, error)
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// models returns the chat model, nil without one, and the embedder.
func (a *app) models() (answer.Model, embedder, error) {
	switch {
	case a.LLMBaseURL == "" && (a.ChatModel != "" || a.EmbedModel != ""):
		return nil, nil, errors.New("a model is named but no server: set LECTERN_LLM_BASE_URL (https://api.openai.com/v1 for OpenAI)")
	case a.LLMBaseURL != "" && a.ChatModel == "" && a.EmbedModel == "":
		return nil, nil, errors.New("LECTERN_LLM_BASE_URL is set but neither LECTERN_CHAT_MODEL nor LECTERN_EMBED_MODEL: name at least one model")
	case a.LLMBaseURL == "":
		return nil, llm.NewOffline(), nil
	}
	client, err := llm.NewClient(llm.Config{
		BaseURL: a.LLMBaseURL, APIKey: a.LLMAPIKey, ChatModel: a.ChatModel, EmbedModel: a.EmbedModel,
		EmbedDimensions: a.EmbedDimensions, FirstByteTimeout: a.FirstByte, Log: a.log(),
	})
	if err != nil {
		return nil, nil, err
	}
	var model answer.Model
	if a.ChatModel != "" {
		model = client
	}
	if a.EmbedModel == "" {
		return model, llm.NewOffline(), nil
	}
	return model, client, nil
}

// rooms is the wired house.
type rooms struct {
	db       *postgres.DB
	embedder embedder
	ingester *ingest.Ingester
	searcher *retrieve.Searcher
	tutor    *answer.Tutor
}

func (a *app) rooms(ctx context.Context) (*rooms, error) {
	model, embed, err := a.models()
	if err != nil {
		return nil, err
	}
	prompt, err := prompts.Load(prompts.Current)
	if err != nil {
		return nil, err
	}
	db, err := a.database(ctx)
	if err != nil {
		return nil, err
	}
	if a.KeepReasoning < 0 || a.KeepReasoning > answer.MaxKeepReasoning {
		return nil, fmt.Errorf("LECTERN_KEEP_REASONING is %s: use 0s (off) to %s", a.KeepReasoning, answer.MaxKeepReasoning)
	}
	log := a.log()
	searcher := retrieve.New(db, embed, log, 0)
	return &rooms{
		db: db, embedder: embed,
		ingester: &ingest.Ingester{DB: db, Embedder: embed, Log: log, Forget: answer.Forget, AlsoSweep: answer.Sweep},
		searcher: searcher,
		tutor: &answer.Tutor{
			DB: db, Searcher: searcher, Prompt: prompt, Model: model, Log: log, BySentence: a.Release == string(answer.BySentence),
			KeepReasoning: a.KeepReasoning,
		},
	}, nil
}

// modelLine says in one sentence who answers.
func (a *app) modelLine() string {
	if a.ChatModel == "" {
		return "no language model is configured: answers are the lecture's own words, verbatim"
	}
	return "answers are written by " + a.ChatModel + " and checked quote by quote"
}

type migrateCmd struct{}

func (migrateCmd) Run(ctx context.Context, a *app) error {
	_, owner, err := a.urls(ctx)
	if err != nil {
		return err
	}
	if owner == "" {
		return errors.New("set LECTERN_MIGRATE_URL to the database in its owner's role")
	}
	before, _, err := migrations.Versions(ctx, owner)
	if err != nil {
		return err
	}
	if err := migrations.Apply(ctx, owner); err != nil {
		return err
	}
	after, _, err := migrations.Versions(ctx, owner)
	if err != nil {
		return err
	}
	if before == after {
		_, err = fmt.Fprintf(a.stdout, "the schema is at version %d already\n", after)
	} else {
		_, err = fmt.Fprintf(a.stdout, "the schema went from version %d to %d\n", before, after)
	}
	return err
}

// plural is for sentences with a count.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") {
		one = strings.TrimSuffix(one, "y") + "ie"
	}
	return fmt.Sprintf("%d %ss", n, one)
}
