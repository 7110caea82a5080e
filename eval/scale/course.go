package scale

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
)

// A Shape is what every course of a load looks like.
type Shape struct {
	Seed       uint64 `json:"seed"`       // another seed, other courses
	Lectures   int    `json:"lectures"`   // of a course, 1 to 1,000
	Chunks     int    `json:"chunks"`     // of a lecture, 1 to 10,000
	Dimensions int    `json:"dimensions"` // of a vector, 2 to 4,000
}

// MaxChunks is the most chunks of a course: it is made in memory and stored in one transaction. Real ones have 1,000 to
// 4,000.
const MaxChunks = 100_000

// ChunksOfCourse is lectures × chunks.
func (s Shape) ChunksOfCourse() int { return s.Lectures * s.Chunks }

// DiskPerChunk estimates the bytes that a chunk takes in the database, with its indexes: two per dimension, and what was
// measured of text, cues, postings and rows at a million chunks (docs/benchmarks.md).
func (s Shape) DiskPerChunk() int { return 2600 + 2*s.Dimensions }

// topics is how many subjects a course has; its lectures go through them one after the other.
const topics = 4

// How far vectors lie from what they belong to: the cosine is about 1/√(1+spread²).
const (
	topicSpread = 0.7 // topics of a course
	chunkSpread = 0.7 // chunks of a topic
	querySpread = 0.9 // questions about a topic
)

// A World makes courses up. The course of a number is the same whenever it is made, and whatever else is.
type World struct {
	Shape
	words []word
}

// NewWorld returns the courses of a shape, or an error that says which number is out of range.
func NewWorld(s Shape) (*World, error) {
	switch {
	case s.Lectures < 1 || s.Lectures > 1000:
		return nil, fmt.Errorf("lectures of a course: %d; use 1 to 1,000", s.Lectures)
	case s.Chunks < 1 || s.Chunks > 10_000:
		return nil, fmt.Errorf("chunks of a lecture: %d; use 1 to 10,000", s.Chunks)
	case s.ChunksOfCourse() > MaxChunks:
		return nil, fmt.Errorf("a course of %d × %d chunks: use at most 100,000 a course", s.Lectures, s.Chunks)
	case s.Dimensions < 2 || s.Dimensions > 4000:
		return nil, fmt.Errorf("dimensions of a vector: %d; use 2 to 4,000", s.Dimensions)
	}
	return &World{Shape: s, words: wordsOf(s.Seed)}, nil
}

// Space is the embedding space of the vectors, which no model made.
func (s Shape) Space() llm.Space {
	return llm.Space{Name: fmt.Sprintf("made-up@%d", s.Dimensions), Model: "made-up", Dimensions: s.Dimensions}
}

// title says what a course was made with, so that a later load can tell its own courses from others.
func (s Shape) title(n int) string {
	return fmt.Sprintf("Made-up course %d: %d × %d chunks, %d dimensions, seed %d", n, s.Lectures, s.Chunks, s.Dimensions, s.Seed)
}

// lectureID names a lecture by its number.
func lectureID(n int) string { return fmt.Sprintf("lecture-%03d", n) }

// course is what the lectures of a course have in common, and questions about it know.
type course struct {
	world  *World
	n      int
	topics [topics]topic
}

type topic struct {
	center []float64
	words  []int32
}

func (w *World) course(n int) *course {
	rng := rand.New(rand.NewPCG(w.Seed, 1<<32|uint64(n))) //nolint:gosec // to be repeatable is what it is for
	c := &course{world: w, n: n}
	center := near(rng, make([]float64, w.Dimensions), 1)
	for i := range c.topics {
		t := topic{center: near(rng, center, topicSpread), words: make([]int32, topicWords)}
		for k := range t.words { // frequent enough to be words, rare enough to be a subject's own
			t.words[k] = int32(200 + rng.IntN(len(w.words)-200))
		}
		c.topics[i] = t
	}
	return c
}

// about is the topic of a lecture.
func (c *course) about(lecture int) topic { return c.topics[lecture*topics/c.world.Lectures] }

// lectures makes the whole course. The error is the context's, which is asked before each lecture.
func (c *course) lectures(ctx context.Context) ([]ingest.Made, error) {
	w := c.world
	out := make([]ingest.Made, w.Lectures)
	for i := range out {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rng := rand.New(rand.NewPCG(w.Seed, 2<<32|uint64(c.n)<<10|uint64(i))) //nolint:gosec // to be repeatable is what it is for
		t := c.about(i)
		l := ingest.Made{Lecture: lectureID(i), Chunks: newSpeaker(rng, w.words, t.words).lecture(w.Chunks), Vectors: make([][]float32, w.Chunks)}
		l.Title = fmt.Sprintf("%d. On %s and %s", i+1, w.words[t.words[i%topicWords]].text, w.words[t.words[(i+1)%topicWords]].text)
		for k := range l.Vectors {
			l.Vectors[k] = singles(near(rng, t.center, chunkSpread))
		}
		out[i] = l
	}
	return out, nil
}

// A question is about one lecture's topic.
type question struct {
	lecture string
	text    string
	vector  []float32
}

// question asks with eight words: half as anybody speaks, half of the topic.
func (c *course) question(rng *rand.Rand) question {
	lecture := rng.IntN(c.world.Lectures)
	t := c.about(lecture)
	s := newSpeaker(rng, c.world.words, t.words)
	q := question{lecture: lectureID(lecture), vector: singles(near(rng, t.center, querySpread))}
	for i := range 8 {
		if i > 0 {
			q.text += " "
		}
		if i%2 == 0 {
			q.text += s.words[s.zipf.Uint64()].text
		} else {
			q.text += s.words[t.words[rng.IntN(len(t.words))]].text
		}
	}
	return q
}

// near is a vector of length 1 around v; around zero it is a random direction.
func near(rng *rand.Rand, v []float64, spread float64) []float64 {
	out := make([]float64, len(v))
	step := spread / math.Sqrt(float64(len(v))) // so the noise is about spread long
	var sum float64
	for i := range v {
		out[i] = v[i] + step*rng.NormFloat64()
		sum += out[i] * out[i]
	}
	length := math.Sqrt(sum)
	for i := range out {
		out[i] /= length
	}
	return out
}

func singles(v []float64) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}
