package ingest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
// some 3,000 costs 4 or 5. Every edited version is split from the beginning:
// that nothing changes elsewhere is what is measured.
//
// Nothing here runs concurrently but the measuring itself, and the race
// detector makes it five times slower, so with it the sample stays one.
func TestChurn(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	sample, of := 30, "30 words and sentences of each lecture"
	switch stress := os.Getenv("LECTERN_STRESS") == "1"; {
	case stress && raceDetector:
		sample, of = 300, "300 words and sentences of each lecture; all of them without -race"
	case stress:
		sample, of = 1<<30, "every word and every sentence"
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	head := fmt.Sprintf("new ids per edit as p50/p99/max (%s, seed %d)", of, seed)
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
		figure(t, "%s", head)
		measureChurn(t, rng, files, sample)
	})
	t.Run("real", func(t *testing.T) {
		dir := testdata(t, "transcripts")
		var files []string
		for _, f := range realTranscripts {
			files = append(files, filepath.Join(dir, f))
		}
		figure(t, "%s", head)
		measureChurn(t, rng, files, sample)
	})
}

// figure prints one line of a table in the test's output and in the summary of
// make test.
func figure(t *testing.T, format string, args ...any) {
	t.Helper()
	line := strings.TrimRight(fmt.Sprintf(format, args...), " ")
	t.Log(line)
	t.Attr("lectern.figure", line)
}

func measureChurn(t *testing.T, rng *rand.Rand, files []string, sample int) {
	const row = "%-34.34s %6v %6v  %-9v %-10v %-10v %5v %5v  %-12v %v"
	figure(t, row, "lecture", "words", "chunks", "tokens", "word", "sentence", "first", "shift", "p5/p50/p95", "overlap")
	var words, sentences, firsts, shifts []int
	var sizes []int
	allRepeated, allTokens := 0, 0
	for _, file := range files {
		segs := parseFile(t, file)
		old := split(segs)
		known := ids(old)
		w := costs(wordEdits(rng, segs, sample), known)
		s := costs(insertions(rng, segs, sample), known)
		first, shift := newIDs(segs[1:], known, llm.CL100K().Count), newIDs(shifted(segs), known, llm.CL100K().Count)
		tokens, repeated, total := sizesOf(old)
		figure(t, row, filepath.Base(file), len(strings.Fields(newScript(segs).text)), len(old), total,
			spread(w), spread(s), first, shift, percentiles(tokens, 5, 50, 95), share(repeated, total))
		words, sentences, firsts, shifts = append(words, w...), append(sentences, s...), append(firsts, first), append(shifts, shift)
		sizes = append(sizes, tokens...)
		allRepeated, allTokens = allRepeated+repeated, allTokens+total
	}
	figure(t, row, "all", "", len(sizes), allTokens, spread(words), spread(sentences), slices.Max(firsts), slices.Max(shifts),
		percentiles(sizes, 5, 50, 95), share(allRepeated, allTokens))
	figure(t, "edits: %s of a word, %s of a sentence", histogram(words), histogram(sentences))
	if m := slices.Max(shifts); m != 0 {
		t.Errorf("shifting all times changed %d ids", m)
	}
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

// histogram writes how many edits cost how many ids: 12 ×1, 3 ×2.
func histogram(costs []int) string {
	byCost := map[int]int{}
	for _, n := range costs {
		byCost[n]++
	}
	var out []string
	for _, n := range slices.Sorted(maps.Keys(byCost)) {
		out = append(out, fmt.Sprintf("%d ×%d", byCost[n], n))
	}
	return strings.Join(out, ", ")
}

func share(part, whole int) string { return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole)) }

// costs returns what each edit costs, in the order of edits, working on all
// processors. Each of them keeps the token counts of the words it has met.
func costs(edits []edit, known map[string]bool) []int {
	out := make([]int, len(edits))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			met := map[string]int{}
			count := func(s string) int {
				n, ok := met[s]
				if !ok {
					n = llm.CL100K().Count(s)
					met[s] = n
				}
				return n
			}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(edits) {
					return
				}
				out[i] = newIDs(edits[i](), known, count)
			}
		})
	}
	wg.Wait()
	return out
}

// An edit returns the lecture's segments with one edit made.
type edit func() []transcript.Segment

// wordEdits replaces single words, the punctuation around them kept.
func wordEdits(rng *rand.Rand, segs []transcript.Segment, sample int) []edit {
	type place struct{ seg, word int }
	var places []place
	for i, seg := range segs {
		for j := range strings.Fields(seg.Text) {
			places = append(places, place{i, j})
		}
	}
	var out []edit
	for _, at := range sampled(rng, places, sample) {
		fields := strings.Fields(segs[at.seg].Text)
		core := strings.TrimFunc(fields[at.word], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		if core == "" {
			continue
		}
		word := "corrected"
		if unicode.IsUpper([]rune(core)[0]) {
			word = "Corrected"
		}
		fields[at.word] = strings.Replace(fields[at.word], core, word, 1)
		text := strings.Join(fields, " ")
		out = append(out, func() []transcript.Segment {
			edited := slices.Clone(segs)
			edited[at.seg].Text = text
			return edited
		})
	}
	return out
}

// insertions inserts a cue with one sentence where a sentence ends; in
// transcripts without punctuation, a cue like the others.
func insertions(rng *rand.Rand, segs []transcript.Segment, sample int) []edit {
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
	var out []edit
	for _, at := range sampled(rng, ends, sample) {
		cue := transcript.Segment{StartMS: segs[at-1].EndMS, EndMS: segs[at-1].EndMS, Text: sentence}
		out = append(out, func() []transcript.Segment { return slices.Insert(slices.Clone(segs), at, cue) })
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

func newIDs(segs []transcript.Segment, known map[string]bool, count func(string) int) int {
	n := 0
	chunks := Split(segs, count, DefaultSplit)
	Identify("course", "lecture", chunks)
	for _, c := range chunks {
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
