package transcript

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// checkEntries proves that no segment of a JSON file is lost in silence: those
// that encoding/json finds, in one list, are segments or counted losses. Lists of
// words become cues of several and are not counted.
func checkEntries(t testing.TB, raw []byte, tr *Transcript) {
	t.Helper()
	if tr.Format != JSON {
		return
	}
	doc, problem := decode(raw, newReport())
	if problem != nil {
		t.Fatal(problem)
	}
	n, ok := entriesOf(doc.text)
	if got := len(tr.Segments) + tr.Removed[cueEmpty] + tr.Removed[cueDuplicate]; ok && got != n {
		t.Errorf("%d segments in the JSON, but %d and %v removed", n, len(tr.Segments), tr.Removed)
	}
}

// entriesOf counts the segments of a JSON text; ok is false where it is not
// simple enough to tell.
func entriesOf(text string) (n int, ok bool) {
	var top map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case strings.Contains(text, `\`):
		return 0, false // keys may be written in more ways than one
	case json.Unmarshal([]byte(text), &top) == nil:
		key := "segments"
		if _, there := top[key]; !there {
			key = "transcription"
		}
		if strings.Count(text, `"segments"`)+strings.Count(text, `"transcription"`) != 1 || json.Unmarshal(top[key], &list) != nil {
			return 0, false
		}
		return len(list), len(list) > 0
	case json.Unmarshal([]byte(text), &list) == nil:
	default:
		for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r", "\n"), "\n") {
			if strings.TrimSpace(line) != "" {
				list = append(list, json.RawMessage(line))
			}
		}
	}
	for _, entry := range list {
		var object map[string]json.RawMessage
		if json.Unmarshal(entry, &object) != nil {
			return 0, false
		}
		if _, word := object["word"]; word {
			return 0, false
		}
	}
	return len(list), len(list) > 0
}

// checkLetters proves that plain text, and Markdown in which no markup was found,
// keeps every letter and digit, as often as it stands there. (A speaker moves in
// front of a time that was kept as text, so their order may change.)
func checkLetters(t testing.TB, raw []byte, tr *Transcript) {
	t.Helper()
	removed := tr.Removed[removedMarkup] + tr.Removed[removedEntity] + tr.Removed[timeMarks]
	if tr.Format != Text && tr.Format != Markdown || removed > 0 || countWarnings(tr, "was cut") > 0 {
		return
	}
	doc, problem := decode(raw, newReport())
	if problem != nil {
		t.Fatal(problem)
	}
	var b strings.Builder
	b.WriteString(tr.Title)
	for _, s := range tr.Segments {
		b.WriteString(s.Speaker)
		b.WriteString(s.Text)
	}
	got, want := []rune(letters(b.String())), []rune(letters(doc.text))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("letters %q of %q", string(got), string(want))
	}
}
