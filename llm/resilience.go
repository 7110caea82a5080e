package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// patience is how long an attempt must have waited for its running into a
// deadline to count against the server. A caller with less than that left
// learns nothing about the server.
const patience = 250 * time.Millisecond

// An endpoint is one kind of call on the server, with a breaker of its own:
// a server whose chat model is overloaded may embed as ever.
type endpoint struct {
	name    string
	breaker circuitbreaker.CircuitBreaker[any]

	mu    sync.Mutex
	waits map[*wait]bool // those who are told when the breaker changes
}

// A wait is somebody under way who wants to know whether the breaker is open.
type wait struct{ tell func(open bool) }

func newEndpoint(name string, cfg Config) *endpoint {
	ep := &endpoint{name: name, waits: make(map[*wait]bool)}
	ep.breaker = circuitbreaker.NewBuilder[any]().
		WithFailureThreshold(uint(cfg.BreakerFailures)).
		WithSuccessThreshold(1).
		WithDelay(cfg.BreakerDelay).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			cfg.Log.Warn("model breaker changed", "endpoint", name, "from", e.OldState.String(), "to", e.NewState.String())
			ep.changed()
		}).Build()
	return ep
}

// changed tells all who wait how the breaker stands. It asks the breaker, which
// is not locked while it reports a change: of two changes that are reported out
// of order the later one counts.
func (ep *endpoint) changed() {
	ep.mu.Lock()
	defer ep.mu.Unlock()
	open := ep.breaker.IsOpen()
	for w := range ep.waits {
		w.tell(open)
	}
}

// watch tells how the breaker stands, now and at each change until the returned
// function is called. tell must neither block nor use the endpoint.
func (ep *endpoint) watch(tell func(open bool)) (done func()) {
	ep.mu.Lock()
	defer ep.mu.Unlock()
	w := &wait{tell}
	ep.waits[w] = true
	tell(ep.breaker.IsOpen())
	return func() {
		ep.mu.Lock()
		defer ep.mu.Unlock()
		delete(ep.waits, w)
	}
}

// record tells the breaker how an attempt ended. A refusal such as 400 or 429
// shows a server that is up. What the caller broke off shows nothing; but the
// breaker, when it is letting a single trial through, waits for a verdict, so
// there it counts as a failure and the next trial comes after the delay.
func (ep *endpoint) record(err error, waited time.Duration) {
	var api *APIError
	var stop *callerError
	switch {
	case err == nil, errors.As(err, &stop):
		ep.breaker.RecordSuccess()
	case errors.Is(err, errOpen): // says nothing new
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && waited < patience:
		if ep.breaker.IsHalfOpen() {
			ep.breaker.RecordFailure()
		}
	case errors.Is(err, ErrIncomplete):
		ep.breaker.RecordFailure()
	case errors.As(err, &api) && api.Status < 500 && api.Status != 408:
		ep.breaker.RecordSuccess()
	default:
		ep.breaker.RecordFailure()
	}
}

// bounds are the limits of each attempt of a call.
type bounds struct {
	bytes int64
	pace  limits // of a stream; also: waiting to try again ends when the breaker opens
	calls int    // attempts; 0: Config.MaxAttempts
}

// call runs op until it succeeds, fails for good, or attempts or time are used
// up, and returns the number of attempts that were sent. The error is one of
// those of the package comment. ctx must have a deadline.
func (c *Client) call(ctx context.Context, ep *endpoint, b bounds, op func(context.Context, *attempt) error) (calls int, err error) {
	var last error         // of the last attempt that was sent
	var wait time.Duration // before the next attempt
	// The policy is built per call: whether to go on depends on the call's
	// deadline. It computes its own delays because the library's jitter would
	// also shorten what a server asked for in Retry-After.
	attempts := c.cfg.MaxAttempts
	if b.calls > 0 {
		attempts = min(attempts, b.calls)
	}
	rctx, quit := context.WithCancelCause(ctx) // of the waits between attempts
	defer quit(nil)
	rested := func() {}
	policy := retrypolicy.NewBuilder[any]().
		WithMaxAttempts(attempts).
		HandleIf(func(_ any, err error) bool { return mayPass(err) }).
		AbortIf(func(_ any, err error) bool {
			if !mayPass(err) {
				return false
			}
			if ep.breaker.IsOpen() {
				return true
			}
			wait = c.backoff(calls, err)
			deadline, ok := ctx.Deadline()
			return ok && time.Until(deadline) <= wait
		}).
		WithDelayFunc(func(failsafe.ExecutionAttempt[any]) time.Duration { return wait }).
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[any]) {
			c.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "model call will be retried",
				slog.String("endpoint", ep.name), slog.Int("attempt", calls), slog.Duration("in", e.Delay), slog.Any("error", last))
			if b.pace != (limits{}) {
				rested = ep.watch(func(open bool) {
					if open {
						quit(errOpen)
					}
				})
			}
		}).
		ReturnLastFailure().
		Build()
	_, err = failsafe.With(policy).WithContext(rctx).Get(func() (any, error) {
		rested()
		if !ep.breaker.TryAcquirePermit() {
			return nil, errOpen
		}
		calls++
		actx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		att := &attempt{limit: b.bytes, pace: pace{limits: b.pace, stop: cancel}}
		if b.pace != (limits{}) {
			defer ep.watch(att.pace.hurry)()
		}
		start := time.Now()
		err := op(context.WithValue(actx, attemptKey{}, att), att)
		att.pace.end()
		err = classify(ctx, att, err)
		ep.record(err, time.Since(start))
		if err != nil && att.emitted {
			err = &finalError{err}
		}
		last = err
		return nil, err
	})
	rested()
	if err != nil && errors.Is(context.Cause(rctx), errOpen) {
		err = errOpen
	}
	return calls, c.final(ctx, ep, err, last)
}

// errOpen is the refusal of an open breaker.
var errOpen = errors.New("circuit breaker open")

// A finalError must not be retried, because the caller has seen part of the
// reply.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// mayPass reports whether the same request may succeed if sent again: no
// response, a cut or stalled one of which nothing was passed on, and the
// statuses 408, 429 and 5xx.
func mayPass(err error) bool {
	var stop *callerError
	var final *finalError
	var api *APIError
	switch {
	case err == nil, errors.As(err, &stop), errors.As(err, &final),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.Is(err, errUnreached), errors.Is(err, ErrIncomplete) && !errors.Is(err, errNoFinish):
		return true
	case errors.As(err, &api):
		return api.MayPass()
	}
	return false
}

// backoff is the wait after the n-th attempt (from 1) failed with err.
func (c *Client) backoff(n int, err error) time.Duration {
	var api *APIError
	if errors.As(err, &api) && api.RetryAfter > 0 {
		return api.RetryAfter + time.Duration(rand.Int64N(int64(100*time.Millisecond))) //nolint:gosec // jitter
	}
	d := c.cfg.Backoff
	for range n - 1 {
		if d >= c.cfg.MaxBackoff {
			break
		}
		d *= 2
	}
	d = min(d, c.cfg.MaxBackoff)
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // jitter
}

// final is the error that a call ends with: err is what the retry policy
// returned, last what the last attempt did.
func (c *Client) final(ctx context.Context, ep *endpoint, err, last error) error {
	if err == nil {
		return nil
	}
	var stop *callerError
	var final *finalError
	if errors.As(err, &stop) {
		return stop.err
	}
	if errors.As(err, &final) {
		err = final.error
	}
	switch {
	case errors.Is(err, errOpen) && last != nil && !errors.Is(last, errOpen):
		return fmt.Errorf("%s: %w: %w after: %w", ep.name, ErrUnavailable, err, last)
	case errors.Is(err, errOpen):
		return fmt.Errorf("%s: %w: %w", ep.name, ErrUnavailable, err)
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("%s: %w", ep.name, ctx.Err())
	case ctx.Err() != nil && last != nil && !errors.Is(last, ctx.Err()):
		return fmt.Errorf("%s: %w: %w after: %w", ep.name, ErrUnavailable, ctx.Err(), last)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w: %w", ep.name, ErrUnavailable, ctx.Err())
	case errors.Is(err, ErrIncomplete):
		return fmt.Errorf("%s: %w", ep.name, err)
	case errors.Is(err, errUnreached), errors.Is(err, errSilent), isTransient(err):
		return fmt.Errorf("%s: %w: %w", ep.name, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", ep.name, err)
}

func isTransient(err error) bool {
	var api *APIError
	return errors.As(err, &api) && (api.Status >= 500 || api.Status == 408 || api.Status == 429)
}
