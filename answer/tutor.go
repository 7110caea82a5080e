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
// retries. onDelta hears the reply as it comes; with nil it is only gathered.
type Model interface {
	ChatStream(ctx context.Context, req llm.ChatRequest, onDelta func(string) error) (llm.ChatResponse, error)
}

// Searcher finds passages for a question. It is an interface so that an eval can show what a worse search would cost.
type Searcher interface {
	Search(ctx context.Context, scope postgres.Scope, query string, opts retrieve.Options) (retrieve.Result, error)
}

// A Tutor answers questions. Safe for concurrent use.
type Tutor struct {
	DB       *postgres.DB
	Searcher Searcher
	Prompt   *prompts.Prompt
	Log      *slog.Logger
	// Model is asked first; nil: every answer is extractive.
	Model Model
	// Models are the names a question may choose from, besides the model's own default. Usually empty.
	Models []string
	// BySentence lets questions ask for release by sentence.
	BySentence bool
	Limits     Limits
	// KeepReasoning is how long what a model thought before its draft is kept, redacted; 0: it is not kept at all. At most
	// MaxKeepReasoning.
	KeepReasoning time.Duration
}

// Release says when the sentences of a model's draft leave.
type Release string

// The release modes.
const (
	Whole      Release = "whole"    // after the whole draft was verified
	BySentence Release = "sentence" // each when it was verified; what comes behind one that fails never leaves
)

// Question is what a student asks.
type Question struct {
	Text string
	// Before are the earlier questions of the conversation, oldest first, for a question like "and why?": at most MaxBefore
	// of at most 4,000 characters each and MaxBeforeCharacters together, none of them blank.
	Before  []string
	Model   string  // "": the default; otherwise one of Tutor.Models
	Release Release // "": Whole
}

// Events are what a stream is made of. Either function may be nil.
type Events struct {
	// Retrieved is called with what was found before any model is asked, and again if a lecture was published anew
	// meanwhile and had to be searched once more.
	Retrieved func([]Retrieved)
	// Sentence is called with each sentence that may go out, from index 0, when its evidence is stored.
	Sentence func(index int, s Sentence)
}

// ErrUnknownModel says that the question chose a model the operator does not offer, ErrRelease that it chose a release
// mode the operator does not permit.
var (
	ErrUnknownModel = errors.New("this server does not offer that model")
	ErrRelease      = errors.New("this server does not release answers that way")
)

func (t *Tutor) check(q Question) error {
	if q.Model != "" && !slices.Contains(t.Models, q.Model) {
		return ErrUnknownModel
	}
	if q.Release != "" && q.Release != Whole && !(q.Release == BySentence && t.BySentence) {
		return ErrRelease
	}
	return checkBefore(q.Before)
}

// Ask is Stream for those who want the answer at once: it is released whole, whatever q says.
func (t *Tutor) Ask(ctx context.Context, scope postgres.Scope, q Question, retrieved func([]Retrieved)) (Answer, error) {
	if err := t.check(q); err != nil {
		return Answer{}, err
	}
	q.Release = Whole
	return t.Stream(ctx, scope, q, Events{Retrieved: retrieved})
}

// Stream answers q within scope and tells what happens as it happens.
//
// An answer in any outcome is a nil error. The errors are those of retrieve.Search for a question or scope that cannot
// be used, ErrUnknownModel, ErrRelease, a *BeforeError, the context's, and the database's. Model trouble is never an error: the rung below
// answers. After an error, sentences that Events heard of have left and are stored, with outcome incomplete.
func (t *Tutor) Stream(ctx context.Context, scope postgres.Scope, q Question, events Events) (Answer, error) {
	began, limits := time.Now(), t.Limits.withDefaults()
	if err := t.check(q); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	w := &walk{
		tutor: t, scope: scope, question: q, events: events, limits: limits, began: began,
		answer: Answer{
			ID: "an_" + strings.ToLower(rand.Text()), Course: scope.Course, Mode: ModeNone,
			Sentences: []Sentence{}, Judged: []string{}, Attempts: []Attempt{}, Prompt: Prompt{ID: t.Prompt.ID, SHA256: t.Prompt.SHA256},
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
			if len(w.passages) > 0 { // else what it would read was deleted meanwhile
				if done, err := w.askModel(ctx, repair); done || err != nil {
					return w.answer, err
				}
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
	tutor      *Tutor
	scope      postgres.Scope
	question   Question
	events     Events
	limits     Limits
	began      time.Time
	spent      int // tokens of model calls so far, see Limits.Tokens
	found      retrieve.Result
	passages   []retrieve.Passage   // in lecture order; passage i is the alias c<i+1>
	retrievals [][]retrieve.Passage // passages of every retrieval in turn, the last one included
	reading    reading
	told       []string // lectures whose passages a model was shown, of earlier retrievals too
	attempts   []attempt
	forget     bool // a lecture of told was deleted meanwhile, so drafts are not stored
	answer     Answer
}

func alias(i int) string { return "c" + strconv.Itoa(i+1) }

func (w *walk) retrieve(ctx context.Context) error {
	found, err := w.tutor.Searcher.Search(ctx, w.scope, w.question.Text, retrieve.Options{Before: w.question.Before})
	if err != nil {
		return err
	}
	w.found = found
	w.passages = slices.Clone(found.Passages)
	slices.SortStableFunc(w.passages, func(a, b retrieve.Passage) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Lecture, b.Lecture), cmp.Compare(a.Chunks[0].Ordinal, b.Chunks[0].Ordinal))
	})
	w.retrievals = append(w.retrievals, w.passages)
	for _, p := range w.passages {
		if !slices.Contains(w.told, p.Lecture) {
			w.told = append(w.told, p.Lecture)
		}
	}
	w.reading = weights.read(cmp.Or(found.Query, w.question.Text), w.found, w.passages)
	w.answer.Timings.Retrieve += milliseconds(found.Timings.Total)
	if w.events.Retrieved != nil {
		w.events.Retrieved(w.retrieved())
	}
	return nil
}

// floor answers with verbatim sentences. This rung must hold: if the lecture was published anew since it was retrieved,
// it retrieves once more, and what the guard does not let out of a lecture (a link that was spelled out in it, say) is
// left away.
func (w *walk) floor(ctx context.Context) (done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.limits.Floor)
	defer cancel()
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

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Clock formats a time in a lecture as a player shows it: 4:07 or 1:02:03.
func Clock(ms int64) string {
	s := ms / 1000
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
