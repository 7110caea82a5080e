package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// A Message is one turn. Role is "system", "user" or "assistant".
type Message struct {
	Role    string
	Content string
}

// A ChatRequest is everything a model is asked with.
type ChatRequest struct {
	Model    string // "" for the client's chat model
	Messages []Message

	// Schema is a JSON Schema that the reply must follow, sent as a strict
	// structured output under SchemaName (letters, digits, _ and -; default
	// "reply"). Empty for free text. A server that does not take schemas is
	// asked for any JSON object instead: the reply is never checked here.
	Schema     json.RawMessage
	SchemaName string

	// Temperature is 0 (the most likely reply, the default) to 2. Models that
	// take no temperature are sent none.
	Temperature float32

	Seed      *int // nil for none
	MaxTokens int  // most tokens of reply; 0 for the model's own limit

	// MaxCalls bounds the HTTP requests, the first, retries and those that give
	// up a parameter all included. 0: only Config.MaxAttempts does.
	MaxCalls int
}

// Usage counts tokens as the server did. CachedTokens are part of PromptTokens.
type Usage struct {
	PromptTokens, CompletionTokens, CachedTokens int
}

// A ChatResponse is a complete reply. Content is valid UTF-8: bytes that are
// not, and unpaired surrogates, have become U+FFFD. It may hold NUL.
type ChatResponse struct {
	Content      string
	Reasoning    string // what the model thought before it replied, as far as the server tells; see thinker
	FinishReason string // "stop", "length", "content_filter", …; "other" for what is no identifier; never ""
	Refused      bool   // the model declined to follow the schema; Content is usually empty
	Model        string // as the server names it, else as requested
	ID           string // the server's id of the reply, "" if it gave none
	Usage        Usage  // zero if the server did not say
	Calls        int    // HTTP requests sent, at least 1; also set when there is an error, 0 if the breaker was open
}

// tinyTemperature stands for 0, which the library leaves out of the request, so
// that the API's default of 1 would apply. The smallest float would do for
// OpenAI, but a server that divides 32-bit logits by it gets infinities; 1e-6
// is as good as 0 (logits 1e-4 apart differ by e^100) and safe to divide by.
const tinyTemperature = 1e-6

// errNoFinish is an ErrIncomplete that sending again will not mend.
var errNoFinish = errors.New("no finish reason")

// Chat asks for one reply and waits for all of it. A reply without a finish
// reason is ErrIncomplete.
func (c *Client) Chat(ctx context.Context, r ChatRequest) (ChatResponse, error) {
	var res ChatResponse
	calls, err := c.converse(ctx, r, false, bounds{bytes: c.cfg.MaxResponseBytes}, func(ctx context.Context, _ *attempt, req openai.ChatCompletionRequest) error {
		got, err := c.api.CreateChatCompletion(ctx, req)
		if err != nil {
			return err
		}
		if len(got.Choices) == 0 {
			return fmt.Errorf("%w: no choice", ErrMalformed)
		}
		first := got.Choices[0]
		if first.FinishReason == "" || first.FinishReason == openai.FinishReasonNull {
			return fmt.Errorf("%w: %w", ErrIncomplete, errNoFinish)
		}
		content, reasoning := cutThinking(first.Message.Content, first.Message.ReasoningContent)
		res = ChatResponse{
			Content:      content,
			Reasoning:    reasoning,
			FinishReason: finishOf(string(first.FinishReason)),
			Refused:      first.Message.Refusal != "",
			Model:        serverModel(got.Model, req.Model),
			ID:           identifier(got.ID),
			Usage:        usageOf(&got.Usage),
		}
		return nil
	})
	res.Calls = calls
	return res, err
}

// converse sends r with op, giving up parameters that the server refuses, and
// returns the number of HTTP requests.
func (c *Client) converse(ctx context.Context, r ChatRequest, stream bool, b bounds, op func(context.Context, *attempt, openai.ChatCompletionRequest) error) (calls int, err error) {
	if r.Model == "" {
		r.Model = c.cfg.ChatModel
	}
	if err := r.check(); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.ChatTimeout)
	defer cancel()
	d := c.dialect(r.Model)
	for {
		req := r.wire(d, stream)
		if r.MaxCalls > 0 {
			b.calls = r.MaxCalls - calls
		}
		n, err := c.call(ctx, c.chat, b, func(ctx context.Context, att *attempt) error { return op(ctx, att, req) })
		calls += n
		if err == nil {
			if d != (dialect{}) {
				c.learn(r.Model, d)
			}
			return calls, nil
		}
		next, ok := d.after(err, len(r.Schema) > 0)
		if !ok || r.MaxCalls > 0 && calls >= r.MaxCalls {
			return calls, err
		}
		d = next
	}
}

func (r ChatRequest) check() error {
	switch {
	case r.Model == "":
		return errors.New("llm: no chat model is named in the request or the configuration")
	case len(r.Messages) == 0:
		return errors.New("llm: a chat request without messages")
	case !(r.Temperature >= 0 && r.Temperature <= 2):
		return fmt.Errorf("llm: temperature %g is not between 0 and 2", r.Temperature)
	case r.MaxTokens < 0:
		return fmt.Errorf("llm: at most %d tokens of reply", r.MaxTokens)
	case r.MaxCalls < 0:
		return fmt.Errorf("llm: at most %d requests", r.MaxCalls)
	case len(r.Schema) > 0 && !json.Valid(r.Schema):
		return errors.New("llm: the reply's schema is not JSON")
	}
	return nil
}

// wire is r in the library's terms and the server's dialect.
func (r ChatRequest) wire(d dialect, stream bool) openai.ChatCompletionRequest {
	req := openai.ChatCompletionRequest{Model: r.Model, Stream: stream}
	for _, m := range r.Messages {
		req.Messages = append(req.Messages, openai.ChatCompletionMessage{Role: m.Role, Content: strings.ToValidUTF8(m.Content, "\uFFFD")})
	}
	if !d.noTemperature {
		req.Temperature = max(r.Temperature, tinyTemperature)
	}
	if d.completionTokens {
		req.MaxCompletionTokens = r.MaxTokens
	} else {
		req.MaxTokens = r.MaxTokens //nolint:staticcheck // deprecated by OpenAI, and all that local servers know
	}
	if !d.noSeed {
		req.Seed = r.Seed
	}
	if stream && !d.noStreamOptions {
		req.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	if len(r.Schema) > 0 {
		req.ResponseFormat = r.format(d)
	}
	// The library refuses, by the model's name, what OpenAI's reasoning models
	// do not take (also for a local model whose name begins the same way).
	// Asking its own validator keeps our idea of the names equal to its.
	if openai.NewReasoningValidator().Validate(req) != nil {
		req.MaxCompletionTokens, req.MaxTokens = r.MaxTokens, 0 //nolint:staticcheck // see above
	}
	if openai.NewReasoningValidator().Validate(req) != nil {
		req.Temperature = 0 // left out
	}
	return req
}

func (r ChatRequest) format(d dialect) *openai.ChatCompletionResponseFormat {
	if d.jsonObject {
		return &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	name := r.SchemaName
	if name == "" {
		name = "reply"
	}
	return &openai.ChatCompletionResponseFormat{
		Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: name, Schema: r.Schema, Strict: true},
	}
}

func finishOf(reason string) string {
	if f := identifier(reason); f != "" {
		return f
	}
	return "other"
}

func serverModel(got, asked string) string {
	if m := identifier(got); m != "" {
		return m
	}
	return asked
}

func usageOf(u *openai.Usage) Usage {
	if u == nil {
		return Usage{}
	}
	res := Usage{PromptTokens: max(u.PromptTokens, 0), CompletionTokens: max(u.CompletionTokens, 0)}
	if u.PromptTokensDetails != nil {
		res.CachedTokens = min(max(u.PromptTokensDetails.CachedTokens, 0), res.PromptTokens)
	}
	return res
}
