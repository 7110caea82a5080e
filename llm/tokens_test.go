package llm

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"
	"pgregory.net/rapid"
)

// The longer examples and their counts are those of OpenAI's cookbook, "How to
// count tokens with tiktoken".
func TestCount(t *testing.T) {
	tests := []struct {
		text          string
		cl100k, o200k int
	}{
		{"", 0, 0},
		{"hello world", 2, 2},
		{"tiktoken is great!", 6, 6},
		{"antidisestablishmentarianism", 6, 6},
		{"2 + 2 = 4", 7, 7},
		{"お誕生日おめでとう", 9, 8},
		{"1234567", 3, 3},
	}
	for _, tt := range tests {
		if got := CL100K().Count(tt.text); got != tt.cl100k {
			t.Errorf("cl100k_base of %q = %d, want %d", tt.text, got, tt.cl100k)
		}
		if got := TokenizerFor("gpt-4o").Count(tt.text); got != tt.o200k {
			t.Errorf("o200k_base of %q = %d, want %d", tt.text, got, tt.o200k)
		}
	}
}

func TestCountSpecialTokensAsText(t *testing.T) {
	if got := CL100K().Count("<|endoftext|>"); got < 2 {
		t.Errorf("Count of a special token's spelling = %d, want its characters", got)
	}
	if got := CL100K().Count("a\xff\xfe\x00b"); got < 3 {
		t.Errorf("Count of invalid UTF-8 = %d, want at least 3", got)
	}
}

// Cutting must not change the count of text with ordinary runs.
func TestCountEqualsLibrary(t *testing.T) {
	tiktoken.SetBpeLoader(loader.NewOfflineLoader())
	for _, tok := range []*Tokenizer{CL100K(), TokenizerFor("gpt-4o")} {
		enc, err := tiktoken.GetEncoding(tok.Name())
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			words := rapid.SliceOfN(rapid.OneOf(
				rapid.StringOfN(rapid.RuneFrom([]rune("aabcstSDZLéß़ि世界あ1٣!.,…—'’\n\t\r  <|>")), 0, 60, 120),
				// What is cut without the patterns, and what it must leave to them.
				rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"the", "Router", "TCP", "IPv", "x", "'s", "'LL", "'re", "'", "7", "80", "2024",
					".", ",", "...", "(", "/", "-", "#", " ", "   ", "\n", "\x00", "\x7f", "é", "ſ", "\u0301", "\u00a0"}), 0, 12),
					func(parts []string) string { return strings.Join(parts, "") }),
			), 0, 20).Draw(t, "words")
			text := strings.Join(words, " ")
			if got, want := tok.Count(text), len(enc.EncodeOrdinary(text)); got != want {
				t.Fatalf("%s: Count = %d, the library says %d", tok.Name(), got, want)
			}
		})
	}
}

func TestCountIsAtMostBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got := CL100K().Count(s); got > len(s) || (got == 0) != (s == "") {
			t.Fatalf("%d tokens for %d bytes", got, len(s))
		}
	})
}

// Every kind of run that a pattern can take as one piece must stay linear: a
// merge of the whole would take minutes.
func TestCountLongRuns(t *testing.T) {
	CL100K().Count("warm")
	TokenizerFor("gpt-4o").Count("warm")
	for name, unit := range map[string]string{
		"letters": "abcdefgh", "capitals": "ABCDEFGH", "spaces": " ", "newlines": "\n", "symbols": "=", "marks": "\u0301",
		"marked symbols": "!\u0301", "marked letters": "e\u0301", "han": "世界", "digits": "0123456789", "symbol lines": "!\n", "mixed spaces": " \u00a0",
	} {
		text := strings.Repeat(unit, 100_000/len(unit))
		for _, tok := range []*Tokenizer{CL100K(), TokenizerFor("gpt-4o")} {
			start := time.Now()
			n := tok.Count(text)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%s: %s of 100 KB took %s", tok.Name(), name, took)
			}
			if n == 0 || n > len(text) {
				t.Errorf("%s: %s: %d tokens for %d bytes", tok.Name(), name, n, len(text))
			}
		}
	}
}

func TestTokenizerFor(t *testing.T) {
	for model, want := range map[string]string{
		"gpt-4o": "o200k_base", "gpt-4o-mini-2024-07-18": "o200k_base", "chatgpt-4o-latest": "o200k_base",
		"gpt-4.1-nano": "o200k_base", "gpt-5": "o200k_base", "gpt-5.1": "o200k_base", "o1": "o200k_base", "o3-mini": "o200k_base",
		"o4-mini": "o200k_base", "gpt-oss:20b": "o200k_base", "openai/gpt-4o": "o200k_base",
		"gpt-4": "cl100k_base", "gpt-4-turbo": "cl100k_base", "gpt-3.5-turbo": "cl100k_base", "text-embedding-3-small": "cl100k_base",
		"llama3.1:8b": "cl100k_base", "o1000": "cl100k_base", "": "cl100k_base", "/": "cl100k_base",
	} {
		if got := TokenizerFor(model).Name(); got != want {
			t.Errorf("TokenizerFor(%q) = %s, want %s", model, got, want)
		}
	}
}

func TestTokenizerIsOnePerProcess(t *testing.T) {
	if CL100K() != TokenizerFor("gpt-4") {
		t.Error("two cl100k_base tokenizers")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := CL100K().Count("one two three"); got != 3 {
					t.Errorf("Count = %d, want 3", got)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkCount(b *testing.B) {
	words := strings.Repeat("the router keeps one entry per destination network and forwards each packet, hop by hop. ", 2000/15)
	letters := strings.Repeat("abcdefghijklmnopqrstuvwxyz", 1<<20/26)
	for _, bb := range []struct{ name, text string }{{"2000words", words}, {"1MBletters", letters}, {"sentence", words[:90]}} {
		for _, tok := range []*Tokenizer{CL100K(), TokenizerFor("gpt-4o")} {
			b.Run(bb.name+"/"+tok.Name(), func(b *testing.B) {
				tok.Count("warm")
				b.SetBytes(int64(len(bb.text)))
				for b.Loop() {
					tok.Count(bb.text)
				}
			})
		}
	}
}

func FuzzCount(f *testing.F) {
	tiktoken.SetBpeLoader(loader.NewOfflineLoader())
	enc, err := tiktoken.GetEncoding("cl100k_base")
	if err != nil {
		f.Fatal(err)
	}
	enc2, err := tiktoken.GetEncoding("o200k_base")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "Hello, World. It's 5 o'clock!", " a  b", "HTTPServer fooBar", "x.\nY", "<|endoftext|>", "世界 hello ", "\xff a b", "a.? b", "I'LL we'll"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxRun { // longer runs may be cut
			text = text[:maxRun]
		}
		if got, want := CL100K().Count(text), len(enc.EncodeOrdinary(text)); got != want {
			t.Fatalf("%q: %d, the library says %d", text, got, want)
		}
		if got, want := o200k.Count(text), len(enc2.EncodeOrdinary(text)); got != want {
			t.Fatalf("%q in o200k_base: %d, the library says %d", text, got, want)
		}
	})
}
