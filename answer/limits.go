package answer

import (
	"cmp"
	"context"
	"time"
)

// Limits bound one answer. The zero value of a field is its default; Time and Calls cannot be raised above theirs.
type Limits struct {
	// Time is how long an answer may take from the question to its evidence, model calls included. Default: 90 s.
	Time time.Duration
	// Model and Repair are how long the first draft and the repair call may take, retries included. Default: 45 s and 25 s.
	Model, Repair time.Duration
	// Floor is how long the extractive floor may take. As much of Time is kept back from the model calls. Default: 10 s.
	Floor time.Duration
	// Calls is how many HTTP requests may go to a model, retries included. Default: 10.
	Calls int
	// Tokens is how many tokens, of prompts and replies together, all requests may cost: as the model's server counts,
	// and before a request as cl100k_base does. A retry costs its prompt again. Default: 60,000; a usual answer is
	// one request of 5,000.
	Tokens int
	// Completion is the most tokens of one draft; a good answer takes a few hundred. Default: 2,000.
	Completion int
}

const (
	maxTime  = 90 * time.Second
	maxCalls = 10
)

func (l Limits) withDefaults() Limits {
	return Limits{
		Time:       min(cmp.Or(l.Time, maxTime), maxTime),
		Model:      cmp.Or(l.Model, 45*time.Second),
		Repair:     cmp.Or(l.Repair, 25*time.Second),
		Floor:      cmp.Or(l.Floor, 10*time.Second),
		Calls:      min(cmp.Or(l.Calls, maxCalls), maxCalls),
		Tokens:     cmp.Or(l.Tokens, 60_000),
		Completion: cmp.Or(l.Completion, 2000),
	}
}

// forModel is a model rung's context: it ends after most, and in time for the floor.
func (w *walk) forModel(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	end := w.began.Add(w.limits.Time - w.limits.Floor)
	if sooner := time.Now().Add(most); sooner.Before(end) {
		end = sooner
	}
	return context.WithDeadline(ctx, end)
}

// calls is how many requests a rung may make whose prompt has so many tokens: what is left of both budgets, if each
// request is paid for and the last one replies at full length. Below 1 it may make none.
func (w *walk) calls(prompt int) int {
	left := w.limits.Tokens - w.spent - w.limits.Completion
	return min(w.limits.Calls-w.answer.Usage.ModelCalls, left/max(prompt, 1))
}
