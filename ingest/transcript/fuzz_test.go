package transcript

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// seed adds every transcript of testdata to a fuzz corpus, and beside them
// shapes that broke parsers.
func seed(f *testing.F) {
	f.Helper()
	for _, pattern := range []string{"*.srt", "*.vtt", "*.txt", "*.json", "*.md"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(files) == 0 {
			f.Fatalf("no %s in testdata (%v)", pattern, err)
		}
		for _, file := range files {
			if isGolden(file) {
				continue
			}
			f.Add(readFile(f, file))
		}
	}
	for _, s := range []string{
		"", "\n", "\r", "\ufeff", "-->", "00:01.000 -->", "WEBVTT", "WEBVTT\n-->", "WEBVTT \n\n00:01.000 -->\n", "WEBVTT\n\n-->\n-->\n00:01.000 --> 00:02.000\nx",
		"WEBVTT --> x\n\n00:01.000 --> 00:02.000\nx", "1\n2\n3\n00:01 --> 00:02\n4\n5\n00:02 --> 00:03\n", "00:01,1-->00:02,2 X1:1\nx",
		"0:0:0,0 --> 999999:59:59,999\n<v A>x</v>{\\an8}&amp;", "\xff\xfe1\x00\n\x00", "00:01-->00:02\n>> A B: x", "PK\x03\x04", "[", "{", "{1}{2}x",
		"[0:01] **A:** *x* [y](z.c)\n\\[0:02\\] `w` <a>\n> q\n- b\n\n===\n", "A: x\n(1:00) y\nA B: (2:00) z", "---\ntitle: 'x''\n---\n# y\n```\n# z\n```\n<!-- -->w",
		`[["a",0,1],["b",1e-3,2.0005]]`, `[{"word":"a","start":0,"end":NaN}]`, `[{"start":1,"end":null,"text":"\ud800"}]}`, `{"words":[{"word":"a"}],"text":"a"}`,
		"1\n-00:01,0 -> 00:02,0\n{\\an8}a\\Nb{i}c{/i}\n2\n00:03,0 --&gt; 99:59:59,0\n3\n00:00:04,000 --", "WEBVTT\n\n00:01.000 --",
		"{\"start\":\"1\",\"duration\":2,\"text\":\"A 1: x\"}\n{\"start\":\"0:02.5\",\"end\":3,\"text\":\"y\"}", "| a | $x_1$ |\n|---|\n$$\nb\n$$\n$5 $",
		"00:01,0 --> 00:02,0\na\nb\n\n00:02,0 --> 00:02,01\na\nb\n\n00:02,01 --> 00:03,0\na\nc\nb\nd\n\n00:03,0 --> 00:03,01\nc\nd\n",
		"00:01 --> 00:02\na\u200d\u200db \u0915\u094d\u200d\u200d\u0937", "00:01 --> 00:02\n\u0301\u00a0\u0301", "WEBVTT\n\n00:01.000 --> 00:02.000\n&#x110000;&#0;&ngE;<",
	} {
		f.Add([]byte(s))
	}
}

// The fuzz targets of the formats parse any bytes under the name of their format,
// and hold the result against the promises of the package.
func FuzzSRT(f *testing.F)      { fuzz(f, "fuzz.srt", "") }
func FuzzVTT(f *testing.F)      { fuzz(f, "fuzz.vtt", "WEBVTT\n") }
func FuzzJSON(f *testing.F)     { fuzz(f, "fuzz.json", `{"segments":`) }
func FuzzMarkdown(f *testing.F) { fuzz(f, "fuzz.md", "---\ntitle: x\n---\n") }
func FuzzText(f *testing.F)     { fuzz(f, "fuzz.txt", "") }

// fuzz also tries each input behind prefix, so that mutations of any seed reach
// the parser of the format.
func fuzz(f *testing.F, name, prefix string) {
	seed(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		inputs := [][]byte{raw}
		if prefix != "" {
			inputs = append(inputs, append([]byte(prefix), raw...))
		}
		for _, input := range inputs {
			tr, err := Parse(name, bytes.NewReader(input))
			if err != nil {
				problem, ok := err.(*Error)
				if !ok || problem.Name != name || problem.Line < 0 || problem.Message == "" || strings.ContainsAny(problem.Message, "\r\n") {
					t.Errorf("refused with %#v", err)
				}
				if tr != nil {
					t.Error("a transcript beside an error")
				}
				continue
			}
			checkInvariants(t, tr)
			checkArrows(t, input, tr)
			checkEntries(t, input, tr)
			checkLetters(t, input, tr)
		}
	})
}

// FuzzClean holds the cleaning step alone against its promise.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"", " a  b ", "e\u0301\u200d", "\u0915\u094d\u200d\u0937", "\U0001f469\u200d\U0001f4bb", "a\ufe0f\ufe0f", "\u202eabc", "\U000e0041", "\u1160\u3164", "\u2028\u0085"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\uFFFD") // as decode does
		checkClean(t, clean(s, newReport()))
	})
}
