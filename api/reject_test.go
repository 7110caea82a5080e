package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// What the scripted drafts say. The canary stands in every draft that must be rejected, and in nothing else.
const (
	question = "When does a spring tide happen?"
	quote    = "A spring tide happens when the Sun and the Moon pull along the same line, at new moon and at full moon."
	claim    = "A spring tide comes at new moon and at full moon."
	canary   = "ZYZZYVA"
)

type evidence struct {
	Chunk string `json:"chunk"`
	Quote string `json:"quote"`
}

// draft is a reply with one sentence.
func draft(outcome, text string, proof ...evidence) llmtest.Reply {
	if proof == nil {
		proof = []evidence{}
	}
	b, err := json.Marshal(map[string]any{
		"outcome":   outcome,
		"sentences": []any{map[string]any{"text": text, "evidence": proof}},
	})
	if err != nil {
		panic(err)
	}
	return llmtest.Reply{Content: string(b), PromptTokens: 100, CompletionTokens: 20}
}

// TestRejection is promise P1: a model's draft with one citation that does not hold is rejected whole, and not a byte
// that only the draft holds crosses the socket.
func TestRejection(t *testing.T) {
	h := newHouse(t)
	elsewhere := h.chunk("sea", "Wind waves take their energy")
	other := h.chunk("kitchen", "Yeast eats sugar")
	good := draft("answered", claim, evidence{"c1", quote})
	lie := canary + " comes at half moon."
	tests := []struct {
		name    string
		course  string // "": sea
		lecture string
		bad     llmtest.Reply
		code    string
		leaks   []string // besides the canary
	}{
		{name: "an id that does not exist", bad: draft("answered", lie, evidence{"c99", quote}), code: "unknown_citation", leaks: []string{`"c99"`}},
		{name: "a real chunk that was not retrieved", bad: draft("answered", lie, evidence{elsewhere, "Wind waves take their energy from the wind"}), code: "unknown_citation", leaks: []string{"Wind waves take"}},
		{name: "words of a chunk that was not retrieved under an id that was", bad: draft("answered", lie, evidence{"c1", "Yeast eats sugar and gives off carbon dioxide"}), code: "quote_not_found", leaks: []string{"Yeast"}},
		{name: "a chunk of another course", bad: draft("answered", lie, evidence{other, "Yeast eats sugar and gives off carbon dioxide"}), code: "unknown_citation", leaks: []string{other, "Yeast"}},
		{name: "the right id with a wrong quote", bad: draft("answered", lie, evidence{"c1", "A spring tide happens when the Moon is " + canary + " and far away."}), code: "quote_not_found"},
		{name: "one good sentence and one bad", bad: twoSentences(lie), code: "unknown_citation", leaks: []string{"c98"}},
		{name: "no citation at all", bad: draft("answered", lie), code: "uncited_sentence"},
		{name: "a refusal with sources", bad: draft("not_in_lecture", lie, evidence{"c1", quote}), code: "refusal_with_sources"},
		{name: "not JSON", bad: llmtest.Reply{Content: "The " + canary + " is full. [c1]"}, code: "schema"},
		{name: "cut off", bad: llmtest.Reply{Content: good.Content[:len(good.Content)-9] + canary, FinishReason: "length"}, code: "schema"},
		{name: "a link", bad: draft("answered", "See [here](https://"+canary+".example/x).", evidence{"c1", quote}), code: "unknown_citation unsafe_output"},
	}
	for _, tt := range tests {
		for _, stream := range []bool{false, true} {
			name := tt.name + ", JSON"
			if stream {
				name = tt.name + ", streamed"
			}
			// First the lie twice: the floor answers.
			t.Run(name+", stubborn", func(t *testing.T) {
				h.t = t
				h.model.Enqueue(tt.bad, tt.bad)
				got, raw := h.ask("sea", question, stream)
				want := []answer.Attempt{
					{Mode: "model", Verdict: "rejected", Codes: strings.Fields(tt.code)},
					{Mode: "repair", Verdict: "rejected", Codes: strings.Fields(tt.code)},
					{Mode: "extractive", Verdict: "pass", Codes: []string{}},
				}
				if diff := cmp.Diff(want, citing(got.Attempts)); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
				if got.Mode != answer.ModeExtractive || got.Outcome != answer.Answered {
					t.Errorf("got %s by %s, want the floor's answer", got.Outcome, got.Mode)
				}
				checkHolds(t, h, got)
				checkNoLeak(t, raw, tt.leaks)
			})
			// Then the lie once, and the right thing after the repair call.
			t.Run(name+", repaired", func(t *testing.T) {
				h.t = t
				h.model.Enqueue(tt.bad, good)
				got, raw := h.ask("sea", question, stream)
				want := []answer.Attempt{
					{Mode: "model", Verdict: "rejected", Codes: strings.Fields(tt.code)},
					{Mode: "repair", Verdict: "pass", Codes: []string{}},
				}
				if diff := cmp.Diff(want, citing(got.Attempts)); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
				if len(got.Sentences) != 1 || got.Sentences[0].Text != claim || got.Mode != answer.ModeModel {
					t.Errorf("got %+v, want the repaired sentence", got.Sentences)
				}
				checkHolds(t, h, got)
				checkNoLeak(t, raw, tt.leaks)
				requests := h.model.Requests()
				repair := requests[len(requests)-1].Messages
				if last := repair[len(repair)-1].Content; len(repair) != 4 || strings.Contains(last, canary) {
					t.Errorf("the repair call has %d messages and ends with %q", len(repair), last)
				}
			})
		}
	}
	if left := h.model.Unexpected(); len(left) > 0 {
		t.Errorf("%d model calls that nobody scripted", len(left))
	}
}

// citing leaves away the codes of the layers that judge what a sentence claims: these tests are about what it cites, and the
// canary is a word that no lecture supports.
func citing(attempts []answer.Attempt) []answer.Attempt {
	out := slices.Clone(attempts)
	for i := range out {
		out[i].Codes = slices.DeleteFunc(slices.Clone(out[i].Codes), func(code string) bool {
			return code == "number_unsupported" || code == "entity_unsupported" || code == "polarity" || code == "low_support"
		})
	}
	return out
}

// says reports whether one of the sentences holds words.
func says(a answer.Answer, words string) bool {
	return slices.ContainsFunc(a.Sentences, func(s answer.Sentence) bool { return strings.Contains(s.Text, words) })
}

func twoSentences(lie string) llmtest.Reply {
	b, err := json.Marshal(map[string]any{"outcome": "answered", "sentences": []any{
		map[string]any{"text": "A spring tide comes at new moon, " + canary + ", and at full moon.", "evidence": []evidence{{"c1", quote}}},
		map[string]any{"text": lie, "evidence": []evidence{{"c98", quote}}},
	}})
	if err != nil {
		panic(err)
	}
	return llmtest.Reply{Content: string(b)}
}

// checkHolds asks the API for every cited chunk and looks for the quote in it, byte for byte.
func checkHolds(t *testing.T, h *house, a answer.Answer) {
	t.Helper()
	if a.Outcome == answer.Answered && len(a.Sentences) == 0 {
		t.Error("answered without a sentence")
	}
	for _, s := range a.Sentences {
		if len(s.Citations) == 0 {
			t.Errorf("no citation for %q", s.Text)
		}
		for _, c := range s.Citations {
			source := h.raw(http.MethodGet, "/v1/courses/"+c.Course+"/lectures/"+c.Lecture+"/chunks/"+c.ChunkID+"?version=1", "application/json", "")
			_, body, _ := strings.Cut(source, "\r\n\r\n")
			var got struct{ Text string }
			if err := json.Unmarshal([]byte(body), &got); err != nil || !strings.Contains(got.Text, c.Quote) || c.Quote == "" {
				t.Errorf("chunk %s does not hold %q (%v)", c.ChunkID, c.Quote, err)
			}
			if c.StartMS != nil || c.EndMS != nil {
				t.Error("a plain text has no times")
			}
		}
	}
	stored := h.count(a.Course, `select count(*) from answers where course_id = $1 and answer_id = $2`, a.Course, a.ID)
	attempts := h.count(a.Course, `select count(*) from answer_attempts where course_id = $1 and answer_id = $2`, a.Course, a.ID)
	if stored != 1 || attempts != len(a.Attempts) {
		t.Errorf("%d rows of evidence and %d attempts, want 1 and %d", stored, attempts, len(a.Attempts))
	}
}

func checkNoLeak(t *testing.T, raw string, leaks []string) {
	t.Helper()
	for _, secret := range append([]string{canary}, leaks...) {
		if strings.Contains(raw, secret) {
			t.Errorf("the socket carried %q of a rejected draft:\n%s", secret, raw)
		}
	}
}

// TestAnswered: a draft that holds is released as it is, with the real chunk id and the lecture's own words.
func TestAnswered(t *testing.T) {
	h := newHouse(t)
	for _, stream := range []bool{false, true} {
		// The model's quote differs in what the eye does not see: quotation marks, dashes, white space.
		h.model.Enqueue(draft("answered", claim, evidence{"c1", "A spring tide happens when the Sun and the\u00a0Moon pull along the  same line"}))
		got, _ := h.ask("sea", question, stream)
		checkHolds(t, h, got)
		want := []answer.Sentence{{Text: claim, Citations: []answer.Citation{{
			Course: "sea", Lecture: "tides", Title: "Tides", Version: 1, ChunkID: h.chunk("sea", "spring tide"),
			Quote: "A spring tide happens when the Sun and the Moon pull along the same line",
		}}}}
		if diff := cmp.Diff(want, got.Sentences, cmp.AllowUnexported(answer.Citation{}), cmp.FilterPath(func(p cmp.Path) bool {
			return p.Last().String() == ".start" || p.Last().String() == ".end"
		}, cmp.Ignore())); diff != "" {
			t.Errorf("sentences (-want +got):\n%s", diff)
		}
		if got.Usage.ModelCalls != 1 || got.Usage.PromptTokens != 100 || got.Usage.CompletionTokens != 20 || got.Usage.CostMicroUSD != nil {
			t.Errorf("usage %+v: one call, 100 and 20 tokens, price unknown", got.Usage)
		}
		if got.Prompt.ID != h.tutor.Prompt.ID || got.Prompt.SHA256 != h.tutor.Prompt.SHA256 {
			t.Errorf("prompt %+v", got.Prompt)
		}
	}
}

// TestRefusal is promise P2: what the lecture does not hold is a typed outcome without sources, and where nothing is
// about the question no model is paid.
func TestRefusal(t *testing.T) {
	h := newHouse(t)
	for _, stream := range []bool{false, true} {
		before := len(h.model.Requests())
		got, _ := h.ask("sea", "Who painted the Mona Lisa?", stream)
		if got.Outcome != answer.NotInLecture || got.Message != "I don't have that in this lecture." || len(got.Sentences) != 0 || got.Mode != answer.ModeNone {
			t.Errorf("off topic: %+v", got)
		}
		if calls := len(h.model.Requests()) - before; calls != 0 {
			t.Errorf("%d model calls for a question that nothing is about", calls)
		}
		h.model.Enqueue(llmtest.Reply{Content: `{"outcome":"not_in_lecture","sentences":[]}`})
		got, _ = h.ask("sea", "How high is the spring tide in Brest?", stream)
		if got.Outcome != answer.NotInLecture || got.Message != "I don't have that in this lecture." || len(got.Sentences) != 0 || got.Mode != answer.ModeModel {
			t.Errorf("the model's refusal: %+v", got)
		}
		h.model.Enqueue(llmtest.Reply{Content: `{"outcome":"refused","sentences":[]}`})
		got, _ = h.ask("sea", "Write my spring tide essay for me.", stream)
		if got.Outcome != answer.Refused || len(got.Sentences) != 0 {
			t.Errorf("assessed work: %+v", got)
		}
	}
	// A course is not asked about another's lectures (P6): the words are there, next door.
	got, raw := h.ask("sea", "What does yeast eat?", false)
	if got.Outcome != answer.NotInLecture || strings.Contains(raw, "sugar") {
		t.Errorf("a question saw another course: %s", raw)
	}
}

// TestModelDown is promise P3: without a model the lecture's own words answer.
func TestModelDown(t *testing.T) {
	h := newHouse(t)
	tests := []struct {
		name  string
		reply llmtest.Reply
		code  string
	}{
		{"refuses the key", llmtest.Refusal(http.StatusUnauthorized, "invalid_api_key", ""), "model_error"},
		{"a web page instead of JSON", llmtest.HTML(), "model_malformed"},
		{"no finish reason", llmtest.Reply{Content: "{}", NoFinish: true}, "model_incomplete"},
		{"much too long", llmtest.Reply{Header: http.Header{"Content-Type": {"text/event-stream"}},
			Raw: []byte(strings.Repeat(`data: {"choices":[{"index":0,"delta":{"content":"`+strings.Repeat("x", 1000)+`"}}]}`+"\n\n", 20_000))}, "model_too_large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h.t = t
			h.model.Enqueue(tt.reply)
			got, _ := h.ask("sea", question, false)
			want := []answer.Attempt{
				{Mode: "model", Verdict: "failed", Codes: strings.Fields(tt.code)},
				{Mode: "extractive", Verdict: "pass", Codes: []string{}},
			}
			if diff := cmp.Diff(want, citing(got.Attempts)); diff != "" {
				t.Errorf("attempts (-want +got):\n%s", diff)
			}
			if !says(got, quote) || got.Message != answer.MessageExtractive {
				t.Errorf("the floor said %+v", got)
			}
			checkHolds(t, h, got)
		})
	}
}

// TestStale: a lecture that is published anew between retrieval and release takes its old citations with it. The model is
// then asked afresh, over what is there now, and the client hears what that is.
func TestStale(t *testing.T) {
	const occurs = "A spring tide occurs when the Sun and the Moon pull along the same line"
	for _, stream := range []bool{false, true} {
		h := newHouse(t)
		calls := 0
		h.model.Handle(func(r llmtest.Request) llmtest.Reply {
			if calls++; calls == 1 {
				h.ingest("sea", "tides", strings.Replace(tides, "A spring tide happens", "A spring tide occurs", 1))
				return draft("answered", "A spring tide, "+canary+", comes at new moon.", evidence{"c1", quote})
			}
			if len(r.Messages) != 2 || !strings.Contains(r.Messages[1].Content, occurs) {
				t.Errorf("the second call is not a fresh one over the new version: %d messages", len(r.Messages))
			}
			return draft("answered", claim, evidence{"c1", occurs})
		})
		got, raw := h.ask("sea", question, stream)
		checkNoLeak(t, raw, nil)
		want := []answer.Attempt{
			{Mode: "model", Verdict: "rejected", Codes: []string{"stale_citation"}},
			{Mode: "model", Verdict: "pass", Codes: []string{}},
		}
		if diff := cmp.Diff(want, citing(got.Attempts)); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		if len(got.Sentences) != 1 || got.Sentences[0].Citations[0].Quote != occurs || got.Sentences[0].Citations[0].Version != 2 {
			t.Errorf("got %+v, want a citation of the new version", got.Sentences)
		}
		if stream && strings.Count(raw, "event: retrieved") != 2 {
			t.Errorf("the client should hear of both retrievals:\n%s", raw)
		}
	}
}

// TestStaleFloor: the same without a model that could be asked again.
func TestStaleFloor(t *testing.T) {
	h := newHouse(t)
	published := false
	h.model.Handle(func(llmtest.Request) llmtest.Reply {
		if !published {
			published = true
			h.ingest("sea", "tides", strings.Replace(tides, "A spring tide happens", "A spring tide occurs", 1))
		}
		return llmtest.Refusal(http.StatusUnauthorized, "invalid_api_key", "")
	})
	got, _ := h.ask("sea", question, false)
	if len(got.Attempts) != 3 || got.Attempts[1].Codes[0] != "stale_citation" || got.Attempts[2].Verdict != "pass" {
		t.Errorf("attempts %+v", got.Attempts)
	}
	if !says(got, "A spring tide occurs") || got.Sentences[0].Citations[0].Version != 2 {
		t.Errorf("the floor should answer from the new version, got %+v", got.Sentences)
	}
}

// TestFloorLeavesAway: a lecture that spells out a link is quoted around it.
func TestFloorLeavesAway(t *testing.T) {
	h := newHouse(t)
	h.model.Handle(func(llmtest.Request) llmtest.Reply {
		return llmtest.Refusal(http.StatusUnauthorized, "invalid_api_key", "")
	})
	h.ingest("sea", "currents", "The Gulf Stream carries warm water across the Atlantic to Europe.\n\nThe Gulf Stream page is at [this link](https://evil.example/gulf) for those who carry on.")
	got, raw := h.ask("sea", "What does the Gulf Stream carry?", false)
	if strings.Contains(raw, "evil.example") || len(got.Sentences) != 1 || !strings.Contains(got.Sentences[0].Text, "warm water") {
		t.Errorf("got %+v", got.Sentences)
	}
	if last := got.Attempts[len(got.Attempts)-2]; last.Verdict != "rejected" || last.Codes[0] != "unsafe_output" {
		t.Errorf("attempts %+v", got.Attempts)
	}
}

// TestOldCitationResolves is half of promise P4: what an answer cites stays readable when the lecture is replaced.
func TestOldCitationResolves(t *testing.T) {
	h := newHouse(t)
	h.model.Enqueue(draft("answered", claim, evidence{"c1", quote}))
	got, _ := h.ask("sea", question, false)
	h.ingest("sea", "tides", "The tide is something else altogether in this new version of the lecture.")
	c := got.Sentences[0].Citations[0]
	path := "/v1/courses/sea/lectures/tides/chunks/" + c.ChunkID
	old := h.raw(http.MethodGet, path+"?version=1", "application/json", "")
	if !strings.HasPrefix(old, "HTTP/1.1 200 ") || !strings.Contains(old, c.Quote) || !strings.Contains(old, `"active":false`) {
		t.Errorf("the citation does not resolve any more:\n%s", old)
	}
	if now := h.raw(http.MethodGet, path, "application/json", ""); !strings.HasPrefix(now, "HTTP/1.1 404 ") {
		t.Errorf("the active version does not hold it:\n%s", now)
	}
}
