package guard

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Layer 3: the quote stands in the passage, word for word and in one piece.
//
// Both are compared as views (see view). The quote must not begin or end
// inside a word, and must have at least 5 words (8 characters where words are
// not spaced) or be a complete sentence of the passage. An ellipsis is three
// dots like any others: "a … b" stitched from two places is found nowhere.

// maxSpans bounds the places remembered for one quote.
const maxSpans = 16

func quotesFound(c *check) {
	c.eachEvidence(func(i, j int, e Evidence, p *proof) {
		if p.passage < 0 {
			return
		}
		spans, why := c.find(p.passage, newView(e.Quote).text)
		if spans == nil {
			c.reject(CodeQuoteNotFound, i, j, fmt.Sprintf("passage %s: %s", showAlias(e.Chunk), why))
			return
		}
		p.spans = spans
	})
}

// find returns the places in passage n where the quote, a view, stands as the
// rule demands, by start and at most maxSpans; or nil and why there is none.
func (c *check) find(n int, quote string) (spans []span, why string) {
	text, ps := c.in.Passages[n].Text, &c.passages[n]
	if ps.view == nil {
		if !utf8.ValidString(text) {
			text = "" // supports nothing
		}
		ps.view = newView(text)
	}
	if quote == "" {
		return nil, "empty quote"
	}
	long := longEnough(quote)
	why = "not in the passage"
	for from := 0; len(spans) < maxSpans; {
		i := strings.Index(ps.view.text[from:], quote)
		if i < 0 {
			break
		}
		i += from
		from = i + 1
		s, whole := ps.view.source(i, i+len(quote))
		switch {
		case !whole || insideWord(text, s.start) || insideWord(text, s.end):
			why = "begins or ends inside a word"
			from = nextStart(ps.view.text, from)
		case !long && !c.isSentence(n, s):
			why = "too short and not a complete sentence"
		case c.cite(n, s, func(string) bool { return true }) == nil:
			why = "belongs to no chunk"
		default:
			spans = append(spans, s)
		}
	}
	return spans, why
}

// nextStart returns the first byte from i on at which another search is worth
// its while: behind the run of ASCII letters and digits at i.
func nextStart(text string, i int) int {
	for i < len(text) && text[i] < utf8.RuneSelf && isWord(rune(text[i])) {
		i++
	}
	return i
}

// isSentence reports whether s is a complete sentence of passage n, give or
// take punctuation at its ends.
func (c *check) isSentence(n int, s span) bool {
	text, ps := c.in.Passages[n].Text, &c.passages[n]
	if !ps.split {
		ps.split = true
		for _, t := range lexical.Sentences(text) {
			if core, ok := wordCore(text, span{t.Start, t.End}); ok {
				ps.sentences = append(ps.sentences, core)
			}
		}
	}
	core, ok := wordCore(text, s)
	if !ok {
		return false
	}
	for _, t := range ps.sentences {
		if t == core {
			return true
		}
	}
	return false
}

// wordCore narrows s to run from its first letter or digit to its last.
func wordCore(text string, s span) (span, bool) {
	part := text[s.start:s.end]
	i := strings.IndexFunc(part, isWord)
	if i < 0 {
		return span{}, false
	}
	j := strings.LastIndexFunc(part, isWord)
	_, size := utf8.DecodeRuneInString(part[j:])
	return span{s.start + i, s.start + j + size}, true
}
