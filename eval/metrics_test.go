package eval

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestMetrics: figures worked out by hand.
func TestMetrics(t *testing.T) {
	judged := map[string]int{"a": 3, "b": 1, "c": 2, "no": 0, "pool": -1}
	log := math.Log2
	ideal := 3/log(2) + 2/log(3) + 1/log(4)
	tests := []struct {
		name    string
		metric  Metric
		ranking string
		want    float64
	}{
		{"all of it", Recall(3), "a b c", 1},
		{"two of three", Recall(10), "x a no b", 2.0 / 3},
		{"cut", Recall(2), "x a no b", 1.0 / 3},
		{"in the pool is not relevant", Recall(5), "pool no", 0},
		{"short ranking", Precision(4), "a b", 0.5},
		{"hit", Success(2), "x b", 1},
		{"no hit", Success(1), "x b", 0},
		{"second", MRR(10), "x b a", 0.5},
		{"behind the cut", MRR(2), "x no a", 0},
		{"best order", NDCG(3), "a c b", 1},
		{"ideal over all judged", NDCG(2), "a c", 1},
		{"worse order", NDCG(3), "b x a", (1/log(2) + 3/log(4)) / ideal},
		{"cut counts in the ideal, too", NDCG(1), "b", 1.0 / 3},
		{"grade below 0 takes nothing away", NDCG(3), "pool a", 3 / log(3) / ideal},
		{"average precision", MAP(), "a x c", (1 + 2.0/3) / 3},
		{"nothing returned", MAP(), "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.metric.Name+" "+tt.name, func(t *testing.T) {
			if got := tt.metric.Of(strings.Fields(tt.ranking), judged); math.Abs(got-tt.want) > 1e-12 {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	for _, m := range []Metric{Recall(5), Precision(5), Success(5), MRR(5), NDCG(5), MAP()} {
		if got := m.Of([]string{"no"}, map[string]int{"no": 0}); got != 0 {
			t.Errorf("%s without a relevant document is %v", m.Name, got)
		}
		if got := m.Of(nil, nil); got != 0 {
			t.Errorf("%s of nothing is %v", m.Name, got)
		}
	}
}

// TestOrder: the score alone orders, ties go to the larger document id, byte by byte, and the order in the run means
// nothing.
func TestOrder(t *testing.T) {
	got, err := rank([]Scored{{"d1", 1}, {"d10", 1}, {"d2", 1}, {"top", 2}, {"é", 1}, {"last", -3}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"top", "é", "d2", "d10", "d1", "last"}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := rank([]Scored{{"d", 1}, {"e", 1}, {"d", 2}}); err == nil || !strings.Contains(err.Error(), `"d" twice`) {
		t.Errorf("a document that is returned twice: %v", err)
	}
}

func TestHitInTime(t *testing.T) {
	gold := Interval{60_000, 62_000}
	tests := []struct {
		found Interval
		want  bool
	}{
		{Interval{61_000, 61_500}, true},
		{Interval{0, 600_000}, true},
		{Interval{50_000, 55_000}, true},
		{Interval{50_000, 54_999}, false},
		{Interval{67_000, 70_000}, true},
		{Interval{67_001, 70_000}, false},
	}
	for _, tt := range tests {
		if got := HitInTime([]Interval{{0, 1}, tt.found}, gold); got != tt.want {
			t.Errorf("%v: %v", tt.found, got)
		}
	}
	if HitInTime(nil, gold) {
		t.Error("nothing found is a hit")
	}
}

// TestScoreMatches: files that do not belong together are an error; a system that found nothing is a bad system.
func TestScoreMatches(t *testing.T) {
	q := Qrels{"q1": {"a": 1}, "q2": {"b": 1}}
	for name, run := range map[string]Run{
		"no question":  {"x": {{"a", 1}}},
		"no document":  {"q1": {{"z", 1}}, "q2": {{"y", 1}}},
		"nothing":      {},
		"other's docs": {"q1": {{"b", 1}}},
	} {
		if _, err := Score(run, q, []Metric{MAP()}); !errors.Is(err, ErrNoMatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := Score(Run{"q1": nil, "q2": nil}, q, []Metric{MAP()})
	if err != nil || s.Values[0][0] != 0 {
		t.Errorf("a run that found nothing: %v, %v", s, err)
	}
	s, err = Score(Run{"q1": {{"a", 1}}}, q, []Metric{MAP()})
	if want := (Scores{[]string{"q1", "q2"}, []string{"MAP"}, [][]float64{{1, 0}}}); err != nil || cmp.Diff(want, s) != "" {
		t.Errorf("a question that the run leaves out counts as 0: %v, %v", s, err)
	}
}

type drawn struct {
	docs   []Scored
	judged map[string]int
}

func draw(t *rapid.T) drawn {
	d := drawn{judged: rapid.MapOfN(doc, rapid.IntRange(-2, 5), 0, 12).Draw(t, "judged")}
	for _, id := range rapid.SliceOfNDistinct(doc, 0, 20, rapid.ID[string]).Draw(t, "docs") {
		d.docs = append(d.docs, Scored{id, float64(rapid.IntRange(-3, 3).Draw(t, "score"))})
	}
	return d
}

var doc = rapid.Map(rapid.IntRange(0, 25), func(i int) string { return fmt.Sprintf("d%d", i) })

func allMetrics(k int) []Metric {
	return []Metric{Recall(k), Precision(k), Success(k), MRR(k), NDCG(k), MAP()}
}

func TestMetricProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		k := rapid.IntRange(1, 25).Draw(t, "k")
		ranking, err := rank(d.docs)
		if err != nil {
			t.Fatal(err)
		}
		shuffled, err := rank(rapid.Permutation(d.docs).Draw(t, "shuffled"))
		if err != nil {
			t.Fatal(err)
		}
		wider := allMetrics(k + 1)
		for i, m := range allMetrics(k) {
			v := m.Of(ranking, d.judged)
			if math.IsNaN(v) || v < 0 || v > 1+1e-12 {
				t.Fatalf("%s is %v", m.Name, v)
			}
			if again := m.Of(shuffled, d.judged); again != v {
				t.Fatalf("%s is %v, and %v in another order of lines", m.Name, v, again)
			}
			if !strings.HasPrefix(m.Name, "P@") && !strings.HasPrefix(m.Name, "nDCG") && wider[i].Of(ranking, d.judged) < v {
				t.Fatalf("%s falls when k grows", m.Name)
			}
			// A relevant document that moves up one place makes nothing worse.
			for at := 1; at < len(ranking); at++ {
				if d.judged[ranking[at]] >= relevant && d.judged[ranking[at-1]] < relevant {
					better := append([]string{}, ranking...)
					better[at-1], better[at] = better[at], better[at-1]
					if up := m.Of(better, d.judged); up < v-1e-12 {
						t.Fatalf("%s falls from %v to %v when a relevant document moves up to %d", m.Name, v, up, at)
					}
				}
			}
		}
	})
}

// TestDescending: the scores written for a ranking bring every version of trec_eval to that very ranking.
func TestDescending(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := draw(t).docs
		for i := range docs {
			docs[i].Score /= 60 // many are alike
		}
		var want []string
		for _, d := range docs {
			want = append(want, d.Doc)
		}
		descending(docs)
		for i := range docs {
			docs[i].Score = float64(float32(docs[i].Score))
		}
		got, err := rank(docs)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
