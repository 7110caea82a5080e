package answer

import (
	"math"
	"slices"

	"github.com/lectern-tutor/lectern/retrieve"
)

// The features of a piece, by which the floor chooses what to show.
const (
	featureBM25   = iota // of the piece, with each term's idf over the pieces of the passages
	featureAround        // share of the terms' idf that the piece and its neighbours hold
	featurePlace         // the same of the eight pieces around it: is this where the lecture speaks of it?
	featureRank          // −ln of the rank at which search found its chunk, of at most worstRank
	featureLength        // ln(1 + words): a sentence of three words answers little
	featureNumber        // 1 if a number or a date is wanted and the piece holds one that the question does not
	PieceFeatures        // how many
)

// The features of a question, by which is decided whether the passages can answer it. A share is of the question's terms,
// without idf: in the wrong lecture it is the common words that are found.
const (
	featureSentence  = iota // share held by the best piece alone
	featureThree            // by the best three in a row
	featureEight            // by the best eight
	featureNames            // share of the names and numbers that the passages hold anywhere, minus 1; 0 if there are none
	QuestionFeatures        // how many
)

const (
	worstRank = 30
	// The setting of BM25 over sentences.
	pieceK1, pieceB = 1.2, 0.5
)

// describe fills the pieces' features. pieces are those of all passages, one passage behind the other.
func describe(q *asking, passages []retrieve.Passage, pieces []piece) {
	idf, mean := weigh(q, pieces)
	ranks := chunkRanks(passages)
	total := 0.0
	for _, w := range idf {
		total += w
	}
	share := func(from, to int) float64 {
		sum := 0.0
		for t := range q.terms {
			sum += idf[t] * heldIn(pieces[from:to], t)
		}
		return ratio(sum, total)
	}
	for i := range pieces {
		c := &pieces[i]
		norm := pieceK1 * (1 - pieceB + pieceB*ratio(float64(c.length), mean))
		for t, tf := range c.hits {
			if tf > 0 {
				c.features[featureBM25] += idf[t] * tf * (pieceK1 + 1) / (tf + norm)
			}
		}
		c.features[featureAround] = share(around(pieces, i, 1, 1))
		c.features[featurePlace] = share(around(pieces, i, 4, 3))
		c.features[featureRank] = -math.Log(ranks.of(c, passages[c.passage]))
		c.features[featureLength] = math.Log(1 + float64(c.words))
		if c.number {
			c.features[featureNumber] = 1
		}
	}
}

// weigh returns the weight of each term, its idf over the pieces by Lucene's formula times its share, and the mean length
// of a piece. In one lecture the idf over chunks says little: a word of its title is in every one of them.
func weigh(q *asking, pieces []piece) (idf []float64, mean float64) {
	n := float64(len(pieces))
	idf = make([]float64, len(q.terms))
	for t := range q.terms {
		df := 0.0
		for i := range pieces {
			if pieces[i].hits[t] >= 1 {
				df++
			}
		}
		idf[t] = q.terms[t].share * math.Log(1+(n-df+0.5)/(df+0.5))
	}
	for i := range pieces {
		mean += float64(pieces[i].length)
	}
	return idf, ratio(mean, n)
}

// around is the range of the pieces of i's passage from before behind it to after beyond it.
func around(pieces []piece, i, before, after int) (from, to int) {
	from, to = i, i+1
	for from > 0 && i-from < before && pieces[from-1].passage == pieces[i].passage {
		from--
	}
	for to < len(pieces) && to-i-1 < after && pieces[to].passage == pieces[i].passage {
		to++
	}
	return from, to
}

// heldIn is 1 if some piece holds the term, less if only something near it is there, else 0.
func heldIn(pieces []piece, term int) float64 {
	best := 0.0
	for i := range pieces {
		best = max(best, min(pieces[i].hits[term], 1))
	}
	return best
}

// question returns the features of the question.
func (q *asking) question(pieces []piece) (f [QuestionFeatures]float64) {
	total, names := 0.0, 0.0
	for _, t := range q.terms {
		total += t.share
		if t.name {
			names++
		}
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
	return f
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// scores of the winning chunks, best first.
type scores []float64

func chunkRanks(passages []retrieve.Passage) scores {
	var all scores
	for _, p := range passages {
		for _, c := range p.Chunks {
			if !c.Neighbour && c.Score > 0 {
				all = append(all, c.Score)
			}
		}
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all
}

// of is the rank of the best chunk that holds the piece, from 1; worstRank if no winner does.
func (s scores) of(c *piece, p retrieve.Passage) float64 {
	best := 0.0
	for _, k := range p.Chunks {
		if !k.Neighbour && k.Start <= c.start && c.end <= k.End {
			best = max(best, k.Score)
		}
	}
	if at := slices.Index(s, best); at >= 0 {
		return float64(min(at+1, worstRank))
	}
	return worstRank
}
