package answer_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
)

// stored is everything that answer's tables hold, as text, without the students' questions.
func (h *house) stored() string {
	h.t.Helper()
	rows, err := postgres.Collect(h.t.Context(), h.db, "sea", pgx.RowTo[string], `
select (to_jsonb(a) - 'question' - 'before')::text from answers a where course_id = $1
union all
select to_jsonb(t)::text from answer_attempts t where course_id = $1`, "sea")
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.Join(rows, "\n")
}

func (h *house) sentences(id string) (all []struct {
	Text      string
	Citations []struct {
		answer.Citation
		Deleted bool
	}
}) {
	h.t.Helper()
	found, err := postgres.Collect(h.t.Context(), h.db, "sea", pgx.RowTo[string],
		`select sentences::text from answers where course_id = $1 and answer_id = $2`, "sea", id)
	if err != nil || len(found) != 1 {
		h.t.Fatalf("%v %v", found, err)
	}
	if err := json.Unmarshal([]byte(found[0]), &all); err != nil {
		h.t.Fatal(err)
	}
	return all
}

// TestForget: a deleted lecture's words are gone from every answer; the evidence and other lectures' words stay.
func TestForget(t *testing.T) {
	h := newHouse(t)
	both := h.answers()
	words := []string{"spring", "right angles", "same line", "On tides"}
	before := h.stored()
	for _, w := range words {
		if !strings.Contains(before, w) {
			t.Fatalf("nothing to forget: %q is not stored", w)
		}
	}
	h.delete("tides")
	after := h.stored()
	for _, w := range words {
		if strings.Contains(after, w) {
			t.Errorf("%q is still stored", w)
		}
	}
	if !strings.Contains(after, fetchQuote) || !strings.Contains(after, "On waves") {
		t.Error("the other lecture's words are gone, too")
	}
	got := h.sentences(both.ID)
	for i, s := range got {
		for j, c := range s.Citations {
			sent := both.Sentences[i].Citations[j]
			gone := sent.Lecture == "tides"
			if c.Deleted != gone || c.ChunkID != sent.ChunkID || c.Version != sent.Version || !cmp.Equal(c.StartMS, sent.StartMS) || !cmp.Equal(c.EndMS, sent.EndMS) {
				t.Errorf("sentence %d, citation %d is %+v, sent was %+v", i, j, c, sent)
			}
			if want := map[bool]string{true: "", false: fetchQuote}[gone]; c.Quote != want {
				t.Errorf("sentence %d, citation %d quotes %q", i, j, c.Quote)
			}
		}
	}
	if got[0].Text != "" || got[1].Text != "" || got[2].Text != both.Sentences[2].Text {
		t.Errorf("the sentences are %q, %q, %q", got[0].Text, got[1].Text, got[2].Text)
	}
	e, err := h.tutor.Evidence(t.Context(), postgres.Scope{Principal: postgres.Local, Course: "sea"}, both.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Attempts) != 2 || e.Attempts[0].Verdict != "rejected" || e.Attempts[0].Draft != "" || e.Attempts[1].Draft != "" {
		t.Errorf("the evidence is %+v", e)
	}
	if broken := h.broken(); len(broken) > 0 {
		t.Errorf("broken: %s", strings.Join(broken, "; "))
	}

	t.Run("uploaded again", func(t *testing.T) {
		h.t = t
		h.ingest("tides", "srt", timed("The tide is the slow rise and fall of the sea.", springQuote))
		if s := h.sentences(both.ID); s[0].Text != "" || s[0].Citations[0].Quote != "" || !s[0].Citations[0].Deleted {
			t.Errorf("the old sentence is %+v", s[0])
		}
		h.answered("What happens in a spring tide?")
		if broken := h.broken(); len(broken) > 0 {
			t.Errorf("broken: %s", strings.Join(broken, "; "))
		}
		h.delete("tides")
		if strings.Contains(h.stored(), "same line") {
			t.Error("the second time it was not forgotten")
		}
	})
}

// TestForgetInFlight: a lecture that is deleted while a model writes about it leaves none of its words in the drafts that
// are stored afterwards.
func TestForgetInFlight(t *testing.T) {
	for _, outcome := range []string{"answered", "not_in_lecture"} {
		t.Run(outcome, func(t *testing.T) {
			h := newHouse(t)
			calls := 0
			h.model.Handle(func(llmtest.Request) llmtest.Reply {
				if calls++; calls > 1 {
					return draft("not_in_lecture")
				}
				h.delete("tides")
				return draft(outcome, said{"A spring tide comes at full moon.", []string{"c1", springQuote}})
			})
			a := h.ask("When does a spring tide happen, and what is the fetch of wind waves?", nil)
			if calls == 0 || len(a.Attempts) == 0 {
				t.Fatalf("the model was not asked: %+v", a)
			}
			if strings.Contains(h.stored(), "spring tide") {
				t.Errorf("a deleted lecture's words were stored: %s", h.stored())
			}
			if broken := h.broken(); len(broken) > 0 {
				t.Errorf("broken: %s", strings.Join(broken, "; "))
			}
		})
	}
}
