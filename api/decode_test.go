package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestUndecodable: a body that cannot be taken over is refused with the place where that is known, and neither repeats
// what was sent nor names a type of ours.
func TestUndecodable(t *testing.T) {
	h := newHouse(t)
	seen := func(ms string) string { return `{"query":"tide","seen":[{"lecture":"tides","until_ms":` + ms + `}]}` }
	const number, notJSON = "expected a number in range, and plain digits where it is an integer", "this is not JSON"
	for _, tt := range []struct {
		body   string
		status int
		detail string
	}{
		{seen("9223372036854775807"), 200, ""},
		{seen("9223372036854775808"), 422, "body.seen.until_ms: " + number},
		{seen("7e30"), 422, "body.seen.until_ms: " + number},
		{seen("7e2"), 422, "body.seen.until_ms: " + number},
		{seen("7.5"), 422, "body.seen[0].until_ms: expected integer"},
		{seen("-7" + strings.Repeat("7", 30)), 422, "body.seen[0].until_ms: expected number >= 0"},
		{seen("7e777"), 400, "body: " + number},
		{`{"query":"tide","k":7.0}`, 422, "body.k: " + number},
		{`{"query":"tide","k":7` + strings.Repeat("7", 30) + `}`, 422, "body.k: expected number <= 100"},
		{`{"query":"tide",7}`, 400, "body: " + notJSON},
		{`{"query":"tide"} 7`, 400, "body: " + notJSON},
		{`{"query":"tide`, 400, "body: " + notJSON},
	} {
		got := h.send(http.MethodPost, "/v1/courses/sea/search", tt.body)
		got.is(t, tt.body, tt.status)
		if tt.status == http.StatusOK {
			continue
		}
		var p struct {
			Detail string
			Errors []struct{ Location, Message string }
		}
		got.into(t, &p)
		if p.Detail != tt.detail || len(p.Errors) != 1 || p.Errors[0].Location+": "+p.Errors[0].Message != tt.detail {
			t.Errorf("%s: %s, want %s", tt.body, got.body, tt.detail)
		}
		if strings.Contains(got.body, "7") || strings.Contains(got.body, "Go ") || strings.Contains(got.body, "watched") {
			t.Errorf("%s: %s", tt.body, got.body)
		}
	}
	got := h.send(http.MethodPost, "/v1/courses/sea/search", "tide", "Content-Type", "text/secret")
	got.fails(t, "another type", http.StatusUnsupportedMediaType, "unsupported_media_type")
	if strings.Contains(got.body, "secret") || !strings.Contains(got.body, "application/json") {
		t.Error(got.body)
	}
}
