package ingest

import (
	"cmp"
	"time"
)

// Signs of life of the worker that holds a job. A job whose holder was silent for a lease may be taken; the holder, should
// it still be there, is fenced off: it can neither stage nor publish, and stops at its next heartbeat.
const (
	heartbeat = 4 * time.Second
	lease     = 16 * time.Second
)

// tuning is how patient an ingester is. A program leaves it at zero, which stands for the constants; tests have no time.
type tuning struct {
	heartbeat time.Duration // between two signs of life
	lease     time.Duration // of silence, after which a job may be taken; also how often the queue looks for such jobs
	backstop  time.Duration // until the queue looks at a job that the process which accepted it works itself
	retry     time.Duration // before the second attempt; doubles with each
	batch     int           // texts that are embedded and staged at a time
}

// pace is the tuning in force.
func (in *Ingester) pace() tuning {
	return tuning{
		heartbeat: cmp.Or(in.tuned.heartbeat, heartbeat),
		lease:     cmp.Or(in.tuned.lease, lease),
		backstop:  cmp.Or(in.tuned.backstop, backstop),
		retry:     cmp.Or(in.tuned.retry, firstRetry),
		batch:     cmp.Or(in.tuned.batch, embedBatch),
	}
}
