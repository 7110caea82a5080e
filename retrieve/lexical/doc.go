// Package lexical is the word side of retrieval: sentences, terms, postings
// and BM25. It is pure: no I/O, no clock, no model, no package of ours. What
// it computes depends on its arguments only, so the same lecture gives the
// same bytes on every machine.
//
// It owns three things that must agree between ingest and query, and therefore
// live together:
//
//   - [Sentences]: where a sentence ends. Chunk boundaries, the guard and the
//     extractive floor all cut here.
//   - [Analyzer]: what a term is, per language. Every set of postings carries
//     the analyser's name; postings made by another analyser must be rebuilt.
//   - [Postings], [Search] and [IDF]: one lecture's inverted index, which is
//     searched in the very bytes that are stored, and Okapi BM25 over any set
//     of lectures with the statistics of exactly that set. A lecture that the
//     caller may not see is not passed in, so it cannot influence a score.
//
// # Why bleve
//
// Stop words, stemmers and normalisers for some thirty languages come from the
// analysis packages of github.com/blevesearch/bleve/v2. They are ports of
// Lucene's, tested against its vocabulary lists; writing them ourselves would
// be a project of its own. We use their token filters only: tokens come from
// UAX #29 (see tokenize.go), because offsets have to be exact. The price is
// that bleve's analysis packages reach, through their registry, packages that
// we never call (bbolt, roaring, geo): 1.9 MB of binary, about a millisecond
// of start-up, no goroutine and no file. English, the language measured against
// reference rankings, takes only the Porter stemmer.
package lexical
