package guard

import (
	"fmt"
	"strings"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Layer 2: every sentence has evidence of its own.
//
// Whether a sentence claims something is not for the model to say, and not to
// be guessed: every sentence counts as a claim, greetings included. Nor may a
// model hide several sentences behind one quote, so an entry holds exactly one
// sentence. A refusal claims nothing, so it has no sentences and no sources.

func everyClaimCited(c *check) {
	if c.draft.Outcome != Answered {
		if n := len(c.draft.Sentences); n > 0 {
			c.reject(CodeRefusalWithSources, -1, -1, fmt.Sprintf("%s with %d sentences", c.draft.Outcome, n))
		}
		return
	}
	for i, s := range c.draft.Sentences {
		if len(s.Evidence) == 0 {
			c.reject(CodeUncitedSentence, i, -1, "no evidence")
		}
		if n := countSentences(s.Text); n > 1 {
			c.reject(CodeUncitedSentence, i, -1, fmt.Sprintf("%d sentences in one entry", n))
		}
	}
}

// countSentences counts the sentences of text that have a letter or digit.
func countSentences(text string) int {
	n := 0
	for _, s := range lexical.Sentences(text) {
		if strings.IndexFunc(text[s.Start:s.End], isWord) >= 0 {
			n++
		}
	}
	return n
}
