//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"time"
)

// The roles and the database of the embedded cluster. The same names stand in docker-compose.yml.
const (
	ownerRole     = "lectern_owner" // owns the database and, through migrations, the tables; no superuser
	appRole       = "lectern_app"   // serves requests; row-level security binds it
	superuserRole = "postgres"      // sets up roles, databases and the extension, nothing else
	mainDatabase  = "lectern"
)

// startTimeout bounds starting when the caller's context does not. It is long because a server that was killed replays
// its log first.
const startTimeout = 5 * time.Minute

// Cluster is a private PostgreSQL server whose data live in a directory of ours. It listens on a Unix socket only, in a
// directory that nobody but its user may enter.
//
// Any number of processes may hold the cluster of one data directory. The first starts the server, later ones attach
// to it, and the last to leave stops it. A process that is killed leaves without stopping anything: the server goes on,
// and the next process attaches to it.
type Cluster struct {
	home   *home
	users  *fileLock // held shared for as long as the cluster is in use by this Cluster
	socket string
	log    *slog.Logger

	closing sync.Once
	leaving chan struct{} // closed by Close
	closed  error
}

// Options changes how a cluster is started. The zero value is what `lectern serve` uses.
type Options struct {
	// Log receives one line about each thing that is done. Nil: silent.
	Log *slog.Logger
	// Scratch trades durability for speed: after a crash of the machine the data may be gone. For tests. It counts when
	// the server is started, not when it is attached to.
	Scratch bool
}

// Start starts the cluster of dataDir, or attaches to it if another process has started it. The directory is made where
// it is missing. log may be nil.
//
// As root, the server runs as an unprivileged user, because PostgreSQL refuses root; where that user cannot enter
// dataDir the cluster lives in /var/lib/lectern and log says so.
//
// The errors are sentences for the person who typed the command.
func Start(ctx context.Context, dataDir string, log *slog.Logger) (*Cluster, error) {
	return StartWith(ctx, dataDir, Options{Log: log})
}

// StartWith is Start with options.
func StartWith(ctx context.Context, dataDir string, opts Options) (*Cluster, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	h, err := findHome(dataDir, opts.Log)
	if err != nil {
		return nil, err
	}
	gate, err := h.gate(ctx)
	if err != nil {
		return nil, err
	}
	defer gate.release()
	users, err := h.lock(usersFile)
	if err != nil {
		return nil, err
	}
	// Never blocks for long: the exclusive lock is only ever tried, and by whoever holds the gate.
	if err := users.shared(ctx); err != nil {
		return nil, err
	}
	c := &Cluster{home: h, users: users, log: opts.Log, leaving: make(chan struct{})}
	ended, err := c.up(ctx, opts)
	if err != nil {
		return nil, errors.Join(err, c.leave())
	}
	if ended != nil {
		go c.watch(ended, opts)
	}
	return c, nil
}

// watch starts the server again when it dies while we use it. Whoever started it watches it; whoever attached finds it
// started again. A server whose socket is in a directory of its own in /tmp gets a new one, which the URLs that were
// handed out do not know: then the log says to start Lectern again.
func (c *Cluster) watch(ended <-chan struct{}, opts Options) {
	for ended != nil {
		select {
		case <-c.leaving:
			return
		case <-ended:
		}
		again, err := c.revive(opts)
		if err != nil {
			c.log.Error("PostgreSQL has died and cannot be started again", "data", c.home.data, "err", err)
			return
		}
		ended = again
	}
}

// revive starts a dead server again; a nil channel means that there is nothing left to watch.
func (c *Cluster) revive(opts Options) (<-chan struct{}, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	gate, err := c.home.gate(ctx)
	if err != nil {
		return nil, err
	}
	defer gate.release()
	select {
	case <-c.leaving:
		return nil, nil
	default:
	}
	return c.up(ctx, opts)
}

// up makes the server run and hold what Lectern expects. The channel is closed when the server ends; it is nil if
// another process started it. The caller holds the gate.
func (c *Cluster) up(ctx context.Context, opts Options) (ended <-chan struct{}, err error) {
	s, err := ensureServer(ctx, c.home, opts)
	if err != nil {
		return nil, err
	}
	switch c.socket {
	case "":
		c.socket = s.socket
	case s.socket:
	default:
		return s.ended, errors.New("its socket has moved; start Lectern again")
	}
	return s.ended, bootstrap(ctx, c)
}

// OwnerURL is the main database in the role that owns it: for migrations and clean-up.
func (c *Cluster) OwnerURL() string { return c.url(ownerRole, mainDatabase) }

// AppURL is the main database in the role that serves requests.
func (c *Cluster) AppURL() string { return c.url(appRole, mainDatabase) }

// OwnerURLOf is OwnerURL for another database of the cluster.
func (c *Cluster) OwnerURLOf(database string) string { return c.url(ownerRole, database) }

// AppURLOf is AppURL for another database of the cluster.
func (c *Cluster) AppURLOf(database string) string { return c.url(appRole, database) }

// SuperuserURL is a database in the role that may do everything. Row-level security does not bind it: it makes and
// drops databases for tests, and serves no request.
func (c *Cluster) SuperuserURL(database string) string { return c.url(superuserRole, database) }

func (c *Cluster) url(role, database string) string { return socketURL(c.socket, role, database) }

func socketURL(socket, role, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database}
	u.RawQuery = url.Values{"host": {socket}, "port": {serverPort}}.Encode()
	return u.String()
}

// Close leaves the cluster. If no other process uses it, Close stops the server and waits until it has stopped. Further
// calls return what the first one did.
func (c *Cluster) Close() error {
	c.closing.Do(func() {
		close(c.leaving)
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		gate, err := c.home.gate(ctx)
		if err != nil {
			c.closed = err
			c.users.release()
			return
		}
		defer gate.release()
		c.closed = c.leave()
	})
	return c.closed
}

// leave gives up the lock and stops the server if nobody else holds one. The caller holds the gate, so nobody arrives
// meanwhile.
func (c *Cluster) leave() error {
	defer c.users.release()
	last, err := c.users.tryExclusive()
	if err != nil || !last {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return stopServer(ctx, c.home, c.log)
}

// StopUnused waits until no process uses the cluster of dataDir and stops its server once it has been idle for the
// given time. It returns when the server has stopped, or when ctx is done. Only one process at a time waits like that:
// others return at once with false.
//
// It exists for test programs: they come and go in the hundreds, no code of ours runs when the last of them ends, and
// starting the server anew for each would cost more than the tests.
func StopUnused(ctx context.Context, dataDir string, idle time.Duration, log *slog.Logger) (bool, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h, err := findHome(dataDir, log)
	if err != nil {
		return false, err
	}
	watch, err := h.lock(watchFile)
	if err != nil {
		return false, err
	}
	defer watch.release()
	if first, err := watch.tryExclusive(); err != nil || !first {
		return false, err
	}
	users, err := h.lock(usersFile)
	if err != nil {
		return false, err
	}
	defer users.release()
	for {
		if err := pause(ctx, idle); err != nil {
			return false, err
		}
		stopped, err := stopIfUnused(ctx, h, users, watch, log)
		if stopped || err != nil {
			return stopped, err
		}
	}
}

func stopIfUnused(ctx context.Context, h *home, users, watch *fileLock, log *slog.Logger) (bool, error) {
	gate, err := h.gate(ctx)
	if err != nil {
		return false, err
	}
	defer gate.release()
	unused, err := users.tryExclusive()
	if err != nil || !unused {
		return false, err
	}
	defer users.unlock()
	// Before the gate opens: whoever starts the server next has to see that nobody watches any more.
	defer watch.unlock()
	return true, stopServer(ctx, h, log)
}

// Watched reports whether a process waits in StopUnused for dataDir.
func Watched(dataDir string) (bool, error) {
	h, err := findHome(dataDir, slog.New(slog.DiscardHandler))
	if err != nil {
		return false, err
	}
	watch, err := h.lock(watchFile)
	if err != nil {
		return false, err
	}
	defer watch.release()
	free, err := watch.tryExclusive()
	return !free, err
}

// Remove stops the cluster of dataDir and deletes it with all its data. It refuses while another process uses it. A
// cluster that does not exist is no error.
func Remove(ctx context.Context, dataDir string, log *slog.Logger) error {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if _, err := os.Stat(dataDir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	h, err := findHome(dataDir, log)
	if err != nil {
		return err
	}
	gate, err := h.gate(ctx)
	if err != nil {
		return err
	}
	defer gate.release()
	users, err := h.lock(usersFile)
	if err != nil {
		return err
	}
	defer users.release()
	unused, err := users.tryExclusive()
	if err != nil {
		return err
	}
	if !unused {
		return fmt.Errorf("the database in %s is in use; stop the running lectern first", h.data)
	}
	if err := stopServer(ctx, h, log); err != nil {
		return err
	}
	return h.remove()
}
