package llm

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

var near = cmpopts.EquateApprox(0, 1e-6)

// The scripted server sends the vectors last first.
func TestEmbedOrder(t *testing.T) {
	srv, c := start(t, nil)
	texts := []string{"one", "two", "three"}
	got, err := c.Embed(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if diff := cmp.Diff(llmtest.Vector(text, llmtest.DefaultDimensions), got[i], near); diff != "" {
			t.Errorf("vector of %q (-want +got):\n%s", text, diff)
		}
	}
	f := fields(t, srv.Requests()[0])
	if f["encoding_format"] != "float" || f["model"] != "scripted-embed" {
		t.Errorf("asked for %v of %v", f["encoding_format"], f["model"])
	}
	if _, has := f["dimensions"]; has {
		t.Error("dimensions were asked for though none are configured")
	}
}

func TestEmbedBatches(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.EmbedBatch = 4 })
	var texts []string
	for i := range 10 {
		texts = append(texts, fmt.Sprint("text ", i))
	}
	got, err := c.Embed(t.Context(), texts)
	if err != nil || len(got) != 10 {
		t.Fatalf("%d vectors, %v", len(got), err)
	}
	if diff := cmp.Diff(llmtest.Vector("text 9", 32), got[9], near); diff != "" {
		t.Errorf("last vector (-want +got):\n%s", diff)
	}
	var sizes []int
	for _, r := range srv.Requests() {
		sizes = append(sizes, len(r.Inputs))
	}
	if diff := cmp.Diff([]int{4, 4, 2}, sizes); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

func TestBatchLen(t *testing.T) {
	big := strings.Repeat("x", 200_000)
	for _, tt := range []struct {
		texts []string
		most  int
		want  int
	}{
		{[]string{"a", "b", "c"}, 2, 2}, {[]string{"a"}, 2, 1}, {[]string{big, big}, 9, 1}, {[]string{big, "a", big}, 9, 2},
		{[]string{big + big, "a"}, 9, 1}, {[]string{"a", big + big}, 9, 1}, {[]string{"a", "b"}, 1, 1},
	} {
		if got := batchLen(tt.texts, tt.most); got != tt.want {
			t.Errorf("batchLen of %d texts, at most %d = %d, want %d", len(tt.texts), tt.most, got, tt.want)
		}
	}
}

func TestEmbedNothing(t *testing.T) {
	srv, c := start(t, nil)
	if got, err := c.Embed(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no texts: %v, %v", got, err)
	}
	for _, blank := range []string{"", " \n\t", "\u200b\u00ad", "\x00", "\u3000"} {
		if _, err := c.Embed(t.Context(), []string{"ok", blank}); !errors.Is(err, ErrEmptyText) || !strings.Contains(err.Error(), "text 1") {
			t.Errorf("%q: %v, want ErrEmptyText naming text 1", blank, err)
		}
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestEmbedChecksReplies(t *testing.T) {
	unit := []float32{0.6, 0.8}
	two := []string{"a", "b"}
	for name, reply := range map[string]llmtest.Reply{
		"too few":          {Vectors: [][]float32{unit}},
		"too many":         {Vectors: [][]float32{unit, unit, unit}},
		"index twice":      {Vectors: [][]float32{unit, unit}, Indexes: []int{0, 0}},
		"index too large":  {Vectors: [][]float32{unit, unit}, Indexes: []int{0, 2}},
		"negative index":   {Vectors: [][]float32{unit, unit}, Indexes: []int{0, -1}},
		"two lengths":      {Vectors: [][]float32{unit, {1}}},
		"no numbers":       {Vectors: [][]float32{{}, {}}},
		"zero vector":      {Vectors: [][]float32{unit, {0, 0}}},
		"NaN":              {Raw: []byte(`{"data":[{"index":0,"embedding":[NaN]}]}`)},
		"infinite":         {Raw: []byte(`{"data":[{"index":0,"embedding":[1e39]},{"index":1,"embedding":[1]}]}`)},
		"base64":           {Raw: []byte(`{"data":[{"index":0,"embedding":"AACAPw=="},{"index":1,"embedding":"AACAPw=="}]}`)},
		"html":             llmtest.HTML(),
		"error with 200":   {Raw: []byte(`{"error":{"message":"` + secret + `"}}`)},
		"quotes the input": {Raw: []byte(secret)},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, nil)
			srv.EnqueueEmbeddings(reply)
			if _, err := c.Embed(t.Context(), two); !errors.Is(err, ErrMalformed) {
				t.Errorf("err = %v, want ErrMalformed", err)
			} else {
				noLeak(t, err)
			}
			if n := count(srv, embedPath); n != 1 {
				t.Errorf("%d requests; sending again cannot mend it", n)
			}
		})
	}
}

func TestEmbedNormalises(t *testing.T) {
	srv, c := start(t, nil)
	srv.EnqueueEmbeddings(llmtest.Reply{Vectors: [][]float32{{3e30, 4e30}}})
	got, err := c.Embed(t.Context(), []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{0.6, 0.8}, got[0], near); diff != "" {
		t.Errorf("vector (-want +got):\n%s", diff)
	}
}

func TestSpaceProbesOnce(t *testing.T) {
	srv, c := start(t, nil)
	srv.EnqueueEmbeddings(llmtest.Refusal(400, "not_yet", ""))
	if _, err := c.Space(t.Context()); err == nil {
		t.Fatal("no error from a failed probe")
	}
	for range 3 {
		got, err := c.Space(t.Context())
		if want := (Space{Name: "scripted-embed@32", Model: "scripted-embed", Dimensions: 32}); err != nil || got != want {
			t.Fatalf("Space = %+v, %v; want %+v", got, err, want)
		}
	}
	if n := count(srv, embedPath); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	// From now on the length is checked.
	srv.EnqueueEmbeddings(llmtest.Reply{Vectors: [][]float32{{1, 0}}})
	if _, err := c.Embed(t.Context(), []string{"a"}); !errors.Is(err, ErrMalformed) {
		t.Errorf("another length later: %v", err)
	}
}

func TestEmbedDimensions(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.EmbedDimensions = 16 })
	got, err := c.Embed(t.Context(), []string{"a"})
	if err != nil || len(got[0]) != 16 || srv.Requests()[0].Dimensions != 16 {
		t.Fatalf("%d dimensions, %v", len(got[0]), err)
	}
	// A server that ignores the parameter.
	srv.EnqueueEmbeddings(llmtest.Reply{Vectors: [][]float32{llmtest.Vector("a", 32)}})
	if _, err := c.Embed(t.Context(), []string{"a"}); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "32 dimensions where 16") {
		t.Errorf("ignored dimensions: %v", err)
	}
	if sp, err := c.Space(t.Context()); err != nil || sp.Name != "scripted-embed@16" {
		t.Errorf("Space = %v, %v", sp, err)
	}
}

// A server that refuses the parameter, though its own length is the one wanted.
func TestEmbedDimensionsRefused(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.EmbedDimensions = 32 })
	srv.Refuse("dimensions")
	for range 2 {
		if _, err := c.Embed(t.Context(), []string{"a"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(srv, embedPath); n != 3 {
		t.Errorf("%d requests, want 3: refused, without, without", n)
	}
}

func TestEmbedRetries(t *testing.T) {
	srv, c := start(t, nil)
	srv.EnqueueEmbeddings(llmtest.Refusal(500, "down", ""), llmtest.Reply{CutAfter: 40})
	if _, err := c.Embed(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	if n := count(srv, embedPath); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// The size limit grows with what a batch can need, and still binds.
func TestEmbedSizeLimit(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.MaxResponseBytes = 1000 })
	texts := make([]string, 50)
	for i := range texts {
		texts[i] = fmt.Sprint(i)
	}
	if _, err := c.Embed(t.Context(), texts); err != nil {
		t.Fatal(err)
	}
	srv.EnqueueEmbeddings(llmtest.Reply{Raw: []byte(" "), EmptyTail: 10 << 20})
	if _, err := c.Embed(t.Context(), []string{"a"}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("err = %v, want ErrTooLarge", err)
	}
}

func TestUnconfiguredModels(t *testing.T) {
	_, c := start(t, func(cfg *Config) { cfg.EmbedModel = "" })
	if _, err := c.Embed(t.Context(), []string{"a"}); err == nil {
		t.Error("Embed without a model")
	}
	if _, err := c.Space(t.Context()); err == nil {
		t.Error("Space without a model")
	}
	_, c = start(t, func(cfg *Config) { cfg.ChatModel = "" })
	if _, err := c.Chat(t.Context(), ask()); err == nil {
		t.Error("Chat without a model")
	}
}

func length(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
