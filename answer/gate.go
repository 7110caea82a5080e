package answer

import "github.com/lectern-tutor/lectern/retrieve"

// A Gate is what the tutor makes of a search result before anybody reads it: the refusals that cost no model call. The
// evals measure it.
type Gate struct {
	Model bool // some passage holds enough of the question for a model to be asked
	Floor bool // some sentences hold enough of it for the extractive floor to show them
}

// Open decides on a result of a search with the tutor's own options.
func Open(found retrieve.Result) Gate {
	return Gate{Model: relevant(found), Floor: len(extract(found, found.Passages).Sentences) > 0}
}
