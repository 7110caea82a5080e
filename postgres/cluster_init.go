//go:build unix

package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// initPrefix names directories in which initdb works. A cluster gets its real name when it is complete, so one that is
// found under this prefix was left half done by a process that was killed.
const initPrefix = "postgres.init-"

// oldestServer is the oldest PostgreSQL the schema is tested on; scripts/setup.sh says the same.
const oldestServer = 15

// dataVersion returns the major version that made the cluster in data, 0 if there is none.
func dataVersion(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err == nil {
		version, err := strconv.Atoi(strings.TrimSpace(string(b)))
		if err != nil {
			return 0, fmt.Errorf("%s is damaged: PG_VERSION holds no version; restore it from a backup or remove the directory (make reset)", data)
		}
		return version, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("the database directory cannot be read: %w", err)
	}
	entries, err := os.ReadDir(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("the database directory cannot be read: %w", err)
	case len(entries) > 0:
		return 0, fmt.Errorf("%s holds files but no PostgreSQL database; move them away or choose another data directory", data)
	}
	return 0, nil
}

// initCluster makes a cluster: UTF-8, checksums, and the collation "C". That one sorts by code point, is the same on
// every machine, and does not change with the C library, so an upgrade cannot spoil an index; Lectern folds case and
// sorts for people in Go, never in SQL.
func initCluster(ctx context.Context, h *home, bin binaries, opts Options) error {
	begin := time.Now()
	leftovers, err := filepath.Glob(filepath.Join(h.dir, initPrefix+"*"))
	if err != nil {
		return fmt.Errorf("the data directory cannot be read: %w", err)
	}
	for _, dir := range leftovers {
		opts.Log.Info("removing a database that was left half made", "directory", dir)
		// Its initdb may still run and write there. What stays is removed the next time.
		_ = os.RemoveAll(dir)
	}
	dir, err := os.MkdirTemp(h.dir, initPrefix)
	if err != nil {
		return fmt.Errorf("the data directory cannot be written; mend its permissions or choose another: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // after success it has moved
	if err := h.give(dir); err != nil {
		return fmt.Errorf("the database directory cannot be given to its user: %w", err)
	}
	args := []string{"-D", dir, "-U", superuserRole, "-E", "UTF8", "--locale=C", "--auth=peer", "--no-instructions"}
	if opts.Scratch {
		args = append(args, "--no-sync")
	} else {
		args = append(args, "--data-checksums")
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, bin.path("initdb"), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", serverEnv(), h.as.attr()
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("a new database cannot be made%s: %s: %w", h.asUser(), reason(out.String()), err)
	}
	if err := h.writeAccess(dir); err != nil {
		return err
	}
	// An empty directory of that name is replaced.
	if err := os.Rename(dir, h.data); err != nil {
		return fmt.Errorf("the new database cannot be put in its place: %w", err)
	}
	opts.Log.Info("made a new database", "postgres", bin.version, "data", h.data, "ms", time.Since(begin).Milliseconds())
	return nil
}

// writeAccess says who may connect. The socket's directory is 0700, so only the server's user and root reach it at all;
// `peer` asks the kernel once more who it is. Each of them may take any of the three roles: they could read the files
// anyway. There are no passwords to keep, and no line for TCP.
func (h *home) writeAccess(dir string) error {
	names := []string{"root"}
	if h.as != nil {
		names = append(names, h.as.name)
	} else if me, err := user.Current(); err == nil {
		names = append(names, me.Username)
	} else {
		return fmt.Errorf("the database user cannot be determined: %w", err)
	}
	slices.Sort(names)
	var ident strings.Builder
	ident.WriteString("# Written by Lectern when the cluster was made: map, system user, role.\n")
	for _, name := range slices.Compact(names) {
		for _, role := range []string{superuserRole, ownerRole, appRole} {
			fmt.Fprintf(&ident, "lectern %q %s\n", name, role)
		}
	}
	hba := "# Written by Lectern when the cluster was made. Only the socket, and only users that pg_ident.conf names.\n" +
		"local all all peer map=lectern\n"
	conf, err := os.OpenFile(filepath.Join(dir, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("the new database cannot be configured: %w", err)
	}
	_, err = conf.WriteString("\n# Lectern writes that file at every start. To change a setting for good, put it below this line.\ninclude 'lectern.conf'\n")
	err = errors.Join(err, conf.Close(),
		os.WriteFile(filepath.Join(dir, "pg_hba.conf"), []byte(hba), 0o600),
		os.WriteFile(filepath.Join(dir, "pg_ident.conf"), []byte(ident.String()), 0o600))
	if err != nil {
		return fmt.Errorf("the new database cannot be configured: %w", err)
	}
	return nil
}

// settings are for a small machine that does other things as well.
const settings = `# Written by Lectern at every start; changes are lost. See the end of postgresql.conf.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
# Compiling a plan costs more than any statement of Lectern's runs.
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
# A failing statement's text and an error's details hold what students and lecturers wrote. Keep them out of the log.
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
log_checkpoints = off
`

// scratchSettings trade the data's safety for speed.
const scratchSettings = `# A database for tests: nothing in it has to survive a crash of the machine. Small buffers, as each drop of a database
# looks through them.
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 300
checkpoint_timeout = 1h
max_wal_size = 4GB
autovacuum_naptime = 10min
`

func (h *home) writeSettings(socket string, scratch bool) error {
	text := settings + buffersSetting() + "unix_socket_directories = '" + socket + "'\n"
	if scratch {
		text += scratchSettings
	}
	path := filepath.Join(h.data, "lectern.conf")
	_ = os.Remove(path) // made anew, so that nothing is written through a link
	err := os.WriteFile(path, []byte(text), 0o600)
	if err == nil {
		err = h.give(path)
	}
	if err != nil {
		return fmt.Errorf("the database directory cannot be written; mend its permissions or free some space: %w", err)
	}
	return nil
}

func (h *home) logFile() string { return filepath.Join(h.dir, "postgres.log") }

// openLog opens the server's log for appending. One that has grown beyond 8 MB becomes postgres.log.1.
func (h *home) openLog() (*os.File, error) {
	if info, err := os.Stat(h.logFile()); err == nil && info.Size() > 8<<20 {
		_ = os.Rename(h.logFile(), h.logFile()+".1") // else it grows on
	}
	f, err := os.OpenFile(h.logFile(), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the server's log cannot be written; mend the permissions of the data directory: %w", err)
	}
	if err := h.give(h.logFile()); err != nil {
		return nil, errors.Join(fmt.Errorf("the server's log cannot be given to its user: %w", err), f.Close())
	}
	return f, nil
}

// explainLog turns what the server wrote since offset from, before it ended, into a sentence.
func (h *home) explainLog(from int64) error {
	f, err := os.Open(h.logFile())
	if err != nil {
		return fmt.Errorf("PostgreSQL ended at once, and its log cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	b, _ := io.ReadAll(io.NewSectionReader(f, from, 64<<10))
	text := string(b)
	if strings.Contains(text, `lock file "postmaster.pid"`) || strings.Contains(text, "pre-existing shared memory") || strings.Contains(text, "is still in use") {
		return errTryAgain
	}
	why := reason(text)
	switch {
	case diskFull(h.dir): // and its log may lack the very line that says so
		why = "the disk is full; free some space"
	case why == "":
		why = "it did not say why"
	}
	return fmt.Errorf("PostgreSQL on %s ended at once: %s (more in %s)", h.data, why, h.logFile())
}

// diskFull reports whether less than 1 MB is left for ordinary users.
func diskFull(dir string) bool {
	var fs syscall.Statfs_t
	err := syscall.Statfs(dir, &fs)
	return err == nil && uint64(fs.Bavail)*uint64(fs.Bsize) < 1<<20 //nolint:unconvert // signed on some systems only
}

var complaint = regexp.MustCompile(`(?m)(?:FATAL|PANIC|ERROR|error|could not): *.*$`)

// reason finds the line that matters in the output of PostgreSQL's programs.
func reason(output string) string {
	switch {
	case strings.Contains(output, "No space left on device"):
		return "the disk is full; free some space"
	case strings.Contains(output, "Permission denied"):
		return "a file or directory may not be read or written: " + last(complaint.FindAllString(output, -1), output)
	}
	return last(complaint.FindAllString(output, -1), output)
}

func last(lines []string, output string) string {
	if len(lines) == 0 {
		lines = strings.Split(strings.TrimSpace(output), "\n")
	}
	return strings.TrimSpace(lines[len(lines)-1])
}

func (h *home) asUser() string {
	if h.as == nil {
		return ""
	}
	return " as user " + h.as.name
}
