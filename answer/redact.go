package answer

import (
	"regexp"
	"strings"
	"unicode"
)

// What Redact writes instead of what it takes out.
const (
	redactedEmail  = "[e-mail]"
	redactedNumber = "[number]"
)

// Redact takes e-mail addresses, phone numbers and student numbers out of text. It goes by shape, so it takes too much
// rather than too little, and this is all that it recognises:
//
//   - an e-mail address: letters, digits and . _ % + - ' before an @ (or ＠), and behind it at least two names of letters,
//     digits and hyphens with a dot between. Not "anna at example dot org".
//   - a number after the words student, matriculation, enrolment, registration, Matrikel, phone, mobile or Telefon, with
//     number, no., nr., id or nothing behind it: any word of four characters or more that has a digit. Not one of three.
//   - a number of six digits or more without a gap, with up to three letters before and two behind it: s1234567, 4821907X.
//     So also amounts, ports and dates that are written so.
//   - a phone number: seven digits or more in groups, with one or two of space, hyphen, dot, slash and brackets between
//     groups, and + before it or not: +49 (0)30 1234-567, 555.123.4567. So also long decimals, ISO dates and lists of
//     numbers without commas. Not digits with commas or colons between them, and not digits written as words.
//
// Digits and letters are those of any script. Characters that have no look (soft hyphens, zero-width and bidirectional
// marks), which could stand between the digits of a number, are taken out of the whole text first. Names are not
// recognised. The text must be valid UTF-8; redacting twice changes nothing more.
func Redact(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, text)
	text = emailShape.ReplaceAllString(text, redactedEmail)
	text = namedShape.ReplaceAllString(text, "${1}"+redactedNumber)
	text = groupShape.ReplaceAllStringFunc(text, func(s string) string {
		if digits(s) < 7 {
			return s
		}
		return redactedNumber
	})
	return runShape.ReplaceAllString(text, redactedNumber)
}

var (
	emailShape = regexp.MustCompile(`[\p{L}\p{M}\p{Nd}._%+'-]+[@＠][\p{L}\p{M}\p{Nd}-]+(?:\.[\p{L}\p{M}\p{Nd}-]+)+`)
	// The word that names the number stays; what it says of itself is no secret.
	namedShape = regexp.MustCompile(`(?i)((?:student|matriculation|enrolment|enrollment|registration|matrikel|phone|mobile|telefon)[-\s]*(?:number|nummer|no\b\.?|nr\b\.?|id\b)?\s*(?:is|ist|:|=|#)?\s*)` +
		`(?:[\p{L}/-]{3,}\p{Nd}[\p{L}\p{Nd}/-]*|[\p{L}/-]{2}\p{Nd}[\p{L}\p{Nd}/-]+|[\p{L}/-]\p{Nd}[\p{L}\p{Nd}/-]{2,}|\p{Nd}[\p{L}\p{Nd}/-]{3,})`)
	groupShape = regexp.MustCompile(`[+＋(]{0,2}\p{Nd}+(?:[\s\x{00a0}\x{2000}-\x{200a}\x{202f}()./\-\x{2010}-\x{2015}\x{2212}]{1,3}\p{Nd}+)+`)
	runShape   = regexp.MustCompile(`\p{L}{0,3}\p{Nd}{6,}\p{L}{0,2}`)
)

// digits counts the decimal digits of s.
func digits(s string) (n int) {
	for _, r := range s {
		if unicode.Is(unicode.Nd, r) {
			n++
		}
	}
	return n
}
