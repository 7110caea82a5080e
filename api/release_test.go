package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"go.uber.org/goleak"
)

// What a scripted draft may say. After, and in, a bad sentence everything holds the canary.
var (
	goodTexts = []string{claim, "A neap tide, 潮 and all, comes at right angles: “é”.", "The tide is a slow rise and fall."}
	goodProof = []string{quote, "A neap tide happens when they pull at right angles to each other.", "The tide is the slow rise and fall of the sea."}
)

type sentence struct {
	Text     string     `json:"text"`
	Evidence []evidence `json:"evidence"`
}

// scripted is a draft of the good sentences with a bad one at a position and canaries behind it; none if bad is negative.
func scripted(t *testing.T, bad, kind int) string {
	t.Helper()
	var all []sentence
	for i := range goodTexts {
		all = append(all, sentence{goodTexts[i], []evidence{{"c1", goodProof[i]}}})
	}
	if bad >= 0 {
		lies := []sentence{
			{canary + " is high.", []evidence{{"c99", quote}}},
			{canary + " is higher.", []evidence{{"c1", "The " + canary + " is the rise of the sea."}}},
			{canary + " is highest.", []evidence{}},
			{"See [" + canary + "](https://x.example).", []evidence{{"c1", quote}}},
		}
		all = append(all[:bad:bad], lies[kind%len(lies)])
		for range 2 { // these would pass by themselves
			all = append(all, sentence{canary + " again.", []evidence{{"c1", quote}}})
		}
	}
	b, err := json.Marshal(map[string]any{"outcome": "answered", "sentences": all})
	if err != nil {
		t.Fatal(err)
	}
	if kind%2 == 1 { // with everything escaped that is not ASCII
		return ascii(string(b))
	}
	return string(b)
}

// ascii escapes a JSON text's characters of two and three bytes.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// released is what a raw stream held: the sentences, the last event, and the answer's fields if that is done.
type released struct {
	raw  string
	said []string
	last string
	done answer.Answer
}

// listen asks over a socket and reads all there is.
func (h *house) listen(mode string) released {
	h.t.Helper()
	raw := h.raw(http.MethodPost, "/v1/courses/sea/answers", "text/event-stream", `{"question":"`+question+`","release":"`+mode+`"}`)
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		h.t.Fatalf("%v\n%s", err, raw)
	}
	defer resp.Body.Close()
	r := released{raw: raw}
	for _, e := range readEvents(h.t, resp.Body) {
		r.last = e.name
		switch e.name {
		case "sentence":
			var s answer.Sentence
			if err := json.Unmarshal([]byte(e.data), &s); err != nil {
				h.t.Fatal(err)
			}
			r.said = append(r.said, s.Text)
		case "done":
			if err := json.Unmarshal([]byte(e.data), &r.done); err != nil {
				h.t.Fatal(err)
			}
		}
	}
	return r
}

// holds checks what every stream must keep: no canary, an end that is said, only sentences that were verified, and
// evidence of exactly those.
func (h *house) holds(what string, r released) {
	h.t.Helper()
	if strings.Contains(r.raw, canary) {
		h.t.Errorf("%s: the socket carried an unverified character:\n%s", what, r.raw)
	}
	if r.last != "done" && r.last != "error" {
		h.t.Errorf("%s: the stream ends with %q", what, r.last)
	}
	fromModel := r.done.Mode == answer.ModeModel
	for i, text := range r.said {
		if fromModel && (i >= len(goodTexts) || text != goodTexts[i]) {
			h.t.Errorf("%s: sentence %d is %q", what, i, text)
		}
	}
	switch {
	case r.last != "done":
	case r.done.Outcome == answer.Incomplete && (!fromModel || len(r.said) == 0 || r.done.Attempts[len(r.done.Attempts)-1].Verdict == "pass"),
		r.done.Outcome == answer.Answered && len(r.said) == 0:
		h.t.Errorf("%s: %d sentences and %+v", what, len(r.said), r.done)
	}
	if n := h.count("sea", `select count(*) from answers where course_id = $1 and answer_id = $2 and outcome = $3 and jsonb_array_length(sentences) = $4`,
		"sea", r.done.ID, string(r.done.Outcome), len(r.said)); n != 1 {
		h.t.Errorf("%s: the evidence is not what was sent: %+v", what, r.done)
	}
}

// sampled returns a few of n cases, or with LECTERN_STRESS=1 all of them. The seed that is printed brings the same back.
func sampled(t *testing.T, n, few int) []int {
	t.Helper()
	if os.Getenv("LECTERN_STRESS") != "" || n <= few {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	some := rand.New(rand.NewPCG(seed, 5)).Perm(n)[:few]
	slices.Sort(some)
	return some
}

// streaming is a house whose model server is asked once a rung, and given up when it was silent for so long.
func streaming(t *testing.T, idle time.Duration) *house {
	t.Helper()
	h := newHouse(t)
	client, err := llm.NewClient(llm.Config{
		BaseURL: h.model.URL(), ChatModel: "scripted", MaxAttempts: 1, BreakerFailures: 1 << 20, FirstByteTimeout: idle, IdleTimeout: idle,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	h.tutor.Model, h.tutor.BySentence = client, true
	return h
}

// TestNothingUnverified is the promise of both release modes: a bad sentence at every position, in every kind, and a
// stream that is mishandled in every way. The bytes on the socket hold nothing that was not verified, every stream says
// how it ended, and no goroutine stays.
func TestNothingUnverified(t *testing.T) {
	h := streaming(t, 300*time.Millisecond)
	h.model.Handle(func(llmtest.Request) llmtest.Reply { return llmtest.Refusal(http.StatusServiceUnavailable, "", "") })
	h.listen("whole") // connections that stay are there now
	before := goleak.IgnoreCurrent()
	play := func(t *testing.T, reply llmtest.Reply) {
		h.t = t
		h.model.Handle(func(llmtest.Request) llmtest.Reply { return reply })
	}

	t.Run("bad sentence", func(t *testing.T) {
		for _, n := range sampled(t, 4*len(goodTexts), 6) {
			bad, kind := n/4, n%4
			play(t, llmtest.Reply{Content: scripted(t, bad, kind), WriteSize: 1 + kind*5})
			for _, mode := range []string{"whole", "sentence"} {
				what := fmt.Sprintf("bad at %d, kind %d, %s", bad, kind, mode)
				before := len(h.model.Requests())
				r := h.listen(mode)
				h.holds(what, r)
				calls := len(h.model.Requests()) - before
				if mode == "whole" || bad == 0 { // both drafts rejected, and the floor has answered
					if r.done.Mode != answer.ModeExtractive || calls != 2 {
						t.Errorf("%s: %d calls, %+v", what, calls, r.done)
					}
				} else if r.done.Outcome != answer.Incomplete || len(r.said) != bad || calls != 1 {
					t.Errorf("%s: %d calls, %d sentences left, %+v", what, calls, len(r.said), r.done)
				}
			}
		}
	})
	t.Run("split in two", func(t *testing.T) { // also inside a character, and inside an escape
		for _, kind := range []int{0, 1} {
			content := scripted(t, 2, kind)
			for _, n := range sampled(t, len(content), 5) {
				play(t, llmtest.Reply{Deltas: []string{content[:n], content[n:]}})
				r := h.listen("sentence")
				if strings.Contains(r.raw, canary) || r.last != "done" {
					t.Errorf("split at %d: %s", n, r.raw)
				}
			}
		}
	})
	t.Run("cut", func(t *testing.T) {
		for kind, bad := range []int{-1, 1} {
			content := scripted(t, bad, kind)
			var pieces []string
			for piece := range slices.Chunk([]rune(content), 60) {
				pieces = append(pieces, string(piece))
			}
			for _, n := range sampled(t, len(content)+200*(len(pieces)+4), 8) { // an event is less than 200 bytes around its piece
				play(t, llmtest.Reply{Deltas: pieces, CutAfter: n + 1})
				r := h.listen("sentence")
				h.holds("cut after "+strconv.Itoa(n), r)
			}
		}
	})
	t.Run("mishandled", func(t *testing.T) {
		content := scripted(t, -1, 0)
		pieces := strings.SplitAfter(content, " ")
		var twice []string
		for _, p := range pieces {
			twice = append(twice, p, p)
		}
		for what, reply := range map[string]llmtest.Reply{
			"every piece twice":  {Deltas: twice},
			"the draft twice":    {Deltas: []string{content, content}},
			"canary behind it":   {Deltas: []string{content, " " + canary}},
			"no finish reason":   {Content: content, NoFinish: true},
			"neither nor done":   {Content: content, NoFinish: true, NoDone: true},
			"finish length":      {Content: content, FinishReason: "length"},
			"finish filter":      {Content: content, FinishReason: "content_filter"},
			"stalled early":      {Content: content, Stall: 5 * time.Second},
			"stalled in between": {Content: content, Stall: 5 * time.Second, StallAfter: 4000},
			"close delimited":    {Content: content, CloseDelimited: true, CutAfter: 6000},
		} {
			play(t, reply)
			for _, mode := range []string{"whole", "sentence"} {
				r := h.listen(mode)
				h.holds(what+", "+mode, r)
				if mode == "whole" && r.done.Mode == answer.ModeModel {
					t.Errorf("%s was released whole", what)
				}
				if r.done.Mode == answer.ModeModel && r.done.Outcome != answer.Incomplete {
					t.Errorf("%s: outcome %s", what, r.done.Outcome)
				}
			}
		}
	})
	if client, ok := h.tutor.Model.(*llm.Client); ok {
		client.Close()
	}
	goleak.VerifyNone(t, before)
}

// careless is a model client with a mistake in it.
type careless struct{}

func (careless) ChatStream(context.Context, llm.ChatRequest, func(string) error) (llm.ChatResponse, error) {
	panic("a mistake of ours")
}

// TestPanicEndsTheStream: not even a mistake of ours leaves a student waiting for the end.
func TestPanicEndsTheStream(t *testing.T) {
	h := newHouse(t)
	h.tutor.Model = careless{}
	if r := h.listen("whole"); r.last != "error" || strings.Contains(r.raw, "mistake of ours") {
		t.Errorf("the stream ends with %q:\n%s", r.last, r.raw)
	}
}
