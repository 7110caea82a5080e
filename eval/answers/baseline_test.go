package answers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func blessed() *Baseline {
	return &Baseline{
		Set: strings.Repeat("ab", 32), Blessed: "2026-11-23", Reason: "the first one",
		Suites:  map[string]map[string]Grade{"scripted": {"direct-01": Hard, "direct-02": Soft, "near-01": Fail}, "extractive": {"direct-01": Error}},
		Figures: map[string]float64{"found": 0.9312},
	}
}

func TestBaselineRoundTrip(t *testing.T) {
	path, want := filepath.Join(t.TempDir(), "baseline.json"), blessed()
	for range 2 { // the second time over the first
		if err := want.Write(path); err != nil {
			t.Fatal(err)
		}
		got, err := ReadBaseline(path, want.Set)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("read otherwise than written (-want +got):\n%s", diff)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// One task a line, in order: what a review reads.
	if !strings.Contains(string(b), "\"direct-01\": \"hard\",\n      \"direct-02\": \"soft\",\n      \"near-01\": \"fail\"\n") {
		t.Errorf("tasks are not one a line, in order:\n%s", b)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestBaselineNeedsReason(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baseline.json")
	for _, reason := range []string{"", " \n"} {
		b := blessed()
		b.Reason = reason
		if err := b.Write(path); err == nil || !strings.Contains(err.Error(), "reason") {
			t.Errorf("reason %q: %v", reason, err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a baseline without a reason was written")
	}
}

func TestReadBaselineRefuses(t *testing.T) {
	tests := []struct {
		name string
		edit func(string) string
		want []string // parts of the error, beside the file's name
	}{
		{"of other tasks", func(s string) string { return strings.ReplaceAll(s, "abab", "cdcd") }, []string{"made from other tasks (set cdcdcdcdcdcd, these are abababababab)", "--bless"}},
		{"a line that is no JSON", func(s string) string { return strings.Replace(s, `"direct-02": "soft"`, `"direct-02" "soft"`, 1) }, []string{":11: "}},
		{"a field that nobody knows", func(s string) string { return strings.Replace(s, `"reason"`, `"reasons"`, 1) }, []string{`: json: unknown field "reasons"`}},
		{"a number for a grade", func(s string) string { return strings.Replace(s, `"soft"`, `3`, 1) }, []string{":11: "}},
		{"something behind it", func(s string) string { return s + "\n{}" }, []string{":20: ", "after top-level value"}},
		{"cut off", func(s string) string { return s[:len(s)/2] }, []string{":"}},
		{"empty", func(string) string { return "" }, []string{":1: "}},
		{"too large", func(s string) string { return s + strings.Repeat(" ", maxBaseline) }, []string{"larger than 4 MiB"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path, b := filepath.Join(t.TempDir(), "baseline.json"), blessed()
			if err := b.Write(path); err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.edit(string(whole))), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadBaseline(path, b.Set)
			if err == nil || errors.Is(err, ErrNoBaseline) {
				t.Fatalf("%+v, %v", got, err)
			}
			for _, part := range append(tt.want, path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
	if _, err := ReadBaseline(filepath.Join(t.TempDir(), "none.json"), "x"); !errors.Is(err, ErrNoBaseline) {
		t.Errorf("no file: %v", err)
	}
}
