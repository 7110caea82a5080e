// Command lectern is the whole tutor: it ingests lectures, serves the API and the page, and answers on the command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// What does not heed the context (a parser on a huge file) must not keep the terminal: a second Ctrl-C ends it at once.
	context.AfterFunc(ctx, stop)
	// A reader that goes away (lectern doctor | head) is a failed write and not a death that leaves the embedded
	// PostgreSQL running.
	signal.Ignore(syscall.SIGPIPE)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	var exit exitCode
	switch {
	case errors.As(err, &exit):
		stop()
		os.Exit(int(exit)) //nolint:gocritic // stop was called
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "lectern: interrupted")
		stop()
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "lectern:", err)
		stop()
		os.Exit(1)
	}
}

// exitCode ends the program without a further word: what there is to say has been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// cli is every command with its flags. Each flag that configures has an environment variable.
type cli struct {
	config

	Serve      serveCmd      `cmd:"" help:"Serve the API and the page on a loopback address."`
	Ingest     ingestCmd     `cmd:"" help:"Ingest transcripts into a course: files, or folders with or without a course.yaml."`
	Ask        askCmd        `cmd:"" help:"Ask a question about a course."`
	Search     searchCmd     `cmd:"" help:"Show the passages of a course for a query."`
	Eval       evalCmd       `cmd:"" help:"Measure retrieval, the floor and the guard; where that takes a database, in one of its own, dropped at the end."`
	Citebreak  citebreakCmd  `cmd:"" help:"Attack the tutor's citations with every pathology known; the number of leaks is to be 0."`
	Bench      benchCmd      `cmd:"" help:"Measure how fast search is in large databases of made-up courses."`
	Doctor     doctorCmd     `cmd:"" help:"Say what the database is and holds, and check that all of it is sound."`
	Verify     verifyCmd     `cmd:"" help:"Check an exported answer against a server or against transcripts, without a database."`
	Replay     replayCmd     `cmd:"" help:"Judge the drafts of a stored answer again, without a model, and compare the verdicts."`
	Prompts    promptsCmd    `cmd:"" help:"List the prompts, and show how two of them differ."`
	Jobs       jobsCmd       `cmd:"" help:"List, show, await, cancel and retry ingest jobs."`
	Work       workCmd       `cmd:"" help:"Work the queue of ingest jobs, without a server."`
	Delete     deleteCmd     `cmd:"" help:"Delete a lecture or a course on purpose."`
	Sweep      sweepCmd      `cmd:"" help:"Clean away what nothing points to any more; workers do it every hour."`
	Migrate    migrateCmd    `cmd:"" help:"Bring the database to the newest schema, as the owner."`
	DemoReject demoRejectCmd `cmd:"" help:"Serve with a scripted model that lies about its sources, and show what happens."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// run is main without the process: what tests call.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var c cli
	exited := false
	parser, err := kong.New(&c,
		kong.Name("lectern"),
		kong.Description("A study tutor whose every sentence carries a verified quote from the lecture, or nothing comes back."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.UsageOnError(),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if exited { // --help
		return nil
	}
	if err != nil {
		err = fmt.Errorf("%w (lectern --help lists the commands)", err)
		if ofMeasuring(err) {
			fmt.Fprintln(stderr, "lectern:", err)
			return exitCode(exitConfig)
		}
		return err
	}
	app := &app{config: c.config, stdin: os.Stdin, stdout: stdout, stderr: stderr}
	defer func() { err = errors.Join(err, app.close()) }()
	command.BindTo(ctx, (*context.Context)(nil))
	return command.Run(app)
}

type versionCmd struct{}

func (versionCmd) Run(a *app) error {
	_, err := fmt.Fprintln(a.stdout, "lectern", version())
	return err
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "devel"
}
