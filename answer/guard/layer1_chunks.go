package guard

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Layer 1: every alias was given for this request, and what is cited may be
// read by this caller now.
//
// An alias matches byte for byte. " c1", "C1", "c01", "c１", "[c1]", a chunk's
// real id and a prefix of an alias are all unknown: a model that cannot copy
// two characters is not to be trusted with a sentence.

// knownAliases finds the passage of every item of evidence.
func knownAliases(c *check) {
	byAlias := make(map[string]int, len(c.in.Passages))
	for i, p := range c.in.Passages {
		if _, twice := byAlias[p.Alias]; twice {
			byAlias[p.Alias] = -1
			continue
		}
		byAlias[p.Alias] = i
	}
	c.eachEvidence(func(i, j int, e Evidence, p *proof) {
		n, ok := byAlias[e.Chunk]
		if !ok || n < 0 {
			c.reject(CodeUnknownCitation, i, j, "no passage "+showAlias(e.Chunk))
			return
		}
		p.passage = n
	})
}

// showAlias renders an alias for operators. The model wrote it, so anything
// that does not look like an alias or id is described, not shown.
func showAlias(s string) string {
	plain := s != "" && len(s) <= 40 && strings.Trim(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
	if plain {
		return s
	}
	return fmt.Sprintf("(alias of %d bytes)", len(s))
}

// chunksReadable turns the spans that layer 3 found into citations of chunks
// that may be read now. It is layer 1's second half and runs after layer 3,
// because only the span says which chunks are touched. Of several places
// where the quote stands, the first that readable chunks cover is cited.
func chunksReadable(c *check) {
	c.eachEvidence(func(i, j int, e Evidence, p *proof) {
		if len(p.spans) == 0 {
			return
		}
		for _, s := range p.spans {
			p.citations = c.cite(p.passage, s, func(id string) bool { return c.in.Readable[id] })
			if p.citations != nil {
				return
			}
		}
		c.reject(CodeStaleCitation, i, j, fmt.Sprintf(
			"passage %s bytes %d-%d: chunks not readable now",
			showAlias(e.Chunk), p.spans[0].start, p.spans[0].end))
	})
}

// cite covers s with chunks of passage n: the first that holds it all, else,
// from left to right, the chunk that carries on farthest, each cited with the
// part it adds. Parts do not overlap; together they are s, less the white
// space between chunks. Only chunks whose id may be used count. It returns nil
// if they do not cover s.
func (c *check) cite(n int, s span, may func(id string) bool) []Citation {
	text := c.in.Passages[n].Text
	var out []Citation
	for at := s.start; at < s.end; {
		best := Chunk{End: -1}
		for _, ch := range c.in.Passages[n].Chunks {
			holds := ch.within(text) && ch.Start <= at && at < ch.End && may(ch.ID)
			if holds && ch.End > best.End && best.End < s.end {
				best = ch
			}
		}
		if best.End < 0 {
			r, size := utf8.DecodeRuneInString(text[at:])
			if !isSpace(r) {
				return nil
			}
			at += size
			continue
		}
		part := trimSpan(text, span{at, min(best.End, s.end)})
		if part.start < part.end {
			out = append(out, Citation{best.ID, n, part.start, part.end, text[part.start:part.end]})
		}
		at = min(best.End, s.end)
	}
	return out
}

// within reports whether the chunk can be cited in text.
func (ch Chunk) within(text string) bool {
	return ch.ID != "" && 0 <= ch.Start && ch.Start < ch.End && ch.End <= len(text) &&
		utf8.RuneStart(text[ch.Start]) && (ch.End == len(text) || utf8.RuneStart(text[ch.End]))
}
