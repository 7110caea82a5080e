package answer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/prompts"
)

// askModel runs one model rung: the first draft, or with repair the second. done means that an answer was released, or
// as much of it as could be.
func (w *walk) askModel(ctx context.Context, repair *prompts.Repair) (done bool, err error) {
	a, most := attempt{Attempt: Attempt{Mode: "model", Codes: []string{}}}, w.limits.Model
	if repair != nil {
		a.Mode, most = "repair", w.limits.Repair
	}
	req, prompt, err := w.request(repair)
	if err != nil {
		return false, err
	}
	if req.MaxCalls = w.calls(prompt); req.MaxCalls < 1 {
		w.failed(ctx, a, errBudget)
		return false, nil
	}
	var live *bySentence // nil: the draft is gathered and released whole
	var onDelta func(string) error
	if w.question.Release == BySentence {
		live = &bySentence{walk: w, ctx: ctx, attempt: a}
		onDelta = live.write
	}
	start := time.Now()
	modelCtx, cancel := w.forModel(ctx, most)
	defer cancel()
	reply, err := w.tutor.Model.ChatStream(modelCtx, req, onDelta)
	took := time.Since(start)
	if live != nil {
		took -= live.took
	}
	a.durationMS = took.Milliseconds()
	w.answer.Timings.Model += milliseconds(took)
	w.count(&a, reply, prompt, err)
	a.draft, a.finishReason, a.model, a.reasoning = []byte(reply.Content), reply.FinishReason, reply.Model, reply.Reasoning
	w.answer.Model = cmp.Or(reply.Model, w.answer.Model)
	switch {
	case live != nil && live.began():
		return true, live.finish(a, err)
	case err == nil:
		return w.release(ctx, a, ModeModel)
	case live != nil && live.failure != nil:
		return false, live.failure
	case ctx.Err() != nil:
		return false, ctx.Err() // nobody waits for this answer any more
	}
	a.draft = nil
	w.failed(ctx, a, err)
	return false, nil
}

// errBudget says that no request was left to make.
var errBudget = errors.New("the answer's budget of model calls or tokens is used up")

// failed notes an attempt without a draft.
func (w *walk) failed(ctx context.Context, a attempt, err error) {
	a.Verdict, a.Codes = "failed", []string{failureCode(err)}
	w.tutor.Log.WarnContext(ctx, "model call failed; the rung below answers", "answer", w.answer.ID, "attempt", a.Mode, "code", a.Codes[0], "err", err)
	w.attempts = append(w.attempts, a)
}

// request is what the model is sent, and about how many tokens its prompt has.
func (w *walk) request(repair *prompts.Repair) (req llm.ChatRequest, tokens int, err error) {
	messages, err := w.tutor.Prompt.Render(w.promptInput(repair))
	if err != nil {
		return req, 0, fmt.Errorf("rendering prompt %s: %w", w.tutor.Prompt.ID, err)
	}
	req = llm.ChatRequest{Model: w.question.Model, SchemaName: "draft", Schema: w.tutor.Prompt.Schema, MaxTokens: w.limits.Completion}
	for _, m := range messages {
		req.Messages = append(req.Messages, llm.Message{Role: m.Role, Content: m.Content})
		tokens += llm.CL100K().Count(m.Content)
	}
	return req, tokens + llm.CL100K().Count(string(req.Schema)), nil
}

func (w *walk) promptInput(repair *prompts.Repair) prompts.Input {
	in := prompts.Input{Before: w.question.Before, Question: w.question.Text, Repair: repair}
	for i, p := range w.passages {
		at := ""
		if startMS, _, ok := p.At(0, len(p.Text)); ok {
			at = Clock(startMS)
		}
		in.Passages = append(in.Passages, prompts.Passage{Alias: alias(i), Lecture: p.Lecture, LectureTitle: p.Title, At: at, Text: p.Text})
	}
	return in
}

// count adds a reply's tokens and cost to the answer's. A cost that is not known makes the whole sum unknown. The budget
// is charged for every request's prompt, and for a reply that nobody counted as if it had been as long as allowed; it does
// not believe counts that cannot be.
func (w *walk) count(a *attempt, reply llm.ChatResponse, prompt int, err error) {
	if reply.Calls == 0 {
		return
	}
	u := &w.answer.Usage
	known := u.ModelCalls == 0 || u.CostMicroUSD != nil
	a.promptTokens, a.completionTokens = credible(reply.Usage.PromptTokens), credible(reply.Usage.CompletionTokens)
	u.ModelCalls += reply.Calls
	u.PromptTokens += a.promptTokens
	u.CompletionTokens += a.completionTokens
	w.spent += max(prompt*reply.Calls, min(a.promptTokens, otherEncodings*prompt))
	switch {
	case a.completionTokens > 0:
		w.spent += min(a.completionTokens, w.limits.Completion)
	case err != nil:
		w.spent += w.limits.Completion
	default:
		w.spent += llm.CL100K().Count(reply.Content)
	}
	cost, priced := llm.CostMicroUSD(reply.Model, reply.Usage)
	priced = priced && reply.Usage != (llm.Usage{})
	if !known || !priced {
		u.CostMicroUSD = nil
		return
	}
	if u.CostMicroUSD != nil {
		cost += *u.CostMicroUSD
	}
	u.CostMicroUSD = &cost
}

// maxTokens is the most tokens of one call that are believed. No context is as long, and the sum of two fits its column.
const maxTokens = 1<<30 - 1

// otherEncodings is how many times as many tokens as cl100k_base another model's encoding may make of a prompt.
const otherEncodings = 4

// credible bounds a token count that a model server reported: a wrong one must not keep an answer from being stored.
func credible(tokens int) int { return min(max(tokens, 0), maxTokens) }

func failureCode(err error) string {
	switch {
	case errors.Is(err, errBudget):
		return "model_budget"
	case errors.Is(err, context.DeadlineExceeded):
		return "model_timeout"
	case errors.Is(err, llm.ErrIncomplete):
		return "model_incomplete"
	case errors.Is(err, llm.ErrMalformed):
		return "model_malformed"
	case errors.Is(err, llm.ErrTooLarge):
		return "model_too_large"
	case errors.Is(err, llm.ErrUnavailable):
		return "model_unavailable"
	}
	return "model_error"
}
