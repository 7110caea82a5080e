package llmtest

import (
	"encoding/json"
	"net/http"
)

// A Message is one turn of a chat request.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// A Request is one call as it arrived. Fields that the body lacks, or that do
// not apply to the path, are zero.
type Request struct {
	N      int // 0-based number among all requests of the server
	Method string
	Path   string
	Header http.Header
	Body   []byte

	Model    string
	Messages []Message
	Stream   bool

	// Format is response_format's type: "json_schema", "json_object", "text" or
	// "". Schema and SchemaName are those of a json_schema.
	Format     string
	SchemaName string
	Schema     json.RawMessage

	Inputs     []string // texts to embed
	Dimensions int      // as asked for, 0 if not

	includeUsage bool
}

func parse(hr *http.Request, body []byte) Request {
	r := Request{Method: hr.Method, Path: hr.URL.Path, Header: hr.Header.Clone(), Body: body}
	var in struct {
		Model         string
		Messages      []Message
		Stream        bool
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
		ResponseFormat struct {
			Type       string
			JSONSchema struct {
				Name   string
				Schema json.RawMessage
			} `json:"json_schema"`
		} `json:"response_format"`
		Input      json.RawMessage
		Dimensions int
	}
	if json.Unmarshal(body, &in) != nil {
		return r
	}
	r.Model, r.Messages, r.Stream, r.includeUsage = in.Model, in.Messages, in.Stream, in.StreamOptions.IncludeUsage
	r.Format, r.SchemaName, r.Schema = in.ResponseFormat.Type, in.ResponseFormat.JSONSchema.Name, in.ResponseFormat.JSONSchema.Schema
	r.Dimensions = in.Dimensions
	var one string
	if json.Unmarshal(in.Input, &r.Inputs) != nil && json.Unmarshal(in.Input, &one) == nil {
		r.Inputs = []string{one}
	}
	return r
}
