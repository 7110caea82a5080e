package citebreak

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/postgres"
)

// audit says what does not hold of an answer: nil if every sentence has a citation, and every citation is of this course,
// of a chunk that stands in the active version, was retrieved for this request and holds the quoted words byte for byte.
// It reads the database and the passages that were announced, and shares nothing with the guard.
func audit(ctx context.Context, db *postgres.DB, a answer.Answer, retrieved []answer.Retrieved) ([]string, error) {
	var wrong []string
	fail := func(i int, format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf("sentence %d: ", i+1)+fmt.Sprintf(format, args...))
	}
	if a.Outcome != answer.Answered && a.Outcome != answer.Incomplete && len(a.Sentences) > 0 {
		fail(0, "outcome %s has sentences", a.Outcome)
	}
	for i, s := range a.Sentences {
		if len(s.Citations) == 0 {
			fail(i, "no citation")
		}
		for _, c := range s.Citations {
			if c.Course != a.Course {
				fail(i, "cites course %s", c.Course)
				continue
			}
			given := slices.ContainsFunc(retrieved, func(r answer.Retrieved) bool {
				return r.Lecture == c.Lecture && r.Version == c.Version &&
					slices.ContainsFunc(r.Chunks, func(k answer.RetrievedChunk) bool { return k.ID == c.ChunkID })
			})
			if !given {
				fail(i, "chunk %s was not retrieved", c.ChunkID)
			}
			texts, err := postgres.Collect(ctx, db, a.Course, pgx.RowTo[string], `
select k.text
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
join chunks k on k.course_id = vc.course_id and k.chunk_id = vc.chunk_id
where l.course_id = $1 and l.lecture_id = $2 and l.active_version = $3 and vc.chunk_id = $4`,
				a.Course, c.Lecture, c.Version, c.ChunkID)
			switch {
			case err != nil:
				return nil, fmt.Errorf("auditing answer %s: %w", a.ID, err)
			case len(texts) == 0:
				fail(i, "chunk %s is not in the active version of %s", c.ChunkID, c.Lecture)
			case strings.TrimSpace(c.Quote) == "" || !strings.Contains(texts[0], c.Quote):
				fail(i, "chunk %s does not hold the quote", c.ChunkID)
			case strings.IndexFunc(c.Quote, func(r rune) bool { return unicode.Is(unicode.Cf, r) }) >= 0:
				fail(i, "the quote of chunk %s has format characters", c.ChunkID)
			}
		}
	}
	return wrong, nil
}
