package llm

import (
	"context"
	"fmt"
	"math"
)

const (
	offlineModel = "offline-hash-v1" // changes whenever any vector would
	offlineDims  = 384
)

// Offline embeds text without a model, a network or a dictionary: features of
// the words are hashed into a vector of fixed length (Weinberger et al.,
// "Feature Hashing for Large Scale Multitask Learning", ICML 2009), each with a
// sign from the hash so that collisions cancel on average. The features are the
// words and, as in fastText (Bojanowski et al., "Enriching Word Vectors with
// Subword Information", TACL 2017), their character n-grams, so that inflected
// and misspelt words stay close. Repetition counts by its logarithm.
//
// It measures shared wording, not meaning: "car" and "automobile" are unrelated
// to it. The vectors are the same on every machine, for every version that
// calls its space offline-hash-v1@384.
type Offline struct{}

// NewOffline returns the offline embedder. It is safe for concurrent use.
func NewOffline() *Offline { return &Offline{} }

// Space is offline-hash-v1@384. It does not fail.
func (*Offline) Space(context.Context) (Space, error) {
	return spaceOf(offlineModel, offlineDims), nil
}

// Embed returns one vector of length 1 (L2) for each text, in order. A text
// with nothing visible in it is ErrEmptyText; every other text has a vector
// that is not zero. It stops when ctx is done.
func (*Offline) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !visible(t) {
			return nil, fmt.Errorf("text %d: %w", i, ErrEmptyText)
		}
		out[i] = hashText(t)
	}
	return out, nil
}

// hashText adds up the features of text and normalises the sum.
func hashText(text string) []float32 {
	var sum [offlineDims]float64
	f := featuresOf(text)
	for _, h := range f.order { // in order of occurrence: float sums depend on it
		slot, sign := slotOf(h)
		sum[slot] += sign * f.weight(h)
	}
	var norm float64
	for _, x := range sum {
		norm += x * x
	}
	if norm < 1e-12 {
		// Everything cancelled, which two features can do. Any fixed direction
		// that depends on the text will do.
		slot, _ := slotOf(hashBytes(seedWhole, text))
		sum[slot], norm = 1, 1
	}
	scale := 1 / math.Sqrt(norm)
	v := make([]float32, offlineDims)
	for i, x := range sum {
		v[i] = float32(x * scale)
	}
	return v
}

// slotOf splits a hash into a position and a sign, from different bits.
func slotOf(h uint64) (slot int, sign float64) {
	sign = 1
	if h>>63 == 1 {
		sign = -1
	}
	return int((h & (1<<63 - 1)) % offlineDims), sign
}
