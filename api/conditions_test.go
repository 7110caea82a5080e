package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestConditionOf: what a header becomes; the tests over HTTP show what it then does.
func TestConditionOf(t *testing.T) {
	tests := []struct {
		match []string
		want  []string // besides the tag that matches nothing; nil: malformed
	}{
		{[]string{`"a"`}, []string{"a"}},
		{[]string{`"a","b"`}, []string{"a", "b"}},
		{[]string{` ,	"a"	,, "b" ,`}, []string{"a", "b"}},
		{[]string{`"a"`, `W/"c"`, `"b"`}, []string{"a", "b"}},
		{[]string{`"a,b"`}, []string{"a,b"}},
		{[]string{`"job_x+job_y"`, `"v3+job_z"`, `"+"`}, []string{"job_y", "job_z", ""}},
		{[]string{`"é"`}, []string{"é"}},
		{[]string{`"`}, nil},
		{[]string{`W/`}, nil},
		{[]string{`"a" W/"b"`}, nil},
		{[]string{`"a`, `b"`}, []string{"a,b"}}, // lines of one field are one list, RFC 9110, 5.3
		{[]string{`*`, `*`}, nil},
	}
	for _, tt := range tests {
		got, p := conditionOf(http.Header{"If-Match": tt.match})
		if (p == nil) != (tt.want != nil) {
			t.Errorf("%q: %v", tt.match, p)
			continue
		}
		if tt.want == nil {
			continue
		}
		if diff := cmp.Diff(ingest.Condition{Match: append([]string{""}, tt.want...)}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.match, diff)
		}
	}
}

// TestLectureTag: the tag differs whenever the lecture's page does, and leads back to what an upload is compared with.
func TestLectureTag(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range []retrieve.LectureDetail{
		{LectureInfo: retrieve.LectureInfo{Version: 3}},
		{LectureInfo: retrieve.LectureInfo{Version: 3}, Pending: "job_b"},
		{LectureInfo: retrieve.LectureInfo{Version: 4}, Job: "job_b"},
		{LectureInfo: retrieve.LectureInfo{Version: 4}, Job: "job_b", Pending: "job_c"},
	} {
		tag := lectureTag(d)
		if seen[tag] {
			t.Errorf("%+v has another's tag %s", d, tag)
		}
		seen[tag] = true
		want := ingest.ETag(d.Job, d.Version)
		if d.Pending != "" {
			want = d.Pending
		}
		cond, p := conditionOf(http.Header{"If-Match": {quoted(tag)}})
		if p != nil || !slices.Contains(cond.Match, want) {
			t.Errorf("%s is conditioned on %v (%v), want %s", tag, cond, p, want)
		}
	}
}

// FuzzConditionOf: a condition that was sent is refused or kept, and never lost.
func FuzzConditionOf(f *testing.F) {
	for _, s := range []string{`"a"`, `W/"a", "b"`, "*", `"*"`, `""`, "", ",", `"a" "b"`, `"a+b"`, "\"\x00\"", `"` + "\xff" + `"`, strings.Repeat(`"",`, 99)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		cond, p := conditionOf(http.Header{"If-Match": {value}})
		if p == nil && len(cond.Match) == 0 {
			t.Errorf("%q is no condition", value)
		}
		if p != nil && (p.Status != http.StatusBadRequest || len(value) > 3 && strings.Contains(p.Detail, value)) {
			t.Errorf("%q: %+v", value, p)
		}
		if slices.Contains(cond.Match, "*") && strings.Trim(value, " \t") != "*" {
			t.Errorf("%q matches everything", value)
		}
		if tags, _, ok := parseTags([]string{value}); ok && len(tags) > 0 {
			var again []string
			for _, tag := range tags {
				s := quoted(tag.tag)
				if tag.tag == "" {
					s = `""`
				}
				if tag.weak {
					s = "W/" + s
				}
				again = append(again, s)
			}
			back, _, ok := parseTags(again)
			if !ok || !slices.Equal(back, tags) {
				t.Errorf("%q: %v became %v", value, tags, back)
			}
		}
	})
}
