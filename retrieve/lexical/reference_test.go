package lexical

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReferenceRankings ranks three public collections and compares with the
// figures of another BM25 (k1 0.9, b 0.4, Lucene's stop words, Porter, title
// and text as one). Neighbours of one document or without a title are one
// lecture, so this also covers statistics over many lectures.
func TestReferenceRankings(t *testing.T) {
	for _, set := range []struct {
		name string
		want float64 // nDCG@10 to reach
	}{
		{"squad2", 0.880}, {"cranfield", 0.366}, {"mlquestions-dev", 0.410},
	} {
		t.Run(set.name, func(t *testing.T) {
			c := readCollection(t, testdata(t, filepath.Join("retrieval", set.name)))
			a, err := NewAnalyzer("en")
			if err != nil {
				t.Fatal(err)
			}
			index := c.index(a)
			m := c.measure(index, func(q string) []string { return asked(a, index, q) }, DefaultBM25)
			t.Logf("%-16s %5d questions  R@1 %.4f  R@5 %.4f  R@10 %.4f  MRR@10 %.4f  nDCG@10 %.4f",
				set.name, m.n, m.r1, m.r5, m.r10, m.mrr, m.ndcg)
			if math.Round(m.ndcg*1000)/1000 < set.want {
				t.Errorf("nDCG@10 is %.4f, want at least %.3f", m.ndcg, set.want)
			}
		})
	}
}

// asked is what retrieve asks of a question, but for misspelt words.
func asked(a *Analyzer, index []*Postings, question string) []string {
	var words []string
	for _, term := range Held(index, a.Terms(question)) {
		words = append(words, term.Text)
	}
	return words
}

// A collection is passages, questions, and which passages answer them.
type collection struct {
	lectures []lecture
	queries  []query
	relevant map[string]map[string]bool // query → passages
}

type lecture struct {
	title  string
	ids    []string
	chunks []string
}

type query struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

func readCollection(t testing.TB, dir string) *collection {
	c := &collection{relevant: make(map[string]map[string]bool)}
	eachLine(t, filepath.Join(dir, "qrels.tsv"), func(line string) {
		f := strings.Split(line, "\t")
		if len(f) == 3 && f[2] != "0" && f[2] != "score" {
			if c.relevant[f[0]] == nil {
				c.relevant[f[0]] = make(map[string]bool)
			}
			c.relevant[f[0]][f[1]] = true
		}
	})
	lastDoc := ""
	eachLine(t, filepath.Join(dir, "corpus.jsonl"), func(line string) {
		var p struct {
			ID    string `json:"_id"`
			Title string `json:"title"`
			Text  string `json:"text"`
			Doc   string `json:"doc"`
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		if len(c.lectures) == 0 || p.Doc != lastDoc || p.Title != c.lectures[len(c.lectures)-1].title {
			c.lectures = append(c.lectures, lecture{title: p.Title})
			lastDoc = p.Doc
		}
		l := &c.lectures[len(c.lectures)-1]
		l.ids, l.chunks = append(l.ids, p.ID), append(l.chunks, p.Text)
	})
	eachLine(t, filepath.Join(dir, "queries.jsonl"), func(line string) {
		var q query
		if err := json.Unmarshal([]byte(line), &q); err != nil {
			t.Fatal(err)
		}
		if len(c.relevant[q.ID]) > 0 {
			c.queries = append(c.queries, q)
		}
	})
	if len(c.queries) == 0 {
		t.Fatalf("%s: no question has a relevant passage", dir)
	}
	return c
}

func (c *collection) index(a *Analyzer) []*Postings {
	out := make([]*Postings, len(c.lectures))
	for i, l := range c.lectures {
		out[i] = Build(a, l.title, l.chunks)
	}
	return out
}

type metrics struct {
	n                      int
	r1, r5, r10, mrr, ndcg float64 // means over the questions
}

func (c *collection) measure(index []*Postings, terms func(string) []string, p BM25) metrics {
	var m metrics
	for _, q := range c.queries {
		relevant := c.relevant[q.ID]
		var dcg, ideal, found float64
		first := true
		for i, h := range Search(index, terms(q.Text), 10, p) {
			if !relevant[c.lectures[h.Lecture].ids[h.Doc]] {
				continue
			}
			rank := float64(i + 1)
			found++
			dcg += 1 / math.Log2(rank+1)
			share := 1 / float64(len(relevant))
			if i < 1 {
				m.r1 += share
			}
			if i < 5 {
				m.r5 += share
			}
			m.r10 += share
			if first {
				m.mrr += 1 / rank
				first = false
			}
		}
		for i := range min(10, len(relevant)) {
			ideal += 1 / math.Log2(float64(i)+2)
		}
		m.ndcg += dcg / ideal
		m.n++
	}
	n := float64(m.n)
	m.r1, m.r5, m.r10, m.mrr, m.ndcg = m.r1/n, m.r5/n, m.r10/n, m.mrr/n, m.ndcg/n
	return m
}

func eachLine(t testing.TB, path string, f func(string)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		f(lines.Text())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// testdata returns a folder of third-party data, which is not part of the
// repository, or skips the test.
func testdata(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("LECTERN_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Attr("lectern.skipped", "third-party data")
		t.Skipf("no third-party data at %s", dir)
	}
	return dir
}
