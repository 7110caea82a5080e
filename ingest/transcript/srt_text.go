package transcript

import (
	"html"
	"strings"
)

// srtTags are the elements that caption tools write into SRT. Anything else in
// angle brackets is text: a lecture on Java says List<String>.
var srtTags = map[string]bool{
	"b": true, "i": true, "u": true, "s": true, "em": true, "strong": true, "strike": true, "del": true, "ins": true,
	"font": true, "span": true, "big": true, "small": true, "sub": true, "sup": true, "tt": true, "center": true,
	"br": true, "p": true, "div": true, "ruby": true, "rb": true, "rt": true, "rp": true,
	"c": true, "v": true, "lang": true,
}

// srtText strips the markup of an SRT cue: known tags, WebVTT timestamps and
// voices (whose annotation is the speaker), override blocks such as {\an8}, and
// the character references that end in a semicolon.
func srtText(body string, rep *report) (words, speaker string) {
	if !strings.ContainsAny(body, "<{&") {
		return body, ""
	}
	var b strings.Builder
	for len(body) > 0 {
		i := strings.IndexAny(body, "<{&")
		if i < 0 {
			i = len(body)
		}
		b.WriteString(body[:i])
		if body = body[i:]; body == "" {
			break
		}
		var n int
		var text string
		switch body[0] {
		case '<':
			var name string
			if n, text, name = srtTag(body); n > 0 {
				rep.remove(removedMarkup, 1)
				speaker = joinNames(speaker, name)
			}
		case '{':
			if n = override(body); n > 0 {
				rep.remove(removedMarkup, 1)
			}
		default:
			if n, text = reference(body); n > 0 {
				rep.remove(removedEntity, 1)
			}
		}
		if n == 0 {
			n, text = 1, body[:1]
		}
		b.WriteString(text)
		body = body[n:]
	}
	return b.String(), speaker
}

// srtTag measures the tag that s begins with; n is 0 where it begins with none.
// text replaces the tag, and speaker is the annotation of a voice.
func srtTag(s string) (n int, text, speaker string) {
	end := strings.IndexAny(s[1:], "<>") + 1
	if end <= 0 || s[end] != '>' {
		return 0, "", ""
	}
	inner := s[1:end]
	if _, rest, ok := vttTimestamp(inner); ok && rest == "" {
		return end + 1, "", ""
	}
	name, annotation := tagName(strings.TrimPrefix(inner, "/"))
	name = strings.ToLower(strings.TrimSuffix(name, "/"))
	if !srtTags[name] {
		return 0, "", ""
	}
	switch name {
	case "br", "p", "div":
		text = "\n"
	case "v":
		speaker = strings.Join(strings.Fields(annotation), " ")
	}
	return end + 1, text, speaker
}

// maxOverride bounds how far the end of a {b} is looked for.
const maxOverride = 1000

// letterTag reports whether c is a style of old SubRip: {b}bold{/b}.
func letterTag(c byte) bool { return c != 0 && strings.IndexByte("biusBIUS", c) >= 0 }

// override measures the style override that s begins with, {\an8} as in
// SubStation Alpha, {y:i} as in MicroDVD, or {i} and {/i} as in old SubRip; 0
// where it begins with none. {i} without {/i} behind it is text: a set.
func override(s string) int {
	end := strings.IndexAny(s[1:], "{}\r\n") + 1
	if end <= 0 || s[end] != '}' {
		return 0
	}
	inner := s[1:end]
	switch {
	case strings.HasPrefix(inner, `\`), strings.HasPrefix(inner, "y:"), strings.HasPrefix(inner, "Y:"),
		len(inner) == 2 && inner[0] == '/' && letterTag(inner[1]),
		len(inner) == 1 && letterTag(inner[0]) && strings.Contains(s[:min(len(s), maxOverride)], "{/"+inner+"}"):
		return end + 1
	}
	return 0
}

// maxReference is longer than any character reference with a meaning; HTML's
// longest name, CounterClockwiseContourIntegral, has 31 letters.
const maxReference = 40

// reference reads the character reference that s begins with; n is 0 where it
// begins with none.
func reference(s string) (n int, text string) {
	end := strings.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 0 {
		return 0, ""
	}
	text = html.UnescapeString(s[:end+1])
	if text == s[:end+1] || len(text) > 1 && strings.HasSuffix(text, ";") {
		return 0, "" // unknown, or known only in its first letters
	}
	return end + 1, text
}

// srtSettings are the keys of what may follow the times on an arrow line: the
// coordinates of old SubRip and the settings of WebVTT.
var srtSettings = map[string]bool{
	"X1": true, "X2": true, "Y1": true, "Y2": true,
	"align": true, "line": true, "position": true, "region": true, "size": true, "vertical": true,
}

// srtRest returns what stands behind the times on an arrow line if it is text,
// and "" if it only places the cue on the screen.
func srtRest(rest string, rep *report) string {
	if rest == "" {
		return ""
	}
	for _, f := range strings.Fields(rest) {
		key, value, ok := strings.Cut(f, ":")
		if !ok || value == "" || !srtSettings[key] {
			return rest
		}
	}
	rep.remove(removedMarkup, 1)
	return ""
}

// holdsSRT reports whether any line of text is an SRT arrow line.
func holdsSRT(text string) bool {
	return anyArrow(text, func(line string) bool {
		_, _, _, ok := srtTiming(line)
		return ok
	})
}

// strictSRT reports whether any line is an arrow line that only SRT writes:
// hours, and a comma before the fraction.
func strictSRT(text string) bool {
	return anyArrow(text, func(line string) bool {
		start, _, _ := strings.Cut(line, "-->")
		_, _, _, ok := srtTiming(line)
		return ok && strings.Count(start, ":") == 2 && strings.Contains(start, ",")
	})
}

// anyArrow reports whether match holds for any line with an arrow.
func anyArrow(text string, match func(line string) bool) bool {
	for l := (lines{text: text}); l.scan(); {
		if holdsArrow(l.line) && match(l.line) {
			return true
		}
	}
	return false
}
