package eval

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/ingest"
)

// TestAskGolden: the report agrees with the golden ranks, which are counted another way, and both ask the whole course.
func TestAskGolden(t *testing.T) {
	g, err := ReadGolden("testdata/golden/networks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files, _, err := ingest.Discover("../courses/networks")
	if err != nil {
		t.Fatal(err)
	}
	b := bench(t)
	b.Language = "en"
	r, err := AskGolden(t.Context(), b, g, files)
	if err != nil {
		t.Fatal(err)
	}
	if r.Questions != len(g.Questions) || r.Lectures != 9 || r.Clusters != 9 || len(r.Groups) != 1+len(GoldenTags) {
		t.Errorf("%+v", r)
	}
	ranks, err := os.ReadFile("testdata/golden/networks.ranks")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{} // totals by group, as the file writes them
	for line := range strings.Lines(string(ranks)) {
		if f := strings.Fields(line); len(f) == 15 || len(f) == 14 {
			want[f[0]] = strings.Join(f[1:], " ")
		}
	}
	for _, group := range r.Groups {
		value := func(metric string) float64 { return mean(t, group.Metrics, metric) }
		hit := func(metric string) string {
			return fmt.Sprintf("%.2f %.0f", value(metric), math.Round(value(metric)*float64(group.Questions)))
		}
		got := fmt.Sprintf("%d %s %s %s %.3f %s %s %s", group.Questions, hit("hit@1"), hit("hit@3"), hit("hit@8"), value("MRR@8"),
			hit("hit@1 ±5 s"), hit("hit@3 ±5 s"), hit("hit@8 ±5 s"))
		if diff := cmp.Diff(want[group.Name], got); diff != "" {
			t.Errorf("%s (-golden ranks +report):\n%s", group.Name, diff)
		}
		for _, f := range group.Metrics {
			if f.Mean < 0 || f.Mean > 1 || f.Low > f.Mean || f.High < f.Mean {
				t.Errorf("%s: %s is %v", group.Name, f.Metric, f.Estimate)
			}
		}
	}
}

// TestAskGoldenOfAnotherCourse: questions about what is not there are an error and never a report of zeros.
func TestAskGoldenOfAnotherCourse(t *testing.T) {
	files, _, err := ingest.Discover("../courses/networks")
	if err != nil {
		t.Fatal(err)
	}
	span := GoldenSpan{Lecture: files[0].Lecture, StartMS: 1, EndMS: 2, Quote: "nobody says this", Line: 7}
	for _, tt := range []struct {
		lecture string
		span    GoldenSpan
		want    string
	}{
		{"tides", span, ErrNoMatch.Error()},
		{files[0].Lecture, span, "zoo.yaml:7: quote: lecture " + files[0].Lecture + " does not say it"},
		{files[0].Lecture, GoldenSpan{Lecture: "tides", Line: 8}, `zoo.yaml:8: lecture: there is no lecture "tides" in the course`},
		{files[0].Lecture, GoldenSpan{Lecture: files[0].Lecture, StartMS: 1 << 40, EndMS: 1 << 41, Quote: "the", Line: 9}, "zoo.yaml:9: start: lecture " + files[0].Lecture + " says nothing"},
	} {
		g := &Golden{Course: "zoo", path: "zoo.yaml", Questions: []GoldenQuestion{{ID: "q", Lecture: tt.lecture, Text: "why", Spans: []GoldenSpan{tt.span}}}}
		_, err := AskGolden(t.Context(), bench(t), g, files[:1])
		var file *FileError
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || !errors.Is(err, ErrNoMatch) && !errors.As(err, &file) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}
