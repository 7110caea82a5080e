package transcript

import (
	"fmt"
	"slices"
)

// Kinds of Transcript.Removed; what each counts is documented there.
const (
	removedControl   = "control"
	removedBidi      = "bidi"
	removedZeroWidth = "zero_width"
	removedTag       = "tag"
	removedVariation = "variation"
	removedSpace     = "space"
	removedMarkup    = "markup"
	removedEntity    = "entity"
	removedNFC       = "nfc"
	cueEmpty         = "cue_empty"
	cueDuplicate     = "cue_duplicate"
	cueRolling       = "cue_rolling"
	rollingLine      = "rolling_line"
	cueUnreadable    = "cue_unreadable"
	timeMarks        = "time_mark"
	strayLine        = "stray_line"
)

// maxListed is how many warnings of one kind are listed line by line.
const maxListed = 20

// report collects what a parser has to tell beside its cues. One report serves
// one file.
type report struct {
	removed         map[string]int
	firstUnreadable int // line of the first unreadable arrow line; 0: none
	firstCut        int // line of the first arrow line without an arrow; 0: none
	listed          []Warning
	seen            map[string]int // warnings so far, by message
}

func newReport() *report {
	return &report{removed: map[string]int{}, seen: map[string]int{}}
}

// remove adds n to the count of kind.
func (r *report) remove(kind string, n int) {
	if n > 0 {
		r.removed[kind] += n
	}
}

// warn notes message at line. Warnings are of one kind if their messages are
// equal, so a message must not hold what differs from line to line.
func (r *report) warn(line int, message string) {
	r.seen[message]++
	if r.seen[message] <= maxListed {
		r.listed = append(r.listed, Warning{Line: line, Message: message})
	}
}

// unreadable notes an arrow line whose times make no sense: the cue is lost.
func (r *report) unreadable(line int, message string) {
	if r.firstUnreadable == 0 {
		r.firstUnreadable = line
	}
	r.remove(cueUnreadable, 1)
	r.warn(line, message)
}

// cut notes a line that begins as an arrow line does and ends before its end
// time: the cue is lost.
func (r *report) cut(line int) {
	if r.firstCut == 0 {
		r.firstCut = line
	}
	r.warn(line, "the line "+cutMessage)
}

// cutMessage says what is wrong with such a line.
const cutMessage = "begins with a time but ends before --> and the end time, so its cue is left out; the file was cut here, so export or copy it again."

// warnings returns all warnings by line, with a last one for each kind that was
// cut short.
func (r *report) warnings() []Warning {
	all := slices.Clone(r.listed)
	slices.SortStableFunc(all, func(a, b Warning) int { return a.Line - b.Line })
	var cut []Warning
	for message, n := range r.seen {
		if n > maxListed {
			cut = append(cut, Warning{Message: fmt.Sprintf("%d more lines like this are not listed: %s", n-maxListed, message)})
		}
	}
	slices.SortFunc(cut, func(a, b Warning) int {
		if a.Message < b.Message {
			return -1
		}
		return 1
	})
	return append(all, cut...)
}
