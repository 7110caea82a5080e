package citebreak

import (
	"regexp"
	"strings"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// shown is what a model can read of a request: the passages under their aliases.
type shown struct{ passages []passage }

type passage struct{ alias, text string }

var passageTag = regexp.MustCompile(`(?s)<passage chunk="([^"]+)"[^>]*>\n(.*?)\n</passage>`)

func read(r llmtest.Request) shown {
	var s shown
	if len(r.Messages) < 2 {
		return s
	}
	for _, found := range passageTag.FindAllStringSubmatch(r.Messages[1].Content, -1) {
		s.passages = append(s.passages, passage{found[1], found[2]})
	}
	return s
}

// holding is the alias of the passage that holds quote, or "" if none does.
func (s shown) holding(quote string) string {
	for _, p := range s.passages {
		if strings.Contains(p.text, quote) {
			return p.alias
		}
	}
	return ""
}

// honest cites sentence i of l for itself: nothing is wrong with it.
func (s shown) honest(l lecture, i int) guard.DraftSentence {
	return s.cite(l.sentences[i], s.holding(l.sentences[i]), l.sentences[i])
}

// cite is a sentence with one piece of evidence.
func (shown) cite(text, chunk, quote string) guard.DraftSentence {
	return guard.DraftSentence{Text: text, Evidence: []guard.Evidence{{Chunk: chunk, Quote: quote}}}
}
