package transcript

import (
	"html"
	"strings"
)

// cueText reads the payload of a WebVTT cue by the W3C's cue text tokenizer and
// parsing rules (WebVTT, sections 6.4 and 6.5). The words are the text nodes of
// the tree those rules build, in order; of the tags only voices matter here, so
// no tree is built. speaker is the annotation of the voice spans, see
// Segment.Speaker.
func cueText(payload string, rep *report) (words, speaker string) {
	if strings.IndexByte(payload, '<') < 0 {
		return unescape(payload, rep), ""
	}
	var b strings.Builder
	for len(payload) > 0 {
		open := strings.IndexByte(payload, '<')
		if open < 0 {
			open = len(payload)
		}
		b.WriteString(unescape(payload[:open], rep))
		if payload = payload[open:]; payload == "" {
			break
		}
		// Every state of the tokenizer inside a tag ends at ">" or at the end
		// of the payload, whatever stands between.
		tag, rest, _ := strings.Cut(payload[1:], ">")
		payload = rest
		rep.remove(removedMarkup, 1)
		if name, annotation := tagName(tag); name == "v" {
			speaker = joinNames(speaker, strings.Join(strings.Fields(unescape(annotation, rep)), " "))
		}
	}
	return b.String(), speaker
}

// tagName splits a start tag, without its brackets, into the name before any
// class and the annotation after the first white space. End tags and timestamps
// have a name that is no element's.
func tagName(tag string) (name, annotation string) {
	name = tag
	if i := strings.IndexAny(tag, "\t\n\f\r "); i >= 0 {
		name, annotation = tag[:i], tag[i+1:]
	}
	name, _, _ = strings.Cut(name, ".")
	return name, annotation
}

// unescape replaces HTML character references, with or without their semicolon
// as HTML allows.
func unescape(s string, rep *report) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	u := html.UnescapeString(s)
	if u != s {
		rep.remove(removedEntity, 1)
	}
	return u
}
