package transcript

import "strings"

// maxHourDigits bounds the hours of a time, so that milliseconds stay far inside
// int64. A million hours is a century.
const maxHourDigits = 6

// leadingDigits splits s after its leading ASCII digits.
func leadingDigits(s string) (digits, rest string) {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:]
}

// number returns the value of ASCII digits; at most nine of them.
func number(digits string) int64 {
	var n int64
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	return n
}

// milliseconds adds up a time.
func milliseconds(hours, minutes, seconds, ms int64) int64 {
	return ((hours*60+minutes)*60+seconds)*1000 + ms
}

// vttTimestamp reads a time at the start of s by the W3C algorithm "collect a
// WebVTT timestamp" (WebVTT, section 6.3), in milliseconds, and what follows it.
func vttTimestamp(s string) (ms int64, rest string, ok bool) {
	first, s := leadingDigits(s)
	if first == "" {
		return 0, s, false
	}
	hours := len(first) != 2 || first > "59"
	first = trimZeros(first)
	if len(first) > maxHourDigits || !strings.HasPrefix(s, ":") {
		return 0, s, false
	}
	second, s := leadingDigits(s[1:])
	if len(second) != 2 {
		return 0, s, false
	}
	h, m, sec := int64(0), number(first), number(second)
	if hours || strings.HasPrefix(s, ":") {
		if !strings.HasPrefix(s, ":") {
			return 0, s, false
		}
		var third string
		third, s = leadingDigits(s[1:])
		if len(third) != 2 {
			return 0, s, false
		}
		h, m, sec = m, sec, number(third)
	}
	if !strings.HasPrefix(s, ".") {
		return 0, s, false
	}
	fraction, s := leadingDigits(s[1:])
	if len(fraction) != 3 || m > 59 || sec > 59 {
		return 0, s, false
	}
	return milliseconds(h, m, sec, number(fraction)), s, true
}

// trimZeros removes leading zeros but leaves one digit.
func trimZeros(digits string) string {
	if t := strings.TrimLeft(digits, "0"); t != "" {
		return t
	}
	return digits[len(digits)-1:]
}

// vttTiming reads the times of an arrow line of WebVTT ("collect WebVTT cue
// timings and settings", section 6.3). The settings that may follow place the
// cue on the screen and are not read.
func vttTiming(line string) (start, end int64, ok bool) {
	const space = " \t\f\n\r"
	start, rest, ok := vttTimestamp(strings.TrimLeft(line, space))
	if !ok {
		return 0, 0, false
	}
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, space), "-->")
	if !ok {
		return 0, 0, false
	}
	end, _, ok = vttTimestamp(strings.TrimLeft(rest, space))
	return start, end, ok
}

// srtTimestamp reads a time at the start of s as players do: hours may be
// missing, fields may have one digit and spaces around them, the fraction may be
// missing, begin with a comma or a full stop and have any number of digits, of
// which the first three count. It is a decimal fraction: ",5" is half a second.
// After a colon or a semicolon only three digits are a fraction.
func srtTimestamp(s string) (ms int64, rest string, ok bool) {
	var fields [3]int64
	n := 0
	for {
		digits, tail := leadingDigits(s)
		if digits == "" {
			return 0, s, false
		}
		if digits = trimZeros(digits); len(digits) > maxHourDigits {
			return 0, s, false
		}
		fields[n] = number(digits)
		n++
		s = tail
		next, found := field(s, ":")
		if !found || n == len(fields) {
			break
		}
		s = next
	}
	switch n {
	case 1:
		return 0, s, false
	case 2:
		fields = [3]int64{0, fields[0], fields[1]}
	default:
		if fields[1] > 59 {
			return 0, s, false
		}
	}
	if fields[2] > 59 {
		return 0, s, false
	}
	var fraction int64
	if next, found := field(s, ",.:;"); found {
		digits, tail := leadingDigits(next)
		if c := s[len(s)-len(strings.TrimLeft(s, " \t"))]; (c == ':' || c == ';') && len(digits) != 3 {
			return 0, s, false // frames, as in 00:00:01:24
		}
		fraction = number((digits + "00")[:3])
		s = tail
	}
	return milliseconds(fields[0], fields[1], fields[2], fraction), s, true
}

// field skips one separator out of set, and spaces around it, in front of a
// digit. Without one it returns s and false.
func field(s, set string) (string, bool) {
	t := strings.TrimLeft(s, " \t")
	if t == "" || strings.IndexByte(set, t[0]) < 0 {
		return s, false
	}
	t = strings.TrimLeft(t[1:], " \t")
	if t == "" || t[0] < '0' || t[0] > '9' {
		return s, false
	}
	return t, true
}

// srtArrows are what stands between the times of an arrow line: the arrow, and
// what becomes of it in word processors, on web pages and by hand.
var srtArrows = []string{"-->", "--->", "---->", "->", "-- >", "- ->", "==>", "=>", "—>", "–>", "−>", "→", "⟶", "--&gt;", "-&gt;"}

// cutArrow cuts one of srtArrows off the start of s.
func cutArrow(s string) (rest string, ok bool) {
	for _, arrow := range srtArrows {
		if rest, ok = strings.CutPrefix(s, arrow); ok {
			return rest, true
		}
	}
	return s, false
}

// signedTimestamp is srtTimestamp for a time that may be below zero, as shifting
// a file to an earlier start leaves them.
func signedTimestamp(s string) (ms int64, rest string, ok bool) {
	body, minus := strings.CutPrefix(s, "-")
	if !minus {
		body, minus = strings.CutPrefix(s, "−")
	}
	ms, rest, ok = srtTimestamp(body)
	if minus {
		ms = -ms
	}
	return ms, rest, ok
}

// belowZero is the warning about a time before the recording.
const belowZero = "the time is below zero, and was set to zero."

// holdsArrow reports whether a line is to be read as an arrow line, or as text
// with an arrow in it: it holds "-->", or is made of nothing but two whole times,
// fractions included, and another of srtArrows between them.
func holdsArrow(line string) bool {
	if strings.Contains(line, "-->") {
		return true
	}
	line = trim(line)
	if line == "" || line[0] < '0' || line[0] > '9' || strings.Count(line, ":") < 2 {
		return false
	}
	_, _, rest, ok := srtTiming(line)
	return ok && rest == "" && strings.Count(line, ",")+strings.Count(line, ".") == 2
}

// cutTiming reports whether a line is the beginning of an arrow line that ends
// in or before its arrow: a whole time, with its fraction.
func cutTiming(line string) bool {
	line = trim(line)
	_, rest, ok := srtTimestamp(line)
	rest = strings.TrimLeft(rest, " \t")
	return ok && (rest == "" || rest == "-" || rest == "--") && strings.ContainsAny(line, ",.")
}

// srtTiming reads an arrow line of SRT, and what follows the times on it, which
// may be below zero. An index may stand in front of the times.
func srtTiming(line string) (start, end int64, rest string, ok bool) {
	line = trim(line)
	start, rest, ok = signedTimestamp(line)
	if !ok {
		digits, tail := leadingDigits(line)
		after := strings.TrimLeft(tail, " \t")
		if digits == "" || len(after) == len(tail) {
			return 0, 0, "", false
		}
		if start, rest, ok = signedTimestamp(after); !ok {
			return 0, 0, "", false
		}
	}
	rest, ok = cutArrow(strings.TrimLeft(rest, " \t"))
	if !ok {
		return 0, 0, "", false
	}
	end, rest, ok = signedTimestamp(strings.TrimLeft(rest, " \t"))
	return start, end, trim(rest), ok
}
