package llmtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// quote is s as a JSON string. Bytes that are not UTF-8 stay as they are.
func quote(s string) string {
	var b bytes.Buffer
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(s[i])
		case r < 0x20:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}

func (r Reply) model(asked string) string {
	if r.Model != "" {
		return r.Model
	}
	return asked
}

func (r Reply) finish() string {
	switch {
	case r.NoFinish:
		return "null"
	case r.FinishReason == "":
		return `"stop"`
	}
	return quote(r.FinishReason)
}

func (r Reply) usage() string {
	return fmt.Sprintf(`{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d,"prompt_tokens_details":{"cached_tokens":%d}}`,
		r.PromptTokens, r.CompletionTokens, r.PromptTokens+r.CompletionTokens, r.CachedTokens)
}

func (r Reply) refusal() string {
	if r.Refusal == "" {
		return "null"
	}
	return quote(r.Refusal)
}

// chatBody is a plain chat completion.
func chatBody(r Request, reply Reply) []byte {
	content := reply.Content
	if content == "" {
		content = strings.Join(reply.Deltas, "")
	}
	usage, reasoning := "", ""
	if reply.Reasoning != "" {
		reasoning = `,"reasoning_content":` + quote(reply.Reasoning)
	}
	if !reply.NoUsage {
		usage = `,"usage":` + reply.usage()
	}
	return fmt.Appendf(nil, `{"id":"chatcmpl-%d","object":"chat.completion","created":0,"model":%s,"choices":[{"index":0,"message":{"role":"assistant","content":%s,"refusal":%s%s},"logprobs":null,"finish_reason":%s}]%s}`,
		r.N, quote(reply.model(r.Model)), quote(content), reply.refusal(), reasoning, reply.finish(), usage)
}

// events are the server-sent events of a streamed completion: the role, the
// content, the finish reason, the usage if it was asked for, and the end mark.
func events(r Request, reply Reply) [][]byte {
	deltas := reply.Deltas
	if deltas == nil {
		deltas = strings.SplitAfter(reply.Content, " ")
	}
	head := fmt.Sprintf(`data: {"id":"chatcmpl-%d","object":"chat.completion.chunk","created":0,"model":%s,`, r.N, quote(reply.model(r.Model)))
	choice := func(delta, finish string) []byte {
		return []byte(head + `"choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + "}]}\n\n")
	}
	list := [][]byte{choice(`{"role":"assistant","content":""}`, "null")}
	if reply.Reasoning != "" {
		for _, d := range strings.SplitAfter(reply.Reasoning, " ") {
			list = append(list, choice(`{"reasoning_content":`+quote(d)+`}`, "null"))
		}
	}
	for _, d := range deltas {
		list = append(list, choice(`{"content":`+quote(d)+`}`, "null"))
	}
	if reply.Refusal != "" {
		list = append(list, choice(`{"refusal":`+quote(reply.Refusal)+`}`, "null"))
	}
	if !reply.NoFinish {
		list = append(list, choice(`{}`, reply.finish()))
	}
	if r.includeUsage && !reply.NoUsage {
		list = append(list, []byte(head+`"choices":[],"usage":`+reply.usage()+"}\n\n"))
	}
	if !reply.NoDone {
		list = append(list, []byte("data: [DONE]\n\n"))
	}
	return list
}

// embeddingsBody lists the vectors last first: a client must go by the index.
func embeddingsBody(r Request, reply Reply) []byte {
	type item struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	vectors := reply.Vectors
	if vectors == nil {
		dims := r.Dimensions
		if dims <= 0 || dims > 8192 {
			dims = DefaultDimensions
		}
		for _, text := range r.Inputs {
			vectors = append(vectors, Vector(text, dims))
		}
	}
	items := make([]item, 0, len(vectors))
	for i := len(vectors) - 1; i >= 0; i-- {
		index := i
		if i < len(reply.Indexes) {
			index = reply.Indexes[i]
		}
		items = append(items, item{"embedding", index, vectors[i]})
	}
	body, err := json.Marshal(map[string]any{
		"object": "list", "model": reply.model(r.Model), "data": items,
		"usage": map[string]int{"prompt_tokens": reply.PromptTokens, "total_tokens": reply.PromptTokens},
	})
	if err != nil { // a scripted NaN or infinity, which JSON does not have
		return []byte(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[NaN]}]}`)
	}
	return body
}
