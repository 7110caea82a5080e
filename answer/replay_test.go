package answer_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// ids of all answers, oldest first.
func (h *house) ids() []string {
	h.t.Helper()
	ids, err := answer.AnswersAfter(h.t.Context(), h.db, "sea", "", time.Time{})
	if err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func (h *house) replay(id string) answer.Replay {
	h.t.Helper()
	r, err := answer.ReplayAnswer(h.t.Context(), h.db, "sea", id)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// results lists what came of each attempt, as "mode verdict codes: result".
func results(r answer.Replay) (out []string) {
	for _, a := range r.Attempts {
		out = append(out, strings.Join([]string{a.Mode, a.Verdict, strings.Join(a.Codes, ",")}, " ")+": "+string(a.Result))
	}
	return out
}

// TestReplay: whatever way an answer was come by, its drafts are judged again as they were then, also after the lectures
// were edited and what nothing points to was cleaned away.
func TestReplay(t *testing.T) {
	h := newHouse(t)
	both := h.answers()
	const ask = "What happens in a spring tide?"
	bare := func(content string) llmtest.Reply {
		return llmtest.Reply{Deltas: []string{content}, PromptTokens: 1, CompletionTokens: 1}
	}
	good := draft("answered", said{"A spring tide comes at new moon.", []string{"c1", springQuote}}).Content
	for _, content := range []string{
		"", "not JSON", "\x00", strings.Replace(good, "spring tide", "spring\x00tide", 1), good + strings.Repeat(" ", 70_000), good + good,
	} {
		h.ask(ask, nil, bare(content), bare(content))
	}
	cut := bare(good)
	cut.FinishReason = "length"
	h.ask(ask, nil, cut, llmtest.Reply{Status: 400})

	// Published anew while the model writes: what it cites is not readable any more, and it is asked again over what is.
	calls := 0
	h.model.Handle(func(llmtest.Request) llmtest.Reply {
		if calls++; calls == 1 {
			h.ingest("tides", "srt", timed("The tide is the slow rise and fall of the ocean.", springQuote))
		}
		return draft("answered", said{"A spring tide comes at new moon.", []string{"c1", springQuote}})
	})
	stale := h.ask(ask, []string{"tides"})
	h.model.Handle(nil)

	check := func(t *testing.T) {
		h.t = t
		judged := 0
		for _, id := range h.ids() {
			r := h.replay(id)
			for _, a := range r.Attempts {
				if a.Result != answer.Agrees && a.Result != answer.NoDraft {
					t.Errorf("%s, %s %s %v: %s, %s: now %s %v", id, a.Mode, a.Verdict, a.Codes, a.Result, a.Why, a.Now, a.NowCodes)
				}
				if a.Result == answer.Agrees {
					judged++
				}
				if a.OtherGuard() {
					t.Errorf("%s was judged by %s", id, a.Guard)
				}
			}
			if !r.Agrees() {
				t.Errorf("%s does not agree", id)
			}
		}
		if judged < 15 {
			t.Errorf("%d drafts were judged again", judged)
		}
		if diff := cmp.Diff([]string{"model rejected unknown_citation: agrees", "repair pass : agrees"}, results(h.replay(both.ID))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"model rejected stale_citation: agrees", "model pass : agrees"}, results(h.replay(stale.ID))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	t.Run("at once", check)
	h.t = t
	h.ingest("tides", "srt", timed("Nothing of what was said is left."))
	h.ingest("waves", "txt", "Nothing of this is left, either, not a word of it.")
	if _, err := h.in.Sweep(t.Context(), "sea", 0); err != nil {
		t.Fatal(err)
	}
	t.Run("cleaned", check)
	h.t = t
	if broken := h.broken(); len(broken) > 0 {
		t.Errorf("broken: %s", strings.Join(broken, "; "))
	}

	if _, err := answer.ReplayAnswer(t.Context(), h.db, "sea", "an_"+strings.Repeat("a", 26)); !errors.Is(err, answer.ErrNoAnswer) {
		t.Errorf("an unknown id: %v", err)
	}
	if _, err := answer.ReplayAnswer(t.Context(), h.db, "lake", both.ID); !errors.Is(err, answer.ErrNoAnswer) {
		t.Errorf("another course: %v", err)
	}

	h.delete("tides")
	if diff := cmp.Diff([]string{"model rejected unknown_citation: erased", "repair pass : erased"}, results(h.replay(both.ID))); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	if !h.replay(both.ID).Agrees() {
		t.Error("an erased draft is taken for a difference")
	}
}

// TestReplaySeesTampering: whatever is changed of a stored answer, its draft or what the draft was judged against, the
// replay does not agree.
func TestReplaySeesTampering(t *testing.T) {
	h := newHouse(t)
	both := h.answers()
	at := ` where answer_id = '` + both.ID + `'`
	cases := []struct {
		name, sql string
		want      answer.ReplayResult
	}{
		{"verdict", `update answer_attempts set verdict = 'rejected', codes = '{schema}'` + at + ` and attempt = 2`, answer.Differs},
		{"verdict of the first", `update answer_attempts set verdict = 'pass'` + at + ` and attempt = 1`, answer.Differs},
		{"codes", `update answer_attempts set codes = '{schema}'` + at + ` and attempt = 1`, answer.Differs},
		{"draft", `update answer_attempts set draft = replace(draft, 'new moon', 'old moon')` + at + ` and attempt = 2`, answer.Differs},
		{"sentence in the draft", `update answer_attempts set draft = replace(draft, 'A spring tide comes', 'No spring tide comes')` + at + ` and attempt = 2`, answer.Differs},
		{"finish reason", `update answer_attempts set finish_reason = 'length'` + at + ` and attempt = 2`, answer.Differs},
		{"unreadable", `update answer_attempts t set judged = judged || jsonb_build_object('unreadable', (select jsonb_agg(chunk_id) from answer_citations k where k.answer_id = t.answer_id))` + at + ` and attempt = 2`, answer.Differs},
		{"digest", `update answer_attempts set judged = judged || '{"passages_sha256": "00"}'` + at, answer.Damaged},
		{"other retrieval", `update answer_attempts set judged = judged || '{"retrieval": 2}'` + at, answer.Damaged},
		{"a passage is gone", `delete from answer_passages` + at + ` and passage = 1`, answer.Damaged},
		{"ranges", `update answer_passages set text_start = text_start + 1, text_end = text_end + 1` + at, answer.Damaged},
		{"a chunk's text", `update chunks set text = replace(text, 'new moon', 'old moon') where lecture_id = 'tides'`, answer.Damaged},
		{"a released sentence", `update answers set sentences = jsonb_set(sentences, '{0,text}', '"A spring tide never comes."')` + at, answer.Differs},
		{"a released quote", `update answers set sentences = jsonb_set(sentences, '{1,citations,0,quote}', '"Said by nobody at all."')` + at, answer.Differs},
		{"a cited chunk", `update answers set sentences = jsonb_set(sentences, '{1,citations,0,chunk_id}', '"ck_x"')` + at, answer.Differs},
		{"a cited lecture", `update answers set sentences = jsonb_set(sentences, '{1,citations,0,lecture}', '"tides"')` + at, answer.Differs},
		{"a cited version", `update answers set sentences = jsonb_set(sentences, '{1,citations,0,version}', '2')` + at, answer.Differs},
		{"no attempts", `delete from answer_attempts` + at, answer.Damaged},
		{"another mode", `update answers set mode = 'extractive'` + at, answer.Damaged},
		{"a sentence more", `update answers set sentences = sentences || sentences` + at, answer.Differs},
		{"a citation less", `update answers set sentences = sentences #- '{1,citations,0}'` + at, answer.Differs},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			tx, err := h.owner.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(ctx) }()
			if tag, err := tx.Exec(ctx, c.sql); err != nil || tag.RowsAffected() == 0 {
				t.Fatalf("%v %v", tag, err)
			}
			attempts, err := answer.ReplayIn(ctx, tx, "sea", both.ID)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(attempts, func(a answer.ReplayedAttempt) bool { return a.Result != answer.Agrees })
			if i < 0 || attempts[i].Result != c.want || attempts[i].Why == "" || (answer.Replay{Attempts: attempts}).Agrees() {
				t.Errorf("the replay says %+v, want %s", attempts, c.want)
			}
		})
	}
	t.Run("another guard", func(t *testing.T) {
		ctx := t.Context()
		tx, err := h.owner.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(ctx) }()
		if _, err := tx.Exec(ctx, `update answer_attempts set judged = judged || '{"guard": "g0"}', codes = '{schema}'`+at+` and attempt = 1`); err != nil {
			t.Fatal(err)
		}
		attempts, err := answer.ReplayIn(ctx, tx, "sea", both.ID)
		if err != nil {
			t.Fatal(err)
		}
		if a := attempts[0]; a.Guard != "g0" || !a.OtherGuard() || a.Result != answer.Differs || !slices.Equal(a.NowCodes, []string{"unknown_citation"}) {
			t.Errorf("the replay says %+v", a)
		}
	})
}

// TestForgetUncited: a lecture that is deleted while a model writes leaves nothing behind in a first draft that passes
// because it cites another lecture only.
func TestForgetUncited(t *testing.T) {
	h := newHouse(t)
	h.model.Handle(func(llmtest.Request) llmtest.Reply {
		h.delete("tides")
		return draft("answered", said{"The fetch is a distance.", []string{"c2", fetchQuote}})
	})
	a := h.ask("When does a spring tide happen, and what is the fetch of wind waves?", nil)
	if a.Mode != answer.ModeModel || len(a.Sentences) != 1 {
		t.Fatalf("the answer is %+v", a)
	}
	if diff := cmp.Diff([]string{"model pass : erased"}, results(h.replay(a.ID))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if broken := h.broken(); len(broken) > 0 {
		t.Errorf("broken: %s", strings.Join(broken, "; "))
	}
}
