package answers

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readSuites is JUnit's XML as a reader of it declares it, apart from our own declaration.
type readSuites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []struct {
		Name     string  `xml:"name,attr"`
		Tests    int     `xml:"tests,attr"`
		Failures int     `xml:"failures,attr"`
		Errors   int     `xml:"errors,attr"`
		Time     float64 `xml:"time,attr"`
		Props    []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"properties>property"`
		Cases []struct {
			Class   string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			Time    float64 `xml:"time,attr"`
			Failure *struct {
				Type    string `xml:"type,attr"`
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Error *struct {
				Message string `xml:"message,attr"`
			} `xml:"error"`
			Out string `xml:"system-out"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := sample().WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got readSuites
	if err := xml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 5 || got.Failures != 1 || got.Errors != 1 || len(got.Suites) != 2 {
		t.Fatalf("%d tests, %d failures, %d errors in %d suites", got.Tests, got.Failures, got.Errors, len(got.Suites))
	}
	live, floor := got.Suites[0], got.Suites[1]
	if live.Name != "live" || floor.Name != "extractive (simulated)" || live.Tests != 4 || live.Time != 1.025 {
		t.Errorf("%s, %s: %d tests in %v s", live.Name, floor.Name, live.Tests, live.Time)
	}
	props := map[string]string{}
	for _, p := range live.Props {
		props[p.Name] = p.Value
	}
	if props["prompt"] != "2026.11.1" || props["model"] != "tidal-1" || props["simulated"] != "" || !strings.HasPrefix(props["verdict"], "Blocked") {
		t.Error(props)
	}
	hard, soft, fail, failed := live.Cases[0], live.Cases[1], live.Cases[2], live.Cases[3]
	if hard.Class != "live.direct" || hard.Name != "direct-01" || hard.Failure != nil || hard.Error != nil || hard.Out != "" || hard.Time != 0.25 {
		t.Errorf("hard: %+v", hard)
	}
	if soft.Failure != nil || soft.Error != nil || !strings.HasPrefix(soft.Out, "grade: soft, flaky\nasked 1: must: ") {
		t.Errorf("soft: %+v", soft)
	}
	if fail.Failure == nil || fail.Failure.Type != "outcome" || fail.Failure.Message != "answered, want not_in_lecture" || !strings.Contains(fail.Failure.Text, "asked 2: supported: sentence 1: number_unsupported") {
		t.Errorf("fail: %+v", fail.Failure)
	}
	if failed.Error == nil || failed.Error.Message != "connection refused" || failed.Failure != nil {
		t.Errorf("error: %+v", failed)
	}
}

// TestJUnitHostile: no text changes which elements there are.
func TestJUnitHostile(t *testing.T) {
	elements := func(r *Report) (names []string) {
		var b bytes.Buffer
		if err := r.WriteJUnit(&b); err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(&b); ; {
			token, err := d.Token()
			if token == nil {
				return names
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := token.(xml.StartElement); ok {
				names = append(names, e.Name.Local)
			}
		}
	}
	want := elements(saying("x"))
	if !slices.Contains(want, "testcase") {
		t.Fatal(want)
	}
	for _, s := range append(payloads(), "]]></failure><testcase/>", "\x00\x01\xff\ufffe", "&lt;&amp;") {
		if diff := cmp.Diff(want, elements(saying(s))); diff != "" {
			t.Errorf("%q:\n%s", s, diff)
		}
	}
}
