//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// bootstrap makes what is missing of roles, database and extension. Every start runs it, so a process that was killed
// half way has done no harm, and a newer pgvector is taken up.
func bootstrap(ctx context.Context, c *Cluster) error {
	err := asSuperuser(ctx, c, "postgres", func(conn *pgx.Conn) error {
		if err := EnsureRoles(ctx, conn); err != nil {
			return err
		}
		return CreateDatabase(ctx, conn, mainDatabase, "")
	})
	if err != nil {
		return err
	}
	return asSuperuser(ctx, c, mainDatabase, func(conn *pgx.Conn) error {
		return EnsureVector(ctx, conn)
	})
}

func asSuperuser(ctx context.Context, c *Cluster, database string, fn func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.SuperuserURL(database))
	if err != nil {
		return fmt.Errorf("the embedded database %s cannot be reached: %w", database, err)
	}
	return errors.Join(fn(conn), conn.Close(ctx))
}

// EnsureRoles makes the owner's and the application's role where they are missing. conn is a superuser's.
func EnsureRoles(ctx context.Context, conn *pgx.Conn) error {
	for _, role := range []string{ownerRole, appRole} {
		if err := ensureRole(ctx, conn, role); err != nil {
			return err
		}
	}
	return nil
}

// ensureRole makes role, or takes from it what it must not have.
func ensureRole(ctx context.Context, conn *pgx.Conn, role string) error {
	var exists, proper bool
	err := conn.QueryRow(ctx, `
select count(*) = 1, coalesce(bool_and(rolcanlogin and not (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)), false)
from pg_roles where rolname = $1`, role).Scan(&exists, &proper)
	if err != nil {
		return fmt.Errorf("the roles cannot be listed: %w", err)
	}
	if proper {
		return nil
	}
	verb := "create"
	if exists {
		verb = "alter"
	}
	_, err = conn.Exec(ctx, verb+" role "+role+" login nosuperuser nobypassrls nocreaterole nocreatedb")
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42710" || pg.Code == "23505") { // duplicate_object, unique_violation
		return nil // another process was faster
	}
	if err != nil {
		return fmt.Errorf("the role %s cannot be made: %w", role, err)
	}
	return nil
}

// CreateDatabase makes a database that the owner role owns, as a copy of template ("" for an empty one), if no database
// of that name is there. Only the two roles may connect to it. conn is a superuser's.
func CreateDatabase(ctx context.Context, conn *pgx.Conn, name, template string) error {
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil {
		return fmt.Errorf("the databases cannot be listed: %w", err)
	}
	if exists {
		return nil
	}
	if template == "" {
		template = "template0"
	}
	quoted := pgx.Identifier{name}.Sanitize()
	_, err := conn.Exec(ctx, "create database "+quoted+" owner "+ownerRole+" template "+pgx.Identifier{template}.Sanitize())
	if err != nil {
		return fmt.Errorf("the database %s cannot be made: %w", name, err)
	}
	if _, err := conn.Exec(ctx, "revoke all on database "+quoted+" from public"); err != nil {
		return fmt.Errorf("the database %s cannot be closed to others: %w", name, err)
	}
	if _, err := conn.Exec(ctx, "grant connect on database "+quoted+" to "+appRole); err != nil {
		return fmt.Errorf("the database %s cannot be opened to %s: %w", name, appRole, err)
	}
	return nil
}

// EnsureVector puts pgvector into the database that conn, a superuser's, is connected to, in the newest version that is
// installed. Below 0.8.2 building an index in parallel can overflow a buffer, so there it is done by one process.
func EnsureVector(ctx context.Context, conn *pgx.Conn) error {
	var available, has string
	err := conn.QueryRow(ctx, `
select default_version, coalesce(installed_version, '') from pg_available_extensions where name = 'vector'`).Scan(&available, &has)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return errors.New("pgvector is not installed for this PostgreSQL; run `make run` or scripts/setup.sh, which installs it")
	case err != nil:
		return fmt.Errorf("the extensions cannot be listed: %w", err)
	case has == "":
		_, err = conn.Exec(ctx, "create extension if not exists vector")
	case has != available:
		_, err = conn.Exec(ctx, "alter extension vector update")
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("pgvector %s cannot be set up: %w", available, err)
	}
	_, err = conn.Exec(ctx, `
do $$
begin
    if string_to_array((select extversion from pg_extension where extname = 'vector'), '.')::int[] < '{0,8,2}' then
        execute format('alter database %I set max_parallel_maintenance_workers = 0', current_database());
    else
        execute format('alter database %I reset max_parallel_maintenance_workers', current_database());
    end if;
end
$$`)
	if err != nil {
		return fmt.Errorf("pgvector %s cannot be set up: %w", available, err)
	}
	return nil
}
