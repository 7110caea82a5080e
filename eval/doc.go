// Package eval says with numbers how good retrieval is.
//
// It owns the metrics (recall, nDCG, MRR, MAP, hits by span and by time), which agree with trec_eval; the readers and
// writers of TREC and BEIR files; intervals by cluster bootstrap; and three evals that go through the production path
// of ingest and search: [Retrieval] over passages that come ready-made, [Spans] over whole documents that the real splitter
// cuts, with gold spans of characters, and [AskGolden] over a course with times, with gold spans of time.
//
// An eval gets a database that it may fill; it makes one course in it and leaves the dropping to whoever made the
// database. It never reports a number that nothing was measured for: ids that match nothing are [ErrNoMatch].
package eval
