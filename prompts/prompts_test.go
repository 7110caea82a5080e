package prompts

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var (
	freeze = flag.Bool("freeze", false, "append versions that frozen.txt lacks; never changes a line of it")
	update = flag.Bool("update", false, "rewrite the golden files")
)

func mustLoad(t testing.TB, id string) *Prompt {
	t.Helper()
	p, err := Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFrozen: a released version never changes and never goes away.
func TestFrozen(t *testing.T) {
	data, err := os.ReadFile("frozen.txt")
	if err != nil {
		t.Fatal(err)
	}
	frozen := map[string]string{}
	var order []string
	for line := range strings.Lines(string(data)) {
		id, sum, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || frozen[id] != "" {
			t.Fatalf("frozen.txt: bad line %q", line)
		}
		frozen[id] = sum
		order = append(order, id)
	}
	if !slices.IsSorted(order) {
		t.Error("frozen.txt is not sorted")
	}
	for _, id := range IDs() {
		p := mustLoad(t, id)
		switch sum := frozen[id]; {
		case sum == "" && *freeze:
			data = fmt.Appendf(data, "%s %s\n", id, p.SHA256)
		case sum == "":
			t.Errorf("%s is not frozen; when it is ready: go test ./prompts -run Frozen -freeze", id)
		case sum != p.SHA256:
			t.Errorf("%s was edited after its release: it hashes to %s, frozen as %s. Undo the edit and make a new version", id, p.SHA256, sum)
		}
		delete(frozen, id)
	}
	for id := range frozen {
		t.Errorf("%s is frozen but gone", id)
	}
	if *freeze && !t.Failed() {
		if err := os.WriteFile("frozen.txt", data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoad(t *testing.T) {
	if !slices.Contains(IDs(), Current) {
		t.Fatalf("%s is not among %v", Current, IDs())
	}
	for _, id := range []string{"", "tutor", "tutor/", "tutor/2026.11.1/", "../prompts", "tutor/1999.1.1"} {
		if _, err := Load(id); err == nil {
			t.Errorf("%q loads", id)
		}
	}
}

// version returns the files of the current version, to be spoilt.
func version(t testing.TB) fstest.MapFS {
	t.Helper()
	sub, err := fs.Sub(files, Current)
	if err != nil {
		t.Fatal(err)
	}
	m := fstest.MapFS{}
	for _, name := range entries(sub, ".") {
		data, err := fs.ReadFile(sub, name)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = &fstest.MapFile{Data: data}
	}
	return m
}

// replace changes one file of m; old must occur in it.
func replace(t testing.TB, m fstest.MapFS, name, old, new string) {
	t.Helper()
	s := string(m[name].Data)
	if !strings.Contains(s, old) {
		t.Fatalf("%s has no %q", name, old)
	}
	m[name].Data = []byte(strings.ReplaceAll(s, old, new))
}

// TestDigest: every byte and every name of every file counts.
func TestDigest(t *testing.T) {
	seen := map[string]string{}
	note := func(what string, content map[string]string) {
		sum := digest(content)
		if before, ok := seen[sum]; ok {
			t.Errorf("%s hashes like %s", what, before)
		}
		seen[sum] = what
	}
	note("one", map[string]string{"a": "bc", "d": ""})
	note("content moved into the name", map[string]string{"ab": "c", "d": ""})
	note("content moved to the next file", map[string]string{"a": "b", "d": "c"})
	note("file renamed", map[string]string{"a": "bc", "e": ""})
	note("empty file gone", map[string]string{"a": "bc"})
	note("nothing", nil)
}

func TestLoadErrors(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(fstest.MapFS)
		want  string
	}{
		{"no policy", func(m fstest.MapFS) { delete(m, "policy.md") }, "policy.md is missing"},
		{"no repair", func(m fstest.MapFS) { delete(m, "repair.yaml") }, "repair.yaml is missing"},
		{"no front matter", func(m fstest.MapFS) { replace(t, m, "policy.md", "---\n", "") }, "policy.md: no front matter"},
		{"unknown key", func(m fstest.MapFS) { replace(t, m, "policy.md", "owner:", "author:") }, "policy.md: front matter"},
		{"bad schema", func(m fstest.MapFS) { replace(t, m, "schema.json", "{", "") }, "schema.json"},
		{"bad examples", func(m fstest.MapFS) { replace(t, m, "fewshots.yaml", "question:", "qestion:") }, "fewshots.yaml"},
		{"example that could be a real passage", func(m fstest.MapFS) { replace(t, m, "fewshots.yaml", "chunk: x2", "chunk: c2") },
			"fewshots.yaml: answered: passage 1: alias"},
		{"blank question", func(m fstest.MapFS) {
			replace(t, m, "fewshots.yaml", "What makes bread rise, and why knead it?", "\"\"")
		}, "fewshots.yaml: answered: the question is blank"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := version(t)
			tt.spoil(m)
			if _, err := load(Current, m); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestLint(t *testing.T) {
	for _, id := range IDs() {
		for _, err := range Lint(mustLoad(t, id)) {
			t.Error(err)
		}
	}
}

// TestLintSeesEachRule: take a rule's marker, its text or one of its words
// away, and lint names the rule.
func TestLintSeesEachRule(t *testing.T) {
	expect := func(t *testing.T, m fstest.MapFS, want string) {
		t.Helper()
		p, err := load(Current, m)
		if err != nil {
			t.Fatal(err)
		}
		if errs := fmt.Sprint(Lint(p)); !strings.Contains(errs, want) {
			t.Errorf("lint says %s, want %q", errs, want)
		}
	}
	for _, r := range required {
		marker := "<!-- rule: " + r.id + " -->\n"
		t.Run(r.id, func(t *testing.T) {
			m := version(t)
			replace(t, m, "policy.md", marker, "")
			expect(t, m, "rule "+r.id+" is missing")

			m = version(t)
			policy := string(m["policy.md"].Data)
			before, rule, _ := strings.Cut(policy, marker)
			rule, after, more := strings.Cut(rule, "<!-- rule:")
			if more {
				after = "<!-- rule:" + after
			}
			m["policy.md"].Data = []byte(before + marker + after)
			expect(t, m, "rule "+r.id+" does not say")

			for _, w := range r.words {
				i := strings.Index(strings.ToLower(rule), strings.ToLower(w))
				if i < 0 {
					t.Fatalf("rule %s has no %q on one line", r.id, w)
				}
				m["policy.md"].Data = []byte(before + marker + strings.ReplaceAll(rule, rule[i:i+len(w)], "") + after)
				expect(t, m, fmt.Sprintf("rule %s does not say %q", r.id, w))
			}
		})
	}
	others := []struct{ file, old, new, want string }{
		{"policy.md", "id: tutor/2026.11.2", "id: tutor/2026.11.3", "front matter id"},
		{"policy.md", "date: 2026-11-23", "date: yesterday", "front matter date"},
		{"policy.md", "owner: teaching policy", "owner: \"\"", "names no owner"},
		{"fewshots.yaml", "- name: injection", "- name: other", `no example "injection"`},
		{"fewshots.yaml", "outcome: refused", "outcome: not_in_lecture", "assessed-work: outcome"},
		{"fewshots.yaml", "quote: kneading lines", "quote: Kneading lines", "a quote is not in passage"},
		{"policy.md", "<!-- rule: language -->", "<!-- rule: plain-text -->", "rule plain-text is there twice"},
		{"policy.md", "<!-- rule: language -->", "<!-- rule: Language -->", "rule language is missing"},
		{"policy.md", "I don't have that in this lecture.", "I do not have that in this lecture.", "rule not-sufficient does not say"},
		{"policy.md", "homework", "work at home", "rule assessed-work does not say"},
		{"fewshots.yaml", "    outcome: answered\n", "    outcome: refused\n", "and there are sentences"},
		{"fewshots.yaml", "outcome: refused\n    sentences: []", "outcome: answered\n    sentences: []", "answered without a sentence"},
		{"schema.json", `"additionalProperties": false,`, "", "is not strict"},
		{"schema.json", `["chunk", "quote"]`, `["chunk"]`, "is not required"},
		{"repair.yaml", "other: It broke one of the rules. Read them again.", "other: \"\"", "other is empty"},
	}
	for _, o := range others {
		m := version(t)
		replace(t, m, o.file, o.old, o.new)
		expect(t, m, o.want)
	}
	m := version(t)
	m["style.md"].Data = nil
	expect(t, m, "style.md: is empty")

	p, err := load(Current, version(t))
	if err != nil {
		t.Fatal(err)
	}
	p.system = strings.Replace(p.system, "Never invent an id", "Invent an id", 1)
	if errs := fmt.Sprint(Lint(p)); !strings.Contains(errs, "is not rendered whole") {
		t.Errorf("a rule that does not reach the model: lint says %s", errs)
	}
}

// TestLintSince: what later versions must state is not asked of those released before it, and of everything else it is.
func TestLintSince(t *testing.T) {
	for id, older := range map[string]bool{
		"tutor/2026.11.1": true, "tutor/2025.12.30": true, "tutor/2026.2.9": true, "tutor/2026.11.2": false, "tutor/2026.11.10": false,
		"tutor/2026.12.1": false, "tutor/2027.1.1": false, "draft": false, "tutor/next": false, "tutor/2026.11": false, "": false,
	} {
		if got := olderThan(id, "2026.11.2"); got != older {
			t.Errorf("%q is older: %t, want %t", id, got, older)
		}
		if olderThan(id, "") {
			t.Errorf("%q is older than every version", id)
		}
	}
	m := version(t)
	replace(t, m, "policy.md", "<!-- rule: "+ruleEarlier+" -->\n", "")
	replace(t, m, "policy.md", "id: "+Current, "id: tutor/2026.11.1")
	p, err := load("tutor/2026.11.1", m)
	if err != nil {
		t.Fatal(err)
	}
	if errs := Lint(p); len(errs) > 0 {
		t.Errorf("a version of before the rule: %v", errs)
	}
}

// TestLoadDir: a version that is being written loads from a folder and is the same as when it is compiled in.
func TestLoadDir(t *testing.T) {
	want := mustLoad(t, Current)
	got, content, err := LoadDir(Current)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(Current)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != want.ID || got.SHA256 != want.SHA256 || got.system != want.system || !cmp.Equal(content, files) || len(files) != 5 {
		t.Errorf("%s %s, %d files", got.ID, got.SHA256, len(files))
	}
	dir := t.TempDir()
	if _, _, err := LoadDir(dir); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.Mkdir(dir+"/policy.md", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadDir(dir); err == nil || !strings.Contains(err.Error(), "is no file of a prompt") {
		t.Errorf("a folder in the folder: %v", err)
	}
	if _, err := Files("tutor/1999.1.1"); err == nil {
		t.Error("an unknown version has files")
	}
}

// TestSystemHasNoMarkers: ids of rules are ours, not the model's.
func TestSystemHasNoMarkers(t *testing.T) {
	for _, id := range IDs() {
		p := mustLoad(t, id)
		if strings.Contains(p.system, "<!--") || strings.Contains(p.system, p.Meta.Why) {
			t.Errorf("%s: front matter or markers reach the model", id)
		}
		again := mustLoad(t, id)
		if diff := cmp.Diff(p.system, again.system); diff != "" {
			t.Errorf("%s renders two ways: %s", id, diff)
		}
	}
}
