package transcript

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const oneCue = "1\n00:00:01,000 --> 00:00:02,000\nhello\n"

// zipped and gzipped are real archives with a transcript in them.
func zipped(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("lecture.srt")
	if err == nil {
		_, err = io.WriteString(f, oneCue)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, oneCue)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRefused lists what is no transcript. The sentence must name the file, the
// line where there is one, and hold what is given here.
func TestRefused(t *testing.T) {
	vtt := "WEBVTT\n\n"
	for _, tt := range []struct{ what, name, content, want string }{
		{"empty", "a.srt", "", "a.srt: the file is empty"},
		{"white space", "a.txt", " \r\n\t\n", "a.txt: the file holds nothing but white space"},
		{"byte order mark alone", "a.txt", "\ufeff", "a.txt: the file holds nothing but white space"},
		{"no cue", "a.srt", "just some words\n", "a.srt: the file has no cue"},
		{"no cue in WebVTT", "a.vtt", vtt + "NOTE nothing\n", "a.vtt: the file has no cue"},
		{"signature alone", "a.vtt", "WEBVTT", "a.vtt: the file has no cue"},
		{"cues without words", "a.srt", "1\n00:00:01,000 --> 00:00:02,000\n\u200b\n", "none of them holds any text"},
		{"title alone", "a.txt", "# Lecture\n\n", "a.txt: the file has a title but no text"},
		{"cut arrow line", "a.vtt", vtt + "00:01.000 -->", "a.vtt:3: no cue can be read"},
		{"cut arrow line in SRT", "a.srt", "1\n00:00:01,000 -->\nhello\n", "a.srt:2: no cue can be read"},
		{"commas in WebVTT", "a.vtt", vtt + "00:00:01,000 --> 00:00:02,000\nhello\n", "a.vtt:3: no cue can be read"},
		{"frames", "a.srt", "1\n00:00:01:12 --> 00:00:02:24\nhello\n", "a.srt:2: no cue can be read"},
		{"no signature", "a.vtt", "\nWEBVTT\n\n00:01.000 --> 00:02.000\nhello\n", "a.vtt:1: a WebVTT file must begin"},
		{"no signature, other name", "a.txt", "webvtt\n\n00:01.000 --> 00:02.000\nhello\n", "a.txt:1: a WebVTT file must begin"},
		{"zip", "a.vtt", zipped(t), "a.vtt: the file looks like a ZIP archive"},
		{"zip as docx", "a.docx", zipped(t), "a.docx: the file looks like a ZIP archive (Word"},
		{"gzip", "a.srt", gzipped(t), "a.srt: the file looks like a gzip file"},
		{"png", "a.srt", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "looks like a PNG image"},
		{"pdf", "a.pdf", "%PDF-1.7\n1 0 obj", "looks like a PDF document"},
		{"mp4", "a.mp4", "\x00\x00\x00\x20ftypisom", "looks like an MP4 or QuickTime video"},
		{"NULs", "a.txt", strings.Repeat("ab\x00\x01\x00c", 100), "looks like binary data"},
		{"high bytes", "a.txt", strings.Repeat("\xc4\xe0\xeb\xe5\xe5 ", 100), "neither UTF-8 nor UTF-16"},
		{"utf-32", "a.txt", "\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"},
		{"unknown extension", "a.xyz", "some words\n", "a.xyz: the extension .xyz is not one of a transcript"},
		{"unknown extension, SRT", "a.docx", oneCue, "the content looks like SRT, so rename it to end in .srt"},
		{"unknown extension, WebVTT", "a.sub", vtt + "00:01.000 --> 00:02.000\nhello\n", "looks like WebVTT, so rename it"},
		{"Markdown with a title alone", "a.md", "# Title\n\n<!-- hello -->\n", "a.md: the file has a title but no text"},
		{"Markdown by another name", "a.docx", "## One\n\nhello\n\n## Two\n", "looks like Markdown, so rename it"},
		{"no segments", "a.json", `{"segments": []}`, "a.json: the JSON is not a transcript"},
		{"no list", "a.json", `{"segments": {}}`, "a.json:1: segments: the JSON cannot be read here, where a list should stand"},
		{"other JSON", "a.txt", "{\"a\": [1, 2]}", "a.txt: the JSON is not a transcript"},
		{"JSON with text alone", "a.txt", `{"text": "hello", "segments": []}`, "a.txt: the JSON holds text but no times"},
		{"no JSON", "a.json", "hello\n", "a.json:1: the JSON cannot be read here"},
		{"cut JSON", "a.json", "{\"segments\": [\n{\"start\": 0, \"end\": 1, \"text\": \"hel", "a.json:2: segments[0].text: the JSON ends in the middle"},
		{"cut JSON without a name", "lecture", "{\"segments\": [\n{\"start\": 0,", "lecture:2: segments[0].start: the JSON ends in the middle"},
		{"segment without start", "a.json", "{\"segments\": [\n{\"end\": 1, \"text\": \"hello\"}]}", "a.json:2: segments[0].start: the time in seconds is missing"},
		{"segment without end", "a.json", `[{"start": 0, "end": null, "text": "hello"}]`, "a.json:1: entry[0].end: the time in seconds is missing"},
		{"time in words", "a.json", "{\"segments\": [\r\n{\"start\": 0, \"end\": 1, \"text\": \"x\"},\r\n{\"start\": \"hello\"}]}", "a.json:3: segments[1].start: the time must be a number of seconds"},
		{"time that is none", "a.json", `{"segments": [{"start": NaN}]}`, "a.json:1: segments[0].start: the time must be a number"},
		{"time without end", "a.json", `{"segments": [{"start": 1e300}]}`, "a.json:1: segments[0].start: the time must be a number of seconds, of at most a million hours"},
		{"two values", "a.json", "[[\"hello\", 0]]", "a.json:1: entry[0]: the entry must hold a text, a start and an end"},
		{"words without times", "a.json", `{"words": [{"word": "hello"}, {"word": "you"}]}`, "a.json: no word in the JSON has a time"},
		{"deep JSON", "a.json", `{"a": ` + strings.Repeat("[", 100), "a.json:1: the JSON nests deeper than 64 levels"},
		{"more behind the JSON", "a.json", `[["hello", 0, 1]] {`, "a.json:1: the JSON cannot be read here, where the end of the file should stand"},
		{"TTML", "a.txt", "<?xml version='1.0'?>\n<tt/>", "a.txt:1: XML transcripts"},
		{"web page", "a.txt", "\n<!DOCTYPE html>\n", "a.txt:2: the file is a web page"},
		{"SubStation", "a.txt", "[Script Info]\nTitle: x\n", "SubStation Alpha"},
		{"SBV", "a.txt", "0:00:01.000,0:00:02.500\nhello\n", "SBV"},
		{"MicroDVD", "a.txt", "{10}{25}hello\n", "MicroDVD"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			tr, err := Parse(tt.name, strings.NewReader(tt.content))
			var problem *Error
			if !errors.As(err, &problem) || tr != nil {
				t.Fatalf("got %+v, %v", tr, err)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), tt.name+":") {
				t.Errorf("got %q, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "hello") {
				t.Errorf("%q repeats the transcript", err)
			}
		})
	}
}

// TestNames lists which names are accepted for the same content.
func TestNames(t *testing.T) {
	for name, want := range map[string]Format{
		"a.srt": SRT, "a.SRT": SRT, "a.txt": SRT, "a.text": SRT, "lecture": SRT, "week-1.2": SRT, "b.x/lecture": SRT, `C:\b.x\lecture`: SRT,
		"": SRT, "a.": SRT, "a.vtt": SRT, "1. What is a network": SRT, "a.xyz": "", "a.2nd": "", "a.srt.bak": "",
	} {
		tr, err := Parse(name, strings.NewReader(oneCue))
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was read as %s", name, tr.Format)
		case want != "" && err != nil:
			t.Errorf("%q: %v", name, err)
		case want != "" && tr.Format != want:
			t.Errorf("%q was read as %s, want %s", name, tr.Format, want)
		}
	}
}

// TestTooLarge reads one byte more than the limit, and no further.
func TestTooLarge(t *testing.T) {
	endless := &counter{}
	_, err := Parse("huge.srt", endless)
	var problem *Error
	if !errors.As(err, &problem) || !strings.Contains(err.Error(), "32 MiB") {
		t.Fatalf("got %v", err)
	}
	if endless.n > MaxBytes+64<<10 {
		t.Errorf("read %d bytes", endless.n)
	}
}

// counter is an endless file that counts what is read of it.
type counter struct{ n int }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	c.n += len(p)
	return len(p), nil
}

// TestReaderFails tells a broken reader from a broken file.
func TestReaderFails(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := Parse("a.srt", io.MultiReader(strings.NewReader(oneCue), iotest.ErrReader(broken)))
	var problem *Error
	if !errors.Is(err, broken) || errors.As(err, &problem) || !strings.Contains(err.Error(), "a.srt") {
		t.Errorf("got %v", err)
	}
}

// TestHostileSizes parses files that are quadratic for a careless parser. Each
// takes well under a second where it is alone. The limit leaves room for -race
// on a busy machine; a quadratic parser takes far longer.
func TestHostileSizes(t *testing.T) {
	const many = 100_000
	cues := func(header, format string) string {
		var b strings.Builder
		b.WriteString(header)
		for i := range many {
			fmt.Fprintf(&b, format, i%60, i%60)
		}
		return b.String()
	}
	line := strings.Repeat("word ", 2<<20) // 10 MB
	for _, tt := range []struct {
		name, content string
		segments      int // 0: refused
	}{
		{"line.srt", "1\n00:00:01,000 --> 00:00:02,000\n" + line, 1},
		{"line.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + line, 1},
		{"line.txt", line, 1},
		{"arrows.txt", strings.Repeat("-->", 256<<10), 1},
		{"arrows.srt", strings.Repeat("-->\n", 256<<10), 0},
		{"arrows.vtt", "WEBVTT\n\n" + strings.Repeat("-->\n", 256<<10), 0},
		{"cues.srt", cues("", "00:%02d,0-->00:%02d,0\nw\n"), 60},
		{"cues.vtt", cues("WEBVTT\n\n", "00:%02d.000-->00:%02d.000\nw\n"), 60},
		{"blank.srt", "00:01,0-->00:02,0\nw\n" + strings.Repeat("\n", 1<<20), 1},
		{"returns.srt", strings.Repeat("\r", 1<<20) + "00:01,0-->00:02,0\rw\r", 1},
		{"tags.srt", "00:01,0-->00:02,0\n" + strings.Repeat("<b ", 256<<10), 1},
		{"tags.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nw" + strings.Repeat("<b", 256<<10), 1},
		{"overrides.srt", "00:01,0-->00:02,0\n" + strings.Repeat(`{\`, 256<<10), 1},
		{"ampersands.srt", "00:01,0-->00:02,0\n" + strings.Repeat("&", 512<<10), 1},
		{"ampersands.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + strings.Repeat("&a", 256<<10), 1},
		{"voices.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nw" + voices(100_000), 1},
		{"labels.srt", "00:01,0-->00:02,0\n" + strings.Repeat("A: ", 256<<10), 1},
		{"digits.srt", "00:01,0-->00:02,0\n" + strings.Repeat("1", 512<<10), 1},
		{"digits.vtt", "WEBVTT\n\n" + strings.Repeat("0", 512<<10) + ":00:00.000 --> 00:02.000\nw", 1},
		{"accents.txt", "a" + strings.Repeat("\u0301\u0323", 200<<10), 1},
		{"joiners.txt", "a" + strings.Repeat("\u200d", 256<<10) + "b", 1},
		{"stars.md", strings.Repeat("*a ", 256<<10), 1},
		{"links.md", strings.Repeat("[", 256<<10), 1},
		{"images.md", strings.Repeat("![a](b.c ", 64<<10), 1},
		{"backticks.md", strings.Repeat("` `` ", 64<<10), 1},
		{"tags.md", strings.Repeat("<a <http:", 64<<10), 1},
		{"quotes.md", strings.Repeat("> ", 256<<10) + "w", 1},
		{"bullets.md", strings.Repeat("- w\n", 100_000), 100_000},
		{"marks.md", strings.Repeat("[0:01] w\n", 100_000), 100_000},
		{"labels.txt", strings.Repeat("Ann Bo: w\n", 100_000), 100_000},
		{"bold.md", strings.Repeat("**A:** w\n", 100_000), 100_000},
		{"fences.md", "w\n" + strings.Repeat("```\n", 100_000), 1},
		{"comments.md", strings.Repeat("<!-- -->\n", 100_000) + "w", 1},
		{"rules.md", strings.Repeat("---\n", 100_000) + "w", 1},
		{"words.json", "[" + strings.Repeat("[\" w\",0,0],", 256<<10) + "[\" w\",0,0]]", 2},
		{"digits.json", `[["w",` + strings.Repeat("1", 512<<10) + `,0]]`, 0},
		{"escapes.json", `[["` + strings.Repeat(`\u0301`, 128<<10) + `",0,0]]`, 1},
		{"lines.json", strings.Repeat("\n", 1<<20) + `[["w",0,0]` + strings.Repeat(",\n[\"w\",0,0]", 1000) + "]", 2},
		{"braces.json", strings.Repeat("[", 2<<20), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			tr, err := Parse(tt.name, strings.NewReader(tt.content))
			took := time.Since(began)
			switch {
			case tt.segments == 0 && err == nil:
				t.Errorf("%d segments, want a refusal", len(tr.Segments))
			case tt.segments > 0 && err != nil:
				t.Error(err)
			case err == nil && len(tr.Segments) != tt.segments:
				t.Errorf("%d segments, want %d", len(tr.Segments), tt.segments)
			case err == nil && len(tr.Warnings) > 10*maxListed:
				t.Errorf("%d warnings", len(tr.Warnings))
			}
			if took > time.Minute {
				t.Errorf("took %v for %d bytes", took, len(tt.content))
			}
			t.Logf("%d bytes in %v", len(tt.content), took.Round(time.Millisecond))
		})
	}
}

// voices returns n voice spans with n names.
func voices(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<v %d>", i)
	}
	return b.String()
}

// TestMillionCues keeps every cue of a lecture cut into single words: a million with LECTERN_STRESS, a fifth of them else.
func TestMillionCues(t *testing.T) {
	n := 200_000
	if os.Getenv("LECTERN_STRESS") != "" {
		n = 1_000_000
	}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d:%02d,0-->%d:%02d,0\nw\n", i/60, i%60, i/60, i%60)
	}
	tr, err := Parse("million.srt", strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if last := tr.Segments[len(tr.Segments)-1]; len(tr.Segments) != n || last.StartMS != int64(n-1)*1000 {
		t.Errorf("%d segments, the last at %d", len(tr.Segments), last.StartMS)
	}
}
