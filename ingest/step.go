package ingest

// A Step names a moment of the pipeline at which the process may die. Each has a test that kills it there (survival_test.go
// does not compile while one is missing) and shows that nothing is lost and nothing half done.
type Step int

// The steps, in the order in which an upload passes them; then those of deletion and clean-up.
const (
	StepAccepting Step = iota // stored and queued, not yet committed
	StepAccepted              // committed; nobody works on it
	StepClaimed               // a worker holds the job
	StepParsed                // parsed and split, in memory only
	StepStaged                // a batch of vectors was paid for and committed
	StepEmbedded              // all vectors are there, nothing of the version is
	StepLocked                // publishing: the lecture is locked and the fence was compared
	StepWritten               // publishing: version, chunks and vectors are written and verified
	StepActivated             // publishing: all is written, not yet committed
	StepPublished             // committed
	StepDeleting              // a deletion is written, not yet committed
	StepDeleted               // committed
	StepSweeping              // clean-up is written, not yet committed
	numSteps
)

// at is where tests cut the process off. In a program nothing is ever set.
func (in *Ingester) at(s Step) {
	if in.onStep != nil {
		in.onStep(s)
	}
}
