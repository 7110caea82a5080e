package llm

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm/llmtest"
)

func TestProbe(t *testing.T) {
	server, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(Config{BaseURL: server.URL(), ChatModel: "m"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Probe(ctx); err != nil {
		t.Errorf("a server that answers: %v", err)
	}
	server.Close()
	if err := c.Probe(ctx); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a server that is gone: %v", err)
	}
}
