// Package eval says with numbers how good retrieval is.
//
// It owns the metrics (recall, nDCG, MRR, MAP, hits by span and by time), which agree with trec_eval; the readers and
// writers of TREC and BEIR files; intervals by cluster bootstrap; and four evals that go through the production path of
// ingest and search: [Retrieval] over passages that come ready-made, [Spans] over whole documents that the real splitter
// cuts, with gold spans of characters, [AskGolden] over a course with times, with gold spans of time, and [Sweep], which
// varies the splitter's sizes, the winners, their neighbours and the fusion, and draws what it found.
//
// An eval gets a database that it may fill; it makes its courses in it and leaves the dropping to whoever made the
// database. It never reports a number that nothing was measured for: ids that match nothing are [ErrNoMatch],
// judgements without a relevant passage [ErrNoneRelevant].
package eval
