//go:build unix

package postgres

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root hands the server to another user")
	}
}

// TestRootOutsideTheDataDirectory changes a package variable and is therefore not parallel.
func TestRootOutsideTheDataDirectory(t *testing.T) {
	needRoot(t)
	top := filepath.Dir(clusterDir(t))
	defer func(old string) { elsewhere = old }(elsewhere)
	elsewhere = filepath.Join(top, "var-lib")

	dir := filepath.Join(t.TempDir(), "clone", ".lectern") // below a 0700 directory
	var log bytes.Buffer
	begin := func() *Cluster {
		t.Helper()
		log.Reset()
		c, err := StartWith(t.Context(), dir, Options{Scratch: true, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	c := begin()
	if !strings.HasPrefix(c.home.data, elsewhere) {
		t.Errorf("the database is in %s, want it below %s", c.home.data, elsewhere)
	}
	if !strings.Contains(log.String(), "lives outside the data directory") {
		t.Errorf("the log does not say where the database is:\n%s", &log)
	}
	data := c.home.data
	marker := filepath.Join(data, "marker")
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closeCluster(t, c)

	// The directory can be entered now, but the database stays where it is.
	for _, d := range []string{filepath.Dir(filepath.Dir(dir)), filepath.Dir(filepath.Dir(filepath.Dir(dir)))} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c = begin()
	if _, err := os.Stat(marker); err != nil || c.home.data != data {
		t.Errorf("the second start uses %s, want %s with what was in it: %v", c.home.data, data, err)
	}
	closeCluster(t, c)

	// `git clean -xdf` takes the data directory away; the next start begins anew and keeps the old database aside.
	if err := os.Chmod(filepath.Dir(filepath.Dir(filepath.Dir(dir))), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	c = begin()
	if _, err := os.Stat(marker); err == nil {
		t.Error("the database of the deleted data directory is back")
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(data)+".previous", "postgres", "marker")); err != nil {
		t.Errorf("the old database was not kept: %v", err)
	}
	closeCluster(t, c)
	if err := Remove(context.Background(), dir, nil); err != nil {
		t.Errorf("Remove: %v", err)
	}
	if left, err := os.ReadDir(elsewhere); err != nil || len(left) > 0 {
		t.Errorf("Remove has left %v, %v", left, err)
	}
}

func TestRootInSomebodysCloneBecomesThem(t *testing.T) {
	needRoot(t)
	t.Parallel()
	nobody, err := accountByName("nobody")
	if err != nil {
		t.Skipf("no user nobody to own the clone: %v", err)
	}
	dir := clusterDir(t)
	if err := os.Chown(filepath.Dir(dir), nobody.uid, nobody.gid); err != nil {
		t.Fatal(err)
	}
	c := start(t, dir)
	mustPID(t, c)
	for _, path := range []string{dir, c.home.data, filepath.Join(dir, usersFile), c.home.logFile()} {
		if uid, _, err := ownerOf(path); err != nil || uid != nobody.uid {
			t.Errorf("%s belongs to %d, %v, want %d so that its user can go on without root", path, uid, err, nobody.uid)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir string)
		want    string
	}{
		{"a directory of something else", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "postgres", "thesis.tex"), "")
		}, "holds files but no PostgreSQL database"},
		{"a database of another version", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "postgres", "PG_VERSION"), "9\n")
		}, "was made by PostgreSQL 9, but only PostgreSQL"},
		{"a damaged database", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "postgres", "PG_VERSION"), "what\n")
		}, "PG_VERSION holds no version"},
		{"a file in the way", func(t *testing.T, dir string) {
			write(t, dir, "")
		}, "the data directory cannot be made"},
		{"a wrong LECTERN_PG_BIN", func(t *testing.T, _ string) {
			t.Setenv("LECTERN_PG_BIN", "/nowhere")
		}, "LECTERN_PG_BIN is /nowhere, but initdb and postgres are not there"},
		{"a cluster whose settings are broken", func(t *testing.T, dir string) {
			c := start(t, dir)
			closeCluster(t, c)
			f, err := os.OpenFile(filepath.Join(c.home.data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = f.WriteString("shared_buffers = 'plenty'\n")
			_ = f.Close()
		}, "ended at once"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := clusterDir(t)
			if test.name == "a file in the way" {
				dir = filepath.Join(filepath.Dir(dir), "file")
			}
			test.prepare(t, dir)
			if uid := os.Geteuid(); uid == 0 {
				// As root the database belongs to its own user.
				if as, err := chooseAccount(filepath.Dir(dir)); err == nil {
					_ = os.Chown(filepath.Join(dir, "postgres"), as.uid, as.gid)
				}
			}
			c, err := StartWith(t.Context(), dir, Options{Scratch: true})
			if err == nil {
				_ = c.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want one with %q", err, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOrdinaryUserMeetsADatabaseOfAnother(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may use everybody's database; run the tests as an ordinary user to see this one")
	}
	h := &home{dir: "/", data: "/usr"} // belongs to root
	if err := h.checkOwner(); err == nil || !strings.Contains(err.Error(), "belongs to another user (uid 0)") {
		t.Errorf("error %v", err)
	}
}

func TestRemoveRefusesWhileInUse(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir)
	if err := Remove(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("Remove of a cluster in use: %v", err)
	}
	mustPID(t, c)
	closeCluster(t, c)
	if err := Remove(t.Context(), dir, nil); err != nil {
		t.Error(err)
	}
	if err := Remove(t.Context(), filepath.Join(dir, "never", "made"), nil); err != nil {
		t.Errorf("Remove of nothing: %v", err)
	}
	mustPID(t, start(t, dir)) // and a new one can be made
}

func TestReason(t *testing.T) {
	t.Parallel()
	for output, want := range map[string]string{
		"2026-01-01 UTC [1] LOG:  starting\n2026-01-01 UTC [1] FATAL:  data directory has wrong ownership\n2026-01-01 UTC [1] LOG:  bye\n": "FATAL:  data directory has wrong ownership",
		"initdb: error: could not write: No space left on device\n":                                                                        "the disk is full; free some space",
		"only this\n": "only this",
		"":            "",
	} {
		if got := reason(output); got != want {
			t.Errorf("reason(%q) = %q, want %q", output, got, want)
		}
	}
}
