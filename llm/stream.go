package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// ChatStream asks for one reply and passes each piece of its content to
// onDelta as it arrives, in order, from the calling goroutine. An error of
// onDelta ends the call and is returned as it is. Pieces may end anywhere, but
// not inside a character. With a nil onDelta the reply is only gathered: that is
// Chat with the limits of a stream, on silence before and in the reply and on a
// reply that trickles. While the breaker is open a second of silence ends it.
//
// The response is complete only if the error is nil: a stream that ends without
// a finish reason, whether cut, stalled, too slow or merely over, is
// ErrIncomplete, one without text in time or given up because the breaker is open
// ErrUnavailable, and what was passed on must not be taken for an answer. Beside an error the
// response has Calls and, as far as they are known, Model, ID and Usage. After
// the first piece that was passed on nothing is retried.
func (c *Client) ChatStream(ctx context.Context, r ChatRequest, onDelta func(string) error) (ChatResponse, error) {
	var res ChatResponse
	b := bounds{bytes: c.cfg.MaxResponseBytes, pace: c.pace}
	calls, err := c.converse(ctx, r, true, b, func(ctx context.Context, att *attempt, req openai.ChatCompletionRequest) error {
		stream, err := c.api.CreateChatCompletionStream(ctx, req)
		if err != nil {
			return err
		}
		defer func() { _ = stream.Close() }() // the reply is judged by its content
		res, err = receive(ctx, att, req.Model, stream, onDelta)
		return err
	})
	res.Calls = calls
	if err != nil {
		res.Content, res.FinishReason, res.Refused = "", "", false
	}
	return res, err
}

// receive reads one stream to its end.
func receive(ctx context.Context, att *attempt, model string, stream *openai.ChatCompletionStream, onDelta func(string) error) (ChatResponse, error) {
	res := ChatResponse{Model: model}
	var content, apart strings.Builder
	var think thinker
	chunks := 0
	for {
		chunk, chars, err := next(stream)
		if err != nil {
			if err := endOf(ctx, att, err, res.FinishReason, chunks); err != nil {
				return res, err
			}
			rest := think.end()
			content.WriteString(rest)
			res.Content, res.Reasoning = content.String(), think.reasoning(apart.String())
			return res, att.pass(rest, onDelta)
		}
		chunks++
		att.pace.came(chars)
		res.Model = serverModel(chunk.Model, res.Model)
		if res.ID == "" {
			res.ID = identifier(chunk.ID)
		}
		if chunk.Usage != nil {
			res.Usage = usageOf(chunk.Usage)
		}
		for _, choice := range chunk.Choices {
			if choice.Index != 0 {
				continue // one reply was asked for
			}
			if choice.Delta.Refusal != "" {
				res.Refused = true
			}
			apart.WriteString(choice.Delta.ReasoningContent)
			if choice.Delta.Content != "" && res.FinishReason != "" {
				return res, fmt.Errorf("%w: content after the finish reason", ErrMalformed)
			}
			if text := think.write(choice.Delta.Content); text != "" {
				content.WriteString(text)
				if err := att.pass(text, onDelta); err != nil {
					return res, err
				}
			}
			if f := string(choice.FinishReason); f != "" && f != string(openai.FinishReasonNull) {
				res.FinishReason = finishOf(f)
				att.pace.finished()
			}
		}
	}
}

// next reads the next chunk and counts its characters. It decodes by itself what
// the library would, so that thinking in a field that the library does not know
// is still told from silence.
func next(stream *openai.ChatCompletionStream) (chunk openai.ChatCompletionStreamResponse, chars int, err error) {
	raw, err := stream.RecvRaw()
	if err != nil {
		return chunk, 0, err
	}
	if err := json.Unmarshal(raw, &chunk); err != nil {
		return chunk, 0, err
	}
	for _, choice := range chunk.Choices {
		if choice.Index == 0 {
			chars += showing(choice.Delta.Content) + showing(choice.Delta.ReasoningContent) + showing(choice.Delta.Refusal)
		}
	}
	if chars == 0 && bytes.Contains(raw, []byte(`"reasoning"`)) {
		var other struct {
			Choices []struct {
				Index int
				Delta struct {
					Reasoning string
				}
			}
		}
		_ = json.Unmarshal(raw, &other) // of another type it is no text
		for _, choice := range other.Choices {
			if choice.Index == 0 {
				chars += showing(choice.Delta.Reasoning)
			}
		}
	}
	return chunk, chars, nil
}

// pass hands a piece to the caller, whose time is not the server's.
func (a *attempt) pass(piece string, onDelta func(string) error) error {
	if piece == "" || onDelta == nil {
		return nil
	}
	a.emitted = true
	a.pace.hold()
	defer a.pace.resume()
	if err := onDelta(piece); err != nil {
		return &callerError{err}
	}
	return nil
}

// endOf judges how a stream ended. The library reports the end marker and a
// connection closed at a line's end alike as io.EOF, so the finish reason
// decides. Once it is there the content is complete, and a connection that
// breaks or falls silent afterwards costs only the usage.
func endOf(ctx context.Context, att *attempt, err error, finish string, chunks int) error {
	_, tooLarge := att.seen()
	givenUp := att.pace.endedBy() != nil
	var api *openai.APIError
	switch {
	case finish != "" && !errors.As(err, &api) && !tooLarge && (ctx.Err() == nil || givenUp):
		return nil //nolint:nilerr // the reply is complete
	case !errors.Is(err, io.EOF):
		return err
	case chunks == 0 && att.contentType() != "text/event-stream":
		return fmt.Errorf("%w: not an event stream (content type %s)", ErrMalformed, att.contentType())
	case chunks == 0:
		return fmt.Errorf("%w: an empty stream", ErrIncomplete)
	}
	return fmt.Errorf("%w: %w", ErrIncomplete, errNoFinish)
}
