package answers

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// McNemar returns the exact two-sided p-value of McNemar's test for paired passes and failures: b tasks passed before and
// fail now, c the other way round. Under the hypothesis that nothing changed each of them fell either way like a coin, so
// the p-value is twice the smaller tail of the binomial distribution with one half, at most 1. Q. McNemar, Psychometrika 12
// (1947); the exact form: Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91 (2013).
func McNemar(b, c int) float64 {
	n, k := b+c, min(b, c)
	if n == 0 {
		return 1
	}
	// The sum of the binomial coefficients is taken in logarithms: n may be some thousands.
	tail := 0.0
	for i := 0; i <= k; i++ {
		tail += math.Exp(logChoose(n, i) - float64(n)*math.Ln2)
	}
	return min(1, 2*tail)
}

func logChoose(n, k int) float64 {
	lg := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// SmallestEffect returns the smallest drop, in tasks, that McNemar's exact test would have called significant at alpha if
// no task had improved: fewer than that many tasks lost can never be shown by a set of this kind.
func SmallestEffect(alpha float64) int {
	for lost := 1; ; lost++ {
		if McNemar(lost, 0) < alpha {
			return lost
		}
	}
}

// Kappa returns Cohen's kappa of two reviewers' verdicts, pair by pair: how far they agree beyond what their habits alone
// would give, 1 for always, 0 for no more than that. NaN without a pair, or if both always say the same one thing: then
// chance alone explains everything. J. Cohen, Educational and Psychological Measurement 20 (1960).
func Kappa[V cmp.Ordered](a, b []V) float64 {
	n := float64(min(len(a), len(b)))
	agree, first, second := 0.0, map[V]float64{}, map[V]float64{}
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			agree++
		}
		first[a[i]]++
		second[b[i]]++
	}
	chance := 0.0
	for _, v := range slices.Sorted(maps.Keys(first)) {
		chance += first[v] / n * second[v] / n
	}
	return (agree/n - chance) / (1 - chance)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
