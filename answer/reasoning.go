package answer

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxReasoning is how much of a model's reasoning is kept, in bytes.
const maxReasoning = 64 << 10

// queueReasoning adds to batch what models thought before their drafts, redacted, if that is switched on. Like a draft it is
// not stored when a lecture that it was written from was deleted meanwhile.
func (w *walk) queueReasoning(batch *pgx.Batch) {
	keep := w.tutor.KeepReasoning
	if keep <= 0 || w.forget {
		return
	}
	for i, a := range w.attempts {
		// A number or an address that the cut goes through might not look like one, so some more of the end goes.
		text := a.reasoning
		if len(text) > maxReasoning {
			text = text[:maxReasoning]
		}
		text = Redact(stored(text))
		if len(a.reasoning) > maxReasoning {
			text = text[:max(len(text)-256, 0)]
		}
		if text = stored(text); text == "" {
			continue
		}
		batch.Queue(`
insert into answer_reasoning (course_id, answer_id, attempt, text, expires_at)
values ($1, $2, $3, $4, now() + $5::interval)`, w.answer.Course, w.answer.ID, i+1, text, keep)
	}
}

// Sweep deletes what expired in a course, in the caller's transaction, and counts it: models' reasoning. Before it was swept
// nobody is shown it any more.
func Sweep(ctx context.Context, tx pgx.Tx, course string) (int64, error) {
	tag, err := tx.Exec(ctx, `delete from answer_reasoning where course_id = $1 and expires_at <= now()`, course)
	if err != nil {
		return 0, fmt.Errorf("deleting expired reasoning of course %s: %w", course, err)
	}
	return tag.RowsAffected(), nil
}

// MaxKeepReasoning bounds Tutor.KeepReasoning.
const MaxKeepReasoning = 365 * 24 * time.Hour
