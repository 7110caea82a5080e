package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
)

// TestSeen: a definition that is given later in the lecture is neither found nor answered with for a student who has not
// come to it.
func TestSeen(t *testing.T) {
	h := newHouse(t)
	var srt strings.Builder
	for i, s := range []string{
		strings.Repeat("We begin with the moon and how it pulls the sea, and we shall say later what a syzygy is. ", 16),
		strings.Repeat("The bay makes the range of the tide larger than that of the open sea. ", 24),
		"A syzygy is a line of three bodies, such as the Sun, the Moon and the Earth.",
	} {
		fmt.Fprintf(&srt, "%d\n00:%02d:00,000 --> 00:%02d:59,000\n%s\n\n", i+1, i*10, i*10+9, s)
	}
	_, err := h.ingester.Lecture(t.Context(), ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: "sea"}, Lecture: "syzygy", Name: "syzygy.srt", Bytes: []byte(srt.String()),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.tutor.Model = nil
	const definition = "line of three bodies"
	for _, c := range []struct {
		seen string
		held bool
	}{
		{``, true},
		{`,"seen":[]`, true},
		{`,"seen":[{"lecture":"syzygy","until_ms":1900000}]`, true},
		{`,"seen":[{"lecture":"syzygy","until_ms":1200000}]`, false},
		{`,"seen":[{"lecture":"syzygy","until_ms":0}]`, false},
		{`,"seen":[{"lecture":"elsewhere","until_ms":0}]`, true},
	} {
		for path, field := range map[string]string{"search": "query", "answers": "question"} {
			body, _ := json.Marshal("Which line of three bodies is a syzygy?")
			r := h.send("POST", "/v1/courses/sea/"+path, `{"`+field+`":`+string(body)+c.seen+`}`).is(t, path+c.seen, 200)
			if held := strings.Contains(r.body, definition); held != c.held {
				t.Errorf("%s %s: holds the definition: %v, want %v", path, c.seen, held, c.held)
			}
		}
	}
	for _, bad := range []string{`[{"lecture":"syzygy","until_ms":-1}]`, `[{"lecture":"","until_ms":1}]`, `[{"lecture":"syzygy"}]`, `{"lecture":"syzygy","until_ms":1}`, `[{"lecture":"syzygy","until_ms":1.5}]`} {
		h.send("POST", "/v1/courses/sea/search", `{"query":"syzygy","seen":`+bad+`}`).fails(t, bad, 422, "invalid")
	}
}
