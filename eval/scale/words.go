package scale

import (
	"math/rand/v2"
	"strings"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
)

const (
	vocabulary = 20_000
	// Frequencies fall as (zipfShift + rank)^-zipfExponent, which is Mandelbrot's form of Zipf's law; with these the first
	// word is one in eighteen, as "the" is in English.
	zipfExponent, zipfShift = 1.07, 2.7
	// topicShare is how many of a lecture's words are of its topic.
	topicShare = 0.15
	topicWords = 40

	chunkTokens   = 200 // a chunk ends with the sentence that reaches it
	overlapTokens = 30  // of which the last sentences of the chunk before
	wordMS        = 400 // 150 words a minute
)

// function words are the first of the vocabulary: an English analyser leaves them out, and without such words every
// chunk would stand in the postings of every frequent word.
const functionWords = "the of and to a in is it that for as with was on be are this by at not but an they will or which their there such then if these into no"

// A word comes with its length in cl100k_base, behind a space and at the beginning of a text.
type word struct {
	text           string
	inside, before int32
}

// wordsOf makes up a vocabulary, the most frequent word first. The same seed gives the same words.
func wordsOf(seed uint64) []word {
	rng := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // to be repeatable is what it is for
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	taken := map[string]bool{}
	all := make([]word, 0, vocabulary)
	count := llm.CL100K().Count
	add := func(text string) {
		if taken[text] {
			return
		}
		taken[text] = true
		if w := (word{text, int32(count(" " + text)), int32(count(text))}); w.inside <= 2 { // as most English words are
			all = append(all, w)
		}
	}
	for _, w := range strings.Fields(functionWords) {
		add(w)
	}
	for len(all) < vocabulary {
		var b strings.Builder
		for range 2 + rng.IntN(2) {
			b.WriteByte(consonants[rng.IntN(len(consonants))])
			b.WriteByte(vowels[rng.IntN(len(vowels))])
		}
		if rng.IntN(2) == 0 {
			b.WriteByte(consonants[rng.IntN(len(consonants))])
		}
		add(b.String())
	}
	return all
}

// A speaker talks about one topic: most words by Zipf's law, some of the topic's own.
type speaker struct {
	rng   *rand.Rand
	zipf  *rand.Zipf
	words []word
	topic []int32 // indexes into words
}

func newSpeaker(rng *rand.Rand, words []word, topic []int32) *speaker {
	return &speaker{rng: rng, zipf: rand.NewZipf(rng, zipfExponent, zipfShift, uint64(len(words)-1)), words: words, topic: topic}
}

func (s *speaker) word() word {
	if s.rng.Float64() < topicShare {
		return s.words[s.topic[s.rng.IntN(len(s.topic))]]
	}
	return s.words[s.zipf.Uint64()]
}

// A sentence is a cue.
type sentence struct {
	text           string
	tokens         int // behind a space
	first          int // tokens that it is longer by at the beginning of a text; mostly 0 or less
	startMS, endMS int64
}

// sentence says 6 to 18 words from the given time on.
func (s *speaker) sentence(startMS int64) sentence {
	n := 6 + s.rng.IntN(13)
	var b strings.Builder
	out := sentence{startMS: startMS, endMS: startMS + int64(n)*wordMS}
	for i := range n {
		w := s.word()
		if i == 0 {
			out.first = int(w.before - w.inside)
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
		out.tokens += int(w.inside)
	}
	b.WriteByte('.')
	out.tokens++ // the full stop
	out.text = b.String()
	return out
}

// lecture says n chunks. Each but the first begins with the last sentences of the one before.
func (s *speaker) lecture(n int) []ingest.Chunk {
	chunks := make([]ingest.Chunk, 0, n)
	var said []sentence // of the chunk, those that overlap first
	clock := int64(0)
	for range n {
		overlapped := len(said)
		tokens := 0
		for _, x := range said {
			tokens += x.tokens
		}
		for tokens < chunkTokens {
			x := s.sentence(clock)
			clock = x.endMS + 200
			said, tokens = append(said, x), tokens+x.tokens
		}
		chunks = append(chunks, join(said, overlapped, tokens+said[0].first))
		from := len(said)
		for tokens = 0; from > 1 && tokens+said[from-1].tokens <= overlapTokens; from-- {
			tokens += said[from-1].tokens
		}
		said = append([]sentence(nil), said[from:]...)
	}
	return chunks
}

// join makes a chunk of sentences, of which the first were said in the chunk before, too.
func join(said []sentence, overlapped, tokens int) ingest.Chunk {
	c := ingest.Chunk{Tokens: tokens, Cues: make([]ingest.Cue, len(said))}
	var b strings.Builder
	for i, x := range said {
		if i > 0 {
			b.WriteByte(' ')
		}
		c.Cues[i] = ingest.Cue{Offset: b.Len(), StartMS: x.startMS, EndMS: x.endMS}
		b.WriteString(x.text)
		if i == overlapped-1 {
			c.Overlap = b.Len()
		}
	}
	c.Text = b.String()
	return c
}
