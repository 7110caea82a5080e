package eval

import (
	"cmp"
	"slices"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/retrieve"
)

// A way is how a search fills a budget.
type way struct{ k, expand int } // expand as it is meant: 0 is none

// The ways that every setting is measured with.
var (
	filling = way{k: Depth}              // as many of the best chunks as the budget holds
	tutor   = way{k: winners, expand: 1} // the defaults of search, which the tutor uses
)

func (w way) options(budget int) retrieve.Options {
	o := retrieve.Options{K: w.k, Expand: w.expand, Budget: budget}
	if w.expand == 0 {
		o.Expand = -1
	}
	return o
}

// packed is passages by their chunks, and what they take.
type packed struct {
	runs   []run // by lecture and place
	tokens int
}

// run is neighbouring chunks, which are one passage.
type run struct {
	lecture     string
	first, last int // ordinals
}

// pack is what search packs when w.k chunks of a ranking win, with their neighbours, under a budget, so that two searches
// measure every number of winners, neighbours and tokens; TestPackIsSearchs holds it against search.
func (c *cut) pack(found rankings, w way, budget int) packed {
	ranking := found.of(w.k)
	p := packer{c: c, budget: budget, taken: map[leaf]bool{}}
	for _, at := range ranking {
		p.take(at)
	}
	for _, at := range c.beside(ranking, w.expand) {
		p.take(at)
	}
	return packed{p.passages(), p.tokens}
}

// beside returns the neighbours of winners that did not win themselves: the best winner's first, by their places.
func (c *cut) beside(winners []leaf, expand int) []leaf {
	seen := make(map[leaf]bool, len(winners))
	for _, at := range winners {
		seen[at] = true
	}
	var out []leaf
	for _, at := range winners {
		last := len(c.lectures[at.lecture].starts) - 1
		for o := max(at.ordinal-expand, 0); o <= min(at.ordinal+expand, last); o++ {
			if near := (leaf{at.lecture, o}); !seen[near] {
				seen[near] = true
				out = append(out, near)
			}
		}
	}
	return out
}

type packer struct {
	c      *cut
	budget int
	tokens int
	taken  map[leaf]bool
}

// take adds a chunk if the passages still keep to the budget; the first in any case.
func (p *packer) take(at leaf) {
	first, last := at.ordinal, at.ordinal
	for p.taken[leaf{at.lecture, first - 1}] {
		first--
	}
	for p.taken[leaf{at.lecture, last + 1}] {
		last++
	}
	r := p.c.runs[at.lecture]
	cost := r.count(first, last)
	if first < at.ordinal {
		cost -= r.count(first, at.ordinal-1)
	}
	if last > at.ordinal {
		cost -= r.count(at.ordinal+1, last)
	}
	if len(p.taken) == 0 || p.tokens+cost <= p.budget {
		p.taken[at] = true
		p.tokens += cost
	}
}

func (p *packer) passages() []run {
	all := make([]leaf, 0, len(p.taken))
	for at := range p.taken {
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b leaf) int {
		return cmp.Or(cmp.Compare(a.lecture, b.lecture), cmp.Compare(a.ordinal, b.ordinal))
	})
	var out []run
	for _, at := range all {
		if n := len(out); n > 0 && out[n-1].lecture == at.lecture && out[n-1].last == at.ordinal-1 {
			out[n-1].last = at.ordinal
			continue
		}
		out = append(out, run{at.lecture, at.ordinal, at.ordinal})
	}
	return out
}

// runs counts the tokens of neighbouring chunks. A token of cl100k_base never reaches over the border between a character and
// the space behind it, so what a chunk adds to the one before can be summed up, unless a word was cut there.
type runs struct {
	l     laid
	sums  []int  // tokens that the chunks up to this one add to the one before them, the first adding nothing
	glued []bool // no space stands where this chunk's own text begins
}

func newRuns(l laid) *runs {
	r := &runs{l: l, sums: make([]int, len(l.ends)), glued: make([]bool, len(l.ends))}
	for i := 1; i < len(l.ends); i++ {
		added := l.text[l.ends[i-1]:l.ends[i]]
		r.sums[i] = r.sums[i-1] + llm.CL100K().Count(added)
		r.glued[i] = added == "" || added[0] != ' '
	}
	return r
}

// count returns the tokens of the chunks from ordinal first to last as one passage.
func (r *runs) count(first, last int) int {
	if slices.Contains(r.glued[first+1:last+1], true) {
		return llm.CL100K().Count(r.l.text[r.l.starts[first]:r.l.ends[last]])
	}
	return r.l.tokens[first] + r.sums[last] - r.sums[first]
}
