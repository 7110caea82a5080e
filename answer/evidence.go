package answer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/postgres"
)

// store writes the evidence of an answer that has no sentences. Like release, it holds the lectures that its drafts were
// written from, so that one that is deleted meanwhile is deleted before or after, and forgotten either way.
func (w *walk) store(ctx context.Context) error {
	err := w.tutor.DB.InCourseAfter(ctx, w.scope.Course, func(batch *pgx.Batch) {
		if len(w.attempts) > 0 {
			w.queueDeleted(batch)
		}
	}, func(tx pgx.Tx) error { return w.insert(ctx, tx) })
	if err != nil {
		return fmt.Errorf("answer %s: %w", w.answer.ID, err)
	}
	return nil
}

// insert writes the answer's rows: itself, its attempts, its citations.
func (w *walk) insert(ctx context.Context, tx pgx.Tx) error {
	w.answer.Timings.Total = milliseconds(time.Since(w.began))
	w.answer.Attempts = []Attempt{}
	for _, a := range w.attempts {
		w.answer.Attempts = append(w.answer.Attempts, a.Attempt)
	}
	sentences, err1 := json.Marshal(w.answer.Sentences)
	retrieved, err2 := json.Marshal(w.retrieved())
	timings, err3 := json.Marshal(w.answer.Timings)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	a, u := w.answer, w.answer.Usage
	lectures := w.scope.Lectures
	if lectures == nil {
		lectures = []string{}
	}
	batch := &pgx.Batch{}
	batch.Queue(`
insert into answers (course_id, answer_id, principal, lectures, question, outcome, mode, message, sentences, retrieved,
                     prompt_id, prompt_sha256, model, prompt_tokens, completion_tokens, cost_microusd, timings, release, before)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		a.Course, a.ID, w.scope.Principal, lectures, stored(w.question.Text), string(a.Outcome), string(a.Mode), a.Message, sentences, retrieved,
		a.Prompt.ID, a.Prompt.SHA256, stored(a.Model), u.PromptTokens, u.CompletionTokens, u.CostMicroUSD, timings, cmp.Or(w.question.Release, Whole),
		w.question.storedBefore())
	for i, at := range w.attempts {
		findings, err1 := json.Marshal(findingsOf(at))
		if w.forget && at.judged != nil {
			at.judged.Glossary = nil // titles
		}
		judged, err2 := json.Marshal(at.judged)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if at.judged == nil {
			judged = nil
		}
		var draft *string
		if at.draft != nil && !w.forget {
			s := storedDraft(at.draft)
			draft = &s
		}
		batch.Queue(`
insert into answer_attempts (course_id, answer_id, attempt, mode, verdict, codes, findings, draft, finish_reason, model,
                             prompt_tokens, completion_tokens, duration_ms, judged)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			a.Course, a.ID, i+1, at.Mode, at.Verdict, at.Codes, findings, draft, stored(at.finishReason), stored(at.model),
			at.promptTokens, at.completionTokens, at.durationMS, judged)
		queueReview(batch, a, i+1, at)
	}
	w.queuePassages(batch)
	w.queueReasoning(batch)
	for i, s := range a.Sentences {
		queueCitations(batch, a, i, s)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("storing evidence: %w", err)
	}
	return nil
}

func queueCitations(batch *pgx.Batch, a Answer, index int, s Sentence) {
	for j, c := range s.Citations {
		batch.Queue(`
insert into answer_citations (course_id, answer_id, sentence, citation, lecture_id, version, chunk_id, quote_start, quote_end, start_ms, end_ms)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			a.Course, a.ID, index, j, c.Lecture, c.Version, c.ChunkID, c.start, c.end, c.StartMS, c.EndMS)
	}
}

// queueReview asks a person to look at an attempt that did not pass, or that passed with doubts.
func queueReview(batch *pgx.Batch, a Answer, number int, at attempt) {
	reason, codes := at.Verdict, at.Codes
	switch {
	case at.Verdict == "pass" && len(at.doubts) > 0:
		reason, codes = "flagged", guard.Verdict{Findings: at.doubts}.Codes()
	case at.Verdict == "pass":
		return
	}
	batch.Queue(`
insert into reviews (course_id, answer_id, attempt, reason, codes)
values ($1, $2, $3, $4, $5)`, a.Course, a.ID, number, reason, codes)
}

// stored makes text that somebody else wrote fit a text column: valid UTF-8 without NUL, both replaced by U+FFFD.
func stored(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

type storedFinding struct {
	Code     string `json:"code"`
	Sentence int    `json:"sentence"`
	Evidence int    `json:"evidence"`
	Detail   string `json:"detail"`
}

// findingsOf are an attempt's findings, those that rejected it and those that did not.
func findingsOf(at attempt) []storedFinding {
	findings := slices.Concat(at.findings, at.doubts)
	out := make([]storedFinding, len(findings))
	for i, f := range findings {
		out[i] = storedFinding{string(f.Code), f.Sentence, f.Evidence, stored(f.Detail)}
	}
	return out
}

// Evidence is what is kept of an answer and not sent to the student: for operators and reviewers.
type Evidence struct {
	Question string
	Before   []string // the earlier questions that came with it, oldest first
	Outcome  Outcome
	Attempts []StoredAttempt
}

// StoredAttempt is an attempt with its draft.
type StoredAttempt struct {
	Attempt
	Draft string // "" when the model wrote nothing
	Model string
	// Reasoning is what the model thought first, redacted; "" unless Tutor.KeepReasoning was set, and after it expired.
	Reasoning string
}

// ErrNoAnswer says that the course has no such answer.
var ErrNoAnswer = errors.New("no such answer in this course")

// Evidence reads the stored evidence of an answer.
func (t *Tutor) Evidence(ctx context.Context, scope postgres.Scope, id string) (Evidence, error) {
	var e Evidence
	err := t.DB.Query(ctx, scope.Course, func(rows pgx.Rows) error {
		for rows.Next() {
			var mode, verdict, model, draft, reasoning *string
			var codes []string
			if err := rows.Scan(&e.Question, &e.Before, &e.Outcome, &mode, &verdict, &codes, &draft, &model, &reasoning); err != nil {
				return err
			}
			if mode == nil {
				continue // an answer without an attempt
			}
			at := StoredAttempt{Attempt: Attempt{Mode: *mode, Verdict: *verdict, Codes: codes}, Model: *model}
			if draft != nil {
				at.Draft = *draft
			}
			if reasoning != nil {
				at.Reasoning = *reasoning
			}
			e.Attempts = append(e.Attempts, at)
		}
		return nil
	}, `
select a.question, a.before, a.outcome, t.mode, t.verdict, t.codes, t.draft, t.model, r.text
from answers a
left join answer_attempts t on t.course_id = a.course_id and t.answer_id = a.answer_id
left join answer_reasoning r on r.course_id = t.course_id and r.answer_id = t.answer_id and r.attempt = t.attempt and r.expires_at > now()
where a.course_id = $1 and a.answer_id = $2
order by t.attempt`, scope.Course, id)
	if err != nil {
		return e, fmt.Errorf("answer %s: %w", id, err)
	}
	if e.Outcome == "" {
		return e, fmt.Errorf("answer %q: %w", id, ErrNoAnswer)
	}
	return e, nil
}
