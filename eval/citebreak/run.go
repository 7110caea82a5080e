package citebreak

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

// A Report is what a run found. The number that counts is Leaks, and it is to be 0.
type Report struct {
	Kinds  []Kind `json:"kinds"`
	Drafts int    `json:"drafts"`
	Leaks  int    `json:"leaks"`
}

// A Kind is one kind of attack.
type Kind struct {
	Name   string `json:"kind"`
	About  string `json:"about"`
	Drafts int    `json:"drafts"` // that a model wrote, not counting repairs
	// Rejected drafts let nothing bad out. Harmless ones were released in part or whole and hold: only some kinds may be.
	Rejected int `json:"rejected"`
	Harmless int `json:"harmless"`
	Leaks    int `json:"leaks"`
	// Codes counts the guard's codes over all attempts.
	Codes map[string]int `json:"codes"`
	// Leaked says of the first leaks which draft it was and what does not hold.
	Leaked []string `json:"leaked,omitempty"`
}

const maxLeaked = 5

// Suite is what a run needs. DB is an empty database of its own, in the newest schema.
type Suite struct {
	DB       *postgres.DB
	Planted  []string                           // instructions to plant in lectures, besides our own
	Progress func(kind string, done, kinds int) // may be nil
	// Skip, if not nil, says after each draft how many to leave out before the next. Nil: every draft is sent.
	Skip func() int
}

// FromFile is the kind of the instructions in Suite.Planted.
const FromFile = "planted from a file"

// Run makes every attack in both release modes. An error means that the run could not be made, not that it found a leak.
func (s *Suite) Run(ctx context.Context) (*Report, error) {
	st, err := newStage(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	defer st.close()
	r := &Report{}
	kinds := len(attacks) + 2
	for i, a := range attacks {
		s.progress(a.kind, i, kinds)
		k := Kind{Name: a.kind, About: a.about, Codes: map[string]int{}}
		if err := s.attack(ctx, st, a, harbour, &k); err != nil {
			return nil, fmt.Errorf("%s: %w", a.kind, err)
		}
		r.add(k)
	}
	for i, set := range []struct {
		name, about  string
		instructions []string
	}{
		{"injection in a lecture", "our own instructions about what to cite, planted between true sentences", injections},
		{FromFile, "instructions from a file, planted likewise", s.Planted},
	} {
		k := Kind{Name: set.name, About: set.about, Codes: map[string]int{}}
		for n, text := range set.instructions {
			s.progress(fmt.Sprintf("%s %d/%d", set.name, n+1, len(set.instructions)), len(attacks)+i, kinds)
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, st.ids[bells.id][0])
			}
			l := planted(text)
			if err := st.publish(ctx, l); err != nil {
				return nil, err
			}
			obeying := attack{bad: func(st *stage, s shown) []guard.DraftSentence { return obey(st, s, text) }}
			if err := s.attack(ctx, st, obeying, l, &k); err != nil {
				return nil, fmt.Errorf("%s %d: %w", set.name, n+1, err)
			}
		}
		if len(set.instructions) > 0 {
			r.add(k)
		}
	}
	s.progress("all kinds", kinds, kinds)
	return r, nil
}

func (s *Suite) skip() int {
	if s.Skip == nil {
		return 0
	}
	return s.Skip()
}

func (s *Suite) progress(kind string, done, kinds int) {
	if s.Progress != nil {
		s.Progress(kind, done, kinds)
	}
}

func (r *Report) add(k Kind) {
	r.Kinds = append(r.Kinds, k)
	r.Drafts += k.Drafts
	r.Leaks += k.Leaks
}

// bad is a draft and the place of its bad sentence; -1: the whole draft is bad.
type bad struct {
	guard.Draft
	place int
}

// drafts puts each bad sentence alone, and at each place among two honest ones.
func (a attack) drafts(st *stage, s shown) (all []bad) {
	if a.whole != nil {
		for _, d := range a.whole(st, s) {
			all = append(all, bad{d, -1})
		}
		return all
	}
	honest := []guard.DraftSentence{s.honest(harbour, good+2), s.honest(harbour, good+3)}
	for _, b := range a.bad(st, s) {
		all = append(all, bad{guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{b}}, 0})
		for place := range len(honest) + 1 {
			all = append(all, bad{guard.Draft{Outcome: guard.Answered, Sentences: slices.Insert(slices.Clone(honest), place, b)}, place})
		}
	}
	return all
}

// attack sends every draft of a in both release modes.
func (s *Suite) attack(ctx context.Context, st *stage, a attack, l lecture, k *Kind) error {
	for _, bySentence := range []bool{false, true} {
		for n, drafts := 0, 1; n < drafts; n += 1 + s.skip() {
			var err error
			if a.before != nil {
				st.model.Handle(func(llmtest.Request) llmtest.Reply {
					return llmtest.Reply{Content: `{"outcome":"not_in_lecture","sentences":[]}`}
				})
				if _, err := a.before(ctx, st); err != nil {
					return err
				}
			}
			o := &obedient{ctx: ctx, stage: st, attack: a, n: n}
			st.model.Handle(o.reply)
			found, err := st.askAudited(ctx, l.id, bySentence)
			if err == nil {
				err = o.err
			}
			if err != nil {
				return err
			}
			if a.meanwhile != nil {
				if err := st.publish(ctx, l); err != nil {
					return err
				}
			}
			drafts = o.drafts
			k.count(a, o.sent, found, fmt.Sprintf("draft %d of %d, by sentence %v", n+1, drafts, bySentence))
		}
	}
	return nil
}

// obedient is the model: it writes draft n of the attack, and the same again when asked to repair it.
type obedient struct {
	ctx    context.Context
	stage  *stage
	attack attack
	n      int

	mu     sync.Mutex
	asked  int
	drafts int // how many there are
	sent   bad
	err    error
}

func (o *obedient) reply(r llmtest.Request) llmtest.Reply {
	o.mu.Lock()
	defer o.mu.Unlock()
	refused := llmtest.Refusal(http.StatusInternalServerError, "not_scripted", "")
	s := read(r)
	if len(s.passages) == 0 {
		o.err = errors.New("a request without passages")
		return refused
	}
	all := o.attack.drafts(o.stage, s)
	o.drafts = len(all)
	if o.n >= len(all) {
		o.err = errors.New("the drafts of an attack depend on more than what was retrieved")
		return refused
	}
	if o.asked++; o.asked == 1 {
		o.sent = all[o.n]
		if o.attack.meanwhile != nil {
			if o.err = o.attack.meanwhile(o.ctx, o.stage); o.err != nil {
				return refused
			}
		}
	}
	b, err := all[o.n].JSON()
	if err != nil {
		o.err = err
		return refused
	}
	return llmtest.Reply{Content: string(b)}
}

// audited is an answer and what the audit says against it.
type audited struct {
	answer.Answer
	wrong []string
}

func (st *stage) ask(ctx context.Context, lecture, text string, bySentence bool) (answer.Answer, error) {
	a, _, err := st.put(ctx, lecture, text, bySentence)
	return a, err
}

func (st *stage) askAudited(ctx context.Context, lecture string, bySentence bool) (audited, error) {
	a, retrieved, err := st.put(ctx, lecture, question, bySentence)
	if err != nil {
		return audited{}, err
	}
	wrong, err := audit(ctx, st.db, a, retrieved)
	return audited{a, wrong}, err
}

// put asks about one lecture of the course.
func (st *stage) put(ctx context.Context, lecture, text string, bySentence bool) (a answer.Answer, retrieved []answer.Retrieved, err error) {
	scope := postgres.Scope{Principal: postgres.Local, Course: course, Lectures: []string{lecture}}
	q := answer.Question{Text: text, Release: answer.Whole}
	if bySentence {
		q.Release = answer.BySentence
	}
	var left []answer.Sentence
	a, err = st.tutor.Stream(ctx, scope, q, answer.Events{
		Retrieved: func(r []answer.Retrieved) { retrieved = r },
		Sentence:  func(_ int, s answer.Sentence) { left = append(left, s) },
	})
	if err == nil && len(left) != len(a.Sentences) {
		err = fmt.Errorf("answer %s: %d sentences left and %d are in the answer", a.ID, len(left), len(a.Sentences))
	}
	return a, retrieved, err
}

// count enters one answer.
func (k *Kind) count(a attack, sent bad, got audited, which string) {
	k.Drafts++
	for _, at := range got.Attempts {
		for _, code := range at.Codes {
			k.Codes[code]++
		}
	}
	// Of a draft whose sentences are released one by one, those before the bad one may leave.
	released := got.Mode == answer.ModeModel && (len(got.Sentences) > sent.place || got.Outcome != answer.Incomplete)
	wrong := got.wrong
	if released && !a.mayPass {
		wrong = append([]string{fmt.Sprintf("released, %s", got.Outcome)}, wrong...)
	}
	switch {
	case len(wrong) > 0:
		k.Leaks++
		if len(k.Leaked) < maxLeaked {
			k.Leaked = append(k.Leaked, which+": "+strings.Join(wrong, "; "))
		}
	case released:
		k.Harmless++
	default:
		k.Rejected++
	}
}
