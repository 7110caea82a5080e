// Package ingest turns a transcript into a published lecture.
//
// The walk is straight: read the file, parse it into segments, [Split] them into chunks, embed what is new, publish.
// Publishing is one short transaction, so a lecture is visible whole or not at all. Chunk ids are content-addressed
// ([Identify]): a re-ingest embeds and writes only what the edit changed.
//
// This package is the only writer of lectures, versions, chunks, vectors and postings. Its invariants:
//
//  1. lectures.active_version names a version whose ordinals run from 0 without a gap.
//  2. chunk_vectors and lecture_postings hold exactly the chunks of the active versions.
//  3. A chunk's text never changes, and no chunk is deleted while an answer cites it.
package ingest
