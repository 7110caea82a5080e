//go:build unix

package pgtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestProxy: a commit that is cut off before it reaches the server is none, and one that is cut off behind it is one.
func TestProxy(t *testing.T) {
	t.Parallel()
	_, owner := URLs(t)
	p := NewProxy(t, owner)
	for i, c := range []struct {
		name  string
		plan  func()
		write func(context.Context, *pgx.Conn, string) error
		fails bool
		lands bool
	}{
		{"no plan", func() {}, inTransaction, false, true},
		{"before commit", func() { p.CutAtCommit(1, BeforeCommit) }, inTransaction, true, false},
		{"after commit", func() { p.CutAtCommit(1, AfterCommit) }, inTransaction, true, true},
		{"before an implicit commit", func() { p.CutAtCommit(1, BeforeCommit) }, alone, true, false},
		{"after an implicit commit", func() { p.CutAtCommit(1, AfterCommit) }, alone, true, true},
		{"the commit after", func() { p.CutAtCommit(2, BeforeCommit) }, inTransaction, false, true},
		{"a byte", func() { p.CutAtByte(10) }, inTransaction, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := pgx.Connect(t.Context(), p.URL())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(context.Background()) }()
			course := fmt.Sprintf("c%d", i)
			c.plan()
			err = c.write(t.Context(), conn, course)
			if (err != nil) != c.fails {
				t.Errorf("the client saw %v", err)
			}
			p.Cut()
			landed := query[int](t, owner, "select count(*)::int from courses where course_id = $1", course)
			if (landed == 1) != c.lands {
				t.Errorf("%d rows are there", landed)
			}
		})
	}
}

const insertCourse = "insert into courses (course_id, title) values ($1, 'A course')"

func inTransaction(ctx context.Context, conn *pgx.Conn, course string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insertCourse, course)
		return err
	})
}

func alone(ctx context.Context, conn *pgx.Conn, course string) error {
	_, err := conn.Exec(ctx, insertCourse, course)
	return err
}

// TestProxyStall: traffic that was held back arrives.
func TestProxyStall(t *testing.T) {
	t.Parallel()
	_, owner := URLs(t)
	p := NewProxy(t, owner)
	conn, err := pgx.Connect(t.Context(), p.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	p.Stall()
	done := make(chan error, 1)
	go func() { done <- conn.Ping(context.Background()) }()
	select {
	case err := <-done:
		t.Fatalf("the proxy stalls, and the server answered: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	p.Resume()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
