package transcript

import "strings"

// hasSignature reports whether text begins as every WebVTT file must: the word
// WEBVTT, then nothing, a space, a tab or a line end.
func hasSignature(text string) bool {
	rest, ok := strings.CutPrefix(text, "WEBVTT")
	return ok && (rest == "" || strings.IndexByte(" \t\r\n", rest[0]) >= 0)
}

// parseVTT reads text that has the signature by the W3C's parser algorithm
// (WebVTT, sections 6.1 to 6.4), and returns the title in the signature line and
// the cues in the order of the file. Cue settings, regions, style sheets and
// comments place or paint the words and are skipped. Where the algorithm drops
// words, because the times of a cue cannot be read or because a line belongs to
// no cue, a warning says so.
func parseVTT(text string, rep *report) (title string, cues []cue) {
	vttBlocks(text, rep, func(b vttBlock) {
		words, speaker := cueText(b.payload, rep)
		cues = append(cues, cue{line: b.line, start: b.start, end: b.end, speaker: speaker, text: words})
	})
	cues = unroll(cues, rep)
	first, _ := firstLine(text)
	title = trim(strings.TrimPrefix(first, "WEBVTT"))
	if t := strings.TrimLeft(title, "-–—:"); t != title {
		title = trim(t)
	}
	if strings.Contains(title, "-->") || title == "FILE" { // "WEBVTT FILE", as early drafts had it
		title = ""
	}
	return clean(strings.ReplaceAll(title, "\x00", "\uFFFD"), rep), cues
}

// vttBlock is one cue as the block parser sees it.
type vttBlock struct {
	line       int
	start, end int64
	payload    string // lines joined by "\n", markup and all
}

// vttBlocks calls yield for each cue of a WebVTT file. It is the algorithm
// "WebVTT parser algorithm" with "collect a WebVTT block" (section 6.1), turned
// into a loop over lines: position := previous position there is "keep the line
// for the next block" here.
func vttBlocks(text string, rep *report, yield func(vttBlock)) {
	text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	l := lines{text: text}
	if !l.scan() {
		return
	}
	if strings.Contains(l.line, "-->") {
		rep.unreadable(l.n, "the arrow on the WEBVTT line belongs to no cue; put the times on a line of their own.")
	}
	more := l.scan()
	if more && l.line != "" {
		more = vttHeader(&l)
	}
	for more {
		if l.line == "" {
			more = l.scan()
			continue
		}
		more = vttCollect(&l, rep, yield)
	}
}

// vttHeader skips the header lines after the signature, up to a blank line or an
// arrow line. It reports whether there is a current line to go on with.
func vttHeader(l *lines) bool {
	for {
		if l.line == "" || strings.Contains(l.line, "-->") {
			return true
		}
		if !l.scan() {
			return false
		}
	}
}

// vttCollect reads one block, whose first line is the current one, and reports
// whether there is a current line after it.
func vttCollect(l *lines, rep *report, yield func(vttBlock)) bool {
	var b vttBlock
	var valid, arrow, more bool
	first, firstLine := l.line, l.n
	bodyStart, bodyEnd := -1, -1
	others := 0 // lines without an arrow
	broken := 0 // the first of them that was to be an arrow line
	for count := 1; ; count++ {
		if strings.Contains(l.line, "-->") { //nolint:gocritic // a switch would catch the breaks
			if count > 2 || arrow {
				more = true
				break
			}
			arrow = true
			others = 0
			b.line = l.n
			if b.start, b.end, valid = vttTiming(l.line); !valid {
				rep.unreadable(l.n, "the times on this arrow line cannot be read, so the cue is left out; they look like 00:01:02.500 --> 00:01:05.000.")
			}
		} else if l.line == "" {
			more = true
			break
		} else {
			others++
			if broken == 0 && cutVTTTiming(l.line) {
				broken = l.n
			}
			if arrow {
				if bodyStart < 0 {
					bodyStart = l.start
				}
				bodyEnd = l.start + len(l.line)
			}
		}
		if !l.scan() {
			break
		}
	}
	switch {
	case valid:
		if bodyStart >= 0 {
			b.payload = l.text[bodyStart:bodyEnd]
		}
		yield(b)
	case arrow:
		rep.remove(strayLine, others)
	case broken > 0 && !vttNoCue(first):
		rep.remove(strayLine, others)
		rep.cut(broken)
	case !vttNoCue(first):
		rep.remove(strayLine, others)
		rep.warn(firstLine, "the text here belongs to no cue, because a blank line or no time stands above it; it was left out.")
	}
	return more
}

// cutVTTTiming reports whether a line is the beginning of an arrow line that ends
// in or before its arrow.
func cutVTTTiming(line string) bool {
	_, rest, ok := vttTimestamp(trim(line))
	rest = trim(rest)
	return ok && (rest == "" || rest == "-" || rest == "--")
}

// vttNoCue reports whether a block with this first line is a comment, a style
// sheet or a region, which hold no words of the lecture.
func vttNoCue(first string) bool {
	if first == "NOTE" || strings.HasPrefix(first, "NOTE ") || strings.HasPrefix(first, "NOTE\t") {
		return true
	}
	word := strings.TrimRight(first, " \t\f")
	return word == "STYLE" || word == "REGION"
}
