package transcript

import (
	"encoding/json"
	"slices"
	"strings"
)

// parseWhisper reads the JSON that Whisper and the programs around it write:
//
//   - {"segments": [{"start": 0.0, "end": 2.5, "text": "…", "words": […]}, …]},
//     of openai-whisper, faster-whisper and WhisperX, or that list alone;
//   - {"transcription": [{"offsets": {"from": 0, "to": 2500}, "text": "…"}, …]},
//     of whisper.cpp, in milliseconds;
//   - {"words": [{"word": "…", "start": 0.0, "end": 0.3}, …]}, also under
//     "word_segments", or that list alone;
//   - [["…", 0.0, 0.3], …], words or sentences with their times;
//   - JSON Lines: segments or words as objects, one on each line.
//
// In place of "end" there may be "duration", and times may be strings, as
// decimal numbers or like 00:01:02.500.
//
// Segments are cues as they stand. Words make cues only where there are no
// segments; see wordCues. "speaker" is kept. All other fields are skipped.
func parseWhisper(text string, rep *report) ([]cue, *Error) {
	w := whisperParser{s: jsonScanner{text: text}, rep: rep}
	var ok bool
	switch {
	case w.s.peek() == '[':
		ok = w.entries("", &w.words)
	case jsonLines(text):
		ok = w.lines()
	default:
		ok = w.s.object(w.top)
	}
	if ok && w.s.peek() != 0 {
		w.s.unexpected("the end of the file")
	}
	switch {
	case w.s.problem != nil:
		return nil, w.s.problem
	case len(w.segments) > 0:
		return w.segments, nil
	case w.whole:
		place(w.words)
		return w.words, nil
	case len(w.words) > 0 && !slices.ContainsFunc(w.words, func(c cue) bool { return c.start >= 0 }):
		return nil, &Error{Message: "no word in the JSON has a time; export it with word times, or as .srt, .vtt or .txt."}
	case len(w.words) > 0:
		return wordCues(w.words), nil
	case w.text:
		return nil, &Error{Message: "the JSON holds text but no times; export it with segments (verbose_json), or as .srt, .vtt or .txt."}
	}
	return nil, &Error{Message: jsonMessage}
}

const jsonMessage = "the JSON is not a transcript that is read: it must hold segments, each with start, end and text, or words with times."

// whisperParser collects what the file holds.
type whisperParser struct {
	s        jsonScanner
	rep      *report
	segments []cue
	words    []cue
	whole    bool // words, the list that is the file, are segments
	text     bool // the file has a text as a whole
}

// top reads one field of the outermost object.
func (w *whisperParser) top(key string) bool {
	w.s.field = ""
	switch key {
	case "segments", "transcription":
		return w.optional(key, &w.segments)
	case "words", "word_segments":
		had := len(w.words)
		ok := w.optional(key, &w.words)
		if had > 0 {
			w.words = w.words[:had] // both lists are there, with the same words
		}
		return ok
	case "text":
		w.text = true
	}
	return w.s.skip()
}

// optional reads the entries of list, or null.
func (w *whisperParser) optional(list string, to *[]cue) bool {
	if w.s.null() {
		return true
	}
	w.s.field = list
	if w.s.peek() != '[' {
		return w.s.unexpected("a list")
	}
	return w.entries(list, to)
}

// entries reads a list of segments or words, with times, to the end of to. A
// list that is the whole file (named "") is one of segments if any of its objects
// has no "word".
func (w *whisperParser) entries(list string, to *[]cue) bool {
	ok := w.s.array(func(i int) bool { return w.element(list, i, to) })
	w.s.list, w.s.field = "", ""
	return ok
}

// element reads entry i of list to the end of to.
func (w *whisperParser) element(list string, i int, to *[]cue) bool {
	w.s.list, w.s.index, w.s.field = list, i, ""
	if list == "" {
		w.s.list = "entry"
	}
	var e entry
	if w.s.peek() == '[' {
		ok := w.triple(&e)
		*to = append(*to, e.cue)
		return ok
	}
	if !w.entry(&e) {
		return false
	}
	w.whole = w.whole || list == "" && !e.word
	*to = append(*to, e.cue)
	return true
}

// lines reads JSON Lines as if they were one list.
func (w *whisperParser) lines() bool {
	for i := 0; w.s.peek() != 0; i++ {
		if !w.element("", i, &w.words) {
			return false
		}
	}
	w.s.list, w.s.field = "", ""
	return true
}

// jsonLines reports whether a text that begins with an object is JSON Lines: its
// first two lines, blank ones aside, are objects from their first byte to their
// last.
func jsonLines(text string) bool {
	n := 0
	for l := (lines{text: text}); n < 2 && l.scan(); {
		line := trim(l.line)
		if line == "" {
			continue
		}
		if line[0] != '{' || line[len(line)-1] != '}' {
			return false
		}
		n++
	}
	return n == 2
}

// entry is one segment or word as it is read.
type entry struct {
	cue
	word                    bool // its text stands under "word"
	hasText, begins, finish bool
	length                  int64 // milliseconds, where lasts is true
	lasts                   bool
	words                   []cue // of a segment
}

// triple reads ["text", start, end].
func (w *whisperParser) triple(e *entry) bool {
	n := 0
	e.line = w.s.line()
	ok := w.s.array(func(i int) bool {
		n++
		switch i {
		case 0:
			w.s.field = "text"
			return w.str(&e.text)
		case 1:
			w.s.field = "start"
			return w.seconds(&e.start, &e.begins)
		case 2:
			w.s.field = "end"
			return w.seconds(&e.end, &e.finish)
		}
		return w.s.skip()
	})
	w.s.field = ""
	if ok && n < 3 {
		return w.s.fail("the entry must hold a text, a start and an end.")
	}
	return ok && w.settleTimes(e, false)
}

// entry reads an object with text and times.
func (w *whisperParser) entry(e *entry) bool {
	list, index := w.s.list, w.s.index
	if w.s.peek() != '{' {
		return w.s.unexpected("an object or a list of text, start and end")
	}
	e.line = w.s.line()
	ok := w.s.object(func(key string) bool {
		w.s.field = key
		switch key {
		case "text":
			e.hasText = true
			return w.str(&e.text)
		case "word":
			e.word = true
			return w.str(&e.text)
		case "start":
			return w.seconds(&e.start, &e.begins)
		case "end":
			return w.seconds(&e.end, &e.finish)
		case "duration", "dur":
			return w.seconds(&e.length, &e.lasts)
		case "offsets":
			return w.offsets(e)
		case "speaker":
			return w.str(&e.speaker)
		case "words":
			if w.s.null() {
				return true
			}
			if list != "segments" && list != "entry" {
				return w.s.skip()
			}
			ok := w.entries(list+".words", &e.words)
			w.s.list, w.s.index = list, index
			return ok
		}
		w.s.field = "" // a name from the file does not go into messages
		return w.s.skip()
	})
	w.s.field = ""
	if !ok {
		return false
	}
	if !e.hasText && !e.word && len(e.words) > 0 {
		e.text = joinWords(e.words)
	}
	return w.settleTimes(e, list == "words" || list == "word_segments" || e.word)
}

// settleTimes fills in the times that are missing: a segment's from its words,
// a word's from the word before it, for aligners leave out those they cannot
// place. Anything else without times is an error.
func (w *whisperParser) settleTimes(e *entry, word bool) bool {
	switch {
	case e.begins && e.finish:
		return true
	case e.begins && e.lasts:
		e.end = e.start + e.length
		return true
	case len(e.words) > 0:
		place(e.words)
		if !e.begins {
			e.start = e.words[0].start
		}
		if !e.finish {
			e.end = e.words[len(e.words)-1].end
		}
		return true
	case word && !e.begins && !e.finish:
		e.start = -1
		return true
	case e.begins:
		w.s.field = "end"
	default:
		w.s.field = "start"
	}
	return w.s.fail("the time in seconds is missing.")
}

// str reads a string, or null for "".
func (w *whisperParser) str(to *string) bool {
	if w.s.null() {
		return true
	}
	if w.s.peek() != '"' {
		return w.s.unexpected("a string")
	}
	value, ok := w.s.str()
	*to = value
	return ok
}

// seconds reads a number of seconds; null leaves has false.
func (w *whisperParser) seconds(to *int64, has *bool) bool {
	return w.time(to, has, 3, "seconds")
}

// offsets reads whisper.cpp's times, in milliseconds.
func (w *whisperParser) offsets(e *entry) bool {
	return w.s.object(func(key string) bool {
		switch key {
		case "from":
			w.s.field = "offsets.from"
			return w.time(&e.start, &e.begins, 0, "milliseconds")
		case "to":
			w.s.field = "offsets.to"
			return w.time(&e.end, &e.finish, 0, "milliseconds")
		}
		return w.s.skip()
	})
}

// time reads a number of units of 10^shift milliseconds.
func (w *whisperParser) time(to *int64, has *bool, shift int, unit string) bool {
	if w.s.null() {
		return true
	}
	line := w.s.line()
	if w.s.peek() == '"' {
		return w.quoted(to, has, shift, unit)
	}
	if c := w.s.peek(); c != '-' && (c < '0' || c > '9') {
		return w.s.fail("the time must be a number of " + unit + ".")
	}
	start := w.s.at
	literal, ok := w.s.literal()
	if !ok {
		return false
	}
	ms, ok := decimalMS(strings.TrimPrefix(literal, "-"), shift)
	if !ok {
		w.s.at = start
		return w.s.fail("the time must be a number of " + unit + ", of at most a million hours.")
	}
	if literal[0] == '-' && ms > 0 {
		w.rep.warn(line, belowZero)
		ms = 0
	}
	*to, *has = ms, true
	return true
}

// quoted reads a time written as a string: a number, or hours, minutes and
// seconds.
func (w *whisperParser) quoted(to *int64, has *bool, shift int, unit string) bool {
	line := w.s.line()
	value, ok := w.s.str()
	if !ok {
		return false
	}
	value = trim(value)
	digits := strings.TrimPrefix(value, "-")
	ms, rest, ok := srtTimestamp(digits)
	if ok = ok && rest == ""; !ok && digits != "" && '0' <= digits[0] && digits[0] <= '9' && json.Valid([]byte(digits)) {
		ms, ok = decimalMS(digits, shift)
	}
	if !ok {
		return w.s.fail("the time must be a number of " + unit + ".")
	}
	if digits != value && ms > 0 {
		w.rep.warn(line, belowZero)
		ms = 0
	}
	*to, *has = ms, true
	return true
}
