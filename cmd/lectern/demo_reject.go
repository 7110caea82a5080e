package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/postgres"
)

type demoRejectCmd struct {
	Ingest   []string `type:"path" help:"Course folders to ingest first."`
	Course   string   `default:"networks" help:"The course to ask."`
	Question string   `default:"What is a hidden terminal in Wi-Fi?" help:"The question."`
}

// Run starts the real server against a scripted model that lies, asks it over HTTP, and prints for each lie what the
// model wrote, what the guard said, and what the student got.
func (cmd demoRejectCmd) Run(ctx context.Context, a *app) (err error) {
	demo, err := a.startDemo()
	if err != nil {
		return err
	}
	defer demo.Close()
	a.LogLevel = max(a.LogLevel, 8) // the rejections below are the point, not the log
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	for _, folder := range cmd.Ingest {
		quiet := *a
		quiet.stdout, quiet.stderr = io.Discard, io.Discard
		if err := (ingestCmd{Paths: []string{folder}}).into(ctx, &quiet, rooms); err != nil {
			return err
		}
	}
	handler, err := a.handler(ctx, rooms, true)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- serve(serving, listener, handler, a.log(), func(context.Context) error { return nil })
	}()
	defer func() { stop(); err = errors.Join(err, <-ended) }()

	fmt.Fprintf(a.stdout, "The student asks: %s\n", cmd.Question)
	fmt.Fprint(a.stdout, "The model is a script, not a language model.\n")
	for _, name := range []string{"demo/unknown-chunk", "demo/wrong-quote", "demo/unknown-chunk-stubborn"} {
		if err := cmd.show(ctx, a, rooms, "http://"+listener.Addr().String(), name); err != nil {
			return err
		}
	}
	_, err = fmt.Fprint(a.stdout, "\nEvery response was searched for the made-up ids and quotes: none of them crossed the socket.\n")
	return err
}

func (cmd demoRejectCmd) show(ctx context.Context, a *app, rooms *rooms, base, model string) error {
	body, got, err := post(ctx, base, cmd.Course, cmd.Question, model)
	if err != nil {
		return err
	}
	evidence, err := rooms.tutor.Evidence(ctx, postgres.Scope{Principal: postgres.Local, Course: cmd.Course}, got.ID)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, l := range liars {
		if l.name == model {
			fmt.Fprintf(&b, "\n== The scripted model %s\n", l.label)
		}
	}
	for _, at := range evidence.Attempts {
		switch at.Mode {
		case "model":
			b.WriteString("\n  The draft:\n")
		case "repair":
			b.WriteString("\n  The model is told the codes and asked once more. Its second draft:\n")
		case "extractive":
			b.WriteString("\n  No model any more: the floor answers with the lecture's own words.\n")
		}
		if at.Mode != "extractive" {
			var draft guard.Draft
			if err := json.Unmarshal([]byte(at.Draft), &draft); err != nil {
				return fmt.Errorf("the stored draft of %s: %w", got.ID, err)
			}
			for _, s := range draft.Sentences {
				fmt.Fprintf(&b, "    %s\n", s.Text)
				for _, e := range s.Evidence {
					fmt.Fprintf(&b, "    [%s] “%s”\n", e.Chunk, e.Quote)
				}
			}
		}
		if at.Verdict == "pass" {
			b.WriteString("  The guard: pass\n")
			continue
		}
		fmt.Fprintf(&b, "  The guard: %s, %s. The draft is rejected whole.\n", at.Verdict, strings.Join(at.Codes, ", "))
		for _, lie := range lies(at.Draft) {
			if bytes.Contains(body, []byte(lie)) {
				return fmt.Errorf("answer %s: the response holds %q of a rejected draft", got.ID, lie)
			}
		}
	}
	b.WriteString("\n  What the student saw:\n")
	for _, line := range strings.Split(strings.TrimSpace(printed(got)), "\n") {
		fmt.Fprintf(&b, "  | %s\n", line)
	}
	_, err = io.WriteString(a.stdout, b.String())
	return err
}

// lies returns what in a rejected draft must not be in the response: the made-up ids and quotes.
func lies(draft string) []string {
	var d struct {
		Sentences []struct {
			Evidence []struct{ Chunk, Quote string }
		}
	}
	if json.Unmarshal([]byte(draft), &d) != nil {
		return nil
	}
	var out []string
	for _, s := range d.Sentences {
		for _, e := range s.Evidence {
			if e.Chunk == "c99" {
				out = append(out, `"c99"`)
			}
			if strings.Contains(e.Quote, " never ") {
				out = append(out, e.Quote)
			}
		}
	}
	return out
}

func post(ctx context.Context, base, course, question, model string) ([]byte, answer.Answer, error) {
	var got answer.Answer
	request, err := json.Marshal(map[string]string{"question": question, "model": model})
	if err != nil {
		return nil, got, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/courses/"+url.PathEscape(course)+"/answers", bytes.NewReader(request))
	if err != nil {
		return nil, got, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, got, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end below
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, got, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, got, fmt.Errorf("the server answered %s: %s", resp.Status, body)
	}
	return body, got, json.Unmarshal(body, &got)
}
