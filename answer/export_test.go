package answer

// Invariants lets tests run the rules inside a transaction that breaks one and is rolled back.
var Invariants = invariants

// ReplayIn lets tests judge again inside a transaction that tampers with what is stored and is rolled back.
var ReplayIn = replay
