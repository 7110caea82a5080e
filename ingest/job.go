package ingest

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/postgres"
)

// State is where a job is. Published, failed, cancelled and superseded are final.
type State string

// The states, in the order in which a job goes through them.
const (
	Queued     State = "queued"     // accepted, or waiting for its next attempt
	Parsing    State = "parsing"    // a worker reads and splits the file
	Embedding  State = "embedding"  // vectors are made, and published when all are there
	Published  State = "published"  // the lecture shows what was uploaded
	Failed     State = "failed"     // Reason and Line say why; a new upload or a retry is needed
	Cancelled  State = "cancelled"  // by a person
	Superseded State = "superseded" // by a newer upload of the lecture, or by its deletion
)

// Final reports whether a job in this state will not change by itself any more.
func (s State) Final() bool { return s != Queued && s != Parsing && s != Embedding }

// A Job is an upload and what became of it.
type Job struct {
	Course, ID, Lecture string
	State               State
	Name                string // of the uploaded file
	Bytes               int
	Attempts            int // so far
	Done, Chunks        int // chunks that have their vectors, of how many; 0 of 0 until the file was split
	Embedded            int // texts sent to the embedding model, over all attempts
	New                 int // chunks that the version before did not have
	Version             int // the lecture's version through this job; 0 until Published
	Reason              string
	Line                int // 0: the reason is about the whole file
	CreatedAt           time.Time
	FinishedAt          *time.Time // nil: pending
}

// Errors that a job ends with, or that asking about it gives. Each comes wrapped with the ids.
var (
	ErrNoCourse   = errors.New("no such course")
	ErrNoLecture  = errors.New("no such lecture")
	ErrNoJob      = errors.New("no such job")
	ErrDeleted    = errors.New("deleted on purpose")
	ErrSuperseded = errors.New("a newer upload of this lecture, or its deletion, came in between")
	ErrCancelled  = errors.New("the job was cancelled")
	ErrHeld       = errors.New("another worker is at this job")
	ErrFinished   = errors.New("the job is finished")
	ErrCondition  = errors.New("the lecture is not what the condition says") // If-Match or If-None-Match
)

// A FailedJob is the error of a job that failed for good: what it says is fit for whoever uploaded the file.
type FailedJob struct{ Job Job }

func (e *FailedJob) Error() string {
	bad := transcript.Error{Name: e.Job.Name, Line: e.Job.Line, Message: e.Job.Reason}
	return bad.Error()
}

func newJobID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails; crypto/rand ends the program first
	return "job_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

func scanJob(row pgx.CollectableRow) (j Job, err error) {
	err = row.Scan(&j.Course, &j.ID, &j.Lecture, &j.State, &j.Name, &j.Bytes, &j.Attempts, &j.Done, &j.Chunks, &j.Embedded, &j.New,
		&j.Version, &j.Reason, &j.Line, &j.CreatedAt, &j.FinishedAt)
	return j, err
}

// Job returns a job of the course, or ErrNoJob.
func (in *Ingester) Job(ctx context.Context, course, id string) (Job, error) {
	found, err := postgres.Collect(ctx, in.DB, course, scanJob, `
select course_id, job_id, lecture_id, state, source_name, source_bytes, attempts, done, chunks, embedded, new_chunks,
       coalesce(version, 0), reason, line, created_at, finished_at
from ingest_jobs
where course_id = $1 and job_id = $2`, course, id)
	switch {
	case err != nil:
		return Job{}, fmt.Errorf("job %s/%s: %w", course, id, err)
	case len(found) == 0:
		return Job{}, fmt.Errorf("job %s/%s: %w", course, id, ErrNoJob)
	}
	return found[0], nil
}

// Jobs lists the course's jobs, newest first: at most limit of them, those older than the job named by after ("" for the
// first page). pending limits the list to those that are not finished, lecture ("" for all) to one lecture's.
func (in *Ingester) Jobs(ctx context.Context, course, lecture string, pending bool, after string, limit int) ([]Job, error) {
	jobs, err := postgres.Collect(ctx, in.DB, course, scanJob, `
select j.course_id, j.job_id, j.lecture_id, j.state, j.source_name, j.source_bytes, j.attempts, j.done, j.chunks, j.embedded, j.new_chunks,
       coalesce(j.version, 0), j.reason, j.line, j.created_at, j.finished_at
from ingest_jobs j
left join ingest_jobs a on a.course_id = $1 and a.job_id = $4
where j.course_id = $1
  and ($2 = '' or j.lecture_id = $2)
  and (not $3 or j.finished_at is null)
  and ($4 = '' or (j.created_at, j.job_id) < (a.created_at, a.job_id))
order by j.created_at desc, j.job_id desc
limit $5`, course, lecture, pending, after, limit)
	if err != nil {
		return nil, fmt.Errorf("jobs of course %s: %w", course, err)
	}
	return jobs, nil
}
