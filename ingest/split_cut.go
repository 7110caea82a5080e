package ingest

// An atom is a stretch of text that is not cut: mostly a sentence.
type atom struct {
	start, end int    // bytes of the lecture's text, without white space around
	tokens     int    // with the space before it
	rank       uint64 // decides where chunks begin; from the words only
	glued      bool   // no white space before it
	cut        bool   // a part of a sentence, whose tokens are those of its words or characters
}

func tokensOf(atoms []atom) int {
	sum := 0
	for i := range atoms {
		sum += atoms[i].tokens
	}
	return sum
}

// cut returns the atoms that begin a piece, ascending, the first being 0: those
// whose rank is the smallest within window tokens, and more where a piece would
// exceed limit. Only an atom that is longer than limit itself makes a longer
// piece. Pieces are longer than window where the text allows it.
func cut(atoms []atom, window, limit int) []int {
	if len(atoms) == 0 {
		return nil
	}
	pos := make([]int, len(atoms)+1) // tokens before each atom
	for i := range atoms {
		pos[i+1] = pos[i] + atoms[i].tokens
	}
	c := &cutter{atoms: atoms, pos: pos, window: window, limit: limit}
	bounds := localMinima(atoms, pos, window)
	var starts []int
	for i, lo := range bounds {
		hi := len(atoms)
		if i+1 < len(bounds) {
			hi = bounds[i+1]
		}
		starts = c.split(starts, lo, hi)
	}
	return starts
}

// localMinima returns 0 and every atom whose rank is the smallest of all that
// begin within window tokens of it. The text's ends count as smaller than
// anything, and of equal ranks the first is the smaller.
func localMinima(atoms []atom, pos []int, window int) []int {
	n := len(atoms)
	bounds := []int{0}
	total := pos[n]
	// ahead holds the atoms of [i, i+window] that nothing smaller precedes,
	// ranks ascending: its front is the smallest. behind is its mirror.
	var ahead, behind queue
	next := 1
	for i := 1; i < n; i++ {
		for ; next < n && pos[next]-pos[i] <= window; next++ {
			ahead.push(next, func(j int) bool { return atoms[j].rank > atoms[next].rank })
		}
		ahead.dropBefore(i)
		for !behind.empty() && pos[i]-pos[behind.front()] > window {
			behind.pop()
		}
		if pos[i] > window && total-pos[i] > window && ahead.front() == i &&
			(behind.empty() || atoms[behind.front()].rank > atoms[i].rank) {
			bounds = append(bounds, i)
		}
		behind.push(i, func(j int) bool { return atoms[j].rank > atoms[i].rank })
	}
	return bounds
}

// A queue of atom numbers, ascending, for the minimum of a sliding window.
type queue struct {
	items []int
	head  int
}

func (q *queue) empty() bool { return q.head == len(q.items) }
func (q *queue) front() int  { return q.items[q.head] }
func (q *queue) pop()        { q.head++ }

func (q *queue) dropBefore(i int) {
	for !q.empty() && q.front() < i {
		q.pop()
	}
}

// push removes what larger says can no longer be the minimum and appends i.
func (q *queue) push(i int, larger func(j int) bool) {
	for !q.empty() && larger(q.items[len(q.items)-1]) {
		q.items = q.items[:len(q.items)-1]
	}
	q.items = append(q.items, i)
}

// A cutter cuts the pieces between local minima that are too long.
type cutter struct {
	atoms         []atom
	pos           []int
	window, limit int
	tree          []int32 // lazily built: a segment tree of the smallest rank
}

// split appends lo and the further starts within atoms[lo:hi].
func (c *cutter) split(starts []int, lo, hi int) []int {
	for c.pos[hi]-c.pos[lo] > c.limit && hi-lo > 1 {
		at := c.smallest(lo, hi)
		starts = c.split(starts, lo, at)
		lo = at
	}
	return append(starts, lo)
}

// smallest returns the atom inside (lo, hi) with the smallest rank, at least
// window tokens from both ends if there is one, else half of that, and so on.
func (c *cutter) smallest(lo, hi int) int {
	for margin := c.window; margin > 0; margin /= 2 {
		first := c.search(lo+1, hi, c.pos[lo]+margin)
		last := c.search(lo+1, hi, c.pos[hi]-margin+1)
		if first < last {
			return c.min(first, last)
		}
	}
	return c.min(lo+1, hi)
}

// search returns the first atom of [lo, hi) that begins at or after token at,
// or hi.
func (c *cutter) search(lo, hi, at int) int {
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if c.pos[mid] < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// min returns the first atom of the smallest rank in [lo, hi).
func (c *cutter) min(lo, hi int) int {
	n := len(c.atoms)
	if c.tree == nil {
		c.tree = make([]int32, 2*n)
		for i := range n {
			c.tree[n+i] = int32(i)
		}
		for i := n - 1; i > 0; i-- {
			c.tree[i] = c.less(c.tree[2*i], c.tree[2*i+1])
		}
	}
	best := int32(lo)
	for l, r := lo+n, hi+n; l < r; l, r = l/2, r/2 {
		if l&1 == 1 {
			best = c.less(best, c.tree[l])
			l++
		}
		if r&1 == 1 {
			r--
			best = c.less(best, c.tree[r])
		}
	}
	return int(best)
}

func (c *cutter) less(a, b int32) int32 {
	if ra, rb := c.atoms[a].rank, c.atoms[b].rank; rb < ra || rb == ra && b < a {
		return b
	}
	return a
}
