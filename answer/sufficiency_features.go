package answer

// The features of a question, by which is decided whether the passages can answer it. A share is of the question's terms,
// without idf: in the wrong lecture it is the common words that are found.
const (
	featureSentence  = iota // share held by the best piece alone
	featureThree            // by the best three in a row
	featureEight            // by the best eight
	featureNames            // share of the names and numbers that the passages hold anywhere, minus 1; 0 if there are none
	featureTopic            // share of the pieces that hold the term which most of them do, of terms that count in full
	QuestionFeatures        // how many
)

// topicPieces are added to the pieces when featureTopic is taken, so that a word in one sentence of three is no topic yet.
const topicPieces = 10

// question returns the features of the question.
func (q *asking) question(pieces []piece) (f [QuestionFeatures]float64) {
	total, names := 0.0, 0.0
	for _, t := range q.terms {
		total += t.share
		names += one(t.name)
	}
	best := func(span int) float64 {
		most := 0.0
		for i := range pieces {
			from, to := around(pieces, i, 0, span-1)
			sum := 0.0
			for t := range q.terms {
				sum += q.terms[t].share * heldIn(pieces[from:to], t)
			}
			most = max(most, ratio(sum, total))
		}
		return most
	}
	f[featureSentence], f[featureThree], f[featureEight] = best(1), best(3), best(8)
	if names > 0 {
		sum := 0.0
		for t := range q.terms {
			if q.terms[t].name {
				sum += heldIn(pieces, t)
			}
		}
		f[featureNames] = sum/names - 1
	}
	for t := range q.terms {
		if q.terms[t].share == 1 {
			f[featureTopic] = max(f[featureTopic], holders(pieces, t)/float64(len(pieces)+topicPieces))
		}
	}
	return f
}
