package answers

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
)

// payloads are twenty texts that run a script where they are taken for HTML, each of which marks the page with its number.
func payloads() []string {
	var out []string
	for _, s := range []string{
		`<script>RUN</script>`,
		`"><script>RUN</script>`,
		`'><img src=x onerror=RUN>`,
		`</title><script>RUN</script>`,
		`</style><script>RUN</script>`,
		`</textarea><svg onload=RUN>`,
		`--><script>RUN</script>`,
		`<img src=x onerror=RUN>`,
		`<IMG SRC="x" OnErRoR="RUN">`,
		`<img/src="x"onerror=RUN>`,
		`<svg><script>RUN</script></svg>`,
		`<svg><animate onbegin=RUN attributeName=x dur=1s></animate></svg>`,
		`<iframe srcdoc="<script>RUN</script>"></iframe>`,
		`<iframe src="javascript:void(RUN)"></iframe>`,
		`<video><source onerror=RUN src=x></video>`,
		`<audio src=x onerror=RUN></audio>`,
		`<details open ontoggle=RUN>x</details>`,
		`<style onload=RUN>b{}</style>`,
		`<style>@keyframes k{}</style><b style="animation:k 1s" onanimationstart=RUN>x</b>`,
		`<script type=module>RUN</script>`,
	} {
		out = append(out, strings.ReplaceAll(s, "RUN", fmt.Sprintf("top.document.documentElement.classList.add(String(%d))", 100+len(out))))
	}
	return out
}

func page(t testing.TB, r, earlier *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b, earlier); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPagePolicy: the page needs nothing but itself, and its policy names exactly the script and the style that it holds.
func TestPagePolicy(t *testing.T) {
	text := page(t, sample(), earlierSample())
	one := func(pattern string) string {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Fatalf("%s: %d times", pattern, len(found))
		}
		return found[0][1]
	}
	policy := html.UnescapeString(one(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`))
	want := "default-src 'none'; script-src '" + cspHash(one(`(?s)<script>(.*?)</script>`)) + "'; style-src '" + cspHash(one(`(?s)<style>(.*?)</style>`)) + "'; "
	if !strings.HasPrefix(policy, want) || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s, want %s…", policy, want)
	}
	if i := strings.Index(text, "Content-Security-Policy"); i > strings.Index(text, "<style") || i > strings.Index(text, "<script") {
		t.Error("the policy stands behind what it is for")
	}
	for _, pattern := range []string{`(?i)\sstyle=`, `(?i)\son[a-z]+=`, `(?i)https?:`, `(?i)<(link|img|iframe|object|embed|base|script\s)`, `(?i)\s(src|href|srcset|action)=`, `url\(`} {
		if found := regexp.MustCompile(pattern).FindString(text); found != "" {
			t.Errorf("the page holds %q", found)
		}
	}
	if found := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute|\.style\b`).FindString(pageJS); found != "" {
		t.Errorf("the script holds %q", found)
	}
}

// TestPageHostile: a page of hostile texts has as many brackets and quotes as one of harmless texts.
func TestPageHostile(t *testing.T) {
	count := func(text string) string {
		body := text[strings.Index(text, "<body>"):strings.LastIndex(text, "<script>")]
		return fmt.Sprintf("%d < %d > %d quotes", strings.Count(body, "<"), strings.Count(body, ">"), strings.Count(body, `"`))
	}
	want := count(page(t, saying("x"), saying("x")))
	for _, s := range payloads() {
		text := page(t, saying(s), saying(s))
		if got := count(text); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
		if !strings.Contains(html.UnescapeString(text), s) {
			t.Errorf("%q is not shown", s)
		}
	}
}

// TestPageShows: both runs, what changed, the quotes with their times, failed checks and rejected codes.
func TestPageShows(t *testing.T) {
	text := html.UnescapeString(page(t, sample(), earlierSample()))
	for what, want := range map[string]string{
		"the verdict":            `<h1 class="blocked">Blocked: `,
		"another set":            "<b>Other tasks.</b>",
		"what it was made with":  `<tr class="other"><th scope="row">lectern</th><td><bdi>v1.2.3</bdi></td><td><bdi>v1.2.2</bdi></td></tr>`,
		"a simulated suite":      `<section class="suite simulated">`,
		"a changed count":        `<s>2</s> 1</td>`,
		"a changed task":         `<span class="tag changed">hard → fail</span>`,
		"a task that is new":     `<span class="tag changed">new</span>`,
		"one that is gone":       `<span class="tag changed">not asked any more</span>`,
		"a quote in a sentence":  `<p class="said">So <mark>The moon pulls`,
		"a quote below it":       `<blockquote><mark>The moon pulls`,
		"its time":               `<span class="time">01:01–01:05</span>`,
		"one behind an hour":     `<span class="time">59:59–61:01</span>`,
		"a failed check":         `<li><b>outcome</b>: <bdi>answered, want not_in_lecture</bdi></li>`,
		"a failed proof":         `<li class="proof"><b>supported</b> (proof)`,
		"a rejected draft":       `Rejected drafts: <code>number_unsupported</code>`,
		"repeats that went both": `Asked 1, 2: <span class="grade" data-grade="hard">hard</span> <bdi>answered, model, tidal-1</bdi>; 120, 130 ms; calls 1, tokens 900, cost $0.000450`,
		"a broken tutor":         `<li class="missed"><b><bdi>reverses the ranking</bdi></b>: <b>not caught</b></li>`,
		"the threshold":          `<circle class="ring"`,
		"the cost":               "<figcaption>Cost per hard pass by stratum</figcaption>",
		"a simulated drawing":    "<figcaption>Latency by stratum (simulated)</figcaption>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s: the page does not hold %s", what, want)
		}
	}
	if n := strings.Count(text, `<details class="task"`); n != 6 {
		t.Errorf("%d tasks, want 4 + 1 + the one that is gone", n)
	}
	alone := page(t, sample(), nil)
	if strings.Contains(alone, "Earlier run") || strings.Contains(alone, "earlier run") {
		t.Error("a run alone speaks of an earlier one")
	}
}
