package eval

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wellFormed reads an SVG to its end and returns the texts that it shows.
func wellFormed(t interface {
	Helper()
	Fatalf(string, ...any)
}, svg string) []string {
	t.Helper()
	var texts []string
	in, open := "", 0
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local
			open++
			for _, a := range token.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Fatalf("%s of %s is %q", a.Name.Local, in, a.Value)
				}
			}
		case xml.EndElement:
			in = ""
			open--
		case xml.CharData:
			if in == "text" {
				texts = append(texts, string(token))
			}
		}
	}
	if open != 0 {
		t.Fatalf("%d elements are open", open)
	}
	return texts
}

// TestChart: whatever names and values come, the picture is well-formed, the same each time, and shows every name.
func TestChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("<>&\"'\x00\x01]]>\uFFFE"))))
		value := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Just(math.NaN()))
		g := &page{title: name.Draw(t, "title"), about: name.Draw(t, "about"), notes: rapid.SliceOfN(name, 0, 3).Draw(t, "notes")}
		for range rapid.IntRange(0, 3).Draw(t, "rows") {
			r := row{title: name.Draw(t, "row"), x: name.Draw(t, "x"), y: name.Draw(t, "y")}
			for range rapid.IntRange(0, 2).Draw(t, "plots") {
				p := plot{title: name.Draw(t, "plot"), ticks: rapid.SliceOfN(name, 0, 6).Draw(t, "ticks"), mark: rapid.IntRange(-1, 6).Draw(t, "mark")}
				for range rapid.IntRange(0, 7).Draw(t, "lines") {
					values := rapid.SliceOfN(value, 0, len(p.ticks)).Draw(t, "values")
					p.lines = append(p.lines, line{name.Draw(t, "line"), values, rapid.Bool().Draw(t, "marked")})
				}
				r.plots = append(r.plots, p)
			}
			g.rows = append(g.rows, r)
		}
		var first, second strings.Builder
		if err := errors.Join(g.draw(&first), g.draw(&second)); err != nil {
			t.Fatalf("%v", err)
		}
		if first.String() != second.String() {
			t.Fatalf("drawn twice, it differs")
		}
		wellFormed(t, first.String())
	})
}

// TestChartSays: axes, units, the lines' names and the default are there as words, and names keep apart.
func TestChartSays(t *testing.T) {
	g := &page{title: "A title", rows: []row{{title: "A row", x: "size, tokens", y: "recall", plots: []plot{{
		title: "a set", ticks: []string{"64", "128"}, mark: 1,
		lines: []line{{"low & slow", []float64{0.8, 0.9}, true}, {"the same", []float64{0.81, 0.9}, false}, {"short", []float64{0.85, math.NaN()}, false}},
	}}}}}
	var out strings.Builder
	if err := g.draw(&out); err != nil {
		t.Fatal(err)
	}
	texts := strings.Join(wellFormed(t, out.String()), "|")
	for _, want := range []string{"A title", "A row", "size, tokens", "recall", "a set", "64", "128", "default", "low & slow", "the same", "short", "0.80", "0.90"} {
		if !strings.Contains("|"+texts+"|", "|"+want+"|") {
			t.Errorf("%q is not in %s", want, texts)
		}
	}
	if n := strings.Count(out.String(), `class="ring"`); n != 1 {
		t.Errorf("%d rings, want 1", n)
	}
	var at []float64
	for _, name := range []string{"low &amp; slow", "the same", "short"} {
		before, _, _ := strings.Cut(out.String(), ">"+name+"<")
		before = before[strings.LastIndex(before, ` y="`)+4:]
		number, _, _ := strings.Cut(before, `"`)
		y, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, y)
	}
	for i, a := range at {
		for _, b := range at[:i] {
			if math.Abs(a-b) < labelGap-0.11 { // positions are written in tenths
				t.Errorf("names at %v", at)
			}
		}
	}
}

func TestScale(t *testing.T) {
	for _, tt := range []struct {
		values          []float64
		low, high, step float64
	}{
		{nil, 0, 1, 0.2},
		{[]float64{math.NaN()}, 0, 1, 0.2},
		{[]float64{0, 1}, 0, 1, 0.2},
		{[]float64{0.42, 0.81}, 0.4, 0.9, 0.1},
		{[]float64{0.5, 0.5}, 0.48, 0.5, 0.01},
		{[]float64{0, 0}, 0, 0.02, 0.01},
		{[]float64{0.84, 0.985}, 0.8, 1, 0.05},
	} {
		low, high, step := scale([]line{{values: tt.values}})
		if math.Abs(low-tt.low)+math.Abs(high-tt.high)+math.Abs(step-tt.step) > 1e-9 {
			t.Errorf("%v: from %v to %v by %v", tt.values, low, high, step)
		}
	}
}
