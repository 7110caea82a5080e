package transcript

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// label moves the names that open cues, as in "PROFESSOR: Any questions?", from
// the text to the speaker, where the format itself names nobody. SRT has no
// syntax for speakers, and many programs write none of WebVTT's. But a word
// taken for a name is lost to search and quotes ("TCP: a protocol that …"), so
// a name counts only where the whole file shows that it is one:
//
//   - a role with a number ("Speaker 2"), or in capitals in a file that is not
//     all capitals ("AUDIENCE"), or a name in capitals after ">>" opens at least
//     one cue;
//   - a role in small letters ("Student") or any name after ">>" opens at least
//     two;
//   - another name in capitals opens at least two, and none of its words stands
//     in capitals anywhere else in the file, as an acronym would;
//   - a name of two to four capitalised words opens at least three, and at least
//     two such names do: one may be a heading, two are a dialogue.
//
// Labels must be followed by words in the same cue. A cue with a second label
// inside is two people talking: its text stays whole, and its speaker "".
func label(cues []cue) {
	found := findLabels(cues)
	if len(found) == 0 {
		return
	}
	clearLabels(found, cues)
	for i := range cues {
		name, _, words := splitLabel(cues[i].text)
		if name == "" || cues[i].speaker != "" {
			continue
		}
		if !found[name].clear || secondLabel(words, found) {
			continue
		}
		cues[i].speaker, cues[i].text = name, words
	}
}

// labelUnnamed is label for the formats that have a place for speakers: where
// the file uses it for any cue, a name in the text is text.
func labelUnnamed(cues []cue) {
	if !slices.ContainsFunc(cues, func(c cue) bool { return c.speaker != "" }) {
		label(cues)
	}
}

// evidence is what the file shows about one candidate.
type evidence struct {
	cues   int  // cues it opens
	marked bool // it follows ">>" at least once
	clear  bool // it is a name
}

// findLabels counts the candidates of all cues.
func findLabels(cues []cue) map[string]*evidence {
	found := map[string]*evidence{}
	for _, c := range cues {
		name, marker, _ := splitLabel(c.text)
		if name == "" {
			continue
		}
		e := found[name]
		if e == nil {
			e = &evidence{}
			found[name] = e
		}
		e.cues++
		e.marked = e.marked || marker
	}
	return found
}

// clearLabels decides which candidates are names.
func clearLabels(found map[string]*evidence, cues []cue) {
	elsewhere, small := capitals(found, cues)
	dialogue := 0
	for name, e := range found {
		if titled(name) && e.cues >= 3 {
			dialogue++
		}
	}
	for name, e := range found {
		role, numbered := isRole(name)
		upper := name == strings.ToUpper(name)
		switch {
		case role:
			e.clear = numbered || upper && small || e.cues >= 2
		case heading(name):
		case e.marked:
			e.clear = upper && small || e.cues >= 2
		case upper:
			e.clear = small && e.cues >= 2 && !anyWord(name, func(w string) bool { return elsewhere[w] })
		case titled(name):
			e.clear = e.cues >= 3 && dialogue >= 2
		}
	}
}

// capitals returns which words of the candidates stand in the file other than in
// front of a colon, and whether the file has words in small letters at all.
func capitals(found map[string]*evidence, cues []cue) (elsewhere map[string]bool, small bool) {
	wanted := map[string]bool{}
	for name := range found {
		for w := range strings.FieldsSeq(name) {
			wanted[w] = true
		}
	}
	elsewhere = map[string]bool{}
	for _, c := range cues {
		_, _, words := splitLabel(c.text)
		for w := range strings.FieldsSeq(words) {
			if strings.HasSuffix(w, ":") {
				continue // a label of its own, perhaps
			}
			for w := range strings.FieldsFuncSeq(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				if wanted[w] {
					elsewhere[w] = true
				}
				small = small || len(w) > 3 && w == strings.ToLower(w)
			}
		}
	}
	return elsewhere, small
}

// secondLabel reports whether a name that is clear stands inside words.
func secondLabel(words string, found map[string]*evidence) bool {
	for rest := words; ; {
		colon := strings.IndexByte(rest, ':')
		if colon < 0 {
			return false
		}
		before := rest[max(0, colon-maxLabel):colon]
		for i := range len(before) {
			if i > 0 && !strings.ContainsRune(" \n\r->", rune(before[i-1])) {
				continue
			}
			if e := found[before[i:]]; e != nil && e.clear {
				return true
			}
		}
		rest = rest[colon+1:]
	}
}

// maxLabel is the longest candidate, in bytes.
const maxLabel = 40

// splitLabel takes a candidate for a label off the start of a cue's text: one to
// four words that begin with a capital letter, a colon, white space and more
// words. marker says that ">>" stood in front of it.
func splitLabel(text string) (name string, marker bool, words string) {
	rest := strings.TrimLeft(text, edge)
	if t := strings.TrimLeft(rest, ">"); len(rest)-len(t) >= 2 {
		rest, marker = strings.TrimLeft(t, " "), true
	} else if t, ok := strings.CutPrefix(rest, "- "); ok {
		rest = t
	}
	colon := strings.IndexByte(rest[:min(len(rest), maxLabel+1)], ':')
	if colon < 1 || colon+1 >= len(rest) || !strings.ContainsRune(" \t\r\n", rune(rest[colon+1])) || blank(rest[colon+1:]) {
		return "", false, text
	}
	name = rest[:colon]
	n := 0
	for w := range strings.SplitSeq(name, " ") {
		if n++; n > 4 || !labelWord(w, n == 1) {
			return "", false, text
		}
	}
	return name, marker, rest[colon+1:]
}

// labelWord reports whether a word can be part of a name: it begins with a
// capital letter, or is a number behind the first word, and holds only letters,
// digits, full stops, apostrophes and hyphens.
func labelWord(w string, first bool) bool {
	r, _ := utf8.DecodeRuneInString(w)
	if !unicode.IsUpper(r) && (first || !unicode.IsDigit(r)) {
		return false
	}
	for _, r := range w {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(".'’-", r) {
			return false
		}
	}
	return true
}

// titled reports whether a name has two words or more, as people's names do.
func titled(name string) bool { return strings.Contains(name, " ") && !heading(name) }

// heading reports whether a candidate holds a word that opens a sentence with a
// colon in a lecture, rather than a name.
func heading(name string) bool {
	return anyWord(name, func(w string) bool { return notNames[strings.ToLower(w)] })
}

func anyWord(name string, match func(string) bool) bool {
	for w := range strings.FieldsSeq(name) {
		if match(w) {
			return true
		}
	}
	return false
}

// roles are the words that captioners put where a name is unknown.
var roles = map[string]bool{
	"professor": true, "prof": true, "instructor": true, "lecturer": true, "teacher": true, "presenter": true,
	"student": true, "students": true, "audience": true, "audience member": true, "speaker": true, "unknown speaker": true,
	"narrator": true, "moderator": true, "interviewer": true, "interviewee": true,
	"male speaker": true, "female speaker": true, "male student": true, "female student": true, "male voice": true, "female voice": true,
}

// isRole reports whether a name is a role, and whether a number or a single
// letter follows it.
func isRole(name string) (role, numbered bool) {
	low := strings.ToLower(strings.TrimSuffix(name, "."))
	if roles[low] {
		return true, false
	}
	i := strings.LastIndexByte(low, ' ')
	if i < 0 || !roles[low[:i]] {
		return false, false
	}
	tail := low[i+1:]
	return true, len(tail) == 1 || strings.Trim(tail, "0123456789") == ""
}

// notNames is what heading looks for.
var notNames = map[string]bool{
	"note": true, "notes": true, "warning": true, "caution": true, "example": true, "question": true, "answer": true, "remember": true,
	"problem": true, "solution": true, "definition": true, "theorem": true, "lemma": true, "proof": true, "step": true, "case": true,
	"part": true, "chapter": true, "section": true, "slide": true, "figure": true, "table": true, "rule": true, "point": true, "idea": true,
	"todo": true, "faq": true, "ps": true, "ok": true, "summary": true, "conclusion": true, "key": true, "important": true, "option": true,
	"so": true, "again": true, "now": true, "well": true, "okay": true, "first": true, "second": true, "third": true, "next": true,
}
