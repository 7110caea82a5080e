package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameIndex is a text as names are looked up in it.
type nameIndex struct {
	// letters are the text's letters and digits in lower case, nothing between
	// them; starts and ends say where words begin and end there.
	letters      string
	starts, ends []bool
	// initials are the first letters of the words, in lower case; a word that
	// is on the language's lists counts as '.'.
	initials string
	cased    bool     // there is a capital letter
	words    []string // consonants of each word, for what is not cased
}

func newNameIndex(text string, lang *language) *nameIndex {
	n := &nameIndex{}
	var letters, initials strings.Builder
	text = plain(text)
	letters.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !isWord(r) {
			i += size
			if !isSpace(r) && r != '-' {
				initials.WriteByte('.')
			}
			continue
		}
		end := i
		start := letters.Len()
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if !isWord(r) && (r != '_' || end == i) {
				break
			}
			if unicode.IsUpper(r) {
				n.cased = true
			}
			letters.WriteRune(unicode.ToLower(r))
			end += size
		}
		n.mark(start, letters.Len())
		low := strings.ToLower(text[i:end])
		if lang.cues[low].has(cueFunction) {
			initials.WriteByte('.')
		} else {
			initials.WriteRune(firstRune(low))
		}
		if !n.cased {
			n.words = append(n.words, consonants(low))
		}
		i = end
	}
	n.letters, n.initials = letters.String(), initials.String()
	return n
}

func (n *nameIndex) mark(start, end int) {
	for len(n.starts) <= end {
		n.starts = append(n.starts, false)
		n.ends = append(n.ends, false)
	}
	n.starts[start], n.ends[end] = true, true
}

// has reports whether name, in lower case without signs, stands as one or
// several whole words; a plural s may follow.
func (n *nameIndex) has(name string) bool {
	if name == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(n.letters[from:], name)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(name)
		if n.starts[i] && (n.ends[end] || end < len(n.letters) && n.letters[end] == 's' && n.ends[end+1]) {
			return true
		}
		from = i + 1
	}
}

// initialled reports whether words with the initials of the acronym follow
// each other.
func (n *nameIndex) initialled(acronym string) bool {
	acronym = strings.TrimSuffix(acronym, "s")
	return len(acronym) >= 3 && strings.Contains(n.initials, acronym)
}

// sounds reports whether a word has the consonants of name.
func (n *nameIndex) sounds(name string) bool {
	want := consonants(name)
	if len(want) < 3 {
		return false
	}
	for i, w := range n.words {
		if w == want || i > 0 && n.words[i-1]+w == want {
			return true
		}
	}
	return false
}

// consonants reduces a word in lower case to what is left of it when a
// recogniser spells it by ear: no vowels but the first letter, one letter for
// each sound.
func consonants(w string) string {
	var b [24]byte
	n := 0
	for i := 0; i < len(w) && n < len(b)-1; i++ {
		c := w[i]
		switch c {
		case 'a', 'e', 'i', 'o', 'u', 'y', 'h', 'w':
			if i > 0 {
				continue
			}
			if c != 'h' && c != 'w' {
				c = 'a'
			}
		case 'c', 'q':
			c = 'k'
		case 'z':
			c = 's'
		case 'x':
			if n == 0 || b[n-1] != 'k' { //nolint:gosec // n is at most the letters read
				b[n] = 'k'
				n++
			}
			c = 's'
		}
		if n > 0 && b[n-1] == c && (c < '0' || c > '9') {
			continue
		}
		b[n] = c
		n++
	}
	return string(b[:n])
}

// known returns what may be named besides the evidence: the question and the
// glossary.
func (c *check) known() *nameIndex {
	if c.knownNames == nil {
		c.knownNames = newNameIndex(c.in.Question+"\n"+strings.Join(c.in.Glossary, "\n"), c.lang)
	}
	return c.knownNames
}

// Names may stand this far from the quote, in bytes: about five sentences
// before it, and two behind.
const (
	namesBefore = 500
	namesBehind = 200
)

// names indexes the passage around the context, once.
func (c *check) namesAround(ctx *context) *nameIndex {
	if ctx.names == nil {
		text := c.in.Passages[ctx.passage].Text
		start, end := max(0, ctx.text.start-namesBefore), min(len(text), ctx.text.end+namesBehind)
		for start > 0 && start < ctx.text.start && !isSpaceByte(text[start-1]) {
			start++
		}
		for end < len(text) && end > ctx.text.end && !isSpaceByte(text[end]) {
			end--
		}
		ctx.names = newNameIndex(text[start:end], c.lang)
	}
	return ctx.names
}

func isSpaceByte(b byte) bool { return b == ' ' || b == '\n' || b == '\t' }

// alwaysCapital reports whether the request's passages write the word, given
// in lower case, with a capital in mid-sentence and never without one.
func (c *check) alwaysCapital(low string) bool {
	found := false
	for i := range c.in.Passages {
		text := c.in.Passages[i].Text
		for from := 0; from+len(low) <= len(text); {
			k := indexTail(text[from:], low)
			if k < 0 {
				break
			}
			k += from
			from = k + 1
			if k > 0 {
				if r, _ := runeBefore(text, k); isWord(r) {
					continue
				}
			}
			end := k + len(low)
			if r, _ := runeAfter(text, end); end < len(text) && isWord(r) {
				continue
			}
			if text[k] == low[0] {
				return false
			}
			before := strings.TrimRight(text[:k], " \n\t")
			if before != "" && before != text[:k] && !strings.ContainsAny(before[len(before)-1:], ".?!:\"”'") {
				found = true
			}
		}
	}
	return found
}

// indexTail returns the first place in text of low or of low with its first
// letter in upper case, ASCII only.
func indexTail(text, low string) int {
	if len(low) < 2 || low[0] < 'a' || low[0] > 'z' {
		return -1
	}
	tail, upper := low[1:], low[0]-'a'+'A'
	for from := 0; ; {
		i := strings.Index(text[from:], tail)
		if i < 0 {
			return -1
		}
		i += from
		if i > 0 && (text[i-1] == low[0] || text[i-1] == upper) {
			return i - 1
		}
		from = i + 1
	}
}
