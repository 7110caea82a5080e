package eval_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
)

// guardPage is docs/guard.md and its fenced blocks.
func guardPage(t *testing.T) (page string, blocks []string) {
	t.Helper()
	b, err := os.ReadFile("../docs/guard.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```$").FindAllStringSubmatch(string(b), -1) {
		blocks = append(blocks, block[1])
	}
	return string(b), blocks
}

// TestGuardPage: the drafts that docs/guard.md shows are judged as it says, on the chunk of lecture 8 that explains the hidden
// terminal, and every code that the guard knows is on the page.
func TestGuardPage(t *testing.T) {
	chunks := pairLectures(t)["08-link-layer"].Chunks
	at := slices.IndexFunc(chunks, func(c ingest.Chunk) bool { return strings.Contains(c.Text, "A hidden terminal is a station") })
	if at < 0 {
		t.Fatal("the lecture does not explain the hidden terminal")
	}
	text := chunks[at].Text
	page, blocks := guardPage(t)
	drafts := 0
	for _, block := range blocks {
		if !strings.HasPrefix(block, "{") {
			continue
		}
		for _, example := range strings.Split(strings.TrimSpace(block), "\n\n") {
			drafts++
			replaced, stale := strings.CutPrefix(example, "# the lecture was replaced meanwhile\n")
			draft, want, _ := strings.Cut(replaced, "\n=> ")
			v := guard.Check(guard.Input{
				Draft: []byte(draft), FinishReason: "stop", Language: "en", Question: "What is a hidden terminal in Wi-Fi?",
				Passages: []guard.Passage{{Alias: "c1", Text: text, Chunks: []guard.Chunk{{ID: "ck_a", End: len(text)}}}},
				Readable: map[string]bool{"ck_a": !stale},
			})
			got := []string{"pass"}
			if !v.Pass {
				got = nil
				for _, f := range v.Findings {
					got = append(got, fmt.Sprintf("%s: %s", f.Code, f.Detail))
				}
			}
			if diff := cmp.Diff(strings.Split(want, "\n=> "), got); diff != "" {
				t.Errorf("%s\n(-page +guard):\n%s", draft, diff)
			}
		}
	}
	if drafts < 6 {
		t.Errorf("the page shows %d drafts", drafts)
	}
	for _, c := range guard.Codes() {
		if !strings.Contains(page, "(`"+string(c)+"`") && !strings.Contains(page, ", `"+string(c)+"`)") {
			t.Errorf("no heading of the page has %s", c)
		}
	}
}

// TestGuardPageFigures: the errors by layer that docs/guard.md shows, and those in all that the README tells, are those of the
// development halves.
func TestGuardPageFigures(t *testing.T) {
	var sets []eval.PairSet
	lectures := pairLectures(t)
	for _, name := range []string{"false-dev.yaml", "true-dev.yaml"} {
		pairs, err := eval.ReadPairs(filepath.Join("testdata", "guard", name))
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, eval.PairSet{Pairs: pairs, Language: "en", Lectures: lectures})
	}
	report, err := eval.MeasurePairs(sets)
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(report.String(), "\n\n  layer ")
	layers, last, _ := strings.Cut(shown, "\n\n")
	want := "  layer " + layers + "\n" + last[strings.LastIndex(strings.TrimSpace(last), "\n"):]
	if _, blocks := guardPage(t); !slices.Contains(blocks, want) {
		t.Errorf("docs/guard.md shows other figures than lectern eval pairs prints, which are now:\n%s", want)
	}
	lies, truths := report.False[len(report.False)-1], report.True[len(report.True)-1]
	rejected := "none"
	if truths.Rejected > 0 {
		rejected = fmt.Sprintf("%.1f %%", 100*truths.Share.Mean)
	}
	told := fmt.Sprintf("Of %d false sentences that we wrote under true quotes it rejects %.0f %%, of %d true paraphrases %s;",
		lies.Pairs, 100*lies.Share.Mean, truths.Pairs, rejected)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(string(readme)), " "), told) {
		t.Errorf("the README tells other figures; they are: %s", told)
	}
}
