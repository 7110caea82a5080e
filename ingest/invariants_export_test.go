package ingest

// Invariants lets tests run the rules inside a transaction that breaks one and is rolled back.
var Invariants = invariants
