package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/answer"
)

// TestBefore: an earlier question helps to understand one that means nothing alone, is stored with it, and stands in no log.
func TestBefore(t *testing.T) {
	h := newHouse(t)
	h.tutor.Model = nil
	const path, earlier = "/v1/courses/sea/answers", "When does a spring tide happen, quizzically?"
	ask := func(body string) (a answer.Answer) {
		t.Helper()
		r := h.send(http.MethodPost, path, body).is(t, body, http.StatusOK)
		if err := json.Unmarshal([]byte(r.body), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := ask(`{"question":"and why is that?"}`); a.Outcome != answer.NotInLecture {
		t.Fatalf("it needs nothing before it: %+v", a)
	}
	if a := ask(`{"question":"and why is that?","before":[]}`); a.Outcome != answer.NotInLecture {
		t.Errorf("behind nothing: %+v", a)
	}
	a := ask(`{"question":"and why is that?","before":["What is the fetch?","` + earlier + `"]}`)
	if a.Outcome != answer.Answered || !slices.ContainsFunc(a.Sentences, func(s answer.Sentence) bool { return strings.Contains(s.Text, "spring tide") }) {
		t.Errorf("behind a question: %+v", a)
	}
	if n := h.count("sea", `select count(*) from answers where course_id = 'sea' and before[2] like '%quizzically?' and cardinality(before) = 2`); n != 1 {
		t.Errorf("%d answers hold the earlier question", n)
	}
	if strings.Contains(h.log.String(), "quizzically") {
		t.Error("the log holds a student's words")
	}
}

// TestBadBefore: an earlier question that cannot be used is named by its place, before a stream begins, too.
func TestBadBefore(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("quizzically ", 300)
	for _, tt := range []struct{ before, code, location string }{
		{`["quizzically"," ?! "]`, "earlier_question", "body.before[1]"},
		{`["` + long + `","` + long + `","` + long + `"]`, "earlier_question", "body.before"},
		{`["quizzically",""]`, "invalid", "body.before[1]"},
		{`["quizzically","` + long + long + `"]`, "invalid", "body.before[1]"},
		{`["quizzically"` + strings.Repeat(`,"quizzically"`, 8) + `]`, "invalid", "body.before"},
		{`"quizzically"`, "invalid", "body.before"},
		{`[["quizzically"]]`, "invalid", "body.before[0]"},
	} {
		for _, accept := range []string{"application/json", "text/event-stream"} {
			raw := h.raw(http.MethodPost, "/v1/courses/sea/answers", accept, `{"question":"tides","before":`+tt.before+`}`)
			if !strings.HasPrefix(raw, "HTTP/1.1 422 ") || !strings.Contains(raw, `"code":"`+tt.code+`"`) || !strings.Contains(raw, `"location":"`+tt.location+`"`) || strings.Contains(raw, "quizzically") {
				t.Errorf("%.60s as %s, want %s at %s:\n%.700s", tt.before, accept, tt.code, tt.location, raw)
			}
		}
	}
	if strings.Contains(h.log.String(), "quizzically") {
		t.Error("the log holds a student's words")
	}
	doc := h.send(http.MethodGet, "/openapi.json", "").is(t, "OpenAPI", http.StatusOK).body
	if !strings.Contains(doc, `"before":{`) || !strings.Contains(doc, `"items":{"maxLength":4000,"minLength":1,"type":"string"}`) || !strings.Contains(doc, `"maxItems":8`) {
		t.Error("the description does not say what before is")
	}
}
