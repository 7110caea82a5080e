package eval

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/lectern-tutor/lectern/ingest"
)

// drawnScope is where what is drawn was asked.
const drawnScope = "course"

// DrawSweep draws the report as one SVG: a column for each set; a row each for the size of chunks, their overlap, the
// winners with their neighbours, and the fusion. The same report gives the same bytes.
func DrawSweep(w io.Writer, r *SweepReport) error {
	g := &page{
		title: "What a search finds, by the size of chunks, overlap, winners and fusion",
		about: "Recall of gold spans within a token budget, and mean reciprocal rank. The tables in docs/retrieval.md have the figures.",
	}
	def := ingest.DefaultSplit
	size := row{title: fmt.Sprintf("Size of a chunk, with an overlap of %.0f %%", 100*def.Overlap), x: "target size of a chunk, tokens", y: "recall of gold spans"}
	overlap := row{title: fmt.Sprintf("Overlap, with a target of %d tokens", def.Target), x: "overlap, % of the target size", y: "recall of gold spans"}
	ways := row{title: "Winners and their neighbours, within 3,000 tokens", x: "winning chunks at most (k)", y: "recall of gold spans"}
	fusion := row{title: "Weight of the vector leg; the lexical leg's is 1", x: "weight", y: "MRR@10 of chunks"}
	for _, s := range r.Sets {
		name := fmt.Sprintf("%s: %d questions", s.Name, s.Asked)
		size.plots = append(size.plots, s.sizePlot(name, func(c SweptSize) (string, bool) {
			return strconv.Itoa(c.Target), c.Overlap == def.Overlap && c.Scope == drawnScope
		}))
		overlap.plots = append(overlap.plots, s.sizePlot(name, func(c SweptSize) (string, bool) {
			return fmt.Sprintf("%.0f", 100*c.Overlap), c.Target == def.Target && c.Scope == drawnScope
		}))
		ways.plots = append(ways.plots, s.winnersPlot(name))
		fusion.plots = append(fusion.plots, s.fusionPlot(name))
	}
	g.rows = []row{size, overlap, ways, fusion}
	g.notes = []string{
		"Asked in the whole course. Recall: a passage holds a whole gold span. The first two rows fill each budget with the best chunks, without neighbours.",
		"The dotted line and the rings are the defaults. The upright axes differ from plot to plot, and most do not begin at 0.",
		"Embedder: " + r.Embedder + ".",
	}
	return g.draw(w)
}

// ticked collects the ticks of an x axis in the order in which they come.
type ticked []string

func (t *ticked) at(name string) int {
	if i := slices.Index(*t, name); i >= 0 {
		return i
	}
	*t = append(*t, name)
	return len(*t) - 1
}

// valued sets values[i], with NaN before it where nothing is yet.
func valued(values []float64, i int, v float64) []float64 {
	for len(values) <= i {
		values = append(values, math.NaN())
	}
	values[i] = v
	return values
}

// sizePlot has a line for each budget over the settings of the splitter that place names.
func (s *SweptSet) sizePlot(title string, place func(SweptSize) (name string, there bool)) plot {
	p := plot{title: title, mark: -1}
	var ticks ticked
	for _, c := range s.Splitter {
		name, there := place(c)
		if !there {
			continue
		}
		i := ticks.at(name)
		if c.Default {
			p.mark = i
		}
		for k, w := range c.Fill {
			if len(p.lines) == k {
				p.lines = append(p.lines, line{name: thousands(w.Budget) + " tokens", marked: true})
			}
			p.lines[k].values = valued(p.lines[k].values, i, w.Recall.Mean)
		}
	}
	p.ticks = ticks
	return p
}

// winnersPlot has a line for each number of neighbours.
func (s *SweptSet) winnersPlot(title string) plot {
	p := plot{title: title, mark: -1}
	var ticks ticked
	byExpand := map[int]int{}
	for _, w := range s.Winners {
		if w.Scope != drawnScope {
			continue
		}
		name := strconv.Itoa(w.K)
		if w.K == filling.k {
			name = "all that fit"
		}
		i := ticks.at(name)
		at, known := byExpand[w.Expand]
		if !known {
			at = len(p.lines)
			byExpand[w.Expand] = at
			p.lines = append(p.lines, line{name: neighbours(w.Expand)})
		}
		if w.Default {
			p.mark, p.lines[at].marked = i, true
		}
		p.lines[at].values = valued(p.lines[at].values, i, w.Budgets[len(w.Budgets)-1].Recall.Mean)
	}
	p.ticks = ticks
	return p
}

// fusionPlot has a line for each constant of the fusion.
func (s *SweptSet) fusionPlot(title string) plot {
	p := plot{title: title, mark: -1}
	var ticks ticked
	byK := map[int]int{}
	for _, f := range s.Fusion {
		i := ticks.at(strconv.FormatFloat(f.Weight, 'g', -1, 64))
		at, known := byK[f.K]
		if !known {
			at = len(p.lines)
			byK[f.K] = at
			p.lines = append(p.lines, line{name: fmt.Sprintf("fusion k %d", f.K)})
		}
		if f.Default {
			p.mark, p.lines[at].marked = i, true
		}
		p.lines[at].values = valued(p.lines[at].values, i, f.Ranks[len(f.Ranks)-1].Mean)
	}
	p.ticks = ticks
	return p
}

func neighbours(expand int) string {
	if expand == 0 {
		return "no neighbours"
	}
	return fmt.Sprintf("%d on either side", expand)
}

// thousands writes 3000 as 3,000.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
