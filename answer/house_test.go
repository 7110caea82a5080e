package answer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// house is a tutor over a database of the test's own, with a scripted model over HTTP and the database's owner at hand.
type house struct {
	t     *testing.T
	db    *postgres.DB
	owner *pgx.Conn
	in    *ingest.Ingester
	tutor *answer.Tutor
	model *llmtest.Server
}

const (
	springQuote = "A spring tide happens when the Sun and the Moon pull along the same line, at new moon and at full moon."
	neapQuote   = "A neap tide happens when they pull at right angles to each other."
	fetchQuote  = "The distance over which the wind blows is called the fetch."
)

// timed is an SRT of one sentence a cue, five seconds each, in two cues where there is a bar.
func timed(sentences ...string) string {
	var b strings.Builder
	n := 0
	for _, s := range sentences {
		for part := range strings.SplitSeq(s, "|") {
			fmt.Fprintf(&b, "%d\n00:00:%02d,000 --> 00:00:%02d,500\n%s\n\n", n+1, n*5, n*5+4, part)
			n++
		}
	}
	return b.String()
}

func newHouse(t *testing.T) *house {
	t.Helper()
	app, ownerURL := pgtest.URLs(t)
	db, err := postgres.Open(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	owner, err := pgx.Connect(t.Context(), ownerURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	model, err := llmtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	client, err := llm.NewClient(llm.Config{BaseURL: model.URL(), ChatModel: "scripted", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	prompt, err := prompts.Load(prompts.Current)
	if err != nil {
		t.Fatal(err)
	}
	embedder := llm.NewOffline()
	h := &house{
		t: t, db: db, owner: owner, model: model,
		in:    &ingest.Ingester{DB: db, Embedder: embedder, Log: log, Forget: answer.Forget},
		tutor: &answer.Tutor{DB: db, Searcher: retrieve.New(db, embedder, log, 0), Prompt: prompt, Model: client, Log: log},
	}
	if err := h.in.CreateCourse(t.Context(), "sea", "", ""); err != nil {
		t.Fatal(err)
	}
	h.ingest("tides", "srt", timed("The tide is the slow rise and fall of the sea.", strings.Replace(springQuote, "Moon pull", "Moon|pull", 1), neapQuote))
	h.ingest("waves", "txt", "Wind waves take their energy from the wind. "+fetchQuote+" A swell is what is left of the waves of a tide of wind.")
	return h
}

// patience gives the tutor a client with another configuration.
func (h *house) patience(edit func(*llm.Config)) {
	h.t.Helper()
	cfg := llm.Config{BaseURL: h.model.URL(), ChatModel: "scripted", Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, BreakerFailures: 1 << 20}
	edit(&cfg)
	client, err := llm.NewClient(cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(client.Close)
	h.tutor.Model = client
}

func (h *house) ingest(lecture, kind, text string) {
	h.t.Helper()
	_, err := h.in.Lecture(h.t.Context(), ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: "sea"}, Lecture: lecture, Title: "On " + lecture, Position: -1,
		Name: lecture + "." + kind, Bytes: []byte(text),
	}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) delete(lecture string) {
	h.t.Helper()
	if err := h.in.DeleteLecture(h.t.Context(), "sea", lecture, ingest.Condition{}); err != nil {
		h.t.Fatal(err)
	}
}

// said is a sentence of a draft: its text, then pairs of a lecture and a quote. The quote's alias is found among what the
// model was shown.
type said struct {
	text  string
	proof []string
}

// draft is the scripted model's reply. Aliases follow the lectures' order: tides is c1, waves c2, if both are retrieved.
func draft(outcome string, sentences ...said) llmtest.Reply {
	type evidence struct {
		Chunk string `json:"chunk"`
		Quote string `json:"quote"`
	}
	type sentence struct {
		Text     string     `json:"text"`
		Evidence []evidence `json:"evidence"`
	}
	all := []sentence{}
	for _, s := range sentences {
		one := sentence{Text: s.text, Evidence: []evidence{}}
		for i := 0; i < len(s.proof); i += 2 {
			one.Evidence = append(one.Evidence, evidence{s.proof[i], s.proof[i+1]})
		}
		all = append(all, one)
	}
	b, err := json.Marshal(map[string]any{"outcome": outcome, "sentences": all})
	if err != nil {
		panic(err)
	}
	return llmtest.Reply{Content: string(b), PromptTokens: 100, CompletionTokens: 20}
}

// ask asks with the model replying so, and returns the answer.
func (h *house) ask(question string, lectures []string, replies ...llmtest.Reply) answer.Answer {
	h.t.Helper()
	h.model.Enqueue(replies...)
	a, err := h.tutor.Ask(h.t.Context(), postgres.Scope{Principal: postgres.Local, Course: "sea", Lectures: lectures}, answer.Question{Text: question}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

// The ways a question can end, over both lectures: answered by the model citing both, after a rejected draft; by the
// floor; not in the lecture, with and without a draft.
func (h *house) answers() (both answer.Answer) {
	h.t.Helper()
	both = h.ask("What happens in spring tide, neap tide and with the fetch of wind waves?", nil,
		draft("answered", said{"A spring tide is a tide.", []string{"c9", springQuote}}),
		draft("answered",
			said{"A spring tide comes at new moon and at full moon.", []string{"c1", springQuote}},
			said{"The fetch is a distance, and a neap tide has right angles.", []string{"c2", fetchQuote, "c1", neapQuote}},
			said{"The fetch is the distance over which the wind blows.", []string{"c2", fetchQuote}}))
	if both.Mode != answer.ModeModel || len(both.Sentences) != 3 {
		h.t.Fatalf("the model's answer is %+v", both)
	}
	bad := draft("answered", said{"A neap tide, " + neapQuote, nil})
	if a := h.ask("When does a neap tide happen?", []string{"tides"}, bad, bad); a.Mode != answer.ModeExtractive {
		h.t.Fatalf("the floor's answer is %+v", a)
	}
	if a := h.ask("What is the fetch?", []string{"waves"}, draft("answered", said{fetchQuote, []string{"c1", fetchQuote}})); a.Mode != answer.ModeModel {
		h.t.Fatalf("the answer from waves is %+v", a)
	}
	if a := h.ask("Does a spring tide know the fetch?", nil, draft("not_in_lecture")); a.Outcome != answer.NotInLecture {
		h.t.Fatalf("the refusal is %+v", a)
	}
	if a := h.ask("Who painted the Mona Lisa?", nil); a.Outcome != answer.NotInLecture {
		h.t.Fatalf("the refusal is %+v", a)
	}
	return both
}

// broken lists the rules that are broken, with their examples.
func (h *house) broken() []string {
	h.t.Helper()
	var broken []string
	for _, check := range []func(context.Context, *postgres.DB, string) ([]postgres.Finding, error){ingest.Check, answer.Check} {
		found, err := check(h.t.Context(), h.db, "sea")
		if err != nil {
			h.t.Fatal(err)
		}
		for _, f := range found {
			if f.Broken > 0 {
				broken = append(broken, f.Rule)
			}
		}
	}
	return broken
}
