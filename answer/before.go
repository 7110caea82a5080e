package answer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/retrieve"
)

// Earlier questions of a conversation come with each request and are data of that request: nothing on the server joins
// requests. They help to find the passages ([retrieve.Options.Before]), a model reads them, and names in them count like
// those of the question. They are no evidence.

// Bounds of the earlier questions of a request.
const (
	MaxBefore           = retrieve.MaxBefore // questions
	MaxBeforeCharacters = 8000               // of them together; a single one may have as many as a question
)

// A BeforeError says what is wrong with an earlier question.
type BeforeError struct {
	Index int    // of the question, from 0; -1: it is about all of them
	Why   string // one clause that says what is wrong and what to do, without a word of a student's
}

func (e *BeforeError) Error() string {
	if e.Index < 0 {
		return "the earlier questions: " + e.Why
	}
	return fmt.Sprintf("earlier question %d: %s", e.Index+1, e.Why)
}

// checkBefore returns nil or a *BeforeError.
func checkBefore(before []string) error {
	if len(before) > MaxBefore {
		return &BeforeError{-1, fmt.Sprintf("there are %d; send the last %d", len(before), MaxBefore)}
	}
	all := 0
	for i, q := range before {
		n := utf8.RuneCountInString(q)
		all += n
		switch {
		case n > retrieve.MaxQuery:
			return &BeforeError{i, "it is longer than 4,000 characters"}
		case strings.IndexFunc(q, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0:
			return &BeforeError{i, "it holds no letter and no digit; leave it out"}
		}
	}
	if all > MaxBeforeCharacters {
		return &BeforeError{-1, "they are longer than 8,000 characters together; leave the oldest out"}
	}
	return nil
}

// storedBefore is the earlier questions as they are stored.
func (q Question) storedBefore() []string {
	out := make([]string, len(q.Before))
	for i, b := range q.Before {
		out[i] = stored(b)
	}
	return out
}

// conversation is what the guard is given as the question: all that was asked, oldest first, each on a line, as it is stored.
func conversation(before []string, question string) string {
	if len(before) == 0 {
		return question
	}
	return strings.Join(before, "\n") + "\n" + question
}
