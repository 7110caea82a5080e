package answer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer/guard"
)

// bySentence releases a draft sentence by sentence while a model writes it. Each sentence is judged like a whole draft:
// by every layer, with readability read again, in the transaction that stores it; then it leaves, and only then the next
// is looked at. As soon as something fails, nothing more of the draft leaves this way:
//
//   - Before a first sentence has left, the rest of the draft is only gathered, and judged whole when it is there: the
//     ladder goes on as usual.
//   - Afterwards the model is stopped, and the answer ends incomplete.
//
// The answer's row stands from the first sentence on, with outcome incomplete and an attempt that says "interrupted", so
// that a process that dies leaves true evidence.
type bySentence struct {
	walk    *walk
	ctx     context.Context // the request's: the model's deadline does not cut a release
	attempt attempt         // as it is stored until the draft has ended
	decoder guard.Decoder
	doubts  []guard.Finding
	held    bool          // nothing leaves before the whole draft was judged
	failure error         // the database's
	took    time.Duration // spent here and not by the model
}

// errHalted stops a model whose draft has failed. The findings are in bySentence.attempt.
var errHalted = errors.New("a later sentence does not hold")

// Codes of an attempt whose draft was not finished, beside those of failureCode.
const (
	codeInterrupted = "interrupted" // nobody has seen its end
	codeClientGone  = "client_gone"
)

// finishTime bounds writing down how an answer ended, also for a client that is gone.
const finishTime = 5 * time.Second

// began reports whether a sentence has left.
func (b *bySentence) began() bool { return b.attempt.Verdict != "" }

// write takes the next piece of the draft.
func (b *bySentence) write(piece string) error {
	if b.held {
		return nil
	}
	start := time.Now()
	defer func() { b.took += time.Since(start) }()
	if room := maxStoredDraft - len(b.attempt.draft); room > 0 {
		b.attempt.draft = append(b.attempt.draft, piece[:min(room, len(piece))]...)
	}
	if finding := b.decoder.Write([]byte(piece)); finding != nil {
		return b.reject(*finding)
	}
	for {
		s, ok := b.decoder.Next()
		if !ok {
			return nil
		}
		if err := b.release(s); err != nil || b.held {
			return err
		}
	}
}

// reject notes why no more may leave.
func (b *bySentence) reject(findings ...guard.Finding) error {
	if !b.began() {
		b.held = true
		return nil
	}
	b.attempt.Verdict, b.attempt.findings = "rejected", findings
	b.attempt.Codes = guard.Verdict{Findings: findings}.Codes()
	return errHalted
}

// release judges the next sentence, stores it and lets it go.
func (b *bySentence) release(s guard.DraftSentence) error {
	w, index := b.walk, len(b.walk.answer.Sentences)
	if !b.began() {
		index = 0
	}
	in := w.input()
	before, attempts, attempt := w.answer, w.attempts, b.attempt
	in.Readable = map[string]bool{}
	err := w.tutor.DB.InCourseAfter(b.ctx, w.scope.Course, func(batch *pgx.Batch) {
		if !b.began() {
			w.queueDeleted(batch)
		}
		w.queueReadable(batch, in.Readable)
	}, func(tx pgx.Tx) error {
		b.attempt.judged = w.basis(in)
		start := time.Now()
		verdict := guard.CheckSentence(in, s)
		w.answer.Timings.Guard += milliseconds(time.Since(start))
		if !verdict.Pass {
			return &rejection{at(index, verdict.Findings)}
		}
		b.doubts = append(b.doubts, at(index, verdict.Review)...)
		if index > 0 {
			w.answer.Sentences = append(w.answer.Sentences, w.rendered(verdict.Sentences[0]))
			return w.insertSentence(b.ctx, tx, index, b.attempt.draft)
		}
		b.attempt.Verdict, b.attempt.Codes = "failed", []string{codeInterrupted}
		w.attempts = append(w.attempts, b.attempt)
		w.accept(verdict, ModeModel)
		w.answer.Outcome, w.answer.Message = Incomplete, MessageIncomplete
		return w.insert(b.ctx, tx)
	})
	var rejected *rejection
	switch {
	case errors.As(err, &rejected):
		return b.reject(rejected.findings...)
	case err != nil:
		w.answer, w.attempts, b.attempt = before, attempts, attempt
		err = fmt.Errorf("answer %s, sentence %d: %w", w.answer.ID, index, err)
		if b.ctx.Err() == nil {
			b.failure = err
		}
		return err
	}
	if w.events.Sentence != nil {
		w.events.Sentence(index, w.answer.Sentences[index])
	}
	return nil
}

// rejection rolls a sentence's transaction back.
type rejection struct{ findings []guard.Finding }

func (*rejection) Error() string { return "sentence rejected" }

// at says of findings about a sentence alone which one of the draft it is.
func at(index int, findings []guard.Finding) []guard.Finding {
	for i := range findings {
		findings[i].Sentence = index
	}
	return findings
}

// insertSentence writes one more sentence of an answer that stands already, and the draft as far as it was read. What was stored of the others is not touched:
// a lecture may have been deleted since, and its words with it.
func (w *walk) insertSentence(ctx context.Context, tx pgx.Tx, index int, draft []byte) error {
	s := w.answer.Sentences[index]
	one, err := json.Marshal([]Sentence{s})
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`
update answer_attempts
set draft = $4
where course_id = $1 and answer_id = $2 and attempt = $3 and draft is not null`,
		w.answer.Course, w.answer.ID, len(w.attempts), storedDraft(draft))
	batch.Queue(`
update answers
set sentences = sentences || $3::jsonb
where course_id = $1 and answer_id = $2`, w.answer.Course, w.answer.ID, one)
	queueCitations(batch, w.answer, index, s)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("storing evidence: %w", err)
	}
	return nil
}

// finish ends an answer of which at least one sentence has left: a is what is known of the draft now that the model has
// ended with err. It is answered if the draft, too, is whole and holds, and incomplete otherwise.
func (b *bySentence) finish(a attempt, err error) error {
	w := b.walk
	a.Attempt, a.findings, a.doubts, a.judged = b.attempt.Attempt, b.attempt.findings, b.doubts, b.attempt.judged
	switch {
	case errors.Is(err, errHalted): // the findings are there
	case b.failure != nil: // as it was
	case errors.Is(b.ctx.Err(), context.Canceled):
		a.Codes = []string{codeClientGone}
	case err != nil:
		a.Codes = []string{failureCode(err)}
	default:
		verdict := b.whole(&a)
		a.Verdict, a.Codes, a.findings = "rejected", verdict.Codes(), verdict.Findings
		if verdict.Pass {
			a.Verdict, a.Codes = "pass", []string{}
			w.answer.Outcome, w.answer.Message = Answered, ""
		}
	}
	if err != nil || len(a.draft) == 0 {
		a.draft = b.attempt.draft
	}
	w.attempts[len(w.attempts)-1] = a
	if a.Verdict != "pass" {
		w.tutor.Log.InfoContext(b.ctx, "answer broke off after a sentence had left", "answer", w.answer.ID, "attempt", a.Mode, "codes", a.Codes, "sentences", len(w.answer.Sentences))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), finishTime)
	defer cancel()
	if err := w.tutor.DB.InCourse(ctx, w.scope.Course, func(tx pgx.Tx) error { return w.update(ctx, tx, a) }); err != nil {
		return errors.Join(b.failure, b.ctx.Err(), fmt.Errorf("answer %s: %w", w.answer.ID, err))
	}
	return errors.Join(b.failure, b.ctx.Err())
}

// whole judges the draft at its end. What its sentences cite was readable when each left.
func (b *bySentence) whole(a *attempt) guard.Verdict {
	readable := map[string]bool{}
	for _, p := range b.walk.passages {
		for _, c := range p.Chunks {
			readable[c.ID] = true
		}
	}
	return b.walk.judge(a, readable)
}

// update writes how an answer ended whose sentences are stored. Attempt and answer are locked in the order in which
// Forget locks them. A draft that Forget has erased stays erased.
func (w *walk) update(ctx context.Context, tx pgx.Tx, a attempt) error {
	w.answer.Timings.Total = milliseconds(time.Since(w.began))
	w.answer.Attempts = []Attempt{}
	for _, one := range w.attempts {
		w.answer.Attempts = append(w.answer.Attempts, one.Attempt)
	}
	findings, err1 := json.Marshal(findingsOf(a))
	timings, err2 := json.Marshal(w.answer.Timings)
	judged, err3 := json.Marshal(a.judged)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	u, number := w.answer.Usage, len(w.attempts)
	batch := &pgx.Batch{}
	batch.Queue(`
update answer_attempts
set verdict = $4, codes = $5, findings = $6, draft = case when draft is not null then $7 end, finish_reason = $8, model = $9,
    prompt_tokens = $10, completion_tokens = $11, duration_ms = $12, judged = $13
where course_id = $1 and answer_id = $2 and attempt = $3`,
		w.answer.Course, w.answer.ID, number, a.Verdict, a.Codes, findings, storedDraft(a.draft), stored(a.finishReason), stored(a.model),
		a.promptTokens, a.completionTokens, a.durationMS, judged)
	batch.Queue(`
update answers
set outcome = $3, message = $4, model = $5, prompt_tokens = $6, completion_tokens = $7, cost_microusd = $8, timings = $9
where course_id = $1 and answer_id = $2`,
		w.answer.Course, w.answer.ID, string(w.answer.Outcome), w.answer.Message, stored(w.answer.Model),
		u.PromptTokens, u.CompletionTokens, u.CostMicroUSD, timings)
	batch.Queue(`delete from reviews where course_id = $1 and answer_id = $2 and attempt = $3`, w.answer.Course, w.answer.ID, number)
	queueReview(batch, w.answer, number, a)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("storing evidence: %w", err)
	}
	return nil
}
