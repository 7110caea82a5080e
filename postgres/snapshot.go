package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Snapshot is InCourse for reading: all statements of fn see the database as it was at the first of them, and none can
// write. [Enter] moves on to another course within the same snapshot.
func (db *DB) Snapshot(ctx context.Context, course string, fn func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, db.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := Enter(ctx, tx, course); err != nil {
			return err
		}
		return fn(tx)
	})
}

// Enter limits the rest of a transaction to another course.
func Enter(ctx context.Context, tx pgx.Tx, course string) error {
	if _, err := tx.Exec(ctx, setCourse, course); err != nil {
		return fmt.Errorf("postgres: entering course %s: %w", course, err)
	}
	return nil
}

// A Rule is something that holds of a course's rows whatever was done to them, beyond what constraints can say. SQL is
// one statement that takes the course as $1 and returns one row: how many things it looked at, how many of them break
// the rule, and the ids of the first that does, or an empty text.
type Rule struct{ Name, SQL string }

// A Finding is what one rule found in a course.
type Finding struct {
	Rule            string
	Checked, Broken int
	Example         string // ids of the first thing that breaks the rule, no text; "" if none does
}

// Check looks at a course by each rule, all in one snapshot, and returns one finding per rule in their order, also for
// those that hold. Rules read whole courses, often just after a large ingest that no statistics tell of yet: without nested
// loops, which the planner then takes for cheap, that is seconds and not minutes. A rule has ten minutes.
func (db *DB) Check(ctx context.Context, course string, rules []Rule) ([]Finding, error) {
	var found []Finding
	err := db.Snapshot(ctx, course, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('enable_nestloop', 'off', true), set_config('statement_timeout', '600000', true)`); err != nil {
			return err
		}
		for _, r := range rules {
			f := Finding{Rule: r.Name}
			if err := tx.QueryRow(ctx, r.SQL, course).Scan(&f.Checked, &f.Broken, &f.Example); err != nil {
				return fmt.Errorf("checking that %s: %w", r.Name, err)
			}
			found = append(found, f)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("course %s: %w", course, err)
	}
	return found, nil
}
