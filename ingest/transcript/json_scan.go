package transcript

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maxJSONDepth bounds how deep lists and objects may nest. Whisper's own output
// has four levels.
const maxJSONDepth = 64

// jsonScanner walks over a JSON text without building a tree, and knows at which
// line and in which field it is when something is wrong. It reads what RFC 8259
// allows, and NaN and Infinity, which Python writes where a model's score is
// not a number. The first problem stays; every method returns false from then
// on.
type jsonScanner struct {
	text    string
	at      int // byte offset of what is read next
	depth   int
	counted int // line ends before this offset are in ends
	ends    int
	list    string // the list that is being read, "" outside of one
	index   int    // place in list, from 0
	field   string // the field being read, "" for the entry itself
	problem *Error
}

// line returns the 1-based line of what is read next.
func (s *jsonScanner) line() int {
	s.ends += lineEnds(s.text[s.counted:s.at])
	s.counted = s.at
	return s.ends + 1
}

// place names the field being read, like segments[12].start.
func (s *jsonScanner) place() string {
	p := s.list
	if p != "" {
		p = fmt.Sprintf("%s[%d]", s.list, s.index)
	}
	switch {
	case s.field == "":
		return p
	case p == "":
		return s.field
	}
	return p + "." + s.field
}

// fail notes the first problem: message is a clause about the place it is at.
func (s *jsonScanner) fail(message string) bool {
	if s.problem == nil {
		if p := s.place(); p != "" {
			message = p + ": " + message
		}
		s.problem = &Error{Line: s.line(), Message: message}
	}
	return false
}

// peek skips white space and returns the byte that is read next, 0 at the end.
func (s *jsonScanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// unexpected fails because something else than want stands here.
func (s *jsonScanner) unexpected(want string) bool {
	if s.peek() == 0 && s.at >= len(s.text) {
		return s.fail("the JSON ends in the middle; the file was cut, so export or copy it again.")
	}
	return s.fail("the JSON cannot be read here, where " + want + " should stand; export the file again.")
}

// enter and leave keep count of the nesting.
func (s *jsonScanner) enter() bool {
	s.at++
	if s.depth++; s.depth > maxJSONDepth {
		return s.fail("the JSON nests deeper than 64 levels, which no transcript does.")
	}
	return s.problem == nil
}

func (s *jsonScanner) leave() bool {
	s.at++
	s.depth--
	return true
}

// array reads a list. each reads one entry.
func (s *jsonScanner) array(each func(i int) bool) bool {
	if s.peek() != '[' {
		return s.unexpected("a list")
	}
	if !s.enter() {
		return false
	}
	if s.peek() == ']' {
		return s.leave()
	}
	for i := 0; ; i++ {
		if !each(i) {
			return false
		}
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			return s.leave()
		default:
			return s.unexpected("a comma or ]")
		}
	}
}

// object reads an object. each reads the value that belongs to key.
func (s *jsonScanner) object(each func(key string) bool) bool {
	if s.peek() != '{' {
		return s.unexpected("an object")
	}
	if !s.enter() {
		return false
	}
	if s.peek() == '}' {
		return s.leave()
	}
	for {
		key, ok := s.str()
		if !ok {
			return false
		}
		if s.peek() != ':' {
			return s.unexpected("a colon")
		}
		s.at++
		if !each(key) {
			return false
		}
		switch s.peek() {
		case ',':
			s.at++
		case '}':
			return s.leave()
		default:
			return s.unexpected("a comma or }")
		}
	}
}

// str reads a string. Half of a surrogate pair becomes U+FFFD.
func (s *jsonScanner) str() (string, bool) {
	if s.peek() != '"' {
		return "", s.unexpected("a string")
	}
	escaped := false
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			literal := s.text[s.at : i+1]
			value := literal[1 : len(literal)-1]
			if escaped {
				if err := json.Unmarshal([]byte(literal), &value); err != nil {
					return "", s.unexpected("a string without a broken escape")
				}
			}
			s.at = i + 1
			return value, true
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return "", s.unexpected("a string on one line, without control characters,")
		}
	}
	s.at = len(s.text)
	return "", s.unexpected("a string")
}

// literal reads a number or one of the words true, false, null, NaN, Infinity
// and -Infinity.
func (s *jsonScanner) literal() (string, bool) {
	s.peek()
	end := s.at
	for end < len(s.text) && (s.text[end] >= '0' && s.text[end] <= '9' || s.text[end]|0x20 >= 'a' && s.text[end]|0x20 <= 'z' ||
		strings.IndexByte("+-.", s.text[end]) >= 0) {
		end++
	}
	value := s.text[s.at:end]
	if value != "NaN" && value != "Infinity" && value != "-Infinity" && !json.Valid([]byte(value)) {
		return "", s.unexpected("a value")
	}
	s.at = end
	return value, true
}

// null reads a null and reports whether one stood there.
func (s *jsonScanner) null() bool {
	if s.peek() == 'n' && strings.HasPrefix(s.text[s.at:], "null") {
		s.at += len("null")
		return true
	}
	return false
}

// skip reads any value and forgets it.
func (s *jsonScanner) skip() bool {
	switch s.peek() {
	case '{':
		return s.object(func(string) bool { return s.skip() })
	case '[':
		return s.array(func(int) bool { return s.skip() })
	case '"':
		_, ok := s.str()
		return ok
	}
	_, ok := s.literal()
	return ok
}

// looksJSON reports whether text is JSON, or begins as a transcript in JSON does
// and no other text: an object with a key, or a list of objects or lists.
func looksJSON(text string) bool {
	s := jsonScanner{text: text}
	switch s.peek() {
	case '{':
		s.at++
		if s.peek() == '"' {
			if _, ok := s.str(); ok && s.peek() == ':' {
				return true
			}
		}
	case '[':
		s.at++
		if c := s.peek(); c == '{' || c == '[' {
			s.at++
			if s.peek() == '"' {
				return true
			}
		}
	default:
		return false
	}
	return json.Valid([]byte(text))
}
