package transcript

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inlineMarks are the characters that markup inside a paragraph begins with.
const inlineMarks = "\\`[<&*_!$"

// maxInline bounds how far the end of a link, tag or comment is looked for.
const maxInline = 1000

// inlineText strips the markup inside a paragraph of Markdown: emphasis, code
// marks, the dollar signs around formulas, links and images (their text stays),
// known HTML tags, comments, escapes and character references. Delimiters inside
// words stay: a*b and snake_case are text in a lecture, and so are prices.
func inlineText(s string, rep *report) string {
	if !strings.ContainsAny(s, inlineMarks) {
		return s
	}
	p := inlineParser{rep: rep, open: map[string]int{}}
	p.read(s, 0)
	var b strings.Builder
	for _, part := range p.parts {
		b.WriteString(part)
	}
	return b.String()
}

// inlineParser collects the parts of a paragraph, so that a delimiter can be
// taken out once its pair is found.
type inlineParser struct {
	rep   *report
	parts []string
	open  map[string]int // the last opening delimiter of a kind: its place in parts
}

// write adds a part; markup counts what was stripped around it.
func (p *inlineParser) write(part string, markup int) {
	p.parts = append(p.parts, part)
	p.rep.remove(removedMarkup, markup)
}

// read takes s apart. depth counts the links around it.
func (p *inlineParser) read(s string, depth int) {
	last := ' '
	for i := 0; i < len(s); {
		n := strings.IndexAny(s[i:], inlineMarks)
		if n < 0 {
			n = len(s) - i
		}
		if n > 0 {
			p.write(s[i:i+n], 0)
			last, _ = utf8.DecodeLastRuneInString(s[:i+n])
			i += n
			continue
		}
		rest := s[i:]
		n = 0
		switch rest[0] {
		case '\\':
			if len(rest) > 1 && visible(rest[1]) && !letterOrDigit(rune(rest[1])) {
				p.write(rest[1:2], 1)
				n = 2
			}
		case '`':
			n = p.code(rest)
		case '$':
			n = p.math(rest)
		case '!', '[':
			n = p.link(rest, depth)
		case '<':
			n = p.tag(rest)
		case '&':
			var text string
			if n, text = reference(rest); n > 0 {
				p.write(text, 0)
				p.rep.remove(removedEntity, 1)
			}
		default:
			n = p.emphasis(rest, last)
		}
		if n == 0 {
			p.write(rest[:1], 0)
			n = 1
		}
		last = rune(rest[n-1])
		i += n
	}
}

// run returns the bytes at the start of s that are all the same.
func run(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, s[:1]))]
}

// code reads a code span, which stays as it is without its backticks.
func (p *inlineParser) code(s string) int {
	marks := run(s)
	window := s[len(marks):min(len(s), maxInline)]
	if len(marks) > 3 {
		p.write(marks, 0)
		return len(marks)
	}
	end := strings.Index(window, marks)
	if end <= 0 {
		return 0
	}
	p.write(window[:end], 1)
	return len(marks) + end + len(marks)
}

// math reads $formula$ or $$formula$$, which stays as it is without its dollar
// signs. As in Pandoc, a single opening one has no space behind it, and a single
// closing one none before it and no digit behind it: "$5 and $10" are prices, and
// so is what begins with a digit and has words but no sign behind it.
func (p *inlineParser) math(s string) int {
	marks := run(s)
	if len(marks) > 2 {
		p.write(marks, 0)
		return len(marks)
	}
	window := s[len(marks):min(len(s), maxInline)]
	end := strings.Index(window, marks)
	if end <= 0 {
		return 0
	}
	inside, after := window[:end], window[end+len(marks):]
	digit := func(s string) bool { return s != "" && '0' <= s[0] && s[0] <= '9' }
	switch {
	case blank(inside):
		return 0
	case len(marks) == 2:
	case trim(inside) != inside, strings.ContainsAny(inside, "\r\n"), digit(after),
		digit(inside) && strings.Contains(inside, " ") && !strings.ContainsAny(inside, `=+^_\<>`):
		return 0
	}
	p.write(inside, 1)
	return len(marks) + end + len(marks)
}

// link reads [text](address), [text][label] and the same with ! for an image.
func (p *inlineParser) link(s string, depth int) int {
	body, image := strings.CutPrefix(s, "!")
	if !strings.HasPrefix(body, "[") || depth > 2 {
		return 0
	}
	text, after, ok := bracketed(body, '[', ']')
	if !ok || after == "" || after[0] != '(' && after[0] != '[' {
		return 0
	}
	closing := byte(')')
	if after[0] == '[' {
		closing = ']'
	}
	address, tail, ok := bracketed(after, after[0], closing)
	if !ok || closing == ')' && strings.ContainsAny(strings.SplitN(strings.TrimSpace(address), " ", 2)[0], "\r\n") {
		return 0
	}
	if closing == ')' && !strings.ContainsAny(address, "./#:") || closing == ']' && !image && strings.Trim(text, "0123456789:.") == "" {
		return 0 // f[i](x), and times side by side
	}
	p.rep.remove(removedMarkup, 1)
	p.read(text, depth+1)
	return len(s) - len(tail)
}

// bracketed splits s, which begins with opening, behind the bracket that closes
// it.
func bracketed(s string, opening, closing byte) (inside, rest string, ok bool) {
	depth := 0
	last := strings.LastIndexByte(s[:min(len(s), maxInline)], closing) // mostly none, where it is hostile
	for i := range last + 1 {
		switch s[i] {
		case opening:
			depth++
		case closing:
			if depth--; depth == 0 {
				return s[1:i], s[i+1:], true
			}
		}
	}
	return "", s, false
}

// tag reads an HTML tag that is known, which is dropped, or an address in angle
// brackets, which stays.
func (p *inlineParser) tag(s string) int {
	end := strings.IndexByte(s[:min(len(s), maxInline)], '>')
	if end < 0 {
		return 0
	}
	inside := s[1:end]
	if strings.HasPrefix(inside, "http://") || strings.HasPrefix(inside, "https://") || strings.HasPrefix(inside, "mailto:") {
		p.write(inside, 1)
		return end + 1
	}
	name := strings.ToLower(strings.TrimLeft(inside, "/"))
	if i := strings.IndexAny(name, " \t\r\n/"); i >= 0 {
		name = name[:i]
	}
	if !srtTags[name] && name != "a" && name != "img" && name != "code" && name != "pre" || strings.ContainsRune(inside, '<') {
		return 0
	}
	part := ""
	if name == "br" || name == "p" || name == "div" {
		part = " "
	}
	p.write(part, 1)
	return end + 1
}

// emphasis reads a run of asterisks or underscores. Those that open and close
// emphasis at the edges of words are dropped in pairs.
func (p *inlineParser) emphasis(s string, last rune) int {
	marks := run(s)
	next, _ := utf8.DecodeRuneInString(s[len(marks):])
	edge := func(r rune) bool { return r == utf8.RuneError || unicode.IsSpace(r) }
	p.write(marks, 0)
	if len(marks) > 3 {
		return len(marks)
	}
	if from, ok := p.open[marks]; ok && !edge(last) && !letterOrDigit(next) {
		p.parts[from], p.parts[len(p.parts)-1] = "", ""
		p.rep.remove(removedMarkup, 1)
		delete(p.open, marks)
		return len(marks)
	}
	if !edge(next) && !letterOrDigit(last) {
		p.open[marks] = len(p.parts) - 1
	}
	return len(marks)
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
