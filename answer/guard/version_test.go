package guard

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/verdicts.golden; verdicts that changed want another Version")

// TestVersion: who changes what the guard decides gives it another version. The golden file's first line is the version,
// each other one a draft's name and its verdict. New drafts may be added under the same version.
func TestVersion(t *testing.T) {
	const (
		good  = "TCP numbers every byte it sends."
		claim = "TCP counts bytes."
	)
	cite := func(alias, quote string) []byte { return draft(t, claim, alias, quote) }
	say := func(text string) []byte { return draft(t, text, "c1", good) }
	drafts := []struct {
		name   string
		draft  []byte
		finish string
		read   map[string]bool
	}{
		{"good", cite("c1", good), "stop", all},
		{"refusal", []byte(`{"outcome":"refused","sentences":[]}`), "stop", all},
		{"not in lecture", []byte(`{"outcome":"not_in_lecture","sentences":[]}`), "stop", all},
		{"refusal with sources", []byte(strings.Replace(string(cite("c1", good)), "answered", "refused", 1)), "stop", all},
		{"no JSON", []byte("TCP counts bytes."), "stop", all},
		{"empty", nil, "stop", all},
		{"cut", cite("c1", good), "length", all},
		{"no sentence", []byte(`{"outcome":"answered","sentences":[]}`), "stop", all},
		{"no evidence", []byte(`{"outcome":"answered","sentences":[{"text":"TCP counts bytes.","evidence":[]}]}`), "stop", all},
		{"two sentences in one", say("TCP counts bytes. UDP does not count anything."), "stop", all},
		{"unknown alias", cite("c3", good), "stop", all},
		{"chunk id as alias", cite("ck_a", good), "stop", all},
		{"quote that nobody said", cite("c1", "TCP numbers every packet it sends."), "stop", all},
		{"quote of three words", cite("c1", "TCP numbers every"), "stop", all},
		{"quote that cuts a word", cite("c1", "CP numbers every byte it sends."), "stop", all},
		{"quote in other case", cite("c1", strings.ToLower(good)), "stop", all},
		{"stale", cite("c1", good), "stop", nil},
		{"image", say("TCP counts bytes ![x](http://example.org/x.png)."), "stop", all},
		{"link", say("TCP counts bytes, see https://example.org/tcp for more."), "stop", all},
		{"number from nowhere", say("TCP counts 512 bytes."), "stop", all},
		{"turned round", say("TCP never numbers the bytes it sends."), "stop", all},
		{"about something else", say("The moon pulls at the sea."), "stop", all},
	}
	got := "guard " + Version + "\n"
	for _, d := range drafts {
		v := Check(Input{Draft: d.draft, FinishReason: d.finish, Passages: passages(), Readable: d.read})
		verdict := strings.Join(v.Codes(), " ")
		if v.Pass {
			verdict = "pass"
		}
		got += fmt.Sprintf("%s: %s\n", d.name, verdict)
	}
	const name = "testdata/verdicts.golden"
	data, err := os.ReadFile(name)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := string(data)
	version, _, _ := strings.Cut(strings.TrimPrefix(want, "guard "), "\n")
	verdicts := map[string]string{}
	for line := range strings.Lines(want) {
		if d, verdict, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			verdicts[d] = verdict
		}
	}
	for line := range strings.Lines(got) {
		d, verdict, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if before, known := verdicts[d]; ok && known && before != verdict && version == Version {
			t.Errorf("%q was %s and is %s, and the version still is %s: raise it, then go test ./answer/guard -run Version -update", d, before, verdict, Version)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != got && !t.Failed() {
		t.Errorf("%s is not what the guard decides (go test ./answer/guard -run Version -update):\n%s", name, got)
	}
}
