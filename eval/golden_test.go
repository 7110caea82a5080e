package eval_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
)

const (
	goldenCourse = "../courses/networks"
	goldenYAML   = "testdata/golden/networks.yaml"
)

func readGolden(t *testing.T) *eval.Golden {
	t.Helper()
	g, err := eval.ReadGolden(goldenYAML)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// courseFiles are the lectures of the bundled course, in order.
func courseFiles(t *testing.T) []ingest.File {
	t.Helper()
	files, _, err := ingest.Discover(goldenCourse)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// courseCues are the cues of the bundled course by lecture, as ingest reads them.
func courseCues(t *testing.T) map[string][]eval.GoldenCue {
	t.Helper()
	cues := map[string][]eval.GoldenCue{}
	for _, f := range courseFiles(t) {
		r, err := os.Open(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := transcript.Parse(filepath.Base(f.Path), r)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range parsed.Segments {
			cues[f.Lecture] = append(cues[f.Lecture], eval.GoldenCue{StartMS: s.StartMS, EndMS: s.EndMS, Text: s.Text})
		}
	}
	return cues
}

// TestGoldenSpans holds the bundled file against the transcripts: every span stands there, at these times, in these words.
func TestGoldenSpans(t *testing.T) {
	g, cues := readGolden(t), courseCues(t)
	if err := g.Verify(cues); err != nil {
		t.Fatal(err)
	}
	per, asked := map[string]int{}, map[string]string{}
	for _, q := range g.Questions {
		per[q.Lecture]++
		if other, twice := asked[q.Text]; twice {
			t.Errorf("%s asks what %s asks", q.ID, other)
		}
		asked[q.Text] = q.ID
	}
	for lecture := range cues {
		if per[lecture] < 8 {
			t.Errorf("%s has %d questions, want 8 or more", lecture, per[lecture])
		}
	}
	if len(g.Questions) < 80 {
		t.Errorf("%d questions, want 80 or more", len(g.Questions))
	}
}

// goldenText is a file with one question; replace pairs of old and new change it.
func goldenText(replace ...string) string {
	return strings.NewReplacer(replace...).Replace(`course: c
questions:
  - id: q1
    lecture: l1
    question: how big
    tags: [numeric]
    spans:
      - lecture: l1
        start: 0
        end: 2000
        quote: eight bytes, no more
`)
}

func TestReadGoldenFaults(t *testing.T) {
	long := strings.Repeat("x", 4001)
	tests := []struct{ name, text, want string }{
		{"good", goldenText(), ""},
		{"empty", "", "f.yaml: course: \"\" is no course id"},
		{"no YAML", "course: [", "f.yaml:1: "},
		{"no course", goldenText("course: c", "course: C d"), `f.yaml: course: "C d" is no course id`},
		{"no questions", "course: c\n", "f.yaml: questions: there are none"},
		{"an unknown field", goldenText("tags:", "labels:"), `f.yaml:6: unknown field "labels"`},
		{"an unknown field of a span", goldenText("start:", "from:"), `f.yaml:9: unknown field "from"`},
		{"a word for a question", "course: c\nquestions:\n  - what\n", "f.yaml:3: "},
		{"null for a question", "course: c\nquestions:\n  -\n", "f.yaml: questions: number 1 is empty"},
		{"null for a span", goldenText("    spans:\n", "    spans:\n      -\n"), "f.yaml:3: spans: number 1 is empty"},
		{"a word for a number", goldenText("2000", "late"), "f.yaml:10: "},
		{"no id", goldenText("id: q1", `id: ""`), "f.yaml:3: id: "},
		{"id twice", goldenText() + strings.TrimPrefix(goldenText(), "course: c\nquestions:\n"), `f.yaml:12: id: "q1" stands in line 3 already`},
		{"a bad lecture", goldenText("lecture: l1", "lecture: L 1"), "f.yaml:3: lecture: "},
		{"another lecture", goldenText("    lecture: l1\n    q", "    lecture: l2\n    q"), "f.yaml:3: lecture: none of the spans is in l2"},
		{"no words", goldenText("how big", `" "`), "f.yaml:3: question: "},
		{"two lines", goldenText("how big", `"how\nbig"`), "f.yaml:3: question: "},
		{"too long", goldenText("how big", long), "f.yaml:3: question: is longer than 4000 characters"},
		{"no tag", goldenText("[numeric]", "[]"), "f.yaml:3: tags: there are none"},
		{"a YAML tag without a value", goldenText("[numeric]\n", "!0\n0: #0\n"), "f.yaml:3: unreadable YAML"},
		{"an unknown tag", goldenText("[numeric]", "[number]"), `f.yaml:3: tags: "number" is none of `},
		{"a tag twice", goldenText("[numeric]", "[numeric, numeric]"), `f.yaml:3: tags: "numeric" stands twice`},
		{"one place of two", goldenText("[numeric]", "[two-places]"), "f.yaml:3: spans: there is one"},
		{"below 0", goldenText("start: 0", "start: -1"), "f.yaml:8: start: -1 is below 0"},
		{"no length", goldenText("end: 2000", "end: 0"), "f.yaml:8: end: 0 is not later"},
		{"too wide", goldenText("end: 2000", "end: 60001"), "f.yaml:8: end: the span is longer than 60 s"},
		{"no quote", goldenText("eight bytes, no more", `""`), "f.yaml:8: quote: is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := eval.ParseGolden("f.yaml", []byte(tt.text))
			if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s\nwant %s…", got, tt.want)
			}
		})
	}
	if _, err := eval.ReadGolden(filepath.Join(t.TempDir(), "none.yaml")); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestVerifyGoldenFaults(t *testing.T) {
	cues := map[string][]eval.GoldenCue{"l1": {{0, 900, "eight bytes,"}, {1000, 2000, "no more"}, {2000, 3000, "or less"}}}
	tests := []struct{ name, old, new, want string }{
		{"good", "", "", ""},
		{"another lecture", "lecture: l1", "lecture: l2", `f.yaml:8: lecture: there is no lecture "l2"`},
		{"within a cue", "start: 0", "start: 5", "f.yaml:8: start: no cue of l1 starts at 5 ms"},
		{"ends within a cue", "end: 2000", "end: 1999", "f.yaml:8: end: no cue of l1 ends at 1999 ms"},
		{"a cue too far", "end: 2000", "end: 3000", "f.yaml:8: quote: is not what l1 says from 0 to 3000 ms"},
		{"ends before it starts", "start: 0", "start: 1000", "f.yaml:8: quote: "},
		{"other words", "no more", "no less", "f.yaml:8: quote: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := goldenText()
			if tt.old != "" {
				text = goldenText(tt.old, tt.new)
			}
			g, err := eval.ParseGolden("f.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			err = g.Verify(cues)
			if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s\nwant %s…", got, tt.want)
			}
		})
	}
}

// FuzzGolden: whatever the bytes are, there is an error or a set that keeps what its documentation says.
func FuzzGolden(f *testing.F) {
	f.Add([]byte(goldenText()))
	f.Add([]byte(goldenText("[numeric]", "*a")))
	f.Add([]byte("course: c\nquestions: [&a {id: *a}]"))
	f.Add([]byte("course: c\nquestions:\n  - {<<: {id: q}}\n  - null\n  - []\n"))
	f.Add([]byte("questions: 1"))
	f.Add([]byte(goldenText("[numeric]", "!0\n0: #0"))) // panics in the YAML library
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := eval.ParseGolden("f.yaml", b)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, q := range g.Questions {
			if seen[q.ID] || q.ID == "" || q.Line < 1 || len(q.Spans) == 0 || len(q.Tags) == 0 {
				t.Errorf("%+v", q)
			}
			seen[q.ID] = true
			for _, s := range q.Spans {
				if s.StartMS < 0 || s.EndMS <= s.StartMS || s.Line < 1 || s.Quote == "" {
					t.Errorf("%+v", s)
				}
			}
		}
		if err := g.Verify(map[string][]eval.GoldenCue{"l1": nil}); err == nil {
			t.Error("spans were found in an empty transcript")
		}
	})
}
