package answers

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStrataInDocs holds the table of docs/evals.md, and the number of tasks that it names, to the files.
func TestStrataInDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/evals.md")
	if err != nil {
		t.Fatal(err)
	}
	want, all := map[string]int{}, 0
	for _, dir := range []string{"../tasks/networks", "../tasks/harbour"} {
		set, err := ReadSet(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range set.Tasks {
			want[task.Stratum]++
			all++
		}
	}
	got := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-z-]+) \| ([0-9]+) \| .* \| .* \|$`).FindAllStringSubmatch(string(page), -1) {
		got[row[1]], _ = strconv.Atoi(row[2]) // digits
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the strata in the files (-) and on the page (+):\n%s", diff)
	}
	said := regexp.MustCompile("`make eval` asks a tutor ([0-9]+) golden tasks").FindStringSubmatch(string(page))
	if said == nil || said[1] != strconv.Itoa(all) {
		t.Errorf("the page says %q, and there are %d tasks", said, all)
	}
}

// TestBrokenTutorsInDocs holds the list of broken tutors on that page to those that there are.
func TestBrokenTutorsInDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/evals.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, b := range BrokenTutors {
		want = append(want, b.Name)
	}
	for _, row := range regexp.MustCompile(`(?m)^│ ([^│]*[^│ ]) +│ yes    │`).FindAllStringSubmatch(string(page), -1) {
		got = append(got, row[1])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the broken tutors (-) and those on the page (+):\n%s", diff)
	}
}
