package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestBenchScript runs the commands as a user does, each script with a main database of its own.
func TestBenchScript(t *testing.T) {
	for _, script := range []string{"load", "search"} {
		t.Run(script, func(t *testing.T) {
			app, owner := pgtest.URLs(t)
			testscript.Run(t, testscript.Params{
				Files:               []string{"testdata/bench/" + script + ".txtar"},
				RequireExplicitExec: true,
				Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status},
				Setup: func(env *testscript.Env) error {
					env.Setenv("LECTERN_DATA", evalHome(t))
					env.Setenv("LECTERN_DATABASE_URL", app)
					env.Setenv("LECTERN_MIGRATE_URL", owner)
					env.Setenv("LECTERN_LOG_LEVEL", "error")
					return nil
				},
			})
		})
	}
}

// TestBenchInterrupted: after Ctrl-C, whenever it comes, there is no database of the measurement, no report, and status
// 130; an interrupted load says what stays.
func TestBenchInterrupted(t *testing.T) {
	app, owner := pgtest.URLs(t)
	home := evalHome(t)
	t.Setenv("LECTERN_LOG_LEVEL", "error")
	t.Setenv("LECTERN_DATABASE_URL", app)
	t.Setenv("LECTERN_MIGRATE_URL", owner)
	tiny := []string{"--data", home, "--lectures", "2", "--chunks", "5", "--dimensions", "16"}
	for _, c := range []struct{ when, says, command string }{
		{"filling with 400 chunks: 1 ", "nothing was measured, and the scratch databases are gone", "search --questions 200 20 400"},
		{"asking, hot", "nothing was measured", "search --questions 200 20 400"},
		{"asking, cold", "nothing was measured", "search --questions 20 20 400"},
		{"courses: 1 of 500", "added, which stay; run it again to go on", "load --courses 500"},
		{"1 M chunks will take about 2.45 GiB of disk", "added, which stay", "load --courses 100000 --prefix many"},
	} {
		if c.when == "asking, cold" && os.Getenv("LECTERN_STRESS") == "" {
			continue // the same as asking hot, but later
		}
		t.Run(c.when, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			before := scratches(t, home)
			var out bytes.Buffer
			log := &trigger{contains: c.when, fire: cancel}
			args := strings.Fields(c.command)
			err := run(ctx, append(append([]string{"bench", args[0]}, tiny...), args[1:]...), &out, log)
			var exit exitCode
			if !errors.As(err, &exit) || exit != exitInterrupted {
				t.Errorf("%v, want status %d\n%s", err, exitInterrupted, log.log.String())
			}
			if out.Len() > 0 || !strings.Contains(log.log.String(), "interrupted;") || !strings.Contains(log.log.String(), c.says) {
				t.Errorf("%s\n%s", out.String(), log.log.String())
			}
			for name := range scratches(t, home) {
				if !before[name] {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}
