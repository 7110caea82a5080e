package eval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLocate(t *testing.T) {
	tests := []struct {
		name, document, quote string
		nth                   int // which occurrence of the quote in the document is meant, from 0
		lecture, want         string
		before                string // what stands before it in the lecture
	}{
		{"as it is", "In the 10th century.", "10th", 0, "In the 10th century.", "10th", "In the "},
		{"line feed became a space", "One.\nTwo words.", "Two words", 0, "One. Two words.", "Two words", "One. "},
		{"spaces in the quote", "a  long\u00a0way home", "long\u00a0way", 0, "a long way home", "long way", "a "},
		{"hidden characters taken away", "so\u200bft\u00ad soap", "soft", 0, "soft soap", "", ""},
		{"the second of two", "ten men and ten women", "ten", 1, "ten men and ten women", "ten", "ten men and "},
		{"much taken away before", strings.Repeat("[noise] ", 40) + "he said ten and she said ten", "ten", 1, "he said ten and she said ten", "ten", "he said ten and she said "},
		{"composed", "cafe\u0301 au lait", "cafe\u0301", 0, "caf\u00e9 au lait", "caf\u00e9", ""},
		{"outside ASCII", "Zoë und Chloë", "Chloë", 0, "Zoë und Chloë", "Chloë", "Zoë und "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			at := 0
			for range tt.nth {
				at += strings.Index(tt.document[at:], tt.quote) + 1
			}
			i := strings.Index(tt.document[at:], tt.quote)
			if tt.name == "hidden characters taken away" {
				i, tt.quote, tt.want = 0, "so\u200bft", "soft"
			}
			start := len([]rune(tt.document[:at+i]))
			from, to, ok := locate([]rune(tt.document), start, start+len([]rune(tt.quote)), newView(tt.lecture))
			if !ok || tt.lecture[from:to] != tt.want || tt.lecture[:from] != tt.before {
				t.Fatalf("%q behind %q, %v", tt.lecture[from:to], tt.lecture[:from], ok)
			}
		})
	}
	if _, _, ok := locate([]rune("gone with the wind"), 0, 4, newView("with the wind")); ok {
		t.Error("found what is not there")
	}
	if _, _, ok := locate([]rune("a \u200b b"), 1, 3, newView("a b")); ok {
		t.Error("found a quote of nothing")
	}
}

// TestLocateProperty: whatever white space and hidden characters cleaning takes away or adds, a span is found where it was.
func TestLocateProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"ten", "men", "naïve", "日本", "x.", "ten,"}), 2, 40).Draw(t, "words")
		var document, lecture strings.Builder
		starts, ends := make([]int, len(words)), make([]int, len(words)) // characters of the document
		want := make([]int, len(words))                                  // bytes of the lecture
		n := 0
		for i, w := range words {
			if i > 0 {
				gap := rapid.SampledFrom([]string{" ", "\n", "  ", "\u00a0", " \u200b"}).Draw(t, "gap")
				document.WriteString(gap)
				lecture.WriteByte(' ')
				n += len([]rune(gap))
			}
			starts[i], want[i] = n, lecture.Len()
			document.WriteString(w)
			lecture.WriteString(w)
			n += len([]rune(w))
			ends[i] = n
		}
		first := rapid.IntRange(0, len(words)-1).Draw(t, "first")
		last := rapid.IntRange(first, min(first+4, len(words)-1)).Draw(t, "last")
		from, to, ok := locate([]rune(document.String()), starts[first], ends[last], newView(lecture.String()))
		if !ok || from != want[first] || lecture.String()[from:to] != strings.Join(words[first:last+1], " ") {
			t.Fatalf("words %d to %d: %v, %d, want %d", first, last, ok, from, want[first])
		}
	})
}

func TestLay(t *testing.T) {
	l := lay([]stored{
		{Text: "One two. Three four.", Offsets: []int32{0, 9}, Starts: []int64{0, 900}},
		{Text: "Three four. Five.", Overlap: 11, Offsets: []int32{0, 12}, Starts: []int64{900, 1500}},
		{Text: "Six.", Offsets: []int32{0}, Starts: []int64{1500}},
	})
	if l.text != "One two. Three four. Five. Six." || !l.contiguous {
		t.Fatalf("%q, %v", l.text, l.contiguous)
	}
	if diff := cmp.Diff(map[int64]int{0: 0, 900: 9, 1500: 21}, l.cues); diff != "" {
		t.Errorf("where cues begin (-want +got):\n%s", diff)
	}
	at := func(s string) (int, int) { i := strings.Index(l.text, s); return i, i + len(s) }
	for _, tt := range []struct {
		quote       string
		first, last int
		want        bool
	}{
		{"Three", 0, 0, true}, {"Three", 1, 1, true}, {"two. Three", 1, 1, false}, {"two. Three four. Five", 0, 0, false},
		{"two. Three four. Five", 0, 1, true}, {"Five. Six", 1, 2, true}, {"Six.", 2, 2, true}, {"Six.", 2, 3, false},
	} {
		from, to := at(tt.quote)
		if got := l.holds(tt.first, tt.last, from, to); got != tt.want {
			t.Errorf("%q in chunks %d to %d: %v", tt.quote, tt.first, tt.last, got)
		}
	}
	for quote, want := range map[string]bool{"four. Five": true, "two. Three four. Five": false, "Five. Six": false, "Six": true} {
		if from, to := at(quote); l.anyHolds(from, to) != want {
			t.Errorf("%q in a single chunk: %v", quote, !want)
		}
	}
	if lay([]stored{{Text: "One two."}, {Text: "xwo. Three.", Overlap: 4}}).contiguous {
		t.Error("an overlap that is none goes unnoticed")
	}
}
