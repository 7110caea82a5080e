package transcript

import (
	"slices"
	"strings"
)

// turn is a paragraph of plain text or Markdown with what opens it.
type turn struct {
	cue
	bold string // the name of a bold label, not yet known to be a speaker
	mark string // a time mark as written, "" if none
	at   int64  // its time
}

// cutMark takes a time mark off the start of s, unless the turn has one.
func (t *turn) cutMark(s string) string {
	if t.mark != "" {
		return s
	}
	ms, mark, rest, ok := timeMark(s)
	if !ok {
		return s
	}
	t.mark, t.at = mark, ms
	return rest
}

// timeMark reads [12:34], [1:02:03], [1:02:03.5] or the same in round brackets,
// and with the backslashes of Markdown, at the start of s.
func timeMark(s string) (ms int64, mark, rest string, ok bool) {
	s = strings.TrimLeft(s, edge)
	body := strings.TrimPrefix(s, `\`)
	if body == "" || body[0] != '[' && body[0] != '(' {
		return 0, "", s, false
	}
	closing := "]"
	if body[0] == '(' {
		closing = ")"
	}
	if ms, rest, ok = srtTimestamp(body[1:]); !ok || strings.ContainsAny(body[:len(body)-len(rest)], ", \t") {
		return 0, "", s, false
	}
	rest = strings.TrimPrefix(rest, `\`)
	if rest, ok = strings.CutPrefix(rest, closing); !ok || strings.HasPrefix(rest, "(") {
		return 0, "", s, false
	}
	return ms, strings.ReplaceAll(s[:len(s)-len(rest)], `\`, ""), rest, true
}

// opensTurn reports whether a line begins a paragraph of its own: with a time
// mark, or with what may be a speaker's name.
func opensTurn(line string) bool {
	if _, _, _, ok := timeMark(line); ok {
		return true
	}
	if _, _, ok := boldLabel(line); ok {
		return true
	}
	name, _, _ := splitLabel(line)
	return name != ""
}

// settleTurns decides what names and times are, for the file as a whole.
//
// Bold labels are speakers where at least a quarter of the paragraphs open with
// one; other labels where label takes them for names. A label that is none
// stays text, as does one without words.
//
// Time marks count where there are two or more and none runs back; else they
// stay text and a warning says so. A mark is the start of its paragraph. A
// paragraph lies between its own mark, or the last one above, and the next one;
// nothing closer is known. Behind the last mark, the end is that mark too.
func settleTurns(turns []turn, rep *report) (cues []cue, timed bool) {
	bold := 0
	for _, t := range turns {
		if t.bold != "" {
			bold++
		}
	}
	cues = make([]cue, len(turns))
	for i, t := range turns {
		c := t.cue
		switch {
		case t.bold == "":
		case bold*4 >= len(turns) && !heading(t.bold) && !blank(t.text):
			c.speaker = t.bold
		default:
			c.text = t.bold + ": " + strings.TrimLeft(c.text, edge)
		}
		cues[i] = c
	}
	label(cues)
	for i := range cues {
		cues[i].text = turns[i].cutMark(cues[i].text)
	}
	marks := slices.DeleteFunc(slices.Clone(turns), func(t turn) bool { return t.mark == "" })
	if len(marks) == 0 {
		return cues, false
	}
	if len(marks) < 2 || !slices.IsSortedFunc(marks, func(a, b turn) int { return int(max(-1, min(1, a.at-b.at))) }) || marks[len(marks)-1].at == 0 {
		rep.warn(marks[0].line, "the times in brackets were kept as text, because there is only one, or one is earlier than the one above it.")
		for i, t := range turns {
			if t.mark != "" {
				cues[i].text = t.mark + " " + strings.TrimLeft(cues[i].text, edge)
			}
		}
		return cues, false
	}
	rep.remove(timeMarks, len(marks))
	at, next := int64(0), 0
	for i, t := range turns {
		if t.mark != "" {
			at = t.at
			next++
		}
		cues[i].start, cues[i].end = at, at
		if next < len(marks) {
			cues[i].end = marks[next].at
		}
	}
	return cues, true
}
