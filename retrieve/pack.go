package retrieve

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
)

// pack turns what the statement found into passages, best first. Chunks are taken while the passages' texts fit the
// budget, in tokens as count counts them: winners by rank, then neighbours; one that does not fit is left out and the next
// is tried. The best one is taken even if it alone exceeds the budget. tokens is what the passages' texts take, saved what
// the same chunks would take in addition if each stood alone. memo, which may return nil, keeps what was counted of a
// chunk for the next search.
func pack(all []found, budget int, count func(string) int, memo func(*found) *atomic.Int32) (passages []Passage, tokens, saved int) {
	runs := packer{at: map[place]*found{}, count: count, memo: memo}
	for i := range all {
		f := &all[i]
		if cost := runs.cost(f); len(runs.at) == 0 || runs.tokens+cost <= budget {
			runs.at[f.place()] = f
			runs.tokens += cost
			saved += f.tokens
		}
	}
	var taken []*found
	for _, f := range runs.at {
		taken = append(taken, f)
	}
	slices.SortFunc(taken, func(a, b *found) int {
		return cmp.Or(cmp.Compare(a.position, b.position), cmp.Compare(a.lecture, b.lecture), cmp.Compare(a.chunk.Ordinal, b.chunk.Ordinal))
	})
	for i := 0; i < len(taken); {
		j := i + 1
		for j < len(taken) && taken[j].place() == taken[j-1].place().next() {
			j++
		}
		p := join(taken[i:j])
		p.Tokens = runs.tokensOf(taken[i:j])
		passages = append(passages, p)
		tokens += p.Tokens
		i = j
	}
	slices.SortStableFunc(passages, func(a, b Passage) int { return cmp.Compare(b.Score(), a.Score()) })
	return passages, tokens, saved - tokens
}

// place is where a chunk stands.
type place struct {
	lecture string
	ordinal int
}

func (p place) next() place   { return place{p.lecture, p.ordinal + 1} }
func (p place) before() place { return place{p.lecture, p.ordinal - 1} }

func (f *found) place() place { return place{f.lecture, f.chunk.Ordinal} }

// tail is what f adds to a passage that ends with the chunk before it: its text without the part they share, which is
// left.
func (f *found) tail(before *found) string {
	if f.overlap > 0 && f.overlap <= len(f.text) && strings.HasSuffix(before.text, f.text[:f.overlap]) {
		return f.text[f.overlap:]
	}
	return " " + f.text
}

// A packer counts what the chunks taken so far come to as passages.
type packer struct {
	at     map[place]*found
	tokens int
	count  func(string) int
	memo   func(*found) *atomic.Int32
}

// cost is how many tokens more the passages take with f among them: f joins the run that ends before it and the run that
// begins behind it.
func (p *packer) cost(f *found) int {
	var before, after []*found
	for b := p.at[f.place().before()]; b != nil; b = p.at[b.place().before()] {
		before = append(before, b)
	}
	slices.Reverse(before)
	for a := p.at[f.place().next()]; a != nil; a = p.at[a.place().next()] {
		after = append(after, a)
	}
	whole := append(append(slices.Clone(before), f), after...)
	return p.tokensOf(whole) - p.tokensOf(before) - p.tokensOf(after)
}

// tokensOf counts the text of a run. A token never reaches over the border between a character and a space that follows
// it (cl100k_base cuts there before it merges), so a text cut at such borders is the sum of its parts, and of a chunk,
// whose own tokens are known, only the little that it shares with the one before has to be counted. Where a word had to
// be cut the run is counted whole.
func (p *packer) tokensOf(run []*found) int {
	sum := 0
	for i, f := range run {
		if i == 0 {
			sum += f.tokens
			continue
		}
		tail := f.tail(run[i-1])
		if tail != "" && tail[0] != ' ' {
			return p.count(join(run).Text)
		}
		sum += p.added(f, tail)
	}
	return sum
}

// added is how many tokens f adds behind the chunk before it, as tail.
func (p *packer) added(f *found, tail string) int {
	if f.added > 0 {
		return f.added - 1
	}
	known := p.memo(f)
	if known != nil {
		f.added = int(known.Load())
	}
	if f.added == 0 {
		f.added = 1 + f.tokens - p.change(f.text, tail)
		if known != nil {
			known.Store(int32(f.added))
		}
	}
	return f.added - 1
}

// change is how many tokens fewer tail takes than text, which is either text without its beginning or text behind a
// space.
func (p *packer) change(text, tail string) int {
	if len(tail) <= len(text) {
		return p.count(text[:len(text)-len(tail)])
	}
	word, _, _ := strings.Cut(text, " ")
	return p.count(word) - p.count(" "+word)
}

// join makes one passage of neighbouring chunks.
func join(run []*found) Passage {
	p := Passage{Lecture: run[0].lecture, Title: run[0].title, Position: int(run[0].position), Version: run[0].version, Timed: run[0].timed}
	var text strings.Builder
	for i, f := range run {
		added := f.text
		if i > 0 {
			added = f.tail(run[i-1])
		}
		text.WriteString(added)
		c := f.chunk
		c.Start, c.End = text.Len()-len(f.text), text.Len()
		for k, offset := range f.offsets {
			at := c.Start + int(offset)
			// The shared text's cues came with the chunk before; of the rest, the first may go on with its last cue.
			if n := len(p.Cues); n > 0 && at <= p.Cues[n-1].Offset {
				continue
			}
			cue := Cue{Offset: at, StartMS: f.starts[k], EndMS: f.ends[k]}
			if len(f.speakers) > 0 {
				cue.Speaker = f.speakers[k]
			}
			if n := len(p.Cues); n > 0 && p.Cues[n-1].StartMS == cue.StartMS && p.Cues[n-1].EndMS == cue.EndMS && p.Cues[n-1].Speaker == cue.Speaker {
				continue
			}
			p.Cues = append(p.Cues, cue)
		}
		p.Chunks = append(p.Chunks, c)
	}
	p.Text = text.String()
	return p
}
