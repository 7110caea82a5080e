package guard

import (
	"slices"
	"unicode"
)

// stitched: the sentence is put together from two places that speak of
// different things: "Bufferbloat is the name for letting eight people share a
// link", where one quote has the name and the other the eight people.
//
// Each clause is held against its home, the item of evidence that has most of
// its words besides those that it is about. What it is about, its subject and
// the "in TLS 1.3" that it begins with, must stand there or lead there (see
// leadsTo); the rule is broken if it does not, and stands in another item.
// A clause whose home is not clear is not judged, nor is a sentence with one
// item of evidence: there layer 5 and the other rules have to do.
//
// Of a subject of several words the last one counts, and names. Another one
// counts only where the home has the last one with another word before it:
// "propagation delay" in the claim, "transmission delay" at home.
func (c *check) stitched(cl *claim) bool {
	if len(cl.contexts) < 2 {
		return false
	}
	all := contentOf(cl.words)
	for i := range cl.contexts {
		if shared(cl.words, cl.contexts[i].words, nil) == all { // one item has every word of it
			return false
		}
	}
	places := make([]place, len(cl.contexts))
	for i := range cl.contexts {
		places[i].context = &cl.contexts[i]
	}
	var topic, frame []word
	framed := false // the clause before was the frame alone: "In TLS, the client …"
	for _, p := range clausesOf(cl.words) {
		if len(p.frame) > 0 {
			frame, framed = p.frame, true
		}
		if !slices.ContainsFunc(p.words, func(w word) bool { return w.content() }) {
			continue
		}
		if p.contrasts || !p.goesOn && !framed {
			frame = nil
		}
		framed = false
		if !p.goesOn {
			topic = p.subject
		}
		if c.elsewhere(places, &p, topic, frame) || len(frame) > 0 && !aside[frame[len(frame)-1].low] && c.elsewhere(places, &p, frame, nil) {
			return true
		}
	}
	return false
}

// elsewhere reports whether what clause p is about stands in another place
// than what it says.
func (c *check) elsewhere(places []place, p *clause, about, frame []word) bool {
	if len(about) == 0 {
		return false
	}
	home, counts := homeOf(places, p, about, frame)
	if home < 0 {
		return false
	}
	head := len(about) - 1 // that stands anywhere
	for head > 0 && !slices.ContainsFunc(places, func(at place) bool { return holds(at.context.words, &about[head]) }) {
		head--
	}
	for k := range about[:head+1] {
		w := &about[k]
		if !names(w) || holds(places[home].context.words, w) {
			continue
		}
		for j := range places {
			if j == home || counts[j] >= counts[home] || !holds(places[j].context.words, w) || c.leadsTo(&places[home], p, w) {
				continue
			}
			if k == head || isProper(w) || compound(about, k) || c.hasRival(&places[home], w, &about[k+1]) {
				return true
			}
		}
	}
	return false
}

// minHome is how many words of a clause its home must have.
const minHome = 2

// homeOf returns the place that has most of the words of p and frame, other
// than those of about, and how many each has; -1 if none has minHome.
func homeOf(places []place, p *clause, about, frame []word) (home int, counts []int) {
	counts = make([]int, len(places))
	for i := range places {
		for _, words := range [][]word{p.words, frame} {
			for k := range words {
				if w := &words[k]; w.content() && !holds(about, w) && holds(places[i].context.words, w) {
					counts[i]++
				}
			}
		}
		if counts[i] > counts[home] {
			home = i
		}
	}
	if counts[home] < minHome {
		return -1, counts
	}
	return home, counts
}

// names reports whether w can say what a clause is about.
func names(w *word) bool {
	return w.kind == letterWord && w.content() && !w.cue.has(cueNumber) && len(w.low) > 1 && !slight[w.low]
}

// compound reports whether words[i] is joined to another by a hyphen.
func compound(words []word, i int) bool {
	return i > 0 && words[i-1].text == "-" && words[i-1].glued || i+1 < len(words) && words[i+1].text == "-" && words[i+1].glued
}

// isProper reports whether w is written like a name.
func isProper(w *word) bool {
	return mixed(w.text) || !w.first && unicode.IsUpper(firstRune(w.text))
}
