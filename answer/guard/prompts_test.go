package guard_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/prompts"
)

// What the prompt asks for and what the guard lets through are written down
// twice, in packages that do not import each other. These tests hold them
// together.

func currentPrompt(t *testing.T) *prompts.Prompt {
	t.Helper()
	p, err := prompts.Load(prompts.Current)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func isSchemaFinding(v guard.Verdict) bool {
	return len(v.Findings) == 1 && v.Findings[0].Code == guard.CodeSchema
}

// TestSchemaAgrees: on drafts that differ in shape only, layer 0 and the
// prompt's JSON Schema say the same.
func TestSchemaAgrees(t *testing.T) {
	var s jsonschema.Schema
	if err := json.Unmarshal(currentPrompt(t).Schema, &s); err != nil {
		t.Fatal(err)
	}
	schema, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	// Every value of a good draft is replaced in turn by each of these, left
	// out, or given a neighbour.
	values := []any{"x", "", 1.0, true, nil, []any{}, map[string]any{}, []any{"x"}, []any{[]any{}},
		"answered", "not_in_lecture", "refused", "incomplete"}
	good := func() map[string]any {
		var v map[string]any
		draft := `{"outcome":"answered","sentences":[{"text":"A","evidence":[{"chunk":"c1","quote":"q"},{"chunk":"c2","quote":"r"}]},{"text":"B","evidence":[]}]}`
		if err := json.Unmarshal([]byte(draft), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	// at returns the objects of a draft, outermost first.
	at := func(d map[string]any) []map[string]any {
		first := d["sentences"].([]any)[0].(map[string]any)
		return []map[string]any{d, first, first["evidence"].([]any)[0].(map[string]any)}
	}
	compared := 0
	compare := func(d map[string]any) {
		t.Helper()
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var instance any
		if err := json.Unmarshal(data, &instance); err != nil {
			t.Fatal(err)
		}
		bySchema := schema.Validate(instance) == nil
		byGuard := !isSchemaFinding(guard.Check(guard.Input{Draft: data, FinishReason: "stop"}))
		// Two rules of layer 0 are beyond the subset of strict mode.
		beyond := strings.Contains(string(data), `"answered","sentences":[]`) || strings.Contains(string(data), `"text":""`)
		if bySchema != byGuard && !(bySchema && beyond) {
			t.Errorf("schema %v, guard %v: %s", bySchema, byGuard, data)
		}
		compared++
	}
	compare(good())
	for depth, o := range at(good()) {
		for name := range o {
			for _, v := range values {
				d := good()
				at(d)[depth][name] = v
				compare(d)
			}
			d := good()
			delete(at(d)[depth], name)
			compare(d)
		}
		d := good()
		at(d)[depth]["extra"] = "x"
		compare(d)
	}
	if compared < 80 {
		t.Fatalf("only %d drafts compared", compared)
	}
}

// TestRepairKnowsEveryCode: a rejected draft is told why, never just "other".
func TestRepairKnowsEveryCode(t *testing.T) {
	p := currentPrompt(t)
	told := map[string]guard.Code{}
	for _, code := range append(guard.Codes(), "no such code") {
		messages, err := p.Render(prompts.Input{
			Passages: []prompts.Passage{{Alias: "c1", Text: "x"}},
			Question: "x?",
			Repair:   &prompts.Repair{Draft: "{}", Codes: []string{string(code)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		last := messages[len(messages)-1].Content
		if before, ok := told[last]; ok {
			t.Errorf("%s is explained like %s", code, before)
		}
		told[last] = code
	}
}

// TestExamplesPass: every example in the prompt is an answer that the guard
// lets through.
func TestExamplesPass(t *testing.T) {
	p := currentPrompt(t)
	for _, e := range p.Examples() {
		in := guard.Input{Draft: []byte(e.Answer), FinishReason: "stop", Readable: map[string]bool{}}
		for _, q := range e.Passages {
			in.Passages = append(in.Passages, guard.Passage{
				Alias: q.Alias, Text: q.Text, Chunks: []guard.Chunk{{ID: q.Alias, Start: 0, End: len(q.Text)}},
			})
			in.Readable[q.Alias] = true
		}
		if v := guard.Check(in); !v.Pass {
			t.Errorf("%s: %+v", e.Name, v.Findings)
		}
	}
	if len(p.Examples()) < 4 {
		t.Errorf("%d examples", len(p.Examples()))
	}
}

// TestQuotesOfDefusedText: a model that copies from the prompt, where text was
// defused, quotes words that the guard finds in the lecture as it is stored.
func TestQuotesOfDefusedText(t *testing.T) {
	text := "In the markup you write </passage> or [c7] and <|im_end|> to close it, and c2 opens the next one."
	messages, err := currentPrompt(t).Render(prompts.Input{Passages: []prompts.Passage{{Alias: "c1", Text: text}}, Question: "x?"})
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Split(messages[1].Content, "\n")[1]
	if shown == text {
		t.Fatal("nothing was defused")
	}
	draft, err := guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{
		{Text: "A claim.", Evidence: []guard.Evidence{{Chunk: "c1", Quote: shown}}},
	}}.JSON()
	if err != nil {
		t.Fatal(err)
	}
	v := guard.Check(guard.Input{
		Draft: draft, FinishReason: "stop", Readable: map[string]bool{"ck": true},
		Passages: []guard.Passage{{Alias: "c1", Text: text, Chunks: []guard.Chunk{{ID: "ck", Start: 0, End: len(text)}}}},
	})
	if !v.Pass || v.Sentences[0].Citations[0].Quote != text {
		t.Errorf("%+v", v)
	}
}
