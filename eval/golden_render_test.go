package eval_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/eval"
)

// render writes the golden file: the totals, then a line for each question.
func render(all []asked) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Where the answers to the golden questions come; written by go test ./eval -update, from networks.yaml.
# The whole course is asked, with the offline embedder and the default options: the best %d chunks, without neighbours.
# An answer is found by a chunk that overlaps a span of it in time; "±5 s": that comes within 5 s of one. MRR is cut at %[1]d.

%-26s %4s  %-9s %-9s %-9s %-6s  %-11s %-11s %s
`, goldenDepth, "questions", "n", "hit@1", "hit@3", "hit@8", "MRR", "hit@1 ±5 s", "hit@3 ±5 s", "hit@8 ±5 s")
	total := func(name string, of func(asked) bool) {
		var some []asked
		for _, a := range all {
			if of(a) {
				some = append(some, a)
			}
		}
		if len(some) == 0 {
			return
		}
		hit := func(k int, rank func(asked) int) string {
			n := 0
			for _, a := range some {
				if r := rank(a); r > 0 && r <= k {
					n++
				}
			}
			return fmt.Sprintf("%.2f %d", float64(n)/float64(len(some)), n)
		}
		best, near := func(a asked) int { return a.best }, func(a asked) int { return a.near }
		mrr := 0.0
		for _, a := range some {
			if a.best > 0 {
				mrr += 1 / float64(a.best)
			}
		}
		fmt.Fprintf(&b, "%-26s %4d  %-9s %-9s %-9s %-6.3f  %-11s %-11s %s\n", name, len(some),
			hit(1, best), hit(3, best), hit(goldenDepth, best), mrr/float64(len(some)), hit(1, near), hit(3, near), hit(goldenDepth, near))
	}
	total("all", func(asked) bool { return true })
	total(fmt.Sprintf("overlap below %.1f", lowOverlap), func(a asked) bool { return a.overlap < lowOverlap })
	total(fmt.Sprintf("overlap from %.1f", lowOverlap), func(a asked) bool { return a.overlap >= lowOverlap })
	for _, tag := range eval.GoldenTags {
		total(tag, func(a asked) bool { return slices.Contains(a.Tags, tag) })
	}
	var lectures []string
	for _, a := range all {
		lectures = append(lectures, a.Lecture)
	}
	slices.Sort(lectures)
	for _, lecture := range slices.Compact(lectures) {
		total(lecture, func(a asked) bool { return a.Lecture == lecture })
	}

	b.WriteString("\n# id, rank (\"-\": not found), rank ±5 s, in brackets the ranks of each span where there are several; the question; below it\n" +
		"# the best three chunks as lecture:ordinal@start, those that overlap a span with a star.\n")
	for _, a := range all {
		line := fmt.Sprintf("%-6s %2s %2s", a.ID, rank(a.best), rank(a.near))
		if len(a.each) > 1 {
			var each []string
			for _, r := range a.each {
				each = append(each, rank(r))
			}
			line += " (" + strings.Join(each, " ") + ")"
		}
		fmt.Fprintf(&b, "\n%s  %s\n      ", line, a.Text)
		for _, w := range a.top {
			fmt.Fprintf(&b, " %s", w)
			if slices.ContainsFunc(a.Spans, w.overlaps) {
				b.WriteByte('*')
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func rank(r int) string {
	if r == 0 {
		return "-"
	}
	return fmt.Sprint(r)
}

// lineDiff returns the lines that only one of the texts holds, whole and in order, or "".
func lineDiff(before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	common := make([][]int, len(a)+1) // of a[i:] and b[j:], how many lines in order
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out strings.Builder
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			fmt.Fprintf(&out, "-%s\n", a[i])
			i++
		default:
			fmt.Fprintf(&out, "+%s\n", b[j])
			j++
		}
	}
	return out.String()
}

func TestLineDiff(t *testing.T) {
	tests := []struct{ before, after, want string }{
		{"", "", ""},
		{"a\nb\nc", "a\nb\nc", ""},
		{"a\nb\nc", "a\nx\nc", "-b\n+x\n"},
		{"a\nb", "a\nb\nc", "+c\n"},
		{"a\nb\nc", "b", "-a\n-c\n"},
		{"a", "", "-a\n+\n"},
	}
	for _, tt := range tests {
		if got := lineDiff(tt.before, tt.after); got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.before, tt.after, got, tt.want)
		}
	}
}
