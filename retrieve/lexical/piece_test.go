package lexical

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// whole is tokenize without pieces: the whole text in one go.
func whole(text string, breakZWNJ bool) (words [][2]int) {
	t := tokenizer{text: text, breakZWNJ: breakZWNJ, run: -1, emit: func(start, end int) { words = append(words, [2]int{start, end}) }}
	t.segment(0, len(text))
	t.flush()
	return words
}

func inPieces(text string, breakZWNJ bool) (words [][2]int) {
	tokenize(text, breakZWNJ, func(start, end int) { words = append(words, [2]int{start, end}) })
	return words
}

func TestPieces(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"the sender, (or receiver) waits.", "the| sender,| (or| receiver)| waits."},
		{"two  spaces\nand a break ", "two|  spaces|\nand| a| break| "},
		{"caf\u00e9 au lait", "caf\u00e9 au| lait"},
		{"a\u2003 \uff9e b", "a\u2003 \uff9e b"},
	} {
		var pieces []string
		for at := 0; at < len(tt.text); {
			end := pieceEnd(tt.text, at)
			pieces = append(pieces, tt.text[at:end])
			at = end
		}
		if got := strings.Join(pieces, "|"); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// TestPiecesAnyText and FuzzPieces: reading piece by piece, with plain words
// apart, changes no word of any text.
func TestPiecesAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyText.Draw(t, "text")
		if diff := cmp.Diff(whole(text, false), inPieces(text, false)); diff != "" {
			t.Fatalf("%q (-whole +in pieces):\n%s", text, diff)
		}
	})
}

func FuzzPieces(f *testing.F) {
	for _, s := range []string{
		"", "The sender, (or the receiver) waits: 3.5 s.\nThen it sends.", "Wi-Fi - HTTP/2 / x -y e- mail", "C++ # a# b", "don't don’t 'tis",
		"a . b a. b a.\u00ad b a.\u0301b", " \uff9e ア_ \uff9e あ. \uff9e", "a\u200d b \u200db \u200c c", "e \u0301a", "東京 タワー TCP는 é",
		"\U0001f1e6\U0001f1e7 \U0001f1e8", "\xff \xffa a\xff", "\xf60 ", "a\tb\rc\r\nd\ve\x7f f\x00 g", "state-of-the -art abcd12 routers2020", "\u2003 a \u00a0b", "א\" ב\"ג",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, breakZWNJ := range []bool{false, true} {
			if diff := cmp.Diff(whole(text, breakZWNJ), inPieces(text, breakZWNJ)); diff != "" {
				t.Fatalf("%q (-whole +in pieces):\n%s", text, diff)
			}
		}
	})
}

// TestRecent: what is remembered is what would be worked out, for more words
// than there are slots, and for many who ask at once.
func TestRecent(t *testing.T) {
	r := NewRecent(englishTerm)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			rapid.Check(t, func(t *rapid.T) {
				for _, word := range rapid.SliceOfN(rapid.StringMatching(`[A-Za-z'é0-9,]{1,36}`), 1, 200).Draw(t, "words") {
					for range 2 {
						if got, want := r.Of(word), englishTerm(word); got != want {
							t.Errorf("%q: %q, want %q", word, got, want)
						}
					}
				}
			})
		})
	}
	all.Wait()
	held := 0
	for i := range r.slots {
		if known := r.slots[i].Load(); known != nil {
			held += len(known.word) + len(known.result)
		}
	}
	if most := recentSlots * 2 * recentBytes; held == 0 || held > most {
		t.Errorf("%d bytes are held, at most %d", held, most)
	}
}
