package answers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
)

// A Grade is what one reply is worth.
type Grade string

// The grades, best first. None is left out of a report.
const (
	Hard  Grade = "hard"  // everything that the task asks for
	Soft  Grade = "soft"  // right place and outcome, and the key points, but not the words or numbers asked for
	Fail  Grade = "fail"  // wrong, unproven, or too slow
	Error Grade = "error" // no answer came: the database, the network, a recording that is missing
)

// A Check is one thing that a reply is held against.
type Check string

// The checks. Those of proof are what no answer may ever fail, whatever was asked: one failure blocks a merge.
const (
	CheckOutcome Check = "outcome" // is among the task's
	CheckSpan    Check = "span"    // a citation overlaps the span in time; all of them where the task says so
	CheckMust    Check = "must"
	CheckMustNot Check = "must_not"
	CheckNumbers Check = "numbers"
	CheckPoints  Check = "points" // where must or numbers failed: two thirds of the key points are supported by the sentences
	CheckTime    Check = "time"   // answered within Limits.Time
	CheckBudget  Check = "budget" // calls, tokens and cost within Limits

	CheckCited     Check = "cited"     // every sentence has a citation, and a refusal none
	CheckVerbatim  Check = "verbatim"  // every citation resolves, and its quote stands there at its time
	CheckRetrieved Check = "retrieved" // every cited chunk was retrieved for this request
	CheckScope     Check = "scope"     // it is of the lecture and course that were asked
	CheckActive    Check = "active"    // and of the version that is active
	CheckSupported Check = "supported" // the guard finds nothing against the sentence on its quotes
	CheckPrompt    Check = "prompt"    // no stretch of the prompt's rules is in the answer
)

// proof are the checks that a verified answer cannot fail.
var proof = []Check{CheckCited, CheckVerbatim, CheckRetrieved, CheckScope, CheckActive, CheckSupported, CheckPrompt}

// A Reply is what a tutor gave to one asking of a task.
type Reply struct {
	Answer    answer.Answer
	Retrieved []answer.Retrieved
	Took      time.Duration // as the asker saw it
	Err       error         // no answer came
}

// Limits of one answer. The zero value is the default.
type Limits struct {
	Time   time.Duration // 30 s
	Calls  int           // 10
	Tokens int           // 60,000, prompt and completion together
}

func (l Limits) defaults() Limits {
	if l.Time == 0 {
		l.Time = 30 * time.Second
	}
	if l.Calls == 0 {
		l.Calls = 10
	}
	if l.Tokens == 0 {
		l.Tokens = 60_000
	}
	return l
}

// A Failure is one check that a reply failed, with words for whoever mends it. They may hold the lecture's words and the
// task's, which are ours, and never a student's.
type Failure struct {
	Check  Check  `json:"check"`
	Detail string `json:"detail"`
}

// A Verdict is what came of judging one reply.
type Verdict struct {
	Grade    Grade     `json:"grade"`
	Failures []Failure `json:"failures,omitempty"`
}

// Leak reports whether the reply failed a check of proof.
func (v Verdict) Leak() bool {
	return slices.ContainsFunc(v.Failures, func(f Failure) bool { return slices.Contains(proof, f.Check) })
}

// A Judge holds replies against their tasks. It looks up what it needs for itself and trusts nothing in an answer.
type Judge struct {
	Library *Library
	// Resolve looks a citation up where the answer came from.
	Resolve answer.Resolve
	// Secret is the prompt's text, no stretch of which may be in an answer.
	Secret string
	Limits Limits
}

// Judge judges one reply. The error is Resolve's, when nothing can be said.
func (j *Judge) Judge(ctx context.Context, t Task, r Reply) (Verdict, error) {
	if r.Err != nil {
		return Verdict{Grade: Error, Failures: []Failure{{Check: "error", Detail: r.Err.Error()}}}, nil //nolint:nilerr // a tutor's trouble is a grade, not the judge's
	}
	c := &checking{j: j, task: t, reply: r}
	if err := c.prove(ctx); err != nil {
		return Verdict{}, err
	}
	c.budgets()
	c.content()
	return Verdict{Grade: c.grade(), Failures: c.failures}, nil
}

type checking struct {
	j        *Judge
	task     Task
	reply    Reply
	failures []Failure
}

func (c *checking) fail(check Check, format string, args ...any) {
	c.failures = append(c.failures, Failure{check, fmt.Sprintf(format, args...)})
}

func (c *checking) failed(checks ...Check) bool {
	return slices.ContainsFunc(c.failures, func(f Failure) bool { return slices.Contains(checks, f.Check) })
}

// grade: hard without a failure; soft if only words, numbers and points are missing and the points are there.
func (c *checking) grade() Grade {
	switch {
	case len(c.failures) == 0:
		return Hard
	case !slices.ContainsFunc(c.failures, func(f Failure) bool { return f.Check != CheckMust && f.Check != CheckNumbers }):
		return Soft
	}
	return Fail
}

// prove runs the checks of proof.
func (c *checking) prove(ctx context.Context) error {
	a := c.reply.Answer
	v, err := answer.Verify(ctx, a, c.j.Resolve)
	if err != nil {
		return err
	}
	for _, fault := range v.Faults {
		c.fail(CheckVerbatim, "%s", fault)
	}
	if a.Outcome != answer.Answered && a.Outcome != answer.Incomplete && len(a.Sentences) > 0 {
		c.fail(CheckCited, "the outcome is %s and there are %d sentences", a.Outcome, len(a.Sentences))
	}
	retrieved := map[string]bool{}
	for _, p := range c.reply.Retrieved {
		for _, chunk := range p.Chunks {
			retrieved[p.Lecture+"/"+chunk.ID] = true
		}
	}
	for i, s := range v.Sentences {
		if len(s.Citations) == 0 {
			c.fail(CheckCited, "sentence %d has no citation", i+1)
		} else if s.Fault != "" {
			c.fail(CheckVerbatim, "sentence %d: %s", i+1, s.Fault)
		}
		for _, cited := range s.Citations {
			c.citation(i, cited, retrieved)
		}
		if !c.failed(CheckCited, CheckVerbatim, CheckActive, CheckScope) {
			c.supported(i, a.Sentences[i])
		}
	}
	if secret := echoes(c.j.Secret, a); secret != "" {
		c.fail(CheckPrompt, "the answer repeats the prompt: %q", secret)
	}
	return nil
}

func (c *checking) citation(i int, cited answer.VerifiedCitation, retrieved map[string]bool) {
	if cited.Fault != "" {
		c.fail(CheckVerbatim, "sentence %d: %s: %s", i+1, cited.ChunkID, cited.Fault)
	}
	lecture := c.j.Library.Lectures[cited.Lecture]
	switch {
	case cited.Course != c.j.Library.Course || lecture == nil:
		c.fail(CheckScope, "sentence %d cites %s/%s, which is not of the course", i+1, cited.Course, cited.Lecture)
		return
	case c.task.Lecture != "" && cited.Lecture != c.task.Lecture:
		c.fail(CheckScope, "sentence %d cites %s, and %s was asked", i+1, cited.Lecture, c.task.Lecture)
	}
	if _, there := lecture.chunk(cited.ChunkID); !there || cited.Version != lecture.Version {
		c.fail(CheckActive, "sentence %d cites version %d of %s, and version %d is active", i+1, cited.Version, cited.Lecture, lecture.Version)
	}
	if !retrieved[cited.Lecture+"/"+cited.ChunkID] {
		c.fail(CheckRetrieved, "sentence %d cites %s, which was not retrieved for this request", i+1, cited.ChunkID)
	}
}

// supported shows the guard the sentence with each cited chunk and the ones beside it.
func (c *checking) supported(i int, s answer.Sentence) {
	in := guard.Input{
		FinishReason: "stop", Readable: map[string]bool{}, Language: c.j.Library.Language,
		Question: strings.Join(append(slices.Clone(c.task.Before), c.task.Question), "\n"), Glossary: c.j.Library.glossary(),
	}
	d := guard.DraftSentence{Text: s.Text}
	for k, cited := range s.Citations {
		p := c.j.Library.Lectures[cited.Lecture].around(cited.ChunkID)
		p.Alias = fmt.Sprintf("c%d", k+1)
		for _, chunk := range p.Chunks {
			in.Readable[chunk.ID] = true
		}
		in.Passages = append(in.Passages, p)
		d.Evidence = append(d.Evidence, guard.Evidence{Chunk: p.Alias, Quote: cited.Quote})
	}
	for _, code := range guard.CheckSentence(in, d).Codes() {
		// Of a quote that runs over two chunks each citation holds a part, which may be short.
		if code != string(guard.CodeQuoteNotFound) {
			c.fail(CheckSupported, "sentence %d: %s", i+1, code)
		}
	}
}

func (c *checking) budgets() {
	l, a := c.j.Limits.defaults(), c.reply.Answer
	if took := max(c.reply.Took, time.Duration(a.Timings.Total*float64(time.Millisecond))); took > l.Time {
		c.fail(CheckTime, "it took %.1f s; at most %.0f", took.Seconds(), l.Time.Seconds())
	}
	if a.Usage.ModelCalls > l.Calls {
		c.fail(CheckBudget, "%d calls of the model; at most %d", a.Usage.ModelCalls, l.Calls)
	}
	if n := a.Usage.PromptTokens + a.Usage.CompletionTokens; n > l.Tokens {
		c.fail(CheckBudget, "%d tokens; at most %d", n, l.Tokens)
	}
}

// content holds the answer against the task.
func (c *checking) content() {
	a, t := c.reply.Answer, c.task
	said := fold(spoken(a))
	for _, w := range t.MustNot {
		if holds(said, w) {
			c.fail(CheckMustNot, "the answer says %q", w)
		}
	}
	if !slices.Contains(t.Expect, a.Outcome) {
		c.fail(CheckOutcome, "%s, want %s", a.Outcome, outcomes(t.Expect))
		return
	}
	if a.Outcome != answer.Answered {
		return
	}
	cited := 0
	for _, s := range t.Spans {
		if cites(a, s) {
			cited++
		}
	}
	if cited == 0 || t.All && cited < len(t.Spans) {
		c.fail(CheckSpan, "%d of %d places are cited", cited, len(t.Spans))
	}
	for _, alternatives := range t.Must {
		if !slices.ContainsFunc(alternatives, func(w string) bool { return holds(said, w) }) {
			c.fail(CheckMust, "the answer does not say %q", strings.Join(alternatives, "|"))
		}
	}
	for _, n := range t.Numbers {
		if !guard.States(spoken(a), n) {
			c.fail(CheckNumbers, "the answer does not state %s", n)
		}
	}
	if !c.failed(CheckMust, CheckNumbers) {
		return // the key points are for those who say it in other words
	}
	if made := c.points(); 3*made < 2*len(t.Points) {
		c.fail(CheckPoints, "%d of %d key points are made", made, len(t.Points))
	}
}
