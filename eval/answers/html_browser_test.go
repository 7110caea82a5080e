package answers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// browser is a Chromium of this machine. Without one the test is listed as skipped in make test, where it would be a large
// download for two tests, and fails in make stress: the page that it opens shows text that nobody trusts.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("LECTERN_STRESS") != "" {
		t.Fatal("there is no Chromium to open the page in: install the distribution's package chromium")
	}
	t.Attr("lectern.skipped", "Chromium")
	t.Skip("no Chromium to open the page in: install the distribution's package chromium")
	return ""
}

// opened is the page's DOM after its scripts and those of its texts had their time.
func opened(t *testing.T, program, content, fragment string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	// No sandbox: root has none, and what is opened is our own file.
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=4000", "--dump-dom", "file://"+path+fragment)
	cmd.WaitDelay = 5 * time.Second
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil || out.Len() == 0 {
		t.Fatalf("%s: %v\n%s", program, err, said.String())
	}
	return out.String()
}

var marked = regexp.MustCompile(`<html[^>]*class="([^"]*)"`)

// counts is what the page's own script writes.
var counts = regexp.MustCompile(`<output id="count">([0-9]+) of ([0-9]+) tasks</output>`)

// ran are the numbers of the payloads that ran.
func ran(dom string) []string {
	if m := marked.FindStringSubmatch(dom); m != nil {
		return strings.Fields(m[1])
	}
	return nil
}

// TestPageInBrowser: in a real browser no text of a report runs. The same payloads written into the page as HTML do run, which
// shows that the test could see it, and the policy alone stops them, should the escaping ever fail.
func TestPageInBrowser(t *testing.T) {
	program := browser(t)
	all := payloads()
	r := saying(strings.Join(all, " "))
	results := r.Suites[0].Results
	r.Suites[0].Results = nil
	for i, p := range all {
		res := results[i%len(results)]
		res.Asked = slices.Clone(res.Asked)
		filled(reflect.ValueOf(&res), func() string { return p })
		r.Suites[0].Results = append(r.Suites[0].Results, res)
	}
	text := page(t, r, r)
	dom := opened(t, program, text, "")
	if got := ran(dom); len(got) > 0 {
		t.Errorf("texts ran: %v", got)
	}
	if m := counts.FindStringSubmatch(dom); m == nil || m[1] != m[2] || len(m[1]) < 2 {
		t.Errorf("the page's own script did not run: %q", m)
	}

	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	raw := strings.Replace(page(t, sample(), nil), "<main>", "<main>"+strings.Join(all, "\n"), 1)
	var want []string
	for i := range all {
		want = append(want, fmt.Sprint(100+i))
	}
	got := ran(opened(t, program, policy.ReplaceAllString(raw, ""), ""))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("as HTML without the policy %d of the payloads ran, want all: %v", len(got), got)
	}
	if got := ran(opened(t, program, raw, "")); len(got) > 0 {
		t.Errorf("the policy let run: %v", got)
	}
}

// TestPageFilters: the address chooses what is shown.
func TestPageFilters(t *testing.T) {
	program := browser(t)
	text := page(t, sample(), earlierSample())
	dom := opened(t, program, text, "#grade=!hard&changed=1&text=MARS+often")
	if m := counts.FindStringSubmatch(dom); m == nil || m[1] != "1" || m[2] != "6" {
		t.Errorf("shown: %q, want 1 of 6", m)
	}
	if n := strings.Count(dom, `hidden=""`); !regexp.MustCompile(`<details class="task"[^>]*data-grade="hard"[^>]*hidden=""`).MatchString(dom) || n < 5 {
		t.Errorf("%d are hidden", n)
	}
}
