package llm

import (
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// TestReasoning: what a model thought is told from what it replied, over HTTP, whole and streamed.
func TestReasoning(t *testing.T) {
	for name, tt := range map[string]struct {
		reply              llmtest.Reply
		content, reasoning string
	}{
		"none":               {llmtest.Reply{Content: `{"a": 1}`}, `{"a": 1}`, ""},
		"apart":              {llmtest.Reply{Content: `{"a": 1}`, Reasoning: "First this, then that."}, `{"a": 1}`, "First this, then that."},
		"in front":           {llmtest.Reply{Content: "<think>\nFirst this.\n</think>\n\n{\"a\": 1}"}, `{"a": 1}`, "First this."},
		"behind white space": {llmtest.Reply{Content: "\n <think>x</think>y z"}, "y z", "x"},
		"both":               {llmtest.Reply{Content: "<think>two</think>x", Reasoning: "one"}, "x", "one\ntwo"},
		"empty":              {llmtest.Reply{Content: "<think></think>x"}, "x", ""},
		"only thinking":      {llmtest.Reply{Content: "<think>and so on </thin"}, "", "and so on </thin"},
		"not in front":       {llmtest.Reply{Content: "x <think>y</think>"}, "x <think>y</think>", ""},
		"twice":              {llmtest.Reply{Content: "<think>a</think><think>b</think>c"}, "<think>b</think>c", "a"},
		"another tag":        {llmtest.Reply{Content: "<thin >a"}, "<thin >a", ""},
		"the beginning only": {llmtest.Reply{Content: " <thi"}, " <thi", ""},
		"inside a string":    {llmtest.Reply{Content: `{"a": "<think>b</think>"}`}, `{"a": "<think>b</think>"}`, ""},
		"field reasoning": {llmtest.Reply{Raw: []byte(`{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","reasoning":"secret"},"finish_reason":"stop"}]}`)},
			"x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := start(t, nil)
			srv.Enqueue(tt.reply)
			got, err := c.Chat(t.Context(), ask())
			if err != nil || got.Content != tt.content || got.Reasoning != tt.reasoning {
				t.Errorf("content %q, reasoning %q, %v", got.Content, got.Reasoning, err)
			}
			if tt.reply.Raw != nil {
				return
			}
			srv.Enqueue(tt.reply)
			text, got, err := collect(c, t.Context(), ask())
			if err != nil || text != tt.content || got.Content != tt.content || got.Reasoning != tt.reasoning {
				t.Errorf("streamed %q, content %q, reasoning %q, %v", text, got.Content, got.Reasoning, err)
			}
		})
	}
}

// FuzzThinking: in whatever pieces a reply comes, it is parted as if it came whole, and nothing but the tags and the white
// space around them is lost.
func FuzzThinking(f *testing.F) {
	f.Add("<think>a</think>b", uint8(1))
	f.Add(" <think>a</th</think>\n b", uint8(3))
	f.Add("<thi", uint8(2))
	f.Add("<think></think", uint8(5))
	f.Add("é<think>—</think>", uint8(1))
	f.Fuzz(func(t *testing.T, s string, size uint8) {
		whole, thought := cutThinking(s, "")
		var th thinker
		var got strings.Builder
		for n, rest := int(size)+1, s; rest != ""; {
			piece := rest[:min(n, len(rest))]
			rest = rest[len(piece):]
			got.WriteString(th.write(piece))
		}
		got.WriteString(th.end())
		if got.String() != whole || th.reasoning("") != thought {
			t.Fatalf("in pieces %q and %q, whole %q and %q", got.String(), th.reasoning(""), whole, thought)
		}
		if !strings.HasPrefix(strings.TrimLeft(s, " \t\r\n"), thinkOpen) && (whole != s || thought != "") {
			t.Fatalf("%q became %q, %q", s, whole, thought)
		}
		if !strings.HasSuffix(s, whole) || !strings.Contains(s, thought) {
			t.Fatalf("%q and %q are not of %q", whole, thought, s)
		}
	})
}
