package answer_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// TestJudged: an answer says which layers judged its sentences beyond the quotes, and in a language that they do not know
// that none did.
func TestJudged(t *testing.T) {
	h := newHouse(t)
	all := []string{"number", "entity", "polarity", "support"}
	a := h.ask("What is the fetch?", []string{"waves"}, draft("answered", said{fetchQuote, []string{"c1", fetchQuote}}))
	if diff := cmp.Diff(all, a.Judged); a.Mode != answer.ModeModel || diff != "" {
		t.Errorf("%s (-want +got):\n%s", a.Mode, diff)
	}
	h.tutor.Model = nil
	if a := h.ask("When does a neap tide happen?", []string{"tides"}); a.Mode != answer.ModeExtractive || !cmp.Equal(all, a.Judged) {
		t.Errorf("the floor: %s, judged by %v", a.Mode, a.Judged)
	}
	if a := h.ask("Who painted the Mona Lisa?", nil); a.Judged == nil || len(a.Judged) > 0 {
		t.Errorf("a refusal: judged by %#v", a.Judged)
	}
}

// TestNotJudged is TestJudged in Finnish.
func TestNotJudged(t *testing.T) {
	h := newHouse(t)
	if err := h.in.CreateCourse(t.Context(), "sea", "", "fi"); err != nil {
		t.Fatal(err)
	}
	const quote = "Vuorovesi on meren hidas nousu ja lasku."
	h.ingest("vuorovesi", "txt", quote+" Kuu vetää vettä puoleensa joka päivä.")
	a := h.ask("Mikä on vuorovesi?", []string{"vuorovesi"}, draft("answered", said{"Vuorovesi on meren nousu ja lasku.", []string{"c1", quote}}))
	if a.Mode != answer.ModeModel || a.Judged == nil || len(a.Judged) > 0 {
		t.Errorf("%s, judged by %#v", a.Mode, a.Judged)
	}
}

// TestDeletedWhileWriting: what the model was reading is deleted before its draft is there, and there is nothing else to read.
func TestDeletedWhileWriting(t *testing.T) {
	h := newHouse(t)
	h.delete("tides")
	h.model.Handle(func(llmtest.Request) llmtest.Reply {
		if err := h.in.DeleteLecture(context.Background(), "sea", "waves", ingest.Condition{}); err != nil {
			t.Error(err)
		}
		return draft("answered", said{fetchQuote, []string{"c1", fetchQuote}})
	})
	a := h.ask("What is the fetch?", nil)
	if a.Outcome != answer.NotInLecture || a.Usage.ModelCalls != 1 || len(a.Attempts) != 1 || !cmp.Equal(a.Attempts[0].Codes, []string{"stale_citation"}) {
		t.Errorf("%s after %d calls, %+v", a.Outcome, a.Usage.ModelCalls, a.Attempts)
	}
}
