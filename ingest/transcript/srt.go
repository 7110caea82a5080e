package transcript

import (
	"strings"
	"unicode"
)

// parseSRT reads SubRip. There is no specification, so this reads what players
// accept: a cue is an arrow line with two times and all lines down to the next
// one, blank lines included, without the index that belongs to the next cue.
func parseSRT(text string, rep *report) []cue {
	p := srtParser{text: text, rep: rep, previous: -1}
	for l := (lines{text: text}); l.scan(); {
		p.line(&l)
	}
	p.finish(len(text), true)
	p.cues = unroll(p.cues, rep) // before a label is cut off one of two like lines
	label(p.cues)
	return p.cues
}

// srtParser holds the cue being read.
type srtParser struct {
	text string
	rep  *report
	cues []cue

	open     bool   // an arrow line has been read
	drop     bool   // it could not be read: the text below it is dropped
	current  cue    // the cue of the last arrow line
	inline   string // text that stood on the arrow line behind the times
	body     int    // byte offset of the line below the arrow line
	previous int64  // index of the cue before, -1 if it had none
}

// line takes one line of the file.
func (p *srtParser) line(l *lines) {
	if !strings.Contains(l.line, "-->") {
		return
	}
	start, end, rest, ok := srtTiming(l.line)
	if !ok && !arrowAlone(l.line) {
		p.rep.warn(l.n, "the line holds an arrow but no times, and was kept as text.")
		return
	}
	p.finish(l.start, false)
	p.open, p.drop, p.body = true, !ok, l.next
	p.inline = srtRest(rest, p.rep)
	p.current = cue{line: l.n, start: start, end: end}
	if !ok {
		p.rep.unreadable(l.n, "the times on this arrow line cannot be read, so the cue is left out; they look like 00:01:02,500 --> 00:01:05,000.")
	}
}

// arrowAlone reports whether an arrow line without readable times was meant as
// one: it has no letter before the arrow.
func arrowAlone(line string) bool {
	before, _, _ := strings.Cut(line, "-->")
	return !strings.ContainsFunc(before, unicode.IsLetter)
}

// finish ends the current cue at byte offset end, where the next arrow line
// begins or, if last is true, the file ends.
func (p *srtParser) finish(end int, last bool) {
	body := p.text[p.body:end]
	if !last {
		expected := int64(-1)
		if p.previous >= 0 || !p.open {
			expected = p.previous + 1
		}
		var index int64
		if body, index = splitIndex(body, expected, !p.open); index >= 0 {
			p.previous = index
		} else if p.previous >= 0 {
			p.previous++
		}
	}
	switch {
	case !p.open, p.drop:
		n, first := 0, 0
		for l := (lines{text: body}); l.scan(); {
			if !blank(l.line) {
				if n++; n == 1 {
					first = l.n
				}
			}
		}
		p.rep.remove(strayLine, n)
		if n > 0 && !p.open {
			p.rep.warn(first, "the text above the first cue was left out.")
		}
		return
	case p.inline != "":
		body = p.inline + "\n" + body
	}
	text, speaker := srtText(body, p.rep)
	p.current.text, p.current.speaker = text, speaker
	p.cues = append(p.cues, p.current)
}

// splitIndex takes the index of the next cue off the end of a cue's body. It
// returns -1 where there is none. The last line with text is the index if it is
// a number and
//
//   - is the one expected after the index of this cue, or
//   - stands directly above the arrow line and below a blank line, or
//   - stands above the first arrow line of the file (first).
//
// Any other number is taken for a word of the cue: an index kept as text is a
// smaller harm than a word lost.
func splitIndex(body string, expected int64, first bool) (rest string, index int64) {
	kept := trimEnd(body)
	start := strings.LastIndexAny(kept, "\r\n") + 1
	digits := trim(kept[start:])
	if digits == "" || len(digits) > 9 || strings.Trim(digits, "0123456789") != "" {
		return body, -1
	}
	n, above := number(digits), kept[:start]
	words := trimEnd(above)
	direct := lineEnds(body[len(kept):]) == 1 // no blank line below the number
	apart := lineEnds(above[len(words):]) > 1 // a blank line above it
	if words == "" {
		apart = above != ""
	}
	if first || n == expected && (direct || apart) || direct && apart {
		return above, n
	}
	return body, -1
}

// lineEnds counts the line ends in s.
func lineEnds(s string) int {
	return strings.Count(s, "\n") + strings.Count(s, "\r") - strings.Count(s, "\r\n")
}
