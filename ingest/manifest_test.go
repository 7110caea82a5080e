package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
)

// within fails the test if f does not return soon: a named pipe that nobody writes to is waited for without end.
func within(t *testing.T, what string, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: still waiting", what)
		return nil
	}
}

// TestIrregularFiles: what is not a regular file is refused in a sentence, wherever it stands, and is never waited for.
func TestIrregularFiles(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "outside.srt")
	if err := errors.Join(
		os.WriteFile(outside, []byte("secret"), 0o600),
		os.Symlink(outside, path("link.srt")),
		os.Mkdir(path("folder.srt"), 0o700),
		syscall.Mkfifo(path("pipe.srt"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	put("course.yaml", "course: c\nlectures: [{file: pipe.srt}, {file: folder.srt}, {file: link.srt}, {file: gone.srt}]\n")
	listed, _, err := ingest.Discover(dir)
	if err != nil {
		t.Fatal(err)
	}
	alone, _, err := ingest.Discover(path("pipe.srt"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"not a regular file", "is a directory", "it leads out of the folder", "there is no such file", "not a regular file"}
	for i, f := range append(listed, alone...) {
		err := within(t, f.Path, func() error { _, err := f.Read(); return err })
		var bad *transcript.Error
		if !errors.As(err, &bad) || bad.Name != f.Path || !strings.Contains(bad.Message, want[i]) {
			t.Errorf("%s: %v, want %s", f.Path, err, want[i])
		}
	}

	for what, make := range map[string]func(string) error{
		"not a regular file": func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"is a directory":     func(name string) error { return os.Mkdir(name, 0o700) },
		"larger than 1 MiB": func(name string) error {
			return errors.Join(os.WriteFile(name, []byte("course: c\n"), 0o600), os.Truncate(name, 3<<30))
		},
		"it leads out of the folder": func(name string) error { return os.Symlink(outside, name) },
		"it names no file": func(name string) error {
			return os.WriteFile(name, []byte("course: c\nlectures: [{title: x}]\n"), 0o600)
		},
	} {
		folder := t.TempDir()
		manifest := filepath.Join(folder, ingest.ManifestName)
		if err := make(manifest); err != nil {
			t.Fatal(err)
		}
		err := within(t, what, func() error { _, _, err := ingest.Discover(folder); return err })
		if err == nil || !strings.Contains(err.Error(), what) || !strings.HasPrefix(err.Error(), manifest+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestListing: a folder without a manifest gives the files with a transcript's extension, whatever its case, in the order
// of their names, and leaves out what only describes the folder.
func TestListing(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"e.txt", "a.srt", "B.VTT", "c.json", "d.md", "f.markdown", "README.md", "readme.txt", "slides.pdf", "notes"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, manifest, err := ingest.Discover(dir)
	if err != nil || manifest != nil {
		t.Fatal(manifest, err)
	}
	var got []string
	for _, f := range files {
		got = append(got, filepath.Base(f.Path))
	}
	if want := []string{"B.VTT", "a.srt", "c.json", "d.md", "e.txt", "f.markdown"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestManifestPanic: a course.yaml over which the YAML library panics is an error like any other.
func TestManifestPanic(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ingest.ManifestName), []byte("course: a\nlectures: !0\n0: #0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ingest.Discover(dir); err == nil || !strings.HasSuffix(err.Error(), "course.yaml: it is not valid YAML") {
		t.Errorf("got %v", err)
	}
}
