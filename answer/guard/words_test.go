package guard

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

// slowPlain is plain without its short cuts.
func slowPlain(text string) string { return strings.Map(plainRune, norm.NFC.String(text)) }

// FuzzWords: the short cuts of plain, and what is remembered of words, change nothing; and words that are read into a
// check's room are those that are read apart.
func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "It takes 3.5 ms, doesn't it?", "aren’t “sliding” – or — so‐called ‚x‛", "cafe\u0301 ’\u0301 `x` \xff", "Ａ\u0301 ２⁵ 5′ ½", "—\u0338 \u2011"} {
		f.Add(s)
	}
	lang := languageOf("en")
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := plain(text), slowPlain(text); got != want {
			t.Fatalf("%+q, rune by rune %+q", got, want)
		}
		apart := readWords(text, lang)
		for _, w := range apart {
			if want := lang.read(w.text); w.kind == letterWord && (w.low != want.low || w.stem != want.stem || w.cue != want.cue) {
				t.Fatalf("%+v, want %+v", w, want)
			}
		}
		c := newCheck(Input{Language: "en"}, Draft{})
		defer c.giveBack()
		for range 3 { // until the room is full, too
			if diff := cmp.Diff(apart, c.readWords(text), cmp.AllowUnexported(word{})); len(apart) > 0 && diff != "" {
				t.Fatalf("-apart +in the room:\n%s", diff)
			}
		}
	})
}

// TestRoom: nothing of one check is left for the next, also where the room did not suffice.
func TestRoom(t *testing.T) {
	c := newCheck(Input{Language: "en"}, Draft{})
	r := c.room
	a := englishAnalyzer(t)
	text := strings.Repeat("The sender keeps a window. ", 60)
	for range 5 {
		words, terms := c.readWords(text), c.terms(a, text)
		if len(words) != 360 || len(terms) != 180 {
			t.Fatalf("%d words, %d terms", len(words), len(terms))
		}
	}
	if len(r.words) == 0 || len(r.terms) == 0 {
		t.Fatal("the room was not used")
	}
	c.giveBack()
	for _, w := range r.words[:cap(r.words)] {
		if w != (word{}) {
			t.Fatalf("left behind: %+v", w)
		}
	}
	for _, term := range r.terms[:cap(r.terms)] {
		if term.Text != "" {
			t.Fatalf("left behind: %+v", term)
		}
	}
}
