package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestMeanOfOneCluster(t *testing.T) {
	e := Bootstrap{}.Mean([]float64{0, 1, 1, 0}, []string{"a", "a", "a", "a"})
	if e.Mean != 0.5 || !math.IsNaN(e.Low) || !math.IsNaN(e.High) {
		t.Errorf("%+v", e)
	}
	b, err := json.Marshal(Figure{"R@1", e})
	if want := `{"metric":"R@1","mean":0.5,"low":null,"high":null}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}

// TestClustersWiden: forty questions of which each lecture's ten all hit or all miss tell as much as four, and the
// interval must say so.
func TestClustersWiden(t *testing.T) {
	var values []float64
	var lectures, alone []string
	for i := range 40 {
		values = append(values, float64(i/10%2))
		lectures, alone = append(lectures, fmt.Sprint(i/10)), append(alone, fmt.Sprint(i))
	}
	whole, single := Bootstrap{}.Mean(values, lectures), Bootstrap{}.Mean(values, alone)
	if whole.Low != 0 || whole.High != 1 {
		t.Errorf("by lecture: %+v", whole)
	}
	if width := single.High - single.Low; width < 0.2 || width > 0.4 { // 2 · 1.96 · √(0.25/40) = 0.31
		t.Errorf("by question: %+v", single)
	}
}

// TestCoverage: of 300 intervals for a mean that is known, about 95 % hold it. Thirty clusters, whose own means scatter.
func TestCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	held := 0
	for range 300 {
		var values []float64
		var clusters []string
		for c := range 30 {
			shift := random.NormFloat64()
			for range 5 {
				values, clusters = append(values, 3+shift+random.NormFloat64()), append(clusters, fmt.Sprint(c))
			}
		}
		if e := (Bootstrap{Resamples: 400}).Mean(values, clusters); e.Low <= 3 && 3 <= e.High {
			held++
		}
	}
	if share := float64(held) / 300; share < 0.89 || share > 0.98 {
		t.Errorf("%.3f of the intervals hold the mean", share)
	}
}

func TestMeanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		type pair struct {
			value   float64
			cluster string
		}
		var pairs []pair
		for range n {
			pairs = append(pairs, pair{float64(rapid.IntRange(0, 8).Draw(t, "v")) / 8, rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "c")})
		}
		take := func(pairs []pair) (v []float64, c []string) {
			for _, p := range pairs {
				v, c = append(v, p.value), append(c, p.cluster)
			}
			return v, c
		}
		b := Bootstrap{Resamples: 100}
		values, clusters := take(pairs)
		e := b.Mean(values, clusters)
		if again := b.Mean(take(rapid.Permutation(pairs).Draw(t, "shuffled"))); again.Mean != e.Mean || !same(again.Low, e.Low) || !same(again.High, e.High) {
			t.Fatalf("%+v, and %+v in another order", e, again)
		}
		if distinct(clusters) > 1 && (e.Low > e.High || e.Low < 0 || e.High > 1) {
			t.Fatalf("%+v", e)
		}
		if d := b.Difference(values, values, clusters); d.Mean != 0 || distinct(clusters) > 1 && (d.Low != 0 || d.High != 0) {
			t.Fatalf("against itself: %+v", d)
		}
	})
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestDifferenceIsPaired(t *testing.T) {
	var before, after []float64
	var clusters []string
	for i := range 50 {
		hard := float64(i%10) / 10
		before, after, clusters = append(before, hard), append(after, hard+0.01), append(clusters, fmt.Sprint(i))
	}
	if d := (Bootstrap{}).Difference(before, after, clusters); math.Abs(d.Mean-0.01) > 1e-12 || d.Low < 0.009 || d.High > 0.011 {
		t.Errorf("%+v", d)
	}
	if e := (Bootstrap{Seed: 1}).Mean(before, clusters); e == (Bootstrap{Seed: 2}).Mean(before, clusters) {
		t.Error("the seed changes nothing")
	}
}
