//go:build unix

package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/lectern-tutor/lectern/postgres"
)

// keeperEnv makes a test program a keeper: it waits until no test uses the server in that directory, stops it and ends.
const keeperEnv = "LECTERN_PGTEST_KEEPER"

// keeperLooks is how often the keeper looks whether the server is still in use. Longer than it takes `go test` to go
// from one package to the next.
const keeperLooks = 10 * time.Second

// keeperLife bounds a keeper's life, should the server be in use for ever.
const keeperLife = 12 * time.Hour

func init() {
	dir, ok := os.LookupEnv(keeperEnv)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), keeperLife)
	defer cancel()
	if _, err := postgres.StopUnused(ctx, dir, keeperLooks, nil); err != nil {
		os.Exit(1) //nolint:gocritic // nobody listens: the server goes on, and the next test run attaches to it
	}
	os.Exit(0)
}

// keep starts a keeper for the server in dir unless one is at work: this program once more, in a session of its own and
// without our output, which `go test` would otherwise wait for.
func keep(dir string) error {
	watched, err := postgres.Watched(dir)
	if watched || err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the keeper of the test server cannot be started: %w", err)
	}
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(os.Environ(), keeperEnv+"="+dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the keeper of the test server cannot be started: %w", err)
	}
	return cmd.Process.Release()
}
