package ingest

import "strings"

// A counter counts the tokens of parts of a text, asking once per distinct
// word: a lecture of 15,000 words has some 1,500.
type counter struct {
	count func(string) int
	text  string
	memo  map[string]int
}

// maxMemo bounds the memory of the words already counted.
const maxMemo = 1 << 16

// longWord is the length in bytes from which a word is counted in parts,
// because byte pair encoding takes quadratic time. Its count is then too high,
// if anything.
const longWord = 512

// atom measures text[start:end] with the space before it.
func (c *counter) atom(start, end int) atom {
	a := atom{start: start, end: end, glued: start > 0 && c.text[start-1] != ' '}
	from := start
	if start > 0 && !a.glued {
		from--
	}
	a.tokens = c.sum(from, end)
	return a
}

// tokens counts text[start:end] as a text of its own, exactly.
func (c *counter) tokens(start, end int) int {
	for at := start; at < end; {
		n := strings.IndexByte(c.text[at:end], ' ')
		if n < 0 {
			n = end - at
		}
		if n > longWord {
			return c.count(c.text[start:end])
		}
		at += n + 1
	}
	return c.sum(start, end)
}

// chunk is tokens(start, end) for a chunk that is made of atoms, and may begin a
// character before the first. Where the atoms are whole sentences with a space
// between them, their counts are only added up.
func (c *counter) chunk(atoms []atom, start, end int) int {
	if start != atoms[0].start {
		return c.tokens(start, end)
	}
	sum := 0
	for i, a := range atoms {
		if a.cut || a.end-a.start > longWord || i > 0 && (a.glued || a.start != atoms[i-1].end+1) {
			return c.tokens(start, end)
		}
		sum += a.tokens
	}
	if start > 0 && !atoms[0].glued { // the first word was counted with the space before it
		first := atoms[0].end
		if n := strings.IndexByte(c.text[start:first], ' '); n >= 0 {
			first = start + n
		}
		sum += c.word(c.text[start:first]) - c.word(c.text[start-1:first])
	}
	return sum
}

// sum adds up the words of text[start:end], each with the space before it.
func (c *counter) sum(start, end int) int {
	sum := 0
	for at := start; at < end; {
		next := end
		if n := strings.IndexByte(c.text[at+1:end], ' '); n >= 0 {
			next = at + 1 + n
		}
		sum += c.word(c.text[at:next])
		at = next
	}
	return sum
}

func (c *counter) word(w string) int {
	if len(w) > longWord {
		sum := 0
		for len(w) > 0 {
			n := min(len(w), longWord/8)
			for n < len(w) && w[n]&0xC0 == 0x80 {
				n++
			}
			sum += c.count(w[:n])
			w = w[n:]
		}
		return sum
	}
	n, ok := c.memo[w]
	if !ok {
		n = c.count(w)
		if len(c.memo) >= maxMemo {
			clear(c.memo)
		}
		c.memo[w] = n
	}
	return n
}
