package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// The queue is River, on the same PostgreSQL. An upload's row in ingest_jobs says what is to be done, who may do it and
// what became of it; River's entry only sees to it that a worker comes, and comes again. So River's own notions are not
// relied on where they do not fit:
//
//   - Unique jobs count completed ones, so an upload A, then B, then A again would lose the last. A lecture has at most
//     one pending job (an index sees to that), and Accept compares with the active version.
//   - A rescue of stuck jobs knows no heartbeat and waits an hour by default. Here a worker's job has a heartbeat, an
//     entry whose job fell silent is replaced (reap), and whoever held it is fenced off.

// jobArgs is what River stores: ids, no word of a lecture.
type jobArgs struct {
	Course string `json:"course"`
	Job    string `json:"job"`
}

func (jobArgs) Kind() string { return "ingest_lecture" }

// sweepArgs is the periodic clean-up of all courses, reapArgs the look for jobs whose worker died.
type (
	sweepArgs struct{}
	reapArgs  struct{}
)

func (sweepArgs) Kind() string { return "sweep" }
func (reapArgs) Kind() string  { return "reap" }

const (
	jobTimeout  = 30 * time.Minute // a lecture of 10 hours at a slow embedding server
	riverTries  = 1000             // the job's own row counts the attempts
	sweepEvery  = time.Hour
	queueIngest = river.QueueDefault
	queueTidy   = "tidy" // so that a backlog of uploads does not keep the reaper waiting
)

// inserter is the client that only puts entries into the queue.
func (in *Ingester) inserter() (*river.Client[pgx.Tx], error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.queue != nil {
		return in.queue, nil
	}
	client, err := river.NewClient(in.DB.Queue(), &river.Config{Schema: postgres.QueueSchema, MaxAttempts: riverTries, Logger: quiet(in.Log)})
	if err != nil {
		return nil, fmt.Errorf("the queue: %w", err)
	}
	in.queue = client
	return client, nil
}

// quiet keeps River's logger to warnings: it reports every start and every empty round.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(atLeast{log.Handler(), slog.LevelWarn}) }

type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h atLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}
func (h atLeast) WithAttrs(a []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(a), h.level}
}
func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}

// Start works the queue's jobs in this process until stop is called, as many at a time as there are processors, and
// sees to clean-up. stop waits until the jobs at hand are done, or until its context ends: those that are not are then
// given back. Any number of processes may do this on one database.
func (in *Ingester) Start(ctx context.Context) (stop func(context.Context) error, err error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &jobWorker{in: in})
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[sweepArgs]) error {
		_, err := in.SweepAll(ctx, Retention)
		return err
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[reapArgs]) error { return in.reap(ctx) }))
	once := func(args river.JobArgs, every time.Duration) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) {
			return args, &river.InsertOpts{Queue: queueTidy, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByPeriod: every}}
		}, &river.PeriodicJobOpts{RunOnStart: true})
	}
	client, err := river.NewClient(in.DB.Queue(), &river.Config{
		Schema:      postgres.QueueSchema,
		Logger:      quiet(in.Log),
		Workers:     workers,
		MaxAttempts: riverTries,
		JobTimeout:  jobTimeout,
		Queues: map[string]river.QueueConfig{
			queueIngest: {MaxWorkers: runtime.GOMAXPROCS(0)},
			queueTidy:   {MaxWorkers: 1},
		},
		PeriodicJobs:         []*river.PeriodicJob{once(sweepArgs{}, sweepEvery), once(reapArgs{}, max(in.pace().lease, time.Second))},
		ReindexerIndexNames:  []string{}, // the application's role does not own the tables; autovacuum does for this size
		RescueStuckJobsAfter: 2 * jobTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("the queue: %w", err)
	}
	// Not ctx: River would drop the jobs at hand when it ends, and stop is there to wait for them.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("the queue: %w", err)
	}
	return func(ctx context.Context) error {
		if err := client.Stop(ctx); err != nil {
			grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), in.pace().heartbeat)
			defer cancel()
			return client.StopAndCancel(grace)
		}
		return nil
	}, nil
}

// jobWorker hands River's entries to work.
type jobWorker struct {
	river.WorkerDefaults[jobArgs]
	in *Ingester
}

// NextRetry is River's question when to come again.
func (w *jobWorker) NextRetry(entry *river.Job[jobArgs]) time.Time {
	return time.Now().Add(w.in.retryDelay(entry.Attempt))
}

func (w *jobWorker) Work(ctx context.Context, entry *river.Job[jobArgs]) error {
	report, err := w.in.work(ctx, entry.Args.Course, entry.Args.Job, entry.ID, nil, func(Stage, int, int) {})
	log := w.in.Log.With("course", entry.Args.Course, "job", entry.Args.Job)
	switch {
	case err == nil:
		log.InfoContext(ctx, "ingested", "lecture", report.Lecture, "version", report.Version, "chunks", report.Chunks,
			"embedded", report.Embedded, "took", report.Elapsed.Round(time.Millisecond))
		return nil
	case errors.Is(err, ErrHeld):
		return river.JobSnooze(w.in.pace().lease)
	case !again(err):
		log.WarnContext(ctx, "ingest ended without a version", "error", err)
		return river.JobCancel(err)
	case errors.Is(ctx.Err(), context.Canceled):
		log.InfoContext(ctx, "stopped in the middle of an ingest; it is given back", "error", err)
		return err
	}
	log.WarnContext(ctx, "ingest failed and will be tried again", "attempt", entry.Attempt, "error", err)
	return err
}

// again reports whether another attempt makes sense after an error of work.
func again(err error) bool {
	var failed *FailedJob
	return !permanent(err) && !errors.As(err, &failed) && !errors.Is(err, ErrSuperseded) && !errors.Is(err, ErrCancelled) && !errors.Is(err, ErrNoJob) && !errors.Is(err, errLastAttempt)
}

// dropEntry takes an entry out of the queue. One that runs at this moment stays: its worker finds the
// job finished.
func dropEntry(ctx context.Context, tx pgx.Tx, queue *river.Client[pgx.Tx], entry int64) error {
	_, err := queue.JobDeleteTx(ctx, tx, entry)
	if errors.Is(err, rivertype.ErrJobRunning) || errors.Is(err, rivertype.ErrNotFound) {
		return nil
	}
	return err
}

// reap gives jobs whose worker died a new entry in the queue. Entries that River counts as running are few, so it asks
// River first and then the jobs themselves.
func (in *Ingester) reap(ctx context.Context) error {
	queue, err := in.inserter()
	if err != nil {
		return err
	}
	params := river.NewJobListParams().Kinds(jobArgs{}.Kind()).States(rivertype.JobStateRunning).First(1000)
	for {
		running, err := queue.JobList(ctx, params)
		if err != nil {
			return fmt.Errorf("listing the queue: %w", err)
		}
		for _, entry := range running.Jobs {
			if err := in.revive(ctx, queue, entry); err != nil {
				return err
			}
		}
		if len(running.Jobs) < 1000 {
			return nil
		}
		params = params.After(running.LastCursor)
	}
}

// revive replaces an entry whose job has had no heartbeat for a lease. One that was just fetched and not yet claimed is
// told apart by when River fetched it.
func (in *Ingester) revive(ctx context.Context, queue *river.Client[pgx.Tx], entry *rivertype.JobRow) error {
	args, err := decodeArgs(entry)
	if err != nil {
		return err
	}
	if fetched := entry.AttemptedAt; fetched != nil && time.Since(*fetched) < in.pace().lease {
		return nil
	}
	err = in.DB.InCourse(ctx, args.Course, func(tx pgx.Tx) error {
		var silent bool
		err := tx.QueryRow(ctx, `
select coalesce(heartbeat_at < clock_timestamp() - $4::interval, true)
from ingest_jobs
where course_id = $1 and job_id = $2 and river_id = $3 and finished_at is null
for update`, args.Course, args.Job, entry.ID, in.pace().lease).Scan(&silent)
		if err != nil || !silent {
			return ignoreNoRows(err)
		}
		fresh, err := queue.InsertTx(ctx, tx, args, nil)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
update ingest_jobs
set river_id = $3, fence = fence + 1, state = 'queued', heartbeat_at = null
where course_id = $1 and job_id = $2`, args.Course, args.Job, fresh.Job.ID)
		if err != nil {
			return err
		}
		in.Log.WarnContext(ctx, "the worker of an ingest fell silent; it is queued again", "course", args.Course, "job", args.Job)
		_, err = queue.JobCancelTx(ctx, tx, entry.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("job %s/%s: reviving: %w", args.Course, args.Job, err)
	}
	return nil
}

func decodeArgs(entry *rivertype.JobRow) (jobArgs, error) {
	var args jobArgs
	if err := json.Unmarshal(entry.EncodedArgs, &args); err != nil {
		return args, fmt.Errorf("entry %d of the queue: %w", entry.ID, err)
	}
	return args, nil
}
