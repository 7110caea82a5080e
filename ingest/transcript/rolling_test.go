package transcript

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// said is a line with the time at which it is first shown.
type said struct {
	start int64
	text  string
}

// caption writes one cue in the format of ext.
func caption(b *strings.Builder, ext string, start, end int64, text string) {
	form := "%02d:%02d:%02d,%03d --> %02d:%02d:%02d,%03d\n%s\n\n"
	if ext == "vtt" {
		form = strings.ReplaceAll(form, ",", ".")
	}
	fmt.Fprintf(b, form, start/3_600_000, start/60_000%60, start/1000%60, start%1000, end/3_600_000, end/60_000%60, end/1000%60, end%1000, text)
}

// header is what a file of the format begins with.
func header(ext string) string {
	if ext == "vtt" {
		return "WEBVTT\nKind: captions\n\n"
	}
	return ""
}

// segmentsSaid compares segments with lines.
func segmentsSaid(t *rapid.T, file string, ext string, want []said) *Transcript {
	tr, err := Parse("a."+ext, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var got []said
	for _, s := range tr.Segments {
		got = append(got, said{s.StartMS, s.Text})
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s\ngot  %v\nwant %v", file, got, want)
	}
	return tr
}

// TestRollingProperty rolls random lines, many of them said again at once, as
// YouTube does, and gets each back as often as it was said, at its time.
func TestRollingProperty(t *testing.T) {
	line := rapid.SampledFrom([]string{"so", "the window", "the window grows", "no no no", "[Music]", ">> yes"})
	rapid.Check(t, func(t *rapid.T) {
		ext := rapid.SampledFrom([]string{"srt", "vtt"}).Draw(t, "ext")
		spoken := rapid.SliceOfN(line, 3, 30).Draw(t, "lines")
		var b strings.Builder
		b.WriteString(header(ext))
		var want []said
		at, above := int64(80), ""
		for i, s := range spoken {
			text := above + "\n" + s
			if above == "" {
				text = " \n" + s
			}
			end := at + rapid.Int64Range(500, 4000).Draw(t, "length")
			caption(&b, ext, at, end-10, text)
			want = append(want, said{at, s})
			above = s
			if i > 1 && rapid.IntRange(0, 9).Draw(t, "cleared") == 0 {
				end, above = end+5000, "" // the screen is cleared
			} else {
				caption(&b, ext, end-10, end, s+"\n ")
			}
			at = end
		}
		tr := segmentsSaid(t, strings.ReplaceAll(b.String(), "\n \n", "\n\u00a0\n"), ext, want)
		if tr.Removed[cueRolling] == 0 || countWarnings(tr, "rolling captions") != 1 {
			t.Fatalf("%v, %v", tr.Removed, tr.Warnings)
		}
	})
}

// TestRollingInTwoLanguages rolls two languages on one screen, line by line or
// one above the other, and gets each line once.
func TestRollingInTwoLanguages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ext := rapid.SampledFrom([]string{"srt", "vtt"}).Draw(t, "ext")
		pairs := rapid.Bool().Draw(t, "in pairs")
		var b strings.Builder
		b.WriteString(header(ext))
		var want []said
		at, a, z := int64(80), "", ""
		for i := range rapid.IntRange(3, 20).Draw(t, "lines") {
			newA, newZ := fmt.Sprint("line ", i), fmt.Sprint("Zeile ", i)
			text := strings.Join([]string{a, newA, z, newZ}, "\n")
			if pairs {
				text = strings.Join([]string{a, z, newA, newZ}, "\n")
			}
			if i == 0 {
				text = newA + "\n" + newZ
			}
			end := at + rapid.Int64Range(500, 4000).Draw(t, "length")
			caption(&b, ext, at, end-10, text)
			caption(&b, ext, end-10, end, newA+"\n"+newZ)
			want = append(want, said{at, newA + " " + newZ})
			a, z, at = newA, newZ, end
		}
		segmentsSaid(t, b.String(), ext, want)
	})
}

// TestRepeatedLines writes ordinary captions of a lecturer who hardly says
// anything new, back to back, and loses none.
func TestRepeatedLines(t *testing.T) {
	line := rapid.SampledFrom([]string{"so", "the window", "no no no", "again", "and again"})
	rapid.Check(t, func(t *rapid.T) {
		ext := rapid.SampledFrom([]string{"srt", "vtt"}).Draw(t, "ext")
		var b strings.Builder
		b.WriteString(header(ext))
		var want []said
		at := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "cues") {
			shown := rapid.SliceOfN(line, 1, 3).Draw(t, "lines")
			end := at + rapid.Int64Range(carryMS+1, 3000).Draw(t, "length")
			caption(&b, ext, at, end, strings.Join(shown, "\n"))
			want = append(want, said{at, strings.Join(shown, " ")})
			at = end
		}
		tr := segmentsSaid(t, b.String(), ext, want)
		if tr.Removed[rollingLine] > 0 {
			t.Fatalf("%v", tr.Removed)
		}
	})
}

// TestRollingReal measures what is merged in the third-party files, and that no
// word of what was on the screen is missing. The other folders hold no rolling
// captions, and must lose nothing.
func TestRollingReal(t *testing.T) {
	dir := sharedData(t, "transcripts")
	rolling := 0
	for _, name := range filesBelow(t, dir, ".srt") {
		raw := readFile(t, filepath.Join(dir, filepath.FromSlash(name)))
		tr, err := Parse(name, strings.NewReader(string(raw)))
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(name, "youtube_auto_rolling/") {
			if tr.Removed[rollingLine] > 0 {
				t.Errorf("%s: %d lines merged", name, tr.Removed[rollingLine])
			}
			continue
		}
		before := words(raw)
		after, short := map[string]int{}, 0
		total := 0
		for _, s := range tr.Segments {
			for w := range strings.FieldsSeq(s.Text) {
				after[w]++
				total++
			}
			if s.EndMS-s.StartMS <= carryMS {
				short++
			}
		}
		shownTotal := 0
		for w, n := range before {
			shownTotal += n
			if after[w] == 0 || after[w] > n {
				t.Errorf("%s: a word of %d bytes stands %d times, was shown %d times", name, len(w), after[w], n)
			}
		}
		if tr.Removed[rollingLine] > 0 {
			rolling++
		}
		t.Logf("%5d cues, %4d left out, %4d lines merged, %5d words shown, %5d kept, %3d cues of 20 ms left: %.60s",
			len(tr.Segments), tr.Removed[cueRolling], tr.Removed[rollingLine], shownTotal, total, short, filepath.Base(name))
	}
	if rolling < 11 {
		t.Errorf("%d files were taken for rolling captions, want 11 at least", rolling)
	}
}

// words counts the words of an SRT file that is read without merging.
func words(raw []byte) map[string]int {
	doc, _ := decode(raw, newReport())
	counts := map[string]int{}
	p := srtParser{text: doc.text, rep: newReport(), previous: -1}
	for l := (lines{text: doc.text}); l.scan(); {
		p.line(&l)
	}
	p.finish(len(doc.text), true)
	for _, c := range p.cues {
		for w := range strings.FieldsSeq(clean(c.text, newReport())) {
			counts[w]++
		}
	}
	return counts
}
