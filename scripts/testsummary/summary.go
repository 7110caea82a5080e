package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// The attributes that our tests set (testing.TB.Attr).
const (
	attrPostgres = "lectern.postgres" // ran against PostgreSQL; the value is the database
	attrSkipped  = "lectern.skipped"  // about to be skipped; the value says for want of what
	attrFigure   = "lectern.figure"   // something measured; the value is a line to print, and a test may have many
	thirdParty   = "third-party data"
)

// event is one line of `go test -json` (go doc test2json, go help buildjson).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output
	Test        string
	Elapsed     float64 // seconds
	Output      string
	Key, Value  string // of attr
	FailedBuild string // of a package's fail: the ImportPath that did not build
}

// maxOutput bounds what is kept of one test's output.
const maxOutput = 1 << 20

// test is one test or subtest.
type test struct {
	name     string
	result   string // pass, fail, skip; "" while it runs
	output   output
	postgres bool
	want     string // what attrSkipped says is missing
	figures  []string
	parent   bool // has subtests
	broken   bool // a parent one of whose subtests failed
}

// pkg is one package under test.
type pkg struct {
	name   string
	tests  map[string]*test
	order  []*test
	output output
	done   bool
}

// output keeps the first maxOutput bytes.
type output struct {
	text strings.Builder
	cut  int
}

func (o *output) add(s string) {
	if o.text.Len()+len(s) > maxOutput {
		o.cut += len(s)
		return
	}
	o.text.WriteString(s)
}

func (o *output) String() string {
	if o.cut > 0 {
		return fmt.Sprintf("%s[%d more bytes]\n", o.text.String(), o.cut)
	}
	return o.text.String()
}

// summary collects events and prints them as packages end. Counts are of leaves: a test with subtests counts through
// them, and by itself only if it fails although they do not.
type summary struct {
	out      io.Writer
	packages map[string]*pkg
	order    []*pkg
	builds   map[string]*output // by ImportPath

	passes, failures, skips int
	postgres                int
	failedNames             []string
	skipped                 []skipped
	measured                []measured
}

type skipped struct{ name, want, reason string }

// measured is what one test measured, line by line.
type measured struct {
	name  string
	lines []string
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, packages: map[string]*pkg{}, builds: map[string]*output{}}
}

func (s *summary) failed() int { return s.failures }

func (s *summary) printf(format string, args ...any) { fmt.Fprintf(s.out, format, args...) }

func (s *summary) add(e event) {
	switch e.Action {
	case "build-output":
		if s.builds[e.ImportPath] == nil {
			s.builds[e.ImportPath] = &output{}
		}
		s.builds[e.ImportPath].add(e.Output)
		return
	case "build-fail":
		return // the packages that needed it say so
	}
	p := s.packages[e.Package]
	if p == nil {
		p = &pkg{name: e.Package, tests: map[string]*test{}}
		s.packages[e.Package] = p
		s.order = append(s.order, p)
	}
	if e.Test == "" {
		s.addPackage(p, e)
		return
	}
	t := p.test(e.Test)
	switch e.Action {
	case "output":
		t.output.add(e.Output)
	case "attr":
		switch e.Key {
		case attrPostgres:
			t.postgres = true
		case attrSkipped:
			t.want = e.Value
		case attrFigure:
			t.figures = append(t.figures, e.Value)
		}
	case "pass", "fail", "skip":
		t.result = e.Action
	}
}

func (p *pkg) test(name string) *test {
	t := p.tests[name]
	if t == nil {
		t = &test{name: name}
		p.tests[name] = t
		p.order = append(p.order, t)
		if up := p.above(t); up != nil {
			up.parent = true
		}
	}
	return t
}

// above returns the test that t is a subtest of, or nil. Names may have slashes of their own.
func (p *pkg) above(t *test) *test {
	for name := t.name; ; {
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return nil
		}
		name = name[:i]
		if up := p.tests[name]; up != nil {
			return up
		}
	}
}

func (s *summary) addPackage(p *pkg, e event) {
	switch e.Action {
	case "output":
		p.output.add(e.Output)
	case "pass", "fail", "skip":
		p.done = true
		s.close(p, e)
	}
}

// close counts the tests of a package that has ended, prints its line and its failures.
func (s *summary) close(p *pkg, e event) {
	count, failuresBefore := 0, s.failures
	// Subtests come after their parents, so from the end every parent knows whether a subtest failed.
	for _, t := range slices.Backward(p.order) {
		if t.result == "" {
			t.result = "fail" // the program ended under it
		}
		if t.result == "fail" {
			if up := p.above(t); up != nil {
				up.broken = true
			}
		}
	}
	var text strings.Builder
	for _, t := range p.order {
		if len(t.figures) > 0 {
			s.measured = append(s.measured, measured{name: p.name + "." + t.name, lines: t.figures})
		}
		if t.result == "fail" {
			text.WriteString(t.output.String())
		}
		if t.parent && (t.result != "fail" || t.broken) {
			continue
		}
		count++
		s.count(p, t)
	}
	if e.Action == "fail" && s.failures == failuresBefore {
		s.failures++ // it did not build, or ended outside every test
		s.failedNames = append(s.failedNames, p.name)
	}
	switch {
	case e.Action == "fail":
		s.printf("FAIL  %s  (%.1f s)\n", p.name, e.Elapsed)
		if build := s.builds[e.FailedBuild]; build != nil {
			s.printf("%s", indent(build.String()))
		}
		s.printf("%s", indent(text.String()+p.output.String()))
	case count == 0:
		s.printf("-     %s  no tests\n", p.name)
	default:
		s.printf("ok    %s  %d tests, %.1f s\n", p.name, count, e.Elapsed)
	}
	p.tests, p.order, p.output = map[string]*test{}, nil, output{} // large outputs need not stay
}

func (s *summary) count(p *pkg, t *test) {
	name := p.name + "." + t.name
	switch t.result {
	case "pass":
		s.passes++
	case "fail":
		s.failures++
		s.failedNames = append(s.failedNames, name)
	case "skip":
		s.skips++
		s.skipped = append(s.skipped, skipped{name: name, want: t.want, reason: reason(t.output.String())})
		return
	}
	for up := t; up != nil; up = p.above(up) {
		if up.postgres {
			s.postgres++
			return
		}
	}
}

var position = regexp.MustCompile(`^\s*[^\s:]+\.go:\d+: `)

// reason is what a skipped test printed, without the framework's lines and the position.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		said = append(said, position.ReplaceAllString(line, ""))
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("      " + line)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
	return b.String()
}

// finish prints the end of the summary. Packages of which no end was heard count as failed.
func (s *summary) finish() {
	for _, p := range s.order {
		if !p.done {
			p.output.add("the test program was stopped before it ended\n")
			s.close(p, event{Action: "fail"})
		}
	}
	s.printf("\n")
	if len(s.failedNames) > 0 {
		s.printf("failed:\n")
		for _, name := range s.failedNames {
			s.printf("  %s\n", name)
		}
	}
	if len(s.measured) > 0 {
		s.printf("measured:\n")
		for _, m := range s.measured {
			s.printf("  %s\n", m.name)
			for _, line := range m.lines {
				s.printf("    %s\n", line)
			}
		}
	}
	s.printf("%d tests ran against PostgreSQL\n", s.postgres)
	s.printSkipped("skipped for want of third-party data (see LECTERN_TESTDATA)", func(x skipped) bool { return x.want == thirdParty })
	s.printSkipped("skipped for other reasons", func(x skipped) bool { return x.want != thirdParty })
	s.printf("%d passed, %d failed, %d skipped\n", s.passes, s.failures, s.skips)
}

func (s *summary) printSkipped(title string, include func(skipped) bool) {
	var list []skipped
	for _, x := range s.skipped {
		if include(x) {
			list = append(list, x)
		}
	}
	s.printf("%d %s\n", len(list), title)
	for _, x := range list {
		s.printf("  %s: %s\n", x.name, x.reason)
	}
}
