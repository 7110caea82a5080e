//go:build unix

package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/migrations"
)

// Scratch is a database that exists for one task: it has the newest schema and nothing in it, and is dropped by Close.
//
// Whoever holds one holds an advisory lock with its name, and the lock ends with the process, however that ends. So the
// next Scratch finds what a killed process left behind, and drops it.
type Scratch struct {
	cluster *Cluster
	name    string
	holder  *pgx.Conn
}

const (
	scratchPrefix  = "lectern_scratch_"
	scratchTimeout = time.Minute // for making or dropping one
	// The lock of a scratch database; advisory locks belong to the database they are taken in, which is always postgres.
	lockScratch = `select pg_try_advisory_lock(hashtextextended($1, 0))`
)

// Scratch makes a scratch database, after dropping those whose process is gone.
func (c *Cluster) Scratch(ctx context.Context) (*Scratch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := c.newScratch(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	if err := migrations.Apply(ctx, c.OwnerURLOf(s.name)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// newScratch is not to be interrupted: a connection that is cut in the middle of CREATE DATABASE leaves a database that
// may or may not be there a moment later.
func (c *Cluster) newScratch(ctx context.Context) (_ *Scratch, err error) {
	ctx, cancel := context.WithTimeout(ctx, scratchTimeout)
	defer cancel()
	holder, err := pgx.Connect(ctx, c.SuperuserURL("postgres"))
	if err != nil {
		return nil, fmt.Errorf("the embedded database cannot be reached: %w", err)
	}
	s := &Scratch{cluster: c, name: scratchPrefix + strings.ToLower(rand.Text()[:16]), holder: holder}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := sweepScratch(ctx, holder); err != nil {
		return nil, err
	}
	var held bool
	if err := holder.QueryRow(ctx, lockScratch, s.name).Scan(&held); err != nil {
		return nil, fmt.Errorf("the scratch database %s cannot be locked: %w", s.name, err)
	}
	if !held {
		return nil, fmt.Errorf("the scratch database %s is held by another process", s.name)
	}
	if err := CreateDatabase(ctx, holder, s.name, ""); err != nil {
		return nil, err
	}
	// What is lost in a crash is dropped at the next start anyway.
	if _, err := holder.Exec(ctx, "alter database "+pgx.Identifier{s.name}.Sanitize()+" set synchronous_commit = off"); err != nil {
		return nil, fmt.Errorf("the scratch database %s cannot be set up: %w", s.name, err)
	}
	return s, asSuperuser(ctx, c, s.name, func(conn *pgx.Conn) error { return EnsureVector(ctx, conn) })
}

// AppURL is the database in the role that serves requests.
func (s *Scratch) AppURL() string { return s.cluster.AppURLOf(s.name) }

// Settle does at once what the server would do in time after a large load: it vacuums and analyses every table, so that
// plans rest on statistics and scans find their visibility maps, and writes all pages to disk, so that the writing does not
// disturb a measurement. Minutes for a database of some GB.
func (s *Scratch) Settle(ctx context.Context) error {
	err := asSuperuser(ctx, s.cluster, s.name, func(conn *pgx.Conn) error {
		for _, sql := range []string{"vacuum (analyze)", "checkpoint"} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the scratch database %s cannot be settled: %w", s.name, err)
	}
	return nil
}

// Close drops the database, connected or not.
func (s *Scratch) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), scratchTimeout)
	defer cancel()
	_, err := s.holder.Exec(ctx, "drop database if exists "+pgx.Identifier{s.name}.Sanitize()+" with (force)")
	if err != nil {
		err = fmt.Errorf("the scratch database %s cannot be dropped; the next one to be made will drop it: %w", s.name, err)
	}
	return errors.Join(err, s.holder.Close(ctx))
}

// sweepScratch drops the scratch databases that no living process holds.
func sweepScratch(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1) order by 1", scratchPrefix)
	if err != nil {
		return fmt.Errorf("the databases cannot be listed: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("the databases cannot be listed: %w", err)
	}
	for _, name := range names {
		var free bool
		if err := conn.QueryRow(ctx, lockScratch, name).Scan(&free); err != nil {
			return fmt.Errorf("the scratch database %s cannot be locked: %w", name, err)
		}
		if !free {
			continue
		}
		_, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)")
		if err == nil {
			_, err = conn.Exec(ctx, "select pg_advisory_unlock(hashtextextended($1, 0))", name)
		}
		if err != nil {
			return fmt.Errorf("the scratch database %s of a killed process cannot be dropped: %w", name, err)
		}
	}
	return nil
}
