//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	serverPort  = "5432" // only names the socket file; the directory tells clusters apart
	stopTimeout = 90 * time.Second
	// socketPathMax is what macOS allows, one byte less than the 104 of its sockaddr_un; Linux allows 107.
	socketPathMax = 103
	tempSockets   = "/tmp/lectern-" // prefix of socket directories where the data directory's path is too long
)

// server is a running postmaster as its pid file describes it.
type server struct {
	pid    int
	socket string          // directory
	ended  <-chan struct{} // closed when it has ended; nil if another process started it
}

// ensureServer attaches to the server that runs on h.data, or makes the cluster and starts one. The caller holds the
// gate, so the only others to reckon with are those that were killed half way.
func ensureServer(ctx context.Context, h *home, opts Options) (server, error) {
	for delay := 5 * time.Millisecond; ; delay = min(2*delay, 200*time.Millisecond) {
		s, err := readPIDFile(h.data)
		stale := err == nil && s.pid > 0 && !isPostmaster(s.pid, h.data)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return server{}, err
		case err != nil || stale:
			if stale {
				if err := takeOver(h, s, opts.Log); err != nil {
					return server{}, err
				}
			}
			started, err := startServer(ctx, h, opts)
			if !errors.Is(err, errTryAgain) {
				return started, err
			}
		case s.pid == 0:
			if err := removeEmpty(h.data); err != nil {
				return server{}, err
			}
		case s.socket != "":
			err := s.check(ctx, h.data)
			if err == nil {
				opts.Log.Debug("attached to the PostgreSQL that was running", "data", h.data, "pid", s.pid)
				return s, nil
			}
			if errors.Is(err, errOtherData) {
				return server{}, err
			}
		}
		// It is starting or stopping.
		if err := pause(ctx, delay); err != nil {
			return server{}, fmt.Errorf("PostgreSQL on %s does not come up (see %s): %w", h.data, h.logFile(), err)
		}
	}
}

var (
	errTryAgain  = errors.New("another server process is in the way")
	errOtherData = errors.New("the socket belongs to another database")
)

// readPIDFile returns fs.ErrNotExist where no server runs. A file that is still being written has pid 0 or no socket.
func readPIDFile(data string) (server, error) {
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if errors.Is(err, fs.ErrNotExist) {
		return server{}, fs.ErrNotExist
	} else if err != nil {
		return server{}, fmt.Errorf("the database directory cannot be read: %w", err)
	}
	lines := strings.Split(string(b), "\n") // pid, data directory, start time, port, socket directory, …
	pid, _ := strconv.Atoi(strings.TrimSpace(lines[0]))
	s := server{pid: max(0, pid)}
	if len(lines) > 5 {
		s.socket = lines[4]
	}
	return s, nil
}

// check connects and makes sure that the server behind the socket serves data.
func (s server) check(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, socketURL(s.socket, superuserRole, "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // read only
	var serves string
	if err := conn.QueryRow(ctx, "show data_directory").Scan(&serves); err != nil {
		return err
	}
	if !sameFile(serves, data) {
		return fmt.Errorf("the PostgreSQL that answers in %s serves %s and not %s; remove that socket directory if nothing uses it: %w", s.socket, serves, data, errOtherData)
	}
	return nil
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// isPostmaster reports whether process pid is a PostgreSQL server that runs on data. Process ids are used again, so a
// live process proves nothing; a postmaster's working directory is its data directory.
func isPostmaster(pid int, data string) bool {
	if runtime.GOOS == "linux" {
		cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
		return err == nil && sameFile(cwd, data)
	}
	out, err := exec.Command("/bin/ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), data)
}

// takeOver prepares the start beside the pid file of a server that was killed. PostgreSQL cleans up by itself and looks
// first whether processes of the dead server still use its memory, which it finds through that file: so the file stays.
// But it refuses to start while any process has the number of the old one. It makes an exception for its own parent,
// and that is us.
func takeOver(h *home, s server, log *slog.Logger) error {
	log.Info("the PostgreSQL that served this directory was killed; starting it again", "data", h.data, "pid", s.pid)
	removeTempSockets(s.socket)
	if err := removeSocketLock(s); err != nil {
		return err
	}
	path := filepath.Join(h.data, "postmaster.pid")
	b, err := os.ReadFile(path)
	if err == nil {
		_, rest, _ := strings.Cut(string(b), "\n")
		err = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600)
	}
	if err != nil {
		return fmt.Errorf("a stale pid file cannot be mended: %w", err)
	}
	return nil
}

// removeEmpty removes a pid file that has stayed without a process id for some seconds: a full disk leaves such a file.
func removeEmpty(data string) error {
	path := filepath.Join(data, "postmaster.pid")
	info, err := os.Stat(path)
	if err == nil && time.Since(info.ModTime()) > 3*time.Second {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("an empty pid file cannot be removed: %w", err)
	}
	return nil
}

// removeSocketLock removes the lock that a killed server left beside its socket. Its number, too, may belong to another
// process by now, or to a zombie whose parent does not look.
func removeSocketLock(s server) error {
	path := filepath.Join(s.socket, ".s.PGSQL."+serverPort+".lock")
	b, err := os.ReadFile(path)
	if err != nil {
		return nil //nolint:nilerr // no lock, no trouble; PostgreSQL says it if there is
	}
	first, _, _ := strings.Cut(string(b), "\n")
	if strings.TrimSpace(first) != strconv.Itoa(s.pid) {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("a stale socket lock cannot be removed: %w", err)
	}
	return nil
}

func removeTempSockets(dir string) {
	if strings.HasPrefix(dir, tempSockets) {
		_ = os.RemoveAll(dir) // a leftover in /tmp harms nobody
	}
}

// startServer starts a postmaster and waits until it answers. It returns errTryAgain when one that was starting or
// dying is in the way.
func startServer(ctx context.Context, h *home, opts Options) (server, error) {
	version, err := dataVersion(h.data)
	if err != nil {
		return server{}, err
	}
	bin, err := findBinaries(version)
	if err != nil {
		return server{}, err
	}
	if version == 0 {
		if err := initCluster(ctx, h, bin, opts); err != nil {
			return server{}, err
		}
	}
	socket, err := h.socketDir()
	if err != nil {
		return server{}, err
	}
	if err := h.writeSettings(socket, opts.Scratch); err != nil {
		return server{}, err
	}
	log, err := h.openLog()
	if err != nil {
		return server{}, err
	}
	defer func() { _ = log.Close() }()
	from, err := log.Seek(0, 2)
	if err != nil {
		return server{}, fmt.Errorf("the server's log cannot be read: %w", err)
	}

	cmd := exec.Command(bin.path("postgres"), "-D", h.data)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", serverEnv(), h.as.attr()
	cmd.Stdout, cmd.Stderr = log, log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return server{}, fmt.Errorf("PostgreSQL cannot be started%s: %w", h.asUser(), err)
	}
	// Waiting frees its entry in the process table when it dies. Without that, a killed server would stay a zombie for as
	// long as we live, and PostgreSQL would refuse to start beside the lock of a process that seems to exist.
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended stands in its log
		close(ended)
	}()
	s := server{pid: cmd.Process.Pid, socket: socket, ended: ended}
	for {
		if err = s.check(ctx, h.data); err == nil {
			opts.Log.Info("started PostgreSQL", "version", bin.version, "data", h.data, "ms", time.Since(begin).Milliseconds())
			return s, nil
		}
		select {
		case <-ended:
			removeTempSockets(socket)
			return server{}, h.explainLog(from)
		default:
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return server{}, fmt.Errorf("PostgreSQL on %s does not answer (see %s): %w", h.data, h.logFile(), err)
		}
	}
}

// stopServer stops the server on h.data if one runs: no new connections, open transactions are rolled back, everything
// is written. If that takes too long the server is told to quit at once, which costs a replay at the next start.
func stopServer(ctx context.Context, h *home, log *slog.Logger) error {
	s, err := readPIDFile(h.data)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if !isPostmaster(s.pid, h.data) {
		return nil // killed; the next start sees to what it left
	}
	begin := time.Now()
	if err := syscall.Kill(s.pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("PostgreSQL (process %d) cannot be stopped: %w", s.pid, err)
	}
	quick := time.AfterFunc(stopTimeout-30*time.Second, func() {
		if isPostmaster(s.pid, h.data) {
			_ = syscall.Kill(s.pid, syscall.SIGQUIT)
		}
	})
	defer quick.Stop()
	for {
		now, err := readPIDFile(h.data)
		if errors.Is(err, fs.ErrNotExist) || err == nil && now.pid != s.pid || !isPostmaster(s.pid, h.data) {
			break
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return fmt.Errorf("PostgreSQL (process %d) does not stop: %w", s.pid, err)
		}
	}
	removeTempSockets(s.socket)
	log.Info("stopped PostgreSQL", "data", h.data, "ms", time.Since(begin).Milliseconds())
	return nil
}

var plainPath = regexp.MustCompile(`^[A-Za-z0-9/._-]+$`)

// socketDir returns a directory for the socket: run/ beside the data, or one in /tmp where that path is
// too long for a socket, has characters that PostgreSQL's list of directories would read its own way, or lies on a file
// system without sockets.
func (h *home) socketDir() (string, error) {
	dir := filepath.Join(h.dir, "run")
	if len(dir)+len("/.s.PGSQL."+serverPort) <= socketPathMax && plainPath.MatchString(dir) {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("the data directory cannot be written; mend its permissions or choose another: %w", err)
		}
		if err := errors.Join(os.Chmod(dir, 0o700), h.give(dir)); err != nil { //nolint:gosec // a directory
			return "", fmt.Errorf("the socket directory cannot be prepared: %w", err)
		}
		if canListen(dir) {
			return dir, nil
		}
	}
	dir, err := os.MkdirTemp(filepath.Dir(tempSockets), filepath.Base(tempSockets)) // mode 0700
	if err != nil {
		return "", fmt.Errorf("a directory for the server's socket cannot be made: %w", err)
	}
	if err := h.give(dir); err != nil {
		return "", fmt.Errorf("the socket directory cannot be prepared: %w", err)
	}
	return dir, nil
}

func canListen(dir string) bool {
	path := filepath.Join(dir, "probe")
	_ = os.Remove(path)
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return false
	}
	return l.Close() == nil // removes the socket
}
