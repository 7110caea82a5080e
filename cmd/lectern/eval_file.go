package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// An evalFile is what an eval writes besides its report: beside its place first, and moved there when it is whole. nil: none
// is wanted.
type evalFile struct {
	flag, path string
	temp       *os.File
}

// newEvalFile makes the file before the eval begins, so that a path that cannot be written costs nobody an hour.
func newEvalFile(flag, path string) (*evalFile, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, badFlag("%s %s: is a folder; name a file", flag, path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".lectern-eval-*")
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err // its path is the temporary file's
		}
		return nil, badFlag("%s %s: %w", flag, path, err)
	}
	return &evalFile{flag, path, temp}, nil
}

func (f *evalFile) write(content func(io.Writer) error) error {
	if f == nil {
		return nil
	}
	err := errors.Join(content(f.temp), f.temp.Chmod(0o644), f.temp.Close())
	if err == nil {
		err = os.Rename(f.temp.Name(), f.path)
	}
	if err != nil {
		return badFlag("%s %s: %w", f.flag, f.path, err)
	}
	return nil
}

// discard removes what was not moved.
func (f *evalFile) discard() {
	if f != nil {
		_ = f.temp.Close()
		_ = os.Remove(f.temp.Name())
	}
}
