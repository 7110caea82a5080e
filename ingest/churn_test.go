package ingest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
)

// realTranscripts are ten lectures, talks and captions of different making:
// hand-corrected, machine-made without punctuation, rolling, dialogue.
var realTranscripts = []string{
	"stanford_hci/HCI/Lecture_5.2_Design_Heuristics_Par....en.srt",
	"stanford_hci/Models/Perspectives_and_Innovation.en.srt",
	"stanford_hci/PGM/Log-Linear_Models_2208.en.srt",
	"stanford_hci/Soc101/Week_1_-_Seminar_Discussion_4927.en.srt",
	"berkeley_dreyfus/courses/philosophy-185-heidegger/lecture-08.srt",
	"berkeley_dreyfus/courses/philosophy-7-part2/lecture-22.srt",
	"openedx_demo/48c991fb-083c-45e1-adad-930d2b11b11e-en.srt",
	"youtube_auto_rolling/backup-srt-original-en-files-dont-remove-this-folder/059_Testing_LEGO_Turbines_MLRMCLwwnHs_.srt.srt",
	"3b1b/2022/borwein/english/captions.srt",
	"stanford_hci/SaaS/5.8_-_5.11_-_Coverage_Unit_vs._Integration_Tests_Other_Tes....en.srt",
}

// TestChurn measures what an edit costs: ids in the new version that the old
// one did not have, each of which has to be embedded. It edits a sample of the
// words; with LECTERN_STRESS=1 every word, which takes minutes. One edit in
// some 3,000 costs 4 or 5.
func TestChurn(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	sample := 30
	if os.Getenv("LECTERN_STRESS") == "1" {
		sample = 1 << 30
	}
	t.Logf("seed %d; new ids per edit as p50/p99/max", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	t.Run("bundled", func(t *testing.T) {
		dir := filepath.Join("..", "courses", "networks")
		var files []string
		for _, ext := range []string{"*.vtt", "*.srt", "*.txt", "*.md"} {
			found, err := filepath.Glob(filepath.Join(dir, ext))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, found...)
		}
		if len(files) == 0 {
			t.Skipf("no lectures in %s", dir)
		}
		slices.Sort(files)
		measureChurn(t, rng, files, sample)
	})
	t.Run("real", func(t *testing.T) {
		dir := testdata(t, "transcripts")
		var files []string
		for _, f := range realTranscripts {
			files = append(files, filepath.Join(dir, f))
		}
		measureChurn(t, rng, files, sample)
	})
}

func measureChurn(t *testing.T, rng *rand.Rand, files []string, sample int) {
	const row = "%-34.34s %6v %6v  %-11v %-10v %-10v %5v %5v  %-12v %v"
	t.Logf(row, "lecture", "words", "chunks", "tokens", "word", "sentence", "first", "shift", "p5/p50/p95", "overlap")
	var words, sentences, firsts []int
	var sizes []int
	for _, file := range files {
		segs := parseFile(t, file)
		old := split(segs)
		known := ids(old)
		w := editWords(rng, segs, known, sample)
		s := insertSentences(rng, segs, known, sample)
		first, shift := newIDs(segs[1:], known), newIDs(shifted(segs), known)
		if shift != 0 {
			t.Errorf("%s: shifting all times changed %d ids", file, shift)
		}
		tokens, repeated, total := sizesOf(old)
		t.Logf(row, filepath.Base(file), len(strings.Fields(newScript(segs).text)), len(old), total,
			spread(w), spread(s), first, shift, percentiles(tokens, 5, 50, 95),
			fmt.Sprintf("%.1f %%", 100*float64(repeated)/float64(total)))
		words, sentences, firsts = append(words, w...), append(sentences, s...), append(firsts, first)
		sizes = append(sizes, tokens...)
	}
	t.Logf(row, "all", "", len(sizes), "", spread(words), spread(sentences), slices.Max(firsts), "", percentiles(sizes, 5, 50, 95), "")
	if p := percentile(words, 99); p > 3 {
		t.Errorf("p99 of a word edit is %d new ids, want at most 3", p)
	}
	if p := percentile(sentences, 99); p > 4 {
		t.Errorf("p99 of an inserted sentence is %d new ids, want at most 4", p)
	}
	if m := slices.Max(sizes); m > DefaultSplit.Max {
		t.Errorf("a chunk has %d tokens, more than %d", m, DefaultSplit.Max)
	}
}

// editWords replaces single words, the punctuation around them kept.
func editWords(rng *rand.Rand, segs []transcript.Segment, known map[string]bool, sample int) []int {
	type place struct{ seg, word int }
	var places []place
	for i, seg := range segs {
		for j := range strings.Fields(seg.Text) {
			places = append(places, place{i, j})
		}
	}
	var out []int
	for _, at := range sampled(rng, places, sample) {
		edited := slices.Clone(segs)
		fields := strings.Fields(edited[at.seg].Text)
		core := strings.TrimFunc(fields[at.word], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		if core == "" {
			continue
		}
		word := "corrected"
		if unicode.IsUpper([]rune(core)[0]) {
			word = "Corrected"
		}
		fields[at.word] = strings.Replace(fields[at.word], core, word, 1)
		edited[at.seg].Text = strings.Join(fields, " ")
		out = append(out, newIDs(edited, known))
	}
	return out
}

// insertSentences inserts a cue with one sentence where a sentence ends; in
// transcripts without punctuation, a cue like the others.
func insertSentences(rng *rand.Rand, segs []transcript.Segment, known map[string]bool, sample int) []int {
	var ends []int
	for i, seg := range segs {
		if strings.HasSuffix(seg.Text, ".") {
			ends = append(ends, i+1)
		}
	}
	sentence := "That, by the way, will come up again in the exercises of next week."
	if len(ends) < len(segs)/20 {
		sentence = "that by the way will come up again in the exercises of next week"
		ends = ends[:0]
		for i := range segs {
			ends = append(ends, i+1)
		}
	}
	var out []int
	for _, at := range sampled(rng, ends, sample) {
		cue := transcript.Segment{StartMS: segs[at-1].EndMS, EndMS: segs[at-1].EndMS, Text: sentence}
		out = append(out, newIDs(slices.Insert(slices.Clone(segs), at, cue), known))
	}
	return out
}

func shifted(segs []transcript.Segment) []transcript.Segment {
	out := slices.Clone(segs)
	for i := range out {
		out[i].StartMS += 7_321
		out[i].EndMS += 7_321
	}
	return out
}

func split(segs []transcript.Segment) []Chunk {
	chunks := Split(segs, llm.CL100K().Count, DefaultSplit)
	Identify("course", "lecture", chunks)
	return chunks
}

func ids(chunks []Chunk) map[string]bool {
	set := make(map[string]bool, len(chunks))
	for _, c := range chunks {
		set[c.ID] = true
	}
	return set
}

func newIDs(segs []transcript.Segment, known map[string]bool) int {
	n := 0
	for _, c := range split(segs) {
		if !known[c.ID] {
			n++
		}
	}
	return n
}

func sizesOf(chunks []Chunk) (tokens []int, repeated, total int) {
	for _, c := range chunks {
		tokens = append(tokens, c.Tokens)
		repeated += llm.CL100K().Count(c.Text[:c.Overlap])
		total += c.Tokens
	}
	return tokens, repeated, total
}

func sampled[T any](rng *rand.Rand, all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	out := make([]T, n)
	for i := range out {
		out[i] = all[rng.IntN(len(all))]
	}
	return out
}

func percentile(values []int, p int) int {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

func percentiles(values []int, ps ...int) string {
	var out []string
	for _, p := range ps {
		out = append(out, fmt.Sprint(percentile(values, p)))
	}
	return strings.Join(out, "/")
}

func spread(values []int) string { return percentiles(values, 50, 99, 100) }

func parseFile(t testing.TB, path string) []transcript.Segment {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tr, err := transcript.Parse(filepath.Base(path), f)
	if err != nil {
		t.Fatal(err)
	}
	return tr.Segments
}

// testdata returns a folder of third-party data, which is not part of the
// repository, or skips the test.
func testdata(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("LECTERN_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Attr("lectern.skipped", "third-party data")
		t.Skipf("no third-party data at %s", dir)
	}
	return dir
}
