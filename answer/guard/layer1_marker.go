package guard

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Layer 1, in the text: a sentence cites by its evidence and in no other way.
// What a reader would take for a citation, a footnote mark or a chunk's name,
// was checked by nobody, whatever it points at, so a text that holds one has a
// citation that does not exist. Marks are, in any script's digits and letters
// that look alike,
//
//   - whatever stands in square brackets or their kin: [12], RTS[12], [one],
//     【source】, ⟦1⟧, \[1\], &#91;12&#93;, and a bracket without its pair
//   - numbers, or a word for a source and a number, or an alias, in other
//     brackets: {1}, ⟨1⟩, (source 1), (c1). "(12)" is prose
//   - raised, circled, keyed and dagger marks (layer1_raised.go)
//   - a chunk's id, whole or its beginning: ck_4qxbn2zv
//   - an alias of this request as a word of its own: c2
//
// The lecture may say the like itself (an interval [0, 1], a class c1): what
// the words that the sentence quotes hold in the same form is no mark. Those
// are the lecture's own, where the quote was found: NFKC makes a quote with
// "①" of a lecture's "1". It runs behind layer 3 therefore.
func noMarkers(c *check) {
	var aliases []string
	for i := range c.in.Passages {
		aliases = append(aliases, c.in.Passages[i].Alias)
	}
	for i, s := range c.draft.Sentences {
		var mark string
		if mayMark(s.Text) {
			said := c.said(i)
			if mark = raised(bare(s.Text), said.held); mark == "" {
				mark = marker(undone(s.Text), aliases, said)
			}
		} else {
			mark = marker(newView(s.Text).text, aliases, c.said(i))
		}
		if mark != "" {
			c.reject(CodeUnknownCitation, i, -1, mark+" in the text")
		}
	}
}

// mayMark reports whether text has a character that a mark needs, other than
// letters and digits.
func mayMark(text string) bool {
	return !isASCII(text) || strings.ContainsAny(text, `[]{}()<>^&\$`)
}

// said is what the evidence of a sentence quotes, for marks: stretches of the
// lecture, or what the model wrote where layer 3 found none.
type said struct {
	quotes []string
	views  []string // of the same, references and escapes undone; filled when asked for
}

func (c *check) said(i int) *said {
	s := &said{}
	for j, e := range c.draft.Sentences[i].Evidence {
		p := c.proofs[i][j]
		if len(p.spans) == 0 {
			s.quotes = append(s.quotes, e.Quote)
			continue
		}
		for _, at := range p.spans {
			s.quotes = append(s.quotes, c.in.Passages[p.passage].Text[at.start:at.end])
		}
	}
	return s
}

// holds reports whether a quote holds part, as a view, where nothing that is
// part of the same word or formula touches it in front unless it does in part.
func (s *said) holds(part string) bool {
	if s.views == nil {
		for _, q := range s.quotes {
			s.views = append(s.views, undone(q))
		}
	}
	return slices.ContainsFunc(s.views, func(q string) bool {
		for at := 0; ; {
			i := strings.Index(q[at:], part)
			if i < 0 {
				return false
			}
			if r, _ := utf8.DecodeLastRuneInString(q[:at+i]); at+i == 0 || !touches(r) {
				return true
			}
			at += i + 1
		}
	})
}

// held reports whether a quote holds part, character for character but for
// those without width.
func (s *said) held(part string) bool {
	return slices.ContainsFunc(s.quotes, func(q string) bool { return strings.Contains(bare(q), part) })
}

// Brackets whose content is a mark whatever it is, and those where it depends.
// NFKC has folded the full-width and vertical ones.
const (
	// The two of each pair stand at the same place.
	squareOpen  = "[【〔〖〘〚⟦⁅⦋⦍⦏❲⟬⸢⸤"
	squareClose = "]【】〕〗〙〛⟧⁆⦌⦎⦐❳⟭⸣⸥"
	otherOpen   = "({<⟨〈《「『❨❪❬❮❰❴⦃⦅⦇⦉⦑⟪⟮⧼⸨"
	otherClose  = ")}>⟩〉》」』❩❫❭❯❱❵⦄⦆⦈⦊⦒⟫⟯⧽⸩"
)

// marker names the first mark in text, which is a view, or returns "".
func marker(text string, aliases []string, s *said) string {
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		switch {
		case r < utf8.RuneSelf && !touches(r) && !strings.ContainsRune("[]({<^", r):
		case strings.ContainsRune(squareOpen, r):
			end := squareEnd(text, at+n)
			if !s.holds(text[wordStart(text, at):end]) {
				return "brackets"
			}
			at = end
			continue
		case strings.ContainsRune(squareClose, r):
			if !s.holds(text[wordStart(text, openStart(text, at)) : at+n]) {
				return "brackets"
			}
		case strings.ContainsRune(otherOpen, r):
			closing := []rune(otherClose)[utf8.RuneCountInString(otherOpen[:strings.IndexRune(otherOpen, r)])]
			size := strings.IndexRune(text[at+n:], closing)
			if size < 0 {
				break
			}
			part := text[at : at+n+size+utf8.RuneLen(closing)]
			if refers(text[:at], text[at+n:at+n+size], r) && !s.holds(part) && !s.holds(text[wordStart(text, at):at]+part) {
				return "a reference in brackets"
			}
		case r == '^' && !isPower(text[:at]) && strings.IndexFunc(text[at+n:], unicode.IsNumber) >= 0:
			end := at + n
			for end < len(text) && !isSpace(firstRune(text[end:])) {
				end += utf8.RuneLen(firstRune(text[end:]))
			}
			rest := strings.TrimLeft(text[at+n:end], "{( ")
			if rest != "" && unicode.IsNumber(firstRune(rest)) && !s.holds(text[wordStart(text, at):end]) {
				return "a raised number"
			}
		case touches(r):
			end := at
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !isWord(r) && r != '_' {
					break
				}
				end += n
			}
			word := text[at:end]
			switch name := strings.Trim(word, "_"); { // _c1_ is c1, leaning
			case chunkID(name) && !s.holds(word):
				return "a chunk's id"
			case (slices.Contains(aliases, name) || slices.Contains(aliases, lookalike(name))) && !s.holds(word):
				return "an alias"
			}
			at = end
			continue
		}
		at += n
	}
	return ""
}

// squareEnd returns the end of the square brackets that open before at: behind
// the first that closes, a parenthesis too if it comes first ("[0, 1)"), else of
// the text. Brackets that follow, as in m[0][1], belong to them.
func squareEnd(text string, at int) int {
	for {
		i := strings.IndexFunc(text[at:], func(r rune) bool { return r == ')' || strings.ContainsRune(squareClose, r) })
		if i < 0 {
			return len(text)
		}
		r, n := utf8.DecodeRuneInString(text[at+i:])
		at += i + n
		if next := firstRune(text[at:]); r == ')' || !strings.ContainsRune(squareOpen, next) || next == utf8.RuneError {
			return at
		}
		at += utf8.RuneLen(firstRune(text[at:]))
	}
}

// openStart returns where the stretch begins that a lone closing bracket at
// ends: at a parenthesis, as in (0, 1], or the space before.
func openStart(text string, at int) int {
	if i := strings.LastIndexAny(text[:at], "("); i >= 0 && at-i < 40 {
		return i
	}
	return strings.LastIndexByte(text[:at], ' ') + 1
}

// touches reports whether r joins what follows it to its own word or formula.
func touches(r rune) bool { return isWord(r) || r == '_' }

// wordStart returns where the word begins that ends at at; at if none does.
func wordStart(text string, at int) int {
	for at > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:at])
		if !touches(r) {
			break
		}
		at -= n
	}
	return at
}

// refers reports whether content, in brackets that open with open behind
// before, refers to a source.
func refers(before, content string, open rune) bool {
	if open == '<' && (touches(lastRune(before)) || strings.TrimSpace(content) != content || strings.Contains(content, "=")) {
		return false // a < 1 and b > 2, f<1>
	}
	content = strings.ReplaceAll(strings.ToLower(lookalike(strings.TrimSpace(content))), " and ", ", ")
	word := strings.TrimRight(content, "0123456789 ,;:.-+&#^*†‡")
	numbered := len(word) < len(content) && strings.ContainsAny(content[len(word):], "0123456789")
	word = strings.Trim(word, " .:#№^*†‡§")
	switch {
	case !numbered:
		return false
	case word == "":
		if open == '{' { // x^{2}, a_{1}, \frac{1}{2}
			return !(isPower(strings.TrimSuffix(before, "^")) && strings.HasSuffix(before, "^")) && !strings.HasSuffix(before, "_") && !strings.HasSuffix(before, "}") && !command(before)
		}
		return open != '(' || strings.ContainsAny(content, "#^†‡")
	case slices.Contains(sourceWords, word):
		return true
	}
	// c1, c2 and c3: each number behind its own word.
	return strings.Trim(content, "c0123456789 ,;&+-") == "" && strings.Contains(content, "c")
}

// sourceWords are what a source is called before its number, in lower case,
// as lookalike leaves it.
var sourceWords = func() []string {
	words := strings.Fields("c ck fn ref refs reference references source sources src cite cites cited citation citations cit note notes " +
		"footnote footnotes chunk chunks passage passages quote quotes evidence doc docs document see " +
		"quelle quellen beleg fußnote fuente fuentes cita nota ref réf fonte fonti fontes bron bronnen noot källa kilde kaynak " +
		"źródło przypis zdroj lähde forrás izvor sursa πηγή источник источники ссылка сноска джерело посилання 来源 來源 出处 出典 注 註 脚注 資料 참고 출처 각주 " +
		"مصدر المصدر مرجع המקור מקור स्रोत संदर्भ উৎস ที่มา nguồn sumber")
	for i, w := range words {
		words[i] = strings.ToLower(lookalike(w))
	}
	return words
}()

// command reports whether s ends with the name of a TeX command, other than
// those that cite.
func command(s string) bool {
	at := wordStart(s, len(s))
	if at == len(s) || at == 0 || s[at-1] != '\\' {
		return false
	}
	return !strings.Contains(s[at:], "cite") && !strings.Contains(s[at:], "note") && !strings.Contains(s[at:], "ref") && s[at:] != "textsuperscript" && s[at:] != "tag"
}

// chunkID reports whether word is what only a chunk's id looks like.
func chunkID(word string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(lookalike(word)), "ck_")
	return ok && len(rest) >= 4
}
