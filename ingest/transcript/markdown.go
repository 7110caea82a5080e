package transcript

import (
	"strings"

	"unicode"
)

// parseMarkdown reads Markdown: the title out of the front matter or the first
// heading of level 1, each further heading as a paragraph of its own, each list
// item as one, code blocks as they are. What turns and times are is said at
// settleTurns.
func parseMarkdown(text string, rep *report) (title string, cues []cue, timed bool) {
	p := mdParser{text: text, rep: rep, start: -1}
	l := lines{text: text}
	skip, front := frontMatter(text)
	title = clean(front, rep)
	for l.scan() {
		if l.n <= skip {
			if !blank(l.line) {
				rep.remove(removedMarkup, 1)
			}
			continue
		}
		p.line(&l)
	}
	p.flush()
	if title == "" {
		title = clean(p.title, rep)
	} else if p.title != "" {
		p.turns = append([]turn{{cue: cue{line: p.titleLine, level: 1, text: p.title}}}, p.turns...)
	}
	cues, timed = settleTurns(p.turns, rep)
	return title, cues, timed
}

// frontMatter finds the block between two lines of dashes that may open a file,
// and returns its length in lines and the title in it.
func frontMatter(text string) (n int, title string) {
	const most = 200 // lines; more is a text between two rules
	for l := (lines{text: text}); l.scan() && l.n <= most; {
		s := trim(l.line)
		switch {
		case l.n == 1 && s != "---":
			return 0, ""
		case l.n == 1:
		case s == "---" || s == "...":
			return l.n, title
		default:
			key, value, ok := strings.Cut(l.line, ":")
			if !ok && !strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "#") && s != "" && l.line[0] != ' ' && l.line[0] != '\t' {
				return 0, "" // prose
			}
			if ok && strings.EqualFold(key, "title") {
				title = unquote(trim(value))
			}
		}
	}
	return 0, ""
}

// unquote removes the quotes of a YAML scalar on one line.
func unquote(s string) string {
	if len(s) < 2 || s[0] != s[len(s)-1] {
		return s
	}
	switch s[0] {
	case '\'':
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	case '"':
		return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
	}
	return s
}

// mdParser holds the paragraph that is being read.
type mdParser struct {
	text       string
	rep        *report
	turns      []turn
	title      string
	titleLine  int
	start, end int // bytes of the paragraph, start -1: none
	first      int // its line
	fence      string
	comment    bool
}

// flush ends the paragraph.
func (p *mdParser) flush() {
	if p.start >= 0 {
		p.add(p.first, p.text[p.start:p.end])
	}
	p.start = -1
}

// add takes one paragraph with its markup.
func (p *mdParser) add(line int, raw string) {
	t := turn{cue: cue{line: line}}
	raw = t.cutMark(raw)
	if name, rest, ok := boldLabel(raw); ok {
		t.bold = clean(inlineText(name, p.rep), p.rep)
		raw = t.cutMark(rest)
	}
	t.text = inlineText(raw, p.rep)
	p.turns = append(p.turns, t)
}

// line takes one line behind the front matter.
func (p *mdParser) line(l *lines) {
	s := trim(l.line)
	if p.fence != "" {
		if strings.HasPrefix(s, p.fence) && strings.Trim(s, p.fence[:1]) == "" {
			p.fence = ""
			p.rep.remove(removedMarkup, 1)
		} else if s != "" {
			p.turns = append(p.turns, turn{cue: cue{line: l.n, text: l.line}})
		}
		return
	}
	if p.comment || strings.HasPrefix(s, "<!--") {
		p.flush()
		p.rep.remove(removedMarkup, 1)
		_, rest, closed := strings.Cut(s, "-->")
		if p.comment = !closed; closed && !blank(rest) {
			p.add(l.n, rest)
		}
		return
	}
	level := len(s) - len(strings.TrimLeft(s, "#"))
	switch {
	case s == "":
		p.flush()
	case strings.HasPrefix(s, "```"), strings.HasPrefix(s, "~~~"), s == "$$":
		p.flush()
		p.fence = run(s)
		p.rep.remove(removedMarkup, 1)
	case level >= 1 && level <= 6 && len(s) > level && (s[level] == ' ' || s[level] == '\t'):
		p.flush()
		p.heading(l.n, level, s[level:])
	case isRule(s):
		p.underline(s)
		p.rep.remove(removedMarkup, 1)
	case isDefinition(s):
		p.flush()
		p.rep.remove(removedMarkup, 1)
	case isRow(s):
		p.row(l.n, s)
	default:
		p.words(l, s)
	}
}

// words takes a line of text: list items, quotes, turns and times begin a new
// paragraph.
func (p *mdParser) words(l *lines, s string) {
	body := s
	for strings.HasPrefix(body, ">") && !strings.HasPrefix(body, ">>") {
		body = trim(body[1:])
		p.rep.remove(removedMarkup, 1)
	}
	item := false
	for _, bullet := range []string{"- ", "* ", "+ "} {
		if rest, ok := strings.CutPrefix(body, bullet); ok && !item {
			body, item = trim(rest), true
			p.rep.remove(removedMarkup, 1)
		}
	}
	if body == "" {
		p.flush()
		return
	}
	if item || len(body) != len(s) || opensTurn(body) {
		p.flush()
	}
	if p.start < 0 {
		p.start, p.first = l.start+strings.LastIndex(l.line, body), l.n
	}
	p.end = l.start + len(l.line)
	if len(body) != len(s) && !item {
		p.flush() // a quote ends with its line, or the next > would be text
	}
}

// heading takes the words of a heading: the first one of level 1 in front of all
// text is the title.
func (p *mdParser) heading(line, level int, s string) {
	s = trim(s)
	if t := strings.TrimRight(s, "#"); t == "" || strings.HasSuffix(t, " ") {
		s = trim(t)
	}
	p.rep.remove(removedMarkup, 1)
	if level == 1 && p.title == "" && len(p.turns) == 0 {
		p.title, p.titleLine = inlineText(s, p.rep), line
		return
	}
	p.add(line, s)
	p.turns[len(p.turns)-1].level = level
}

// isRule reports whether a line is a thematic break, or the line under a heading
// or the head of a table: nothing but its marks.
func isRule(s string) bool {
	marks := strings.Trim(s, "-=*_|: ")
	return marks == "" && (strings.Count(s, "-") >= 3 || strings.Count(s, "=") >= 3 || strings.Count(s, "*") >= 3 || strings.Count(s, "_") >= 3)
}

// underline makes a heading of the paragraph above a line of = or -: of level 1
// the title, if it is the first, else a paragraph of its own.
func (p *mdParser) underline(s string) {
	if p.start >= 0 && strings.Trim(s, "=") == "" && p.title == "" && len(p.turns) == 0 {
		p.title, p.titleLine = inlineText(p.text[p.start:p.end], p.rep), p.first
		p.start = -1
	}
	if p.start < 0 {
		return
	}
	p.flush()
	switch {
	case strings.Trim(s, "=") == "":
		p.turns[len(p.turns)-1].level = 1
	case strings.Trim(s, "-") == "":
		p.turns[len(p.turns)-1].level = 2
	}
}

// isRow reports whether a line is a row of a table: cells between bars, the
// first and the last character included.
func isRow(s string) bool {
	return len(s) > 2 && s[0] == '|' && s[len(s)-1] == '|' && !strings.HasSuffix(s, `\|`) && strings.Trim(s, "| ") != ""
}

// row takes a row of a table as a paragraph: its cells, without the bars, which
// nobody says.
func (p *mdParser) row(line int, s string) {
	p.flush()
	cells := strings.Split(strings.ReplaceAll(s[1:len(s)-1], `\|`, "\x00"), "|")
	p.rep.remove(removedMarkup, len(cells)+1)
	for i, cell := range cells {
		cells[i] = trim(strings.ReplaceAll(cell, "\x00", `\|`))
	}
	p.add(line, strings.Join(cells, " "))
}

// isDefinition reports whether a line is the address of a link: [label]: https://…
func isDefinition(s string) bool {
	if !strings.HasPrefix(s, "[") {
		return false
	}
	_, rest, ok := bracketed(s, '[', ']')
	rest, colon := strings.CutPrefix(rest, ":")
	return ok && colon && (strings.HasPrefix(trim(rest), "http") || strings.HasPrefix(trim(rest), "<http"))
}

// boldLabel takes "**Name:** words" or "**Name**: words" apart.
func boldLabel(s string) (name, rest string, ok bool) {
	t, ok := strings.CutPrefix(trim(s), "**")
	if !ok {
		return "", s, false
	}
	end := strings.Index(t[:min(len(t), 2*maxLabel)], "**")
	if end < 1 {
		return "", s, false
	}
	name, rest = t[:end], t[end+2:]
	inside, colon := strings.CutSuffix(trim(name), ":")
	if !colon {
		if rest, colon = strings.CutPrefix(rest, ":"); !colon {
			return "", s, false
		}
	}
	if len(inside) == 0 || !unicode.IsUpper([]rune(inside)[0]) || strings.ContainsAny(inside, "\r\n") {
		return "", s, false
	}
	return inside, rest, true
}

// looksMarkdown reports whether text is Markdown for sure: it opens with front
// matter that has a title, or holds two headings below level 1, or two bold
// labels.
func looksMarkdown(text string) bool {
	if n, title := frontMatter(text); n > 0 && title != "" {
		return true
	}
	signs := 0
	for l := (lines{text: text}); l.scan() && signs < 2; {
		if !strings.HasPrefix(l.line, "##") && !strings.HasPrefix(l.line, "**") {
			continue
		}
		_, _, label := boldLabel(l.line)
		if label || strings.HasPrefix(strings.TrimLeft(l.line, "#"), " ") && strings.HasPrefix(l.line, "##") {
			signs++
		}
	}
	return signs >= 2
}
