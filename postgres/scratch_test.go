//go:build unix

package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func scratches(t *testing.T, c *Cluster) string {
	t.Helper()
	var names []string
	err := asSuperuser(t.Context(), c, "postgres", func(conn *pgx.Conn) error {
		rows, err := conn.Query(t.Context(), "select datname from pg_database where starts_with(datname, $1) order by 1", scratchPrefix)
		if err != nil {
			return err
		}
		names, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// A scratch database has the schema, row-level security binds its application role, and it is gone after
// Close, connected or not.
func scratchIsUsable(t *testing.T, c *Cluster) {
	s, err := c.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), s.AppURL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	held, err := db.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	if got := scratches(t, c); got != s.name {
		t.Errorf("there is %q, not %s", got, s.name)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var tables, unknown int
	if err := held.QueryRow(t.Context(), `
select count(*), count(*) filter (where reltuples < 0) -- never vacuumed nor analysed
from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r'`).Scan(&tables, &unknown); err != nil {
		t.Fatal(err)
	}
	if tables == 0 || unknown > 0 {
		t.Errorf("%d of %d tables are not settled", unknown, tables)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := scratches(t, c); got != "" {
		t.Errorf("%q is left", got)
	}
}

// What a killed process left is dropped by the next, and what a living one uses is not.
func scratchIsSwept(t *testing.T, c *Cluster) {
	killed, err := c.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	living, err := c.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// All that is left of a process after kill -9 is its databases: its connections end, though the server may take a
	// moment to notice.
	pid := killed.holder.PgConn().PID()
	if err := killed.holder.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitUntilGone(t, c, pid)
	next, err := c.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := scratches(t, c)
	if strings.Contains(got, killed.name) || !strings.Contains(got, living.name) || !strings.Contains(got, next.name) {
		t.Errorf("%s was killed, %s lives, %s is new; there is %s", killed.name, living.name, next.name, got)
	}
	for _, s := range []*Scratch{living, next} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// waitUntilGone waits until the server has ended a connection, and with it its locks.
func waitUntilGone(t *testing.T, c *Cluster, pid uint32) {
	t.Helper()
	err := asSuperuser(t.Context(), c, "postgres", func(conn *pgx.Conn) error {
		for there, deadline := true, time.Now().Add(time.Minute); there; {
			if time.Now().After(deadline) {
				return errors.New("the connection is still there after a minute")
			}
			const sql = "select exists (select from pg_stat_activity where pid = $1)"
			if err := conn.QueryRow(t.Context(), sql, pid).Scan(&there); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An interrupt while it is made leaves nothing.
func scratchIsInterrupted(t *testing.T, c *Cluster) {
	for _, after := range []time.Duration{0, 5 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		s, err := c.Scratch(ctx)
		if err == nil {
			err = s.Close() // it was faster
		} else if ctx.Err() == nil {
			t.Errorf("after %v: %v", after, err)
		}
		cancel()
		if got := scratches(t, c); got != "" {
			t.Errorf("after %v %q is left; %v", after, got, err)
		}
	}
}

func TestScratch(t *testing.T) {
	t.Parallel()
	c := start(t, clusterDir(t))
	t.Run("usable", func(t *testing.T) { scratchIsUsable(t, c) })
	t.Run("swept", func(t *testing.T) { scratchIsSwept(t, c) })
	t.Run("interrupted", func(t *testing.T) { scratchIsInterrupted(t, c) })
	closeCluster(t, c)
}
