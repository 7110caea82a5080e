package answer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve"
)

// errRejected rolls the release transaction back: nothing of a rejected draft is stored as an answer.
var errRejected = errors.New("draft rejected")

// release judges a draft and, if it passes, stores the answer's evidence, in one transaction that holds the lectures
// where they are: what the guard was told is readable stays so until the evidence stands. done means that w.answer may
// go out. A draft that does not pass becomes an attempt with its codes.
func (w *walk) release(ctx context.Context, a attempt, mode Mode) (done bool, err error) {
	before := w.answer
	readable := map[string]bool{}
	err = w.tutor.DB.InCourseAfter(ctx, w.scope.Course, func(batch *pgx.Batch) {
		if len(w.attempts) > 0 { // for a first draft readability sees to it
			w.queueDeleted(batch)
		}
		w.queueReadable(batch, readable)
	}, func(tx pgx.Tx) error {
		start := time.Now()
		verdict := w.judge(&a, readable)
		w.answer.Timings.Guard += milliseconds(time.Since(start))
		if !verdict.Pass {
			a.Verdict, a.Codes, a.findings = "rejected", verdict.Codes(), verdict.Findings
			return errRejected
		}
		a.Verdict, a.doubts = "pass", verdict.Review
		w.attempts = append(w.attempts, a)
		w.accept(verdict, mode)
		return w.insert(ctx, tx)
	})
	switch {
	case errors.Is(err, errRejected):
		w.attempts = append(w.attempts, a)
		w.tutor.Log.InfoContext(ctx, "draft rejected", "answer", w.answer.ID, "attempt", a.Mode, "codes", a.Codes)
		return false, nil
	case err != nil:
		w.answer = before // nothing verified may look released
		return false, fmt.Errorf("answer %s: %w", w.answer.ID, err)
	}
	if w.events.Sentence != nil {
		for i, s := range w.answer.Sentences {
			w.events.Sentence(i, s)
		}
	}
	return true, nil
}

// input is what the guard judges by, without the draft and what is readable.
func (w *walk) input() guard.Input {
	titles := make([]string, len(w.passages))
	for i, p := range w.passages {
		titles[i] = p.Title
	}
	return guard.Input{
		Passages: guarded(w.passages), Language: w.found.Analyzer.Name(),
		Question: conversation(w.question.storedBefore(), stored(w.question.Text)), Glossary: titles,
	}
}

// accept turns a verdict that passed into the answer.
func (w *walk) accept(v guard.Verdict, mode Mode) {
	w.answer.Mode, w.answer.Message, w.answer.Sentences = mode, "", []Sentence{}
	w.answer.Judged = append([]string{}, v.Judged...)
	switch v.Outcome {
	case guard.NotInLecture:
		w.answer.Outcome, w.answer.Message = NotInLecture, MessageNotInLecture
	case guard.Refused:
		w.answer.Outcome, w.answer.Message = Refused, MessageRefused
	case guard.Answered:
		w.answer.Outcome = Answered
		if mode == ModeExtractive {
			w.answer.Message = MessageExtractive
		}
	}
	for _, s := range v.Sentences {
		w.answer.Sentences = append(w.answer.Sentences, w.rendered(s))
	}
}

// rendered is a verified sentence as the student gets it.
func (w *walk) rendered(s guard.Sentence) Sentence {
	out := Sentence{Text: s.Text}
	for _, c := range s.Citations {
		p := w.passages[c.Passage]
		i := slices.IndexFunc(p.Chunks, func(k retrieve.Chunk) bool { return k.ID == c.ChunkID })
		cited := Citation{
			Course: w.scope.Course, Lecture: p.Lecture, Title: p.Title, Version: p.Version, ChunkID: c.ChunkID, Quote: c.Quote,
			start: c.Start - p.Chunks[i].Start, end: c.End - p.Chunks[i].Start,
		}
		if startMS, endMS, ok := p.At(c.Start, c.End); ok {
			cited.StartMS, cited.EndMS = &startMS, &endMS
		}
		out.Citations = append(out.Citations, cited)
	}
	return out
}

// queueDeleted sees to it that what a deletion erased does not come back with the drafts of an answer that was under way:
// if a lecture that earlier attempts were shown is deleted, no draft is stored. Those that are there stay until the
// transaction ends. For a first draft queueReadable sees to it.
func (w *walk) queueDeleted(batch *pgx.Batch) {
	batch.Queue(`
select deleted_at is not null
from lectures
where course_id = $1 and lecture_id = any($2)
order by lecture_id
for share`, w.scope.Course, w.told).Query(func(rows pgx.Rows) error {
		deleted, err := pgx.CollectRows(rows, pgx.RowTo[bool])
		if err != nil {
			return fmt.Errorf("looking for deleted lectures: %w", err)
		}
		// A lecture that is not among what was retrieved last would not lead Forget to this answer later.
		last := lecturesOf(w.passages)
		w.forget = slices.Contains(deleted, true) || slices.ContainsFunc(w.told, func(l string) bool { return !slices.Contains(last, l) })
		return nil
	})
}

// queueReadable adds to readable which of the retrieved chunks are in the active version of a lecture that the caller may
// see, and keeps the lectures from being published anew until the transaction ends. If one of them is deleted, drafts are
// not stored.
func (w *walk) queueReadable(batch *pgx.Batch, readable map[string]bool) {
	batch.Queue(`
select lecture_id, coalesce(active_version, 0), deleted_at is not null
from lectures
where course_id = $1 and lecture_id = any($2)
order by lecture_id
for share`, w.scope.Course, lecturesOf(w.passages)).Query(func(rows pgx.Rows) error {
		current := map[string]int{}
		var lecture string
		var version int
		var deleted bool
		if _, err := pgx.ForEachRow(rows, []any{&lecture, &version, &deleted}, func() error {
			current[lecture] = version
			w.forget = w.forget || deleted
			return nil
		}); err != nil {
			return fmt.Errorf("reading what is readable: %w", err)
		}
		for _, p := range w.passages {
			if current[p.Lecture] == p.Version {
				for _, c := range p.Chunks {
					readable[c.ID] = true
				}
			}
		}
		return nil
	})
}

// lecturesOf lists the lectures of passages, each once.
func lecturesOf(passages []retrieve.Passage) []string {
	lectures := []string{}
	for _, p := range passages {
		if !slices.Contains(lectures, p.Lecture) {
			lectures = append(lectures, p.Lecture)
		}
	}
	return lectures
}
