package api_test

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

const (
	tidesPath = "/v1/courses/sea/lectures/tides"
	spring    = "WEBVTT\n\n00:01.000 --> 00:04.000\nA spring tide comes when the Sun and the Moon pull along one line.\n\n" +
		"00:05.000 --> 00:09.000\nA neap tide comes a week later.\n"
)

// TestUpload walks from nothing to an answered question over HTTP alone.
func TestUpload(t *testing.T) {
	h := newHouse(t)
	h.work()
	made := h.send(http.MethodPut, "/v1/courses/moon", `{"title":"The Moon","language":"en"}`).is(t, "course", http.StatusCreated)
	if made.header.Get("Location") != "/v1/courses/moon" || !strings.Contains(made.body, `"title":"The Moon"`) {
		t.Errorf("%v %s", made.header, made.body)
	}
	h.send(http.MethodPut, "/v1/courses/moon", `{"title":"Our Moon"}`).is(t, "course again", http.StatusOK)
	if got := h.send(http.MethodGet, "/v1/courses/moon", "").is(t, "course", http.StatusOK); !strings.Contains(got.body, `"title":"Our Moon","language":"en"`) {
		t.Errorf("course: %s", got.body)
	}
	const path = "/v1/courses/moon/lectures/tides"
	put := h.send(http.MethodPut, path+"/transcript?name=Tides%20%C3%BC.vtt&title=Tides&position=3", spring, "If-None-Match", "*").is(t, "upload", http.StatusAccepted)
	var j job
	put.into(t, &j)
	if put.etag() != `"`+j.ID+`"` || put.header.Get("Location") != "/v1/courses/moon/jobs/"+j.ID {
		t.Errorf("headers %v for job %s", put.header, j.ID)
	}
	if j.State != "queued" || j.Lecture != "tides" || j.Bytes != len(spring) || j.Name != "Tides ü.vtt" || j.CreatedAt.IsZero() || j.FinishedAt != nil {
		t.Errorf("job %+v", j)
	}
	if j = h.await("moon", j.ID); j.State != "published" || j.Version != 1 || j.New != j.Chunks || j.Chunks == 0 || j.Attempts != 1 || j.Reason != "" {
		t.Errorf("job %+v", j)
	}
	var detail struct {
		ID, Title, Format, Encoding, Name, Job   string
		Position, Version, Words, Tokens, Chunks int
		DurationMS                               int64 `json:"duration_ms"`
		Timed                                    bool
		Removed                                  map[string]int
		Warnings                                 []any
	}
	lecture := h.send(http.MethodGet, path, "").is(t, "lecture", http.StatusOK)
	lecture.into(t, &detail)
	if detail.ID != "tides" || detail.Title != "Tides" || detail.Format != "vtt" || detail.Position != 3 || detail.Version != 1 || detail.Words != 21 ||
		detail.Tokens == 0 || detail.Chunks == 0 || !detail.Timed || detail.DurationMS != 9000 || detail.Job != j.ID || detail.Encoding == "" ||
		detail.Removed == nil || detail.Warnings == nil {
		t.Errorf("lecture %s", lecture.body)
	}
	file := h.send(http.MethodGet, path+"/transcript", "").is(t, "file", http.StatusOK)
	_, params, err := mime.ParseMediaType(file.header.Get("Content-Disposition"))
	if file.body != spring || err != nil || params["filename"] != "Tides ü.vtt" || file.header.Get("Content-Type") != "application/octet-stream" ||
		file.header.Get("X-Content-Type-Options") != "nosniff" || file.header.Get("Content-Length") != fmt.Sprint(len(spring)) {
		t.Errorf("file %v %v %q", file.header, err, file.body)
	}
	for what, tag := range map[string]string{"put": put.etag(), "lecture": lecture.etag(), "file": file.etag()} {
		if tag != `"`+j.ID+`"` {
			t.Errorf("ETag of %s: %s, want the job's", what, tag)
		}
	}
	again := h.send(http.MethodPut, path+"/transcript", spring).is(t, "the same again", http.StatusOK)
	if again.etag() != put.etag() || !strings.Contains(again.body, `"unchanged":true,"version":1`) {
		t.Errorf("unchanged: %v %s", again.header, again.body)
	}
	if got := h.send(http.MethodPost, "/v1/courses/moon/search", `{"query":"neap tide"}`).is(t, "search", http.StatusOK); !strings.Contains(got.body, "a week later") {
		t.Errorf("search: %s", got.body)
	}
	// A server that has the course in its cache finds a lecture that came after, by its name, at once.
	second := h.put("moon", "phases", "The Moon is new once a month.")
	if h.await("moon", second.ID).State != "published" {
		t.Fatal("not published")
	}
	h.send(http.MethodPost, "/v1/courses/moon/search", `{"query":"new moon","lectures":["phases"]}`).is(t, "search of the new lecture", http.StatusOK)
}

// TestConditionalRequests: each condition against each thing it may meet.
func TestConditionalRequests(t *testing.T) {
	h := newHouse(t)
	active := h.send(http.MethodGet, tidesPath, "").etag()
	tag := strings.Trim(active, `"`)
	if !strings.HasPrefix(tag, "job_") {
		t.Fatalf("ETag %s", active)
	}
	for _, path := range []string{tidesPath, tidesPath + "/transcript"} {
		for _, tt := range []struct {
			header string
			status int
		}{
			{active, 304}, {"W/" + active, 304}, {`"x", ` + active, 304}, {"*", 304}, {`"x"`, 200}, {tag, 200}, {`"*"`, 200},
		} {
			got := h.send(http.MethodGet, path, "", "If-None-Match", tt.header).is(t, path+" If-None-Match: "+tt.header, tt.status)
			if got.etag() != active || tt.status == 304 && got.body != "" {
				t.Errorf("%s If-None-Match: %s: %v %q", path, tt.header, got.header, got.body)
			}
		}
	}
	const refused, malformed = "precondition_failed", "malformed_condition"
	tests := []struct {
		name    string
		headers []string
		code    string // "": accepted
	}{
		{"the tag", []string{"If-Match", active}, ""},
		{"among others", []string{"If-Match", `"a" , , ` + active}, ""},
		{"in a second line", []string{"If-Match", `"a"`, "If-Match", active}, ""},
		{"star", []string{"If-Match", "*"}, ""},
		{"another", []string{"If-Match", `"a"`}, refused},
		{"weak", []string{"If-Match", "W/" + active}, refused},
		{"quoted star", []string{"If-Match", `"*"`}, refused},
		{"empty tag", []string{"If-Match", `""`}, refused},
		{"there is one", []string{"If-None-Match", "*"}, refused},
		{"without quotes", []string{"If-Match", tag}, malformed},
		{"quote left open", []string{"If-Match", `"` + tag}, malformed},
		{"no comma", []string{"If-Match", `"a" "b"`}, malformed},
		{"star among tags", []string{"If-Match", `*, "a"`}, malformed},
		{"nothing", []string{"If-Match", ""}, malformed},
		{"commas only", []string{"If-Match", ", ,"}, malformed},
		{"small w", []string{"If-Match", `w/"a"`}, malformed},
		{"space inside", []string{"If-Match", `"a b"`}, malformed},
		{"too many", []string{"If-Match", strings.Repeat(`"a",`, 101)}, malformed},
		{"none but the tag", []string{"If-None-Match", active}, malformed},
		{"both", []string{"If-Match", active, "If-None-Match", "*"}, malformed},
	}
	for i, tt := range tests {
		got := h.send(http.MethodPut, tidesPath+"/transcript", fmt.Sprintf("The tide number %d rises.", i), tt.headers...)
		switch tt.code {
		case "":
			var j job
			got.is(t, tt.name, http.StatusAccepted).into(t, &j)
			h.send(http.MethodPost, "/v1/courses/sea/jobs/"+j.ID+"/cancel", "").is(t, "cancel", http.StatusOK)
		case malformed:
			got.fails(t, tt.name, http.StatusBadRequest, tt.code)
			h.send(http.MethodDelete, tidesPath, "", tt.headers...).fails(t, "delete, "+tt.name, http.StatusBadRequest, tt.code)
		default:
			got.fails(t, tt.name, http.StatusPreconditionFailed, tt.code)
			h.send(http.MethodDelete, tidesPath, "", tt.headers...).fails(t, "delete, "+tt.name, http.StatusPreconditionFailed, tt.code)
		}
	}
	// A lecture that is not there matches no tag and no star.
	for _, match := range []string{"*", `"a"`, `""`} {
		h.send(http.MethodPut, "/v1/courses/sea/lectures/new/transcript", "The sea.", "If-Match", match).fails(t, "no lecture, "+match, http.StatusPreconditionFailed, refused)
	}
	if n := h.count("sea", `select count(*) from lectures where course_id = $1 and lecture_id = 'new'`, "sea"); n != 0 {
		t.Error("a refused upload left a lecture behind")
	}
	h.send(http.MethodDelete, tidesPath, "", "If-Match", active).is(t, "delete with the tag", http.StatusNoContent)
}

// TestPendingTag: while an upload is pending, what is shown and what comes are told apart, and either way a client knows
// what to condition its next upload on.
func TestPendingTag(t *testing.T) {
	h := newHouse(t)
	before := h.send(http.MethodGet, tidesPath, "").etag()
	first := h.put("sea", "tides", "The tide rises.", "If-Match", before)
	h.send(http.MethodPut, tidesPath+"/transcript", "Late.", "If-Match", before).fails(t, "what is shown is not the last word", http.StatusPreconditionFailed, "precondition_failed")
	during := h.send(http.MethodGet, tidesPath, "", "If-None-Match", before).is(t, "changed by the upload", http.StatusOK)
	if want := strings.TrimSuffix(before, `"`) + "+" + first.ID + `"`; during.etag() != want || !strings.Contains(during.body, `"pending_job":"`+first.ID+`"`) {
		t.Errorf("pending: %s %s, want %s", during.etag(), during.body, want)
	}
	file := h.send(http.MethodGet, tidesPath+"/transcript", "")
	if file.etag() != before || file.body != tides {
		t.Errorf("the file is still the old one: %s %q", file.etag(), file.body)
	}
	second := h.put("sea", "tides", "The tide rises and falls.", "If-Match", during.etag())
	if got := h.job("sea", first.ID); got.State != "superseded" || got.FinishedAt == nil {
		t.Errorf("the first is %+v", got)
	}
	h.send(http.MethodPut, tidesPath+"/transcript", "Late.", "If-Match", during.etag()).fails(t, "the first was superseded", http.StatusPreconditionFailed, "precondition_failed")
	pending := h.send(http.MethodGet, tidesPath, "").etag()
	h.work()
	if got := h.await("sea", second.ID); got.State != "published" || got.Version != 2 {
		t.Fatalf("%+v", got)
	}
	after := h.send(http.MethodGet, tidesPath, "", "If-None-Match", pending).is(t, "changed by the publish", http.StatusOK)
	if after.etag() != `"`+second.ID+`"` {
		t.Errorf("published: %s", after.etag())
	}
	h.put("sea", "tides", "The tide rises, falls and rises.", "If-Match", pending) // nothing else came in between
}

// TestRace: of many uploads on the same condition one is accepted.
func TestRace(t *testing.T) {
	h := newHouse(t)
	for round := range 5 {
		header, value := "If-Match", h.send(http.MethodGet, tidesPath, "").etag()
		path := tidesPath
		if round == 4 {
			header, value, path = "If-None-Match", "*", "/v1/courses/sea/lectures/new"
		}
		statuses := make([]int, 4) // as many as there are places
		var wg sync.WaitGroup
		for i := range statuses {
			wg.Go(func() {
				statuses[i] = h.send(http.MethodPut, path+"/transcript", fmt.Sprintf("Round %d, tide %d.", round, i), header, value).status
			})
		}
		wg.Wait()
		count := map[int]int{}
		for _, s := range statuses {
			count[s]++
		}
		if count[http.StatusAccepted] != 1 || count[http.StatusPreconditionFailed] != 3 {
			t.Errorf("round %d: %v, want one 202 and the rest 412", round, statuses)
		}
	}
}

// TestNotKept: a version that is older than jobs has an ETag, and no file.
func TestNotKept(t *testing.T) {
	h := newHouse(t)
	err := h.db.InCourse(t.Context(), "sea", func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `update lecture_versions set job_id = null where course_id = 'sea' and lecture_id = 'tides'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.send(http.MethodGet, tidesPath+"/transcript", "").fails(t, "file", 404, "transcript_not_kept")
	if tag := h.send(http.MethodGet, tidesPath, "").etag(); tag != `"v1"` {
		t.Errorf("ETag %s", tag)
	}
	h.put("sea", "tides", "The tide.", "If-Match", `"v1"`)
	h.send(http.MethodGet, "/v1/courses/sea/lectures/nope/transcript", "").fails(t, "no lecture", 404, "lecture_not_found")
	h.send(http.MethodGet, "/v1/courses/nope/lectures/tides/transcript", "").fails(t, "no course", 404, "course_not_found")
	h.send(http.MethodGet, "/v1/courses/sea/lectures/nope", "").fails(t, "no lecture", 404, "lecture_not_found")
	h.send(http.MethodGet, "/v1/courses/nope/lectures/tides", "").fails(t, "no course", 404, "course_not_found")
}

// TestFileNames: whatever a file was called, it is saved under a name that leads nowhere.
func TestFileNames(t *testing.T) {
	h := newHouse(t)
	for _, tt := range []struct{ name, want string }{
		{"a.vtt", "a.vtt"},
		{"../../etc/passwd", "passwd"},
		{`C:\talks\a b.srt`, "a b.srt"},
		{`"; filename="evil.exe`, "; filename=evil.exe"},
		{"..", "tides"}, {" . ", "tides"}, {"/", "tides"},
		{"лекция \u202evtt.exe", "лекция vtt.exe"},
		{strings.Repeat("x", 200) + ".vtt", strings.Repeat("x", 146) + ".vtt"},
	} {
		err := h.db.InCourse(t.Context(), "sea", func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `update ingest_jobs set source_name = $1 where course_id = 'sea' and lecture_id = 'tides'`, tt.name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		got := h.send(http.MethodGet, tidesPath+"/transcript", "").header.Get("Content-Disposition")
		kind, params, err := mime.ParseMediaType(got)
		if err != nil || kind != "attachment" || params["filename"] != tt.want {
			t.Errorf("%q: %s (%v), want %q", tt.name, got, err, tt.want)
		}
	}
}
