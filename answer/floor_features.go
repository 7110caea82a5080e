package answer

import (
	"math"
	"slices"

	"github.com/lectern-tutor/lectern/retrieve"
)

// The features of a piece, by which the floor chooses what to show.
const (
	featureBM25      = iota // of the piece, with each term's idf over the pieces of the passages
	featureAround           // share of the terms' idf that the piece and its neighbours hold
	featurePlace            // the same of the eight pieces around it: is this where the lecture speaks of it?
	featureRank             // −ln of the rank at which search found its chunk, of at most worstRank
	featureLength           // ln(1 + words): a sentence of three words answers little
	featureBefore           // BM25 of the piece before it: a lecture names a thing once and goes on with "it"
	featureBefore2          // of the one before that
	featureAfter            // of the piece behind it
	featurePronoun          // of the piece before it, if this one begins with a pronoun
	featureAlone            // share of the terms' idf that the piece holds itself
	featurePairs            // share of the question's neighbouring terms, by the lesser idf, that are neighbours in it
	featureHead             // 1 if it holds the word behind "what" or "which"
	featureTime             // 1 if a time is wanted and it holds a year, a month or a century that the question does not
	featureQuantity         // 1 if a number is wanted and it holds one that the question does not
	featurePerson           // ln(1 + names that the question does not hold), if somebody is wanted
	featurePlaceName        // the same, if a place is wanted
	featurePlaceIn          // 1 if a place is wanted and such a name stands behind "in", "at" or the like
	featureThingName        // ln(1 + such names), if the question begins "what" or "which" otherwise
	PieceFeatures           // how many
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
	pairs := pairsOf(idf)
	for i := range pieces {
		c := &pieces[i]
		norm := pieceK1 * (1 - pieceB + pieceB*ratio(float64(c.length), mean))
		for t, tf := range c.hits {
			if tf > 0 {
				c.features[featureBM25] += idf[t] * tf * (pieceK1 + 1) / (tf + norm)
			}
		}
		c.features[featureAlone] = share(i, i+1)
		c.features[featureAround] = share(around(pieces, i, 1, 1))
		c.features[featurePlace] = share(around(pieces, i, 4, 3))
		c.features[featureRank] = -math.Log(ranks.of(c, passages[c.passage]))
		c.features[featureLength] = math.Log(1 + float64(c.words))
		c.features[featurePairs] = pairs.heldBy(c)
		if q.head >= 0 {
			c.features[featureHead] = min(c.hits[q.head], 1)
		}
		q.expect.describe(c)
	}
	for i := range pieces {
		bm25 := func(away int) float64 {
			if k := i + away; k >= 0 && k < len(pieces) && pieces[k].passage == pieces[i].passage {
				return pieces[k].features[featureBM25]
			}
			return 0
		}
		f := &pieces[i].features
		f[featureBefore], f[featureBefore2], f[featureAfter] = bm25(-1), bm25(-2), bm25(1)
		if pieces[i].traits.pronoun {
			f[featurePronoun] = f[featureBefore]
		}
	}
}

// pairWeights are what the pairs of a question's neighbouring terms weigh, by the first of them; their sum is 1, unless
// there are none.
type pairWeights []float64

func pairsOf(idf []float64) pairWeights {
	if len(idf) < 2 {
		return nil
	}
	w, total := make(pairWeights, len(idf)-1), 0.0
	for t := range w {
		w[t] = min(idf[t], idf[t+1])
		total += w[t]
	}
	for t := range w {
		w[t] = ratio(w[t], total)
	}
	return w
}

// heldBy is the weight of the pairs that stand side by side in the piece, in the question's order.
func (w pairWeights) heldBy(c *piece) float64 {
	sum := 0.0
	var counted map[int]bool
	for k := 1; k < len(c.order); k++ {
		t := c.order[k-1]
		if t < 0 || c.order[k] != t+1 || counted[t] {
			continue
		}
		if counted == nil {
			counted = map[int]bool{}
		}
		counted[t] = true
		sum += w[t]
	}
	return sum
}

// weigh returns the weight of each term, its idf over the pieces by Lucene's formula times its share, and the mean length
// of a piece. In one lecture the idf over chunks says little: a word of its title is in every one of them.
func weigh(q *asking, pieces []piece) (idf []float64, mean float64) {
	n := float64(len(pieces))
	idf = make([]float64, len(q.terms))
	for t := range q.terms {
		df := holders(pieces, t)
		idf[t] = q.terms[t].share * math.Log(1+(n-df+0.5)/(df+0.5))
	}
	for i := range pieces {
		mean += float64(pieces[i].length)
	}
	return idf, ratio(mean, n)
}

// holders counts the pieces that hold the term itself.
func holders(pieces []piece, term int) float64 {
	df := 0.0
	for i := range pieces {
		if pieces[i].hits[term] >= 1 {
			df++
		}
	}
	return df
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
