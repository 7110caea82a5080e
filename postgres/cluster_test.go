//go:build unix

package postgres

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A test program that is started with holdEnv holds the cluster of that directory until its standard input ends, and
// says so in a line. The tests need real processes: locks and servers outlive goroutines, not processes.
const holdEnv = "LECTERN_TEST_HOLD"

func init() {
	dir, ok := os.LookupEnv(holdEnv)
	if !ok {
		return
	}
	if err := hold(dir); err != nil {
		fmt.Fprintln(os.Stdout, "error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func hold(dir string) error {
	c, err := StartWith(context.Background(), dir, Options{Scratch: true})
	if err != nil {
		return err
	}
	if _, err := postmasterPID(c); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "holding")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return c.Close()
}

// postmasterPID asks the server itself, through the application's role.
func postmasterPID(c *Cluster) (int, error) {
	conn, err := pgx.Connect(context.Background(), c.SuperuserURL("postgres"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var pid int
	err = conn.QueryRow(context.Background(), `select split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int`).Scan(&pid)
	return pid, err
}

func mustPID(t *testing.T, c *Cluster) int {
	t.Helper()
	pid, err := postmasterPID(c)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// holder is another process that holds a cluster.
type holder struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Reader
}

func startHolder(t *testing.T, dir string) *holder {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(os.Environ(), holdEnv+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h := &holder{cmd: cmd, stdin: stdin, lines: bufio.NewReader(stdout)}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return h
}

// ready waits until the process holds the cluster.
func (h *holder) ready(t *testing.T) {
	t.Helper()
	if line, err := h.lines.ReadString('\n'); err != nil || line != "holding\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}
}

func (h *holder) leave(t *testing.T) {
	t.Helper()
	_ = h.stdin.Close()
	rest, _ := io.ReadAll(h.lines)
	if err := h.cmd.Wait(); err != nil {
		t.Fatalf("the other process: %v\n%s", err, rest)
	}
}

func (h *holder) kill(t *testing.T) {
	t.Helper()
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait() // it says that it was killed
}

// clusterDir is a directory that the server's user may enter, removed with what runs in it.
func clusterDir(t *testing.T) string {
	t.Helper()
	top, err := os.MkdirTemp("", "lectern-cluster-test-") //nolint:usetesting // t.TempDir is 0700
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(top, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "data")
	t.Cleanup(func() {
		if err := Remove(context.Background(), dir, nil); err != nil {
			t.Errorf("Remove: %v", err)
		}
		if err := os.RemoveAll(top); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func start(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := StartWith(t.Context(), dir, Options{Scratch: true, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // those who care close it themselves
	t.Attr("lectern.postgres", dir)
	return c
}

func closeCluster(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func running(t *testing.T, c *Cluster) bool {
	t.Helper()
	s, err := readPIDFile(c.home.data)
	return err == nil && isPostmaster(s.pid, c.home.data)
}

func TestStartMakesRolesAndDatabase(t *testing.T) {
	t.Parallel()
	c := start(t, clusterDir(t))
	for url, want := range map[string]string{
		c.OwnerURL(): "lectern_owner on lectern, super false, bypass false, owner true, jit off, tcp ''",
		c.AppURL():   "lectern_app on lectern, super false, bypass false, owner false, jit off, tcp ''",
	} {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		err = conn.QueryRow(t.Context(), `
select format('%s on %s, super %s, bypass %s, owner %s, jit %s, tcp %L', current_user, current_database(),
    case when rolsuper then 'true' else 'false' end, case when rolbypassrls then 'true' else 'false' end,
    case when pg_get_userbyid(datdba) = current_user then 'true' else 'false' end,
    current_setting('jit'), current_setting('listen_addresses'))
from pg_roles, pg_database where rolname = current_user and datname = current_database()`).Scan(&got)
		if err != nil || got != want {
			t.Errorf("got %s, %v\nwant %s", got, err, want)
		}
		var vector string
		err = conn.QueryRow(t.Context(), "select '[1,2]'::halfvec <-> '[1,3]'::halfvec || ''").Scan(&vector)
		if err != nil {
			t.Errorf("pgvector: %v", err)
		}
		_ = conn.Close(t.Context())
	}
	info, err := os.Stat(c.socket)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket directory: %v, %v, want mode 0700", info, err)
	}
	group, err := syscall.Getpgid(mustPID(t, c))
	if err != nil || group == syscall.Getpgrp() {
		t.Errorf("the server is in process group %d, %v, which is ours: Ctrl-C would end it", group, err)
	}
	closeCluster(t, c)
	if running(t, c) {
		t.Error("the server runs on after the only user has left")
	}
	closeCluster(t, c) // again is harmless
}

func TestLastOneOutStopsTheServer(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	a, b := startHolder(t, dir), startHolder(t, dir) // both at once
	a.ready(t)
	b.ready(t)
	c := start(t, dir)
	pid := mustPID(t, c)
	a.leave(t)
	if now := mustPID(t, c); now != pid {
		t.Errorf("server %d became %d when another process left", pid, now)
	}
	closeCluster(t, c)
	if !running(t, c) {
		t.Error("the server stopped under a process that uses it")
	}
	b.leave(t)
	if running(t, c) {
		t.Error("the server runs on after the last has left")
	}
}

func TestKilledProcessLeavesAServerToAttachTo(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	h := startHolder(t, dir)
	h.ready(t)
	c := start(t, dir)
	pid := mustPID(t, c)
	closeCluster(t, c)
	h.kill(t)
	if !running(t, c) {
		t.Fatal("the server ended with the process that had started it")
	}
	c = start(t, dir)
	if now := mustPID(t, c); now != pid {
		t.Errorf("attached to server %d, want the orphan %d", now, pid)
	}
	closeCluster(t, c)
	if running(t, c) {
		t.Error("the orphan runs on after the last has left")
	}
}

func TestKilledServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir)
	conn, err := pgx.Connect(t.Context(), c.OwnerURL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "set synchronous_commit = on; create table kept (n int); insert into kept values (42)"); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	if err := syscall.Kill(mustPID(t, c), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	again := start(t, dir) // the first one still holds its lock
	conn, err = pgx.Connect(t.Context(), again.OwnerURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var n int
	if err := conn.QueryRow(t.Context(), "select n from kept").Scan(&n); err != nil || n != 42 {
		t.Errorf("n = %d, %v, want 42", n, err)
	}
	closeCluster(t, c)
}

// A pid file can name a process that has nothing to do with PostgreSQL, and belongs to the server's own user.
func TestStalePIDFileNamesALiveProcess(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir)
	pidFile := filepath.Join(c.home.data, "postmaster.pid")
	left, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	closeCluster(t, c)

	stranger := exec.Command("/bin/sleep", "60")
	stranger.SysProcAttr = c.home.as.attr()
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	_, rest, _ := strings.Cut(string(left), "\n")
	if err := os.WriteFile(pidFile, fmt.Appendf(nil, "%d\n%s", stranger.Process.Pid, rest), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.home.give(pidFile); err != nil {
		t.Fatal(err)
	}
	c = start(t, dir)
	if pid := mustPID(t, c); pid == stranger.Process.Pid {
		t.Errorf("the server has the stranger's number %d", pid)
	}
}

func TestEmptyPIDFile(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir)
	closeCluster(t, c)
	pidFile := filepath.Join(c.home.data, "postmaster.pid")
	if err := os.WriteFile(pidFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Minute)
	if err := os.Chtimes(pidFile, old, old); err != nil {
		t.Fatal(err)
	}
	mustPID(t, start(t, dir))
}

func TestInitdbKilledHalfWay(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	h := startHolder(t, dir)
	var halfMade []string
	for deadline := time.Now().Add(30 * time.Second); len(halfMade) == 0; {
		halfMade, _ = filepath.Glob(filepath.Join(dir, initPrefix+"*", "global"))
		if time.Now().After(deadline) {
			t.Fatal("initdb was never seen at work")
		}
		time.Sleep(time.Millisecond)
	}
	h.kill(t)
	mustPID(t, start(t, dir))
}

func TestLeftoverOfInitdbIsRemoved(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	leftover := filepath.Join(dir, initPrefix+"123")
	if err := os.MkdirAll(filepath.Join(leftover, "base"), 0o755); err != nil {
		t.Fatal(err)
	}
	closeCluster(t, start(t, dir))
	if found, _ := filepath.Glob(filepath.Join(dir, initPrefix+"*")); len(found) > 0 {
		t.Errorf("%v are still there", found)
	}
}

func TestOddPaths(t *testing.T) {
	t.Parallel()
	for name, sub := range map[string]string{
		"long":   strings.Repeat("deep/", 40),
		"spaces": "my clone, with 'quotes' and $HOME",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			top := clusterDir(t)
			dir := filepath.Join(top, sub)
			t.Cleanup(func() {
				if err := Remove(context.Background(), dir, nil); err != nil {
					t.Error(err)
				}
			})
			c := start(t, dir)
			mustPID(t, c)
			if path := c.socket + "/.s.PGSQL." + serverPort; len(path) > socketPathMax {
				t.Errorf("socket path has %d bytes: %s", len(path), path)
			}
			socket := c.socket
			closeCluster(t, c)
			if _, err := os.Stat(socket); err == nil {
				t.Errorf("the temporary socket directory %s is still there", socket)
			}
		})
	}
}

func TestSeveralProcessesComeAndGo(t *testing.T) {
	t.Parallel()
	processes, rounds := 4, 3
	if os.Getenv("LECTERN_STRESS") != "" {
		processes, rounds = 8, 25
	}
	dir := clusterDir(t)
	var wg sync.WaitGroup
	for range processes {
		wg.Go(func() {
			for range rounds {
				h := startHolder(t, dir)
				if line, err := h.lines.ReadString('\n'); err != nil || line != "holding\n" {
					t.Errorf("a process said %q, %v", line, err)
					return
				}
				_ = h.stdin.Close()
				if err := h.cmd.Wait(); err != nil {
					t.Errorf("a process: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	h, err := findHome(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := readPIDFile(h.data); err == nil && isPostmaster(s.pid, h.data) {
		t.Error("a server runs on after all have left")
	}
}

func TestStopUnused(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir)
	done := make(chan bool)
	go func() {
		stopped, err := StopUnused(t.Context(), dir, 10*time.Millisecond, nil)
		if err != nil {
			t.Error(err)
		}
		done <- stopped
	}()
	for watched := false; !watched; {
		var err error
		if watched, err = Watched(dir); err != nil {
			t.Fatal(err)
		}
	}
	if stopped, err := StopUnused(t.Context(), dir, time.Hour, nil); stopped || err != nil {
		t.Errorf("a second watcher: %v, %v, want false at once", stopped, err)
	}
	mustPID(t, c)
	c.users.release() // as the end of the process would
	if !<-done {
		t.Error("it did not stop the server")
	}
	if running(t, c) {
		t.Error("the server is still running")
	}
	if watched, err := Watched(dir); watched || err != nil {
		t.Errorf("watched = %v, %v after the watcher has gone", watched, err)
	}
}

// TestDeadServerIsRevived: whoever started the server starts it again when it is killed, and the URLs stay good.
func TestDeadServerIsRevived(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "l") //nolint:usetesting // short, so that the socket stands beside the data; t.TempDir is long and 0700
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := start(t, dir)
	first := mustPID(t, c)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), c.AppURL())
		if err == nil {
			_ = conn.Close(t.Context())
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server was not started again: %v", err)
		}
	}
	if now := mustPID(t, c); now == first {
		t.Errorf("process %d answers after it was killed", now)
	}
	closeCluster(t, c)
	if running(t, c) {
		t.Error("the revived server runs on after the last has left")
	}
}
