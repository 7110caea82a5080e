//go:build unix

package pgtest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	templatePrefix = "lectern_template_"
	clonePrefix    = "lectern_test_"
	// staleAfter is how old a test's database on a server of somebody else must be before it counts as left behind. No
	// test runs that long.
	staleAfter = 6 * time.Hour
)

// cloneName returns a new name that says when and by which process it was made.
func cloneName() string {
	return fmt.Sprintf("%s%d_%d_%d", clonePrefix, time.Now().Unix(), os.Getpid(), cloned.Add(1))
}

// stale reports whether the test that made database name cannot be running any more.
func stale(name string, local bool, now time.Time, alive func(pid int) bool) bool {
	var made int64
	var pid, n int
	rest, ok := strings.CutPrefix(name, clonePrefix)
	if !ok {
		return false
	}
	if _, err := fmt.Sscanf(rest, "%d_%d_%d", &made, &pid, &n); err != nil {
		return false // not ours
	}
	return local && !alive(pid) || now.Sub(time.Unix(made, 0)) > staleAfter
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || err == syscall.EPERM
}

// sweep drops the databases of tests that were killed. Other processes may do the same at the same time.
func (s *server) sweep(ctx context.Context, conn *pgx.Conn) error {
	names, err := databases(ctx, conn, clonePrefix)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !stale(name, s.local, time.Now(), alive) {
			continue
		}
		if _, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)"); err != nil {
			return fmt.Errorf("the database %s of a killed test cannot be dropped: %w", name, err)
		}
	}
	return nil
}

// dropTemplates drops all templates, the half-made and those of other migrations. The caller holds the template lock.
func dropTemplates(ctx context.Context, conn *pgx.Conn) error {
	names, err := databases(ctx, conn, templatePrefix)
	if err != nil {
		return err
	}
	for _, name := range names {
		quoted := pgx.Identifier{name}.Sanitize()
		if _, err := conn.Exec(ctx, "alter database "+quoted+" with is_template false"); err != nil {
			return fmt.Errorf("the old template %s cannot be dropped: %w", name, err)
		}
		if _, err := conn.Exec(ctx, "drop database "+quoted+" with (force)"); err != nil {
			return fmt.Errorf("the old template %s cannot be dropped: %w", name, err)
		}
	}
	return nil
}

func databases(ctx context.Context, conn *pgx.Conn, prefix string) ([]string, error) {
	rows, err := conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1) order by 1", prefix)
	if err != nil {
		return nil, fmt.Errorf("the databases cannot be listed: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("the databases cannot be listed: %w", err)
	}
	return names, nil
}
