package transcript

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// decimalMS converts a JSON number without its sign, times 10^shift, to whole
// milliseconds, rounded half up. It works on the digits, so that 4.35 is 4350
// and nothing drifts. ok is false above a million hours.
func decimalMS(literal string, shift int) (ms int64, ok bool) {
	mantissa, exponent := literal, 0
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		mantissa = literal[:i]
		var err error
		if exponent, err = strconv.Atoi(literal[i+1:]); err != nil || exponent > 999 || exponent < -999 {
			return 0, strings.Trim(mantissa, "0.") == "" || err == nil && exponent < 0 && len(mantissa) < 100
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if strings.Trim(digits, "0") == "" {
		return 0, true
	}
	point := len(whole) + exponent + shift
	zeros := len(digits) - len(strings.TrimLeft(digits, "0"))
	digits, point = digits[zeros:], point-zeros
	switch {
	case point < 0:
		return 0, true
	case point > maxHourDigits+7: // 3.6e6 ms an hour
		return 0, false
	}
	for len(digits) <= point {
		digits += "0"
	}
	if point > 0 {
		n, err := strconv.ParseInt(digits[:point], 10, 64)
		if err != nil {
			return 0, false
		}
		ms = n
	}
	if digits[point] >= '5' {
		ms++
	}
	return ms, ms < 1_000_000*3_600_000
}

// Cues made of words end where a caption would.
const (
	wordPause    = 1000 // milliseconds of silence that end a cue
	wordCueMS    = 7000 // what a cue may last
	wordCueBytes = 160  // what its text may hold
)

// wordCues makes cues of words with times, in the order of the file. A list of
// which at least a quarter of the entries hold several words is one of sentences,
// which stay as they are. Else a cue ends behind a word that ends a sentence,
// before a second of silence, where the speaker changes, where time runs back,
// and before a word that would make it longer than seven seconds or 160 bytes.
// A word written without its space, like "-50" after " 50", stays with the one
// before it.
func wordCues(words []cue) []cue {
	place(words)
	sentences := 0
	for _, w := range words {
		if strings.ContainsAny(strings.TrimSpace(w.text), " \u3000") {
			sentences++
		}
	}
	if sentences*4 >= len(words) {
		return words
	}
	spaced := anySpaced(words)
	var cues []cue
	first := 0
	bytes, end := 0, int64(0)
	for i, w := range words {
		if i > first && !(spaced && glued(w.text)) {
			before := words[i-1]
			if endsSentence(before.text) || w.start >= end+wordPause || w.speaker != before.speaker || w.start < before.start ||
				w.end > words[first].start+wordCueMS || bytes+len(w.text) > wordCueBytes {
				cues = append(cues, joinCue(words[first:i], spaced))
				first, bytes, end = i, 0, 0
			}
		}
		bytes += len(w.text) + 1
		end = max(end, w.end)
	}
	return append(cues, joinCue(words[first:], spaced))
}

// place gives words without times the end of the word before them.
func place(words []cue) {
	end := int64(0)
	for i := range words {
		if words[i].start < 0 {
			words[i].start, words[i].end = end, end
		}
		end = words[i].end
	}
}

// joinCue is one cue out of words.
func joinCue(words []cue, spaced bool) cue {
	c := words[0]
	for _, w := range words {
		c.end = max(c.end, w.end)
	}
	c.text = join(words, spaced)
	return c
}

// joinWords joins the words of one segment.
func joinWords(words []cue) string {
	return join(words, anySpaced(words))
}

// join puts words together. spaced words bring their own spaces; others are
// joined by one, except inside scripts that are written without.
func join(words []cue, spaced bool) string {
	var b strings.Builder
	last := ' '
	for _, w := range words {
		next, _ := utf8.DecodeRuneInString(w.text)
		if !spaced && last != ' ' && (!unspaced(last) || !unspaced(next)) {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
		if r, size := utf8.DecodeLastRuneInString(w.text); size > 0 {
			last = r
		}
	}
	return b.String()
}

// anySpaced reports whether words are written with the space in front of them.
func anySpaced(words []cue) bool {
	for _, w := range words {
		if strings.HasPrefix(w.text, " ") {
			return true
		}
	}
	return false
}

// glued reports whether a spaced word continues the one before it.
func glued(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return r != ' ' && !unspaced(r)
}

// unspaced reports whether r is of a script, or punctuation of one, that puts no
// spaces between words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) ||
		r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFF65
}

// endsSentence reports whether a word ends with what ends a sentence.
func endsSentence(word string) bool {
	word = strings.TrimRight(word, ` "'”’»)]`)
	r, _ := utf8.DecodeLastRuneInString(word)
	return strings.ContainsRune(".?!…。！？؟।", r) && word != ""
}
