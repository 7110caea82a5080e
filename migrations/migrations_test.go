package migrations_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/migrations"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

var update = flag.Bool("update", false, "write schema.sql")

// TestSchema: up, down and up again is the same schema, and schema.sql is what it is.
func TestSchema(t *testing.T) {
	ctx := t.Context()
	_, owner := pgtest.URLs(t)
	first := dump(t, owner)
	if err := migrations.Reset(ctx, owner); err != nil {
		t.Fatal(err)
	}
	if left := tables(t, owner); len(left) > 0 {
		t.Errorf("after down there are still %s", strings.Join(left, ", "))
	}
	if err := migrations.Apply(ctx, owner); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, dump(t, owner)); diff != "" {
		t.Errorf("up, down, up is another schema (-first +second):\n%s", diff)
	}
	if *update {
		if err := os.WriteFile("schema.sql", []byte(first), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), first); diff != "" {
		t.Errorf("schema.sql is not what the migrations make; go test ./migrations -update writes it (-file +database):\n%s", diff)
	}
}

// TestSchemaRules: every table and column that a reader may wonder about is explained, every table that can grow is
// keyed by its course first and under row-level security.
func TestSchemaRules(t *testing.T) {
	_, owner := pgtest.URLs(t)
	conn := connect(t, owner)
	rows, err := conn.Query(t.Context(), `
select c.relname,
       coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
       c.relrowsecurity,
       coalesce((select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
                 where i.indrelid = c.oid and i.indisprimary), '') as first_key,
       (select count(*) from pg_policy p where p.polrelid = c.oid)
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'goose_db_version'
order by c.relname`)
	if err != nil {
		t.Fatal(err)
	}
	shared := map[string]string{"embedding_spaces": "space_id"} // a handful of rows, no course's
	var name, comment, key string
	var secured bool
	var policies int
	seen := 0
	if _, err := pgx.ForEachRow(rows, []any{&name, &comment, &secured, &key, &policies}, func() error {
		seen++
		want, isShared := shared[name]
		if !isShared {
			want = "course_id"
		}
		if key != want {
			t.Errorf("%s: the first column of the primary key is %q, want %s", name, key, want)
		}
		if !isShared && (!secured || policies == 0) {
			t.Errorf("%s: no row-level security", name)
		}
		if comment == "" {
			t.Errorf("%s: no comment", name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Errorf("%d tables: this test looks in the wrong place", seen)
	}
	var silent []string
	if err := conn.QueryRow(t.Context(), `
select coalesce(array_agg(c.relname || '.' || a.attname order by 1), '{}')
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'goose_db_version'
  and a.attname not in ('course_id', 'lecture_id', 'answer_id', 'space_id', 'created_at', 'published_at')
  and col_description(c.oid, a.attnum) is null`).Scan(&silent); err != nil {
		t.Fatal(err)
	}
	if len(silent) > 0 {
		t.Errorf("columns without a comment: %s", strings.Join(silent, ", "))
	}
	var bad []string
	if err := conn.QueryRow(t.Context(), `
select coalesce(array_agg(conrelid::regclass || '.' || conname), '{}')
from pg_constraint f
where contype = 'f' and connamespace = 'public'::regnamespace
  and confrelid <> 'embedding_spaces'::regclass
  and (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]) <> 'course_id'`).Scan(&bad); err != nil {
		t.Fatal(err)
	}
	if len(bad) > 0 {
		t.Errorf("foreign keys that do not begin with the course: %s", strings.Join(bad, ", "))
	}
}

// TestSecondLock: with the policies alone, the application's role sees the course it entered and no other, and cannot
// write into another.
func TestSecondLock(t *testing.T) {
	ctx := t.Context()
	db := pgtest.New(t)
	for _, course := range []string{"a", "b"} {
		err := db.InCourse(ctx, course, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `insert into courses (course_id, title) values ($1, $1)`, course)
			if err == nil {
				_, err = tx.Exec(ctx, `insert into lectures (course_id, lecture_id, title, position) values ($1, 'l', 'L', 0)`, course)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// No course predicate on purpose.
	for course, want := range map[string][]string{"a": {"a"}, "b": {"b"}, "": nil, "nobody": nil} {
		got, err := postgres.Collect(ctx, db, course, pgx.RowTo[string], `select course_id from lectures`)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("in course %q (-want +got):\n%s", course, diff)
		}
	}
	err := db.InCourse(ctx, "a", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into lectures (course_id, lecture_id, title, position) values ('b', 'smuggled', 'L', 0)`)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "row-level security") {
		t.Errorf("a write into another course: %v", err)
	}
	err = db.InCourse(ctx, "a", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update lectures set title = 'taken'`)
		if tag.RowsAffected() != 1 {
			t.Errorf("an update without a predicate touched %d rows", tag.RowsAffected())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestOwnerIsRefused: the application does not run in a role that the second lock does not bind.
func TestOwnerIsRefused(t *testing.T) {
	_, owner := pgtest.URLs(t)
	db, err := postgres.Open(t.Context(), owner)
	if err == nil {
		db.Close()
		t.Fatal("the owner was let in")
	}
	if !strings.Contains(err.Error(), "row-level security does not bind") {
		t.Errorf("the error does not say why: %v", err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func tables(t *testing.T, url string) []string {
	t.Helper()
	rows, err := connect(t, url).Query(t.Context(), `
select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'S') and relname not like 'goose%'`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

var noise = regexp.MustCompile(`(?m)^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*)\n`)

// dump is the schema as pg_dump prints it, without what depends on its version.
func dump(t *testing.T, url string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), pgDump(), "--schema-only", "--no-owner", "--exclude-table=goose_db_version*", "--exclude-schema="+migrations.QueueSchema, url)
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, stderr.String())
	}
	s := noise.ReplaceAllString(out.String(), "")
	return strings.TrimSpace(regexp.MustCompile(`\n{3,}`).ReplaceAllString(s, "\n\n")) + "\n"
}

// pgDump prefers the one that came with the server over an older one on the PATH.
func pgDump() string {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	if err == nil && len(found) > 0 {
		return found[len(found)-1]
	}
	return "pg_dump"
}
