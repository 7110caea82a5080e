//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func fill(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunEmptiesADataDirectory(t *testing.T) {
	dir := fill(t, "postgres.lock", "postgres.log")
	for range 2 { // the second time there is nothing to do
		if err := run(t.Context(), []string{dir}); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := run(t.Context(), []string{filepath.Join(dir, "never-made")}); err != nil {
		t.Error(err)
	}
}

func TestRunRefusesOtherDirectories(t *testing.T) {
	dir := fill(t, "thesis.tex")
	err := run(t.Context(), []string{dir})
	if err == nil || !strings.Contains(err.Error(), "nothing was deleted") {
		t.Errorf("error %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v, want what was there and no more", entries, err)
	}
	if err := run(t.Context(), nil); err == nil {
		t.Error("no directory at all was accepted")
	}
}
