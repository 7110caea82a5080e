package ingest

import "time"

// NumSteps is how many steps there are.
const NumSteps = numSteps

// OnStep has fn called at each step that the ingester passes, on the goroutine that passes it. To be called before the
// ingester is used.
func (in *Ingester) OnStep(fn func(Step)) { in.onStep = fn }

// Pace is how patient an ingester is; see tuning. Zero fields keep what programs have.
type Pace struct {
	Heartbeat, Lease, Backstop, Retry time.Duration
	Batch                             int
}

// SetPace is to be called before the ingester is used.
func (in *Ingester) SetPace(p Pace) {
	in.tuned = tuning{heartbeat: p.Heartbeat, lease: p.Lease, backstop: p.Backstop, retry: p.Retry, batch: p.Batch}
}

// Lease is how long a worker may be silent in a program.
const Lease = lease

// VerifySQL is the statement that checks a publish.
const VerifySQL = verifySQL
