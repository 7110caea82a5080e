package guard

// place is an item of evidence with what was said before it.
type place struct {
	context *context
	// before are the sentences that lead to the context, from the last to the
	// first; read when asked for.
	before     [][]word
	beforeRead bool
}

// leadBytes is how far before the quote may stand what it speaks of: about
// five sentences, as for names.
const leadBytes = namesBefore

// leadIn returns the sentences before the place, from the last to the first.
func (c *check) leadIn(p *place) [][]word {
	if p.beforeRead {
		return p.before
	}
	p.beforeRead = true
	text, end := c.in.Passages[p.context.passage].Text, p.context.text.start
	start := max(0, end-leadBytes)
	for start > 0 && start < end && !isSpaceByte(text[start-1]) {
		start++
	}
	sentences := sentencesOf(c.readWords(text[start:end]))
	for i := len(sentences) - 1; i >= 0; i-- {
		p.before = append(p.before, sentences[i])
	}
	return p.before
}

// sentencesOf cuts words behind each sign that ends a sentence.
func sentencesOf(words []word) [][]word {
	var out [][]word
	from := 0
	for i := range words {
		if endsHere(words[i]) {
			out = append(out, words[from:i+1])
			from = i + 1
		}
	}
	if from < len(words) {
		out = append(out, words[from:])
	}
	return out
}

// leadsTo reports whether what the place says in the words of clause p can be
// said of w, which stands before it. Anything of the lead-in will do, unless
// the sentence begins with "it", "that" or the like: then w must stand in the
// sentence before, or where that one only goes on ("The …", "It …"), in the
// one before it, and so on.
func (c *check) leadsTo(at *place, p *clause, w *word) bool {
	own := sentencesOf(at.context.words)
	best, said := -1, 0
	for i := range own {
		if n := shared(p.words, own[i], nil); n > best {
			best, said = n, i
		}
	}
	before := c.leadIn(at)
	if said < len(own) && beginsAnew(own[said]) {
		return false
	}
	if said >= len(own) || !pointsBack(own[said]) {
		for _, s := range before {
			if holds(s, w) {
				return true
			}
		}
		return false
	}
	for i := said - 1; i >= 0; i-- {
		if !goesOn(own[i]) {
			return false // own sentences do not hold w: another subject begins here
		}
	}
	for _, s := range before {
		if holds(s, w) {
			return true
		}
		if !goesOn(s) {
			return false
		}
	}
	return false
}

// beginsAnew reports whether a sentence begins with a subject of its own that
// was not spoken of before, as far as its form tells: "Ping is", "A switch,
// which".
func beginsAnew(s []word) bool {
	i := 0
	for i < len(s) && (s[i].low == "and" || s[i].low == "but" || s[i].low == "so" || s[i].low == "now" || s[i].low == "a" || s[i].low == "an") {
		i++
	}
	end := nounEnd(s, i)
	if end == i || end >= len(s) {
		return false
	}
	if s[end].text == "," && end+1 < len(s) { // "Ping, which", "Carrier sense, CSMA, means"
		more := nounEnd(s, end+1)
		return s[end+1].low == "which" || more > end+1 && more < len(s) && s[more].text == ","
	}
	return auxiliaries[s[end].low] || end-i > 1 && s[end].kind == letterWord && verbLike(&s[end-1])
}

// pointsBack reports whether a sentence has a pronoun for its subject.
func pointsBack(s []word) bool {
	for i := range s {
		w := &s[i]
		switch {
		case i > pointerReach:
			return false
		case w.low == "it" || w.low == "they" || w.low == "he" || w.low == "she" || w.low == "them":
			return true
		case w.low == "that" || w.low == "this" || w.low == "these" || w.low == "those":
			// "that link" names what it means, "that is" and "that's" do not.
			if i+1 == len(s) || !s[i+1].content() || w.low != w.text {
				return true
			}
		}
	}
	return false
}

// pointerReach is where a pronoun still counts as a sentence's subject.
const pointerReach = 8

// goesOn reports whether a sentence goes on about what was said before: its
// subject is a pronoun or has "the".
func goesOn(s []word) bool {
	for i := range s {
		switch w := &s[i]; w.low {
		case "and", "but", "so", "then", "now", "if", "when", "also":
		case "the", "it", "they", "he", "she", "that", "this", "these", "those":
			return true
		default:
			return w.kind == signWord
		}
	}
	return true
}

// hasRival reports whether the place has head behind another word than w.
func (c *check) hasRival(at *place, w, head *word) bool {
	if rival(at.context.words, w, head) {
		return true
	}
	for _, s := range c.leadIn(at) {
		if rival(s, w, head) {
			return true
		}
	}
	return false
}

func rival(words []word, w, head *word) bool {
	for i := 1; i < len(words); i++ {
		if words[i].content() && words[i].aligns(head) && words[i-1].content() && !words[i-1].aligns(w) {
			return true
		}
	}
	return false
}
