package lexical

import (
	"math"
	"slices"
	"sync"
)

// BM25 holds the two free parameters of Okapi BM25.
type BM25 struct {
	K1 float64 // saturation of the term frequency, ≥ 0
	B  float64 // how much a document's length counts, 0 to 1
}

// DefaultBM25 is the setting of Lin et al.'s Anserini baselines.
var DefaultBM25 = BM25{K1: 0.9, B: 0.4}

// A Hit is one document that holds at least one term of the query.
type Hit struct {
	Lecture int // index into the lectures given to Search
	Doc     int // ordinal of the chunk within it
	Score   float64
}

// Search returns the k best documents of lectures for terms, which must come
// from the analyser that built the postings. Statistics (number of documents,
// document frequency, average length) are those of exactly these lectures.
//
// The score is Lucene's (BM25Similarity since 8.0, with exact lengths):
//
//	Σ over terms of idf · tf / (tf + k1·(1 − b + b·length/average))
//	idf = ln(1 + (N − df + 0.5) / (df + 0.5))
//
// so a term adds at most its [IDF]; a term that occurs twice in the query
// counts twice. Order: score descending, then Lecture, then Doc. Terms are
// summed in byte order, so neither the order of the words nor the machine
// changes a score. Fewer than k hits mean that no other document holds any of
// the terms. k ≤ 0 gives none.
func Search(lectures []*Postings, terms []string, k int, p BM25) []Hit {
	return SearchWhere(lectures, terms, k, p, nil)
}

// SearchWhere is Search over the documents that keep wants, so that the k best
// are the k best of those. The statistics stay those of all documents of
// lectures. A nil keep wants every document.
func SearchWhere(lectures []*Postings, terms []string, k int, p BM25, keep func(lecture, doc int) bool) []Hit {
	docs, total := size(lectures)
	if docs == 0 || k <= 0 || len(terms) == 0 {
		return nil
	}
	s, ok := scratchPool.Get().(*scratch)
	if !ok {
		s = new(scratch)
	}
	defer scratchPool.Put(s)
	scores := s.reset(docs)

	// score = idf·tf / (tf + c0 + c1·length)
	c0, c1 := p.K1*(1-p.B), 0.0
	if total > 0 {
		c1 = p.K1 * p.B * float64(docs) / float64(total)
	}
	s.terms = append(s.terms[:0], terms...)
	slices.Sort(s.terms)
	for i := 0; i < len(s.terms); {
		term, n := s.terms[i], 1
		for i+n < len(s.terms) && s.terms[i+n] == term {
			n++
		}
		i += n
		df := s.find(lectures, term)
		if df == 0 {
			continue
		}
		weight := float64(n) * idf(docs, df)
		base := 0
		for j, l := range lectures {
			if e := s.entries[j]; e != nil {
				l.score(e, scores[base:base+len(l.lengths)], weight, c0, c1)
			}
			base += l.Docs()
		}
	}
	hits := best(lectures, scores, k, keep)
	clear(s.entries) // the pool must keep neither postings nor a student's words
	clear(s.terms)
	return hits
}

// score adds weight·tf/(tf+norm) to each document of e's list. The list was
// checked by unpack.
func (p *Postings) score(e *termEntry, scores []float64, weight, c0, c1 float64) {
	list := p.packed[e.list:e.end]
	doc := -1
	for at := 0; at < len(list); {
		v := uint64(list[at])
		at++
		if v >= 0x80 {
			v, at = longUvarint(list, at-1)
		}
		doc += int(v >> 1)
		tf := 1.0
		if v&1 == 0 {
			v = uint64(list[at])
			at++
			if v >= 0x80 {
				v, at = longUvarint(list, at-1)
			}
			tf = float64(v)
		}
		scores[doc] += weight * tf / (tf + c0 + c1*float64(p.lengths[doc]))
	}
}

func longUvarint(s string, at int) (uint64, int) {
	r := reader{s: s, at: at}
	v := r.uvarint()
	return v, r.at
}

// IDF is the weight of term over exactly these lectures, by the formula of
// Search. A term in no document has the largest weight there is; without any
// document it is 0.
func IDF(lectures []*Postings, term string) float64 {
	docs, _ := size(lectures)
	if docs == 0 {
		return 0
	}
	df, h := 0, hashTerm(term)
	for _, l := range lectures {
		if e := l.lookup(term, h); e != nil {
			df += int(e.df)
		}
	}
	return idf(docs, df)
}

// Holds reports whether any document of lectures holds term.
func Holds(lectures []*Postings, term string) bool {
	h := hashTerm(term)
	return slices.ContainsFunc(lectures, func(l *Postings) bool { return l.lookup(term, h) != nil })
}

func idf(docs, df int) float64 {
	return math.Log(1 + (float64(docs-df)+0.5)/(float64(df)+0.5))
}

func size(lectures []*Postings) (docs int, total uint64) {
	for _, l := range lectures {
		if l != nil {
			docs += len(l.lengths)
			total += l.total
		}
	}
	return docs, total
}

// scratch is what one Search needs besides its result.
type scratch struct {
	scores  []float64
	terms   []string
	entries []*termEntry
}

var scratchPool sync.Pool // of *scratch

func (s *scratch) reset(docs int) []float64 {
	if cap(s.scores) < docs {
		s.scores = make([]float64, docs)
	}
	s.scores = s.scores[:docs]
	clear(s.scores)
	return s.scores
}

// find looks term up in each lecture and returns the sum of the frequencies.
func (s *scratch) find(lectures []*Postings, term string) (df int) {
	h := hashTerm(term)
	s.entries = s.entries[:0]
	for _, l := range lectures {
		e := l.lookup(term, h)
		if e != nil {
			df += int(e.df)
		}
		s.entries = append(s.entries, e)
	}
	return df
}
