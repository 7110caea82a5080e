package transcript

import "strings"

// parseText reads plain text: paragraphs are what blank lines separate, and a
// first line "# Title" is the title. Nothing else is taken for markup.
func parseText(text string, rep *report) (title string, cues []cue) {
	l := lines{text: text}
	start, end, line := -1, 0, 0
	flush := func() {
		if start >= 0 {
			cues = append(cues, cue{line: line, text: text[start:end]})
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
		if start < 0 {
			start, line = l.start, l.n
		}
		end = l.start + len(l.line)
	}
	flush()
	return title, cues
}
