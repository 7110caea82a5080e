package answer

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Model writes drafts. It is an interface so that the tutor depends on one method of the client and not on how it
// retries.
type Model interface {
	Chat(ctx context.Context, req llm.ChatRequest) (llm.ChatResponse, error)
}

// Limits of one answer.
const (
	// MaxTime is how long an answer may take, model calls included.
	MaxTime = 90 * time.Second
	// floorTime is kept back from the model calls, so that the floor still answers within MaxTime.
	floorTime = 5 * time.Second
	// maxCompletionTokens bounds a draft; a good answer takes a few hundred.
	maxCompletionTokens = 2000
)

// A Tutor answers questions. Safe for concurrent use.
type Tutor struct {
	DB       *postgres.DB
	Searcher *retrieve.Searcher
	Prompt   *prompts.Prompt
	Log      *slog.Logger
	// Model is asked first; nil: every answer is extractive.
	Model Model
	// Models are the names a question may choose from, besides the model's own default. Usually empty.
	Models []string
}

// Question is what a student asks.
type Question struct {
	Text  string
	Model string // "": the default; otherwise one of Tutor.Models
}

// ErrUnknownModel says that the question chose a model the operator does not offer.
var ErrUnknownModel = errors.New("this server does not offer that model")

// Ask answers q within scope. retrieved, if not nil, is called with what was found before any model is asked, and again
// if a lecture was published anew meanwhile and had to be searched once more.
//
// An answer in any outcome is a nil error. The errors are those of retrieve.Search for a question or scope that cannot
// be used, ErrUnknownModel, the context's, and the database's. Model trouble is never an error: the rung below answers.
func (t *Tutor) Ask(ctx context.Context, scope postgres.Scope, q Question, retrieved func([]Retrieved)) (Answer, error) {
	began := time.Now()
	if q.Model != "" && !slices.Contains(t.Models, q.Model) {
		return Answer{}, ErrUnknownModel
	}
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	w := &walk{
		tutor: t, scope: scope, question: q, notify: retrieved, began: began,
		answer: Answer{
			ID: "an_" + strings.ToLower(rand.Text()), Course: scope.Course, Mode: ModeNone,
			Sentences: []Sentence{}, Attempts: []Attempt{}, Prompt: Prompt{ID: t.Prompt.ID, SHA256: t.Prompt.SHA256},
		},
	}
	if err := w.retrieve(ctx); err != nil {
		return Answer{}, err
	}
	if t.Model != nil && w.reading.Model {
		if done, err := w.askModel(ctx, nil); done || err != nil {
			return w.answer, err
		}
		if last := w.last(); last.Verdict == "rejected" {
			repair := &prompts.Repair{Draft: string(last.draft), Codes: last.Codes}
			if w.stale() {
				// A repair would read the same passages again, and those are gone: ask afresh, over what is there now.
				repair = nil
				if err := w.retrieve(ctx); err != nil {
					return Answer{}, err
				}
			}
			if done, err := w.askModel(ctx, repair); done || err != nil {
				return w.answer, err
			}
		}
	}
	if done, err := w.floor(ctx); done || err != nil {
		return w.answer, err
	}
	return w.refuse(ctx)
}

// walk is one question on its way down.
type walk struct {
	tutor    *Tutor
	scope    postgres.Scope
	question Question
	notify   func([]Retrieved) // nil: nobody wants to know
	began    time.Time
	found    retrieve.Result
	passages []retrieve.Passage // in lecture order; passage i is the alias c<i+1>
	reading  reading
	told     []string // lectures whose passages a model was shown, of earlier retrievals too
	attempts []attempt
	forget   bool // a lecture of told was deleted meanwhile, so drafts are not stored
	answer   Answer
}

func alias(i int) string { return "c" + strconv.Itoa(i+1) }

func (w *walk) retrieve(ctx context.Context) error {
	found, err := w.tutor.Searcher.Search(ctx, w.scope, w.question.Text, retrieve.Options{})
	if err != nil {
		return err
	}
	w.found = found
	w.passages = slices.Clone(found.Passages)
	slices.SortStableFunc(w.passages, func(a, b retrieve.Passage) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Lecture, b.Lecture), cmp.Compare(a.Chunks[0].Ordinal, b.Chunks[0].Ordinal))
	})
	for _, p := range w.passages {
		if !slices.Contains(w.told, p.Lecture) {
			w.told = append(w.told, p.Lecture)
		}
	}
	w.reading = read(w.question.Text, w.found, w.passages)
	w.answer.Timings.Retrieve += milliseconds(found.Timings.Total)
	if w.notify != nil {
		w.notify(w.retrieved())
	}
	return nil
}

// askModel runs one model rung: the first draft, or with repair the second. done means that an answer was released.
func (w *walk) askModel(ctx context.Context, repair *prompts.Repair) (done bool, err error) {
	a := attempt{Attempt: Attempt{Mode: "model", Codes: []string{}}}
	if repair != nil {
		a.Mode = "repair"
	}
	messages, err := w.tutor.Prompt.Render(w.promptInput(repair))
	if err != nil {
		return false, fmt.Errorf("rendering prompt %s: %w", w.tutor.Prompt.ID, err)
	}
	req := llm.ChatRequest{Model: w.question.Model, SchemaName: "draft", Schema: w.tutor.Prompt.Schema, MaxTokens: maxCompletionTokens}
	for _, m := range messages {
		req.Messages = append(req.Messages, llm.Message{Role: m.Role, Content: m.Content})
	}
	start := time.Now()
	modelCtx, cancel := context.WithDeadline(ctx, w.began.Add(MaxTime-floorTime))
	defer cancel()
	reply, err := w.tutor.Model.Chat(modelCtx, req)
	took := time.Since(start)
	a.durationMS = took.Milliseconds()
	w.answer.Timings.Model += milliseconds(took)
	w.count(&a, reply)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err() // nobody waits for this answer any more
		}
		a.Verdict, a.Codes = "failed", []string{failureCode(err)}
		w.tutor.Log.WarnContext(ctx, "model call failed; the rung below answers", "answer", w.answer.ID, "attempt", a.Mode, "code", a.Codes[0], "err", err)
		w.attempts = append(w.attempts, a)
		return false, nil
	}
	a.draft, a.finishReason, a.model = []byte(reply.Content), reply.FinishReason, reply.Model
	w.answer.Model = reply.Model
	return w.release(ctx, a, ModeModel)
}

func (w *walk) promptInput(repair *prompts.Repair) prompts.Input {
	in := prompts.Input{Question: w.question.Text, Repair: repair}
	for i, p := range w.passages {
		at := ""
		if startMS, _, ok := p.At(0, len(p.Text)); ok {
			at = Clock(startMS)
		}
		in.Passages = append(in.Passages, prompts.Passage{Alias: alias(i), Lecture: p.Lecture, LectureTitle: p.Title, At: at, Text: p.Text})
	}
	return in
}

// count adds a reply's tokens and cost to the answer's. A cost that is not known makes the whole sum unknown.
func (w *walk) count(a *attempt, reply llm.ChatResponse) {
	u := &w.answer.Usage
	known := u.ModelCalls == 0 || u.CostMicroUSD != nil
	a.promptTokens, a.completionTokens = credible(reply.Usage.PromptTokens), credible(reply.Usage.CompletionTokens)
	u.ModelCalls += reply.Calls
	u.PromptTokens += a.promptTokens
	u.CompletionTokens += a.completionTokens
	cost, priced := llm.CostMicroUSD(reply.Model, reply.Usage)
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

// credible bounds a token count that a model server reported: a wrong one must not keep an answer from being stored.
func credible(tokens int) int { return min(max(tokens, 0), maxTokens) }

// floor answers with verbatim sentences. This rung must hold: if the lecture was published anew since it was retrieved,
// it retrieves once more, and what the guard does not let out of a lecture (a link that was spelled out in it, say) is
// left away.
func (w *walk) floor(ctx context.Context) (done bool, err error) {
	draft := w.reading.draft(w.passages)
	for again := 0; len(draft.Sentences) > 0 && again < 1+floorSentences; again++ {
		a := attempt{Attempt: Attempt{Mode: "extractive", Codes: []string{}}, finishReason: "stop"}
		if a.draft, err = draft.JSON(); err != nil {
			return false, fmt.Errorf("extractive draft: %w", err)
		}
		if done, err := w.release(ctx, a, ModeExtractive); done || err != nil {
			return done, err
		}
		rejected := w.last()
		if w.stale() {
			if err := w.retrieve(ctx); err != nil {
				return false, err
			}
			draft = w.reading.draft(w.passages)
			continue
		}
		var kept []guard.DraftSentence
		for i, s := range draft.Sentences {
			if !slices.ContainsFunc(rejected.findings, func(f guard.Finding) bool { return f.Sentence == i || f.Sentence < 0 }) {
				kept = append(kept, s)
			}
		}
		draft.Sentences = kept
	}
	return false, nil
}

// refuse is the last rung: nothing in the lecture answers, and that is said as an outcome of its own.
func (w *walk) refuse(ctx context.Context) (Answer, error) {
	w.answer.Outcome, w.answer.Mode, w.answer.Message, w.answer.Sentences = NotInLecture, ModeNone, MessageNotInLecture, []Sentence{}
	return w.answer, w.store(ctx)
}

// stale reports whether the last draft cited what a publish has replaced since it was retrieved.
func (w *walk) stale() bool { return slices.Contains(w.last().Codes, string(guard.CodeStaleCitation)) }

func (w *walk) last() attempt { return w.attempts[len(w.attempts)-1] }

// retrieved tells the client what was found.
func (w *walk) retrieved() []Retrieved {
	out := make([]Retrieved, 0, len(w.passages))
	for i, p := range w.passages {
		r := Retrieved{Alias: alias(i), Lecture: p.Lecture, Title: p.Title, Version: p.Version, Chunks: []RetrievedChunk{}}
		if startMS, endMS, ok := p.At(0, len(p.Text)); ok {
			r.StartMS, r.EndMS = &startMS, &endMS
		}
		for _, c := range p.Chunks {
			r.Chunks = append(r.Chunks, RetrievedChunk{ID: c.ID, Score: c.Score, LexicalRank: c.LexicalRank, VectorRank: c.VectorRank, Distance: c.Distance})
		}
		out = append(out, r)
	}
	return out
}

func failureCode(err error) string {
	switch {
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

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Clock formats a time in a lecture as a player shows it: 4:07 or 1:02:03.
func Clock(ms int64) string {
	s := ms / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
