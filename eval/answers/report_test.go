package answers

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/answer"
	"pgregory.net/rapid"
)

var updateReports = flag.Bool("update-reports", false, "write the golden reports of testdata anew; read the diff before committing it")

func ptr[T any](v T) *T { return &v }

// cited is a sentence with one quote.
func cited(text, quote string, start, end int64) answer.Sentence {
	return answer.Sentence{Text: text, Citations: []answer.Citation{{
		Course: "tides", Lecture: "01-moon", Title: "The moon", Version: 3, ChunkID: "ck_a", Quote: quote, StartMS: &start, EndMS: &end,
	}}}
}

// sample is a blocked run of three tutors over five tasks, each asked twice.
func sample() *Report {
	const moon = "The moon pulls the water on its side of the earth."
	good := func(ms float64, s ...answer.Sentence) Asked {
		return Asked{Verdict: Verdict{Grade: Hard}, Outcome: answer.Answered, Mode: answer.ModeModel, Sentences: s, Found: true, Model: "tidal-1", Calls: 1, Tokens: 900, MicroUSD: ptr(int64(450)), MS: ms}
	}
	bad := func(g Grade, ms float64, failures ...Failure) Asked {
		a := good(ms, cited("It happens 7 times a day.", moon, 61_000, 65_500))
		a.Verdict, a.Codes = Verdict{g, failures}, []string{"number_unsupported"}
		return a
	}
	results := []Result{
		{ID: "direct-01", Stratum: "direct", Lecture: "01-moon", Question: "why is there a tide?", Grade: Hard, Asked: []Asked{
			good(120, cited("So "+moon, moon, 61_000, 65_500)), good(130, cited("So "+moon, moon, 61_000, 65_500)),
		}},
		{ID: "direct-02", Stratum: "direct", Question: "how often | when?", Before: []string{"what is a tide?"}, Grade: Soft, Flaky: true, Asked: []Asked{
			bad(Soft, 300, Failure{CheckMust, `the answer does not say "twice"`}), good(280, cited(moon, moon, 3_599_000, 3_661_000)),
		}},
		{ID: "near-01", Stratum: "near-miss", Question: "how often on Mars?", Grade: Fail, Asked: []Asked{
			bad(Fail, 90, Failure{CheckOutcome, "answered, want not_in_lecture"}, Failure{CheckSupported, "sentence 1: number_unsupported"}),
			bad(Fail, 95, Failure{CheckOutcome, "answered, want not_in_lecture"}, Failure{CheckSupported, "sentence 1: number_unsupported"}),
		}},
		{ID: "near-02", Stratum: "near-miss", Question: "is @octocat right about #7?", Grade: Error, Asked: []Asked{
			{Verdict: Verdict{Grade: Error, Failures: []Failure{{"error", "connection refused"}}}, MS: 5},
			{Verdict: Verdict{Grade: Error, Failures: []Failure{{"error", "connection refused"}}}, MS: 5},
		}},
	}
	plainly := Result{ID: "direct-01", Stratum: "direct", Question: "why is there a tide?", Grade: Hard, Asked: []Asked{{
		Verdict: Verdict{Grade: Hard}, Outcome: answer.Answered, Mode: answer.ModeExtractive, Sentences: []answer.Sentence{cited(moon, moon, 61_000, 65_500)}, MS: 4,
	}}}
	suites := []Suite{
		{Name: "live", Prompt: "2026.11.1", Model: "tidal-1", Results: results},
		{Name: "extractive", Simulated: true, Prompt: "2026.11.1", Results: []Result{plainly}},
	}
	for i := range suites {
		suites[i].Tallies = TallyOf(suites[i].Results)
	}
	figures := map[string]float64{"retrieval hit@8": 0.9312, "kappa": 0.81}
	base := &Baseline{
		Suites:  map[string]map[string]Grade{"live": {"direct-01": Hard, "direct-02": Hard, "near-01": Soft, "near-02": Hard}},
		Figures: map[string]float64{"retrieval hit@8": 0.97},
	}
	return &Report{
		Made: Made{
			Lectern: "v1.2.3", Date: time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC), Set: strings.Repeat("0123456789abcdef", 4), Course: "tides",
			Splitter: "s2", Embedder: "offline-256", Guard: "7", Prompt: "2026.11.1",
		},
		Decision: Decide(base, suites, figures, Rules{}), Suites: suites, Figures: figures,
		Kills: []Kill{
			{Tutor: "drops citations", Caught: true, Why: "live: 3 answers failed a check of proof", By: map[Check]int{CheckCited: 3, CheckSpan: 3, CheckPoints: 1, CheckMust: 1}, Lost: 3},
			{Tutor: "empties the overlap", Caught: true, Why: "gold spans whole in one chunk fell"},
			{Tutor: "reverses the ranking", Lost: 0},
		},
		Risk: []RiskCurve{{Suite: "live", Points: []RiskPoint{{0.25, 0.02, false}, {0.5, 0.05, true}, {1, 0.3, false}}}},
	}
}

// earlierSample is the run before: one task was better, one was not asked.
func earlierSample() *Report {
	r := sample()
	r.Made.Lectern, r.Made.Set = "v1.2.2", "ffff"
	live := &r.Suites[0]
	live.Results[2].Grade = Hard
	live.Results[0].ID = "direct-00"
	live.Tallies = TallyOf(live.Results)
	r.Decision = Decision{}
	return r
}

// forms renders every form but the terminal's and JSON.
func forms(t testing.TB, r, earlier *Report) map[string]string {
	t.Helper()
	var junit, md, html, js bytes.Buffer
	for name, err := range map[string]error{
		"JUnit": r.WriteJUnit(&junit), "Markdown": r.WriteMarkdown(&md), "HTML": r.WriteHTML(&html, earlier), "JSON": r.WriteJSON(&js),
	} {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return map[string]string{"junit": junit.String(), "md": md.String(), "html": html.String(), "json": js.String(), "txt": r.Text()}
}

func TestReportGolden(t *testing.T) {
	all := forms(t, sample(), nil)
	for _, ext := range []string{"txt", "md"} {
		path := filepath.Join("testdata", "report."+ext)
		if *updateReports {
			if err := os.WriteFile(path, []byte(all[ext]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), all[ext]); diff != "" {
			t.Errorf("%s (go test ./eval/answers -run ReportGolden -update-reports):\n%s", path, diff)
		}
	}
}

// TestReportForms: the same report gives the same bytes, also after it was written and read; every form names the verdict,
// marks what is simulated and only that, and drops no grade.
func TestReportForms(t *testing.T) {
	r := sample()
	first := forms(t, r, earlierSample())
	path := filepath.Join(t.TempDir(), ReportJSON)
	if err := os.WriteFile(path, []byte(first["json"]), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := ReadReport(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, read, cmpopts.IgnoreUnexported(answer.Citation{})); diff != "" {
		t.Errorf("written and read:\n%s", diff)
	}
	if diff := cmp.Diff(first, forms(t, read, earlierSample())); diff != "" {
		t.Errorf("another time:\n%s", diff)
	}
	live := sample()
	live.Suites = live.Suites[:1]
	for name, text := range forms(t, live, nil) {
		if strings.Contains(text, simulatedBanner) || strings.Contains(text, notMeasured) {
			t.Errorf("%s calls a real model simulated", name)
		}
		if !strings.Contains(first[name], simulatedBanner) {
			t.Errorf("%s does not say what is simulated", name)
		}
		for _, want := range []string{r.Verdict(), "near-02"} {
			if !strings.Contains(first[name], want) {
				t.Errorf("%s does not hold %q", name, want)
			}
		}
	}
	none := sample()
	none.Suites = none.Suites[1:]
	for name, text := range forms(t, none, nil) {
		if name != "junit" && !strings.Contains(text, notMeasured) {
			t.Errorf("%s does not say that no real model was asked", name)
		}
	}
	for name, text := range forms(t, &Report{}, &Report{}) {
		if !strings.Contains(text, "May be merged") && name != "junit" {
			t.Errorf("%s of an empty report: %q", name, text)
		}
	}
}

func TestReadReportFaults(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct{ text, want string }{
		"cut.json":    {"{\n\"format\": 1,\n\"suites\": [", "cut.json:3: "},
		"type.json":   {"{\n\"format\": 1,\n\"suites\": 7\n}", "suites"},
		"format.json": {`{"format":2}`, "format: 2, want 1"},
		"other.json":  {`{}`, "format: 0, want 1"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadReport(path); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := ReadReport(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// TestWriteReports: all four files or none of them, and nothing else is left.
func TestWriteReports(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "er")
	if err := Write(dir, sample(), earlierSample()); err != nil {
		t.Fatal(err)
	}
	list := func() map[string]string {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			out[e.Name()] = string(b)
		}
		return out
	}
	want := forms(t, sample(), earlierSample())
	before := list()
	if diff := cmp.Diff(map[string]string{"answers.json": want["json"], "junit.xml": want["junit"], "report.md": want["md"], "report.html": want["html"]}, before); diff != "" {
		t.Error(diff)
	}
	broken := sample()
	broken.Suites, broken.Figures = nil, map[string]float64{"kappa": math.NaN()}
	if err := Write(dir, broken, nil); err == nil || !strings.Contains(err.Error(), `"kappa"`) {
		t.Errorf("a figure that is no number: %v", err)
	}
	if diff := cmp.Diff(before, list()); diff != "" {
		t.Errorf("a report that cannot be written changed:\n%s", diff)
	}
	if err := Write(filepath.Join(dir, ReportJSON), sample(), nil); err == nil {
		t.Error("a file is no folder")
	}
}

// filled sets every string in v, also in what fields may come, to text. Grades, outcomes and checks are strings too.
func filled(v reflect.Value, text func() string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(text())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			filled(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			filled(v.Index(i), text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i), text)
		}
	case reflect.Map: // of numbers: one is left
		if v.Len() > 0 {
			m := reflect.MakeMap(v.Type())
			m.SetMapIndex(reflect.ValueOf(text()).Convert(v.Type().Key()), reflect.ValueOf(1).Convert(v.Type().Elem()))
			v.Set(m)
		}
	}
}

// saying is the sample with one text for all.
func saying(text string) *Report {
	r := sample()
	filled(reflect.ValueOf(r), func() string { return text })
	return r
}

// TestReportTerminal: no text reaches a terminal as a command or turns the line around.
func TestReportTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\x00\x07\x1b[31m\r\n\t\u0085\u009b\u2028\u2029\u202e\u2066\u200b\ufeff")))).Draw(t, "text")
		for _, c := range saying(s).Text() {
			if c != '\n' && unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q shows %U", s, c)
			}
		}
	})
}

func TestReportCells(t *testing.T) {
	for ms, want := range map[int64]string{0: "00:00", 61_999: "01:01", 3_661_000: "61:01", -5: unknown} {
		if got := clock(&ms); got != want {
			t.Errorf("clock(%d) = %s, want %s", ms, got, want)
		}
	}
	if got := clock(nil); got != unknown {
		t.Errorf("no time is %s", got)
	}
	for micro, want := range map[float64]string{0: "$0.0000", 12.5: "$0.000013", 450: "$0.000450", 2_500_000: "$2.5000"} {
		if got := dollars(&micro); got != want {
			t.Errorf("dollars(%v) = %s, want %s", micro, got, want)
		}
	}
	if got := dollars(nil) + grouped(1_671_854); got != "–1,671,854" {
		t.Error(got)
	}
}

func TestHighlighted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOf(rapid.SampledFrom([]rune("abä ")))
		text, quotes := letters.Draw(t, "text"), rapid.SliceOfN(letters, 0, 4).Draw(t, "quotes")
		whole := ""
		for _, p := range highlighted(text, quotes) {
			if p.Text == "" {
				t.Fatal("an empty part")
			}
			whole += p.Text
		}
		if whole != text {
			t.Fatalf("the parts of %q are %q", text, whole)
		}
	})
	got := highlighted("a tide is a wave, he says", []string{"is a wave", "a wave, he"})
	want := []part{{"a tide ", false}, {"is a wave", true}, {", he", true}, {" says", false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]part{{"a wave", true}}, highlighted("a wave", []string{"a tide is a wave"})); diff != "" {
		t.Error(diff)
	}
}

// TestAxes: whatever the values, the ends are in order and what is known lies between them.
func TestAxes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e7)).Draw(t, "value")
		for name, a := range map[string]axis{"linear": linear(v), "decades": decades(v/3, v)} {
			if n := len(a.ticks); n < 2 || n > 10 {
				t.Fatalf("%s to %v has %d ticks", name, v, n)
			}
			if at := a.at(v); at > 1.0000001 || at < -0.0000001 && v > 0.1 {
				t.Fatalf("%s: %v lies at %v", name, v, at)
			}
			for i := range a.ticks {
				if l := a.label(i); strings.ContainsAny(l, "eN") {
					t.Fatalf("%s: a tick says %s", name, l)
				}
			}
		}
	})
	for _, v := range []float64{math.NaN(), math.Inf(1), -1, math.MaxFloat64, math.SmallestNonzeroFloat64} {
		if n := len(linear(v).ticks); n > 7 {
			t.Errorf("linear(%v): %d ticks", v, n)
		}
		if n := len(decades(v, v).ticks); n > 12 {
			t.Errorf("decades(%v): %d ticks", v, n)
		}
	}
	var c chart
	c.line("grid", math.NaN(), math.Inf(1), 0, 1)
	if got := fmt.Sprint(c.Lines[0]); got != "{grid 0.0 0.0 0.0 1.0}" {
		t.Error(got)
	}
}

func FuzzReadReport(f *testing.F) {
	b, err := json.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format":1,"suites":[{"name":"a","tallies":null,"results":[{"asked":[{"sentences":[{"citations":[{"start_ms":-1}]}]}]}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Report
		if json.Unmarshal(b, &r) == nil {
			forms(t, sample(), &r)
			forms(t, &r, sample())
		}
	})
}
