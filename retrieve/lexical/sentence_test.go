package lexical

import (
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSentences(t *testing.T) {
	// "|" marks where one sentence ends and the next begins.
	for _, marked := range []string{
		"Hello there.|How are you?|Fine!",
		"Dr. Smith and Prof. Jones wrote it.|Mrs. Lee did not.",
		"As Fig. 3 shows, it works.|See Figs. A and B.|Then Eq. (4) follows.",
		"Use a cache, e.g. Redis.|Others, i.e. All of them, fail.",
		"TCP vs. UDP is the question.|Next question.",
		"Routers, switches, etc. are boxes.|Boxes, cables, etc.|The rest is software.",
		"It is No. 5 on the list.|He said no.|We went on.",
		"See p. 12 and pp. 30 to 40.|Read ch. 4.",
		"J. R. R. Tolkien met C. S. Lewis.|They talked.",
		"George W. Bush spoke.|I am in plan B.|The next is plan C.",
		"The U.S. Army has it.|It is used in the U.S.|The rest follows.",
		"At 3 a.m. Monday the link broke.|We met at 5 p.m.|Nobody came.",
		"The value is 3.14 or 2.5 percent.|It is 802.11 and version 1.2.3.",
		"Go to example.com or 10.0.0.1 now.|Done.",
		"1. Introduction to routing.|2. Distance vectors.",
		"She has a Ph.D. in physics.|He has a Ph.D.|The end.",
		"Kurose et al. Wrote it down.|That is Kurose et al.|We follow.",
		"\"Why?\" he asked.|\"Because.\"|And that was it.",
		"Well...|Okay, so be it.|Really?!|Yes.",
		"no punctuation here at all and it just goes on",
		"(This is one.)|[This too.]|End.",
		"これは文です。|次の文。|最後",
		"Das gilt z.B. Für alle, d.h. Jeden.|Punkt.",
		"¿Qué es esto?|Es una red.",
		"So the packet goes out.|And so did I.|Then it comes back.",
		"That is it in Jan. 2024 or Sept. 5.|Sun.|Rain.",
	} {
		text := strings.ReplaceAll(marked, "|", " ")
		if strings.Contains(marked, "。") {
			text = strings.ReplaceAll(marked, "|", "")
		}
		var got []string
		for _, s := range Sentences(text) {
			got = append(got, text[s.Start:s.End])
		}
		if diff := cmp.Diff(strings.Split(marked, "|"), got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestSentencesOfNothing(t *testing.T) {
	for _, text := range []string{"", " ", "\n\n\t", "\u00a0"} {
		if got := Sentences(text); len(got) != 0 {
			t.Errorf("Sentences(%q) = %v, want none", text, got)
		}
	}
}

// anyText draws text that is hard on splitters: terminators, abbreviations,
// several scripts, broken UTF-8.
var anyText = rapid.Custom(func(t *rapid.T) string {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{" ", " ", "  ", ".", "?", "!", "\n", "Dr.", "Fig.", "U.S.", "a.m.", "3.14", "e.g.", "The", "the",
			"C++", "C#", "TCP/IP", "TCP는", "漢字かな", "ไทย", "é", "e\u0301", "’s", "'s", "1,000", "\u200c", "\u200d", "\xff", "…", "。", "(", "\""}),
		rapid.StringMatching(`[a-zA-Z]{1,8}`), rapid.String(),
	)
	return strings.Join(rapid.SliceOfN(part, 0, 40).Draw(t, "parts"), "")
})

func TestSentencesCoverTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyText.Draw(t, "text")
		at := 0
		for _, s := range Sentences(text) {
			if s.Start < at || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("span %v after byte %d of %q", s, at, text)
			}
			if strings.TrimFunc(text[at:s.Start], unicode.IsSpace) != "" {
				t.Fatalf("%q is in no sentence of %q", text[at:s.Start], text)
			}
			if part := text[s.Start:s.End]; strings.TrimSpace(part) != part {
				t.Fatalf("sentence %q has white space around it", part)
			}
			at = s.End
		}
		if strings.TrimFunc(text[at:], unicode.IsSpace) != "" {
			t.Fatalf("%q is in no sentence of %q", text[at:], text)
		}
	})
}

// TestSentencesTakeLinearTime: what may stand between a terminator and the next
// sentence, in runs of a million. It took the square of their length once, and
// one such line held an ingest for days.
func TestSentencesTakeLinearTime(t *testing.T) {
	n := 1 << 18
	if os.Getenv("LECTERN_STRESS") != "" {
		n = 1 << 20
	}
	for _, unit := range []string{"(", ")", "\"", "'", " ", "\t", "\u00a0", " \u0301", "\u00ad ", "\u2019", "\u275b", "\u2e00", "\U0001F676", ".)", ". ", "1", "☃ "} {
		for _, before := range []string{"A.", "A. ", "what? "} {
			text := before + strings.Repeat(unit, n/len(unit)) + " Next one."
			began := time.Now()
			spans := Sentences(text)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%q and %d bytes of %q took %v", before, n, unit, took)
			}
			checkCover(t, text, spans)
		}
	}
}

// checkCover checks that spans are in order and hold everything but white space.
func checkCover(t *testing.T, text string, spans []Span) {
	t.Helper()
	at := 0
	for _, s := range append(spans, Span{len(text), len(text)}) {
		if s.Start < at || s.End < s.Start || strings.TrimSpace(text[at:s.Start]) != "" {
			t.Fatalf("a sentence from %d to %d after one that ends at %d", s.Start, s.End, at)
		}
		at = s.End
	}
}
