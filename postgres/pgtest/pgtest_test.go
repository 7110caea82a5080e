//go:build unix

package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lectern-tutor/lectern/migrations"
)

func query[T any](t *testing.T, url, sql string, args ...any) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var v T
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNewHasTheNewestSchemaInTheApplicationRole(t *testing.T) {
	t.Parallel()
	db := New(t)
	health, err := db.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if health.Role != "lectern_app" || health.Vector == "" {
		t.Errorf("health = %+v, want the role lectern_app and a pgvector", health)
	}
}

func TestTestsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	_, a := URLs(t)
	_, b := URLs(t)
	query[string](t, a, "insert into courses (course_id, title) values ('only-here', 'A course') returning course_id")
	if n := query[int](t, b, "select count(*)::int from courses"); n != 0 {
		t.Errorf("the other database has %d courses, want 0", n)
	}
}

func TestTheRolesAreWhatTheyShouldBe(t *testing.T) {
	t.Parallel()
	app, owner := URLs(t)
	for url, want := range map[string]string{app: "lectern_app false false", owner: "lectern_owner false true"} {
		got := query[string](t, url, `
select format('%s %s %s', current_user,
    case when r.rolsuper or r.rolbypassrls then 'true' else 'false' end,
    case when pg_get_userbyid(d.datdba) = current_user then 'true' else 'false' end)
from pg_roles r, pg_database d where r.rolname = current_user and d.datname = current_database()`)
		if got != want {
			t.Errorf("role, exempt from row-level security, owns the database = %s, want %s", got, want)
		}
	}
	current, newest, err := migrations.Versions(t.Context(), owner)
	if err != nil || current != newest || newest == 0 {
		t.Errorf("schema version %d of %d, %v", current, newest, err)
	}
}

func TestTheDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	var owner string
	t.Run("inner", func(t *testing.T) {
		_, owner = URLs(t)
		query[int](t, owner, "select 1")
	})
	if conn, err := pgx.Connect(t.Context(), owner); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the database of a test that has ended is still there")
	}
}

func TestSweepDropsWhatAKilledTestLeft(t *testing.T) {
	t.Parallel()
	URLs(t)
	s, err := start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// No process has this number: it is above the largest that Linux gives out.
	left := fmt.Sprintf("%s%d_%d_1", clonePrefix, time.Now().Unix()-int64(staleAfter.Seconds())-60, 1<<30)
	if err := s.clone(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	if err := s.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin := s.url(superuserRole, "postgres")
	if query[bool](t, admin, "select exists (select from pg_database where datname = $1)", left) {
		t.Errorf("%s is still there", left)
	}
}

func TestCloneMakesAMissingTemplateAgain(t *testing.T) {
	// Not parallel with the other tests of this package: it takes the template away. Other packages make it again, as
	// this one does.
	URLs(t)
	s, err := start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = s.admin(t.Context(), func(conn *pgx.Conn) error {
		if _, err := conn.Exec(t.Context(), "select pg_advisory_lock(hashtext('lectern test template'))"); err != nil {
			return err
		}
		return dropTemplates(t.Context(), conn)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, owner := URLs(t)
	query[int](t, owner, "select count(*)::int from courses")
}

func TestStale(t *testing.T) {
	now := time.Unix(2_000_000_000, 0)
	dead := func(int) bool { return false }
	living := func(int) bool { return true }
	for _, c := range []struct {
		name  string
		local bool
		alive func(int) bool
		want  bool
	}{
		{"lectern_test_1999999999_12_1", true, living, false},
		{"lectern_test_1999999999_12_1", true, dead, true},
		{"lectern_test_1999999999_12_1", false, dead, false}, // another machine's process id says nothing
		{"lectern_test_1999970000_12_1", false, dead, true},
		{"lectern_test_1999970000_12_1", true, living, true}, // the process id has been given out again
		{"lectern_test_mine", true, dead, false},
		{"lectern", true, dead, false},
	} {
		if got := stale(c.name, c.local, now, c.alive); got != c.want {
			t.Errorf("stale(%q, local %v) = %v, want %v", c.name, c.local, got, c.want)
		}
	}
}

// BenchmarkClone is what a test pays for a database of its own: copy, connect, drop.
func BenchmarkClone(b *testing.B) {
	ctx := b.Context()
	s, err := start(ctx)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.ensureTemplate(ctx); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		name := cloneName()
		if err := s.clone(ctx, name); err != nil {
			b.Fatal(err)
		}
		if err := s.drop(ctx, name); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRemoteSwitchesRolesWithoutPasswords(t *testing.T) {
	given, err := url.Parse("postgres://admin:secret@db.example:5433/postgres?sslmode=require")
	if err != nil {
		t.Fatal(err)
	}
	s := remote(given)
	for role, want := range map[string]string{
		superuserRole: "postgres://admin:secret@db.example:5433/x?sslmode=require",
		appRole:       "postgres://admin:secret@db.example:5433/x?options=-crole%3Dlectern_app&sslmode=require",
	} {
		if got := s.url(role, "x"); got != want {
			t.Errorf("url(%q) = %s, want %s", role, got, want)
		}
	}
}
