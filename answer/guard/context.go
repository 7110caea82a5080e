package guard

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What layers 4 to 6 hold a claim against is the quote with the rest of the
// sentences that it begins and ends in: a quote that begins just behind a
// "not" must not leave it behind, and a unit is often said once at the end. A
// transcript without punctuation has no sentences; there, and in sentences
// that go on for ever, contextWords words on either side belong to the quote.
const contextWords = 20

// claim is one sentence of the draft as layers 4 to 6 read it.
type claim struct {
	words    []word
	numbers  []number
	contexts []context
	// verbatim: the text is a whole quote, or whole words of one, as they
	// stand. What the lecture says needs no further proof.
	verbatim bool
}

// context is one item of evidence with the sentences around it.
type context struct {
	passage int
	// text is the passage's from the first word of the context to its last,
	// quote the part of the words that was quoted.
	text    span
	words   []word
	numbers []number
	// said are the numbers of the sentence before, or of the contextWords words
	// before where there are no sentences: what the quote goes on from. They
	// are read when asked for.
	said     []number
	saidRead bool
	names    *nameIndex // of the passage around it, once asked for
	// from and to are the words of the quote itself.
	from, to int
	// open: the context was cut to contextWords at its beginning.
	open bool
}

// around widens the span of a quote to the context; cut reports whether the
// sentence went on farther to the left.
func around(text string, s span) (out span, cut bool) {
	out = s
	words := 0
	inWord := false
	for out.start > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:out.start])
		if isSpace(r) {
			if endsSentence(text[:out.start-n], text[out.start:]) {
				break
			}
			if inWord {
				if words++; words >= contextWords {
					cut = true
					break
				}
			}
			inWord = false
		} else {
			inWord = true
		}
		out.start -= n
	}
	words, inWord = 0, false
	for out.end < len(text) {
		r, n := utf8.DecodeRuneInString(text[out.end:])
		if isSpace(r) {
			if endsSentence(text[:out.end], text[out.end+n:]) {
				break
			}
			if inWord {
				if words++; words >= contextWords {
					break
				}
			}
			inWord = false
		} else {
			inWord = true
		}
		out.end += n
	}
	return trimSpan(text, out), cut
}

// endsSentence reports whether before ends with a sentence and after begins
// with another. It knows less of abbreviations than lexical.Sentences, costs a
// hundredth of it, and where it is wrong the context is one sentence longer or
// one part shorter.
func endsSentence(before, after string) bool {
	if n := len(before); n > 0 && before[n-1] < utf8.RuneSelf && isWord(rune(before[n-1])) {
		return false // as nearly everywhere
	}
	before = strings.TrimRight(before, "\"'”’)]")
	if before == "" {
		return true
	}
	switch last, _ := utf8.DecodeLastRuneInString(before); last {
	case '?', '!', '…', '。', '？', '！':
	case '.':
		// "e.g. ", "Dr. ", "p. ": a short word, or one with points.
		word := before[strings.LastIndexAny(before, " \n\t(")+1 : len(before)-1]
		if len(word) < 2 || strings.IndexByte(word, '.') >= 0 && !strings.ContainsAny(word, "0123456789") || abbreviated[word] {
			return false
		}
	default:
		return false
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, " \n\t\"'“‘(["))
	return !unicode.IsLower(next)
}

var abbreviated = map[string]bool{
	"Dr": true, "Mr": true, "Mrs": true, "Ms": true, "Prof": true, "vs": true, "etc": true, "Fig": true, "fig": true,
	"Eq": true, "eq": true, "Sec": true, "No": true, "no": true, "ca": true, "approx": true, "cf": true, "al": true,
}

// claims reads the draft's sentences, once.
func (c *check) readClaims() {
	if c.claims != nil {
		return
	}
	c.claims = make([]claim, len(c.draft.Sentences))
	for i, s := range c.draft.Sentences {
		cl := &c.claims[i]
		view := strings.TrimRight(newView(s.Text).text, ".!? ")
		for _, p := range c.proofs[i] {
			if p.passage < 0 || len(p.spans) == 0 {
				continue
			}
			ctx := c.readContext(p)
			cl.contexts = append(cl.contexts, ctx)
			quote := c.in.Passages[p.passage].Text[p.spans[0].start:p.spans[0].end]
			if quote == s.Text || strings.TrimRight(newView(quote).text, ".!? ") == view {
				cl.verbatim = !c.behindNot(&ctx)
			}
		}
		if len(cl.contexts) == 0 || cl.verbatim {
			continue
		}
		cl.words = c.readWords(s.Text)
		cl.numbers = numbers(cl.words, c.lang)
	}
}

func (c *check) readContext(p *proof) context {
	text, quote := c.in.Passages[p.passage].Text, p.spans[0]
	if len(p.citations) > 0 { // the place that is cited
		for _, s := range p.spans {
			if s.start <= p.citations[0].Start && p.citations[0].Start < s.end {
				quote = s
				break
			}
		}
	}
	s, open := around(text, quote)
	before, quoted := plain(text[s.start:quote.start]), plain(text[quote.start:quote.end])
	all := c.readWords(before + quoted + plain(text[quote.end:s.end]))
	ctx := context{passage: p.passage, text: s, words: all, open: open}
	for ctx.from < len(all) && int(all[ctx.from].at) < len(before) {
		ctx.from++
	}
	for ctx.to = ctx.from; ctx.to < len(all) && int(all[ctx.to].at) < len(before)+len(quoted); ctx.to++ {
	}
	ctx.numbers = numbers(all, c.lang)
	return ctx
}

// saidBefore returns the numbers of what stands before the context.
func (c *check) saidBefore(ctx *context) []number {
	if !ctx.saidRead {
		ctx.saidRead = true
		text := c.in.Passages[ctx.passage].Text
		if end := len(strings.TrimRight(text[:ctx.text.start], " \n\t")); end > 0 {
			before, _ := around(text, span{end, end})
			ctx.said = numbers(readWords(text[before.start:min(before.end, ctx.text.start)], c.lang), c.lang)
		}
	}
	return ctx.said
}

// behindNot reports whether the quote begins in mid-sentence, close behind a
// word that denies it.
func (c *check) behindNot(ctx *context) bool {
	if ctx.open || ctx.from == 0 || !c.lang.meaning {
		return false
	}
	quoted := ctx.words[ctx.from:ctx.to]
	if len(quoted) == 0 {
		return false
	}
	for i := ctx.from - 1; i >= 0 && i >= ctx.from-6; i-- {
		w := ctx.words[i]
		if w.clause != quoted[0].clause {
			return false
		}
		if w.cue.has(cueNot) {
			return true
		}
	}
	return false
}

// eachClaim calls f for every sentence that layers 4 to 6 can judge: its
// language is known, its evidence was found, and it is not the lecture's own
// words.
func (c *check) eachClaim(f func(i int, cl *claim)) {
	if c.lang == nil {
		return
	}
	c.readClaims()
	for i := range c.claims {
		if cl := &c.claims[i]; len(cl.contexts) > 0 && !cl.verbatim {
			f(i, cl)
		}
	}
}
