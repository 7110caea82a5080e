package transcript

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"text/tabwriter"
)

// TestRealTranscripts reads every transcript of the third-party data. None is
// lost in part, and none is refused but for the reason stated here.
func TestRealTranscripts(t *testing.T) {
	dir := sharedData(t, "transcripts")
	refused := map[string]string{} // by name: a part of the message. There is none so far.
	rows := map[string]*folderRow{}
	read, all := 0, 0
	for _, name := range filesBelow(t, dir, ".srt", ".vtt", ".txt", ".md", ".json") {
		folder, _, _ := strings.Cut(name, "/")
		row := rows[folder]
		if row == nil {
			row = &folderRow{}
			rows[folder] = row
		}
		row.files++
		all++
		raw := readFile(t, filepath.Join(dir, filepath.FromSlash(name)))
		tr, err := Parse(name, bytes.NewReader(raw))
		reason, meant := refused[name]
		switch {
		case meant && (err == nil || !strings.Contains(err.Error(), reason)):
			t.Errorf("%s: got %v, want a refusal with %q", name, err, reason)
			continue
		case meant:
			continue
		case err != nil:
			t.Error(err)
			continue
		}
		read++
		checkInvariants(t, tr)
		checkArrows(t, raw, tr)
		checkWords(t, name, raw, tr)
		checkTimings(t, name, raw, tr)
		checkMarkdown(t, name, raw, tr)
		row.add(tr)
	}
	for line := range strings.Lines(table(rows)) {
		figure(t, "%s", line[:len(line)-1])
	}
	figure(t, "%d of %d real transcripts are read, %d refused for a stated reason", read, all, len(refused))
}

// realTiming is what an SRT file holds beside words: arrow lines, index lines
// above them, tags and overrides. It is a coarse grammar of its own, good enough
// for the files at hand.
var (
	realTiming = regexp.MustCompile(`(?m)(^[ \t\x{feff}]*\d+[ \t]*\n+)?^\d+:\d\d:\d\d,\d+[ \t]*-->[ \t]*\d+:\d\d:\d\d,\d+[ \t]*$`)
	realMarkup = regexp.MustCompile(`</?[a-z]+[^<>]*>|\{\\[^{}]*\}`)
	realEntity = strings.NewReplacer("&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&nbsp;", " ")
)

// checkWords compares every letter and digit of an SRT file with those of the
// segments, order and repetitions included.
func checkWords(t *testing.T, name string, raw []byte, tr *Transcript) {
	t.Helper()
	if tr.Format != SRT || tr.Removed[cueDuplicate] > 0 || tr.Removed[rollingLine] > 0 {
		return
	}
	doc, problem := decode(raw, newReport())
	if problem != nil {
		t.Fatal(problem)
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(doc.text)
	blocks := realTiming.Split(text, -1)[1:]
	starts := realTiming.FindAllString(text, -1)
	type said struct{ at, words string }
	var cues []said
	for i, b := range blocks {
		arrow := starts[i][strings.LastIndex(starts[i], "\n")+1:]
		at, _, _ := strings.Cut(arrow, "-->")
		cues = append(cues, said{at, letters(realEntity.Replace(realMarkup.ReplaceAllString(b, "")))})
	}
	sort.SliceStable(cues, func(i, j int) bool { return cues[i].at < cues[j].at })
	var want, got strings.Builder
	for _, c := range cues {
		want.WriteString(c.words)
	}
	for _, s := range tr.Segments {
		got.WriteString(letters(s.Speaker))
		got.WriteString(letters(s.Text))
	}
	if w, g := want.String(), got.String(); w != g {
		at := 0
		for at < min(len(w), len(g)) && w[at] == g[at] {
			at++
		}
		t.Errorf("%s: letters differ at %d of %d: want %.60q, got %.60q", name, at, len(w), w[at:], g[at:])
	}
}

// folderRow is a line of the table that TestRealTranscripts prints.
type folderRow struct {
	files, cues, words, minutes, warnings, speakers int
	removed                                         map[string]int
}

func (r *folderRow) add(tr *Transcript) {
	r.cues += len(tr.Segments)
	r.warnings += len(tr.Warnings)
	for _, s := range tr.Segments {
		r.words += len(strings.Fields(s.Text))
		if s.Speaker != "" {
			r.speakers++
		}
	}
	end := int64(0)
	for _, s := range tr.Segments {
		end = max(end, s.EndMS)
	}
	r.minutes += int(end / 60_000)
	if r.removed == nil {
		r.removed = map[string]int{}
	}
	for kind, n := range tr.Removed {
		r.removed[kind] += n
	}
}

func table(rows map[string]*folderRow) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "folder\tfiles\tcues\twords\tminutes\tspeakers\twarnings\tremoved")
	folders := make([]string, 0, len(rows))
	for f := range rows {
		folders = append(folders, f)
	}
	sort.Strings(folders)
	for _, f := range folders {
		r := rows[f]
		removed := strings.TrimPrefix(fmt.Sprint(r.removed), "map")
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", f, r.files, r.cues, r.words, r.minutes, r.speakers, r.warnings, removed)
	}
	w.Flush()
	return b.String()
}
