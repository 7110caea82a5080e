//go:build unix

package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Three lock files stand beside the cluster. The kernel frees a lock when its process ends, however it ends.
const (
	gateFile  = "postgres.lock"  // exclusive while somebody starts, stops or attaches
	usersFile = "postgres.users" // shared by everybody who uses the cluster; exclusive means that nobody does
	watchFile = "postgres.watch" // exclusive while a process waits in StopUnused
)

// fileLock is an advisory lock (flock) on an open file. Two fileLocks on one file exclude each other, in one process or
// in two. Children do not inherit it: Go opens files close-on-exec.
type fileLock struct {
	file *os.File
}

func (l *fileLock) shared(ctx context.Context) error    { return l.wait(ctx, syscall.LOCK_SH) }
func (l *fileLock) exclusive(ctx context.Context) error { return l.wait(ctx, syscall.LOCK_EX) }

// tryExclusive takes the lock alone if it can without waiting. Where it cannot, a shared lock that was held is lost:
// flock gives it up before it asks for the other.
func (l *fileLock) tryExclusive() (bool, error) { return l.try(syscall.LOCK_EX) }

// wait polls, since a blocked flock cannot be interrupted by a context.
func (l *fileLock) wait(ctx context.Context, how int) error {
	for delay := time.Millisecond; ; delay = min(2*delay, 50*time.Millisecond) {
		got, err := l.try(how)
		if got || err != nil {
			return err
		}
		if err := pause(ctx, delay); err != nil {
			return fmt.Errorf("waiting for another process that holds %s: %w", l.file.Name(), err)
		}
	}
}

func (l *fileLock) try(how int) (bool, error) {
	for {
		err := syscall.Flock(int(l.file.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return false, fmt.Errorf("locking %s: %w", l.file.Name(), err)
		}
	}
}

// unlock frees the lock and keeps the file. It is explicit because closing alone would not do while a process that is
// just being forked still has a copy of the descriptor.
func (l *fileLock) unlock() { _ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN) }

func (l *fileLock) release() {
	l.unlock()
	_ = l.file.Close() // nothing was written to it
}

// pause waits for d or until ctx is done.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
