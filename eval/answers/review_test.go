package answers

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
)

// graded is a result of three askings.
func graded(id string, grades ...Grade) Result {
	start, end := int64(723_000), int64(765_400)
	r := Result{ID: id, Stratum: id[:strings.LastIndex(id, "-")], Question: "why, of " + id}
	for i, g := range grades {
		r.Asked = append(r.Asked, Asked{Verdict: Verdict{Grade: g}, Outcome: answer.Answered, Sentences: []answer.Sentence{{
			Text: fmt.Sprintf("Answer %d to %s.", i, id), Citations: []answer.Citation{{Lecture: "01-packets", Quote: "its own header", StartMS: &start, EndMS: &end}},
		}}})
	}
	r.Grade, r.Flaky = vote(r.Asked)
	return r
}

// reviewedRun is a set with the results of a run: ten direct tasks of which two are suspect, four numeric ones of which one is.
func reviewedRun() (*Set, []Result) {
	results := []Result{graded("direct-00", Fail, Fail, Fail), graded("direct-01", Soft, Hard, Hard), graded("numeric-00", Soft, Soft, Hard), graded("numeric-99", Error, Error, Error)}
	for i := range 8 {
		results = append(results, graded(fmt.Sprintf("direct-%02d", 10+i), Hard, Hard, Hard))
	}
	for i := range 3 {
		results = append(results, graded(fmt.Sprintf("numeric-%02d", 10+i), Hard, Hard, Hard))
	}
	s := &Set{Hash: strings.Repeat("0123456789e4", 5)}
	for _, r := range results {
		s.Tasks = append(s.Tasks, Task{ID: r.ID, Question: r.Question, Rubric: "=HYPERLINK(\"http://x\")", Points: []string{"-1 is a point", "a; =b"}})
	}
	return s, results
}

func export(t *testing.T, sample int, seed uint64) (dir string, out Exported, set *Set) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "review")
	set, results := reviewedRun()
	out, err := ExportReview(dir, set, results, sample, seed)
	if err != nil {
		t.Fatal(err)
	}
	return dir, out, set
}

func ids(t *testing.T, path string) []string {
	t.Helper()
	tab, err := readSheet(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range tab.rows {
		out = append(out, tab.cell(row, "id"))
	}
	return out
}

func TestExportReview(t *testing.T) {
	dir, out, set := export(t, 4, 7)
	if out.Suspect != 3 || out.Sampled != 4 || !slices.Equal(out.NoAnswer, []string{"numeric-99"}) || len(out.Files) != 3 {
		t.Fatalf("%+v", out)
	}
	first, second := ids(t, out.Files[0]), ids(t, out.Files[1])
	if slices.Equal(first, second) {
		t.Error("both reviewers have the same order of rows")
	}
	slices.Sort(first)
	slices.Sort(second)
	if diff := cmp.Diff(first, second); diff != "" || len(first) != 7 {
		t.Errorf("%d rows; %s", len(first), diff)
	}
	for _, id := range []string{"direct-00", "direct-01", "numeric-00"} {
		if !slices.Contains(first, id) {
			t.Errorf("%s is suspect and not shown", id)
		}
	}
	again, _, _ := export(t, 4, 7)
	other, _, _ := export(t, 4, 8)
	for _, f := range out.Files {
		a, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(again, filepath.Base(f)))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: the same arguments wrote another file, %v", filepath.Base(f), err)
		}
		c, err := os.ReadFile(filepath.Join(other, filepath.Base(f)))
		if err != nil || bytes.Equal(a, c) {
			t.Errorf("%s: another seed wrote the same file, %v", filepath.Base(f), err)
		}
		if strings.HasSuffix(f, ".csv") && bytes.Contains(a, []byte("suspect")) {
			t.Errorf("%s tells the reviewer what the harness thinks", filepath.Base(f))
		}
	}
	tab, err := readSheet(out.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range tab.rows {
		if id := tab.cell(row, "id"); id == "direct-01" {
			want := "1. Answer 1 to direct-01.\n    01-packets 0:12:03–0:12:45: “its own header”"
			if got := tab.cell(row, "answer"); got != want || tab.cell(row, "repeat") != "1" {
				t.Errorf("a flaky one shows repeat %s, %q, want %q", tab.cell(row, "repeat"), got, want)
			}
			if got := tab.cell(row, "rubric") + tab.cell(row, "points"); got != "'=HYPERLINK(\"http://x\")'-1 is a point\na; '=b" {
				t.Errorf("formulas: %q", got)
			}
		}
	}
	_, results := reviewedRun()
	if _, err := ExportReview(dir, set, results, 4, 7); err == nil || !strings.Contains(err.Error(), "review-1.csv") {
		t.Errorf("verdicts would have been overwritten: %v", err)
	}
	if _, err := ExportReview(t.TempDir(), set, append(results, results[0]), 4, 7); err == nil || !strings.Contains(err.Error(), "direct-00") {
		t.Errorf("a result twice: %v", err)
	}
}

// fill writes verdicts by id into a reviewer's file; as a German spreadsheet saves it if semicolons is set.
func fill(t *testing.T, path string, semicolons bool, verdict func(id string) (verdict, note string)) {
	t.Helper()
	tab, err := readSheet(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if w.UseCRLF = semicolons; semicolons {
		w.Comma = ';'
	}
	rows := [][]string{tab.names}
	for _, row := range tab.rows {
		row.cells[tab.column["verdict"]], row.cells[tab.column["note"]] = verdict(tab.cell(row, "id"))
		rows = append(rows, row.cells)
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestImportReview(t *testing.T) {
	dir, out, set := export(t, 99, 1) // all 14 that have an answer
	fill(t, out.Files[0], false, func(id string) (string, string) {
		switch id {
		case "direct-00":
			return "fail", ""
		case "numeric-00":
			return " Soft ", "near\nenough"
		case "direct-17":
			return "", "I don't know"
		}
		return "hard", ""
	})
	fill(t, out.Files[1], true, func(id string) (string, string) {
		switch id {
		case "direct-00":
			return "fail", ""
		case "numeric-00":
			return "fail", "=wrong"
		}
		return "hard", ""
	})
	r, err := ImportReview(set.Hash, filepath.Join(dir, machineFile), out.Files[0], out.Files[1])
	if err != nil {
		t.Fatal(err)
	}
	all := r.Groups[0]
	if all.Name != "all" || all.Tasks != 13 || all.Agree != 12 || all.Counts != [3][3]int{{11, 0, 0}, {0, 0, 1}, {0, 0, 1}} || all.Vague {
		t.Errorf("%+v", all)
	}
	// By hand: observed 12/13; chance (11·11 + 1·0 + 1·2)/169 = 123/169; kappa = (156-123)/(169-123) = 33/46.
	if k := all.Kappa; k == nil || *k < 33.0/46-1e-12 || *k > 33.0/46+1e-12 {
		t.Errorf("kappa %v, want %v", k, 33.0/46)
	}
	if all.Machine[0].Tasks != 13 || all.Machine[0].Agree != 13 || all.Machine[1].Tasks != 14 || all.Machine[1].Agree != 13 {
		t.Errorf("with the harness: %+v", all.Machine)
	}
	names := []string{}
	for _, g := range r.Groups {
		names = append(names, fmt.Sprint(g.Name, " ", g.Agree, "/", g.Tasks, " ", g.Vague, " ", g.Kappa == nil))
	}
	want := []string{"all 12/13 false false", "suspect 2/3 true false", "sampled 10/10 false true", "direct 9/9 false false", "numeric 3/4 true false"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"numeric"}, r.VagueStrata); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Disagreement{{"numeric-00", "numeric", [2]Grade{Soft, Fail}, [2]string{"near\nenough", "=wrong"}, Soft}}, r.VagueTasks); diff != "" {
		t.Error(diff)
	}
	if len(r.Unjudged) != 1 || !strings.HasPrefix(r.Unjudged[0], out.Files[0]+":") || !strings.HasSuffix(r.Unjudged[0], ": direct-17") {
		t.Errorf("unjudged: %v", r.Unjudged)
	}
}

func TestImportReviewRefuses(t *testing.T) {
	edit := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	const head = "set,id,repeat,stratum,lecture,asked before,question,outcome,answer,rubric,points,verdict,note"
	for name, c := range map[string]struct {
		edit func(string) string
		want string
	}{
		"another set":        {edit("set-0123456789e40123", "set-9123456789e40123"), `set: `},
		"an unknown id":      {edit(",direct-10,", ",direct-77,"), `"direct-77" is none of the tasks`},
		"an id twice":        {edit(",direct-10,", ",direct-11,"), "direct-11: it stands in"},
		"another repeat":     {edit(",direct-01,1,", ",direct-01,0,"), "direct-01: \"0\", and repeat 1"},
		"another verdict":    {edit("hard,n", "maybe,n"), `"maybe" is none of hard, soft, fail`},
		"a column is gone":   {edit("verdict", "verdikt"), `no column "verdict"`},
		"a column twice":     {edit("verdict", "note"), "columns 12 and 13 have the same name"},
		"a row is gone":      {func(s string) string { return s[:strings.LastIndex(s[:len(s)-1], "set-")] }, "its row is missing"},
		"too few cells":      {func(string) string { return head + "\nset-0123456789e40123,direct-10\n" }, ":2:1: 2 cells"},
		"a bare quote":       {func(string) string { return head + "\nx\"y\n" }, ":2:2: bare"},
		"a quote that stays": {func(string) string { return head + "\n\"xy\n" }, ":2:5: extraneous or missing"},
		"empty":              {func(string) string { return "" }, ":1:1: it is empty"},
		"UTF-16":             {func(string) string { return "\xff\xfes\x00" }, "UTF-16"},
		"Latin-1":            {func(s string) string { return strings.Replace(s, "hard,n", "hard,\xfc", 1) }, "not UTF-8"},
		"no verdict":         {func(s string) string { return strings.ReplaceAll(s, "hard,n", ",n") }, "no task has a verdict in both"},
	} {
		dir, out, set := export(t, 99, 1)
		for _, f := range out.Files[:2] {
			fill(t, f, false, func(string) (string, string) { return "hard", "n" })
		}
		b, err := os.ReadFile(out.Files[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(out.Files[1], []byte(c.edit(string(b))), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = ImportReview(set.Hash, filepath.Join(dir, machineFile), out.Files[0], out.Files[1])
		if err == nil || !strings.Contains(err.Error(), c.want) || !regexp.MustCompile(`review-2\.csv[:,]`).MatchString(err.Error()) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	dir, out, set := export(t, 1, 1)
	key := filepath.Join(dir, machineFile)
	if _, err := ImportReview("other", key, out.Files[0], out.Files[1]); err == nil || !strings.Contains(err.Error(), "other tasks") {
		t.Errorf("the tasks changed since: %v", err)
	}
	if _, err := ImportReview(set.Hash, key, out.Files[0], out.Files[0]); err == nil || !strings.Contains(err.Error(), "named twice") {
		t.Errorf("one file twice: %v", err)
	}
}

// taken is what a spreadsheet computes instead of showing, written another way than in review_csv.go.
func taken(cell string) bool {
	c := strings.TrimLeft(cell, " \u00a0")
	return c != "" && strings.ContainsAny(c[:1], "=+-@") || strings.HasPrefix(c, "\uff1d")
}

func FuzzSheet(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\ufeffa;b\r\n\"x;\ny\";2\r\n", "a\tb\n=1\t+2\n", "a,a\n", "a\n\"", "\n\n,\n,\n", "a,b\n\xff,2", "=cmd|' /C calc'!A0", " \t@x;=1\n-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if tab, err := parseSheet("t.csv", []byte(s)); err == nil {
			for _, row := range tab.rows {
				if len(row.cells) != len(tab.names) || len(row.at) != len(tab.names) || row.line < 1 {
					t.Fatalf("%+v of %v", row, tab.names)
				}
			}
		} else if !strings.HasPrefix(err.Error(), "t.csv:") {
			t.Fatalf("%v names no file and line", err)
		}
		got := harmless(s)
		if harmless(got) != got {
			t.Fatalf("%q became %q and then %q", s, got, harmless(got))
		}
		// However a spreadsheet cuts it, no piece is a formula.
		for _, piece := range strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune(";,\t\n\"", r) }) {
			if taken(piece) {
				t.Fatalf("%q became %q, of which %q is a formula", s, got, piece)
			}
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll([][]string{{"name", "x"}, {got, ""}}); err != nil {
			t.Fatal(err)
		}
		tab, err := parseSheet("t.csv", b.Bytes())
		if err != nil || len(tab.rows) != 1 || tab.rows[0].cells[0] != got {
			t.Fatalf("%q was read back as %+v, %v", got, tab, err)
		}
	})
}
