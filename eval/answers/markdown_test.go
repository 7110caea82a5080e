package answers

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// code is what mdCode may write: nothing in it is Markdown's, HTML's or GitHub's, but for the references.
var code = regexp.MustCompile(`<code>(?:[\p{L}\p{M}\p{N} ,;()?!%=+/'".-]|: |&#[0-9]+;|[^\x00-\x7f])*</code>`)

func markdown(t interface{ Fatal(...any) }, r *Report) string {
	var b bytes.Buffer
	if err := r.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMarkdownHostile: without what stands in code elements, a report of hostile texts is that of a harmless one.
func TestMarkdownHostile(t *testing.T) {
	// The zero-width space is a word of ours, and no other character that is not seen gets in.
	rest := func(s string) string { return code.ReplaceAllString(s, "") }
	want := rest(markdown(t, saying("x")))
	if strings.Contains(want, "<code>") || !strings.Contains(want, "| stratum |") {
		t.Fatal(want)
	}
	all := append(payloads(),
		"@octocat please look", "@org/team", "fixes #1", "GH-12", "octo/cat#7", "https://example.org/x", "www.example.org", "mail@example.org",
		"![i](https://example.org/a.png)", "[click](javascript:alert(1))", "</code></details><h1>merged</h1>", "`code` ``` ~~~", "a\n\n# Approved\n\n",
		"| a | b |\n|---|---|", "<!-- hidden", "- [x] done", "\\", "&#64;octocat &commat;octocat", "a\u202eb\u200bc", "[^1]: note", "$x$ :rocket:", "\xff\x00",
	)
	for _, s := range all {
		got := markdown(t, saying(s+"x"))
		if diff := cmp.Diff(want, rest(got)); diff != "" {
			t.Errorf("%q:\n%s", s, diff)
		}
		if found := regexp.MustCompile(`[@#][\pL\pN]`).FindString(html.UnescapeString(got)); found != "" {
			t.Errorf("%q: the finished text holds %q", s, found)
		}
		if found := regexp.MustCompile(`[a-z]:[^ ]|[wW]\.|[a-z]@`).FindString(got); found != "" {
			t.Errorf("%q: the report holds %q", s, found)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if got := mdCode(s, 1000); got != unknown && code.FindString(got) != got {
			t.Fatalf("%q becomes %q", s, got)
		}
	})
}

// TestMarkdownFits: a comment on GitHub holds 65,536 characters, however much there is to say.
func TestMarkdownFits(t *testing.T) {
	long := strings.Repeat("<", 5000)
	r := &Report{}
	for i := range 300 {
		name := fmt.Sprint(i, long)
		r.Decision.Blocked = append(r.Decision.Blocked, name)
		r.Decision.Warnings = append(r.Decision.Warnings, name)
		r.Decision.Changes = append(r.Decision.Changes, Change{name, name, Hard, Fail})
		r.Kills = append(r.Kills, Kill{Tutor: name})
		s := Suite{Name: name, Prompt: name, Model: name}
		for k := range 50 {
			s.Tallies = append(s.Tallies, Tally{Name: fmt.Sprint(k, long)})
		}
		r.Suites = append(r.Suites, s)
	}
	r.Made = Made{Lectern: long, Set: long, Course: long, Splitter: long, Embedder: long, Guard: long, Prompt: long}
	got := markdown(t, r)
	if len(got) > 65_000 || strings.Count(got, "see report.html") < 3 {
		t.Errorf("%d bytes:\n%.600s", len(got), got)
	}
	if opened, closed := strings.Count(got, "<details>"), strings.Count(got, "</details>"); opened != closed {
		t.Errorf("%d details are opened and %d closed", opened, closed)
	}
}
