package eval_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// pairLectures are the lectures of the bundled course, cut by the real splitter.
func pairLectures(t *testing.T) map[string]eval.PairLecture {
	t.Helper()
	lectures := map[string]eval.PairLecture{}
	for _, f := range courseFiles(t) {
		b, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := transcript.Parse(filepath.Base(f.Path), strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		lectures[f.Lecture] = eval.PairLecture{Title: f.Title, Chunks: ingest.Split(parsed.Segments, llm.CL100K().Count, ingest.DefaultSplit)}
	}
	return lectures
}

// TestPairs prints both errors of the guard on the development halves, by kind and layer. The halves that are held out are
// for the command, at the end.
func TestPairs(t *testing.T) {
	lectures := pairLectures(t)
	for _, tt := range []struct {
		file string
		what string
		// The guard's promise: at least, or at most, this share is rejected.
		least, most float64
	}{
		{"false-dev.yaml", "true quote, false sentence, rejected", 0.7, 1},
		{"true-dev.yaml", "true paraphrases, rejected", 0, 0.05},
	} {
		t.Run(tt.file, func(t *testing.T) {
			pairs, err := eval.ReadPairs(filepath.Join("testdata", "guard", tt.file))
			if errors.Is(err, fs.ErrNotExist) {
				t.Skipf("no %s", tt.file)
			}
			if err != nil {
				t.Fatal(err)
			}
			verdicts, err := pairs.Judge("en", lectures)
			if err != nil {
				t.Fatal(err)
			}
			rows := eval.PairTable(verdicts)
			t.Attr("lectern.figure", tt.what+":")
			for line := range strings.Lines(eval.RenderPairs(rows)) {
				t.Attr("lectern.figure", "  "+strings.TrimRight(line, "\n"))
			}
			for _, v := range verdicts {
				if (len(v.Codes) > 0) != (tt.least > 0) {
					t.Logf("%s %v %v", v.Pair.ID, v.Codes, v.Details)
				}
			}
			all := rows[len(rows)-1]
			if got := float64(all.Rejected) / float64(all.Pairs); got < tt.least || got > tt.most {
				t.Errorf("%.1f %% rejected, promised %.0f to %.0f %%", 100*got, 100*tt.least, 100*tt.most)
			}
		})
	}
}

// TestVerbatimPasses: every sentence of every lecture of the bundled course, quoted word for word as its own evidence, passes
// all layers: the extractive floor's sentences need no luck.
func TestVerbatimPasses(t *testing.T) {
	n := 0
	for lecture, l := range pairLectures(t) {
		for _, c := range l.Chunks {
			p := eval.Pairs{Course: "networks"}
			for _, s := range lexical.Sentences(c.Text) {
				text := c.Text[s.Start:s.End]
				if words := strings.Fields(text); len(words) > 60 { // no punctuation: cut as the floor does
					text = strings.Join(words[20:45], " ")
				}
				if len([]rune(text)) > guard.MaxTextRunes || len(strings.Fields(text)) < 5 {
					continue
				}
				p.Pairs = append(p.Pairs, eval.Pair{ID: text, Lecture: lecture, Sentence: text, Evidence: []eval.PairQuote{{Lecture: lecture, Quote: text}}})
			}
			verdicts, err := p.Judge("en", map[string]eval.PairLecture{lecture: {Chunks: l.Chunks}})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range verdicts {
				n++
				for _, code := range v.Codes {
					if code != string(guard.CodeUnsafeOutput) {
						t.Errorf("%s: %q: %v %v", lecture, v.Pair.Sentence, v.Codes, v.Details)
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d sentences were judged", n)
	}
}
