package llm

// An ASCII text is cut into pieces here, without the patterns of tokens.go,
// whose regular expressions take nine tenths of the time of a count.

// piece returns the length of the first piece of text, which is not empty and
// begins at a piece's beginning; 0 if the pattern must decide: the piece holds
// or touches something else than visible ASCII and spaces, or has a run of more
// than maxRun.
func (e *encoding) piece(text string) int {
	c := text[0]
	switch {
	case c < ' ' || c >= 0x7F:
		return 0
	case c == '\'' && !e.cased:
		n, ok := contraction(text)
		if !ok || n > 0 && n < len(text) && (asciiLetter(text[n]) || text[n] >= 0x80) {
			return 0 // breakAt counts its letters with what follows
		}
		if n > 0 {
			return n
		}
	case c >= '0' && c <= '9':
		n := 1
		for n < 3 && n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		if n < 3 && n < len(text) && text[n] >= 0x80 {
			return 0
		}
		return n
	}
	first := 0 // a letter's place: one sign or space before it belongs to it
	if !asciiLetter(c) {
		first = 1
	}
	if first < len(text) && asciiLetter(text[first]) {
		return e.letters(text, first)
	}
	if c == ' ' && (len(text) == 1 || !asciiSign(text[1])) {
		return spaces(text)
	}
	n := 1
	for n < len(text) && asciiSign(text[n]) {
		n++
	}
	return unlessTouching(text, n, n)
}

// letters returns the length of a piece whose letters begin at first.
func (e *encoding) letters(text string, first int) int {
	n := first
	if e.cased {
		for n < len(text) && text[n] >= 'A' && text[n] <= 'Z' {
			n++
		}
		for n < len(text) && text[n] >= 'a' && text[n] <= 'z' {
			n++
		}
	} else {
		for n < len(text) && asciiLetter(text[n]) {
			n++
		}
	}
	if n-first > maxRun || n < len(text) && text[n] >= 0x80 {
		return 0
	}
	if n-first == maxRun && n < len(text) && asciiLetter(text[n]) {
		return 0
	}
	if e.cased && n < len(text) && text[n] == '\'' {
		more, ok := contraction(text[n:])
		if !ok {
			return 0
		}
		n += more
	}
	return n
}

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd, in either
// case, at the beginning of text, which is an apostrophe; 0 if there is none.
// It cannot tell beside other than ASCII: the long s is an s, too.
func contraction(text string) (n int, ok bool) {
	var next [2]byte
	copy(next[:], text[1:])
	if next[0] >= 0x80 || next[1] >= 0x80 {
		return 0, false
	}
	switch a, b := next[0]|0x20, next[1]|0x20; {
	case !asciiLetter(next[0]):
		return 0, true
	case a == 's', a == 't', a == 'm', a == 'd':
		return 2, true
	case a == 'r' && b == 'e', a == 'v' && b == 'e', a == 'l' && b == 'l':
		return 3, true
	}
	return 0, true
}

// spaces returns the length of the piece at a space that neither a letter nor a
// sign follows. Of several spaces the last goes with the word behind them.
func spaces(text string) int {
	n := 1
	for n < len(text) && text[n] == ' ' {
		n++
	}
	piece := n
	if n > 1 && n < len(text) {
		piece--
	}
	return unlessTouching(text, n, piece)
}

// unlessTouching returns piece, or 0 if the run text[:n] is too long or does
// not end where it seems to.
func unlessTouching(text string, n, piece int) int {
	if n > maxRun || n < len(text) && (text[n] < ' ' || text[n] >= 0x7F) {
		return 0
	}
	return piece
}

// asciiSign reports whether b is visible ASCII, but no letter and no digit.
func asciiSign(b byte) bool {
	return b > ' ' && b < 0x7F && !asciiLetter(b) && (b < '0' || b > '9')
}

// tokensOf counts the tokens of one piece by merging its bytes: of all
// neighbours whose union is a token, those with the lowest rank first.
func (e *encoding) tokensOf(piece string) int {
	if _, ok := e.ranks[piece]; ok || len(piece) == 1 {
		return 1
	}
	// A part is piece[start[i]:start[i+1]], and rank[i] is that of its union
	// with the part after it.
	var startBuf, rankBuf [64]int32
	start, rank := startBuf[:0], rankBuf[:0]
	for i := range len(piece) + 1 {
		start = append(start, int32(i))
	}
	union := func(i int) int32 {
		if i+2 < len(start) {
			if r, ok := e.ranks[piece[start[i]:start[i+2]]]; ok {
				return int32(r)
			}
		}
		return noRank
	}
	for i := range len(piece) {
		rank = append(rank, union(i))
	}
	for len(rank) > 1 {
		least := 0
		for i, r := range rank {
			if r < rank[least] {
				least = i
			}
		}
		if rank[least] == noRank {
			break
		}
		start = append(start[:least+1], start[least+2:]...)
		rank = append(rank[:least+1], rank[least+2:]...)
		rank[least] = union(least)
		if least > 0 {
			rank[least-1] = union(least - 1)
		}
	}
	return len(rank)
}

const noRank = 1<<31 - 1
