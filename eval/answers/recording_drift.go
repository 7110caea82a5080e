package answers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Drifted is a model that was answered by something else than in the run before, under the same name.
type Drifted struct {
	Asked string  `json:"asked"`
	Was   []Model `json:"was"` // what answered then, all of it
	Is    []Model `json:"is"`  // what answers now
	// New counts the requests that something answered which did not answer before, of Requests that were answered by
	// anything that named itself.
	New      int `json:"new"`
	Requests int `json:"requests"`
}

// Share is the share of requests that something new answered, above 0 and at most 1.
func (d Drifted) Share() float64 { return float64(d.New) / float64(d.Requests) }

// String is one sentence.
func (d Drifted) String() string {
	return fmt.Sprintf("%s: %d of %d requests (%.1f %%) were answered by %s, and in the last run by %s", d.Asked, d.New, d.Requests, 100*d.Share(),
		named(slices.DeleteFunc(slices.Clone(d.Is), func(m Model) bool { return answeredIn(d.Was, m) })), named(d.Was))
}

// Drift compares two runs, by the name that was asked for: a model id or a system fingerprint that was not there before, or a
// fingerprint that is gone, is a change. A model that only one of the runs asked for is none. Without any it is empty; by name.
func Drift(last, now Index) []Drifted {
	before, after := byAsked(last.Models), byAsked(now.Models)
	var out []Drifted
	for _, asked := range sortedKeys(after) {
		d := Drifted{Asked: asked, Was: before[asked], Is: after[asked]}
		for _, m := range d.Is {
			d.Requests += m.Requests
			if !answeredIn(d.Was, m) {
				d.New += m.Requests
			}
		}
		if len(d.Was) > 0 && d.New > 0 {
			out = append(out, d)
		}
	}
	return out
}

// byAsked leaves out the requests that nothing answered by name.
func byAsked(all []Model) map[string][]Model {
	out := map[string][]Model{}
	for _, m := range all {
		if m.Answered != "" {
			out[m.Asked] = append(out[m.Asked], m)
		}
	}
	return out
}

func answeredIn(all []Model, m Model) bool {
	return slices.ContainsFunc(all, func(o Model) bool { return o.Answered == m.Answered && o.Fingerprint == m.Fingerprint })
}

func named(all []Model) string {
	var out []string
	for _, m := range all {
		out = append(out, fmt.Sprintf("%s (fingerprint %s)", m.Answered, cmp.Or(m.Fingerprint, "not given")))
	}
	return strings.Join(out, ", ")
}
