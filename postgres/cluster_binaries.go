//go:build unix

package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// binaries is a directory with PostgreSQL's server programs.
type binaries struct {
	dir     string
	version int // major
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// places are where distributions put the server programs; most do not put them into PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin",             // Debian, Ubuntu
	"/usr/pgsql-*/bin",                      // PostgreSQL's own RPMs
	"/opt/homebrew/opt/postgresql@*/bin",    // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",       // Homebrew on Intel
	"/opt/local/lib/postgresql*/bin",        // MacPorts
	"/usr/local/pgsql/bin", "/usr/libexec/", // built from source; Alpine
}

// findBinaries returns the programs of major version want, or the newest that are there where want is 0.
// LECTERN_PG_BIN, the path of such a directory, overrules the search.
func findBinaries(want int) (binaries, error) {
	if dir := os.Getenv("LECTERN_PG_BIN"); dir != "" {
		b, ok := inspect(dir)
		if !ok {
			return binaries{}, fmt.Errorf("LECTERN_PG_BIN is %s, but initdb and postgres are not there; correct it or unset it", dir)
		}
		return b, b.fits(want)
	}
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range places {
		found, _ := filepath.Glob(pattern) // the patterns are well formed
		dirs = append(dirs, found...)
	}
	var best binaries
	for _, dir := range dirs {
		b, ok := inspect(dir)
		switch {
		case !ok:
		case want != 0 && b.version == want:
			return b, nil
		case b.version > best.version:
			best = b
		}
	}
	if best.version == 0 {
		return binaries{}, errors.New("PostgreSQL is not installed; run `make run` or scripts/setup.sh, or set LECTERN_DATABASE_URL to a server of your own")
	}
	return best, best.fits(want)
}

func (b binaries) fits(want int) error {
	switch {
	case want != 0 && b.version != want:
		return fmt.Errorf("the data directory was made by PostgreSQL %d, but only PostgreSQL %d is installed; install version %d again, or start over with an empty database (make reset)", want, b.version, want)
	case b.version < oldestServer:
		return fmt.Errorf("PostgreSQL %d in %s is too old, Lectern needs %d or newer; run scripts/setup.sh", b.version, b.dir, oldestServer)
	}
	return nil
}

func inspect(dir string) (binaries, bool) {
	b := binaries{dir: dir}
	if !executable(b.path("initdb")) || !executable(b.path("postgres")) {
		return b, false
	}
	out, err := exec.Command(b.path("postgres"), "--version").Output() // postgres (PostgreSQL) 15.18 (Debian …)
	if err != nil {
		return b, false
	}
	_, rest, _ := strings.Cut(string(out), ") ")
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	b.version, err = strconv.Atoi(digits)
	return b, err == nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// serverEnv is all that PostgreSQL's programs get of our environment: no PG* variables that would lead them elsewhere,
// no keys of ours.
func serverEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC", "HOME=/"}
	for _, name := range []string{"PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
