package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/rogpeppe/go-internal/testscript"
)

// evalHome is the data directory of the test server, so that an eval in a test makes its database there.
func evalHome(t *testing.T) string {
	t.Helper()
	home, err := filepath.Abs("../../.lectern/test")
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// TestEvalScript runs the evals as a user does.
func TestEvalScript(t *testing.T) {
	app, owner := pgtest.URLs(t)
	data, err := filepath.Abs("../../eval/testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/eval",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status},
		Setup: func(env *testscript.Env) error {
			env.Setenv("LECTERN_DATA", evalHome(t))
			env.Setenv("LECTERN_DATABASE_URL", app) // an eval must not come near it
			env.Setenv("LECTERN_MIGRATE_URL", owner)
			env.Setenv("LECTERN_LOG_LEVEL", "error")
			env.Setenv("EVALDATA", data)
			env.Setenv("COURSE", filepath.Join(data, "../../courses/networks"))
			return nil
		},
	})
}

// status runs a command and compares its exit status: status 2 lectern eval retrieval.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status number command arguments")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// trigger calls fire once when it is written what contains.
type trigger struct {
	mu       sync.Mutex
	log      bytes.Buffer
	contains string
	fire     func()
}

func (w *trigger) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log.Write(p)
	if w.fire != nil && strings.Contains(w.log.String(), w.contains) {
		w.fire()
		w.fire = nil
	}
	return len(p), nil
}

// TestEvalInterrupted: after Ctrl-C, whenever it comes, there is no database of the eval, no report, and status 130.
func TestEvalInterrupted(t *testing.T) {
	pgtest.New(t) // so that the server runs and goes on running
	home := evalHome(t)
	t.Setenv("LECTERN_LOG_LEVEL", "error")
	retrieval := []string{"eval", "retrieval", "--data", home, "--beir", "../../eval/testdata/beir"}
	sweep := []string{"eval", "sweep", "--data", home, "../../eval/testdata/spans", "--sizes", "64", "--overlaps", "0"}
	for _, tt := range []struct {
		when string
		args []string
	}{
		{"storing passages", retrieval}, {"asking, lexical", retrieval}, {"asking, hybrid", retrieval}, {"asking for refusals", retrieval},
		{"overlap 0 %: ingesting", sweep}, {"asking in the lecture", sweep}, {"asking in the course", sweep}, {"weights of the legs", sweep},
	} {
		when, picture := tt.when, filepath.Join(t.TempDir(), "sweep.svg")
		t.Run(when, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			before := scratches(t, home)
			var out bytes.Buffer
			log := &trigger{contains: when, fire: cancel}
			args := tt.args
			if args[1] == "sweep" {
				args = append(slices.Clone(args), "--svg", picture)
			}
			err := run(ctx, args, &out, log)
			var exit exitCode
			if !errors.As(err, &exit) || exit != exitInterrupted {
				t.Errorf("%v, want status %d\n%s", err, exitInterrupted, log.log.String())
			}
			if out.Len() > 0 || !strings.Contains(log.log.String(), "interrupted; nothing was measured") {
				t.Errorf("%s\n%s", out.String(), log.log.String())
			}
			if left, err := os.ReadDir(filepath.Dir(picture)); err != nil || len(left) > 0 {
				t.Errorf("%v is left, %v", left, err)
			}
			for name := range scratches(t, home) {
				if !before[name] {
					t.Errorf("%s is left", name)
				}
			}
		})
	}
}

// scratches lists the scratch databases of the test server. Another test program's may be among them.
func scratches(t *testing.T, home string) map[string]bool {
	t.Helper()
	cluster, err := postgres.Start(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	}()
	conn, err := pgx.Connect(t.Context(), cluster.SuperuserURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), "select datname from pg_database where starts_with(datname, 'lectern_scratch_')")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all
}
