package eval

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A view is a text as it is compared: NFC, without white space, control and format characters. Cleaning at ingest may take
// those away or add a space; letters it leaves alone.
type view struct {
	text string
	at   []int // byte of the original for each byte of text, and its length at the end
}

func newView(s string) view {
	var b strings.Builder
	v := view{at: make([]int, 0, len(s)+1)}
	for i, r := range s {
		if hidden(r) {
			continue
		}
		b.WriteRune(r)
		for range utf8.RuneLen(r) {
			v.at = append(v.at, i)
		}
	}
	v.text, v.at = b.String(), append(v.at, len(s))
	return v
}

func hidden(r rune) bool {
	return r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// squash is a view's text alone.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
}

// contexts are how many bytes on either side of a quote are compared with it, the most first: a quote such as "10th" is in
// many places, and its surroundings in one.
var contexts = []int{64, 16, 0}

// locate finds the characters [start, end) of document in lecture, which was made of it by cleaning, and returns their
// bytes there. It looks for the quote with its surroundings first, then with fewer, and takes the occurrence nearest to
// where it would stand had nothing been taken away. ok is false if the quote is nowhere.
func locate(document []rune, start, end int, lecture view) (from, to int, ok bool) {
	before, quote, after := squash(string(document[:start])), squash(string(document[start:end])), squash(string(document[end:]))
	if quote == "" {
		return 0, 0, false
	}
	for _, n := range contexts {
		left, right := tail(before, n), head(after, n)
		at, found := nearest(lecture.text, left+quote+right, len(before)-len(left))
		if !found {
			continue
		}
		first := at + len(left)
		last := first + len(quote)
		to := lecture.at[len(lecture.at)-1]
		if last < len(lecture.text) {
			// Up to the end of the quote's last character, and not to the begin of the next: a space may stand between.
			_, size := utf8.DecodeLastRuneInString(quote)
			to = lecture.at[last-size] + size
		}
		return lecture.at[first], to, true
	}
	return 0, 0, false
}

// nearest returns the occurrence of part in text that is closest to want; of two as close, the first.
func nearest(text, part string, want int) (at int, found bool) {
	for from := 0; ; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return at, found
		}
		i += from
		if !found || distance(i, want) < distance(at, want) {
			at, found = i, true
		}
		if i >= want {
			return at, found // what follows is further away
		}
		from = i + 1
	}
}

func distance(a, b int) int { return max(a-b, b-a) }

// tail and head cut at characters.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	i := len(s) - n
	for i < len(s) && !utf8.RuneStart(s[i]) {
		i++
	}
	return s[i:]
}

func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// A stored chunk of a lecture, in order.
type stored struct {
	Text    string
	Overlap int
	Tokens  int
	ID      string
	Offsets []int32 // of the cues, bytes of Text
	Starts  []int64 // of the cues, ms
}

// A laid lecture is its text again, put together from its chunks, with the place of each chunk in it.
type laid struct {
	view       view
	starts     []int // by ordinal, bytes of the text
	ends       []int
	tokens     []int
	ids        []string
	cues       map[int64]int // the byte at which the first cue begins that starts at so many ms
	text       string
	contiguous bool // every overlap is what it says
}

// lay puts a lecture together: each chunk repeats Overlap bytes of the end of the one before, and where it repeats nothing
// a space stood between them.
func lay(chunks []stored) laid {
	var b strings.Builder
	l := laid{contiguous: true, cues: map[int64]int{}}
	for i, c := range chunks {
		switch {
		case c.Overlap > 0 && i > 0:
			if c.Overlap > len(c.Text) || !strings.HasSuffix(b.String(), c.Text[:c.Overlap]) {
				l.contiguous = false
			}
		case i > 0:
			b.WriteByte(' ')
		}
		overlap := 0
		if i > 0 {
			overlap = min(c.Overlap, len(c.Text), b.Len())
		}
		start := b.Len() - overlap
		for k, ms := range c.Starts { // a cue that a boundary cuts begins in the first of its chunks
			if _, known := l.cues[ms]; !known {
				l.cues[ms] = start + int(c.Offsets[k])
			}
		}
		l.starts = append(l.starts, start)
		b.WriteString(c.Text[overlap:])
		l.ends = append(l.ends, b.Len())
		l.tokens = append(l.tokens, c.Tokens)
		l.ids = append(l.ids, c.ID)
	}
	l.text = b.String()
	l.view = newView(l.text)
	return l
}

// holds reports whether the chunks from ordinal first to last, neighbours all, hold the bytes [from, to) of the text.
func (l laid) holds(first, last, from, to int) bool {
	return first >= 0 && last < len(l.starts) && l.starts[first] <= from && to <= l.ends[last]
}

// anyHolds reports whether some single chunk holds the bytes [from, to).
func (l laid) anyHolds(from, to int) bool {
	i := sort.SearchInts(l.ends, to)
	for ; i < len(l.starts) && l.starts[i] <= from; i++ {
		if l.holds(i, i, from, to) {
			return true
		}
	}
	return false
}
