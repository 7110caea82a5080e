package lexical

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// benchCourse is a course of 32 lectures of 62 or 63 chunks (2,000 in all).
// The words are made up, but as frequent as in real lectures: of 190 words in
// a chunk about half are stop words, and a lecture of 62 chunks has 1,250 terms
// and 4,300 postings (four lectures of philosophy: 860 to 1,160 and 3,700 to
// 4,400). Questions have 5 words that are not stop words, drawn likewise.
func benchCourse(b *testing.B) (titles []string, texts [][]string, questions []string) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.2, 5, 4000)
	word := func(stop float64) string {
		if rng.Float64() < stop {
			return "the"
		}
		var w []byte
		for n := zipf.Uint64() + 26; n > 0; n /= 26 {
			w = append(w, byte('a'+n%26), "aeiou"[n%5])
		}
		return string(w)
	}
	sentence := func(n int, stop float64) string {
		words := make([]string, n)
		for i := range words {
			words[i] = word(stop)
		}
		return strings.Join(words, " ")
	}
	for i := range 32 {
		titles = append(titles, sentence(3, 0))
		var chunks []string
		for range 62 + i%2 {
			chunks = append(chunks, sentence(190, 0.48))
		}
		texts = append(texts, chunks)
	}
	for range 64 {
		questions = append(questions, sentence(5, 0))
	}
	return titles, texts, questions
}

func benchIndex(b *testing.B) ([]*Postings, [][]string) {
	a, err := NewAnalyzer("en")
	if err != nil {
		b.Fatal(err)
	}
	titles, texts, questions := benchCourse(b)
	var index []*Postings
	for i := range texts {
		index = append(index, Build(a, titles[i], texts[i]))
	}
	var queries [][]string
	for _, q := range questions {
		queries = append(queries, a.Strings(q))
	}
	return index, queries
}

// BenchmarkSearch asks a course of 2,000 chunks questions of 5 terms for
// 50 candidates.
func BenchmarkSearch(b *testing.B) {
	index, queries := benchIndex(b)
	mem, packed := 0, 0
	for _, p := range index {
		mem += p.MemBytes()
		packed += len(p.packed)
	}
	i := 0
	for b.Loop() {
		Search(index, queries[i%len(queries)], 50, DefaultBM25)
		i++
	}
	b.ReportMetric(float64(mem), "bytes/course")
	b.ReportMetric(float64(packed), "packed-bytes/course")
}

func BenchmarkSearchOneLecture(b *testing.B) {
	index, queries := benchIndex(b)
	i := 0
	for b.Loop() {
		Search(index[:1], queries[i%len(queries)], 50, DefaultBM25)
		i++
	}
}

// BenchmarkBuild analyses and packs the whole course.
func BenchmarkBuild(b *testing.B) {
	a, err := NewAnalyzer("en")
	if err != nil {
		b.Fatal(err)
	}
	titles, texts, _ := benchCourse(b)
	size := 0
	for _, l := range texts {
		for _, text := range l {
			size += len(text)
		}
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for i := range texts {
			Build(a, titles[i], texts[i])
		}
	}
}

// BenchmarkUnpack loads the whole course, as a cold server does.
func BenchmarkUnpack(b *testing.B) {
	index, _ := benchIndex(b)
	var stored [][]byte
	for _, p := range index {
		data, err := p.MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		stored = append(stored, data)
	}
	for b.Loop() {
		for _, data := range stored {
			if _, err := Unpack(data); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkSentences(b *testing.B) {
	text := strings.Repeat("As Dr. Smith said, the router sends 3.5 packets. Then it waits, e.g. for an ACK. ", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Sentences(text)
	}
}
