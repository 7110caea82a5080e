// Package postgres owns the connections: the pool, the transaction that is limited to one course, and the embedded
// cluster that `make run` starts where no server is configured.
//
// It knows no table but the ones it must look at to refuse a role that row-level security does not bind. The
// statements stand with the packages that run them.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/lectern-tutor/lectern/migrations"
	pgxvec "github.com/pgvector/pgvector-go/pgx"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// DB is a pool of connections in the application role. Every statement runs for one course.
type DB struct {
	pool *pgxpool.Pool
}

// WantVector is the oldest pgvector without a known memory or index error: 0.6.0 to 0.8.1 overflow a buffer in the
// parallel HNSW build (CVE-2026-3172), 0.8.3 and 0.8.4 mend index corruption and insert errors.
const WantVector = "0.8.4"

// Open connects to url and refuses a role that row-level security does not bind (a superuser, BYPASSRLS, the owner of
// the tables): the second lock would silently be open. The schema must be there; see migrations.Apply. configure may
// change what the connections are made of (a dialer, a tracer) before the first one is.
func Open(ctx context.Context, url string, configure ...func(*pgxpool.Config)) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The library's message may quote the URL, and with it a password.
		return nil, errors.New("postgres: the database URL cannot be read; it looks like postgres://user:password@host:5432/database")
	}
	cfg.MaxConns = int32(max(8, 4*runtime.GOMAXPROCS(0)))
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.ConnectTimeout = 10 * time.Second
	for name, value := range map[string]string{
		"application_name":                    "lectern",
		"jit":                                 "off",   // compiling a plan costs more than any statement here runs
		"statement_timeout":                   "60000", // ms; requests have shorter deadlines of their own
		"idle_in_transaction_session_timeout": "60000",
	} {
		if _, set := cfg.ConnConfig.RuntimeParams[name]; !set {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	cfg.AfterConnect = pgxvec.RegisterTypes
	for _, change := range configure {
		change(cfg)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	db := &DB{pool: pool}
	if err := db.checkRole(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// Close waits for the connections in use and closes all.
func (db *DB) Close() { db.pool.Close() }

// QueueSchema is the database schema of the queue's tables.
const QueueSchema = migrations.QueueSchema

// Queue is the job queue's driver on this pool. Its tables are no course's: they hold ids of courses and jobs only.
func (db *DB) Queue() *riverpgxv5.Driver { return riverpgxv5.New(db.pool) }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

const roleSQL = `
select current_user,
       r.rolsuper or r.rolbypassrls,
       exists (select from pg_class c
               where c.oid = to_regclass('chunks') and pg_has_role(current_user, c.relowner, 'member')),
       to_regclass('chunks') is not null
from pg_roles r where r.rolname = current_user`

func (db *DB) checkRole(ctx context.Context) error {
	var role string
	var unbound, owner, schema bool
	err := db.pool.QueryRow(ctx, roleSQL).Scan(&role, &unbound, &owner, &schema)
	switch {
	case err != nil:
		return fmt.Errorf("postgres: cannot use the database: %w", err)
	case !schema:
		return errors.New("postgres: the database has no Lectern tables yet; run `lectern migrate` with the owner's URL in LECTERN_MIGRATE_URL")
	case unbound || owner:
		return fmt.Errorf("postgres: the role %q is an administrator or owns the tables, so row-level security does not bind it; use a role that was granted lectern_app", role)
	}
	return nil
}

// Health is what an operator wants to know of a database.
type Health struct {
	Server string // PostgreSQL's version
	Vector string // pgvector's version
	Role   string // the role the application runs as
}

// Health asks the database who it is.
func (db *DB) Health(ctx context.Context) (Health, error) {
	var h Health
	err := db.pool.QueryRow(ctx, `
select current_setting('server_version'), (select extversion from pg_extension where extname = 'vector'), current_user`).
		Scan(&h.Server, &h.Vector, &h.Role)
	if err != nil {
		return h, fmt.Errorf("postgres: %w", err)
	}
	return h, nil
}

const setCourse = `select set_config('lectern.course', $1, true)`

// InCourse runs fn in a transaction that row-level security limits to one course. It commits when fn returns nil and
// rolls back otherwise.
func (db *DB) InCourse(ctx context.Context, course string, fn func(pgx.Tx) error) error {
	return db.InCourseAfter(ctx, course, func(*pgx.Batch) {}, fn)
}

// InCourseAfter is InCourse for a transaction whose first statements are known: first queues them, with functions for
// their results, and they go out with the transaction's beginning in one round trip. fn runs if all of them succeeded.
func (db *DB) InCourseAfter(ctx context.Context, course string, first func(*pgx.Batch), fn func(pgx.Tx) error) (err error) {
	batch := &pgx.Batch{}
	batch.BeginTx(pgx.TxOptions{})
	batch.Queue(setCourse, course)
	first(batch)
	results := db.pool.SendBatch(ctx, batch)
	tx := results.Tx()
	defer func() {
		if failed := tx.Rollback(ctx); err == nil && failed != nil && !errors.Is(failed, pgx.ErrTxClosed) {
			err = failed
		}
	}()
	if err := results.Close(); err != nil {
		return fmt.Errorf("postgres: entering course %s: %w", course, err)
	}
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// enterForQuery also asks for generic plans: planning a search takes longer than running it, and PostgreSQL would plan
// some of them anew each time. So a statement for Query has to have one plan that is good for all its parameters.
const enterForQuery = `select set_config('lectern.course', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true)`

// Query runs one statement limited to one course and hands its rows to fn, which must read them to the end. The settings
// and the statement go out together as one implicit transaction: one round trip, and on a warm connection one write.
func (db *DB) Query(ctx context.Context, course string, fn func(pgx.Rows) error, sql string, args ...any) (err error) {
	batch := &pgx.Batch{}
	batch.Queue(enterForQuery, course)
	batch.Queue(sql, args...)
	results := db.pool.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, results.Close()) }()
	if _, err := results.Exec(); err != nil {
		return fmt.Errorf("postgres: entering course %s: %w", course, err)
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	if err := fn(rows); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// Collect is Query with one value a row, read by scan (pgx.RowToStructByName and the like).
func Collect[T any](ctx context.Context, db *DB, course string, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	var all []T
	err := db.Query(ctx, course, func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, scan)
		return err
	}, sql, args...)
	return all, err
}

// OlderVector reports whether a version of pgvector is older than WantVector. A version that cannot be read counts as
// older.
func OlderVector(version string) bool {
	var have, want [3]int
	if n, err := fmt.Sscanf(version+".0", "%d.%d.%d", &have[0], &have[1], &have[2]); n < 3 || err != nil {
		return true
	}
	if _, err := fmt.Sscanf(WantVector, "%d.%d.%d", &want[0], &want[1], &want[2]); err != nil {
		panic(err) // a constant of ours
	}
	return slices.Compare(have[:], want[:]) < 0
}
