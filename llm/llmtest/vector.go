package llmtest

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// DefaultDimensions is the length of computed vectors where the request asks
// for none.
const DefaultDimensions = 32

// Vector is the vector that the server computes for text by default: numbers
// from SHA-256 of the text, scaled to length 1. The same text has the same
// vector everywhere; different texts are about orthogonal, however similar.
func Vector(text string, dims int) []float32 {
	v := make([]float32, dims)
	seed := sha256.Sum256([]byte(text))
	var sum float64
	var block [sha256.Size]byte
	for i := range v {
		if i%8 == 0 {
			block = sha256.Sum256(binary.LittleEndian.AppendUint32(seed[:], uint32(i)))
		}
		x := float64(binary.LittleEndian.Uint32(block[i%8*4:]))/(1<<31) - 1
		v[i] = float32(x)
		sum += x * x
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	scale := 1 / math.Sqrt(sum)
	for i := range v {
		v[i] = float32(float64(v[i]) * scale)
	}
	return v
}
