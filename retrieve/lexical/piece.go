package lexical

// pieceEnd returns where the piece of text that begins at byte at ends: behind
// at, and before the first space or line break with a printed ASCII character
// before it. UAX #29 always has a boundary there, and none of its rules looks
// over such a place, so the words of a text are those of its pieces.
func pieceEnd(text string, at int) int {
	for at++; at < len(text); at++ {
		if (text[at] == ' ' || text[at] == '\n') && text[at-1] > ' ' && text[at-1] < 0x7F {
			return at
		}
	}
	return len(text)
}

// plainWord returns the word of the piece that begins at byte at, and where the
// piece ends, if it is spaces, ASCII letters and digits and then at most one
// sign that ends a clause, a quotation or a bracket. UAX #29 joins nothing to such
// a word and cuts nothing in it. Otherwise next is 0.
func plainWord(text string, at int) (start, end, next int) {
	for at < len(text) && text[at] == ' ' {
		at++
	}
	start = at
	for at < len(text) && alnum(text[at]) {
		at++
	}
	if end = at; start == end {
		return 0, 0, 0
	}
	if at < len(text) {
		switch text[at] {
		case ',', '.', ';', ':', '!', '?', ')', '"':
			at++
		}
	}
	if at < len(text) && text[at] != ' ' && text[at] != '\n' {
		return 0, 0, 0
	}
	return start, end, at
}
