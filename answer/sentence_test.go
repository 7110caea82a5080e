package answer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

const tidesQuestion = "When do a spring tide and a neap tide happen?"

var (
	spring = said{"A spring tide comes at new moon and at full moon.", []string{"c1", springQuote}}
	neap   = said{"A neap tide happens at right angles.", []string{"c1", neapQuote}}
	rise   = said{"The tide is a slow rise and fall.", []string{"c1", "The tide is the slow rise and fall of the sea."}}
	lie    = said{"A tide of ZYZZYVA is high.", []string{"c1", "A spring tide happens when ZYZZYVA says so."}}
)

// stream asks for release by sentence and returns what was sent, besides the answer. hear is told of each sentence.
func (h *house) stream(ctx context.Context, hear func(int), replies ...llmtest.Reply) (answer.Answer, []answer.Sentence, error) {
	h.t.Helper()
	h.tutor.BySentence = true
	h.model.Enqueue(replies...)
	var sent []answer.Sentence
	a, err := h.tutor.Stream(ctx, postgres.Scope{Principal: postgres.Local, Course: "sea", Lectures: []string{"tides"}},
		answer.Question{Text: tidesQuestion, Release: answer.BySentence},
		answer.Events{Sentence: func(i int, s answer.Sentence) {
			if i != len(sent) {
				h.t.Errorf("sentence %d is sent as %d", len(sent), i)
			}
			sent = append(sent, s)
			if hear != nil {
				hear(i)
			}
		}})
	return a, sent, err
}

// rows is what stands in the tables of the latest answer, in one line each: outcome and number of sentences, attempts
// with verdict and codes, reviews.
func (h *house) rows() []string {
	h.t.Helper()
	rows, err := postgres.Collect(h.t.Context(), h.db, "sea", pgx.RowTo[string], `
with latest as (select * from answers where course_id = $1 order by created_at desc limit 1)
select concat_ws(' ', outcome, mode, release, jsonb_array_length(sentences),
                 (select count(*) from answer_citations c where c.course_id = $1 and c.answer_id = latest.answer_id)) from latest
union all
(select concat_ws(' ', t.mode, t.verdict, t.codes, case when t.draft is null then 'no draft' end)
 from answer_attempts t join latest using (course_id, answer_id) order by t.attempt)
union all
(select concat_ws(' ', 'review', r.attempt, r.reason, r.codes, r.state) from reviews r join latest using (course_id, answer_id) order by r.attempt)`, "sea")
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func (h *house) wantRows(want ...string) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.rows()); diff != "" {
		h.t.Errorf("stored (-want +got):\n%s", diff)
	}
	if broken := h.broken(); len(broken) > 0 {
		h.t.Errorf("broken: %s", strings.Join(broken, "; "))
	}
	// What left is judged again the same, however the draft ended.
	for _, id := range h.ids() {
		for _, a := range h.replay(id).Attempts {
			if a.Result != answer.Agrees && a.Result != answer.NoDraft && a.Result != answer.Erased {
				h.t.Errorf("%s %s %v: %s, %s: now %s %v", a.Mode, a.Verdict, a.Codes, a.Result, a.Why, a.Now, a.NowCodes)
			}
		}
	}
}

// TestBySentence: the evidence of a sentence stands before it leaves, and says what is true if nothing comes after it.
func TestBySentence(t *testing.T) {
	h := newHouse(t)
	for _, outcomeFirst := range []bool{true, false} {
		reply := draft("answered", spring, neap, rise)
		if !outcomeFirst {
			reply.Content = strings.Replace(strings.TrimPrefix(reply.Content, `{"outcome":"answered",`), `"sentences"`, `{"sentences"`, 1)
			reply.Content = strings.TrimSuffix(reply.Content, "}") + `,"outcome":"answered"}`
		}
		a, sent, err := h.stream(t.Context(), func(i int) {
			h.wantRows(fmt.Sprintf("incomplete model sentence %d %d", i+1, i+1), "model failed {interrupted}", "review 1 failed {interrupted} open")
		}, reply)
		if err != nil {
			t.Fatal(err)
		}
		if a.Outcome != answer.Answered || a.Mode != answer.ModeModel || a.Message != "" || len(sent) != 3 || a.Usage.PromptTokens != 100 {
			t.Errorf("%+v", a)
		}
		if diff := cmp.Diff(a.Sentences, sent, cmp.AllowUnexported(answer.Citation{})); diff != "" {
			t.Error(diff)
		}
		h.wantRows("answered model sentence 3 3", "model pass {}")
		e, err := h.tutor.Evidence(t.Context(), postgres.Scope{Principal: postgres.Local, Course: "sea"}, a.ID)
		if err != nil || e.Attempts[0].Draft != reply.Content {
			t.Errorf("the draft is not stored whole: %+v %v", e, err)
		}
	}
}

// TestBySentenceBreaksOff: behind a sentence that fails nothing leaves, and nothing else answers. Where it is the first,
// the ladder goes on.
func TestBySentenceBreaksOff(t *testing.T) {
	good := []said{spring, neap, rise}
	for bad := range 4 {
		h := newHouse(t)
		sentences := slices.Insert(slices.Clone(good), bad, lie)
		replies := []llmtest.Reply{draft("answered", sentences...)}
		if bad == 0 {
			replies = append(replies, draft("answered", spring))
		}
		a, sent, err := h.stream(t.Context(), nil, replies...)
		if err != nil {
			t.Fatal(err)
		}
		if calls := len(h.model.Requests()); calls != len(replies) {
			t.Errorf("%d calls", calls)
		}
		if bad == 0 {
			if a.Outcome != answer.Answered || len(sent) != 1 || sent[0].Text != spring.text {
				t.Errorf("repaired: %+v", a)
			}
			h.wantRows("answered model sentence 1 1", "model rejected {quote_not_found}", "repair pass {}", "review 1 rejected {quote_not_found} open")
			continue
		}
		if a.Outcome != answer.Incomplete || a.Message != answer.MessageIncomplete || len(sent) != bad || len(a.Sentences) != bad || len(a.Attempts) != 1 {
			t.Errorf("bad at %d: %d sent, %+v", bad, len(sent), a)
		}
		h.wantRows(fmt.Sprintf("incomplete model sentence %d %d", bad, bad), "model rejected {quote_not_found}", "review 1 rejected {quote_not_found} open")
	}
}

// TestReplayBrokenOff: what left of a draft that broke off is held against it.
func TestReplayBrokenOff(t *testing.T) {
	h := newHouse(t)
	a, sent, err := h.stream(t.Context(), nil, draft("answered", spring, neap, lie))
	if err != nil || len(sent) != 2 {
		t.Fatalf("%v, %d sent", err, len(sent))
	}
	if r := h.replay(a.ID); len(r.Attempts) != 1 || r.Attempts[0].Result != answer.Agrees {
		t.Errorf("%+v", r)
	}
	for _, change := range []string{
		`update answers set sentences = jsonb_set(sentences, '{1,text}', '"Something else."')`,
		`update answers set sentences = jsonb_set(sentences, '{0,citations,0,quote}', '"Something else."')`,
		`update answers set sentences = sentences || sentences`,
		`update answer_attempts set codes = '{stale_citation}'`,
		`update answer_attempts set draft = replace(draft, 'tide', 'rise')`,
		`update answer_passages set text_end = text_end + 1 where part = 0`,
	} {
		tx, err := h.owner.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tag, err := tx.Exec(t.Context(), change); err != nil || tag.RowsAffected() == 0 {
			t.Fatalf("%s: %v %v", change, tag, err)
		}
		attempts, err := answer.ReplayIn(t.Context(), tx, "sea", a.ID)
		if err != nil || (answer.Replay{Attempts: attempts}).Agrees() {
			t.Errorf("%s: %v %+v", change, err, attempts)
		}
		_ = tx.Rollback(t.Context())
	}
}

// TestBySentenceEnds: however a draft ends that is not its end, what has left is incomplete, and nothing is added.
func TestBySentenceEnds(t *testing.T) {
	whole := draft("answered", spring, neap)
	with := func(edit func(*llmtest.Reply)) llmtest.Reply {
		r := whole
		edit(&r)
		return r
	}
	for _, tt := range []struct {
		name  string
		reply llmtest.Reply
		code  string
	}{
		{"no finish reason", with(func(r *llmtest.Reply) { r.NoFinish = true }), "failed {model_incomplete}"},
		{"finish reason length", with(func(r *llmtest.Reply) { r.FinishReason = "length" }), "rejected {schema}"},
		{"a second object", with(func(r *llmtest.Reply) { r.Content += " " + r.Content }), "rejected {schema}"},
		{"garbage behind it", with(func(r *llmtest.Reply) { r.Content += " ZYZZYVA" }), "rejected {schema}"},
		{"no end", with(func(r *llmtest.Reply) { r.Content = r.Content[:len(r.Content)-1] }), "rejected {schema}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			a, sent, err := h.stream(t.Context(), nil, tt.reply)
			if err != nil || a.Outcome != answer.Incomplete || len(sent) != 2 || len(h.model.Requests()) != 1 {
				t.Errorf("%d sent, %+v, %v", len(sent), a, err)
			}
			h.wantRows("incomplete model sentence 2 2", "model "+tt.code, "review 1 "+tt.code+" open")
		})
	}
}

// TestBySentenceRefusals: without a sentence both modes are the same, and JSON is always whole.
func TestBySentenceRefusals(t *testing.T) {
	h := newHouse(t)
	for outcome, want := range map[string]answer.Outcome{"not_in_lecture": answer.NotInLecture, "refused": answer.Refused} {
		if a, sent, err := h.stream(t.Context(), nil, draft(outcome)); err != nil || a.Outcome != want || a.Mode != answer.ModeModel || len(sent) != 0 {
			t.Errorf("%+v %v", a, err)
		}
		h.wantRows(outcome+" model sentence 0 0", "model pass {}")
	}
	// A refusal with sources is rejected twice, and the floor's sentences leave together.
	a, sent, err := h.stream(t.Context(), nil, draft("refused", spring), draft("refused", spring))
	if err != nil || a.Mode != answer.ModeExtractive || len(sent) != len(a.Sentences) || len(sent) == 0 {
		t.Errorf("%+v %v", a, err)
	}
	scope := postgres.Scope{Principal: postgres.Local, Course: "sea"}
	h.model.Enqueue(draft("answered", spring, lie), draft("answered", spring))
	if a, err := h.tutor.Ask(t.Context(), scope, answer.Question{Text: tidesQuestion, Release: answer.BySentence}, nil); err != nil || a.Outcome != answer.Answered || len(a.Attempts) != 2 {
		t.Errorf("%+v %v", a, err)
	}
	h.tutor.BySentence = false
	if _, err := h.tutor.Ask(t.Context(), scope, answer.Question{Text: tidesQuestion, Release: answer.BySentence}, nil); !errors.Is(err, answer.ErrRelease) {
		t.Errorf("not permitted: %v", err)
	}
}

// TestBySentenceClientGone: who breaks off leaves true evidence.
func TestBySentenceClientGone(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, sent, err := h.stream(ctx, func(int) { cancel() }, draft("answered", spring, neap))
	if !errors.Is(err, context.Canceled) || len(sent) != 1 {
		t.Errorf("%d sent, %v", len(sent), err)
	}
	h.wantRows("incomplete model sentence 1 1", "model failed {client_gone}", "review 1 failed {client_gone} open")
}

// TestBySentenceStale: what is published or deleted while an answer leaves stops it, and a deletion forgets what has left.
func TestBySentenceStale(t *testing.T) {
	t.Run("published anew", func(t *testing.T) {
		h := newHouse(t)
		a, sent, err := h.stream(t.Context(), func(int) { h.ingest("tides", "srt", timed("The tide is another now.", springQuote)) }, draft("answered", spring, neap))
		if err != nil || a.Outcome != answer.Incomplete || len(sent) != 1 {
			t.Errorf("%d sent, %+v, %v", len(sent), a, err)
		}
		h.wantRows("incomplete model sentence 1 1", "model rejected {stale_citation}", "review 1 rejected {stale_citation} open")
	})
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprintf("deleted, uploaded again: %v", again), func(t *testing.T) {
			h := newHouse(t)
			a, sent, err := h.stream(t.Context(), func(int) {
				h.delete("tides")
				if again {
					h.ingest("tides", "srt", timed("The tide is another now."))
				}
			}, draft("answered", spring, neap))
			if err != nil || a.Outcome != answer.Incomplete || len(sent) != 1 {
				t.Errorf("%d sent, %+v, %v", len(sent), a, err)
			}
			h.wantRows("incomplete model sentence 1 1", "model rejected {stale_citation} no draft", "review 1 rejected {stale_citation} open")
			if s := h.stored(); strings.Contains(s, "full moon") || strings.Contains(s, "right angles") {
				t.Errorf("a deleted lecture's words are stored: %s", s)
			}
		})
	}
}
