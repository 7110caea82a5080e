package transcript

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConformanceVTTJS compares every .vtt of Mozilla's suite with its expected
// JSON: name.json holds the cues (times in seconds and the payload as it stands
// in the file), name-proc.json the tree that each payload becomes, whose text
// nodes are the words (null: no tree is stated). Files without a name.json
// share one per folder, as vtt.js's own test scripts say.
func TestConformanceVTTJS(t *testing.T) {
	// Where we differ on purpose. An entry that agrees after all fails too.
	differs := map[string]string{
		"cue-times/min-top-digits.vtt": "000:00.000 without hours: WebVTT 6.3 wants a second colon after other than two digits; " +
			"WPT timings-too-long agrees, and so does vtt.js's own script, which expects no cue",
		"cue-times/minimum-spots-over-sixty.vtt": "120:00.000 read as 120 hours: the same rule; vtt.js's own script skips this file",
		"cuetext/escape-characters/incorrect.vtt": "&lt, &gt and &nbsp without semicolon: WebVTT 6.4 takes references as HTML does; " +
			"WPT entities agrees (&amp, &not)",
		"file-layout/header-no-new-line.vtt": "an arrow line directly below WEBVTT ends the header and is a cue: WebVTT 6.1, WPT header-timings",
		"integration/id.vtt":                 "a line \"-->\" above a good arrow line: the good one begins a new block, WebVTT 6.1, WPT arrows",
	}
	dir := filepath.Join(sharedData(t, "conformance"), "vtt.js", "tests")
	score := newScore(differs)
	for _, name := range filesBelow(t, dir, ".vtt") {
		raw := readFile(t, filepath.Join(dir, name))
		want := vttJSExpected(t, dir, name)
		blocks := blocksOf(raw)
		var got []vttJSCue
		var words []string
		for _, b := range blocks {
			got = append(got, vttJSCue{StartTime: float64(b.start) / 1000, EndTime: float64(b.end) / 1000, Text: b.payload})
			w, _ := cueText(b.payload, newReport())
			words = append(words, w)
		}
		diff := cmp.Diff(want, got)
		if trees, stated := vttJSTrees(t, dir, name); stated && diff == "" {
			diff = cmp.Diff(trees, words)
		}
		if diff == "" {
			diff = sameAsParse(raw, blocks)
		}
		score.count(t, name, diff)
	}
	score.print(t, "vtt.js")
}

// TestConformanceWPTCueText compares every cue of the W3C's cue text tests with
// the tree that is expected of it.
func TestConformanceWPTCueText(t *testing.T) {
	dir := filepath.Join(sharedData(t, "conformance"), "webvtt.js", "test", "wpt-cue-parsing")
	score := newScore(nil)
	for _, name := range filesBelow(t, dir, ".vtt") {
		raw := readFile(t, filepath.Join(dir, name))
		var want []struct{ Text, ExpectedTree string }
		if err := json.Unmarshal(readFile(t, filepath.Join(dir, strings.TrimSuffix(name, ".vtt")+".json")), &want); err != nil {
			t.Fatal(err)
		}
		blocks := blocksOf(raw)
		if len(blocks) != len(want) {
			t.Errorf("%s: %d cues, want %d", name, len(blocks), len(want))
			continue
		}
		for i, b := range blocks {
			wantWords, wantVoice := wptTree(want[i].ExpectedTree)
			words, voice := cueText(b.payload, newReport())
			diff := cmp.Diff(wantWords+"|"+wantVoice, words+"|"+voice)
			if b.start != int64(i)*1000 || b.end != int64(i+1)*1000 {
				diff += fmt.Sprintf("times %d to %d\n", b.start, b.end)
			}
			// The block parser must hand over what the JSON says the file holds.
			payload, _, _ := strings.Cut(strings.TrimSuffix(want[i].Text, "\n"), "\n\n")
			if payload = strings.TrimSuffix(strings.ReplaceAll(payload, "\x00", "\uFFFD"), "\n"); payload != b.payload {
				diff += fmt.Sprintf("payload %q, want %q\n", b.payload, payload)
			}
			score.count(t, fmt.Sprintf("%s#%d", name, i), diff)
		}
		score.count(t, name, sameAsParse(raw, blocks))
	}
	score.print(t, "webvtt.js cue text")
}

// TestConformanceWPTFiles reads the W3C's file tests. They come without expected
// JSON; the text of a cue that must not be there begins with "invalid" (in the
// settings files it is the setting that is invalid), all times are 0 to 1 s
// unless stated here, and the number of cues is by our reading of WebVTT 6.1.
func TestConformanceWPTFiles(t *testing.T) {
	cues := map[string]int{
		"arrows": 6, "header-garbage": 1, "header-space": 1, "header-tab": 1, "header-timings": 1, "ids": 5, "newlines": 4, "nulls": 7,
		"regions-id": 4, "regions-lines": 13, "regions-old": 2, "regions-regionanchor": 20, "regions-scroll": 6, "regions-viewportanchor": 20,
		"settings-align": 13, "settings-line": 46, "settings-multiple": 2, "settings-position": 22, "settings-region": 9,
		"settings-size": 16, "settings-vertical": 8,
		"signature-bom": 0, "signature-no-newline": 0, "signature-space": 0, "signature-space-no-newline": 0, "signature-tab": 0,
		"signature-tab-no-newline": 0, "signature-timings": 0, "stylesheets": 2, "timings-60": 2, "timings-eof": 0, "timings-garbage": 0,
		"timings-negative": 4, "timings-omitted-hours": 3, "timings-too-long": 2, "timings-too-short": 2, "whitespace-chars": 3,
	}
	times := map[string][][2]int64{
		"timings-60":       {{0, 216_001_000}, {216_000_000, 216_001_000}},
		"timings-negative": {{0, 0}, {1000, 999}, {60_000, 59_999}, {3_600_000, 3_599_999}},
	}
	dir := filepath.Join(sharedData(t, "conformance"), "webvtt.js", "test", "wpt-file-parsing")
	score := newScore(nil)
	for _, name := range filesBelow(t, dir, ".vtt") {
		raw := readFile(t, filepath.Join(dir, name))
		base := strings.TrimSuffix(name, ".vtt")
		want, listed := cues[base]
		blocks := blocksOf(raw)
		diff := ""
		if !listed || len(blocks) != want {
			diff = fmt.Sprintf("%d cues, want %d (listed: %v)\n", len(blocks), want, listed)
		}
		for i, b := range blocks {
			w := [2]int64{0, 1000}
			if i < len(times[base]) {
				w = times[base][i]
			}
			if b.start != w[0] || b.end != w[1] {
				diff += fmt.Sprintf("cue %d: %d to %d\n", i, b.start, b.end)
			}
			if strings.HasPrefix(b.payload, "invalid") && !strings.HasPrefix(base, "settings-") {
				diff += fmt.Sprintf("cue %d must not be there\n", i)
			}
		}
		if diff == "" {
			diff = sameAsParse(raw, blocks)
		}
		score.count(t, name, diff)
	}
	score.print(t, "webvtt.js files")
}

// blocksOf runs the block parser alone on a file, as Parse would.
func blocksOf(raw []byte) []vttBlock {
	rep := newReport()
	doc, problem := decode(raw, rep)
	if problem != nil || !hasSignature(doc.text) {
		return nil
	}
	var blocks []vttBlock
	vttBlocks(doc.text, rep, func(b vttBlock) { blocks = append(blocks, b) })
	return blocks
}

// sameAsParse compares what Parse returns with the block parser's cues, which
// the suites judge: every letter and digit, in order of start time, and Parse's
// refusal where there is no cue with words.
func sameAsParse(raw []byte, blocks []vttBlock) string {
	type word struct {
		start, end int64
		letters    string
	}
	var want []word
	seen := map[Segment]bool{}
	for _, b := range blocks {
		w, voice := cueText(b.payload, newReport())
		one := Segment{StartMS: b.start, EndMS: max(b.start, b.end), Speaker: voice, Text: letters(w)}
		if strings.TrimSpace(w) == "" || seen[one] {
			continue
		}
		seen[one] = true
		at := len(want)
		for at > 0 && want[at-1].start > one.StartMS {
			at--
		}
		want = append(want[:at], append([]word{{one.StartMS, one.EndMS, one.Text}}, want[at:]...)...)
	}
	tr, err := Parse("conformance.vtt", strings.NewReader(string(raw)))
	if err != nil {
		if len(want) == 0 {
			return ""
		}
		return "Parse: " + err.Error()
	}
	var got []word
	for _, s := range tr.Segments {
		got = append(got, word{s.StartMS, s.EndMS, letters(s.Text)})
	}
	return cmp.Diff(want, got, cmp.AllowUnexported(word{}))
}
