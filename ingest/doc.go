// Package ingest turns a transcript into a published lecture.
//
// An upload is accepted in one transaction that stores its bytes with the job that works it ([Ingester.Accept]). A worker
// then walks straight: claim the job, parse, [Split] into chunks, embed what is new, publish. Publishing is one short
// transaction, so a lecture is visible whole or not at all. Chunk ids are content-addressed ([Identify]): a re-ingest
// embeds and writes only what the edit changed.
//
// Any number of workers may be about, and any of them may die or stall at any moment. Who may write is settled by the
// job's fence, which everyone who takes the job raises: a worker that lost it can neither stage vectors nor publish.
// Rows are locked in the order lecture, course, job.
//
// This package is the only writer of lectures, versions, chunks, vectors, postings and jobs. Its invariants:
//
//  1. lectures.active_version names a version whose ordinals run from 0 without a gap, as its checksum says.
//  2. chunk_vectors and lecture_postings hold exactly the chunks of the active versions.
//  3. A chunk's text never changes, and no chunk is deleted while an answer cites it. Deletion on purpose erases the text
//     and leaves the ids.
//  4. A lecture has at most one pending job, and a pending job has its bytes and an entry in the queue.
package ingest
