package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// cite asks the question whose answer cites the lecture on tides, and returns where the citation resolves.
func (h *house) cite() (path string) {
	h.t.Helper()
	h.model.Enqueue(draft("answered", claim, evidence{"c1", quote}))
	a, _ := h.ask("sea", question, false)
	if a.Outcome != answer.Answered || len(a.Sentences) != 1 {
		h.t.Fatalf("%+v", a)
	}
	return tidesPath + "/chunks/" + a.Sentences[0].Citations[0].ChunkID
}

// TestDeletedLecture is the other half of promise P4: what was deleted on purpose is gone everywhere, and said to be.
func TestDeletedLecture(t *testing.T) {
	h := newHouse(t)
	cited := h.cite()
	uncited := tidesPath + "/chunks/ck_" + strings.Repeat("a", 32)
	pending := h.put("sea", "tides", "The tide rises.")
	gone := h.send(http.MethodDelete, tidesPath, "", "If-Match", `"`+pending.ID+`"`).is(t, "delete", http.StatusNoContent)
	if gone.body != "" {
		t.Errorf("body %q", gone.body)
	}
	if got := h.job("sea", pending.ID); got.State != "superseded" {
		t.Errorf("the pending job: %+v", got)
	}
	h.work() // nobody brings it back
	h.send(http.MethodPost, "/v1/courses/sea/jobs/"+pending.ID+"/retry", "").fails(t, "retry", 409, "job_superseded")
	checkGone := func(what, code string) {
		t.Helper()
		for _, path := range []string{tidesPath, tidesPath + "/transcript", cited, cited + "?version=1", uncited, uncited + "?version=7"} {
			got := h.send(http.MethodGet, path, "")
			got.fails(t, what+": "+path, 410, code)
			if strings.Contains(got.body, "Moon") || strings.Contains(got.body, "spring tide") {
				t.Errorf("%s: %s still says %s", what, path, got.body)
			}
			if head := h.send(http.MethodHead, path, ""); head.status != 410 || head.body != "" {
				t.Errorf("%s: HEAD %s: %+v", what, path, head)
			}
		}
		for _, lectures := range []string{`["tides"]`, `["tides","waves"]`} {
			h.send(http.MethodPost, "/v1/courses/sea/search", `{"query":"spring tide","lectures":`+lectures+`}`).fails(t, what+": search of "+lectures, 410, code)
			ask := `{"question":"` + question + `","lectures":` + lectures + `}`
			h.send(http.MethodPost, "/v1/courses/sea/answers", ask).fails(t, what+": question about "+lectures, 410, code)
			h.send(http.MethodPost, "/v1/courses/sea/answers", ask, "Accept", "text/event-stream").fails(t, what+": streamed question about "+lectures, 410, code)
		}
		h.send(http.MethodDelete, tidesPath, "").fails(t, what+": delete again", 410, code)
	}
	checkGone("deleted lecture", "lecture_deleted")
	if list := h.send(http.MethodGet, "/v1/courses/sea/lectures", "").is(t, "list", 200); strings.Contains(list.body, "tides") || !strings.Contains(list.body, "waves") {
		t.Errorf("list: %s", list.body)
	}
	if found := h.send(http.MethodPost, "/v1/courses/sea/search", `{"query":"spring tide wind waves"}`).is(t, "search", 200); strings.Contains(found.body, "Moon") || !strings.Contains(found.body, "fetch") {
		t.Errorf("search of the course: %s", found.body)
	}
	h.send(http.MethodPut, tidesPath+"/transcript", "The tide.", "If-Match", "*").fails(t, "condition on what is gone", 412, "precondition_failed")

	// A new upload brings the lecture back; what was said of the old one stays gone.
	back := h.put("sea", "tides", "The tide rises again.", "If-None-Match", "*")
	if got := h.await("sea", back.ID); got.State != "published" || got.Version != 2 {
		t.Fatalf("%+v", got)
	}
	h.send(http.MethodGet, tidesPath, "").is(t, "back", 200)
	h.send(http.MethodPost, "/v1/courses/sea/search", `{"query":"tide","lectures":["tides"]}`).is(t, "search of what is back", 200)
	h.send(http.MethodGet, cited+"?version=1", "").fails(t, "the old citation", 410, "lecture_deleted")
	h.send(http.MethodGet, uncited, "").fails(t, "a chunk that never was", 404, "chunk_not_found")

	// The course goes, with both.
	h.send(http.MethodDelete, "/v1/courses/sea", "").is(t, "delete course", http.StatusNoContent)
	checkGone("deleted course", "course_deleted")
	for _, path := range []string{"/v1/courses/sea", "/v1/courses/sea/lectures", "/v1/courses/sea/jobs", "/v1/courses/sea/jobs/" + back.ID, "/v1/courses/sea/lectures/nope"} {
		h.send(http.MethodGet, path, "").fails(t, path, 410, "course_deleted")
	}
	h.send(http.MethodPost, "/v1/courses/sea/search", `{"query":"wind waves"}`).fails(t, "search", 410, "course_deleted")
	h.send(http.MethodPost, "/v1/courses/sea/answers", `{"question":"`+question+`"}`).fails(t, "question", 410, "course_deleted")
	h.send(http.MethodPut, tidesPath+"/transcript", "The tide.").fails(t, "upload", 410, "course_deleted")
	h.send(http.MethodDelete, "/v1/courses/sea", "").fails(t, "delete again", 410, "course_deleted")
	if list := h.send(http.MethodGet, "/v1/courses", "").is(t, "list", 200); strings.Contains(list.body, "sea") || !strings.Contains(list.body, "kitchen") {
		t.Errorf("list: %s", list.body)
	}

	// Created anew it is empty, and its lectures are still gone.
	h.send(http.MethodPut, "/v1/courses/sea", `{}`).is(t, "create anew", http.StatusCreated)
	checkGone("lecture of a course created anew", "lecture_deleted")
	if list := h.send(http.MethodGet, "/v1/courses/sea/lectures", "").is(t, "list", 200); !strings.Contains(list.body, `"items":[]`) {
		t.Errorf("list: %s", list.body)
	}
	for _, path := range []string{"/v1/courses/nope", "/v1/courses/sea/lectures/nope"} {
		if got := h.send(http.MethodDelete, path, ""); got.status != 404 || got.code() == "" {
			t.Errorf("delete %s: %d %s", path, got.status, got.body)
		}
	}
}

// TestDeletedUnderWay: what is deleted while a model writes about it is not answered from.
func TestDeletedUnderWay(t *testing.T) {
	for _, tt := range []struct {
		path   string
		status int
	}{{tidesPath, 200}, {"/v1/courses/sea", 410}} {
		h := newHouse(t)
		deleted := false
		h.model.Handle(func(llmtest.Request) llmtest.Reply {
			if !deleted {
				deleted = true
				if got := h.send(http.MethodDelete, tt.path, ""); got.status != http.StatusNoContent {
					t.Errorf("delete: %d %s", got.status, got.body)
				}
			}
			return draft("answered", claim, evidence{"c1", quote})
		})
		got := h.send(http.MethodPost, "/v1/courses/sea/answers", `{"question":"`+question+`"}`).is(t, tt.path, tt.status)
		if !deleted || strings.Contains(got.body, "Moon") {
			t.Errorf("%s: %s", tt.path, got.body)
		}
		if n := h.count("sea", `select count(*) from answer_citations where course_id = $1 and lecture_id = 'tides'`, "sea"); n != 0 {
			t.Errorf("%s: %d citations of what is gone", tt.path, n)
		}
		if n := h.count("sea", `select count(*) from answer_attempts where course_id = $1 and draft like '%Moon%'`, "sea"); n != 0 {
			t.Errorf("%s: %d stored drafts hold words of what is gone", tt.path, n)
		}
	}
}
