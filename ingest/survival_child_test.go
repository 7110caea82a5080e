package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
)

// An act is what a process does that is to be killed.
type act string

const (
	byLecture    act = "Lecture"        // uploads newText and works it in process, as the command line does
	byWorker     act = "Accept + Start" // uploads newText and leaves it to a worker of the queue, as the server does
	byDelete     act = "DeleteLecture"
	byDropCourse act = "DeleteCourse"
	bySweep      act = "Sweep"
)

// lastStep is how long a worker has for its last step after the commit. A child that is to die there has long enough on
// any machine.
var lastStep = 50 * time.Millisecond

// do carries an act out from beginning to end.
func (a act) do(ctx context.Context, in *ingest.Ingester) error {
	switch a {
	case byLecture:
		_, err := in.Lecture(ctx, upload("one", newText()), nil)
		return err
	case byWorker:
		accepted, err := in.Accept(ctx, upload("one", newText()), ingest.Condition{})
		if err != nil || accepted.Unchanged {
			return err
		}
		stop, err := in.Start(ctx)
		if err != nil {
			return err
		}
		for {
			job, err := in.Job(ctx, "c", accepted.Job.ID)
			if err != nil || job.State.Final() {
				// The commit is seen here before the worker hears of it; stopping now would cut its last step off.
				time.Sleep(lastStep)
				return errors.Join(err, stop(ctx))
			}
			time.Sleep(10 * time.Millisecond)
		}
	case byDelete:
		return in.DeleteLecture(ctx, "c", "one", ingest.Condition{})
	case byDropCourse:
		return in.DeleteCourse(ctx, "c")
	case bySweep:
		_, err := in.Sweep(ctx, "c", 0)
		return err
	}
	return fmt.Errorf("no such act: %q", a)
}

// A script is what a child process is told: this test program, started once more, which performs the act and, when it
// passes the step for the n-th time, raises the signal against itself.
type script struct {
	Database, Embeddings string
	Act                  act
	Step                 ingest.Step
	Nth                  int // 0: no signal
	Signal               syscall.Signal
}

const scriptEnv = "LECTERN_SURVIVAL_CHILD"

func init() {
	text, ok := os.LookupEnv(scriptEnv)
	if !ok {
		return
	}
	if err := perform([]byte(text)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// raised is what a child says just before it raises a signal; waiting for it beats guessing.
const raised = "now\n"

func perform(text []byte) error {
	var s script
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	if s.Step == ingest.StepPublished && s.Nth > 0 {
		lastStep = patience / 2
	}
	in, _, closeAll, err := open(ctx, s.Database, s.Embeddings)
	if err != nil {
		return err
	}
	defer closeAll()
	// The lease stays as it is in programs: this process does not know that others will be impatient with it.
	in.SetPace(ingest.Pace{Batch: batch, Backstop: quick.Backstop, Retry: quick.Retry, Heartbeat: quick.Heartbeat})
	in.OnStep(at(s.Step, s.Nth, func() {
		_, _ = os.Stdout.WriteString(raised)
		_ = syscall.Kill(os.Getpid(), s.Signal)
		// The signal is for the whole process and takes effect some instructions from here; nothing may be done meanwhile.
		time.Sleep(50 * time.Millisecond)
	}))
	return s.Act.do(ctx, in)
}

// child is such a process.
type child struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr bytes.Buffer
}

func (s *site) spawn(c script) *child {
	s.t.Helper()
	if c.Database == "" {
		c.Database = s.app
	}
	c.Embeddings = s.at.URL()
	text, err := json.Marshal(c)
	if err != nil {
		s.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	p := &child{t: s.t, cmd: exec.CommandContext(s.t.Context(), self, "-test.run=^$")}
	p.cmd.Env = append(os.Environ(), scriptEnv+"="+string(text))
	p.cmd.Stderr = &p.stderr
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		s.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// raised waits until the child has raised its signal.
func (p *child) raised() {
	p.t.Helper()
	said := make([]byte, len(raised))
	if _, err := io.ReadFull(p.stdout, said); err != nil {
		p.t.Fatalf("the child never passed that step: %v, %s", errors.Join(err, p.cmd.Wait()), p.stderr.String())
	}
}

// killed waits until the child is dead, and fails the test if anything but SIGKILL was the cause.
func (p *child) killed() {
	p.t.Helper()
	_, err := io.Copy(io.Discard, p.stdout)
	waited := p.cmd.Wait()
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if err != nil || !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		p.t.Fatalf("the child was not killed: %v, %s", errors.Join(err, waited), p.stderr.String())
	}
}

// ended waits until the child is done, and returns its error.
func (p *child) ended() error {
	_, err := io.Copy(io.Discard, p.stdout)
	if err := errors.Join(err, p.cmd.Wait()); err != nil {
		return fmt.Errorf("%w: %s", err, p.stderr.String())
	}
	return nil
}

// at is a hook that calls fn when step is passed for the n-th time; n 0: never.
func at(step ingest.Step, n int, fn func()) func(ingest.Step) {
	var passed atomic.Int64
	return func(s ingest.Step) {
		if s == step && passed.Add(1) == int64(n) {
			fn()
		}
	}
}
