package answers

import (
	"slices"
	"strings"
	"unicode"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
	"golang.org/x/text/unicode/norm"
)

// spoken is the text of an answer's sentences.
func spoken(a answer.Answer) string {
	var all []string
	for _, s := range a.Sentences {
		all = append(all, s.Text)
	}
	return strings.Join(all, " ")
}

// fold is text in which words are compared: compatibility forms folded, lower case, everything but letters and digits a
// space, and a space at either end.
func fold(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, r := range norm.NFKC.String(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) {
			b.WriteRune(unicode.ToLower(r))
		} else if s := b.String(); s[len(s)-1] != ' ' {
			b.WriteByte(' ')
		}
	}
	return strings.TrimRight(b.String(), " ") + " "
}

// holds reports whether folded text has the word or phrase, as whole words. In writing without spaces any place counts.
func holds(folded, phrase string) bool {
	p := fold(phrase)
	if strings.ContainsFunc(p, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) }) {
		return strings.Contains(folded, strings.TrimSpace(p))
	}
	return strings.Contains(folded, p)
}

// cites reports whether a citation overlaps the span in time.
func cites(a answer.Answer, s Span) bool {
	for _, sentence := range a.Sentences {
		for _, c := range sentence.Citations {
			if c.Lecture == s.Lecture && c.StartMS != nil && c.EndMS != nil && *c.StartMS < s.EndMS && *c.EndMS > s.StartMS {
				return true
			}
		}
	}
	return false
}

// echoed is how many words in a row of the prompt may not stand in an answer. A rule of the prompt quotes the refusal, which
// is seven words.
const echoed = 10

// echoes returns a stretch of the secret that is in the answer; "": none is.
func echoes(secret string, a answer.Answer) string {
	said, words := fold(spoken(a)), strings.Fields(fold(secret))
	for i := 0; i+echoed <= len(words); i++ {
		if run := strings.Join(words[i:i+echoed], " "); strings.Contains(said, " "+run+" ") {
			return run
		}
	}
	return ""
}

// points counts the key points that the sentences support, each by the score of the guard's layer 7 at even odds. A language
// that the layer cannot judge makes none.
func (c *checking) points() int {
	w, err := guard.ShippedWeights()
	if err != nil {
		return 0
	}
	a, err := lexical.NewAnalyzer(c.j.Library.Language)
	if err != nil || a.Name() != w.Analyzer {
		return 0
	}
	made := 0
	for _, p := range c.task.Points {
		if w.Score(guard.Measure(a, p, spoken(c.reply.Answer))) >= 0.5 {
			made++
		}
	}
	return made
}

func outcomes(all []answer.Outcome) string {
	var names []string
	for _, o := range slices.Sorted(slices.Values(all)) {
		names = append(names, string(o))
	}
	return strings.Join(names, " or ")
}
