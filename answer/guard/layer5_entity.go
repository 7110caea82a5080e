package guard

import (
	"fmt"
	"strings"
	"unicode"
)

// Layer 5: every name of a sentence stands near what it quotes, in the question or
// in the glossary.
//
// A name is a word with a capital letter in mid-sentence; a word with two
// capitals, a capital behind its first letter, a digit or an underscore,
// wherever it stands; a word called like a function, send(); and a letter that
// is part of a formula. A capital at the beginning of a sentence makes a name
// only if the passages of the request write the word with a capital in
// mid-sentence and never without one, if a second such word follows that is no
// name of the evidence by itself ("Modern Ethernet"), or if the next word says
// that somebody made something. In languages whose nouns have capitals, one
// capital makes no name.
//
// The evidence here is wider than for numbers, the cited passage from about five
// sentences before the quote to two behind it: a lecturer says a name once and
// then "he" or "it", so the quote that proves a claim often stands behind the
// name. The whole passage would be too wide: it names the rivals too.
//
// Names are compared without case, hyphens and spaces (Wi-Fi is WiFi, "ss
// thresh" is ssthresh), singular and plural alike. An acronym holds where its
// words stand, and capitalised words where their acronym stands, if the
// initials match. In a passage without a single capital, as recognisers write,
// a name also holds where a word with the same consonants stands ("jacobsen").
func entitiesSupported(c *check) {
	c.eachClaim(func(i int, cl *claim) {
		w := cl.words
		for k := 0; k < len(w); k++ {
			if bad := c.formula(cl, k); bad {
				c.reject(CodeEntityUnsupported, i, -1, fmt.Sprintf("a formula at word %d is not in the cited passages, the question or the glossary", k+1))
				continue
			}
			if !c.isName(cl, k) {
				continue
			}
			end := nameEnd(w, k)
			if !c.named(cl, w[k:end]) {
				c.reject(CodeEntityUnsupported, i, -1, fmt.Sprintf("a name at word %d is not in the cited passages, the question or the glossary", k+1))
			}
			k = end - 1
		}
	})
}

// isName reports whether the word of the claim at k begins a name.
func (c *check) isName(cl *claim, k int) bool {
	words := cl.words
	w := words[k]
	if w.kind != letterWord || w.cue.has(cueFunction|cueName|cueNumber) && !mixed(w.text) {
		return false
	}
	if k > 0 && w.glued && words[k-1].kind == digitWord { // 10Mbps, 3rd
		return false
	}
	if _, ok := symbols[w.text]; ok && k > 0 && words[k-1].kind == digitWord {
		return false
	}
	if len(w.text) == 1 {
		return false // a letter is part of a formula or stands for anything
	}
	if k+2 < len(words) && words[k+1].text == "(" && words[k+1].glued && words[k+2].text == ")" {
		return true
	}
	if strings.IndexByte(w.text, '_') > 0 {
		return true
	}
	r := firstRune(w.text)
	switch {
	case mixed(w.text):
		return !shouted(w)
	case !unicode.IsUpper(r) || c.lang.capitalNouns:
		return false
	case !w.first:
		return true
	}
	if k+1 < len(words) {
		next := words[k+1]
		if next.kind == letterWord && !next.first && unicode.IsUpper(firstRune(next.text)) && !mixed(next.text) && next.cue == 0 {
			if !c.describes(words[k+1:], cl) {
				return true
			}
		}
		if makers[next.stem] {
			return true
		}
	}
	return c.alwaysCapital(w.low)
}

// describes reports whether the word before names, which begins a sentence, may
// be no part of the name that follows: the evidence has that name, and never
// with a capital before it. "Modern Ethernet", but "Bob Metcalfe".
func (c *check) describes(names []word, cl *claim) bool {
	if len(names) > 1 && makers[names[1].stem] {
		return false
	}
	alone := false
	for _, ctx := range cl.contexts {
		text := c.in.Passages[ctx.passage].Text
		words := c.readWords(plain(text[max(0, ctx.text.start-namesBefore):min(len(text), ctx.text.end+namesBehind)]))
		for k := range words {
			if words[k].low != names[0].low || !isUpperFirst(words[k].text) {
				continue
			}
			alone = true
			if k > 0 && words[k-1].kind == letterWord && isUpperFirst(words[k-1].text) && !words[k-1].first {
				return false
			}
		}
	}
	return alone
}

// makers are what people do, by stem: who stands before it is a name.
var makers = map[string]bool{
	"invent": true, "discover": true, "publish": true, "propos": true, "design": true, "develop": true, "found": true,
	"write": true, "introduc": true, "creat": true, "coin": true, "patent": true,
}

// mixed reports whether text has a digit, or an upper-case letter behind its
// first letter.
func mixed(text string) bool {
	for i, r := range text {
		if i > 0 && unicode.IsUpper(r) || r >= '0' && r <= '9' {
			return true
		}
	}
	return false
}

// shouted reports whether w is a plain word in capitals, NOT or MUST.
func shouted(w word) bool { return w.cue != 0 && strings.ToUpper(w.text) == w.text }

// nameEnd returns the end of the name at k: words joined by hyphens.
func nameEnd(words []word, k int) int {
	end := k + 1
	for end+1 < len(words) && words[end].text == "-" && words[end].glued && words[end+1].glued && words[end+1].kind == letterWord {
		end += 2
	}
	return end
}

// named reports whether name stands where a name may come from.
func (c *check) named(cl *claim, name []word) bool {
	whole := ""
	for _, w := range name {
		if w.kind == letterWord {
			whole += w.low
		}
	}
	if c.nameKnown(cl, whole, name[0]) {
		return true
	}
	if len(name) == 1 {
		return c.expanded(cl, name[0])
	}
	for _, w := range name { // TCP-based
		if w.kind == letterWord && (mixed(w.text) || unicode.IsUpper(firstRune(w.text))) && !c.nameKnown(cl, w.low, w) {
			return false
		}
	}
	return true
}

func (c *check) nameKnown(cl *claim, low string, w word) bool {
	single := strings.TrimSuffix(low, "s")
	for i := range cl.contexts {
		for k := range cl.contexts[i].words {
			if v := cl.contexts[i].words[k].low; v == low || v == single {
				return true
			}
		}
	}
	if len(single) < 3 {
		single = low
	}
	if k := c.known(); k.has(low) || k.has(single) {
		return true
	}
	for i := range cl.contexts {
		n := c.namesAround(&cl.contexts[i])
		if n.has(low) || n.has(single) || mixed(w.text) && n.initialled(low) || !n.cased && n.sounds(low) {
			return true
		}
	}
	return c.known().initialled(low) && mixed(w.text)
}

// expanded reports whether w is part of the words behind an acronym of the
// evidence: "Control" of Transmission Control Protocol, where TCP stands.
func (c *check) expanded(cl *claim, w word) bool {
	k := 0
	for i := range cl.words {
		if &cl.words[i].text == &w.text || cl.words[i].text == w.text {
			k = i
			break
		}
	}
	from, to := k, k+1
	capital := func(i int) bool {
		v := cl.words[i]
		return v.kind == letterWord && unicode.IsUpper(firstRune(v.text)) && !mixed(v.text)
	}
	for from > 0 && capital(from-1) {
		from--
	}
	for to < len(cl.words) && capital(to) {
		to++
	}
	for a := from; a <= k; a++ { // "The Transmission Control Protocol" has one word too many
		for b := to; b > k; b-- {
			if b-a < 2 {
				continue
			}
			initials := ""
			for _, v := range cl.words[a:b] {
				initials += string(unicode.ToLower(firstRune(v.text)))
			}
			if c.known().has(initials) {
				return true
			}
			for i := range cl.contexts {
				if c.namesAround(&cl.contexts[i]).has(initials) {
					return true
				}
			}
		}
	}
	return false
}

// formula reports whether a letter at k stands in a formula that nobody gave:
// next to an operator, and nowhere in the cited passages or what is known; or
// a quotient that the passages have the other way round only.
func (c *check) formula(cl *claim, k int) bool {
	w := cl.words
	if w[k].kind != letterWord || len(w[k].text) != 1 {
		return false
	}
	before, after := k > 0 && isOperator(w[k-1].text), k+1 < len(w) && isOperator(w[k+1].text)
	if !before && !after {
		return false
	}
	if !c.nameKnown(cl, w[k].low, w[k]) {
		return true
	}
	if !after || w[k+1].text != "/" || k+2 >= len(w) || len(w[k+2].text) != 1 {
		return false
	}
	straight, turned := false, false
	for i := range cl.contexts {
		e := cl.contexts[i].words
		for j := 0; j+2 < len(e); j++ {
			mid := 1
			if e[j+1].low == "divided" && j+3 < len(e) {
				mid = 2
			}
			switch e[j+mid].low {
			case "/", "over", "by":
				straight = straight || e[j].low == w[k].low && e[j+mid+1].low == w[k+2].low
				turned = turned || e[j].low == w[k+2].low && e[j+mid+1].low == w[k].low
			}
		}
	}
	return turned && !straight
}

func isOperator(s string) bool {
	switch s {
	case "=", "+", "*", "/", "^", "×", "÷", "<", ">", "≤", "≥", "·":
		return true
	}
	return false
}
