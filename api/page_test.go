package api_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestPage: the page's files are served under a policy that runs nothing but them, and they hold to it: no inline
// script or style, and no text that is parsed as HTML.
func TestPage(t *testing.T) {
	h := newHouse(t)
	files := map[string]string{
		"/": "text/html; charset=utf-8", "/page/page.js": "text/javascript; charset=utf-8",
		"/page/page.css": "text/css; charset=utf-8", "/page/favicon.svg": "image/svg+xml",
	}
	text := map[string]string{}
	for path, kind := range files {
		resp, err := http.Get(h.server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %s, %s: %v", path, resp.Status, resp.Header.Get("Content-Type"), err)
		}
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy, "unsafe") || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: policy %q", path, policy)
		}
		text[path] = string(body)
	}
	for path, forbidden := range map[string]string{
		"/":             `(?i)<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|https?://`,
		"/page/page.js": `innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\.|setAttribute\("style"|https?://`,
	} {
		if found := regexp.MustCompile(forbidden).FindString(text[path]); found != "" {
			t.Errorf("%s holds %q", path, found)
		}
	}
	for _, ref := range regexp.MustCompile(`(?:src|href)="(/[^"]*)"`).FindAllStringSubmatch(text["/"], -1) {
		if _, ok := files[ref[1]]; !ok {
			t.Errorf("the page refers to %s, which is not served", ref[1])
		}
	}
}

// TestProblems: whatever is wrong with a request is a problem+json with a stable code, and nothing of what was sent
// comes back in it.
func TestProblems(t *testing.T) {
	h := newHouse(t)
	secret := "S3CRETWORD"
	ask := "/v1/courses/sea/answers"
	tests := []struct {
		name, method, path, body string
		status                   string
		code                     string
	}{
		{"empty question", "POST", ask, `{"question":""}`, "422", "invalid"},
		{"blank question", "POST", ask, `{"question":"  ?! "}`, "422", "empty_question"},
		{"no question", "POST", ask, `{"` + secret + `":1}`, "422", "invalid"},
		{"wrong type", "POST", ask, `{"question":["` + secret + `"]}`, "422", "invalid"},
		{"not JSON", "POST", ask, secret, "400", "bad_request"},
		{"too many characters", "POST", ask, `{"question":"` + strings.Repeat(secret, 401) + `"}`, "422", "invalid"},
		{"a megabyte", "POST", ask, `{"question":"` + strings.Repeat("a", 1<<20) + `"}`, "413", "body_too_large"},
		{"blank earlier question", "POST", ask, `{"question":"tides","before":["` + secret + `"," ?! "]}`, "422", "earlier_question"},
		{"empty earlier question", "POST", ask, `{"question":"tides","before":["` + secret + `",""]}`, "422", "invalid"},
		{"nine earlier questions", "POST", ask, `{"question":"tides","before":["` + strings.Repeat(secret+`","`, 8) + `x"]}`, "422", "invalid"},
		{"a long earlier question", "POST", ask, `{"question":"tides","before":["` + strings.Repeat(secret, 401) + `"]}`, "422", "invalid"},
		{"earlier questions too long together", "POST", ask, `{"question":"tides","before":["` + strings.Repeat(strings.Repeat(secret, 350)+`","`, 2) + strings.Repeat(secret, 200) + `"]}`, "422", "earlier_question"},
		{"no list of earlier questions", "POST", ask, `{"question":"tides","before":"` + secret + `"}`, "422", "invalid"},
		{"an earlier question that is no text", "POST", ask, `{"question":"tides","before":[{"` + secret + `":1}]}`, "422", "invalid"},
		{"unknown course", "POST", "/v1/courses/nope/answers", `{"question":"` + secret + `"}`, "404", "course_not_found"},
		{"unknown lecture", "POST", ask, `{"question":"tides","lectures":["` + strings.ToLower(secret) + `"]}`, "404", "lecture_not_found"},
		{"unknown model", "POST", ask, `{"question":"tides","model":"` + secret + `"}`, "422", "unknown_model"},
		{"not a course id", "POST", "/v1/courses/" + secret + "/answers", `{"question":"tides"}`, "422", "invalid"},
		{"unknown chunk", "GET", "/v1/courses/sea/lectures/tides/chunks/" + secret, "", "404", "chunk_not_found"},
		{"NUL in a chunk id", "GET", "/v1/courses/sea/lectures/tides/chunks/%00" + secret, "", "422", "invalid"},
		{"not UTF-8 in a chunk id", "GET", "/v1/courses/sea/lectures/tides/chunks/%ff" + secret, "", "422", "invalid"},
		{"NUL in a place in a list", "GET", "/v1/courses?after=%00" + secret, "", "422", "invalid"},
		{"another spelling of a field", "POST", "/v1/courses/sea/search", `{"query":"tides","k":8,"K":-1}`, "422", "invalid"},
		{"a field nobody knows", "POST", ask, `{"question":"tides","` + secret + `.` + secret + `":1}`, "422", "invalid"},
		{"unknown address", "GET", "/v1/" + secret, "", "404", "not_found"},
		{"unknown parameter", "GET", "/v1/courses?" + secret + "=" + secret, "", "422", "invalid"},
		{"wrong method", "DELETE", ask, "", "405", "method_not_allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.t = t
			raw := h.raw(tt.method, tt.path, "application/json", tt.body)
			if !strings.HasPrefix(raw, "HTTP/1.1 "+tt.status+" ") || !strings.Contains(raw, "application/problem+json") || !strings.Contains(raw, `"code":"`+tt.code+`"`) {
				t.Errorf("want %s %s, got\n%.600s", tt.status, tt.code, raw)
			}
			if strings.Contains(strings.ToLower(raw), strings.ToLower(secret)) {
				t.Errorf("the response repeats what was sent:\n%s", raw)
			}
		})
	}
	if n := h.count("sea", `select count(*) from answers where course_id = 'sea'`); n != 0 {
		t.Errorf("%d answers were stored", n)
	}
}
