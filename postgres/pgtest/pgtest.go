//go:build unix

// Package pgtest gives each test a PostgreSQL database of its own, with the newest schema, in less than 0.1 s.
//
// All test programs of a checkout share one private server, below .lectern/test: the first starts it, and it stops by
// itself some seconds after the last has ended. A template database carries the schema; its name is the hash of the
// migrations, so a changed migration makes a new one. A test's database is a copy of the template and is dropped with
// the test; what killed tests leave is dropped by the next run.
//
// LECTERN_TEST_DATABASE_URL names a server to use instead. Its role must be a superuser, because the tests make roles,
// databases and the extension.
//
// A test is never skipped for want of a database: it fails and says how to get one.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lectern-tutor/lectern/migrations"
	"github.com/lectern-tutor/lectern/postgres"
)

// timeout bounds everything done for one test before it starts, the first start of the server included.
const timeout = 2 * time.Minute

// Attr is the name of the test attribute that marks a test as run against PostgreSQL; its value is the database. The
// summary of `make test` counts them.
const Attr = "lectern.postgres"

// New returns a pool in the application role on a database of this test alone. Both go when the test ends.
func New(t testing.TB) *postgres.DB {
	t.Helper()
	app, _ := URLs(t)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	db, err := postgres.Open(ctx, app)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// URLs returns a database of this test alone as the application and as the owner see it. It is dropped when the test
// ends, connected or not.
func URLs(t testing.TB) (app, owner string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	s, err := start(ctx)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := cloneName()
	if err := s.clone(ctx, name); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := s.drop(ctx, name); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	t.Attr(Attr, name)
	return s.url(appRole, name), s.url(ownerRole, name)
}

const (
	superuserRole = ""
	ownerRole     = "lectern_owner"
	appRole       = "lectern_app"
)

// server is where the databases are made.
type server struct {
	// url is a database in a role; superuserRole is whoever may make databases.
	url func(role, database string) string
	// local says that process ids in the names of databases are this machine's.
	local bool

	mu       sync.Mutex
	template string // "" until it is known to be there
}

var shared struct {
	sync.Mutex
	server *server
	err    error
}

// start returns the server that this process uses. An error is final: a missing PostgreSQL is looked for only once.
func start(ctx context.Context) (*server, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = connect(ctx)
	}
	return shared.server, shared.err
}

func connect(ctx context.Context) (*server, error) {
	var s *server
	if given := os.Getenv("LECTERN_TEST_DATABASE_URL"); given != "" {
		u, err := url.Parse(given)
		if err != nil || u.Host == "" && u.Query().Get("host") == "" {
			return nil, errors.New("LECTERN_TEST_DATABASE_URL cannot be read; it looks like postgres://postgres:password@host:5432/postgres")
		}
		s = remote(u)
	} else {
		dir, err := dataDir()
		if err != nil {
			return nil, err
		}
		// Never closed: the process's end frees its lock, and the keeper stops the server.
		cluster, err := postgres.StartWith(ctx, dir, postgres.Options{Scratch: true})
		if err != nil {
			return nil, err
		}
		if err := keep(dir); err != nil {
			return nil, errors.Join(err, cluster.Close())
		}
		s = embedded(cluster)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func embedded(c *postgres.Cluster) *server {
	return &server{local: true, url: func(role, database string) string {
		switch role {
		case ownerRole:
			return c.OwnerURLOf(database)
		case appRole:
			return c.AppURLOf(database)
		default:
			return c.SuperuserURL(database)
		}
	}}
}

// remote connects always as the role in u and switches to the wanted one while connecting, so the two roles need no
// passwords. Row-level security binds the role switched to.
func remote(u *url.URL) *server {
	return &server{url: func(role, database string) string {
		out := *u
		out.Path = "/" + database
		if role != superuserRole {
			q := out.Query()
			q.Set("options", "-crole="+role) // without a space: in URLs libpq does not read + as one
			out.RawQuery = q.Encode()
		}
		return out.String()
	}}
}

// dataDir is .lectern/test in the root of the module that the test belongs to.
func dataDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for from := dir; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".lectern", "test"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod in %s or above it, so the test database has no place; set LECTERN_TEST_DATABASE_URL", from)
		}
	}
}

// admin runs fn on a connection that may make databases.
func (s *server) admin(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.url(superuserRole, "postgres"))
	if err != nil {
		return fmt.Errorf("the test server cannot be reached: %w", err)
	}
	return errors.Join(fn(conn), conn.Close(context.WithoutCancel(ctx)))
}

var cloned atomic.Int64

// clone makes a copy of the template. Another checkout or an older run may have dropped it: then it is made again.
func (s *server) clone(ctx context.Context, name string) error {
	return s.admin(ctx, func(conn *pgx.Conn) error {
		for attempt := 0; ; attempt++ {
			template, err := s.ensureTemplate(ctx)
			if err != nil {
				return err
			}
			err = postgres.CreateDatabase(ctx, conn, name, template)
			var pg *pgconn.PgError
			if attempt < 3 && errors.As(err, &pg) && pg.Code == "3D000" { // invalid_catalog_name: no such template
				s.forgetTemplate()
				continue
			}
			return err
		}
	})
}

func (s *server) drop(ctx context.Context, name string) error {
	return s.admin(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)")
		if err != nil {
			return fmt.Errorf("the test database %s cannot be dropped: %w", name, err)
		}
		return nil
	})
}

// prepare makes the roles where they are missing and drops what killed tests have left.
func (s *server) prepare(ctx context.Context) error {
	return s.admin(ctx, func(conn *pgx.Conn) error {
		if err := postgres.EnsureRoles(ctx, conn); err != nil {
			return err
		}
		return s.sweep(ctx, conn)
	})
}

// ensureTemplate returns the template's name and makes it first if it is not there. One process makes it while the
// others wait under an advisory lock. IS_TEMPLATE is set last: a template without it was left half made.
func (s *server) ensureTemplate(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.template != "" {
		return s.template, nil
	}
	name := templatePrefix + migrations.Hash()
	err := s.admin(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "select pg_advisory_lock(hashtext('lectern test template'))"); err != nil {
			return fmt.Errorf("waiting for another test program: %w", err)
		}
		var complete bool
		err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1 and datistemplate)", name).Scan(&complete)
		if err != nil || complete {
			return err
		}
		return s.makeTemplate(ctx, conn, name)
	})
	if err != nil {
		return "", err
	}
	s.template = name
	return name, nil
}

func (s *server) forgetTemplate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.template = ""
}

func (s *server) makeTemplate(ctx context.Context, conn *pgx.Conn, name string) error {
	if err := dropTemplates(ctx, conn); err != nil {
		return err
	}
	if err := postgres.CreateDatabase(ctx, conn, name, ""); err != nil {
		return err
	}
	inside, err := pgx.Connect(ctx, s.url(superuserRole, name))
	if err != nil {
		return fmt.Errorf("the template cannot be reached: %w", err)
	}
	if err := errors.Join(postgres.EnsureVector(ctx, inside), inside.Close(ctx)); err != nil {
		return err
	}
	if err := migrations.Apply(ctx, s.url(ownerRole, name)); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "alter database "+pgx.Identifier{name}.Sanitize()+" with is_template true allow_connections false")
	if err != nil {
		return fmt.Errorf("the template cannot be closed: %w", err)
	}
	return nil
}
