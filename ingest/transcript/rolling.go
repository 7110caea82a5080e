package transcript

import (
	"slices"
	"strings"
)

// Rolling captions show each line twice: first at the bottom, while it is
// spoken, then one line higher above the next. YouTube's automatic captions put
// a cue of 10 ms between the two, which holds the line that moves up:
//
//	00:00:00,160 --> 00:00:02,389   welcome back everyone
//	00:00:02,389 --> 00:00:02,399   welcome back everyone
//	00:00:02,399 --> 00:00:04,869   welcome back everyone / today we look at
//
// A lecturer who repeats himself looks much like it, and must not lose a word.
// So nothing is merged unless the file as a whole is of this kind, and then only
// lines that are carried from one cue into the next.
const (
	carryMS      = 20  // the longest carry-over cue; nobody says a line in it
	carryGap     = 100 // between a cue and the one that carries its line
	fewestCarry  = 2   // carry-over cues of a rolling file, and a fifth of its cues
	fewestScroll = 10  // different lines that scroll in one without such cues
)

// unroll merges the lines of rolling captions, so that each stands once, in the
// cue in which it is first shown. Cues that show nothing new are left out. Other
// captions it returns as they are.
func unroll(cues []cue, rep *report) []cue {
	shown := make([][]string, len(cues))
	for i, c := range cues {
		shown[i] = shownLines(c.text)
	}
	carried := carriedOver(cues, shown)
	if carried == nil {
		if carried = scrolled(cues, shown); carried == nil {
			return cues
		}
	}
	kept := make([]cue, 0, len(cues))
	first := 0
	for i, c := range cues {
		if n := carried[i]; n > 0 {
			rep.remove(rollingLine, n)
			if first == 0 {
				first = c.line
			}
			if n == len(shown[i]) {
				rep.remove(cueRolling, 1)
				continue
			}
			c.text = strings.Join(shown[i][n:], "\n")
		}
		kept = append(kept, c)
	}
	rep.warn(first, "the file holds rolling captions, which show each line twice; each was kept once, at the time it is first shown.")
	return kept
}

// carriedOver returns how many lines at the start of each cue are carried over
// from the one before it, or nil if the file has too few carry-over cues. Only
// such a cue, and the one after it, can carry lines.
func carriedOver(cues []cue, shown [][]string) []int {
	carried := make([]int, len(cues))
	short := 0
	for i := 1; i < len(cues); i++ {
		carry := isCarry(cues[i])
		if !follows(cues[i-1], cues[i]) || !carry && !isCarry(cues[i-1]) {
			continue
		}
		carried[i] = overlap(shown[i-1], shown[i])
		if n := bilingual(shown[i-1], shown[i], carry); n > carried[i] {
			carried[i] = n
		}
		if carry && carried[i] > 0 {
			short++
		}
	}
	if short < fewestCarry || short*5 < len(cues) {
		return nil
	}
	return carried
}

// bilingual does overlap's work for captions in two languages, each of which
// rolls by itself:
//
//	welcome back everyone / willkommen zurück
//	welcome back everyone / today we look at / willkommen zurück / heute geht es um
//
// All lines of the carry-over cue (now if carry, else before), two at least, must
// stand in the other one in the same order. It moves them to the front of now.
func bilingual(before, now []string, carry bool) int {
	const screen = 8 // lines
	few, all := before, now
	if carry {
		few, all = now, before
	}
	if len(few) < 2 || len(few) > len(all) || len(all) > screen {
		return 0
	}
	var rest []string
	n := 0
	for _, line := range all {
		if n < len(few) && line == few[n] {
			n++
		} else {
			rest = append(rest, line)
		}
	}
	if n < len(few) {
		return 0
	}
	if !carry {
		copy(now, append(slices.Clone(few), rest...))
	}
	return n
}

// scrolled does what carriedOver does for files from which a converter took the
// carry-over cues: at least three quarters of the cues begin with the last line
// of the one before, and at least ten different lines move that way.
func scrolled(cues []cue, shown [][]string) []int {
	carried := make([]int, len(cues))
	pairs := 0
	moved := map[string]bool{}
	for i := 1; i < len(cues); i++ {
		before, now := shown[i-1], shown[i]
		if !follows(cues[i-1], cues[i]) || len(before) == 0 || len(now) < 2 || before[len(before)-1] != now[0] {
			continue
		}
		carried[i] = 1
		pairs++
		moved[now[0]] = true
	}
	if len(moved) < fewestScroll || pairs*4 < (len(cues)-1)*3 {
		return nil
	}
	return carried
}

// shownLines returns the lines of a cue that are not blank, trimmed.
func shownLines(text string) []string {
	var all []string
	for l := (lines{text: text}); l.scan(); {
		if s := trim(l.line); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// isCarry reports whether a cue is too short to be spoken.
func isCarry(c cue) bool { return c.end >= c.start && c.end-c.start <= carryMS }

// follows reports whether a cue replaces the one before on the screen.
func follows(before, c cue) bool {
	gap := c.start - before.end
	return c.start >= before.start && gap >= -carryMS && gap <= carryGap && c.speaker == before.speaker
}

// overlap returns how many lines at the start of now stand in before, together
// and in the same order. Screens have four lines at most; more are not compared.
func overlap(before, now []string) int {
	const screen = 4
	if len(before) > screen {
		before = before[len(before)-screen:]
	}
	longest := 0
	for from := range before {
		n := 0
		for n < len(now) && from+n < len(before) && now[n] == before[from+n] {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}
