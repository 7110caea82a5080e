package eval

import (
	"fmt"
	"maps"
	"slices"
)

// Scores are the values of some metrics, question by question.
type Scores struct {
	Questions []string    // sorted
	Metrics   []string    // names
	Values    [][]float64 // by metric, then by question
}

// Score judges run by q. Every question of q counts: one that the run does not answer is 0 in every metric, as with
// trec_eval -c, because a system that returns nothing must not look better for it. Questions of the run that q does not
// know are left out. Documents are ordered as trec_eval orders them, by score and, descending, by document id; one that is
// returned twice is an error.
//
// If no question of the run is in q, or no document of the run is judged, the error is ErrNoMatch.
func Score(run Run, q Qrels, metrics []Metric) (Scores, error) {
	s := Scores{Questions: slices.Sorted(maps.Keys(q))}
	for _, m := range metrics {
		s.Metrics = append(s.Metrics, m.Name)
		s.Values = append(s.Values, make([]float64, len(s.Questions)))
	}
	asked, judged := 0, 0
	for i, question := range s.Questions {
		ranking, err := rank(run[question])
		if err != nil {
			return Scores{}, fmt.Errorf("question %q: %w", question, err)
		}
		if _, ok := run[question]; ok {
			asked++
		}
		for _, doc := range ranking {
			if _, ok := q[question][doc]; ok {
				judged++
			}
		}
		for k, m := range metrics {
			s.Values[k][i] = m.Of(ranking, q[question])
		}
	}
	switch {
	case asked == 0:
		return Scores{}, fmt.Errorf("%w: no question of the run is among the %d judged questions", ErrNoMatch, len(q))
	case judged == 0 && !silent(run):
		return Scores{}, fmt.Errorf("%w: no document of the run is among the judged documents of its question", ErrNoMatch)
	}
	return s, nil
}

// silent reports whether a run returned no document at all: that is a bad run and not a wrong file.
func silent(run Run) bool {
	for _, docs := range run {
		if len(docs) > 0 {
			return false
		}
	}
	return true
}

// rank returns the documents in trec_eval's order, best first.
func rank(docs []Scored) ([]string, error) {
	docs = slices.Clone(docs)
	slices.SortFunc(docs, trecOrder)
	out := make([]string, len(docs))
	seen := make(map[string]bool, len(docs))
	for i, d := range docs {
		if seen[d.Doc] {
			return nil, fmt.Errorf("the run returns document %q twice", d.Doc)
		}
		seen[d.Doc] = true
		out[i] = d.Doc
	}
	return out, nil
}
