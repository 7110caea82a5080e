package eval

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
)

// Bootstrap says how intervals are computed. The zero value is the default.
//
// Questions about one lecture are not independent: its vocabulary is easy or hard for all of them. So whole lectures are
// drawn with replacement, with all their questions, and the mean is taken anew each time; the interval is the middle 95 %
// of those means (the percentile method). Davison and Hinkley, Bootstrap Methods and their Application (1997), section
// 3.8; Cameron, Gelbach and Miller, Review of Economics and Statistics 90 (2008), who also show that with fewer than about
// twenty clusters such an interval is too narrow. Where all lectures agree it has no width at all: resampling cannot show
// what was never seen.
type Bootstrap struct {
	Seed      uint64 // 0: DefaultSeed
	Resamples int    // 0: 2,000
}

// DefaultSeed of the intervals. It is fixed, so that the same run gives the same report.
const DefaultSeed = 20261122

func (b Bootstrap) defaults() Bootstrap {
	b.Seed = cmp.Or(b.Seed, DefaultSeed)
	b.Resamples = cmp.Or(b.Resamples, 2000)
	return b
}

// An Estimate is a mean with its interval.
type Estimate struct {
	Mean float64
	// Low and High bound the 95 % interval. NaN with fewer than two clusters: one cluster says nothing of the next.
	Low, High float64
}

// MarshalJSON writes an interval that there is not as null.
func (e Estimate) MarshalJSON() ([]byte, error) {
	out := struct {
		Mean float64  `json:"mean"`
		Low  *float64 `json:"low"`
		High *float64 `json:"high"`
	}{Mean: e.Mean}
	if !math.IsNaN(e.Low) && !math.IsNaN(e.High) {
		out.Low, out.High = &e.Low, &e.High
	}
	return json.Marshal(out)
}

// Mean returns the mean of values with its interval. clusters[i] names the cluster of values[i]; the order of the values
// does not matter beyond rounding. No values: all NaN.
func (b Bootstrap) Mean(values []float64, clusters []string) Estimate {
	b = b.defaults()
	type cluster struct {
		sum float64
		n   int
	}
	by := map[string]*cluster{}
	var names []string
	for i, v := range values {
		c := by[clusters[i]]
		if c == nil {
			c = &cluster{}
			by[clusters[i]] = c
			names = append(names, clusters[i])
		}
		c.sum += v
		c.n++
	}
	slices.Sort(names)
	total := cluster{}
	for _, name := range names {
		total.sum += by[name].sum
		total.n += by[name].n
	}
	e := Estimate{Mean: total.sum / float64(total.n), Low: math.NaN(), High: math.NaN()}
	if len(names) < 2 {
		return e
	}
	random := rand.New(rand.NewPCG(b.Seed, 0)) //nolint:gosec // to be repeatable is what it is for
	means := make([]float64, b.Resamples)
	for i := range means {
		var drawn cluster
		for range names {
			c := by[names[random.IntN(len(names))]]
			drawn.sum += c.sum
			drawn.n += c.n
		}
		means[i] = drawn.sum / float64(drawn.n)
	}
	slices.Sort(means)
	e.Low, e.High = quantile(means, 0.025), quantile(means, 0.975)
	return e
}

// Difference returns the mean of b[i] − a[i], paired by question, with its interval. An interval that holds 0 shows no
// difference between the two systems on these lectures.
func (b Bootstrap) Difference(before, after []float64, clusters []string) Estimate {
	d := make([]float64, len(before))
	for i := range d {
		d[i] = after[i] - before[i]
	}
	return b.Mean(d, clusters)
}

// Wilson returns the share k of n with its 95 % score interval, which has a width at 0 and at n too. It takes the n for
// independent. n of 0: all NaN. Wilson, Journal of the American Statistical Association 22 (1927), 209 to 212.
func Wilson(k, n int) Estimate {
	const z = 1.959963984540054 // the normal distribution's quantile of 0.975
	of := float64(n)
	p := float64(k) / of
	middle := (p + z*z/(2*of)) / (1 + z*z/of)
	half := z / (1 + z*z/of) * math.Sqrt(p*(1-p)/of+z*z/(4*of*of))
	return Estimate{Mean: p, Low: max(middle-half, 0), High: min(middle+half, 1)}
}

// quantile of sorted values, linear between two of them (R's type 7).
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// distinct counts the clusters.
func distinct(clusters []string) int {
	seen := map[string]bool{}
	for _, c := range clusters {
		seen[c] = true
	}
	return len(seen)
}
