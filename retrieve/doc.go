// Package retrieve finds the passages of a course that a question is about.
//
// A search has two legs. The lexical leg is BM25 in this process, over the postings of the lectures that the caller can
// see ([Searcher] keeps them in a cache bounded in bytes). The vector leg is an exact scan of the course in PostgreSQL:
// no index, so nothing is missed. Both meet in one statement and one round trip: it takes the lexical ranks as
// parameters, scans the vectors, fuses both lists by weighted reciprocal rank, applies visibility once more and returns
// the winners' texts. Neighbouring winners are then packed into one [Passage].
//
// The same packages' readers of courses, lectures and cited chunks stand in library.go.
package retrieve
