// Package answer is the tutor: from a question to an answer in which every sentence cites words that the lecture holds.
//
// [Tutor.Ask] is one straight walk. It retrieves passages, refuses without a model call when nothing in them is about
// the question, and otherwise climbs down a ladder until a draft passes the guard: the model, one repair call, the
// extractive floor (verbatim sentences, no model), a typed refusal. Whatever the rung, its draft is judged by
// guard.Check inside the transaction that writes the evidence, and only then handed to the caller. Released by sentence
// (see [Release]), that is so of each sentence of a model's draft.
//
// Invariants:
//
//  1. No sentence leaves unless the guard passed it, whole draft or alone, with readability read in the transaction that
//     stores it.
//  2. A refusal has no sentences. Nothing is added to an answer that is incomplete.
//  3. Every answer that leaves has its row in answers, with each attempt, its codes and what was retrieved; before its
//     first byte leaves. Every attempt that did not pass has its row in reviews.
//  4. No answer takes longer, asks a model more often or costs more tokens than Limits says.
//  5. No error of this package holds a student's words.
package answer
