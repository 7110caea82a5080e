// Package migrations owns the schema: numbered SQL files, embedded, and the code that applies them.
//
// schema.sql beside the files is the schema they result in, as pg_dump prints it. It is there to be read and reviewed;
// a test compares it with what the files really make. The queue's tables are not in it: River brings its own migrations,
// which run after ours.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver that goose drives
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed 0*.sql
var files embed.FS

// QueueSchema is the database schema of the queue's tables. Ours are in public.
const QueueSchema = "river"

// Apply brings the database at ownerURL to the newest schema, and the queue's tables to the newest of theirs. The role
// in the URL must own the database, or at least be allowed to create schemas in it and tables in public. Processes that
// apply at the same time wait for each other under an advisory lock, and a database that is up to date is left alone.
func Apply(ctx context.Context, ownerURL string) (err error) {
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }() // releases the lock, too
	if _, err := conn.Exec(ctx, `select pg_advisory_lock(hashtext('lectern migrations'))`); err != nil {
		return fmt.Errorf("migrations: waiting for another process that migrates: %w", err)
	}
	err = with(ownerURL, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return applyQueue(ctx, ownerURL)
}

// applyQueue runs River's migrations, one transaction each.
func applyQueue(ctx context.Context, ownerURL string) error {
	pool, err := pgxpool.New(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: QueueSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("migrations: the queue: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrations: the queue: %w", explain(err))
	}
	return nil
}

// Reset takes every migration back, newest first: all courses and all answers are gone. It exists for the test that
// runs up, down and up again.
func Reset(ctx context.Context, ownerURL string) error {
	return with(ownerURL, func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, 0)
		return err
	})
}

// Versions returns the schema version of the database and the newest one this program knows. A database that is ahead
// belongs to a newer program.
func Versions(ctx context.Context, ownerURL string) (current, newest int64, err error) {
	err = with(ownerURL, func(p *goose.Provider) error {
		current, newest, err = p.GetVersions(ctx)
		return err
	})
	return current, newest, err
}

// Hash identifies the set of migration files: equal hashes, equal schemas. Test databases are cloned from a template
// that carries it in its name. 16 hexadecimal digits.
func Hash() string {
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := files.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func with(ownerURL string, run func(*goose.Provider) error) (err error) {
	db, err := sql.Open("pgx", ownerURL)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	session, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(session))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if err := run(provider); err != nil {
		return fmt.Errorf("migrations: %w", explain(err))
	}
	return nil
}

// explain adds to an error of PostgreSQL what it alone does not tell: which privilege or package is missing.
func explain(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch {
	case pg.Code == "0A000" || pg.Code == "58P01": // feature_not_supported, undefined_file: no vector.control
		return fmt.Errorf("this PostgreSQL has no pgvector extension; install the package postgresql-NN-pgvector for its version, or run scripts/setup.sh: %w", err)
	case pg.Hint != "":
		return fmt.Errorf("%w (%s)", err, pg.Hint)
	}
	return err
}
