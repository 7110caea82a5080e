package llm

import (
	"context"
	"errors"
	"fmt"
	"math"
	"unicode"

	openai "github.com/sashabaranov/go-openai"
)

// A Space is where vectors can be compared: vectors of two spaces cannot. Name
// is the model and the dimensions, "text-embedding-3-small@1536", and is stored
// with every vector.
type Space struct {
	Name       string
	Model      string
	Dimensions int
}

func spaceOf(model string, dims int) Space {
	return Space{Name: fmt.Sprintf("%s@%d", model, dims), Model: model, Dimensions: dims}
}

// Space is the space of the vectors that Embed returns. If the dimensions are
// not configured, the first call embeds one word to find them; a failure is
// returned and the next call tries again.
func (c *Client) Space(ctx context.Context) (Space, error) {
	if c.cfg.EmbedModel == "" {
		return Space{}, errNoEmbedModel
	}
	dims := c.dimensions()
	if dims == 0 {
		if _, err := c.Embed(ctx, []string{"lecture"}); err != nil {
			return Space{}, fmt.Errorf("find the dimensions of %s: %w", c.cfg.EmbedModel, err)
		}
		dims = c.dimensions()
	}
	return spaceOf(c.cfg.EmbedModel, dims), nil
}

var errNoEmbedModel = errors.New("llm: no embedding model is configured")

func (c *Client) dimensions() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dims
}

// Embed returns one vector for each text, in the order of texts, of length 1
// (L2) and of the dimensions of Space. It returns all of them or an error. A
// text with nothing visible in it is ErrEmptyText, and nothing is sent.
//
// Texts travel in batches of at most Config.EmbedBatch and, unless a single
// text is longer, 300,000 tokens (counted as bytes, of which there are never
// fewer). A reply may take 32 bytes a number (of 4,096 while the dimensions
// are unknown) where that is more than Config.MaxResponseBytes.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if c.cfg.EmbedModel == "" {
		return nil, errNoEmbedModel
	}
	for i, t := range texts {
		if !visible(t) {
			return nil, fmt.Errorf("text %d: %w", i, ErrEmptyText)
		}
	}
	out := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := batchLen(texts, c.cfg.EmbedBatch)
		vectors, err := c.embedBatch(ctx, texts[:n])
		if err != nil {
			return nil, err
		}
		out = append(out, vectors...)
		texts = texts[n:]
	}
	return out, nil
}

// batchLen is how many of texts go into the next request, at least 1.
func batchLen(texts []string, most int) int {
	size := 0
	for i, t := range texts {
		size += len(t)
		if i > 0 && (i == most || size > maxEmbedTokens) {
			return i
		}
	}
	return len(texts)
}

func (c *Client) embedBatch(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.EmbedTimeout)
	defer cancel()
	dims := c.dimensions()
	expect := dims
	if expect == 0 {
		expect = 4096
	}
	b := bounds{bytes: max(c.cfg.MaxResponseBytes, int64(len(texts))*int64(expect)*32)}
	d := c.dialect(c.cfg.EmbedModel)
	for {
		req := openai.EmbeddingRequestStrings{
			Input:          texts,
			Model:          openai.EmbeddingModel(c.cfg.EmbedModel),
			EncodingFormat: openai.EmbeddingEncodingFormatFloat,
		}
		if !d.noDimensions {
			req.Dimensions = c.cfg.EmbedDimensions
		}
		var vectors [][]float32
		_, err := c.call(ctx, c.embed, b, func(ctx context.Context, _ *attempt) error {
			got, err := c.api.CreateEmbeddings(ctx, req)
			if err != nil {
				return err
			}
			vectors, err = arrange(got.Data, len(texts), dims)
			return err
		})
		if err == nil {
			if d != (dialect{}) {
				c.learn(c.cfg.EmbedModel, d)
			}
			c.mu.Lock()
			if c.dims == 0 {
				c.dims = len(vectors[0])
			}
			c.mu.Unlock()
			return vectors, nil
		}
		next, ok := d.after(err, false)
		if !ok {
			return nil, err
		}
		d = next
	}
}

// arrange puts the vectors of a reply into the order of the request and
// normalises them. There must be n, with the indexes 0 to n-1 each once, of
// dims numbers each (0: of as many as the first), finite and not all zero.
func arrange(data []openai.Embedding, n, dims int) ([][]float32, error) {
	if len(data) != n {
		return nil, fmt.Errorf("%w: %d vectors for %d texts", ErrMalformed, len(data), n)
	}
	out := make([][]float32, n)
	for _, e := range data {
		if e.Index < 0 || e.Index >= n || out[e.Index] != nil {
			return nil, fmt.Errorf("%w: the vectors' indexes are not 0 to %d, each once", ErrMalformed, n-1)
		}
		if dims == 0 {
			dims = len(e.Embedding)
		}
		if len(e.Embedding) != dims || dims == 0 {
			return nil, fmt.Errorf("%w: a vector of %d dimensions where %d were expected; if the model's own number is wanted, configure no dimensions", ErrMalformed, len(e.Embedding), dims)
		}
		if !normalise(e.Embedding) {
			return nil, fmt.Errorf("%w: vector %d is zero or not finite", ErrMalformed, e.Index)
		}
		out[e.Index] = e.Embedding
	}
	return out, nil
}

// normalise scales v to length 1 and reports whether it could.
func normalise(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return false
	}
	scale := 1 / math.Sqrt(sum)
	for i := range v {
		v[i] = float32(float64(v[i]) * scale)
	}
	return true
}

// visible reports whether s has a character that shows: not white space, not a
// control or format character.
func visible(s string) bool {
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			return true
		}
	}
	return false
}
