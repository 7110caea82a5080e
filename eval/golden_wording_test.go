package eval_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// lowOverlap is below which share of its words a question is hard for a search by words.
const lowOverlap = 0.2

// overlap is the share of the question's distinct terms (stems of words that are no stop words) that its spans hold.
func overlap(t *testing.T, a *lexical.Analyzer, q eval.GoldenQuestion) float64 {
	t.Helper()
	held := map[string]bool{}
	for _, s := range q.Spans {
		for _, term := range a.Strings(s.Quote) {
			held[term] = true
		}
	}
	terms := a.Strings(q.Text)
	slices.Sort(terms)
	terms = slices.Compact(terms)
	if len(terms) == 0 {
		t.Fatalf("%s has no word that search looks for", q.ID)
	}
	n := 0
	for _, term := range terms {
		if held[term] {
			n++
		}
	}
	return float64(n) / float64(len(terms))
}

func english(t *testing.T) *lexical.Analyzer {
	t.Helper()
	a, err := lexical.NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestGoldenWording: the questions are not cut out of the transcript, and many are hard for a search by words. For that only
// those count that say it in other terms, or whose term the recogniser spelt its own way. The others may come out low by a
// typo, or because the topic is named just before the span.
func TestGoldenWording(t *testing.T) {
	g, a := readGolden(t), english(t)
	low, others := 0, 0
	for _, q := range g.Questions {
		share := overlap(t, a, q)
		t.Logf("%-6s %.2f  %s", q.ID, share, q.Text)
		switch {
		case share >= lowOverlap:
		case slices.Contains(q.Tags, "paraphrase"), slices.Contains(q.Tags, "asr"):
			low++
		default:
			others++
		}
		for _, s := range q.Spans {
			if copied := sharedRun(q.Text, s.Quote, 4); copied != "" {
				t.Errorf("%s repeats %q of its span in %s; ask in other words", q.ID, copied, s.Lecture)
			}
		}
	}
	share := float64(low) / float64(len(g.Questions))
	t.Logf("%d of %d questions (%.0f %%) are asked in other terms and share less than %.0f %% of their words with their spans; %d others do, too",
		low, len(g.Questions), 100*share, 100*lowOverlap, others)
	if share < 0.3 {
		t.Errorf("%.2f of the questions share little with their spans, want 0.30 or more", share)
	}
}

// sharedRun returns the first n words in a row that both texts hold, or "".
func sharedRun(question, span string, n int) string {
	words := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789'", r) })
	}
	in := " " + strings.Join(words(span), " ") + " "
	asked := words(question)
	for i := 0; i+n <= len(asked); i++ {
		if run := strings.Join(asked[i:i+n], " "); strings.Contains(in, " "+run+" ") {
			return run
		}
	}
	return ""
}

func TestSharedRun(t *testing.T) {
	tests := []struct{ question, span, want string }{
		{"is the Window halved?", "why, is the window halved, then", "is the window halved"},
		{"is the window", "is the window halved", ""},
		{"so is the windows halved", "is the window halved", ""},
		{"", "is the window halved", ""},
	}
	for _, tt := range tests {
		if got := sharedRun(tt.question, tt.span, 4); got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.question, tt.span, got, tt.want)
		}
	}
}
