package api

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/lectern-tutor/lectern/answer"
)

type answerRequest struct {
	CourseID
	Accept string `header:"Accept" doc:"text/event-stream for a stream, anything else for JSON."`
	Body   struct {
		Question string    `json:"question" minLength:"1" maxLength:"4000" doc:"The student's words." example:"Why does TCP wait after closing a connection?"`
		Before   []string  `json:"before,omitempty" maxItems:"8" minLength:"1" maxLength:"4000" doc:"What the student asked before in this conversation, oldest first, so that a question like \"and why?\" is understood; at most 8,000 characters together. They belong to this request: the server joins no requests."`
		Lectures []string  `json:"lectures,omitempty" maxItems:"100" doc:"Only these lectures; without it, the whole course."`
		Seen     []watched `json:"seen,omitempty" maxItems:"100" doc:"How far the student has watched: nothing later is used."`
		Model    string    `json:"model,omitempty" maxLength:"200" doc:"One of the models this server offers; without it, its own."`
		Release  string    `json:"release,omitempty" enum:"whole,sentence" doc:"Of a stream. whole (default): after the whole answer was verified. sentence, if this server permits it: each sentence when it was verified; an answer that fails later on ends with outcome incomplete. Has no effect on JSON."`
	}
}

// The events of a stream, in order: retrieved (again, if a lecture was published anew meanwhile: the last one counts),
// sentence for each, then exactly one of done and error. A stream that ends without either has failed.
type (
	retrievedEvent struct {
		Passages []answer.Retrieved `json:"passages"`
	}
	sentenceEvent struct {
		Index int `json:"index"`
		answer.Sentence
	}
	// doneEvent is the answer without its sentences: they have been sent.
	doneEvent struct {
		answer.Answer
		Sentences struct{} `json:"sentences,omitzero"`
	}
)

func (s *server) answers() {
	huma.Register(s.huma, huma.Operation{
		OperationID: "ask", Method: http.MethodPost, Path: "/v1/courses/{course}/answers",
		Summary: "Ask a question about a course",
		Description: "Every sentence of the answer carries quotes that were verified against chunks retrieved for this request. " +
			"A model's draft with one failing citation is rejected whole; attempts names the codes. " +
			"Released by sentence, it is rejected from that citation on, and the outcome is incomplete if something was sent before. " +
			"With Accept: text/event-stream the answer comes as events: retrieved (the last one counts), sentence for each sentence, then done or error. " +
			"Nothing unverified is ever sent. A stream that ends without done or error has failed.",
		MaxBodyBytes: maxBody, BodyReadTimeout: bodyTimeout,
		Responses: map[string]*huma.Response{"200": {
			Description: "An answer, in any outcome",
			Content: map[string]*huma.MediaType{
				"application/json": {Schema: s.schema(answer.Answer{}, "Answer")},
				"text/event-stream": {Schema: &huma.Schema{Type: "string", Description: "Events: retrieved {passages}, sentence {index, text, citations}, " +
					"done {the answer without its sentences}, error {a problem}."}},
			},
		}},
		Errors: []int{http.StatusNotFound, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, func(_ context.Context, in *answerRequest) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) { s.ask(humagin.Unwrap(ctx), in) }}, nil
	})
}

// ask answers one question, as JSON or as a stream.
func (s *server) ask(c *gin.Context, in *answerRequest) {
	ctx := c.Request.Context()
	question := answer.Question{Text: in.Body.Question, Before: in.Body.Before, Model: in.Body.Model, Release: answer.Release(in.Body.Release)}
	where := scope(in.Course, in.Body.Lectures, in.Body.Seen)
	if !wantsStream(in.Accept) {
		a, err := s.Tutor.Ask(ctx, where, question, nil)
		if err != nil {
			writeProblem(c, s.problem(ctx, err))
			return
		}
		c.Header("Content-Type", "application/json")
		c.Status(http.StatusOK)
		encoder := json.NewEncoder(c.Writer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(a); err != nil {
			s.Log.InfoContext(ctx, "answer could not be sent", "answer", a.ID, "err", err)
		}
		return
	}
	stream := newStream(c)
	defer stream.close()
	defer func() {
		if reason := recover(); reason != nil {
			if stream.opened() {
				stream.send("error", internal())
			}
			panic(reason) // recovered logs it
		}
	}()
	// Until the first event the status line is still ours: a bad request is a status and not an event.
	a, err := s.Tutor.Stream(ctx, where, question, answer.Events{
		Retrieved: func(found []answer.Retrieved) {
			if !stream.opened() {
				stream.open()
			}
			stream.send("retrieved", retrievedEvent{Passages: found})
		},
		Sentence: func(index int, sentence answer.Sentence) {
			stream.send("sentence", sentenceEvent{Index: index, Sentence: sentence})
		},
	})
	if err != nil {
		p := s.problem(ctx, err)
		if !stream.opened() {
			writeProblem(c, p)
			return
		}
		stream.send("error", p)
		return
	}
	stream.send("done", doneEvent{Answer: a})
	if err := stream.err(); err != nil {
		s.Log.InfoContext(ctx, "stream could not be finished", "answer", a.ID, "err", err)
	}
}

// wantsStream reports whether the Accept header names text/event-stream with a quality above 0.
func wantsStream(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil || kind != "text/event-stream" {
			continue
		}
		q, given := params["q"]
		if quality, err := strconv.ParseFloat(q, 64); !given || err == nil && quality > 0 {
			return true
		}
	}
	return false
}
