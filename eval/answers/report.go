package answers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Report is a run, what it was made with, and what was decided. The same report gives the same bytes in every form.
type Report struct {
	Made     Made               `json:"made"`
	Decision Decision           `json:"decision"`
	Suites   []Suite            `json:"suites"` // in the order in which they are shown
	Figures  map[string]float64 `json:"figures"`
	// Kills are the tutors that were broken on purpose. None: they were not asked.
	Kills []Kill      `json:"kills"`
	Risk  []RiskCurve `json:"risk,omitempty"`
}

// Made is what a report was made with. What is empty is not shown.
type Made struct {
	Lectern  string    `json:"lectern"` // version
	Date     time.Time `json:"date"`    // shown in UTC
	Set      string    `json:"set"`     // hash of the tasks
	Course   string    `json:"course"`
	Splitter string    `json:"splitter"`
	Embedder string    `json:"embedder"` // its space
	Guard    string    `json:"guard"`    // version
	Prompt   string    `json:"prompt"`   // id of the version
}

// A RiskCurve is risk against coverage of one suite: how often it is wrong, of what it answers, if it answers so many.
type RiskCurve struct {
	Suite  string      `json:"suite"`
	Points []RiskPoint `json:"points"` // by coverage, ascending
}

// A RiskPoint is one threshold.
type RiskPoint struct {
	Coverage  float64 `json:"coverage"`            // share of all tasks that are answered, 0 to 1
	Risk      float64 `json:"risk"`                // share of those that are wrong, 0 to 1
	Threshold bool    `json:"threshold,omitempty"` // the one in force
}

const (
	simulatedBanner = "scripted/extractive: no language model wrote these answers; says nothing about a real model"
	notMeasured     = "A real model was not measured here; lectern eval answers --live URL measures one."
)

// Banner is what must stand wherever figures of the suite do; "" if a real model wrote its answers.
func (s Suite) Banner() string {
	if s.Simulated {
		return simulatedBanner
	}
	return ""
}

// all is the tally of all tasks; empty if there is none.
func (s Suite) all() Tally {
	if len(s.Tallies) == 0 {
		return Tally{Name: "all"}
	}
	return s.Tallies[0]
}

// suite finds a suite by its name; nil: there is none. r may be nil.
func (r *Report) suite(name string) *Suite {
	if r == nil {
		return nil
	}
	if i := slices.IndexFunc(r.Suites, func(s Suite) bool { return s.Name == name }); i >= 0 {
		return &r.Suites[i]
	}
	return nil
}

// NotMeasured says that no real model was asked, and what would; "" if one was.
func (r *Report) NotMeasured() string {
	if slices.ContainsFunc(r.Suites, func(s Suite) bool { return !s.Simulated }) {
		return ""
	}
	return notMeasured
}

// Verdict is the decision in a few words.
func (r *Report) Verdict() string {
	switch blocked, warned := len(r.Decision.Blocked), len(r.Decision.Warnings); {
	case blocked > 0:
		return "Blocked: " + counted(blocked, "reason")
	case warned > 0:
		return "May be merged, with " + counted(warned, "warning")
	}
	return "May be merged"
}

// KillRate counts the broken tutors that were caught, and names the others.
func (r *Report) KillRate() (caught int, missed []string) {
	for _, k := range r.Kills {
		if k.Caught {
			caught++
		} else {
			missed = append(missed, k.Tutor)
		}
	}
	return caught, missed
}

// seenBy says what a broken tutor was caught by: the checks that failed most often, or the reason to block where none did.
func (k Kill) seenBy() string {
	checks := slices.SortedFunc(maps.Keys(k.By), func(a, b Check) int {
		return cmp.Or(cmp.Compare(k.By[b], k.By[a]), cmp.Compare(a, b))
	})
	var out []string
	for _, c := range checks[:min(len(checks), 3)] {
		out = append(out, fmt.Sprintf("%s %d", c, k.By[c]))
	}
	if len(out) == 0 {
		return k.Why
	}
	return strings.Join(out, ", ")
}

// killed is the kill rate as a sentence.
func (r *Report) killed() string {
	if len(r.Kills) == 0 {
		return "Broken tutors: none were asked."
	}
	caught, missed := r.KillRate()
	return fmt.Sprintf("Broken tutors caught: %d of %d (%.0f %%); %d missed.", caught, len(r.Kills), 100*float64(caught)/float64(len(r.Kills)), len(missed))
}

// A fact is a name with a value.
type fact struct{ Name, Value string }

// facts are what the report was made with, without what is not known.
func (m Made) facts() []fact {
	date := ""
	if !m.Date.IsZero() {
		date = m.Date.UTC().Format("2006-01-02 15:04 UTC")
	}
	return slices.DeleteFunc([]fact{
		{"lectern", m.Lectern}, {"date", date}, {"course", m.Course}, {"set", short(m.Set)}, {"splitter", m.Splitter},
		{"embedder", m.Embedder}, {"guard", m.Guard}, {"prompt", m.Prompt},
	}, func(f fact) bool { return f.Value == "" })
}

// short is as much of a hash as tells it from others.
func short(hash string) string { return clip(hash, 12, "") }

// reportFormat is the version of the JSON.
const reportFormat = 1

// bare is a Report without its methods.
type bare Report

// reportFile is the JSON of a Report.
type reportFile struct {
	Format int `json:"format"`
	// Banners by suite, for whoever reads nothing but the file.
	Banners map[string]string `json:"banners"`
	NoModel string            `json:"not_measured,omitempty"`
	Verdict string            `json:"verdict"`
	*bare
}

// MarshalJSON writes the report with its banners. The error says which figure is no number.
func (r Report) MarshalJSON() ([]byte, error) {
	for _, name := range sortedKeys(r.Figures) {
		if v := r.Figures[name]; math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("figure %q: %v is no number; leave out what could not be measured", name, v)
		}
	}
	out := reportFile{Format: reportFormat, Banners: map[string]string{}, NoModel: r.NotMeasured(), Verdict: r.Verdict(), bare: (*bare)(&r)}
	for _, s := range r.Suites {
		if b := s.Banner(); b != "" {
			out.Banners[s.Name] = b
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Report) UnmarshalJSON(b []byte) error {
	in := reportFile{bare: &bare{}}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	if in.Format != reportFormat {
		return fmt.Errorf("format: %d, want %d", in.Format, reportFormat)
	}
	*r = Report(*in.bare)
	return nil
}

// maxReport bounds a report that is read, in bytes.
const maxReport = 64 << 20

// ReadReport reads an earlier run's answers.json. The error names the file, and the line if it is no JSON.
func ReadReport(path string) (*Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, maxReport+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxReport {
		return nil, fmt.Errorf("%s: larger than %d MiB", path, maxReport>>20)
	}
	r := &Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s:%d: no report of answers: %w", path, lineOf(b, err), err)
	}
	return r, nil
}

// lineOf is the line at which reading JSON failed, from 1.
func lineOf(b []byte, err error) int {
	at := 0
	switch err := err.(type) { //nolint:errorlint // encoding/json returns them as they are
	case *json.SyntaxError:
		at = int(err.Offset)
	case *json.UnmarshalTypeError:
		at = int(err.Offset)
	}
	return 1 + bytes.Count(b[:min(max(at-1, 0), len(b))], []byte("\n"))
}

// counted is "1 reason", "2 reasons".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// clip keeps the first max characters of s, with more behind them if there were others.
func clip(s string, most int, more string) string {
	for i := range s {
		if most--; most < 0 {
			return s[:i] + more
		}
	}
	return s
}

// plain is text as one line that no terminal and no parser takes for a command: control characters become spaces, what
// changes the direction of writing or is not seen goes, and what is not UTF-8 is replaced.
func plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(clip(s, 4*most, ""), string(utf8.RuneError)))
	return clip(strings.Join(strings.Fields(s), " "), most, "…")
}
