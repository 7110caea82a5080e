package transcript

import (
	"slices"
	"strings"
)

// cue is what a parser reads for one arrow line or one paragraph. Its text is
// without markup, and still to be cleaned.
type cue struct {
	line       int // of the arrow line, or of the paragraph's first line
	start, end int64
	speaker    string
	level      int // of a heading; 0: none
	text       string
}

// settle turns the cues of any format into segments: cleans them, drops those
// without text, mends an end before its start, sorts by start time and, if the
// times are exact, drops exact repetitions.
func settle(cues []cue, exact bool, rep *report) []Segment {
	kept := cues[:0]
	for _, c := range cues {
		c.text = clean(c.text, rep)
		c.speaker = clean(c.speaker, rep)
		if len(c.speaker) > maxSpeaker {
			c.speaker = trimEnd(strings.ToValidUTF8(c.speaker[:maxSpeaker], ""))
			rep.warn(c.line, "the speaker's name is longer than 200 bytes and was cut.")
		}
		if c.text == "" {
			rep.remove(cueEmpty, 1)
			continue
		}
		if len(c.text) > maxHeading {
			c.level = 0
		}
		if c.end < c.start {
			rep.warn(c.line, "the cue ends before it starts; its end was set to its start.")
			c.end = c.start
		}
		kept = append(kept, c)
	}
	if exact {
		mendEnds(kept, rep)
	}
	order(kept, rep)
	return segments(kept, exact, rep)
}

// order sorts cues by start time, stably, and says where the first one stands
// out of order.
func order(cues []cue, rep *report) {
	moved := 0
	for i := 1; i < len(cues); i++ {
		if cues[i].start < cues[i-1].start {
			if moved == 0 {
				rep.warn(cues[i].line, "the cue starts before the one above it, here for the first time; the cues were sorted by start time.")
			}
			moved++
		}
	}
	if moved > 0 {
		slices.SortStableFunc(cues, func(a, b cue) int {
			switch {
			case a.start < b.start:
				return -1
			case a.start > b.start:
				return 1
			}
			return 0
		})
	}
}

// segments copies sorted cues, without those that repeat another in times,
// speaker and text: nothing can be said twice at the same instant by the same
// person, so no word is lost. Paragraphs without times, or with those of the
// marks around them, carry no such proof and are never compared.
func segments(cues []cue, exact bool, rep *report) []Segment {
	out := make([]Segment, 0, len(cues))
	seen := map[Segment]bool{} // segments that start with the current one
	for i, c := range cues {
		s := Segment{StartMS: c.start, EndMS: c.end, Speaker: c.speaker, Level: c.level, Text: c.text}
		first := i == 0 || cues[i-1].start != c.start
		if first {
			clear(seen)
		}
		// The map is only filled where cues start together, which is rare.
		if exact && (!first || i+1 < len(cues) && cues[i+1].start == c.start) {
			if seen[s] {
				rep.remove(cueDuplicate, 1)
				rep.warn(c.line, "the cue repeats an earlier one with the same times and text, and was left out.")
				continue
			}
			seen[s] = true
		}
		out = append(out, s)
	}
	return out
}

// Tools write 99:59:59 where a cue has no end. A cue is warned of from longCue,
// and its end is taken for such a placeholder from longestCue, unless it may
// well take that long to say its words.
const (
	longCue     = 60 * 60 * 1000 // milliseconds
	longestCue  = 10 * longCue
	slowestByte = 2000      // milliseconds; speech has some 15 bytes a second
	assumedCue  = 10 * 1000 // milliseconds that the last cue is given
)

// mendEnds ends cues that have a placeholder for an end where the last of the
// other cues ends, or, if they begin later than that, ten seconds after their
// start. A lecture of 20 minutes would last 100 hours otherwise.
func mendEnds(cues []cue, rep *report) {
	longer := func(c cue, limit int64) bool { return c.end-c.start > max(limit, slowestByte*int64(len(c.text))) }
	placeholder := func(c cue) bool { return longer(c, longestCue) }
	last := int64(0)
	for _, c := range cues {
		if !placeholder(c) {
			last = max(last, c.end)
		}
	}
	for i, c := range cues {
		switch {
		case placeholder(c):
			rep.warn(c.line, "the cue lasts longer than ten hours, so its end is a placeholder; it was made to end with the other cues, or after 10 seconds.")
			cues[i].end = max(c.start+assumedCue, min(c.end, last))
		case longer(c, longCue):
			rep.warn(c.line, "the cue lasts longer than an hour; its end was kept, and is probably a placeholder.")
		}
	}
}

// maxHeading is the longest heading, in bytes. What is longer is a paragraph with
// a line of dashes under it, or marked as a heading by mistake.
const maxHeading = 200

// maxSpeaker bounds Segment.Speaker, in bytes.
const maxSpeaker = 200

// joinNames adds name to a list joined by ", " unless it is there already, or
// the list is too long to be kept whole.
func joinNames(list, name string) string {
	switch {
	case name == "" || list == name || len(list) > maxSpeaker:
		return list
	case list == "":
		return name
	case strings.Contains(", "+list+", ", ", "+name+", "):
		return list
	}
	return list + ", " + name
}
