package eval_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// The kinds of the guard's pairs. The files say what each means.
var (
	falseKinds = []string{
		"cause-effect-turned", "comparison-turned", "negation-dropped", "number-swapped", "over-general", "stitched", "wrong-person",
		"wrong-unit",
	}
	trueKinds = []string{
		"cause", "close", "comparison", "condensed", "definition", "negated", "numeric", "reworded", "two-quotes",
	}
)

type (
	guardFile struct {
		Course string      `yaml:"course"`
		Pairs  []guardPair `yaml:"pairs"`
	}
	guardPair struct {
		ID       string       `yaml:"id"`
		Kind     string       `yaml:"kind"`
		Lecture  string       `yaml:"lecture"`
		Question string       `yaml:"question"`
		Sentence string       `yaml:"sentence"`
		Evidence []guardQuote `yaml:"evidence"`
		Why      string       `yaml:"why"` // of a false pair only
	}
	guardQuote struct {
		Lecture string `yaml:"lecture"`
		Quote   string `yaml:"quote"`
	}
)

// readGuardPairs reads testdata/guard/name.
func readGuardPairs(t *testing.T, name string) []guardPair {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "guard", name))
	if err != nil {
		t.Fatal(err)
	}
	var file guardFile
	if err := yaml.UnmarshalWithOptions(b, &file, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if file.Course != filepath.Base(goldenCourse) {
		t.Fatalf("%s: course: %q", name, file.Course)
	}
	return file.Pairs
}

// courseText is what each lecture of the bundled course says from end to end, as stored.
func courseText(t *testing.T) map[string]string {
	t.Helper()
	text := map[string]string{}
	for lecture, cues := range courseCues(t) {
		said := make([]string, 0, len(cues))
		for _, c := range cues {
			said = append(said, c.Text)
		}
		text[lecture] = strings.Join(said, " ")
	}
	return text
}

// TestGuardPairs holds the pairs by which the guard's two errors are counted against the lectures, both halves of both sets:
// every quote stands in its lecture, no pair comes twice, and no kind is too small to be reported on its own.
func TestGuardPairs(t *testing.T) {
	text := courseText(t)
	ids, sentences := map[string]string{}, map[string]string{}
	sets := []struct {
		name  string
		kinds []string
		least int // of each kind, over both halves
		total int
		apart int // by how much the halves of a kind may differ
	}{
		{name: "false", kinds: falseKinds, least: 25, total: 200},
		{name: "true", kinds: trueKinds, least: 20, total: 200, apart: 1},
	}
	for _, set := range sets {
		var halves [2]map[string]int
		lectures, total := map[string]int{}, 0
		for i, half := range []string{"dev", "held"} {
			name := set.name + "-" + half + ".yaml"
			pairs := readGuardPairs(t, name)
			halves[i] = map[string]int{}
			for _, p := range pairs {
				checkGuardPair(t, name, p, text)
				if !slices.Contains(set.kinds, p.Kind) {
					t.Errorf("%s: %s: kind: there is no %q", name, p.ID, p.Kind)
				}
				if (p.Why != "") != (set.name == "false") {
					t.Errorf("%s: %s: why: is for false pairs, and each has one", name, p.ID)
				}
				if other, twice := ids[p.ID]; twice {
					t.Errorf("%s: %s: id: stands in %s already", name, p.ID, other)
				}
				ids[p.ID] = name
				said := strings.ToLower(strings.Join(strings.Fields(p.Sentence), " "))
				if other, twice := sentences[said]; twice {
					t.Errorf("%s: %s: sentence: is that of %s", name, p.ID, other)
				}
				sentences[said] = p.ID
				halves[i][p.Kind]++
				lectures[p.Lecture]++
				total++
			}
		}
		if total < set.total {
			t.Errorf("%s: %d pairs, want %d or more", set.name, total, set.total)
		}
		for _, kind := range set.kinds {
			dev, held := halves[0][kind], halves[1][kind]
			if dev+held < set.least || max(dev, held)-min(dev, held) > set.apart {
				t.Errorf("%s: %s: %d and %d pairs, want %d or more in all, half of them in each file", set.name, kind, dev, held, set.least)
			}
		}
		for lecture := range text {
			if lectures[lecture] == 0 {
				t.Errorf("%s: no pair is over %s", set.name, lecture)
			}
		}
	}
}

// checkGuardPair checks what a pair says by itself: its fields are filled, and its quotes stand in their lectures.
func checkGuardPair(t *testing.T, name string, p guardPair, text map[string]string) {
	t.Helper()
	if p.ID == "" || p.Question == "" || p.Sentence == "" {
		t.Errorf("%s: %q: id, question and sentence must not be empty", name, p.ID)
	}
	if _, ok := text[p.Lecture]; !ok {
		t.Errorf("%s: %s: lecture: there is no %q", name, p.ID, p.Lecture)
	}
	if n := len(p.Evidence); n == 0 || p.Kind == "stitched" && n < 2 {
		t.Errorf("%s: %s: evidence: %d quotes are too few", name, p.ID, n)
	}
	for i, e := range p.Evidence {
		if len(strings.Fields(e.Quote)) < 5 {
			t.Errorf("%s: %s: evidence %d: a quote has five words or more", name, p.ID, i+1)
		}
		if !standsIn(text[e.Lecture], e.Quote) {
			t.Errorf("%s: %s: evidence %d: %s does not say that", name, p.ID, i+1, e.Lecture)
		}
	}
}

// standsIn reports whether text says quote, without cutting its first or last word.
func standsIn(text, quote string) bool {
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for i := 0; ; i++ {
		at := strings.Index(text[i:], quote)
		if at < 0 || quote == "" {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(quote):])
		if !word(before) && !word(after) {
			return true
		}
	}
}
