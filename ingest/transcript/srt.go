package transcript

import (
	"strings"
	"unicode"
)

// parseSRT reads SubRip. There is no specification, so this reads what players
// accept: a cue is an arrow line with two times and all lines down to the next
// one, blank lines included, without the index that belongs to the next cue.
func parseSRT(text string, rep *report) []cue {
	p := srtParser{text: text, rep: rep, previous: -1, ass: strings.Contains(text, `{\`)}
	for l := (lines{text: text}); l.scan(); {
		p.line(&l)
	}
	p.finish(len(text), true)
	return unroll(p.cues, rep)
}

// srtParser holds the cue being read.
type srtParser struct {
	text string
	rep  *report
	cues []cue
	ass  bool // the file holds overrides of SubStation Alpha, and so perhaps its line breaks

	open     bool   // an arrow line has been read
	drop     bool   // it could not be read: the text below it is dropped
	current  cue    // the cue of the last arrow line
	inline   string // text that stood on the arrow line behind the times
	body     int    // byte offset of the line below the arrow line
	previous int64  // index of the cue before, -1 if it had none
}

// line takes one line of the file.
func (p *srtParser) line(l *lines) {
	if !holdsArrow(l.line) {
		if !p.open && cutTiming(l.line) {
			p.rep.cut(l.n)
		}
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
	if start < 0 || end < 0 {
		p.rep.warn(l.n, belowZero)
	}
	p.current = cue{line: l.n, start: max(start, 0), end: max(end, 0)}
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
	if last && p.open {
		body = p.cutEnd(body)
	}
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
	if p.ass {
		if n := strings.Count(body, `\N`) + strings.Count(body, `\h`); n > 0 {
			p.rep.remove(removedMarkup, n)
			body = assBreaks.Replace(body)
		}
	}
	text, speaker := srtText(body, p.rep)
	p.current.text, p.current.speaker = text, speaker
	p.cues = append(p.cues, p.current)
}

// assBreaks are the line break and the hard space of SubStation Alpha.
var assBreaks = strings.NewReplacer(`\N`, "\n", `\h`, " ")

// cutEnd takes an arrow line that was cut before its arrow, and the index above
// it, off the end of the file's last cue.
func (p *srtParser) cutEnd(body string) string {
	kept := trimEnd(body)
	start := strings.LastIndexAny(kept, "\r\n") + 1
	if start == 0 || !cutTiming(kept[start:]) {
		return body
	}
	p.rep.remove(strayLine, 1)
	line := lineEnds(p.text[:len(p.text)-len(body)+start]) + 1
	p.rep.cut(line)
	body, _ = splitIndex(kept[:start], p.previous+1, false)
	return body
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
