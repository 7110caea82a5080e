package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/riverqueue/river"
)

// A Condition says what the lecture must be for an upload to be accepted, as HTTP's If-Match and If-None-Match do. The
// zero Condition is always met.
type Condition struct {
	Match []string // the lecture's ETag is one of these; "*": there is such a lecture
	New   bool     // there is no such lecture (If-None-Match: *)
}

// Accepted is what became of an upload at the door.
type Accepted struct {
	// Job is what the upload is worked under. Its zero value if Unchanged.
	Job Job
	// Unchanged: the lecture is published with these very bytes, title and position already, so there is nothing to do.
	// Version is then the active one.
	Unchanged bool
	Version   int
	Created   bool   // the lecture had no version before
	ETag      string // the lecture's, from now on; without quotes

	entry int64 // of the queue
}

// Accept stores src with the job that will publish it, in one transaction: an upload that was accepted is not lost. A
// pending job of the same lecture is superseded, so the last upload wins; whoever must not overwrite what they have not
// seen sets a condition. Workers of the queue (see [Ingester.Start]) take the job from here.
func (in *Ingester) Accept(ctx context.Context, src Source, cond Condition) (Accepted, error) {
	return in.accept(ctx, src, cond, 0)
}

// Attempts that a job has before it fails for good, and how soon a worker of the queue looks at a job that the process
// which accepted it works itself.
const (
	queueAttempts = 10 // with the delays of RetryDelay: 8 to 9 minutes of outage
	ownAttempts   = 6  // 31 s; somebody is waiting, but llm's breaker, once open, lets nobody through for 15 s
	backstop      = time.Minute
)

// accept is Accept; own delays the queue by backstop, because the caller works the job itself.
func (in *Ingester) accept(ctx context.Context, src Source, cond Condition, own time.Duration) (Accepted, error) {
	course := src.Scope.Course
	if !postgres.ValidLectureID(src.Lecture) {
		return Accepted{}, fmt.Errorf("%q cannot name a lecture: use 1 to 128 of a-z, 0-9, _ and -, beginning with a letter or a digit", src.Lecture)
	}
	src.Title = cleanTitle(src.Title) // the published title is compared with it
	queue, err := in.inserter()
	if err != nil {
		return Accepted{}, err
	}
	derived, err := in.comparable(ctx, src)
	if err != nil {
		return Accepted{}, err
	}
	var a Accepted
	err = in.DB.InCourse(ctx, course, func(tx pgx.Tx) (err error) {
		a, err = admit(ctx, tx, queue, src, cond, derived, own)
		in.at(StepAccepting)
		return err
	})
	if err != nil {
		return Accepted{}, fmt.Errorf("lecture %s/%s: %w", course, src.Lecture, err)
	}
	in.at(StepAccepted)
	return a, nil
}

// spaceWait is how long an upload waits at the door for the embedding model to name its vectors.
const spaceWait = 2 * time.Second

// comparable returns with what the course's versions are made at present if src looks like what is published, so that the
// two can be compared. Otherwise, or if the embedding model does not answer now, it returns none: the worker will see.
func (in *Ingester) comparable(ctx context.Context, src Source) (derivation, error) {
	course := src.Scope.Course
	if _, err := in.courseLanguage(ctx, course); err != nil {
		return derivation{}, err
	}
	active, err := in.active(ctx, course, src.Lecture)
	if sum := sha256.Sum256(src.Bytes); err != nil || !bytes.Equal(active.sha256, sum[:]) {
		return derivation{}, err
	}
	limited, cancel := context.WithTimeout(ctx, spaceWait)
	defer cancel()
	d, err := in.derivation(limited, course)
	if errors.Is(err, errNoSpace) {
		return derivation{}, ctx.Err()
	}
	return d, err
}

// admit is accept's transaction. Locks are taken in the order lecture, course, job, as everywhere.
func admit(ctx context.Context, tx pgx.Tx, queue *river.Client[pgx.Tx], src Source, cond Condition, derived derivation, own time.Duration) (Accepted, error) {
	course := src.Scope.Course
	now, err := lockForUpload(ctx, tx, src)
	if err != nil {
		return Accepted{}, err
	}
	if err := courseIsThere(ctx, tx, course); err != nil {
		return Accepted{}, err
	}
	if !cond.met(now) {
		return Accepted{}, ErrCondition
	}
	if err := supersede(ctx, tx, queue, course, src.Lecture); err != nil {
		return Accepted{}, err
	}
	sum := sha256.Sum256(src.Bytes)
	if derived != (derivation{}) && now.active.same(src, sum, derived) {
		return Accepted{Unchanged: true, Version: now.active.number, ETag: now.activeTag()}, nil
	}
	id, attempts := newJobID(), queueAttempts
	opts := &river.InsertOpts{}
	if own > 0 {
		attempts, opts.ScheduledAt = ownAttempts, time.Now().Add(own)
	}
	entry, err := queue.InsertTx(ctx, tx, jobArgs{Course: course, Job: id}, opts)
	if err != nil {
		return Accepted{}, fmt.Errorf("queueing: %w", err)
	}
	job := Job{Course: course, ID: id, Lecture: src.Lecture, State: Queued, Name: storedName(src.Name), Bytes: len(src.Bytes)}
	err = tx.QueryRow(ctx, `
insert into ingest_jobs (course_id, job_id, lecture_id, principal, title, position, source_name, source_sha256, source_bytes, source, state, max_attempts, river_id)
values ($1, $2, $3, $4, $5, case when $6 >= 0 then $6 end, $7, $8, $9, $10, 'queued', $11, $12)
returning created_at`,
		course, id, src.Lecture, src.Scope.Principal, src.Title, src.Position, storedName(src.Name), sum[:], len(src.Bytes), notNull(src.Bytes), attempts, entry.Job.ID).
		Scan(&job.CreatedAt)
	return Accepted{Job: job, Created: now.active.number == 0, Version: now.active.number, ETag: id, entry: entry.Job.ID}, err
}

// storedName is a file's name as it is kept and shown to others: without the folders of the machine it came from.
func storedName(name string) string { return filepath.Base(strings.ToValidUTF8(name, "\uFFFD")) }

// notNull: an empty upload is stored as such, to fail with its reason.
func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// standing is a lecture as an upload finds it.
type standing struct {
	active  activeVersion
	job     string // of the active version; "" in versions older than jobs
	pending string // the pending job; "" for none
}

func (s standing) activeTag() string { return etag(s.job, s.active.number) }

// etag names what a lecture shows, or will show when its pending job is through: the job, or the version where that is
// older than jobs. "" for a lecture that is neither.
func etag(job string, version int) string {
	switch {
	case job != "":
		return job
	case version > 0:
		return fmt.Sprintf("v%d", version)
	}
	return ""
}

func (c Condition) met(s standing) bool {
	tag := etag(s.pending, 0)
	if tag == "" {
		tag = s.activeTag()
	}
	switch {
	case c.New:
		return tag == ""
	case len(c.Match) == 0:
		return true
	}
	return tag != "" && (slices.Contains(c.Match, tag) || slices.Contains(c.Match, "*"))
}

// courseIsThere keeps the course from being deleted, or published into, until the transaction ends. The lock is stronger
// than the one that foreign keys take, on purpose: a deletion must not stand in the way of those, because workers take
// them while they hold a job's row.
func courseIsThere(ctx context.Context, tx pgx.Tx, course string) error {
	return lockCourse(ctx, tx, `select deleted_at is not null from courses where course_id = $1 for share`, course)
}

// lockCourse runs a statement that locks the course and says whether it is deleted.
func lockCourse(ctx context.Context, tx pgx.Tx, sql, course string) error {
	var deleted bool
	err := tx.QueryRow(ctx, sql, course).Scan(&deleted)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNoCourse
	case err == nil && deleted:
		return ErrDeleted
	}
	return err
}

// lockForUpload creates the lecture's row where it is missing, locks it, and says what is there.
func lockForUpload(ctx context.Context, tx pgx.Tx, src Source) (standing, error) {
	course := src.Scope.Course
	_, err := tx.Exec(ctx, `
insert into lectures (course_id, lecture_id, title, position)
values ($1, $2, $2, case when $3 >= 0 then $3 else (select coalesce(max(position) + 1, 0) from lectures where course_id = $1) end)
on conflict (course_id, lecture_id) do nothing`, course, src.Lecture, src.Position)
	if err != nil {
		return standing{}, err
	}
	if _, err := tx.Exec(ctx, `select from lectures where course_id = $1 and lecture_id = $2 for no key update`, course, src.Lecture); err != nil {
		return standing{}, err
	}
	return standingOf(ctx, tx, course, src.Lecture)
}

// standingOf reads what a locked lecture is.
func standingOf(ctx context.Context, tx pgx.Tx, course, lecture string) (s standing, err error) {
	rows, err := tx.Query(ctx, activeSQL, course, lecture)
	if err != nil {
		return standing{}, err
	}
	found, err := pgx.CollectRows(rows, scanActive)
	if err != nil {
		return standing{}, err
	}
	if len(found) > 0 {
		s.active = found[0]
	}
	err = tx.QueryRow(ctx, `
select coalesce((select job_id from lecture_versions where course_id = $1 and lecture_id = $2 and version = $3), ''),
       coalesce((select job_id from ingest_jobs where course_id = $1 and lecture_id = $2 and finished_at is null), '')`,
		course, lecture, s.active.number).Scan(&s.job, &s.pending)
	return s, err
}

// supersede ends the lecture's pending job, if there is one. Its worker can neither stage nor publish from here on.
func supersede(ctx context.Context, tx pgx.Tx, queue *river.Client[pgx.Tx], course, lecture string) error {
	var entry int64
	err := tx.QueryRow(ctx, `
update ingest_jobs
set state = 'superseded', fence = fence + 1, heartbeat_at = null, source = null, finished_at = clock_timestamp()
where course_id = $1 and lecture_id = $2 and finished_at is null
returning river_id`, course, lecture).Scan(&entry)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return dropEntry(ctx, tx, queue, entry)
}

// same reports whether ingesting src would give what is published already.
func (a activeVersion) same(src Source, sum [sha256.Size]byte, d derivation) bool {
	return a.number > 0 && bytes.Equal(a.sha256, sum[:]) &&
		(src.Title == "" || a.title == src.Title) &&
		(src.Position < 0 || a.position == src.Position) &&
		a.splitter == d.split.Version() && a.analyzer == d.analyzer.Name() && a.spaceID == d.spaceID
}
