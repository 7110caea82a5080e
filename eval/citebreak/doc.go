// Package citebreak attacks the tutor's citations: a scripted model that obeys whoever speaks last writes drafts with every
// citation pathology we know of, and what the tutor releases is audited against the database by code that shares nothing
// with the guard. A leak is a sentence of such a draft that was released, or any released citation that does not hold.
//
// It owns the kinds of attack, the two small lectures they are made against, and the audit. The model is a script behind
// real HTTP, so a run says what the guard lets through and nothing about any model.
package citebreak
