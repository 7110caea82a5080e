package guard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// genWords draws words that differ from each other, of several scripts, with
// the characters that the view folds.
func genWords(t *rapid.T) []string {
	n := rapid.IntRange(8, 60).Draw(t, "words")
	shapes := []string{"packet%d", "don’t%d", "‘x%d’", "“loss%d”", "ﬁrst%d", "café%d", "naïve%d,", "Änderung%d.",
		"%d.5", "non-block%d", "MB%d", "привет%d", "한국%d", "½%dx", "(see%d)", "a%d/b", "x²%d", "—", "–", "f%d(x)"}
	words := make([]string, n)
	for i := range words {
		shape := rapid.SampledFrom(shapes).Draw(t, "shape")
		if strings.Contains(shape, "%d") {
			shape = fmt.Sprintf(shape, 1000+i)
		}
		words[i] = shape
	}
	return words
}

// mangle rewrites a quote into one with the same view.
func mangle(t *rapid.T, quote string) string {
	alternatives := map[rune][]string{
		' ': {"  ", "\t", "\n", "\u00a0", "\u2009 ", " \u200b"},
		'’': {"'", "‘", "`", "´", "′"},
		'‘': {"'", "’", "‛"},
		'“': {`"`, "”", "„", "«"},
		'”': {`"`, "“", "»"},
		'—': {"-", "–", "−", "‐"},
		'–': {"-", "—", "‑"},
		'-': {"‐", "‑", "–"},
		'ﬁ': {"fi", "f\u200di"},
		'é': {"e\u0301", "é\ufe0f", "e\u2060\u0301"},
		'ï': {"i\u0308"},
		'Ä': {"A\u0308"},
		'M': {"Ｍ"},
		'½': {"1⁄2"},
		'²': {"2"},
		'한': {"\u1112\u1161\u11ab"},
		'a': {"a\u200b", "\u00ada", "\ufeffa"},
	}
	var b strings.Builder
	for _, r := range quote {
		alt, ok := alternatives[r]
		if ok && rapid.Bool().Draw(t, "change") {
			b.WriteString(rapid.SampledFrom(alt).Draw(t, "alternative"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// drawSpan picks a passage and a stretch of whole words of it, long enough to
// quote. Passages of hardly more than dashes are skipped.
func drawSpan(t *rapid.T) (p Passage, start, end int) {
	words := genWords(t)
	text := strings.Join(words, " ")
	for range 8 {
		i := rapid.IntRange(0, len(words)-6).Draw(t, "from")
		j := rapid.IntRange(i+5, len(words)).Draw(t, "to")
		start = len(strings.Join(words[:i], " "))
		if i > 0 {
			start++
		}
		end = len(strings.Join(words[:j], " "))
		if longEnough(newView(text[start:end]).text) && strings.Count(text, text[start:end]) == 1 {
			return Passage{"c1", text, []Chunk{{"ck_a", 0, len(text)}}}, start, end
		}
	}
	t.Skip("no stretch to quote")
	return
}

// TestQuoteSurvivesTypography: whatever the view holds equal passes, and the
// citation is exactly the stretch that was quoted.
func TestQuoteSurvivesTypography(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, start, end := drawSpan(t)
		quote := mangle(t, p.Text[start:end])
		v := Check(Input{Draft: draft2(t, quote), FinishReason: "stop", Passages: []Passage{p}, Readable: all})
		want := []Sentence{{"A claim.", []Citation{{"ck_a", 0, start, end, p.Text[start:end]}}}}
		if diff := cmp.Diff(want, v.Sentences); diff != "" {
			t.Fatalf("quote %+q of %+q: %v %s", quote, p.Text, v.Findings, diff)
		}
	})
}

// TestQuoteBreaksWithOneLetter: a quote with one letter or digit changed,
// added or left out fails. Words are numbered, so it is found nowhere else.
func TestQuoteBreaksWithOneLetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, start, end := drawSpan(t)
		quote := []rune(p.Text[start:end])
		var letters []int
		for i, r := range quote {
			if isWord(r) {
				letters = append(letters, i)
			}
		}
		i := rapid.SampledFrom(letters).Draw(t, "letter")
		var changed []rune
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0: // Q is in no word
			changed = append(append(append(changed, quote[:i]...), 'Q'), quote[i+1:]...)
		case 1:
			changed = append(append(append(changed, quote[:i]...), 'Q'), quote[i:]...)
		case 2:
			changed = append(append(changed, quote[:i]...), quote[i+1:]...)
			if strings.Contains(newView(p.Text).text, newView(string(changed)).text) && insideWordQuote(p.Text, string(changed)) {
				return // the first or last letter of a word that goes on: still found, whole
			}
		}
		if v := Check(Input{Draft: draft2(t, string(changed)), FinishReason: "stop", Passages: []Passage{p}, Readable: all}); v.Pass {
			t.Fatalf("passes: %+q of %+q as %+v", string(changed), p.Text, v.Sentences[0].Citations)
		}
	})
}

// insideWordQuote reports whether quote stands in text at word boundaries.
func insideWordQuote(text, quote string) bool {
	i := strings.Index(text, quote)
	return i >= 0 && !insideWord(text, i) && !insideWord(text, i+len(quote))
}

func draft2(t *rapid.T, quote string) []byte {
	data, err := Draft{Answered, []DraftSentence{{"A claim.", []Evidence{{"c1", quote}}}}}.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return data
}
