package answers

import (
	"fmt"
	"math"
	"strings"
)

// A chart is one drawing for the page, whose style names the classes. Its parts are printed by the page's template, which
// escapes what it shows. Two runs are told apart by pattern and shape, not by colour alone.
type chart struct {
	Title, About  string // About: what it shows, for those who cannot see it
	Width, Height string // of the drawing, in its own units
	Lines         []lineShape
	Paths         []pathShape
	Dots          []dotShape
	Texts         []textShape
	Legend        []legendEntry
	Note          string
}

type (
	lineShape   struct{ Class, X1, Y1, X2, Y2 string }
	pathShape   struct{ Class, D string }
	dotShape    struct{ Class, X, Y, R string }
	textShape   struct{ Class, X, Y, Anchor, Text string }
	legendEntry struct{ Class, Text string }
)

// Measures, in units of which a narrow phone shows about 360 side by side.
const (
	chartWidth = 360.0
	chartLeft  = 112.0 // for the strata's names
	chartRight = 76.0  // for the values
	rowHeight  = 22.0
	axisRoom   = 24.0
	chartTop   = 10.0
	chartRows  = 40
	nameChars  = 17
)

func px(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return fmt.Sprintf("%.1f", v)
}

func (c *chart) line(class string, x1, y1, x2, y2 float64) {
	c.Lines = append(c.Lines, lineShape{class, px(x1), px(y1), px(x2), px(y2)})
}

func (c *chart) dot(class string, x, y, r float64) {
	c.Dots = append(c.Dots, dotShape{class, px(x), px(y), px(r)})
}

func (c *chart) text(class string, x, y float64, anchor, s string) {
	c.Texts = append(c.Texts, textShape{class, px(x), px(y), anchor, s})
}

// barred is what a chart shows of a tally: a bar from low to high. Unknown: there is none.
type barred struct {
	low, high float64
	text      string
	unknown   bool
}

// suiteCharts are the latency and what the answers cost. was may be nil.
func suiteCharts(s Suite, was *Suite) []*chart {
	before := map[string]Tally{}
	if was != nil {
		for _, t := range was.Tallies {
			before[t.Name] = t
		}
	}
	mark := ""
	if s.Simulated || was != nil && was.Simulated {
		mark = " (simulated)"
	}
	latency := &chart{
		Title: "Latency by stratum" + mark, About: "Milliseconds of an asking, from the median to the 95th percentile.",
		Note: "Milliseconds, each line ten times the one before; from the median to the 95th percentile.",
	}
	latency.bars(s.Tallies, before, decades, func(t Tally) barred {
		return barred{low: t.P50, high: t.P95, text: duration(t.P50) + " – " + duration(t.P95)}
	})
	out := []*chart{latency}
	all, old := s.all(), before["all"]
	if all.Calls == 0 && old.Calls == 0 {
		return out // no model was called: nothing was paid
	}
	cost := &chart{
		Title: "Cost per hard pass by stratum" + mark, About: "Dollars paid for each asking that passed hard.",
		Note: "Dollars; without a bar the price is not known, or nothing passed.",
	}
	value := func(t Tally) barred {
		if t.PerHard == nil {
			return barred{text: unknown, unknown: true}
		}
		return barred{high: *t.PerHard / 1e6, text: dollars(t.PerHard)}
	}
	if all.MicroUSD == nil && old.MicroUSD == nil {
		cost = &chart{
			Title: "Tokens per task by stratum" + mark, About: "Tokens of all askings of a task, prompt and completion together.",
			Note: "The price of this model is not known, so these are tokens: of all askings of a task, prompt and completion together.",
		}
		value = func(t Tally) barred {
			n := float64(t.Tokens) / float64(max(t.Tasks, 1))
			return barred{high: n, text: grouped(int(n))}
		}
	}
	cost.bars(s.Tallies, before, func(_, most float64) axis { return linear(most) }, value)
	return append(out, cost)
}

// bars draws a bar for each tally, and above it a line with a ring at its end for the earlier run.
func (c *chart) bars(all []Tally, before map[string]Tally, scale func(least, most float64) axis, value func(Tally) barred) {
	all = all[:min(len(all), chartRows)]
	least, most := math.Inf(1), 0.0
	for _, t := range all {
		shown := []barred{value(t)}
		if old, ok := before[t.Name]; ok {
			shown = append(shown, value(old))
		}
		for _, b := range shown {
			if !b.unknown {
				least, most = math.Min(least, b.low), math.Max(most, b.high)
			}
		}
	}
	if math.IsInf(least, 0) {
		least = 0
	}
	x := scale(least, most)
	bottom := chartTop + float64(len(all))*rowHeight
	along := func(v float64) float64 {
		return chartLeft + (chartWidth-chartLeft-chartRight)*math.Max(0, math.Min(1, x.at(v)))
	}
	c.Width, c.Height = px(chartWidth), px(bottom+axisRoom)
	for i, v := range x.ticks {
		c.line("grid", along(v), chartTop, along(v), bottom)
		if i%2 == 0 || len(x.ticks) < 5 {
			c.text("soft", along(v), bottom+15, "middle", x.label(i))
		}
	}
	for i, t := range all {
		y := chartTop + (float64(i)+0.5)*rowHeight
		c.text("name", chartLeft-6, y+4, "end", clip(t.Name, nameChars, "…"))
		if old, ok := before[t.Name]; ok && !value(old).unknown {
			b := value(old)
			c.line("was", along(b.low), y-6, along(b.high), y-6)
			c.dot("was", along(b.high), y-6, 2.5)
		}
		b := value(t)
		if !b.unknown {
			c.line("is", along(b.low), y+1, math.Max(along(b.high), along(b.low)+3), y+1)
		}
		c.text("value", chartWidth-2, y+4, "end", b.text)
	}
	c.Legend = runs(len(before) > 0)
}

// runs is the legend of two runs; empty if there is only one.
func runs(two bool) []legendEntry {
	if !two {
		return nil
	}
	return []legendEntry{{"is", "this run"}, {"was", "the earlier run"}}
}

// Measures of the risk-coverage curve.
const (
	riskLeft, riskHeight = 44.0, 190.0
	riskStyles           = 4
	riskCurves           = 8
	riskPoints           = 1000
)

// riskChart draws the curves of both runs; nil: there are none.
func riskChart(r, earlier *Report) *chart {
	type drawn struct {
		name   string
		was    bool
		points []RiskPoint
	}
	var all []drawn
	add := func(from *Report, was bool, suffix string) {
		for _, curve := range from.Risk {
			if len(curve.Points) > 0 && len(all) < riskCurves {
				name := curve.Suite + suffix
				if s := from.suite(curve.Suite); s != nil && s.Simulated {
					name += " (simulated: no language model)"
				}
				all = append(all, drawn{name, was, curve.Points[:min(len(curve.Points), riskPoints)]})
			}
		}
	}
	add(r, false, "")
	if earlier != nil {
		add(earlier, true, ", the earlier run")
	}
	if len(all) == 0 {
		return nil
	}
	most := 0.0
	for _, d := range all {
		for _, p := range d.points {
			most = math.Max(most, math.Min(1, p.Risk))
		}
	}
	x, y := linear(1), linear(most)
	c := &chart{
		Title: "Risk against coverage", About: "The share of wrong answers among those given, by the share of tasks that are answered.",
		Note: "Across: the share of tasks that are answered. Up: the share of those that are wrong. The ring is the threshold in force.",
	}
	right, bottom := chartWidth-14, chartTop+riskHeight
	along := func(v float64) float64 { return riskLeft + (right-riskLeft)*math.Max(0, math.Min(1, x.at(v))) }
	up := func(v float64) float64 { return bottom - riskHeight*math.Max(0, math.Min(1, y.at(v))) }
	c.Width, c.Height = px(chartWidth), px(bottom+axisRoom)
	for i, v := range y.ticks {
		c.line("grid", riskLeft, up(v), right, up(v))
		c.text("soft", riskLeft-6, up(v)+4, "end", y.label(i))
	}
	for i, v := range x.ticks {
		c.line("grid", along(v), chartTop, along(v), bottom)
		c.text("soft", along(v), bottom+15, "middle", x.label(i))
	}
	for i, d := range all {
		class := fmt.Sprintf("curve s%d", i%riskStyles)
		if d.was {
			class += " earlier"
		}
		var path strings.Builder
		for k, p := range d.points {
			command := "L"
			if k == 0 {
				command = "M"
			}
			fmt.Fprintf(&path, "%s%s %s", command, px(along(p.Coverage)), px(up(p.Risk)))
			if p.Threshold {
				c.dot("ring", along(p.Coverage), up(p.Risk), 5)
			}
		}
		c.Paths = append(c.Paths, pathShape{class, path.String()})
		c.Legend = append(c.Legend, legendEntry{class, d.name})
	}
	return c
}
