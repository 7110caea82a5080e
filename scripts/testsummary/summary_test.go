package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module of the given files, runs its tests through run and returns what was printed.
func module(t *testing.T, files map[string]string, args ...string) (output string, ok bool) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.test/m\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	ok, err := run(dir, append(args, "./..."), &out, &out)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), ok
}

const passing = `package a
import "testing"
func TestPlain(t *testing.T) {}
func TestDatabase(t *testing.T) {
	t.Attr("lectern.postgres", "db1")
	t.Run("one", func(t *testing.T) { t.Log("quiet, please") })
	t.Run("two/with a slash", func(t *testing.T) {})
}
func TestData(t *testing.T) {
	t.Attr("lectern.skipped", "third-party data")
	t.Skip("no transcripts in ../nowhere")
}
func TestOther(t *testing.T) { t.Skip("needs root") }
func TestFigures(t *testing.T) {
	t.Run("table", func(t *testing.T) {
		t.Attr("lectern.figure", "lecture      words")
		t.Attr("lectern.figure", "  one            7")
	})
}
`

func TestRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string
		ok    bool
		last  string
		has   []string
		hasNo []string
	}{
		{
			name:  "everything passes",
			files: map[string]string{"a/a_test.go": passing, "b/b.go": "package b\n"},
			ok:    true,
			last:  "4 passed, 0 failed, 2 skipped",
			has: []string{
				"ok    example.test/m/a  6 tests", "-     example.test/m/b  no tests", "2 tests ran against PostgreSQL",
				"1 skipped for want of third-party data", "example.test/m/a.TestData: no transcripts in ../nowhere",
				"1 skipped for other reasons", "example.test/m/a.TestOther: needs root",
				"measured:\n  example.test/m/a.TestFigures/table\n    lecture      words\n      one            7\n",
			},
			hasNo: []string{"quiet, please", "failed:"},
		},
		{
			name: "a subtest fails",
			files: map[string]string{"a/a_test.go": `package a
import "testing"
func TestOuter(t *testing.T) {
	t.Run("good", func(t *testing.T) { t.Log("of the good one") })
	t.Run("bad", func(t *testing.T) { t.Error("of the bad one") })
}
`},
			last:  "1 passed, 1 failed, 0 skipped",
			has:   []string{"FAIL  example.test/m/a", "a_test.go:5: of the bad one", "example.test/m/a.TestOuter/bad"},
			hasNo: []string{"of the good one"},
		},
		{
			name: "a test fails although its subtests pass",
			files: map[string]string{"a/a_test.go": `package a
import "testing"
func TestOuter(t *testing.T) {
	t.Run("good", func(t *testing.T) {})
	t.Error("only here")
}
`},
			last: "1 passed, 1 failed, 0 skipped",
			has:  []string{"only here"},
		},
		{
			name: "a package does not build",
			files: map[string]string{
				"a/a.go": "package a\n\nvar x int = \"no\"\n", "a/a_test.go": passing,
				"b/b_test.go": "package b\nimport \"testing\"\nfunc TestFine(t *testing.T) {}\n",
			},
			last: "1 passed, 1 failed, 0 skipped",
			has:  []string{"FAIL  example.test/m/a", "a.go:3:13", "ok    example.test/m/b"},
		},
		{
			name: "a test panics",
			files: map[string]string{"a/a_test.go": `package a
import "testing"
func TestBefore(t *testing.T) {}
func TestPanics(t *testing.T) { panic("out of coffee") }
`},
			last: "1 passed, 1 failed, 0 skipped",
			has:  []string{"panic: out of coffee", "example.test/m/a.TestPanics"},
		},
		{
			name: "a program ends under its tests",
			files: map[string]string{"a/a_test.go": `package a
import ("os"; "testing")
func TestExits(t *testing.T) { os.Exit(3) }
`},
			last: "0 passed, 1 failed, 0 skipped",
			has:  []string{"FAIL  example.test/m/a"},
		},
		{
			name: "a program fails outside its tests",
			files: map[string]string{"a/a_test.go": `package a
import ("fmt"; "os"; "testing")
func TestMain(m *testing.M) { m.Run(); fmt.Println("the keeper is gone"); os.Exit(1) }
func TestFine(t *testing.T) {}
`},
			last: "1 passed, 1 failed, 0 skipped",
			has:  []string{"the keeper is gone", "failed:\n  example.test/m/a\n"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			output, ok := module(t, test.files)
			if ok != test.ok {
				t.Errorf("ok = %v, want %v", ok, test.ok)
			}
			lines := strings.Split(strings.TrimSuffix(output, "\n"), "\n")
			if last := lines[len(lines)-1]; last != test.last {
				t.Errorf("last line %q, want %q", last, test.last)
			}
			for _, want := range test.has {
				if !strings.Contains(output, want) {
					t.Errorf("does not contain %q", want)
				}
			}
			for _, not := range test.hasNo {
				if strings.Contains(output, not) {
					t.Errorf("contains %q", not)
				}
			}
			if t.Failed() {
				t.Log(output)
			}
		})
	}
}

func TestNothingToTestIsAFailure(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ok, err := run(t.TempDir(), []string{"./..."}, &out, &out)
	if ok || err != nil {
		t.Errorf("ok = %v, err = %v outside a module, want false and no error\n%s", ok, err, out.String())
	}
}

func TestAPackageWithoutAnEndCountsAsFailed(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	s := newSummary(&out)
	err := read(strings.NewReader(`{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestLong"}
not an event
{"Action":"output","Package":"p","Test":"TestLong","Output":"half way\n"}
`), s)
	if err != nil {
		t.Fatal(err)
	}
	s.finish()
	if s.failed() != 1 || !strings.Contains(out.String(), "half way") || !strings.Contains(out.String(), "not an event\n") {
		t.Errorf("failed = %d\n%s", s.failed(), out.String())
	}
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	var o output
	for range 3 {
		o.add(strings.Repeat("x", maxOutput/2))
	}
	if got := o.String(); len(got) > maxOutput+100 || !strings.HasSuffix(got, "[524288 more bytes]\n") {
		t.Errorf("%d bytes kept, ends in %q", len(got), got[len(got)-30:])
	}
}
