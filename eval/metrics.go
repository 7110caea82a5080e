package eval

import (
	"fmt"
	"math"
	"slices"
)

// relevant is the lowest grade that counts as relevant where a metric knows only yes and no: trec_eval's default.
const relevant = 1

// A Metric judges one question's ranking, from 0 (nothing of what was wanted) to 1.
//
// All follow trec_eval (github.com/usnistgov/trec_eval; the name of its measure stands with each): documents that were not
// judged count as not relevant, and a question without a relevant document is 0.
type Metric struct {
	Name string
	// Of takes the documents, best first and none twice, and the judgements of the question.
	Of func(ranking []string, judged map[string]int) float64
}

// Recall is the share of the relevant documents that are among the first k (recall_k).
func Recall(k int) Metric {
	return Metric{fmt.Sprintf("R@%d", k), func(ranking []string, judged map[string]int) float64 {
		return ratio(hits(top(ranking, k), judged), relevantIn(judged))
	}}
}

// Precision is the share of the first k places that hold a relevant document (P_k). Places behind the end of a shorter
// ranking hold none.
func Precision(k int) Metric {
	return Metric{fmt.Sprintf("P@%d", k), func(ranking []string, judged map[string]int) float64 {
		return ratio(hits(top(ranking, k), judged), k)
	}}
}

// Success is 1 if any of the first k documents is relevant (success_k).
func Success(k int) Metric {
	return Metric{fmt.Sprintf("hit@%d", k), func(ranking []string, judged map[string]int) float64 {
		return float64(min(hits(top(ranking, k), judged), 1))
	}}
}

// MRR is 1 over the rank of the first relevant document if that is at most k, else 0 (recip_rank over a run cut at k).
func MRR(k int) Metric {
	return Metric{fmt.Sprintf("MRR@%d", k), func(ranking []string, judged map[string]int) float64 {
		for i, doc := range top(ranking, k) {
			if judged[doc] >= relevant {
				return 1 / float64(i+1)
			}
		}
		return 0
	}}
}

// NDCG is the discounted gain of the first k documents over that of the best possible ranking of all judged ones
// (ndcg_cut_k): the gain is the grade, the discount log2(rank + 1). Järvelin and Kekäläinen, ACM TOIS 20 (2002).
func NDCG(k int) Metric {
	return Metric{fmt.Sprintf("nDCG@%d", k), func(ranking []string, judged map[string]int) float64 {
		var gains, ideal []int
		for _, doc := range top(ranking, k) {
			gains = append(gains, judged[doc])
		}
		for _, grade := range judged {
			ideal = append(ideal, grade)
		}
		slices.SortFunc(ideal, func(a, b int) int { return b - a })
		best := discounted(ideal[:min(k, len(ideal))])
		if best == 0 {
			return 0
		}
		return discounted(gains) / best
	}}
}

// MAP is the mean, over the relevant documents, of the precision at the rank of each; 0 for those that were not returned
// (map). The mean over questions makes it the mean average precision.
func MAP() Metric {
	return Metric{"MAP", func(ranking []string, judged map[string]int) float64 {
		sum, found := 0.0, 0
		for i, doc := range ranking {
			if judged[doc] >= relevant {
				found++
				sum += float64(found) / float64(i+1)
			}
		}
		if n := relevantIn(judged); n > 0 {
			return sum / float64(n)
		}
		return 0
	}}
}

// Tolerance is how far from the gold time a passage may be to count as found, in milliseconds.
const Tolerance = 5000

// Interval is a stretch of a lecture in milliseconds, StartMS ≤ EndMS. A moment has both the same.
type Interval struct{ StartMS, EndMS int64 }

// HitInTime reports whether any of found, all of the gold's own lecture, comes within Tolerance of gold: overlaps it, ends
// at most that long before it, or begins at most that long behind it.
func HitInTime(found []Interval, gold Interval) bool {
	return slices.ContainsFunc(found, func(f Interval) bool {
		return f.StartMS <= gold.EndMS+Tolerance && f.EndMS >= gold.StartMS-Tolerance
	})
}

func top(ranking []string, k int) []string { return ranking[:min(max(k, 0), len(ranking))] }

func hits(ranking []string, judged map[string]int) int {
	n := 0
	for _, doc := range ranking {
		if judged[doc] >= relevant {
			n++
		}
	}
	return n
}

func relevantIn(judged map[string]int) int {
	n := 0
	for _, grade := range judged {
		if grade >= relevant {
			n++
		}
	}
	return n
}

func ratio(a, b int) float64 {
	if b <= 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// discounted sums the gains above 0, each over log2(rank + 1).
func discounted(gains []int) float64 {
	sum := 0.0
	for i, gain := range gains {
		if gain > 0 {
			sum += float64(gain) / math.Log2(float64(i+2))
		}
	}
	return sum
}
