package ingest

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// terminatorReach is the number of words within which a terminator makes the
// ends of cues count for nothing.
const terminatorReach = 60

// pauseMS is a silence between two cues that a boundary prefers where there
// are no terminators.
const pauseMS = 1000

// atoms cuts the text into what chunks are made of. Sentences, first of all.
// Where no terminator is within 60 words (captions of automatic recognition),
// the ends of cues count as sentence ends. What is longer than Target after
// that is cut between words, and what has no words between characters.
func (s *script) atoms(c *counter, cfg SplitConfig) []atom {
	var atoms []atom
	for _, sentence := range lexical.Sentences(s.text) {
		for _, part := range s.atCues(sentence) {
			a := c.atom(part.Start, part.End)
			if a.tokens <= cfg.atomLimit() {
				a.rank = rank(s.text[a.start:a.end])
				if s.afterPause(part, sentence) {
					a.rank >>= 1
				}
				atoms = append(atoms, a)
				continue
			}
			atoms = append(atoms, s.pieces(c, part, cfg)...)
		}
	}
	return atoms
}

// atCues cuts a sentence at the beginnings of cues that are more than 60 words
// from its start and its end. The ends of the whole text are no terminators.
func (s *script) atCues(sentence lexical.Span) []lexical.Span {
	text := s.text[sentence.Start:sentence.End]
	if len(text) < 2*terminatorReach {
		return []lexical.Span{sentence} // a word takes two bytes, with the space after it
	}
	total := words(text)
	open, closed := sentence.Start == 0, sentence.End == len(s.text)
	if total <= terminatorReach {
		return []lexical.Span{sentence}
	}
	var parts []lexical.Span
	start, before := sentence.Start, 0
	from := sentence.Start
	for i := sort.SearchInts(s.at, sentence.Start+1); i < len(s.at) && s.at[i] < sentence.End; i++ {
		before += words(s.text[from:s.at[i]])
		from = s.at[i]
		if (before > terminatorReach || open) && (total-before > terminatorReach || closed) {
			parts = append(parts, lexical.Span{Start: start, End: s.at[i] - 1})
			start = s.at[i]
		}
	}
	return append(parts, lexical.Span{Start: start, End: sentence.End})
}

// afterPause reports whether part begins within sentence after a silence.
func (s *script) afterPause(part, sentence lexical.Span) bool {
	if part.Start == sentence.Start {
		return false
	}
	i := sort.SearchInts(s.at, part.Start)
	return i > 0 && i < len(s.at) && s.at[i] == part.Start && s.segs[i].StartMS-s.segs[i-1].EndMS >= pauseMS
}

// pieces cuts what is too long by the rule that also makes chunks, with words
// in the place of sentences.
func (s *script) pieces(c *counter, part lexical.Span, cfg SplitConfig) []atom {
	units := s.units(c, part)
	for i := range units {
		// A word alone is too common to tell places apart: take four.
		last := min(i+3, len(units)-1)
		units[i].rank = rank(s.text[units[i].start:units[last].end])
	}
	starts := cut(units, max(cfg.Target/10, 1), max(cfg.Target/2, 1))
	out := make([]atom, 0, len(starts))
	for i, lo := range starts {
		hi := len(units)
		if i+1 < len(starts) {
			hi = starts[i+1]
		}
		a := units[lo]
		a.end = units[hi-1].end
		a.tokens = tokensOf(units[lo:hi])
		a.cut = true
		out = append(out, a)
	}
	return out
}

// units returns the words of a part, long ones character by character.
func (s *script) units(c *counter, part lexical.Span) []atom {
	var units []atom
	for at := part.Start; at < part.End; {
		start, end := nextWord(s.text, at, part.End)
		at = end
		if end-start <= maxUnit {
			units = append(units, c.atom(start, end))
			continue
		}
		for g := graphemes.FromString(s.text[start:end]); g.Next(); {
			// A character may carry any number of marks.
			for lo, hi := start+g.Start(), start+g.End(); lo < hi; {
				n := min(maxUnit, hi-lo)
				for n < hi-lo && n > maxUnit-utf8.UTFMax && !utf8.RuneStart(s.text[lo+n]) {
					n--
				}
				units = append(units, c.atom(lo, lo+n))
				lo += n
			}
		}
	}
	return units
}

// maxUnit is the longest word that is never cut, in bytes.
const maxUnit = 48

// nextWord returns the next stretch without white space of text[at:end].
func nextWord(text string, at, end int) (int, int) {
	rest := text[at:end]
	skip := len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
	n := strings.IndexFunc(rest[skip:], unicode.IsSpace)
	if n < 0 {
		return at + skip, end
	}
	return at + skip, at + skip + n
}

// words counts the words of s. Where words are not separated by spaces, two
// characters count as one.
func words(s string) int {
	n, unspaced := 0, 0
	inWord := false
	for _, r := range s {
		switch {
		case r > ' ' && r < 0x7F:
			if !inWord {
				n++
				inWord = true
			}
		case unicode.IsSpace(r):
			inWord = false
		case r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
			unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			unspaced++
			inWord = true
		case !inWord:
			n++
			inWord = true
		}
	}
	return n + unspaced/2
}

// rank hashes the letters and digits of s without regard to case, so that
// corrected punctuation moves no boundary: FNV-1a, then the finalizer of
// SplitMix64, whose high bits FNV leaves poor.
func rank(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			h = (h ^ uint64(r)) * 1099511628211
		case r < utf8.RuneSelf:
			if r >= 'A' && r <= 'Z' {
				h = (h ^ uint64(r|0x20)) * 1099511628211
			}
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			h = (h ^ uint64(unicode.ToLower(r))) * 1099511628211
		}
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
