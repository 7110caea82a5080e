package transcript

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// everyFormat is the same lecture in each format; %s stands for the quotes that
// Windows-1252 has and ISO 8859-1 has not.
var everyFormat = map[Format]string{
	SRT:      "1\n00:00:01,000 --> 00:00:02,500\nSpeaker 1: Die Größe des naïven Fensters%s\n\n2\n00:00:03,000 --> 00:00:04,000\nwächst.\n",
	VTT:      "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Speaker 1>Die Größe des naïven Fensters%s\n\n00:03.000 --> 00:04.000\nwächst.\n",
	JSON:     "{\"segments\": [{\"start\": 1.0, \"end\": 2.5, \"speaker\": \"Speaker 1\", \"text\": \" Die Größe des naïven Fensters%s\"},\n{\"start\": 3, \"end\": 4, \"text\": \" wächst.\"}]}\n",
	Text:     "Speaker 1: Die Größe des naïven Fensters%s\n\nwächst.\n",
	Markdown: "## Eins\n\n**Speaker 1:** Die Größe des naïven Fensters%s\n\n## Zwei\n\nwächst.\n",
}

// encodings converts a text, and names what Parse must report.
var encodings = []struct {
	name, reported string
	convert        func(s string) []byte
}{
	{"UTF-8", "utf-8", func(s string) []byte { return []byte(s) }},
	{"UTF-8 with a mark", "utf-8-bom", func(s string) []byte { return []byte("\ufeff" + s) }},
	{"UTF-16LE", "utf-16le", func(s string) []byte { return toUTF16(s, binary.LittleEndian) }},
	{"UTF-16LE with a mark", "utf-16le", func(s string) []byte { return toUTF16("\ufeff"+s, binary.LittleEndian) }},
	{"UTF-16BE", "utf-16be", func(s string) []byte { return toUTF16(s, binary.BigEndian) }},
	{"UTF-16BE with a mark", "utf-16be", func(s string) []byte { return toUTF16("\ufeff"+s, binary.BigEndian) }},
	{"ISO 8859-1", "iso-8859-1", to8Bit},
	{"Windows-1252", "windows-1252", to8Bit},
}

func toUTF16(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

func to8Bit(s string) []byte {
	var out []byte
	for _, r := range s {
		switch r {
		case '“':
			r = 0x93
		case '”':
			r = 0x94
		}
		out = append(out, byte(r))
	}
	return out
}

// TestContentDecides parses each format in each encoding under every extension,
// and gets the same lecture, or the refusal that Parse's comment states.
func TestContentDecides(t *testing.T) {
	for format, sample := range everyFormat {
		for _, e := range encodings {
			quotes := ""
			if e.name == "Windows-1252" {
				quotes = " “hier”"
			}
			raw := e.convert(fmt.Sprintf(sample, quotes))
			for _, ext := range []string{"", ".srt", ".vtt", ".json", ".jsonl", ".ndjson", ".md", ".markdown", ".txt", ".text", ".VTT"} {
				name := "lecture" + ext
				tr, err := Parse(name, strings.NewReader(string(raw)))
				timed := format == SRT || format == VTT || format == JSON
				prose := ext == "" || ext == ".txt" || ext == ".text" || ext == ".md" || ext == ".markdown"
				if !timed && !prose {
					if err == nil {
						t.Errorf("%s, %s as %q was read as %s", format, e.name, name, tr.Format)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s, %s: %v", format, e.name, err)
					continue
				}
				want := format
				if format == Text && (ext == ".md" || ext == ".markdown") {
					want = Markdown // any text is Markdown
				}
				if tr.Format != want || tr.Encoding != e.reported {
					t.Errorf("%s, %s as %q: got %s, %s", format, e.name, name, tr.Format, tr.Encoding)
				}
				var got []string
				for _, line := range segmentLines(tr) {
					if !strings.HasSuffix(line, "Eins") && !strings.HasSuffix(line, "Zwei") {
						got = append(got, line)
					}
				}
				said := []string{"1000-2500 [Speaker 1] Die Größe des naïven Fensters" + quotes, "3000-4000 wächst."}
				if !timed {
					said = []string{"0-0 [Speaker 1] Die Größe des naïven Fensters" + quotes, "0-0 wächst."}
				}
				if diff := cmp.Diff(said, got); diff != "" {
					t.Errorf("%s, %s as %q (-want +got):\n%s", format, e.name, name, diff)
				}
				if converted := strings.Contains(fmt.Sprint(tr.Warnings), "converted"); converted == strings.HasPrefix(e.reported, "utf-8") {
					t.Errorf("%s, %s as %q: the warnings are %v", format, e.name, name, tr.Warnings)
				}
				if renamed := strings.Contains(fmt.Sprint(tr.Warnings), "the file is named"); timed && renamed == (ext == "" || known[strings.ToLower(ext[1:])] == format) {
					t.Errorf("%s as %q: the warnings are %v", format, name, tr.Warnings)
				}
			}
		}
	}
}

// TestSpeakersKept lists how each format says who speaks.
func TestSpeakersKept(t *testing.T) {
	dialogue := func(form string) string {
		var b strings.Builder
		for i, said := range []string{"Ann Bo|Good morning.", "Carl Dee|Hello.", "Ann Bo|Is it on?", "Carl Dee|It is.", "Ann Bo|Then we start.", "Carl Dee|Go on."} {
			name, words, _ := strings.Cut(said, "|")
			fmt.Fprintf(&b, form, i+1, i+2, name, words)
		}
		return b.String()
	}
	for name, file := range map[string]string{
		"labels.srt":  dialogue("00:00:%02d,000 --> 00:00:%02d,000\n%s: %s\n\n"),
		"voices.srt":  dialogue("00:00:%02d,000 --> 00:00:%02d,000\n<v %s>%s</v>\n\n"),
		"chevron.srt": dialogue("00:00:%02d,000 --> 00:00:%02d,000\n>> %s: %s\n\n"),
		"voices.vtt":  "WEBVTT\n\n" + dialogue("00:%02d.000 --> 00:%02d.000\n<v %s>%s\n\n"),
		"labels.vtt":  "WEBVTT\n\n" + dialogue("00:%02d.000 --> 00:%02d.000\n%s: %s\n\n"),
		"key.jsonl":   dialogue("{\"start\": %d, \"end\": %d, \"speaker\": %q, \"text\": %q}\n"),
		"label.jsonl": dialogue("{\"start\": %d, \"end\": %d, \"text\": \"%s: %s\"}\n"),
		"label.txt":   dialogue("[0:%02[1]d] %[3]s: %[4]s\n"),
		"bold.md":     dialogue("[0:%02[1]d] **%[3]s:** %[4]s\n\n"),
	} {
		tr, err := Parse(name, strings.NewReader(file))
		if err != nil {
			t.Error(err)
			continue
		}
		for i, s := range tr.Segments {
			want := []string{"Ann Bo", "Carl Dee"}[i%2]
			if len(tr.Segments) != 6 || s.Speaker != want || strings.Contains(s.Text, ":") || s.StartMS != int64(i+1)*1000 {
				t.Errorf("%s: segment %d of %d, at %d, is of %q: %q", name, i, len(tr.Segments), s.StartMS, s.Speaker, s.Text)
			}
		}
	}
}
