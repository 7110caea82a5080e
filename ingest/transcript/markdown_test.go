package transcript

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestInline lists what markup inside a paragraph is, and what only looks like it.
func TestInline(t *testing.T) {
	for in, want := range map[string]string{
		"a **bold** and *thin* word, __both__ _ways_": "a bold and thin word, both ways",
		"***all***!": "all!", "2 * 3 * 4 and a*b*c": "2 * 3 * 4 and a*b*c", "snake_case_name _": "snake_case_name _", "a ** b": "a ** b", "*open": "*open",
		"`a*b*` and ``x`y`` and ` alone": "a*b* and x`y and ` alone", "`unclosed *x*": "`unclosed x",
		"see [the *OSI*](https://opensource.org/ \"title\") now": "see the OSI now", "![a plot](img/plot.png)": "a plot", "[text][ref]": "text",
		"[![x](a.png)](b.html)": "x", "f[i](x) and a[1][2]": "f[i](x) and a[1][2]", "[laughs] (yes)": "[laughs] (yes)", "wow! [ok": "wow! [ok",
		`\[12:34\] \*not\* \a`: "[12:34] *not* \\a", `<a href="x">link</a> <b>b</b>`: "link b", "List<String> i < 3": "List<String> i < 3",
		"$x_i + y_i$ and $$E = mc^2$$ and $*a*$": "x_i + y_i and E = mc^2 and *a*", "$5 and $10, US$ 3, a $ b $ c": "$5 and $10, US$ 3, a $ b $ c",
		"costs $5 or $x_1$.": "costs $5 or x_1.", "$$$": "$$$", "$$ $$": "$$ $$", `\$5$ x`: "$5$ x",
		"<https://a.b/c>": "https://a.b/c", "a &amp; b &lt;c&gt; AT&T": "a & b <c> AT&T",
	} {
		if got := inlineText(in, newReport()); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestInlineLetters takes markup out of random mixtures of it: no letter outside
// of tags, links and references is lost.
func TestInlineLetters(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b ", " c", "*", "**", "_", "`", "\\", "!", "[", "]", "(", ")", " ", "é", "1"})
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "pieces"), "")
		if got := inlineText(s, newReport()); letters(got) != letters(s) {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

// TestBlocks lists which lines of Markdown make paragraphs, and what is left of
// them.
func TestBlocks(t *testing.T) {
	for in, want := range map[string]string{
		"A\n===\n\nB\n---\nc\n\n---\nd\n":               "A|B|c|d",
		"B\nb\n---\nc\n":                                "|B b|c",
		"| a | b |\n|---|:-:|\n| *c* | x \\| y |\n":     "|a b|c x | y",
		"a || b | c |\n":                                "|a || b | c |",
		"$$\nx_1 *\n- y_2*\n$$\nz\n":                    "|x_1 *|- y_2*|z",
		"- a\n- b\n  more\n* c\n":                       "|a|b more|c",
		"> q\n> r\n\nx\n":                               "|q|r|x",
		"```go\nif a { // *b*\n}\n```\nx\n":             "|if a { // *b*|}|x",
		"x\n\n<!-- a\nb -->\n\n[1]: https://a.b/c\ny\n": "|x|y",
		"---\ntitle: \"A: b\"\ndate: x\n---\n\nw\n":     "A: b|w",
		"# A #\n\n## B\n\n# C\n":                        "A|B|C",
	} {
		tr, err := Parse("a.md", strings.NewReader(in))
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		checkInvariants(t, tr)
		got := []string{tr.Title}
		for _, s := range tr.Segments {
			got = append(got, s.Text)
		}
		if g := strings.Join(got, "|"); g != want {
			t.Errorf("%q:\ngot  %q\nwant %q", in, g, want)
		}
	}
}

// TestHeadingLevels: headings are segments with their level, but for the title, and nothing else is.
func TestHeadingLevels(t *testing.T) {
	long := strings.Repeat("word ", 50)
	for in, want := range map[string]string{
		"# A\n\nx\n\n## B\ny\n\n#### C ####\n\nz\n":      "0 x|2 B|0 y|4 C|0 z",
		"A\n===\n\nx\n\nB\n---\ny\n\nC\n=\n\n***\n\nz\n": "0 x|2 B|0 y|0 C =|0 z",
		"x\n\nC\n===\ny\n":                            "0 x|1 C|0 y",
		"x\n\n---\n\ny\n\nz\n***\n":                   "0 x|0 y|0 z",
		"---\ntitle: T\n---\n# A\n\nx\n":              "1 A|0 x",
		"x\n\n## [1:00] B\n\ny\n\n## [2:00] C\n\nz":   "0 x|2 B|0 y|2 C|0 z",
		"x\n\n#hash\n\n```\n## code\n```\n":           "0 x|0 #hash|0 ## code",
		"| a | b |\n|---|---|\n| c | d |\n":           "0 a b|0 c d",
		"x\n\n## " + long + "\n\n" + long + "\n---\n": "0 x|0 " + trim(long) + "|0 " + trim(long),
	} {
		tr, err := Parse("a.md", strings.NewReader(in))
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		var got []string
		for _, s := range tr.Segments {
			got = append(got, fmt.Sprint(s.Level, " ", s.Text))
		}
		if g := strings.Join(got, "|"); g != want {
			t.Errorf("%q:\ngot  %q\nwant %q", in, g, want)
		}
	}
}

// TestTimeMarks lists where times in brackets become times.
func TestTimeMarks(t *testing.T) {
	for in, want := range map[string]string{
		"[00:05] a\n\n(1:02:03) b\n":              "5000-3723000 a|3723000-3723000 b",
		"x\n\n[0:05] a\n\nb\n\n[0:09.5] c":        "0-5000 x|5000-9500 a|5000-9500 b|9500-9500 c",
		"[00:05] a\n[00:06] b":                    "5000-6000 a|6000-6000 b",
		"**A:** \\[0:05\\] a\n\n\\[0:06\\] b":     "5000-6000 A/a|6000-6000 b",
		"Speaker 1: [0:05] a\n[0:06] b":           "5000-6000 Speaker 1/a|6000-6000 b",
		"[0:05] Speaker 1: a\n[0:06] b":           "5000-6000 Speaker 1/a|6000-6000 b",
		"[00:07] a\n\n[00:06] b":                  "0-0 [00:07] a|0-0 [00:06] b",
		"[00:07] a\n\nsee John (3:16) b":          "0-0 [00:07] a|0-0 see John (3:16) b",
		"[00:00] a\n\n[00:00] b":                  "0-0 [00:00] a|0-0 [00:00] b",
		"[0:05](x.html) a\n\n[0:06](y.html) b":    "0-0 0:05 a|0-0 0:06 b",
		"[99:99] a\n\n[1:2:3:4] b\n\n[0:05 am] c": "0-0 [99:99] a|0-0 [1:2:3:4] b|0-0 [0:05 am] c",
	} {
		tr, err := Parse("a.md", strings.NewReader(in))
		if err != nil {
			t.Error(err)
			continue
		}
		checkInvariants(t, tr)
		var got []string
		for _, s := range tr.Segments {
			if s.Speaker != "" {
				s.Speaker += "/"
			}
			got = append(got, fmt.Sprintf("%d-%d %s%s", s.StartMS, s.EndMS, s.Speaker, s.Text))
		}
		if g := strings.Join(got, "|"); g != want {
			t.Errorf("%q:\ngot  %s\nwant %s", in, g, want)
		}
	}
}

// realFront and realMark are what the third-party Markdown holds beside words
// that are kept: front matter, marks at the start of a turn, and addresses of
// links.
var (
	realFront = regexp.MustCompile(`(?s)\A---\n.*?\n---\n`)
	realMark  = regexp.MustCompile(`(?m)^((?:\*\*[^*\n]*\*\*:? *)?)\\\[\d[\d:.]*\\\]`)
	realLink  = regexp.MustCompile(`\]\(https?://[^()\s]*\)|</?a[^<>]*>`)
)

// checkMarkdown compares every letter and digit of a Markdown file with those of
// the segments, and counts its turns.
func checkMarkdown(t *testing.T, name string, raw []byte, tr *Transcript) {
	t.Helper()
	if filepath.Ext(name) != ".md" {
		return
	}
	text := realFront.ReplaceAllString(string(raw), "")
	marks := len(realMark.FindAllString(text, -1))
	text = realLink.ReplaceAllString(realMark.ReplaceAllString(text, "$1"), "")
	want := letters(realEntity.Replace(text))
	var got strings.Builder
	for _, s := range tr.Segments {
		got.WriteString(letters(s.Speaker))
		got.WriteString(letters(s.Text))
	}
	if g := got.String(); g != want {
		at := 0
		for at < min(len(g), len(want)) && g[at] == want[at] {
			at++
		}
		t.Errorf("%s: letters differ at %d of %d: want %.60q, got %.60q", name, at, len(want), want[at:], g[at:])
	}
	if strings.HasPrefix(name, "changelog_speakers/") != tr.Timed || tr.Removed[timeMarks] != marks {
		t.Errorf("%s: timed %v, %d time marks of %d", name, tr.Timed, tr.Removed[timeMarks], marks)
	}
	if strings.HasPrefix(name, "tech_talks_md/") != (tr.Title != "") {
		t.Errorf("%s: the title is %q", name, tr.Title)
	}
}
