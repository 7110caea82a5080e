package llm

import (
	"errors"
	"net/http"
)

// A dialect is what a server turned out not to take for one model. The zero
// value sends everything. Servers that speak "the OpenAI protocol" differ here:
// older local ones know json_object but not json_schema, reasoning models take
// no temperature and count max_completion_tokens, some know no dimensions.
type dialect struct {
	jsonObject       bool // response_format json_object instead of json_schema
	noTemperature    bool
	completionTokens bool // max_completion_tokens instead of max_tokens
	noSeed           bool
	noStreamOptions  bool
	noDimensions     bool
}

// after returns the dialect to try once more with, after a request in d was
// refused with err, and false if the refusal is not about a parameter that can
// go. Every step gives up one parameter, so there are at most six.
func (d dialect) after(err error, sentSchema bool) (dialect, bool) {
	var api *APIError
	if !errors.As(err, &api) || api.Status != http.StatusBadRequest && api.Status != http.StatusUnprocessableEntity {
		return d, false
	}
	switch api.Code {
	case "context_length_exceeded", "content_filter", "content_policy_violation", "invalid_prompt", "model_not_found":
		return d, false
	}
	give := func(have *bool) (dialect, bool) {
		if *have {
			return d, false
		}
		*have = true
		return d, true
	}
	switch api.about {
	case "temperature":
		return give(&d.noTemperature)
	case "max_tokens":
		return give(&d.completionTokens)
	case "seed":
		return give(&d.noSeed)
	case "stream_options":
		return give(&d.noStreamOptions)
	case "dimensions":
		return give(&d.noDimensions)
	case "response_format", "json_schema", "":
		// A bare 400 to a request with a schema is most often the schema: older
		// servers do not say what they did not understand.
		if sentSchema {
			return give(&d.jsonObject)
		}
	}
	return d, false
}

func (c *Client) dialect(model string) dialect {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dialects[model]
}

// learn remembers d for model once a request in d has succeeded.
func (c *Client) learn(model string, d dialect) {
	c.mu.Lock()
	known := c.dialects[model] == d
	c.dialects[model] = d
	c.mu.Unlock()
	if !known {
		c.cfg.Log.Info("model server takes fewer parameters", "model", model,
			"json_object", d.jsonObject, "no_temperature", d.noTemperature, "max_completion_tokens", d.completionTokens,
			"no_seed", d.noSeed, "no_stream_options", d.noStreamOptions, "no_dimensions", d.noDimensions)
	}
}
