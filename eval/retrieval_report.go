package eval

import "encoding/json"

// A Leg is one way of searching with its figures.
type Leg struct {
	Name    string   `json:"name"`
	Metrics []Figure `json:"metrics"`
	P50     float64  `json:"ms_p50"` // ms per question, embedding included
	P95     float64  `json:"ms_p95"`

	Run Run `json:"-"`
}

// A Figure is the mean of a metric over the questions.
type Figure struct {
	Metric string `json:"metric"`
	Estimate
}

// MarshalJSON keeps Estimate's from being taken for the whole.
func (f Figure) MarshalJSON() ([]byte, error) {
	inner, err := f.Estimate.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return append([]byte(`{"metric":`+quoted(f.Metric)+`,`), inner[1:]...), nil
}

// quoted is s as JSON.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // no string fails
	}
	return string(b)
}

// RetrievalReport is what Retrieval found.
type RetrievalReport struct {
	Set       string `json:"set"`
	Passages  int    `json:"passages"`
	Questions int    `json:"questions"` // that are judged; the means are over all of them
	// Empty passages cannot be stored, and so not found; those among them that are judged relevant count as missed.
	Empty int `json:"empty_passages"`
	// Absent questions are judged but have no text; Unusable ones are refused by search. Both count as 0.
	Absent   int    `json:"absent_questions"`
	Unusable int    `json:"unusable_questions"`
	Missing  int    `json:"missing_passages"` // judged relevant but not in the corpus
	Clusters int    `json:"clusters"`
	By       string `json:"clustered_by"` // document, or question where no question names its document
	Seed     uint64 `json:"seed"`
	Samples  int    `json:"resamples"`
	Depth    int    `json:"depth"`
	Embedder string `json:"embedder"` // the embedding space
	Legs     []Leg  `json:"legs"`
	// Gain is hybrid minus lexical, paired by question.
	Gain     []Figure   `json:"hybrid_minus_lexical"`
	Refusals []Refusals `json:"refusals"` // empty unless questions name documents and there is a wrong_lecture.tsv
}
