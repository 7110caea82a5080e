package answer_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

// reasoning is what is kept, oldest answer first, expired or not.
func (h *house) reasoning() []string {
	h.t.Helper()
	rows, err := postgres.Collect(h.t.Context(), h.db, "sea", pgx.RowTo[string], `
select r.attempt || ': ' || r.text
from answer_reasoning r
join answers a using (course_id, answer_id)
where r.course_id = $1
order by a.created_at, r.attempt`, "sea")
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// TestReasoning: what a model thought is never part of an answer; it is kept only if that is switched on, redacted, until it
// expires or a lecture is deleted.
func TestReasoning(t *testing.T) {
	h := newHouse(t)
	h.in.AlsoSweep = answer.Sweep
	const ask, thought = "What happens in a spring tide?", "Anna (anna@example.org, s1234567, +49 30 1234567) asks again."
	good := draft("answered", said{"A spring tide comes at new moon.", []string{"c1", springQuote}})
	apart, within := good, good
	apart.Reasoning = thought
	within.Content = "<think>" + thought + "</think>\n" + good.Content
	bad := draft("answered", said{"A spring tide comes at new moon.", []string{"c9", springQuote}})
	bad.Reasoning = "First thought."
	answered := func(replies ...llmtest.Reply) answer.Answer {
		h.t.Helper()
		a := h.ask(ask, []string{"tides"}, replies...)
		if a.Mode != answer.ModeModel || len(a.Sentences) != 1 {
			h.t.Fatalf("the answer is %+v", a)
		}
		sent, err := json.Marshal(a)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, words := range []string{"Anna", "asks again", "First thought", "think"} {
			if strings.Contains(string(sent), words) || strings.Contains(h.stored(), words) {
				h.t.Errorf("%q is part of the answer or of its draft", words)
			}
		}
		return a
	}

	// Off, which is the default.
	answered(apart)
	answered(within)
	answered(bad, within)
	if kept := h.reasoning(); len(kept) > 0 {
		t.Errorf("kept without being asked to: %q", kept)
	}

	h.tutor.KeepReasoning = time.Hour
	const redacted = "Anna ([e-mail], [number], [number]) asks again."
	answered(apart)
	last := answered(bad, within)
	answered(good)
	long := good
	long.Reasoning = strings.Repeat("x ", 40_000)
	answered(long)
	kept := h.reasoning()
	if len(kept) != 4 || len(kept[3]) > 64<<10 || len(kept[3]) < 65_000 {
		t.Fatalf("%d are kept: %.400q", len(kept), kept)
	}
	if diff := cmp.Diff([]string{"1: " + redacted, "1: First thought.", "2: " + redacted}, kept[:3]); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	scope := postgres.Scope{Principal: postgres.Local, Course: "sea"}
	shown := func() string {
		t.Helper()
		e, err := h.tutor.Evidence(t.Context(), scope, last.ID)
		if err != nil || len(e.Attempts) != 2 {
			t.Fatalf("%+v %v", e, err)
		}
		return e.Attempts[1].Reasoning
	}
	if shown() != redacted {
		t.Errorf("the evidence shows %q", shown())
	}

	swept := func() int64 {
		t.Helper()
		s, err := h.in.SweepAll(t.Context(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return s.Expired
	}
	if n := swept(); n != 0 {
		t.Errorf("%d were taken before they expired", n)
	}
	if _, err := h.owner.Exec(t.Context(), `update answer_reasoning set expires_at = now() where answer_id = $1`, last.ID); err != nil {
		t.Fatal(err)
	}
	if shown() != "" {
		t.Errorf("expired, and the evidence shows %q", shown())
	}
	if n := swept(); n != 2 || len(h.reasoning()) != 2 {
		t.Errorf("%d were taken, %d are left", n, len(h.reasoning()))
	}

	h.delete("tides")
	if kept := h.reasoning(); len(kept) > 0 {
		t.Errorf("after the deletion %q is left", kept)
	}
	if broken := h.broken(); len(broken) > 0 {
		t.Errorf("broken: %s", strings.Join(broken, "; "))
	}
}

// TestReasoningInFlight: nothing is kept of what was thought over a lecture that was deleted meanwhile.
func TestReasoningInFlight(t *testing.T) {
	h := newHouse(t)
	h.tutor.KeepReasoning = time.Hour
	h.model.Handle(func(llmtest.Request) llmtest.Reply {
		h.delete("tides")
		reply := draft("answered", said{"The fetch is a distance.", []string{"c2", fetchQuote}})
		reply.Reasoning = "A spring tide is no neap tide."
		return reply
	})
	h.ask("When does a spring tide happen, and what is the fetch of wind waves?", nil)
	if kept := h.reasoning(); len(kept) > 0 {
		t.Errorf("%q is kept", kept)
	}
}
