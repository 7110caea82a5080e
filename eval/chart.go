package eval

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// A page is plots in rows and columns, drawn as one SVG. The same page gives the same bytes. It follows the reader's light or
// dark colours. Every line carries its name at its end and has a pattern of its own, so nothing depends on colour.
type page struct {
	title string
	about string // for those who cannot see it
	rows  []row
	notes []string // below, one line each
}

// row is plots side by side that share their axes' names.
type row struct {
	title, x, y string
	plots       []plot
}

// plot is lines over the same places on the x axis, which stand at equal distances.
type plot struct {
	title string
	ticks []string // of the x axis
	mark  int      // the place of the default; −1: none
	lines []line
}

// line has a value from 0 to 1 for each place; NaN where there is none.
type line struct {
	name   string
	values []float64
	marked bool // the default is on this line
}

// Measures in pixels.
const (
	plotWidth, plotHeight = 330.0, 170.0
	leftRoom, rightRoom   = 58.0, 118.0 // for the values of the y axis, and for the names of the lines
	topRoom, bottomRoom   = 46.0, 52.0
	headRoom, noteHeight  = 44.0, 17.0
	labelGap              = 14.0
	lineStyles            = 5
)

const chartStyle = `
  .page { fill: #ffffff }
  text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
  .head { font-size: 17px; font-weight: 600 } .row { font-size: 14px; font-weight: 600 } .soft { fill: #57606a }
  .grid { stroke: #d8dee4 } .axis, .lead { stroke: #8c959f; fill: none } .mark { stroke: #57606a; stroke-dasharray: 2 3 }
  .line { fill: none; stroke-width: 2 } .dot { stroke-width: 2 } .ring { fill: none; stroke: #1f2328; stroke-width: 2 }
  .s0 { stroke: #0550ae } .s1 { stroke: #b35900; stroke-dasharray: 7 3 } .s2 { stroke: #1a7f37; stroke-dasharray: 2 3 }
  .s3 { stroke: #8250df; stroke-dasharray: 9 3 2 3 } .s4 { stroke: #57606a; stroke-dasharray: 4 4 }
  .dot { stroke-dasharray: none; fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .soft { fill: #9198a1 }
    .grid { stroke: #262c36 } .axis, .lead { stroke: #656c76 } .mark { stroke: #9198a1 } .ring { stroke: #e6edf3 }
    .s0 { stroke: #58a6ff } .s1 { stroke: #f0883e } .s2 { stroke: #3fb950 } .s3 { stroke: #bc8cff } .s4 { stroke: #9198a1 }
    .dot { fill: #0d1117 }
  }
`

// pen writes SVG and keeps the first error.
type pen struct{ *bufio.Writer }

func (p pen) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// text writes s at x, y. class and anchor are words of our own; s may be anything.
func (p pen) text(x, y float64, class, anchor, s string) {
	p.printf("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">%s</text>\n", x, y, class, anchor, escaped(s))
}

func (p pen) stroke(class string, x1, y1, x2, y2 float64) {
	p.printf("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1, y1, x2, y2)
}

// escaped is s as XML text. Characters that XML cannot hold are replaced.
func escaped(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\"", "&quot;").Replace(s)
}

// draw writes the page.
func (g *page) draw(w io.Writer) error {
	p := pen{bufio.NewWriter(w)}
	columns := 1
	for _, r := range g.rows {
		columns = max(columns, len(r.plots))
	}
	cell := leftRoom + plotWidth + rightRoom
	line := topRoom + plotHeight + bottomRoom
	width := float64(columns)*cell + 2*labelGap
	height := headRoom + float64(len(g.rows))*line + float64(len(g.notes)+1)*noteHeight
	p.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n", width, height, width, height)
	p.printf("<title>%s</title>\n<desc>%s</desc>\n<style>%s</style>\n", escaped(g.title), escaped(g.about), chartStyle)
	p.printf("<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n")
	p.text(labelGap, 28, "head", "start", g.title)
	for i, r := range g.rows {
		top := headRoom + float64(i)*line
		p.text(labelGap, top+16, "row", "start", r.title)
		for k, one := range r.plots {
			p.plot(labelGap+float64(k)*cell+leftRoom, top+topRoom, r, one)
		}
	}
	for i, note := range g.notes {
		p.text(labelGap, headRoom+float64(len(g.rows))*line+float64(i)*noteHeight, "soft", "start", note)
	}
	p.printf("</svg>\n")
	return p.Flush()
}

// plot draws one plot, whose upper left corner is x, y.
func (p pen) plot(x, y float64, r row, one plot) {
	low, high, step := scale(one.lines)
	up := func(v float64) float64 { return y + plotHeight*(high-v)/(high-low) }
	along := func(i int) float64 {
		return x + plotWidth*(float64(i)+0.5)/float64(max(len(one.ticks), 1))
	}
	for n := 0; low+float64(n)*step < high+step/2; n++ {
		v := low + float64(n)*step
		p.stroke("grid", x, up(v), x+plotWidth, up(v))
		p.text(x-7, up(v)+4, "soft", "end", fmt.Sprintf("%.2f", v))
	}
	p.printf("<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", x, y, y+plotHeight, x+plotWidth)
	for i, tick := range one.ticks {
		p.text(along(i), y+plotHeight+16, "soft", "middle", tick)
	}
	p.text(x+plotWidth/2, y+plotHeight+33, "", "middle", r.x)
	p.printf("<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n", x-43, y+plotHeight/2, escaped(r.y))
	p.text(x+plotWidth/2, y-8, "", "middle", one.title)
	if one.mark >= 0 && one.mark < len(one.ticks) {
		p.stroke("mark", along(one.mark), y, along(one.mark), y+plotHeight)
		p.text(along(one.mark)+4, y+plotHeight-5, "soft", "start", "default")
	}
	for i, l := range one.lines {
		p.line(i%lineStyles, l, one.mark, along, up)
	}
	p.names(x+plotWidth, y, one, along, up)
}

func (p pen) line(style int, l line, mark int, along func(int) float64, up func(float64) float64) {
	var path strings.Builder
	command := "M"
	for i, v := range l.values {
		if math.IsNaN(v) {
			command = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", command, along(i), up(v))
		command = "L"
	}
	p.printf("<path class=\"line s%d\" d=\"%s\"/>\n", style, path.String())
	for i, v := range l.values {
		if math.IsNaN(v) {
			continue
		}
		p.printf("<circle class=\"dot s%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", style, along(i), up(v))
		if l.marked && i == mark {
			p.printf("<circle class=\"ring\" cx=\"%.1f\" cy=\"%.1f\" r=\"7\"/>\n", along(i), up(v))
		}
	}
}

// names writes the lines' names behind their last points, apart from each other, with a lead where one had to move.
func (p pen) names(x, y float64, one plot, along func(int) float64, up func(float64) float64) {
	type label struct {
		name   string
		fx, fy float64 // where its line ends
		y      float64
	}
	var all []label
	for _, l := range one.lines {
		for i := len(l.values) - 1; i >= 0; i-- {
			if !math.IsNaN(l.values[i]) {
				all = append(all, label{l.name, along(i), up(l.values[i]), up(l.values[i])})
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b label) int { return int(math.Copysign(1, a.y-b.y)) })
	for i := 1; i < len(all); i++ {
		all[i].y = max(all[i].y, all[i-1].y+labelGap)
	}
	for i, bottom := len(all)-1, y+plotHeight; i >= 0; i-- {
		all[i].y = min(all[i].y, bottom)
		bottom = all[i].y - labelGap
	}
	for _, l := range all {
		p.stroke("lead", l.fx+6, l.fy, x+4, l.y)
		p.text(x+8, l.y+4, "", "start", l.name)
	}
}

// scale returns the ends of an axis that holds all values, and the distance of its ticks.
func scale(lines []line) (low, high, step float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, v := range l.values {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1, 0.2
	}
	step = 0.2
	for _, s := range []float64{0.01, 0.02, 0.05, 0.1} {
		if (high-low)/s <= 5 {
			step = s
			break
		}
	}
	low, high = math.Floor(low/step+1e-9)*step, math.Ceil(high/step-1e-9)*step
	if high-low < 2*step {
		low = max(0, high-2*step)
		high = low + 2*step
	}
	return low, high, step
}
