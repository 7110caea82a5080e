package guard

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// The output filter: a sentence's text is prose. It may be shown by any
// client, as plain text, Markdown, HTML or TeX, so it must hold nothing that
// one of these would load, follow or run, and nothing that makes text look
// like other text.
//
// It reads the text with format characters dropped, and again as it is drawn,
// in NFKC with character references and Markdown's escapes undone. Plain
// technical text passes: a < b, List<T>, #include <stdio.h>, a[i][j],
// 10.0.0.0/8, GET /index.html HTTP/1.1, "the http:// scheme". A sentence about
// markup that spells out a tag or address in full does not; it can be said
// without. Addresses without "://" are output_address.go's, characters that
// nobody sees output_hidden.go's.

// unsafeOutput lists what is rejected. need is what the text, in lower case,
// holds wherever pattern matches: most sentences cost no match at all.
var unsafeOutput = []struct {
	name    string
	need    string
	pattern *regexp.Regexp
}{
	// CommonMark inline link or image. Also the C call a[i](x): no renderer
	// can tell them apart.
	{"Markdown link or image", "](", regexp.MustCompile(`\]\(`)},
	// [label]: target at the start of a line. Reference links, [a][b], need
	// one to lead anywhere.
	{"Markdown link definition", "]:", regexp.MustCompile(`(?im)^[\s>*+-]*\[[^\]]+\]:`)},
	// A scheme of two letters or more with an authority or path behind it,
	// bare or in angle brackets; GFM links both.
	{"address", "://", regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]+://[^\s"'<>()\[\],;.!?` + "`" + `]`)},
	{"address", "www.", regexp.MustCompile(`(?i)(?:^|[^\pL\pN])www\.[\pL\pN]`)},
	// Schemes that need no slashes. "data:" is a word too; as a URI it goes
	// straight on to a media type, a parameter or a comma.
	{"script or data URI", "script:", regexp.MustCompile(`(?i)(?:java|vb|live)script:\S`)},
	{"script or data URI", "data:", regexp.MustCompile(`(?i)\bdata:(?:[a-z]+/[a-z0-9.+-]+)?[;,]\S`)},
	{"address", "to:", regexp.MustCompile(`(?i)\bmailto:\S`)},
	{"e-mail autolink", "@", regexp.MustCompile(`(?i)<[^\s<>]+@[^\s<>]+>`)},
	// HTML. A capitalised name in angle brackets behind a letter or digit is a
	// type parameter, List<Object>, unless it has an attribute or is an element
	// that acts without one.
	{"HTML end tag", "</", regexp.MustCompile(`(?i)</[a-z]`)},
	{"HTML comment or declaration", "<!", regexp.MustCompile(`(?i)<!(?:--|doctype|\[cdata\[)`)},
	{"HTML processing instruction", "<?", regexp.MustCompile(`(?i)<\?[a-z=]`)},
	{"HTML element", "<", regexp.MustCompile(`(?i)<(?:` + activeElements + `)(?:[\s/>]|$)`)},
	{"HTML element", "<", regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])<(?:` + elements + `)\s*/?>`)},
	{"HTML element", "<", regexp.MustCompile(`[\pL\pN_]<(?:` + elements + `)\s*/?>`)},
	{"HTML attribute", "=", regexp.MustCompile(`(?i)<[a-z][a-z0-9:-]*(?:\s[^<>]*)?[\s/"']` + attributes + `\s*=`)},
	{"HTML attribute", "=", regexp.MustCompile(`(?i)<[a-z][a-z0-9-]*(?:\s+` + attrName + `(?:` + attrValue + `)?)*` +
		`\s+` + attrName + attrValue + `[^<>=]*>`)},
	// TeX as KaTeX and MathJax read it.
	{"TeX link", `\`, regexp.MustCompile(`(?i)\\(?:href|url|includegraphics|html[a-z]+)\b`)},
}

const (
	// activeElements act without an attribute (they run, or swallow what
	// follows), whatever stands before them.
	activeElements = `script|style|iframe|frameset|svg|math|plaintext|textarea|xmp|title|noscript|noembed|` +
		`noframes|marquee`

	// elements are the others of HTML.
	elements = `a|abbr|acronym|address|applet|area|article|aside|audio|b|base|bdi|bdo|big|blink|blockquote|body|` +
		`br|button|canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|` +
		`div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|h[1-6]|head|header|hgroup|hr|` +
		`html|i|image|img|input|ins|kbd|label|legend|li|link|main|map|mark|menu|meta|meter|nav|object|ol|` +
		`optgroup|option|output|p|param|picture|portal|pre|progress|q|rp|rt|ruby|s|samp|search|section|` +
		`select|slot|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|template|tfoot|th|thead|` +
		`time|tr|track|tt|u|ul|var|video|wbr`

	// An attribute as CommonMark reads it.
	attrName  = `[a-z_:][a-z0-9_.:-]*`
	attrValue = `\s*=\s*(?:[^\s"'=<>` + "`" + `]+|'[^']*'|"[^"]*")`

	// attributes that load, lead, run or restyle.
	attributes = `(?:on[a-z]+|href|src|srcset|srcdoc|style|action|formaction|background|poster|data|ping|xlink:href|id|class)`
)

func safeOutput(c *check) {
	for i, s := range c.draft.Sentences {
		what := unsafeText(s.Text)
		if what == "" {
			if text := undone(s.Text); text != s.Text {
				what = unsafeText(text)
			}
		}
		if what == "" {
			what = c.address(i)
		}
		if what != "" {
			c.reject(CodeUnsafeOutput, i, -1, what)
		}
	}
}

// address names the address without "://" that sentence i has, or returns "".
func (c *check) address(i int) string {
	text := undone(c.draft.Sentences[i].Text)
	if !strings.ContainsAny(strings.TrimRight(text, ".。"), ".:@/。") {
		return ""
	}
	said := c.said(i)
	said.holds("")
	return address(text, said.views, []string{undone(c.in.Question)})
}

// unsafeText names what the filter rejects in text, or returns "".
func unsafeText(text string) string {
	if !isASCII(text) {
		if what := hidden(text); what != "" {
			return what
		}
		text = strings.Map(func(r rune) rune {
			if isDropped(r) {
				return -1
			}
			return r
		}, text)
	}
	lower := strings.ToLower(text)
	for _, u := range unsafeOutput {
		if strings.Contains(lower, u.need) && u.pattern.MatchString(text) {
			return u.name
		}
	}
	return ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isDisguise reports whether r changes how the text around it is shown (bidi
// embeddings, overrides and isolates) or hides text in it (tag characters).
func isDisguise(r rune) bool {
	return '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069' ||
		'\U000E0000' <= r && r <= '\U000E007F'
}
