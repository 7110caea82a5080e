package guard

import "strings"

// clause is a piece of a sentence with one verb, as far as that can be told
// without knowing which words are verbs. Where it cannot, subject is empty and
// nothing is judged by it.
type clause struct {
	words   []word // without the frame
	subject []word
	// frame is what an "in …" at the beginning names: "in TLS 1.3".
	frame []word
	// contrasts: it begins with "while" or "but".
	contrasts bool
	// relative: it begins with "which" or "who".
	relative bool
	// goesOn: it has no subject of its own, and the one before holds.
	goesOn bool
}

// clausesOf takes a sentence apart at commas and the like and at the words
// that join clauses.
func clausesOf(words []word) []clause {
	var out []clause
	from, comma, main := 0, false, false
	for i := 0; i <= len(words); i++ {
		if i < len(words) && !parts(&words[i]) && !joins[words[i].low] {
			continue
		}
		if i < len(words) && !parts(&words[i]) && onlyJoins(words[from:i]) {
			continue // "and when": one clause
		}
		if i > from {
			p := readClause(words[from:i], comma && main)
			if p.relative && len(out) > 0 {
				p.goesOn = out[len(out)-1].onlySubject()
			}
			main = len(p.subject) > 0 && len(p.frame) == 0 && !subordinates(&words[from]) || main && p.goesOn
			out = append(out, p)
		}
		from, comma = i, false
		if i < len(words) && parts(&words[i]) {
			from, comma = i+1, true
		}
	}
	return out
}

// parts reports whether w is a sign between clauses.
func parts(w *word) bool {
	return w.kind == signWord && (w.text == "," || w.text == ";" || w.text == ":" || w.text == "—")
}

func onlyJoins(words []word) bool {
	for i := range words {
		if !joins[words[i].low] {
			return false
		}
	}
	return true
}

func subordinates(w *word) bool { return joins[w.low] && !coordinates[w.low] }

// readClause reads words; listed: a main clause and a comma stand before them.
func readClause(words []word, listed bool) clause {
	var p clause
	i, join := 0, ""
	for ; i < len(words) && (joins[words[i].low] || between[words[i].low]); i++ {
		p.contrasts = p.contrasts || contrastive[words[i].low]
		if join == "" || coordinates[join] {
			join = words[i].low
		}
	}
	if i < len(words) && frames[words[i].low] {
		from := skipArticles(words, i+1)
		i = nounEnd(words, from)
		p.frame = words[from:i]
	}
	p.words = words[i:]
	for i < len(words) && words[i].kind == signWord {
		i++
	}
	p.relative = join == "which" || join == "who" || join == "whose"
	if i == len(words) || p.relative {
		return p
	}
	if low := words[i].low; low == "it" || low == "its" || auxiliaries[low] {
		p.goesOn = true
		return p
	}
	from := skipArticles(words, i)
	end := nounEnd(words, from)
	if end == from {
		return p
	}
	s := words[from:end]
	last := end == len(words) || !auxiliaries[words[end].low] // no auxiliary behind: the verb is among s, or further on
	switch {
	case coordinates[join] && from == i && verbLike(&s[0]) && (end == len(words) || len(s) == 1 && last): // "and catches every burst"
		p.goesOn = true
		return p
	case listed && join == "" && !hasAuxiliary(words): // ", the length divided by the rate"
		p.goesOn = true
		return p
	}
	for k := 1; k < len(s); k++ { // "DNS uses UDP"
		if inflected(&s[k]) {
			s = s[:k]
		}
	}
	if len(s) > 1 && end < len(words) && last && verbLike(&s[len(s)-1]) && from+len(s) == end { // "the checksum goes from"
		s = s[:len(s)-1]
	}
	if strings.HasSuffix(s[0].low, "ing") && (len(s) == 1 || s[1].kind == digitWord) { // "sending 1,500 bytes"
		return p
	}
	p.subject = s
	return p
}

// onlySubject reports whether p says nothing but its subject: "The root
// servers are the ones".
func (p *clause) onlySubject() bool {
	for i := range p.words {
		if w := &p.words[i]; w.content() && !holds(p.subject, w) {
			return false
		}
	}
	return len(p.subject) > 0
}

func skipArticles(words []word, i int) int {
	for i < len(words) && !words[i].content() && words[i].cue.has(cueArticle) {
		i++
	}
	return i
}

// nounEnd returns the end of the content words that begin at i.
func nounEnd(words []word, i int) int {
	for i < len(words) && (words[i].content() && !slight[words[i].low] || words[i].text == "-" && words[i].glued) {
		i++
	}
	return i
}

func hasAuxiliary(words []word) bool {
	for i := range words {
		if auxiliaries[words[i].low] {
			return true
		}
	}
	return false
}

// verbLike reports whether w ends as verbs do that somebody does or did; many
// plurals do too.
func verbLike(w *word) bool {
	return inflected(w) || len(w.low) > 3 && (strings.HasSuffix(w.low, "ed") ||
		strings.HasSuffix(w.low, "s") && !strings.HasSuffix(w.low, "ss") && !strings.HasSuffix(w.low, "us"))
}

// inflected reports whether w is a form of an irregular verb, other than its
// base, or of the few nouns in that list.
func inflected(w *word) bool {
	base := irregular[w.low]
	return base != "" && base != w.low
}

// The lists are ours, of English.
var (
	// joins are words that begin a clause.
	joins = wordSet(`and or nor while whereas when where but because since although though unless if which who whose so thus`)
	// coordinates join main clauses.
	coordinates = wordSet(`and or nor but so thus`)
	contrastive = wordSet(`while whereas but`)
	// between may stand between a joining word and the clause.
	between = wordSet(`then also still`)
	// frames begin a phrase that says where a clause holds.
	frames      = wordSet(`in on with under for at inside within`)
	auxiliaries = wordSet(`is are was were has have had can could may might must will would should do does did isn't doesn't don't can't`)
	// slight words are content for an alignment, but nothing is about them.
	slight = wordSet(`behind above below within along across against around like rather instead else long later earlier early last away always never
		single whole everything something anything nothing everybody nobody somebody anybody anyone everyone someone back next compared`)
	// aside are what a phrase is about that leads into a sentence and limits
	// nothing: "in the example", "in the end".
	aside = wordSet(`course lecture example end fact general practice principle case addition contrast other way time today first second both step slide`)
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
