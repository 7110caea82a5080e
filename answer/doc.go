// Package answer is the tutor: from a question to an answer in which every sentence cites words that the lecture holds.
//
// [Tutor.Ask] is one straight walk. It retrieves passages, refuses without a model call when nothing in them is about
// the question, and otherwise climbs down a ladder until a draft passes the guard: the model, one repair call, the
// extractive floor (verbatim sentences, no model), a typed refusal. Whatever the rung, its draft is judged by
// guard.Check inside the transaction that writes the evidence, and only then handed to the caller.
//
// Invariants:
//
//  1. No answer leaves Ask unless guard.Check passed its draft with readability read in the same transaction.
//  2. A refusal has no sentences.
//  3. Every answer that leaves has its row in answers, with each attempt, its codes and what was retrieved.
//  4. No error of this package holds a student's words.
package answer
