package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// An ETag names what a lecture shows: the job that published it, or v and the version where that is older than jobs.
// While an upload is pending the lecture's own ETag is the two joined by a plus sign, what it shows and what it will
// show, because its page says both. A condition looks at the last part only: an upload conditioned on a pending one is
// right as long as nothing else comes in between, before and after that one is published.
const tagJoin = "+"

// lectureTag is the lecture's ETag, without quotes.
func lectureTag(d retrieve.LectureDetail) string {
	tag := ingest.ETag(d.Job, d.Version)
	if d.Pending != "" {
		tag += tagJoin + d.Pending
	}
	return tag
}

func quoted(tag string) string {
	if tag == "" {
		return ""
	}
	return `"` + tag + `"`
}

// maxTags is how many entity tags a header may list. Nobody needs more than one.
const maxTags = 100

// conditionOf reads If-Match and If-None-Match of a request that changes a lecture (RFC 9110, 13.1). A condition that
// cannot be read is refused: leaving it out would overwrite what the client asked to keep.
func conditionOf(h http.Header) (ingest.Condition, *Problem) {
	var cond ingest.Condition
	bad := func(location, message string) *Problem {
		p := &Problem{Status: http.StatusBadRequest, Code: "malformed_condition", Detail: location + ": " + message}
		p.Errors = []Field{{Location: location, Message: message}}
		return p.complete()
	}
	match, none := h.Values("If-Match"), h.Values("If-None-Match")
	if len(none) > 0 {
		if len(none) > 1 || strings.Trim(none[0], " \t") != "*" {
			return cond, bad("header.If-None-Match", "expected * and nothing else; it means that there is no such lecture yet")
		}
		if len(match) > 0 {
			return cond, bad("header.If-None-Match", "expected either this or If-Match")
		}
		cond.New = true
	}
	if len(match) == 0 {
		return cond, nil
	}
	tags, star, ok := parseTags(match)
	switch {
	case !ok:
		return cond, bad("header.If-Match", `expected * or entity tags in double quotes with commas between, at most 100`)
	case star:
		cond.Match = []string{"*"}
		return cond, nil
	}
	cond.Match = []string{""} // matches nothing; that there is a condition must not be lost
	for _, t := range tags {
		if name := t.tag; !t.weak && name != "*" { // a weak tag never matches here, and a quoted star is a tag like others
			if i := strings.LastIndex(name, tagJoin); i >= 0 {
				name = name[i+1:]
			}
			cond.Match = append(cond.Match, name)
		}
	}
	return cond, nil
}

// notModified reports whether If-None-Match names tag (without quotes), by the weak comparison that a GET uses. A header
// that cannot be read is as good as none: the client then gets what it has once more.
func notModified(h http.Header, tag string) bool {
	tags, star, ok := parseTags(h.Values("If-None-Match"))
	return ok && (star || slices.ContainsFunc(tags, func(t entityTag) bool { return t.tag == tag }))
}

type entityTag struct {
	tag  string
	weak bool
}

// parseTags reads a list of entity tags, or *, which stands alone. Empty elements are allowed between commas, but not
// only empty ones.
func parseTags(lines []string) (tags []entityTag, star, ok bool) {
	rest := strings.Trim(strings.Join(lines, ","), " \t")
	if rest == "*" {
		return nil, true, true
	}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return tags, false, len(tags) > 0
		}
		var t entityTag
		rest, t.weak = strings.CutPrefix(rest, "W/")
		if rest, ok = strings.CutPrefix(rest, `"`); !ok {
			return nil, false, false
		}
		if t.tag, rest, ok = strings.Cut(rest, `"`); !ok || strings.ContainsFunc(t.tag, notInTag) || len(tags) == maxTags {
			return nil, false, false
		}
		rest = strings.TrimLeft(rest, " \t")
		if rest != "" && rest[0] != ',' {
			return nil, false, false
		}
		tags = append(tags, t)
	}
}

func notInTag(r rune) bool { return r < '!' || r == '\x7f' }
