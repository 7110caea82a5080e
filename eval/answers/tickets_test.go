package answers

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/eval/authored"
)

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// imported imports a table and returns what was written.
func imported(t *testing.T, text string) (*Tickets, string) {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "drafts.yaml")
	got, err := ImportTickets(put(t, filepath.Join(dir, "tickets.csv"), text), out, "networks")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return got, string(b)
}

const tickets = "Ticket;Subject;Body;Lecture;Priority;Requester Name;E-Mail;comment;From\r\n" +
	"4711;Window;\"Why does the \"\"window\"\" shrink?\r\n\r\n  Mail me: anna.o'neil@uni.example, s1234567, +49 (0)30 1234-567\";03-tcp;high;Anna O'Neil;a@uni.example;mail b@c.de;Anna\r\n" +
	"4712;window ;why does the \"\"WINDOW\"\" shrink?;;low;B;b@c.de;;B\r\n" +
	"4713;why does the;\"\"\"window\"\" shrink - Müller's \\ \u2028 #1: {x}\";Lecture 3;low;B;b@c.de;;B\r\n" +
	"4714; ;  ;03-tcp;low;C;c@c.de;;C\r\n" +
	"4715;WHY DOES THE;\"\"\"window\"\"  shrink - Müller's \\ #1: {x}\";03-tcp;low;C;c@c.de;;C\r\n"

func TestImportTickets(t *testing.T) {
	got, text := imported(t, strings.ReplaceAll(tickets, `;why does the ""WINDOW"" shrink?`, `;`+strings.Repeat("long ", 900)))
	if got.Drafts != 2 || got.Redacted != 1 || !cmp.Equal(got.Dropped, []int{6, 7, 9}) {
		t.Errorf("%+v", got)
	}
	notes := []string{
		"tickets.csv:5:14: body: longer than 4000 characters; the ticket was left out",
		"tickets.csv:6:65: lecture: not the id of a lecture; the draft names none",
		"tickets.csv:7:8: body: there is no question; the ticket was left out",
		"tickets.csv:8:19: body: line 6 asks the same; the ticket was left out",
	}
	for i := range got.Notes {
		got.Notes[i] = filepath.Base(got.Notes[i])
	}
	if diff := cmp.Diff(notes, got.Notes); diff != "" {
		t.Error(diff)
	}
	want := `course: networks
stratum: drafts
tasks:

  - id: draft-0001
    lecture: "03-tcp"
    question: "Window\nWhy does the \"window\" shrink?\nMail me: [e-mail], [number], [number]"
    expect: []
    spans: []
    points: []
    rubric: ""
    tags: ["ticket:4711", "priority:high"]

  - id: draft-0002
    question: "why does the\n\"window\" shrink - Müller's \\ #1: {x}"
    expect: []
    spans: []
    points: []
    rubric: ""
    tags: ["ticket:4713", "priority:low"]
`
	if _, tasks, _ := strings.Cut(text, "committed"); !strings.HasSuffix(tasks, want) {
		t.Error(cmp.Diff(want, tasks))
	}
	for _, s := range []string{"anna", "Anna", "1234", "uni.example", "b@c.de"} {
		if strings.Contains(text, s) {
			t.Errorf("the drafts hold %q", s)
		}
	}
}

func TestImportTicketsRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no question":      {"id,subject\n1,x y\n", "tickets.csv:1:1: the first line names neither"},
		"a bare quote":     {"question\nwho \"are\" you\n", "tickets.csv:2:5: bare"},
		"too many cells":   {"question,tag\nwho,a,b\n", "tickets.csv:2:1: 3 cells"},
		"Latin-1":          {"tag,question\na,f\xfcr\n", "tickets.csv:2:3: the cell is not UTF-8"},
		"two questions":    {"question,Question\na,b\n", "tickets.csv:1:10: columns 1 and 2"},
		"nothing":          {"", "tickets.csv:1:1: it is empty"},
		"no ticket":        {"question\n", "no ticket"},
		"no usable ticket": {"question\n?\n", "tickets.csv:2:1: question: there is no question"},
		"huge":             {"question\n" + strings.Repeat("x", maxSheet), "larger than 16 MiB"},
	} {
		dir := t.TempDir()
		out := filepath.Join(dir, "drafts.yaml")
		_, err := ImportTickets(put(t, filepath.Join(dir, "tickets.csv"), c.text), out, "networks")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file was written", name)
		}
	}
	dir := t.TempDir()
	csv := put(t, filepath.Join(dir, "t.csv"), "question\nwhy is that\n")
	for out, want := range map[string]string{"direct.yaml": "is named drafts.yaml", "drafts.yml": "is named drafts.yaml", "drafts-x.yaml": "exists"} {
		path := put(t, filepath.Join(dir, out), "mine")
		if _, err := ImportTickets(csv, path, "networks"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", out, err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
			t.Errorf("%s was overwritten", out)
		}
	}
	if _, err := ImportTickets(csv, filepath.Join(dir, "drafts-2.yaml"), "../x"); err == nil || !strings.Contains(err.Error(), "course") {
		t.Errorf("a course that is none: %v", err)
	}
	if _, err := ImportTickets(csv, filepath.Join(dir, "drafts-2.yaml"), "networks"); err != nil {
		t.Error(err)
	} else if b, err := os.ReadFile(filepath.Join(dir, "drafts-2.yaml")); err != nil || !strings.Contains(string(b), "stratum: drafts-2\n") || !strings.Contains(string(b), "- id: draft-2-0001\n") {
		t.Errorf("%s, %v", b, err)
	}
}

const drafted = `course: networks
stratum: drafts
tasks:
  - id: draft-0001
    question: "what is a window"
    expect: [answered]
    spans: []
    rubric: ""
    points: [x]
  - id: draft-0002
    question: "can you do my homework"
    expect: [refused]
    rubric: "Right: no."
  - id: draft-0003
    question: "  "
    tags: [a]
  - question: "what is a header"
    expect: [answered]
    spans:
      - lecture: 01-packets
        start: 0
        end: 10
        quote: ""
    points: [x]
    rubric: "Right: x."
`

func TestDrafts(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "drafts.yaml"), drafted)
	other := put(t, filepath.Join(dir, "direct.yaml"), "no drafts")
	list := func() (out []string) {
		t.Helper()
		all, err := Drafts(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			if d.Path != path {
				t.Errorf("%+v", d)
			}
			out = append(out, d.String())
		}
		return out
	}
	tasks := func() []string {
		t.Helper()
		left, err := withoutDrafts([]string{other, path})
		if err != nil {
			t.Fatal(err)
		}
		return left
	}
	want := []string{
		"draft-0001 (line 4): spans, rubric", "draft-0003 (line 14): question, expect, spans, points, rubric", "task number 4 (line 17): id, spans",
	}
	if diff := cmp.Diff(want, list()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{other}, tasks()); diff != "" {
		t.Error(diff)
	}
	head, _, _ := strings.Cut(drafted, "  - id: draft-0001")
	_, rest, _ := strings.Cut(drafted, "  - id: draft-0002")
	second, _, _ := strings.Cut(rest, "  - id: draft-0003")
	put(t, path, head+"  - id: draft-0002"+second)
	if got := list(); len(got) != 0 {
		t.Errorf("a complete file: %v", got)
	}
	if diff := cmp.Diff([]string{other, path}, tasks()); diff != "" {
		t.Error(diff)
	}
	put(t, path, "course: networks\nstratum: drafts\ntasks: []\n")
	if diff := cmp.Diff([]string{other}, tasks()); diff != "" {
		t.Errorf("a file without tasks: %s", diff)
	}
	for text, want := range map[string]string{
		"course: [\n": "drafts.yaml", "tasks:\n  - id: a\n    qestion: b\n": "drafts.yaml:3", "tasks:\n  -\n": "number 1 is empty",
		"tasks:\n  - id: a\n    spans:\n      - lectur: b\n": "drafts.yaml:4",
	} {
		put(t, path, text)
		_, err := Drafts(dir)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if _, err := withoutDrafts([]string{path}); err == nil {
			t.Errorf("%q: the set would be read without it", text)
		}
	}
}

// TestImportedAreDrafts: what is imported is listed until it is filled in.
func TestImportedAreDrafts(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "drafts.yaml")
	if _, err := ImportTickets(put(t, filepath.Join(dir, "t.csv"), "question\nwhy is that\n"), out, "networks"); err != nil {
		t.Fatal(err)
	}
	got, err := Drafts(dir)
	if err != nil || len(got) != 1 || got[0].String() != "draft-0001 (line 8): expect, spans, points, rubric" {
		t.Errorf("%v, %v", got, err)
	}
}

var contact = regexp.MustCompile(`\p{Nd}{6}|[\pL\p{Nd}]@[\pL\p{Nd}]+\.[\pL\p{Nd}]`)

func FuzzTickets(f *testing.F) {
	f.Add(tickets)
	for _, q := range []string{"a\\n\"'#: - ?", "\u0085x\u2028y\ufeff", "- a", "!!str", "\U0001f600 why", "x\x7fy\x00z", "a@b.cd 12\u200b34567", "{{x}} %s ${y}", "\ufffd\ufffe\U0010ffff"} {
		f.Add(fmt.Sprintf("question,kind\n\"%s\",\"%s\"\n", strings.ReplaceAll(q, `"`, `""`), strings.ReplaceAll(q, `"`, `""`)))
	}
	f.Fuzz(func(t *testing.T, s string) {
		tab, err := parseSheet("t.csv", []byte(s))
		if err != nil {
			return
		}
		res := &Tickets{}
		drafts, err := res.read(tab, "drafts.yaml")
		if err != nil {
			return
		}
		if len(drafts)+len(res.Notes) < len(tab.rows) {
			t.Fatalf("%d drafts and %d notes of %d rows", len(drafts), len(res.Notes), len(tab.rows))
		}
		if len(drafts) == 0 {
			return
		}
		text := draftsText("drafts.yaml", "networks", drafts)
		if !utf8.Valid(text) {
			t.Fatalf("%q is not UTF-8", text)
		}
		if err := readsBack("drafts.yaml", text, drafts); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, e := range drafts {
			for _, text := range append([]string{e.Question, e.Lecture}, e.Tags...) {
				if found := contact.FindString(text); found != "" {
					t.Fatalf("%q is left in %q", found, text)
				}
			}
		}
		var back file
		if err := authored.Parse("drafts.yaml", text, &back); err != nil || back.Course != "networks" || back.Stratum != "drafts" {
			t.Fatalf("%+v, %v", back, err)
		}
	})
}
