package eval

import (
	"errors"
	"slices"
	"strings"
)

// GoldenCue is a cue of a transcript, as the parser cleans it and as it is stored.
type GoldenCue struct {
	StartMS, EndMS int64
	Text           string
}

// Verify holds the spans against the transcripts, which are given by lecture, each in spoken order: a span starts where a cue
// starts, ends where one ends, and its quote is exactly what these cues say. All faults are reported together, each with
// file, line and field.
func (g *Golden) Verify(transcripts map[string][]GoldenCue) error {
	var faults []error
	for _, q := range g.Questions {
		for _, s := range q.Spans {
			if err := g.verify(s, transcripts); err != nil {
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(faults...)
}

func (g *Golden) verify(s GoldenSpan, transcripts map[string][]GoldenCue) error {
	cues, ok := transcripts[s.Lecture]
	if !ok {
		return g.fault(s.Line, "lecture", "there is no lecture %q", s.Lecture)
	}
	first := slices.IndexFunc(cues, func(c GoldenCue) bool { return c.StartMS == s.StartMS })
	if first < 0 {
		return g.fault(s.Line, "start", "no cue of %s starts at %d ms", s.Lecture, s.StartMS)
	}
	n := slices.IndexFunc(cues[first:], func(c GoldenCue) bool { return c.EndMS == s.EndMS }) + 1
	if n == 0 {
		return g.fault(s.Line, "end", "no cue of %s ends at %d ms", s.Lecture, s.EndMS)
	}
	said := make([]string, 0, n)
	for _, c := range cues[first : first+n] {
		said = append(said, c.Text)
	}
	if strings.Join(said, " ") != s.Quote {
		return g.fault(s.Line, "quote", "is not what %s says from %d to %d ms", s.Lecture, s.StartMS, s.EndMS)
	}
	return nil
}
