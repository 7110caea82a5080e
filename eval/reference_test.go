package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// reference is trec_eval once more, as plainly as its measures are defined and sharing nothing with the code under test:
// documents are ranked by picking the best again and again, relevance is looked up place by place, and the ideal ranking
// is laid out grade by grade from the highest down.
type reference struct {
	grades []int // of the ranked documents; −1: not judged
	levels []int // how many judged documents have each grade
}

func newReference(docs []Scored, judged map[string]int) reference {
	var r reference
	left := map[string]float64{}
	for _, d := range docs {
		left[d.Doc] = d.Score
	}
	for len(left) > 0 {
		best := ""
		for doc, score := range left {
			if best == "" || score > left[best] || score == left[best] && doc > best {
				best = doc
			}
		}
		delete(left, best)
		grade, known := judged[best]
		if !known || grade < 0 {
			grade = -1
		}
		r.grades = append(r.grades, grade)
	}
	for _, grade := range judged {
		for grade >= len(r.levels) {
			r.levels = append(r.levels, 0)
		}
		if grade >= 0 {
			r.levels[grade]++
		}
	}
	return r
}

func (r reference) relevant() (n int) {
	for grade, count := range r.levels {
		if grade >= 1 {
			n += count
		}
	}
	return n
}

func (r reference) found(k int) (n int) {
	for i, grade := range r.grades {
		if i < k && grade >= 1 {
			n++
		}
	}
	return n
}

func (r reference) recall(k int) float64 {
	if r.relevant() == 0 {
		return 0
	}
	return float64(r.found(k)) / float64(r.relevant())
}

func (r reference) precision(k int) float64 { return float64(r.found(k)) / float64(k) }

func (r reference) reciprocal(k int) float64 {
	for i := 0; i < k && i < len(r.grades); i++ {
		if r.grades[i] >= 1 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

func (r reference) averagePrecision() float64 {
	sum := 0.0
	for i, grade := range r.grades {
		if grade >= 1 {
			sum += r.precision(i + 1)
		}
	}
	if r.relevant() == 0 {
		return 0
	}
	return sum / float64(r.relevant())
}

func (r reference) ndcg(k int) float64 {
	gain, ideal := 0.0, 0.0
	for i := 0; i < k && i < len(r.grades); i++ {
		if r.grades[i] > 0 {
			gain += float64(r.grades[i]) * math.Ln2 / math.Log(float64(i+2))
		}
	}
	place := 0
	for grade := len(r.levels) - 1; grade > 0; grade-- {
		for range r.levels[grade] {
			if place < k {
				ideal += float64(grade) * math.Ln2 / math.Log(float64(place+2))
			}
			place++
		}
	}
	if ideal == 0 {
		return 0
	}
	return gain / ideal
}

// TestReference compares with the reference on 2,000 random runs: few distinct scores, so most places are ties; grades
// from −1 to 4; documents that nobody judged; questions without an answer, without a relevant document, and missing from
// the run.
func TestReference(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var metrics []Metric
	cutoffs := []int{1, 3, 5, 10, 20}
	for _, k := range cutoffs {
		metrics = append(metrics, Recall(k), Precision(k), MRR(k), NDCG(k))
	}
	metrics = append(metrics, MAP())
	ties, unjudged, empty, missing, compared := 0, 0, 0, 0, 0
	for n := range 2000 {
		qrels, run := Qrels{}, Run{}
		for i := range 1 + random.IntN(6) {
			question := fmt.Sprintf("q%d", i)
			qrels[question] = map[string]int{}
			for range 1 + random.IntN(12) {
				qrels[question][fmt.Sprintf("d%d", random.IntN(30))] = random.IntN(6) - 1
			}
			switch random.IntN(10) {
			case 0:
				missing++
				continue
			case 1:
				empty++
				run[question] = nil
				continue
			}
			scores := 1 + random.IntN(8)
			seen := map[float64]bool{}
			for _, doc := range random.Perm(30)[:random.IntN(30)] {
				score := float64(random.IntN(scores)) / 7
				if seen[score] {
					ties++
				}
				seen[score] = true
				id := fmt.Sprintf("d%d", doc)
				if _, known := qrels[question][id]; !known {
					unjudged++
				}
				run[question] = append(run[question], Scored{id, score})
			}
		}
		got, err := Score(run, qrels, metrics)
		if err != nil { // a run that shares nothing with the judgements: seldom, and another test's business
			continue
		}
		for i, question := range got.Questions {
			r := newReference(run[question], qrels[question])
			var want []float64
			for _, k := range cutoffs {
				want = append(want, r.recall(k), r.precision(k), r.reciprocal(k), r.ndcg(k))
			}
			want = append(want, r.averagePrecision())
			for m, w := range want {
				compared++
				if g := got.Values[m][i]; math.Abs(g-w) > 1e-9 {
					t.Fatalf("run %d, %s, %s: %.6f, the reference says %.6f\nrun %v\nqrels %v", n, question, got.Metrics[m], g, w, run[question], qrels[question])
				}
			}
		}
	}
	if ties < 1000 || unjudged < 1000 || empty < 100 || missing < 100 || compared < 100_000 {
		t.Errorf("the runs are too tame: %d ties, %d unjudged, %d empty, %d missing, %d values", ties, unjudged, empty, missing, compared)
	}
}
