package lexical

import (
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// naive is BM25 straight from the formula, over token lists: the oracle.
func naive(lectures [][][]string, terms []string, k int, p BM25) []Hit {
	docs, total := 0, 0
	df := map[string]int{}
	for _, l := range lectures {
		for _, doc := range l {
			docs++
			total += len(doc)
			for _, term := range slices.Compact(slices.Sorted(slices.Values(doc))) {
				df[term]++
			}
		}
	}
	var hits []Hit
	for i, l := range lectures {
		for j, doc := range l {
			score := 0.0
			for _, term := range terms {
				tf := 0.0
				for _, w := range doc {
					if w == term {
						tf++
					}
				}
				idf := math.Log(1 + (float64(docs-df[term])+0.5)/(float64(df[term])+0.5))
				score += idf * tf / (tf + p.K1*(1-p.B+p.B*float64(len(doc))*float64(docs)/float64(total)))
			}
			if score > 0 {
				hits = append(hits, Hit{Lecture: i, Doc: j, Score: score})
			}
		}
	}
	sort.SliceStable(hits, func(i, j int) bool { return hits[i].Score > hits[j].Score })
	return hits[:min(k, len(hits))]
}

func TestSearchEqualsTheFormula(t *testing.T) {
	neutral := new(Analyzer)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom(strings.Fields("a b c d e f g h"))
		doc := rapid.SliceOfN(word, 0, 12)
		lectures := rapid.SliceOfN(rapid.SliceOfN(doc, 0, 6), 0, 5).Draw(t, "lectures")
		terms := rapid.SliceOfN(word, 0, 6).Draw(t, "terms")
		k := rapid.IntRange(0, 40).Draw(t, "k")
		p := BM25{K1: rapid.Float64Range(0.1, 3).Draw(t, "k1"), B: rapid.Float64Range(0, 1).Draw(t, "b")}
		var index []*Postings
		for _, l := range lectures {
			var texts []string
			for _, d := range l {
				texts = append(texts, strings.Join(d, " "))
			}
			index = append(index, Build(neutral, "", texts))
		}
		got := Search(index, terms, k, p)
		want := naive(lectures, terms, 1000, p)
		if len(got) != min(k, len(want)) {
			t.Fatalf("%d hits, want %d", len(got), min(k, len(want)))
		}
		for i, h := range got {
			if math.Abs(h.Score-want[i].Score) > 1e-9 {
				t.Fatalf("score %d is %v, want %v", i, h.Score, want[i].Score)
			}
			if i > 0 && better(got[i-1], h) >= 0 {
				t.Fatalf("hits %v and %v are out of order", got[i-1], h)
			}
		}
		// All of them, whatever their order among equals.
		all := Search(index, terms, 1000, p)
		byPlace := cmpopts.SortSlices(func(a, b Hit) bool { return a.Lecture < b.Lecture || a.Lecture == b.Lecture && a.Doc < b.Doc })
		if diff := cmp.Diff(want, all, byPlace, cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("hits (-formula +Search):\n%s", diff)
		}
		if !slices.Equal(got, all[:len(got)]) {
			t.Fatalf("the best %d are %v, not the beginning of %v", k, got, all)
		}
		slices.Reverse(terms)
		if again := Search(index, terms, 1000, p); !cmp.Equal(all, again) {
			t.Fatal("the order of the words changed a score")
		}
	})
}

func TestTiesGoByPlace(t *testing.T) {
	a := new(Analyzer)
	index := []*Postings{Build(a, "", []string{"x", "y", "x"}), nil, Build(a, "", nil), Build(a, "", []string{"x"})}
	var got []Span
	for _, h := range Search(index, []string{"x"}, 10, DefaultBM25) {
		got = append(got, Span{h.Lecture, h.Doc})
	}
	if diff := cmp.Diff([]Span{{0, 0}, {0, 2}, {3, 0}}, got); diff != "" {
		t.Errorf("lecture and document of equal hits (-want +got):\n%s", diff)
	}
}

// TestOnlyTheseLectures: a lecture that is not passed in changes nothing, and
// one that is changes the statistics.
func TestOnlyTheseLectures(t *testing.T) {
	a := new(Analyzer)
	seen := Build(a, "", []string{"router switch", "router"})
	hidden := Build(a, "", []string{"router router router", "router", "router"})
	alone := Search([]*Postings{seen}, []string{"router", "switch"}, 10, DefaultBM25)
	if len(alone) != 2 || alone[0].Doc != 0 {
		t.Fatalf("hits: %v", alone)
	}
	if a, b := IDF([]*Postings{seen}, "switch"), IDF([]*Postings{seen, hidden}, "switch"); a >= b {
		t.Errorf("idf over one lecture %v, over both %v", a, b)
	}
}

func TestIDF(t *testing.T) {
	a := new(Analyzer)
	index := []*Postings{Build(a, "", []string{"x y", "x"}), Build(a, "", []string{"x"})}
	for term, want := range map[string]float64{
		"x": math.Log(1 + 0.5/3.5), "y": math.Log(1 + 2.5/1.5), "absent": math.Log(1 + 3.5/0.5),
	} {
		if got := IDF(index, term); math.Abs(got-want) > 1e-12 {
			t.Errorf("IDF(%s) = %v, want %v", term, got, want)
		}
	}
	if got := IDF(nil, "x"); got != 0 {
		t.Errorf("IDF over nothing is %v, want 0", got)
	}
}

func TestTitleFindsItsLecture(t *testing.T) {
	a, err := NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	index := []*Postings{
		Build(a, "Routing", []string{"we begin with a graph"}),
		Build(a, "Congestion control", []string{"we begin with a graph"}),
	}
	hits := Search(index, a.Strings("the beginning of the congestion lecture"), 10, DefaultBM25)
	if len(hits) != 2 || hits[0].Lecture != 1 {
		t.Errorf("hits: %v, want lecture 1 first", hits)
	}
}

// TestHeadings: the words of its heading find a chunk that does not say them, as often as its title would; without
// headings the postings are the same, byte for byte.
func TestHeadings(t *testing.T) {
	a, err := NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"we begin with a graph", "we begin with a graph", "a window grows and shrinks"}
	headings := []string{"Routing", "Congestion control\nSlow start"}
	under := BuildUnder(a, "", headings, texts)
	hits := Search([]*Postings{under}, a.Strings("how does the congested link start"), 10, DefaultBM25)
	if len(hits) != 1 || hits[0].Doc != 1 {
		t.Errorf("hits: %v, want document 1 alone", hits)
	}
	titled := Build(a, headings[1], texts[1:2])
	if diff := cmp.Diff(packedForm(t, titled), packedForm(t, BuildUnder(a, "", headings[1:], texts[1:2]))); diff != "" {
		t.Errorf("a heading weighs otherwise than a title (-title +heading):\n%s", diff)
	}
	for _, none := range [][]string{nil, {}, {"", ""}, {"", "", ""}} {
		if diff := cmp.Diff(packedForm(t, Build(a, "Networks", texts)), packedForm(t, BuildUnder(a, "Networks", none, texts))); diff != "" {
			t.Errorf("headings %q change the postings:\n%s", none, diff)
		}
	}
}

func packedForm(t *testing.T, p *Postings) string {
	t.Helper()
	b, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSearchWhere: the k best are the k best of what is wanted, and the scores
// are those of a search that wants everything.
func TestSearchWhere(t *testing.T) {
	a := new(Analyzer)
	index := []*Postings{Build(a, "", []string{"x x x", "x x", "x"}), Build(a, "", []string{"x x x x", "x"})}
	all := Search(index, []string{"x"}, 10, DefaultBM25)
	var want []Hit
	keep := func(lecture, doc int) bool { return lecture == 0 && doc > 0 }
	for _, h := range all {
		if keep(h.Lecture, h.Doc) {
			want = append(want, h)
		}
	}
	if diff := cmp.Diff(want[:1], SearchWhere(index, []string{"x"}, 1, DefaultBM25, keep)); diff != "" {
		t.Errorf("the best that is wanted (-want +got):\n%s", diff)
	}
}
