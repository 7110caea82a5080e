package api_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestFailedJob: a file that cannot be read fails with its reason and line, and can be tried again, which fails again.
// What the file says stands nowhere.
func TestFailedJob(t *testing.T) {
	h := newHouse(t)
	h.work()
	const secret = "ZYZZYVA"
	j := h.put("sea", "broken", "WEBVTT\n\n00:01.000 --> \n"+secret+" rises with the tide.\n")
	path := "/v1/courses/sea/jobs/" + j.ID
	for attempt := range 2 {
		got := h.await("sea", j.ID)
		if got.State != "failed" || got.Line != 3 || !strings.Contains(got.Reason, "-->") || got.Attempts != 1 || got.Version != 0 {
			t.Fatalf("attempt %d: %+v", attempt, got)
		}
		if attempt == 0 {
			again := h.send(http.MethodPost, path+"/retry", "").is(t, "retry", http.StatusAccepted)
			if again.header.Get("Location") != path {
				t.Errorf("Location %q", again.header.Get("Location"))
			}
		}
	}
	if raw := h.send(http.MethodGet, path, "").body; strings.Contains(raw, secret) {
		t.Errorf("the job repeats the file: %s", raw)
	}
	if strings.Contains(h.log.String(), secret) {
		t.Error("the log repeats the file")
	}
	h.send(http.MethodGet, "/v1/courses/sea/lectures/broken", "").fails(t, "nothing to see", 404, "lecture_not_found")
	h.send(http.MethodPost, path+"/cancel", "").fails(t, "cancel", 409, "job_finished")
	// A failed upload takes nothing from what was published before.
	k := h.put("sea", "tides", "PK\x03\x04 not a transcript")
	if got := h.await("sea", k.ID); got.State != "failed" || got.Line != 0 || got.Reason == "" {
		t.Errorf("%+v", got)
	}
	if got := h.send(http.MethodGet, tidesPath+"/transcript", ""); got.body != tides {
		t.Errorf("the old file is gone: %.100q", got.body)
	}
	h.put("sea", "tides", "The tide rises.", "If-Match", h.send(http.MethodGet, tidesPath, "").etag())
	h.send(http.MethodPost, "/v1/courses/sea/jobs/"+k.ID+"/retry", "").fails(t, "a newer upload came", 409, "job_superseded")
}

// TestControl: cancel and retry of jobs in each state, with nobody working on them.
func TestControl(t *testing.T) {
	h := newHouse(t)
	jobs := "/v1/courses/sea/jobs/"
	published := strings.Trim(h.send(http.MethodGet, tidesPath, "").etag(), `"`)
	for _, verb := range []string{"/cancel", "/retry"} {
		h.send(http.MethodPost, jobs+published+verb, "").fails(t, "published"+verb, 409, "job_finished")
		h.send(http.MethodPost, jobs+"job_"+strings.Repeat("a", 26)+verb, "").fails(t, "no job"+verb, 404, "job_not_found")
		h.send(http.MethodPost, jobs+"nonsense"+verb, "").fails(t, "no id"+verb, 422, "invalid")
		h.send(http.MethodPost, "/v1/courses/nope/jobs/"+published+verb, "").fails(t, "no course"+verb, 404, "course_not_found")
		h.send(http.MethodPost, "/v1/courses/kitchen/jobs/"+published+verb, "").fails(t, "another course"+verb, 404, "job_not_found")
		h.send(http.MethodPost, jobs+published+verb, "", "Sec-Fetch-Site", "cross-site").fails(t, "cross-origin"+verb, 403, "cross_origin")
		h.send(http.MethodGet, jobs+published+verb, "").fails(t, "GET"+verb, 405, "method_not_allowed")
	}
	first := h.put("sea", "tides", "The tide rises.")
	h.send(http.MethodPost, jobs+first.ID+"/retry", "").fails(t, "pending", 409, "job_pending")
	second := h.put("sea", "tides", "The tide falls.")
	for _, verb := range []string{"/cancel", "/retry"} {
		h.send(http.MethodPost, jobs+first.ID+verb, "").fails(t, "superseded"+verb, 409, "job_superseded")
	}
	// Of many who cancel, one does.
	var wg sync.WaitGroup
	statuses := make([]int, 6)
	for i := range statuses {
		wg.Go(func() { statuses[i] = h.send(http.MethodPost, jobs+second.ID+"/cancel", "").status })
	}
	wg.Wait()
	slices.Sort(statuses)
	if want := []int{200, 409, 409, 409, 409, 409}; !slices.Equal(statuses, want) {
		t.Errorf("cancelling at once: %v, want %v", statuses, want)
	}
	if got := h.job("sea", second.ID); got.State != "cancelled" || got.FinishedAt == nil {
		t.Errorf("%+v", got)
	}
	h.send(http.MethodPost, jobs+second.ID+"/retry", "").is(t, "retry of a cancelled one", http.StatusAccepted)
	if got := h.job("sea", second.ID); got.State != "queued" || got.FinishedAt != nil {
		t.Errorf("%+v", got)
	}
	h.work()
	if got := h.await("sea", second.ID); got.State != "published" || got.Version != 2 {
		t.Errorf("%+v", got)
	}
}

// TestListJobs: newest first, filtered, in pages without a gap.
func TestListJobs(t *testing.T) {
	h := newHouse(t)
	var want []string // oldest first
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		want = append(want, h.put("sea", "tides", "The tide, "+text+".").ID)
	}
	other := h.put("sea", "foam", "The foam.").ID
	type page struct {
		Items []job
		Next  string
	}
	list := func(query string) page {
		var p page
		h.send(http.MethodGet, "/v1/courses/sea/jobs"+query, "").is(t, query, http.StatusOK).into(t, &p)
		return p
	}
	ids := func(p page) (all []string) {
		for _, j := range p.Items {
			all = append(all, j.ID)
		}
		return all
	}
	if got := ids(list("")); len(got) != 8 || got[0] != other || got[1] != want[4] { // two of the house
		t.Errorf("all: %v", got)
	}
	var paged []string
	for next, n := "", 0; n < 10; n++ {
		p := list("?lecture=tides&limit=2&after=" + next)
		paged = append(paged, ids(p)...)
		if next = p.Next; next == "" {
			break
		}
	}
	slices.Reverse(want)
	if len(paged) != 6 || !slices.Equal(paged[:5], want) {
		t.Errorf("paged: %v, want %v and the house's", paged, want)
	}
	if got := ids(list("?pending=true")); !slices.Equal(got, []string{other, want[0]}) {
		t.Errorf("pending: %v", got)
	}
	if got := list("?lecture=nope"); len(got.Items) != 0 || got.Next != "" || got.Items == nil {
		t.Errorf("no such lecture: %+v", got)
	}
	h.send(http.MethodGet, "/v1/courses/sea/jobs?after=job_"+strings.Repeat("a", 26), "").fails(t, "a mark that is gone", 404, "job_not_found")
	h.send(http.MethodGet, "/v1/courses/nope/jobs", "").fails(t, "no course", 404, "course_not_found")
	if head := h.send(http.MethodHead, "/v1/courses/sea/jobs", ""); head.status != 200 || head.body != "" {
		t.Errorf("HEAD: %+v", head)
	}
}

// TestDocumented: the description that clients are made from names the states and the media types.
func TestDocumented(t *testing.T) {
	h := newHouse(t)
	doc := h.send(http.MethodGet, "/openapi.json", "").is(t, "OpenAPI", http.StatusOK).body
	for _, word := range []string{
		`"queued","parsing","embedding","published","failed","cancelled","superseded"`, "embedding: vectors are made",
		`"/v1/courses/{course}/lectures/{lecture}/transcript"`, `"application/octet-stream"`, `"If-Match"`, `"202"`, `"304"`, `"410"`, `"412"`,
	} {
		if !strings.Contains(doc, word) {
			t.Errorf("the description does not say %s", word)
		}
	}
}
