//go:build unix

package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// elsewhere holds the clusters of data directories that the server's user cannot enter. A variable for the tests.
var elsewhere = "/var/lib/lectern"

// home is where a cluster lives and who runs it:
//
//	postgres/          the cluster (PGDATA), made by initdb
//	run/               the socket, if the path is short enough
//	postgres.log       the server's log
//	postgres.lock ...  the locks of cluster_lock.go
type home struct {
	dir  string   // absolute, without symbolic links
	data string   // dir/postgres
	as   *account // the server's user where that is not the caller; nil otherwise
	from string   // the pointer file in the data directory, if dir is below /var/lib/lectern; else ""
}

// account is the unprivileged user that root hands the server to.
type account struct {
	name     string
	uid, gid int
}

// findHome makes dataDir if it is missing and decides where its cluster lives.
func findHome(dataDir string, log *slog.Logger) (*home, error) {
	dir, err := makeDataDir(dataDir)
	if err != nil {
		return nil, err
	}
	h := &home{dir: dir, data: filepath.Join(dir, "postgres")}
	if os.Geteuid() != 0 {
		return h, h.checkOwner()
	}
	return findRootHome(h, log)
}

// makeDataDir returns dataDir absolute and without symbolic links, so that two ways to write it are one cluster. A
// directory that root makes in somebody's clone becomes theirs.
func makeDataDir(dataDir string) (string, error) {
	abs, err := filepath.Abs(dataDir)
	if err != nil {
		return "", fmt.Errorf("the data directory %s cannot be found: %w", dataDir, err)
	}
	_, statErr := os.Stat(abs)
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return "", fmt.Errorf("the data directory cannot be made; choose another with --data or mend the permissions: %w", err)
	}
	if errors.Is(statErr, fs.ErrNotExist) && os.Geteuid() == 0 {
		if uid, gid, err := ownerOf(filepath.Dir(abs)); err == nil && uid != 0 {
			if err := os.Chown(abs, uid, gid); err != nil {
				return "", fmt.Errorf("the data directory cannot be given to the owner of the folder around it: %w", err)
			}
		}
	}
	dir, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("the data directory %s cannot be found: %w", dataDir, err)
	}
	return dir, nil
}

func (h *home) checkOwner() error {
	uid, _, err := ownerOf(h.data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the database directory cannot be read: %w", err)
	case uid != os.Geteuid():
		return fmt.Errorf("the database in %s belongs to another user (uid %d), probably because it was made as root; run as that user, or choose another data directory", h.data, uid)
	}
	return nil
}

// findRootHome picks the user that runs the server and, where that user cannot enter the data directory, a directory
// below /var/lib/lectern. A cluster that exists stays where it is.
func findRootHome(h *home, log *slog.Logger) (*home, error) {
	sum := sha256.Sum256([]byte(h.dir))
	there := filepath.Join(elsewhere, hex.EncodeToString(sum[:8]))
	pointer := filepath.Join(h.dir, "postgres.location")

	if uid, _, err := ownerOf(h.data); err == nil {
		if uid == 0 {
			return nil, fmt.Errorf("%s belongs to root, but PostgreSQL does not run as root; remove it (make reset) or give it to another user", h.data)
		}
		h.as, err = accountByID(uid)
		return h, err
	}
	as, err := chooseAccount(h.dir)
	if err != nil {
		return nil, err
	}
	h.as = as
	if _, err := os.Stat(pointer); err != nil && as.canEnter(h.dir) {
		return h, nil
	}
	return h.moveElsewhere(there, pointer, log)
}

// moveElsewhere makes the home below /var/lib/lectern. The pointer file in the data directory ties the two together:
// when it is missing, a cluster that stands there belonged to a data directory that was deleted.
func (h *home) moveElsewhere(there, pointer string, log *slog.Logger) (*home, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	gate, err := h.gate(ctx) // of the data directory: two processes decide one after the other
	if err != nil {
		return nil, err
	}
	defer gate.release()
	if err := os.MkdirAll(elsewhere, 0o755); err != nil {
		return nil, fmt.Errorf("user %s cannot enter %s, and the place for such databases cannot be made: %w", h.as.name, h.dir, err)
	}
	pointed, err := os.ReadFile(pointer)
	known := err == nil && strings.TrimSpace(string(pointed)) == there
	if !known {
		if err := setAside(there, log); err != nil {
			return nil, err
		}
	}
	if err := os.Mkdir(there, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("the place for the database cannot be made: %w", err)
	}
	if !h.as.canEnter(there) {
		return nil, fmt.Errorf("user %s can enter neither %s nor %s; make one of them accessible", h.as.name, h.dir, there)
	}
	if !known {
		log.Info("the database lives outside the data directory, which its user cannot enter",
			"data", h.dir, "user", h.as.name, "database", there)
		if err := os.WriteFile(pointer, []byte(there+"\n"), 0o644); err != nil { //nolint:gosec // nothing secret
			return nil, fmt.Errorf("the data directory cannot be written: %w", err)
		}
	}
	out := &home{dir: there, data: filepath.Join(there, "postgres"), as: h.as, from: pointer}
	if uid, _, err := ownerOf(out.data); err == nil {
		out.as, err = accountByID(uid)
		return out, err
	}
	return out, nil
}

func setAside(dir string, log *slog.Logger) error {
	if _, err := os.Stat(filepath.Join(dir, "postgres")); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("the place for the database cannot be read: %w", err)
	}
	previous := dir + ".previous"
	if err := os.RemoveAll(previous); err != nil {
		return fmt.Errorf("the database of a deleted data directory cannot be removed: %w", err)
	}
	if err := os.Rename(dir, previous); err != nil {
		return fmt.Errorf("the database of a deleted data directory cannot be put aside: %w", err)
	}
	log.Warn("the data directory is new, but its path had a database before; that one is kept until this happens again", "kept", previous)
	return nil
}

// chooseAccount is the user who owns the data directory if that is not root, else postgres, else nobody.
func chooseAccount(dir string) (*account, error) {
	if uid, _, err := ownerOf(dir); err == nil && uid != 0 {
		if as, err := accountByID(uid); err == nil {
			return as, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if as, err := accountByName(name); err == nil {
			return as, nil
		}
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it; run lectern as an ordinary user")
}

func accountByName(name string) (*account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	return newAccount(u)
}

func accountByID(uid int) (*account, error) {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return nil, fmt.Errorf("the database belongs to uid %d, which is no user of this machine: %w", uid, err)
	}
	return newAccount(u)
}

func newAccount(u *user.User) (*account, error) {
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("user %s: %w", u.Username, err)
	}
	return &account{name: u.Username, uid: uid, gid: gid}, nil
}

// canEnter asks the kernel, as that user: folders above dir and access lists count as well.
func (a *account) canEnter(dir string) bool {
	cmd := exec.Command("/bin/sh", "-c", `cd -- "$0"`, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = a.attr()
	return cmd.Run() == nil
}

// attr makes a child run as a, in a session of its own so that Ctrl-C on our terminal does not reach it. a may be nil.
func (a *account) attr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

// give makes a the owner of path, if the server runs as another user than we do.
func (h *home) give(path string) error {
	if h.as == nil {
		return nil
	}
	return os.Lchown(path, h.as.uid, h.as.gid)
}

func ownerOf(path string) (uid, gid int, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("%s: the owner is unknown on this system", path)
	}
	return int(stat.Uid), int(stat.Gid), nil
}

// lock opens one of the lock files, without locking it.
func (h *home) lock(name string) (*fileLock, error) {
	path := filepath.Join(h.dir, name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data directory cannot be written; mend its permissions or choose another: %w", err)
	}
	if err := h.give(path); err != nil {
		return nil, errors.Join(fmt.Errorf("the data directory cannot be prepared: %w", err), f.Close())
	}
	return &fileLock{file: f}, nil
}

// gate waits for its turn to start, stop or attach.
func (h *home) gate(ctx context.Context) (*fileLock, error) {
	l, err := h.lock(gateFile)
	if err != nil {
		return nil, err
	}
	if err := l.exclusive(ctx); err != nil {
		return nil, errors.Join(err, l.file.Close())
	}
	return l, nil
}

// remove deletes the cluster. In the data directory the locks stay: whoever waits for one of them has it open.
func (h *home) remove() error {
	if h.from != "" {
		if err := errors.Join(os.RemoveAll(h.dir), os.RemoveAll(h.dir+".previous"), os.Remove(h.from)); err != nil {
			return fmt.Errorf("the database cannot be removed: %w", err)
		}
		return nil
	}
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return fmt.Errorf("the data directory cannot be read: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		if name != "postgres" && name != "run" && name != "postgres.log" && name != "postgres.log.1" && !strings.HasPrefix(name, initPrefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(h.dir, name)); err != nil {
			return fmt.Errorf("the database cannot be removed: %w", err)
		}
	}
	return nil
}
