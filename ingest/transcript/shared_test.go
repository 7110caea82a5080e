package transcript

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// sharedData returns a folder of the third-party data, or skips the test. None
// of that data is part of this repository.
func sharedData(t *testing.T, folder string) string {
	t.Helper()
	root := os.Getenv("LECTERN_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Attr("lectern.skipped", "third-party data")
		t.Skipf("no third-party data at %s", dir)
	}
	return dir
}

// filesBelow returns the paths of all files below dir with one of the
// extensions, relative to dir, in lexical order.
func filesBelow(t *testing.T, dir string, extensions ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		for _, ext := range extensions {
			if filepath.Ext(path) == ext {
				rel, err := filepath.Rel(dir, path)
				found = append(found, filepath.ToSlash(rel))
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no files below %s", dir)
	}
	return found
}

// readFile returns the bytes of a file.
func readFile(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// letters returns the letters and digits of s, without their marks. No cleaning
// may touch them.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFD.String(s))
}
