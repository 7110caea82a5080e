package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/lectern-tutor/lectern/api"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
)

type serveCmd struct {
	Listen string   `env:"LECTERN_LISTEN" default:"127.0.0.1:8080" help:"Loopback address and port to listen on."`
	Ingest []string `type:"path" help:"Course folders (with a course.yaml) to ingest before serving."`
	Worker bool     `env:"LECTERN_WORKER" default:"true" negatable:"" help:"Work the queue of ingest jobs, too. Without: some other serve or a lectern work must."`
	Demo   bool     `help:"Answer through scripted models that lie in a known way, chosen on the page. No real model is asked."`
}

// Run serves until the context ends.
func (cmd serveCmd) Run(ctx context.Context, a *app) error {
	listener, err := listen(ctx, cmd.Listen)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // Serve closes it first
	if cmd.Demo {
		demo, err := a.startDemo()
		if err != nil {
			return err
		}
		defer demo.Close()
	}
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	if err := a.reportHealth(ctx, rooms.db); err != nil {
		return err
	}
	a.probe(ctx, rooms)
	for _, folder := range cmd.Ingest {
		if err := (ingestCmd{Paths: []string{folder}}).into(ctx, a, rooms); err != nil {
			return err
		}
	}
	handler, err := a.handler(ctx, rooms, cmd.Demo)
	if err != nil {
		return err
	}
	atEnd := func(context.Context) error { return nil }
	if cmd.Worker {
		if atEnd, err = rooms.ingester.Start(ctx); err != nil {
			return err
		}
	}
	a.greet(listener.Addr().String(), cmd.Demo)
	return serve(ctx, listener, handler, a.log(), atEnd)
}

// listen opens the address, which must be a loopback one: there is no access control yet, so nobody but this machine
// may ask. A port in use is said in a sentence.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q: not an address; it looks like 127.0.0.1:8080", address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("--listen %q: refused, because there is no access control yet; listen on 127.0.0.1 and put a proxy that authenticates in front", address)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use: another server is running there; stop it or choose another port with --listen or LECTERN_LISTEN=127.0.0.1:8081", address)
	}
	if err != nil {
		return nil, fmt.Errorf("--listen %q: %w", address, err)
	}
	return listener, nil
}

func (a *app) handler(ctx context.Context, rooms *rooms, demo bool) (http.Handler, error) {
	space, err := rooms.embedder.Space(ctx)
	if err != nil {
		return nil, fmt.Errorf("the embedding model does not answer: %w", err)
	}
	status := api.Status{Version: version(), Model: a.ChatModel, Embedder: space.Name}
	if demo {
		for _, l := range liars {
			status.DemoModels = append(status.DemoModels, api.DemoModel{Name: l.name, Label: l.label})
			rooms.tutor.Models = append(rooms.tutor.Models, l.name)
		}
	}
	return api.New(api.Config{DB: rooms.db, Searcher: rooms.searcher, Tutor: rooms.tutor, Ingester: rooms.ingester, Log: a.log(), Status: status}), nil
}

// serve runs the server until ctx ends, then gives requests in flight, and after them what atEnd stops, ten seconds in all.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger, atEnd func(context.Context) error) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // an answer takes 90 s at most; a stream sets its own deadline per event
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		return errors.Join(fmt.Errorf("serving: %w", err), atEnd(ending))
	case <-ctx.Done():
	}
	log.Info("stopping; requests and jobs at hand have ten seconds, then jobs are given back")
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	var cut error
	if err := server.Shutdown(ending); err != nil {
		cut = errors.Join(fmt.Errorf("some requests were cut: %w", err), server.Close())
	}
	return errors.Join(cut, atEnd(ending))
}

// reportHealth logs what the database is, and warns of a pgvector with known errors.
func (a *app) reportHealth(ctx context.Context, db *postgres.DB) error {
	h, err := db.Health(ctx)
	if err != nil {
		return err
	}
	a.log().Info("answers", "model", cmp.Or(a.ChatModel, "none: the lecture's own words"))
	a.log().Info("database", "postgresql", h.Server, "pgvector", h.Vector, "role", h.Role)
	if postgres.OlderVector(h.Vector) {
		a.log().Warn("this pgvector has known errors; install "+postgres.WantVector+" or newer", "pgvector", h.Vector)
	}
	return nil
}

// probe warns of a model server that does not answer: it would otherwise show only in every answer's mode.
func (a *app) probe(ctx context.Context, rooms *rooms) {
	client, ok := rooms.tutor.Model.(*llm.Client)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if client.Probe(ctx) != nil {
		a.log().Warn("the model server does not answer; until it does, answers are the lecture's own words", "server", a.LLMBaseURL, "model", a.ChatModel)
	}
}

func (a *app) greet(address string, demo bool) {
	who := a.modelLine()
	if demo {
		who = "DEMO: a scripted model answers, not a real one; the page has a switch that makes it lie"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nLectern listens on http://%s/  (%s)\n\nTry it:\n", address, who)
	fmt.Fprintf(&b, "  open http://%s/ in a browser, or\n\n", address)
	fmt.Fprintf(&b, "  curl -s http://%s/v1/courses/networks/answers \\\n", address)
	b.WriteString("    -H 'Content-Type: application/json' \\\n")
	b.WriteString("    -d '{\"question\": \"What is a hidden terminal in Wi-Fi?\"}'\n\n")
	b.WriteString("Ctrl-C stops it.\n\n")
	fmt.Fprint(a.stdout, b.String())
}
