package llm

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"
)

// A Tokenizer counts the tokens of one byte-pair encoding. There is one of each
// per process; its tables (100,000 entries for cl100k_base, 200,000 for
// o200k_base, from files in the binary) are built at the first Count and take a
// few hundred milliseconds. It is safe for concurrent use.
type Tokenizer struct {
	name string
	load func() *encoding
}

// An encoding is a loaded table. ranks is the library's own map.
type encoding struct {
	ranks map[string]int
	bpe   *tiktoken.Tiktoken
	// cased: a piece of letters is capitals and then small letters, and a
	// contraction belongs to it (o200k_base).
	cased bool
}

// The patterns that cut text into pieces before merging, as published in
// OpenAI's tiktoken (tiktoken_ext/openai_public.py). They stand here, and the
// tables are loaded here, because the library would build everything again at
// each GetEncoding and keep the table where it cannot be asked.
var (
	cl100k = newTokenizer("cl100k_base",
		`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`)
	o200k = newTokenizer("o200k_base",
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`+
			`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?`+
			`|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`)
)

// CL100K counts in cl100k_base, the encoding that chunks are measured in
// whatever model is used.
func CL100K() *Tokenizer { return cl100k }

// TokenizerFor is the tokenizer of an OpenAI model, for budgets: o200k_base for
// gpt-4o and what came after it, else cl100k_base. For a model of another
// family the count is an estimate.
func TokenizerFor(model string) *Tokenizer {
	model = model[strings.LastIndexByte(model, '/')+1:] // "openai/gpt-4o"
	for _, prefix := range []string{
		"gpt-4o", "chatgpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "gpt-6", "gpt-oss", "o1", "o3", "o4",
	} {
		if rest, ok := strings.CutPrefix(model, prefix); ok && (rest == "" || rest[0] == '-' || rest[0] == '.' || rest[0] == ':') {
			return o200k
		}
	}
	return cl100k
}

// Name is the encoding's name.
func (t *Tokenizer) Name() string { return t.name }

// Count is the number of tokens of text, with special tokens such as
// <|endoftext|> counted as the characters they are written with. There are
// never more tokens than bytes of valid UTF-8; invalid bytes count as U+FFFD.
//
// The time is proportional to the length. Byte-pair merging is quadratic in the
// length of an unbroken run, so runs of letters, of white space or of symbols
// are cut every 400 bytes: the count of text with longer runs may be about one
// too high for each cut.
func (t *Tokenizer) Count(text string) int {
	if text == "" {
		return 0
	}
	enc := t.load()
	n := 0
	for text != "" {
		if size := enc.piece(text); size > 0 {
			n += enc.tokensOf(text[:size])
			text = text[size:]
			continue
		}
		stretch := text[:nextWord(text)]
		text = text[len(stretch):]
		for stretch != "" {
			cut := breakAt(stretch)
			n += enc.merge(stretch[:cut])
			stretch = stretch[cut:]
		}
	}
	return n
}

func newTokenizer(name, pattern string) *Tokenizer {
	return &Tokenizer{name: name, load: sync.OnceValue(func() *encoding {
		ranks, err := loader.NewOfflineLoader().LoadTiktokenBpe(name + ".tiktoken")
		var core *tiktoken.CoreBPE
		if err == nil {
			core, err = tiktoken.NewCoreBPE(ranks, nil, pattern)
		}
		if err != nil {
			// The file is part of the binary: no input leads here, and no build
			// whose tests have passed.
			panic("llm: embedded encoding " + name + ": " + err.Error())
		}
		return &encoding{ranks: ranks, bpe: tiktoken.NewTiktoken(core, nil, nil), cased: name == "o200k_base"}
	})}
}

// merge counts the tokens of any text. (The library's Encode would panic on
// special tokens in the text.)
func (e *encoding) merge(text string) int { return len(e.bpe.EncodeOrdinary(text)) }

// nextWord returns where, after the first byte, a piece certainly begins: at a
// space between two ASCII letters; len(text) if there is none.
func nextWord(text string) int {
	for i := 1; i+1 < len(text); i++ {
		if text[i] == ' ' && asciiLetter(text[i-1]) && asciiLetter(text[i+1]) {
			return i
		}
	}
	return len(text)
}

func asciiLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

const maxRun = 400

// breakAt returns where text is to be cut so that no piece of the encodings'
// patterns can grow without bound: len(text) if it need not be. The patterns'
// long pieces are of letters and marks, of anything but letters, digits and
// space, or of white space; marks may occur in both of the first two.
func breakAt(text string) int {
	if len(text) <= maxRun {
		return len(text)
	}
	var letters, symbols, spaces int // length of the run that ends here
	for i, r := range text {
		n := utf8.RuneLen(r)
		if n < 0 {
			n = 1
		}
		switch {
		case r < utf8.RuneSelf && asciiLetter(byte(r)):
			letters, symbols, spaces = letters+n, 0, 0
		case unicode.IsSpace(r):
			letters, symbols, spaces = 0, 0, spaces+n
		case unicode.IsLetter(r):
			letters, symbols, spaces = letters+n, 0, 0
		case unicode.IsNumber(r): // at most three to a piece
			letters, symbols, spaces = 0, 0, 0
		case unicode.IsMark(r):
			letters, symbols, spaces = letters+n, symbols+n, 0
		default:
			letters, symbols, spaces = 0, symbols+n, 0
		}
		if max(letters, symbols, spaces) > maxRun {
			return i
		}
	}
	return len(text)
}
