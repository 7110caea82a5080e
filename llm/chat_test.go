package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

func TestChat(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Content: "a router", Model: "scripted-2", PromptTokens: 12, CompletionTokens: 3, CachedTokens: 8})
	got, err := c.Chat(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	want := ChatResponse{
		Content: "a router", FinishReason: "stop", Model: "scripted-2", ID: "chatcmpl-0", Calls: 1,
		Usage: Usage{PromptTokens: 12, CompletionTokens: 3, CachedTokens: 8},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	req := srv.Requests()[0]
	if got := req.Header.Get("Authorization"); got != "Bearer sk-test-key" {
		t.Errorf("Authorization = %q", got)
	}
	if diff := cmp.Diff([]llmtest.Message{{Role: "system", Content: "Answer."}, {Role: "user", Content: secret}}, req.Messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// fields are the top-level fields of a request's body.
func fields(t *testing.T, r llmtest.Request) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(r.Body, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestChatParameters(t *testing.T) {
	seed := 7
	tests := []struct {
		name string
		req  ChatRequest
		want map[string]any // nil: must not be there
	}{
		{"temperature 0 is sent as nearly 0", ChatRequest{}, map[string]any{"temperature": 1e-6, "seed": nil, "max_tokens": nil}},
		{"as asked", ChatRequest{Temperature: 0.5, Seed: &seed, MaxTokens: 9}, map[string]any{"temperature": 0.5, "seed": 7.0, "max_tokens": 9.0}},
		{"o1 takes no temperature", ChatRequest{Model: "o1", MaxTokens: 9, Temperature: 0.5}, map[string]any{"temperature": nil, "max_tokens": nil, "max_completion_tokens": 9.0}},
		{"o3", ChatRequest{Model: "o3-mini", MaxTokens: 9}, map[string]any{"temperature": nil, "max_tokens": nil, "max_completion_tokens": 9.0}},
		{"o4", ChatRequest{Model: "o4-mini", MaxTokens: 9}, map[string]any{"temperature": nil, "max_tokens": nil, "max_completion_tokens": 9.0}},
		{"gpt-5", ChatRequest{Model: "gpt-5-nano", Seed: &seed, MaxTokens: 9}, map[string]any{"temperature": nil, "max_completion_tokens": 9.0, "seed": 7.0}},
		{"gpt-6", ChatRequest{Model: "gpt-6-astra", MaxTokens: 9}, map[string]any{"temperature": nil, "max_completion_tokens": 9.0}},
		{"a local model with such a name", ChatRequest{Model: "o1-my-own", MaxTokens: 9, Temperature: 1.5}, map[string]any{"temperature": nil, "max_completion_tokens": 9.0}},
	}
	for _, tt := range tests {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%t", tt.name, stream), func(t *testing.T) {
				srv, c := start(t, nil)
				srv.Enqueue(llmtest.Reply{Content: "ok"})
				tt.req.Messages = ask().Messages
				var err error
				if stream {
					_, err = c.ChatStream(t.Context(), tt.req, func(string) error { return nil })
				} else {
					_, err = c.Chat(t.Context(), tt.req)
				}
				if err != nil {
					t.Fatal(err)
				}
				got := fields(t, srv.Requests()[0])
				for name, want := range tt.want {
					if v, has := got[name]; want == nil && has || want != nil && v != want {
						t.Errorf("%s = %v (sent: %t), want %v", name, v, has, want)
					}
				}
			})
		}
	}
}

func TestChatStructuredOutput(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Content: `{"a":null}`})
	r := askJSON()
	if _, err := c.Chat(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	got := srv.Requests()[0]
	if got.Format != "json_schema" || got.SchemaName != "answer" || string(got.Schema) != string(r.Schema) {
		t.Errorf("response_format = %s %s %s, want the schema as it was given", got.Format, got.SchemaName, got.Schema)
	}
	if !strings.Contains(string(got.Body), `"strict":true`) {
		t.Error("the schema is not strict")
	}
}

// Older servers answer 400 to json_schema, with or without saying why.
func TestChatFallsBackToJSONObjectOnce(t *testing.T) {
	bare := llmtest.Reply{Status: http.StatusBadRequest, Raw: []byte(`{"error":"invalid request"}`)}
	html := llmtest.Reply{Status: http.StatusBadRequest, Raw: []byte(`<html>` + secret)}
	for name, first := range map[string]llmtest.Reply{
		"said": llmtest.Refusal(400, "invalid_value", "response_format"), "bare": bare, "html": html,
		"422": {Status: 422, Raw: []byte(`{"detail":[{"loc":["body","response_format","type"]}]}`)},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, nil)
			srv.Enqueue(first, llmtest.Reply{Content: "{}"}, llmtest.Reply{Content: "{}"})
			got, err := c.Chat(t.Context(), askJSON())
			if err != nil {
				t.Fatal(err)
			}
			if got.Calls != 2 {
				t.Errorf("Calls = %d, want 2", got.Calls)
			}
			if got, err = c.Chat(t.Context(), askJSON()); err != nil || got.Calls != 1 {
				t.Errorf("second call: %d requests, %v; want 1", got.Calls, err)
			}
			var formats []string
			for _, r := range srv.Requests() {
				formats = append(formats, r.Format)
			}
			if diff := cmp.Diff([]string{"json_schema", "json_object", "json_object"}, formats); diff != "" {
				t.Errorf("formats (-want +got):\n%s", diff)
			}
		})
	}
}

// A 400 that is about something else must not cost the schema for good.
func TestChatKeepsSchemaAfterOtherRefusals(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Refusal(400, "context_length_exceeded", "messages"))
	_, err := c.Chat(t.Context(), askJSON())
	var api *APIError
	if !errors.As(err, &api) || api.Code != "context_length_exceeded" || errors.Is(err, ErrUnavailable) {
		t.Fatalf("err = %v, want the refusal", err)
	}
	// A bare 400 is tried once without the schema; it fails too, so nothing is learnt.
	srv.Enqueue(llmtest.Reply{Status: 400, Raw: []byte(`{}`)}, llmtest.Reply{Status: 400, Raw: []byte(`{}`)}, llmtest.Reply{Content: "{}"})
	if _, err := c.Chat(t.Context(), askJSON()); err == nil {
		t.Fatal("no error for 400")
	}
	if _, err := c.Chat(t.Context(), askJSON()); err != nil {
		t.Fatal(err)
	}
	rs := srv.Requests()
	if got := rs[len(rs)-1].Format; got != "json_schema" {
		t.Errorf("format after the refusals = %s, want json_schema", got)
	}
}

func TestChatGivesUpRefusedParameters(t *testing.T) {
	srv, c := start(t, nil)
	srv.Refuse("temperature", "max_tokens", "seed", "stream_options", "json_schema")
	srv.Handle(func(llmtest.Request) llmtest.Reply { return llmtest.Reply{Content: "{}"} })
	seed := 1
	r := askJSON()
	r.Seed, r.MaxTokens = &seed, 5
	got, err := c.ChatStream(t.Context(), r, func(string) error { return nil })
	if err != nil || got.Calls != 6 {
		t.Fatalf("%d requests, %v; want 6", got.Calls, err)
	}
	if got, err = c.ChatStream(t.Context(), r, func(string) error { return nil }); err != nil || got.Calls != 1 {
		t.Fatalf("again: %d requests, %v; want 1", got.Calls, err)
	}
}

func TestChatRefusedByModel(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Refusal: "no"}, llmtest.Reply{Refusal: "no"})
	got, err := c.Chat(t.Context(), askJSON())
	if err != nil || !got.Refused || got.Content != "" {
		t.Errorf("Chat = %+v, %v; want Refused", got, err)
	}
	if got, err = c.ChatStream(t.Context(), askJSON(), func(string) error { return nil }); err != nil || !got.Refused {
		t.Errorf("ChatStream = %+v, %v; want Refused", got, err)
	}
}

var errAny = errors.New("any error")

// What a server may say instead of a completion, with status 200.
func TestChatNonsense(t *testing.T) {
	tests := map[string]struct {
		reply llmtest.Reply
		want  error
	}{
		"html":               {llmtest.HTML(), ErrMalformed},
		"quotes the prompt":  {llmtest.Reply{Raw: []byte(secret)}, ErrMalformed},
		"empty object":       {llmtest.Reply{Raw: []byte(`{}`)}, ErrMalformed},
		"null":               {llmtest.Reply{Raw: []byte(`null`)}, ErrMalformed},
		"array":              {llmtest.Reply{Raw: []byte(`[]`)}, ErrMalformed},
		"wrong type":         {llmtest.Reply{Raw: []byte(`{"choices":"` + secret + `"}`)}, ErrMalformed},
		"deep nesting":       {llmtest.Reply{Raw: []byte(strings.Repeat("[", 100_000))}, ErrMalformed},
		"NUL":                {llmtest.Reply{Raw: []byte("\x00\x00")}, ErrMalformed},
		"empty body":         {llmtest.Reply{Raw: []byte{}}, ErrIncomplete},
		"half a body":        {llmtest.Reply{Raw: []byte(`{"choices":[{"message":{"content":"` + secret)}, ErrIncomplete},
		"no finish reason":   {llmtest.Reply{Content: "x", NoFinish: true}, ErrIncomplete},
		"gzip bomb":          {llmtest.Reply{GzipBomb: 1 << 30}, ErrMalformed}, // zero bytes are not JSON
		"bomb inside a text": {llmtest.Reply{Raw: fmt.Appendf(nil, `{"x":"%s"}`, strings.Repeat("a", 2<<20))}, ErrTooLarge},
		"100 MB of spaces":   {llmtest.Reply{Raw: []byte(" "), EmptyTail: 100 << 20}, ErrTooLarge},
		"redirect":           {llmtest.Reply{Status: 307, Header: http.Header{"Location": {"http://127.0.0.1:1/"}}}, errAny},
		"error with 200":     {llmtest.Reply{Raw: []byte(`{"error":{"message":"` + secret + `"}}`)}, ErrMalformed},
		"bad gzip":           {llmtest.Reply{Header: http.Header{"Content-Encoding": {"gzip"}}, Raw: []byte("this is not gzip, whatever the header says")}, ErrMalformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, func(cfg *Config) { cfg.MaxAttempts = 1; cfg.MaxResponseBytes = 1 << 20 })
			srv.Enqueue(tt.reply)
			got, err := c.Chat(t.Context(), ask())
			if err == nil || tt.want != errAny && !errors.Is(err, tt.want) {
				t.Errorf("Chat = %q, %v; want %v", got.Content, err, tt.want)
			}
			noLeak(t, err)
		})
	}
}

// The bound must hold for the decompressed size, whatever the body is.
func TestChatGzipBombIsBounded(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.MaxResponseBytes = 1 << 20; cfg.MaxAttempts = 1 })
	srv.Enqueue(llmtest.Reply{Status: 500, GzipBomb: 1 << 30})
	_, err := c.Chat(t.Context(), ask())
	var api *APIError
	if !errors.As(err, &api) || api.Status != 500 {
		t.Errorf("err = %v, want the status of a reply whose body is a bomb", err)
	}
}

func TestChatUnknownFieldsAndOddText(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{Raw: []byte(`{"id":"x","new":{"a":[1]},"choices":[{"index":0,"message":{"role":"assistant","content":"a\ud800b\u0000c` + "\xff" + `","future":1},"finish_reason":"stop","more":null}],"usage":null}`)})
	got, err := c.Chat(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	if want := "a\uFFFDb\x00c\uFFFD"; got.Content != want {
		t.Errorf("Content = %q, want %q", got.Content, want)
	}
}

func TestChatHostileStrings(t *testing.T) {
	srv, c := start(t, nil)
	srv.Enqueue(llmtest.Reply{
		Status: 400, Header: http.Header{"X-Request-Id": {secret}},
		Raw: []byte(`{"error":{"message":"` + secret + `","type":"` + secret + `","code":"` + secret + `","param":"` + secret + `"}}`),
	})
	_, err := c.Chat(t.Context(), ask())
	noLeak(t, err)
	if want := "chat: model server answered 400"; err == nil || err.Error() != want {
		t.Errorf("err = %v, want %q", err, want)
	}
	srv.Enqueue(llmtest.Reply{Content: "x", Model: secret, FinishReason: strings.Repeat("z", 500)})
	got, err := c.Chat(t.Context(), ask())
	if err != nil || got.Model != "scripted" {
		t.Errorf("Model = %q, %v; want the one asked for", got.Model, err)
	}
	if got.FinishReason != "other" {
		t.Errorf("FinishReason = %q, want other", got.FinishReason)
	}
}

func TestChatBadRequests(t *testing.T) {
	_, c := start(t, nil)
	for name, r := range map[string]ChatRequest{
		"no messages": {}, "temperature": {Messages: ask().Messages, Temperature: 3}, "tokens": {Messages: ask().Messages, MaxTokens: -1},
		"schema": {Messages: ask().Messages, Schema: []byte("{")},
	} {
		if got, err := c.Chat(t.Context(), r); err == nil || got.Calls != 0 {
			t.Errorf("%s: %d requests, %v; want an error before any", name, got.Calls, err)
		}
	}
}
