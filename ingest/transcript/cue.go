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
		if c.end < c.start {
			rep.warn(c.line, "the cue ends before it starts; its end was set to its start.")
			c.end = c.start
		}
		if exact && c.end-c.start > longestCue {
			rep.warn(c.line, "the cue lasts longer than an hour; its end was kept, and is probably a placeholder.")
		}
		kept = append(kept, c)
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
		s := Segment{StartMS: c.start, EndMS: c.end, Speaker: c.speaker, Text: c.text}
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

// longestCue is what one caption may last without a warning, in milliseconds.
// Tools write 99:59:59 where the last cue has no end.
const longestCue = 60 * 60 * 1000

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
