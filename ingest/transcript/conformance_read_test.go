package transcript

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// vttJSCue is a cue of a vtt.js expectation.
type vttJSCue struct {
	StartTime, EndTime float64 // seconds
	Text               string
}

// vttJSExpected reads the cues expected of a .vtt.
func vttJSExpected(t *testing.T, dir, name string) []vttJSCue {
	t.Helper()
	file := filepath.Join(dir, strings.TrimSuffix(name, ".vtt")+".json")
	if _, err := os.Stat(file); err != nil {
		file = filepath.Join(dir, vttJSShared(name))
	}
	var expected struct{ Cues []vttJSCue }
	if err := json.Unmarshal(readFile(t, file), &expected); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(expected.Cues) == 0 {
		return nil
	}
	for i := range expected.Cues { // the JSON's decimals are milliseconds
		c := &expected.Cues[i]
		c.StartTime, c.EndTime = math.Round(c.StartTime*1000)/1000, math.Round(c.EndTime*1000)/1000
	}
	return expected.Cues
}

// vttJSShared names the JSON that a .vtt without its own shares with others.
func vttJSShared(name string) string {
	folder, base := path.Dir(name), path.Base(name)
	switch {
	case base == "missing-separator.vtt":
		return "cue-times/bad-data.json"
	case folder == "cue-times", folder == "file-layout" && strings.HasPrefix(base, "webvtt-"):
		return folder + "/with-data.json"
	case folder == "file-layout":
		return "file-layout/no-output.json"
	case folder == "regions":
		return "regions/bad-region.json"
	case folder == "regions/lines":
		return "regions/lines/bad-line.json"
	}
	return folder + "/bad-" + path.Base(folder) + ".json"
}

// vttJSTrees returns the words of each cue's expected tree, if trees are stated.
func vttJSTrees(t *testing.T, dir, name string) (words []string, stated bool) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(name, ".vtt")+"-proc.json"))
	if err != nil {
		return nil, false
	}
	var trees []domNode
	if err := json.Unmarshal(raw, &trees); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, tree := range trees {
		words = append(words, tree.words())
	}
	return words, trees != nil
}

// domNode is a node of a -proc.json.
type domNode struct {
	ChildNodes []domNode
	Data       string // of a text node
}

func (n domNode) words() string {
	s := n.Data
	for _, c := range n.ChildNodes {
		s += c.words()
	}
	return s
}

// wptTree reads a tree as the W3C's tests draw it: nodes on lines that begin
// with "| ", text in quotes and possibly over several lines, attributes as
// name="value". It returns the text nodes joined, and the voices.
func wptTree(tree string) (words, voice string) {
	for _, node := range strings.Split("\n"+strings.TrimSuffix(tree, "\n"), "\n| ") {
		node = strings.TrimLeft(node, " ")
		switch {
		case strings.HasPrefix(node, `"`):
			words += strings.TrimSuffix(node[1:], `"`)
		case strings.HasPrefix(node, `title="`):
			voice = joinNames(voice, strings.TrimSuffix(node[len(`title="`):], `"`))
		}
	}
	return words, voice
}

// score counts passes, and holds every difference against the table of those
// that are meant.
type score struct {
	differs     map[string]string
	pass, total int
	meant       int // differences that the table holds
}

func newScore(differs map[string]string) *score { return &score{differs: differs} }

func (s *score) count(t *testing.T, name, diff string) {
	t.Helper()
	s.total++
	reason, meant := s.differs[name]
	switch {
	case diff == "":
		s.pass++
		if meant {
			t.Errorf("%s agrees now; take it off the table (%s)", name, reason)
		}
	case meant:
		s.meant++
		t.Logf("differs on purpose: %s: %s", name, reason)
	default:
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func (s *score) print(t *testing.T, suite string) {
	t.Helper()
	reasons := ""
	if s.meant > 0 {
		reasons = fmt.Sprintf(", %d differ for a reason that the test states", s.meant)
	}
	printRate(t, suite, s.pass, s.total, reasons)
}

// printRate prints how many of a suite pass, in the test's output and in the
// summary of make test.
func printRate(t *testing.T, suite string, pass, total int, more string) {
	t.Helper()
	figure(t, "%s: %d of %d pass (%.1f %%)%s", suite, pass, total, 100*float64(pass)/float64(total), more)
}

// figure prints one line of a table in the test's output and in the summary of
// make test.
func figure(t *testing.T, format string, args ...any) {
	t.Helper()
	line := strings.TrimRight(fmt.Sprintf(format, args...), " ")
	t.Log(line)
	t.Attr("lectern.figure", line)
}
