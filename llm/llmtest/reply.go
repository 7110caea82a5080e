package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A Reply is what one call is answered with, and what goes wrong with it. The
// zero value is an empty, well-formed answer.
type Reply struct {
	Content          string
	Reasoning        string // sent apart, as reasoning_content; in a stream before the content
	FinishReason     string // default "stop"
	Refusal          string // the model's own refusal of a structured output
	Model            string // default: the one asked for
	PromptTokens     int    // usage as reported; all zero is fine
	CompletionTokens int
	CachedTokens     int

	// Deltas are the pieces of content of a streamed answer, instead of Content
	// cut after each space. They may end inside a character: the bytes are
	// written as they are, which makes the JSON invalid UTF-8, as a careless
	// server would.
	Deltas []string

	// Vectors answer an embeddings call, instead of those computed by [Vector];
	// Indexes are sent with them, instead of 0, 1, 2, …
	Vectors [][]float32
	Indexes []int

	Status int         // default 200
	Header http.Header // added to the reply's
	Raw    []byte      // the whole body, instead of one made from the above

	Delay      time.Duration // before the headers
	Stall      time.Duration // silence in the body, after StallAfter bytes of it
	StallAfter int           // 0: in a stream after its first event, else before the body
	CutAfter   int           // close the connection after so many bytes of body; negative: before the first

	// CloseDelimited sends the body without length or chunks, ended by closing
	// the connection: then a cut cannot be told from an end.
	CloseDelimited bool

	NoFinish bool // never say why the reply ended
	NoDone   bool // a stream ends without the [DONE] event
	NoUsage  bool // usage is left out even if asked for

	WriteSize int           // body bytes a network write, each flushed; 0: a write per event
	Every     time.Duration // between two network writes
	GzipBomb  int64         // so many zero bytes, compressed, as the body
	EmptyTail int64         // so many spaces after the body
}

// Refusal is an error as OpenAI's API words it. param may be "".
func Refusal(status int, code, param string) Reply {
	kind := "invalid_request_error"
	if status >= 500 {
		kind = "server_error"
	}
	body := map[string]any{"message": "scripted refusal", "type": kind, "code": code, "param": nil}
	if param != "" {
		body["param"] = param
		body["message"] = fmt.Sprintf("Unsupported parameter: '%s'", param)
	}
	raw, err := json.Marshal(map[string]any{"error": body})
	if err != nil {
		raw = []byte(`{"error":{}}`) // unreachable: strings always marshal
	}
	return Reply{Status: status, Raw: raw}
}

// RetryAfter is a Refusal with a Retry-After header, in seconds.
func RetryAfter(status int, seconds int) Reply {
	r := Refusal(status, "rate_limit_exceeded", "")
	r.Header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	return r
}

// HTML is a web page with status 200, as a proxy or a captive portal sends.
func HTML() Reply {
	return Reply{
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Raw:    []byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body><h1>Sign in to continue</h1></body></html>\n"),
	}
}
