package llm

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Probe reports whether the server answers at all, with ErrUnavailable if not.
// It asks for the list of models, which costs nothing; whatever status comes
// back is an answer, so a wrong key or an unknown model is not noticed. The
// deadline is the context's.
func (c *Client) Probe(ctx context.Context) error {
	ctx = context.WithValue(ctx, attemptKey{}, &attempt{limit: c.cfg.MaxResponseBytes})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.cfg.BaseURL, "/")+"/models", nil)
	if err != nil {
		return fmt.Errorf("probing the model server: %w", ErrUnavailable)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("probing the model server: %w", ErrUnavailable) // the cause may quote the peer
	}
	return resp.Body.Close()
}
