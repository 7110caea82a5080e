package transcript

import "strings"

// parseText reads plain text: paragraphs are what blank lines separate, and a
// first line "# Title" is the title. Nothing else is taken for markup. Lines that
// open with a time mark or a possible speaker begin a paragraph too; see
// settleTurns.
func parseText(text string, rep *report) (title string, cues []cue, timed bool) {
	var turns []turn
	l := lines{text: text}
	start, end, line := -1, 0, 0
	flush := func() {
		if start >= 0 {
			t := turn{cue: cue{line: line}}
			t.text = t.cutMark(text[start:end])
			turns = append(turns, t)
		}
		start = -1
	}
	for first := true; l.scan(); {
		s := trim(l.line)
		if s == "" {
			flush()
			continue
		}
		if first {
			first = false
			if t, ok := strings.CutPrefix(s, "# "); ok {
				title = clean(t, rep)
				continue
			}
		}
		if opensTurn(s) {
			flush()
		}
		if start < 0 {
			start, line = l.start, l.n
		}
		end = l.start + len(l.line)
	}
	flush()
	cues, timed = settleTurns(turns, rep)
	return title, cues, timed
}
