//go:build unix

// Command reset stops the embedded database of a data directory and deletes the directory's content, wherever the
// database lives. It refuses while a process uses the database.
//
//	go run ./scripts/reset .lectern
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/lectern-tutor/lectern/postgres"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "reset: %v\n", err)
		os.Exit(1) //nolint:gocritic // there is nothing left to stop
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: reset DIRECTORY")
	}
	dir := args[0]
	if err := check(dir); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	for _, cluster := range []string{dir, filepath.Join(dir, "test")} { // test: what `make test` left
		if err := postgres.Remove(ctx, cluster, log); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("the data directory cannot be read: %w", err)
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("the data directory cannot be emptied: %w", err)
		}
	}
	fmt.Printf("%s is empty\n", dir)
	return nil
}

// check refuses directories that are not ours: a slip of the hand must not empty somebody's home.
func check(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("the data directory cannot be read: %w", err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "postgres.lock", "postgres.location", "test":
		default:
			continue
		}
		return nil
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s does not look like a data directory of Lectern's, so nothing was deleted", dir)
	}
	return nil
}
