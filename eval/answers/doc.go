// Package answers asks golden tasks of a tutor, several times each, judges what comes back by what stands in the tasks, and
// decides whether a change may be merged.
//
// A task is a question with the outcomes that are right, the places of the lecture that answer it, and a rubric ([Task]).
// [Run] asks; [Judge] holds each reply against its task and, whatever the task says, against the promises: every citation
// resolves, was retrieved for this request, is of the lecture that was asked, and the guard has nothing against the sentence
// on its quotes. [Decide] compares a run with the committed [Baseline].
//
// Without a language model the tutors here are the extractive one and a scripted one that knows the gold answers and obeys
// a rule only if the prompt that it was sent holds it. What they score says whether pipeline and prompt are whole, and
// nothing about how well a real model would answer: reports say so in every form.
package answers
