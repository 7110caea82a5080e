package answer_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// TestBrokenTextFromServer: what is no text in the reply of a model's server, bytes or half a surrogate pair, is no text in
// a sentence either, though the reader of the reply replaces it before the guard sees it.
func TestBrokenTextFromServer(t *testing.T) {
	for name, broken := range map[string]string{"encoded surrogate": "\xed\xa0\x80", "a byte": "\xff", "lone surrogate": `\ud800`, "replacement character": "\uFFFD"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			bad := spring
			bad.text = strings.Replace(bad.text, "spring", "spring BROKEN", 1)
			content, err := json.Marshal(draft("answered", bad).Content)
			if err != nil {
				t.Fatal(err)
			}
			body := `data: {"id":"x","choices":[{"index":0,"delta":{"content":` + strings.Replace(string(content), "BROKEN", broken, 1) + `}}]}` + "\n\n" +
				`data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
			a, sent, err := h.stream(t.Context(), nil,
				llmtest.Reply{Raw: []byte(body), Header: http.Header{"Content-Type": {"text/event-stream"}}}, draft("answered", spring))
			if err != nil {
				t.Fatal(err)
			}
			if a.Outcome != answer.Answered || len(sent) != 1 || sent[0].Text != spring.text {
				t.Errorf("%+v", a)
			}
			h.wantRows("answered model sentence 1 1", "model rejected {schema}", "repair pass {}", "review 1 rejected {schema} open")
		})
	}
}
