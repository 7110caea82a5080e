package answers

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The JUnit form, as the testmoapp/junitxml description and the readers of GitLab, Jenkins and GitHub's actions have it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Time       string          `xml:"time,attr"` // seconds
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"` // suite.stratum
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Error   *junitFailure `xml:"error"`
		// Out says what JUnit has no word for: a soft pass, and repeats that were not graded the same.
		Out string `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Type    string `xml:"type,attr"` // the first check that failed
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML: a test suite for each suite, a test case for each task. A soft pass passes, and
// says so in its output.
func (r *Report) WriteJUnit(w io.Writer) error {
	out := junitSuites{Name: "lectern eval answers"}
	for _, s := range r.Suites {
		js := r.junit(s)
		out.Tests, out.Failures, out.Errors = out.Tests+js.Tests, out.Failures+js.Failures, out.Errors+js.Errors
		out.Suites = append(out.Suites, js)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *Report) junit(s Suite) junitSuite {
	name := plain(s.Name, cellText)
	js := junitSuite{Name: name, Tests: len(s.Results), Properties: []junitProperty{{"prompt", plain(s.Prompt, cellText)}, {"model", known(s.Model)}}}
	if banner := s.Banner(); banner != "" {
		js.Name += " (simulated)"
		js.Properties = append(js.Properties, junitProperty{"simulated", banner})
	}
	js.Properties = append(js.Properties, junitProperty{"verdict", r.Verdict()})
	for _, f := range r.Made.facts() {
		if f.Name == "date" {
			js.Timestamp = r.Made.Date.UTC().Format("2006-01-02T15:04:05")
		} else if f.Name != "prompt" {
			js.Properties = append(js.Properties, junitProperty{f.Name, plain(f.Value, cellText)})
		}
	}
	total := 0.0
	for _, res := range s.Results {
		c, ms := junitOf(js.Name, res)
		total += ms
		switch {
		case c.Error != nil:
			js.Errors++
		case c.Failure != nil:
			js.Failures++
		}
		js.Cases = append(js.Cases, c)
	}
	js.Time = seconds(total)
	return js
}

// junitOf is a task as a test case, and how long all its repeats took.
func junitOf(suite string, res Result) (c junitCase, ms float64) {
	var lines []string
	var first Failure
	for k, a := range res.Asked {
		ms += a.MS
		for _, f := range a.Failures {
			if first.Check == "" && a.Grade == res.Grade {
				first = f
			}
			lines = append(lines, fmt.Sprintf("asked %d: %s: %s", k+1, plain(string(f.Check), cellText), plain(f.Detail, reasonText)))
		}
	}
	lines = slices.Compact(lines)
	c = junitCase{Class: suite + "." + plain(res.Stratum, cellText), Name: plain(res.ID, cellText), Time: seconds(ms)}
	failure := &junitFailure{Type: plain(string(first.Check), cellText), Message: plain(first.Detail, reasonText), Text: strings.Join(lines, "\n")}
	switch res.Grade {
	case Hard, Soft:
		if res.Grade == Soft || res.Flaky {
			c.Out = strings.Join(append([]string{"grade: " + string(res.Grade) + flakyWord(res.Flaky)}, lines...), "\n")
		}
	case Error:
		c.Error = failure
	default:
		c.Failure = failure
		if res.Flaky {
			c.Out = "grade: fail, flaky"
		}
	}
	return c, ms
}

func flakyWord(flaky bool) string {
	if flaky {
		return ", flaky"
	}
	return ""
}

func seconds(ms float64) string {
	return fmt.Sprintf("%.3f", ms/1000)
}
