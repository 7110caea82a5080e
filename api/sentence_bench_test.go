package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/llm"
)

// BenchmarkSentence is release by sentence: from the model's server writing the last byte of a sentence to the sentence's
// event in the student's hands, both over HTTP. The model writes the next sentence when the last one has arrived. The
// goal is 5 ms for the slowest of a hundred.
func BenchmarkSentence(b *testing.B) {
	h := newHouse(b)
	written, arrived := make(chan time.Time, 1), make(chan struct{})
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		flush := http.NewResponseController(w).Flush
		send := func(content, finish string) {
			delta, _ := json.Marshal(map[string]string{"content": content}) //nolint:errchkjson // strings
			fmt.Fprintf(w, `data: {"model":"scripted","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`+"\n\n", delta, finish)
			_ = flush()
		}
		send(`{"outcome":"answered","sentences":[`, "null")
		for i := range 8 {
			one, _ := json.Marshal(sentence{goodTexts[i%3], []evidence{{"c1", goodProof[i%3]}}}) //nolint:errchkjson // strings
			text := strings.Repeat(",", min(i, 1)) + string(one)
			send(text[:len(text)-1], "null")
			written <- time.Now()
			send(text[len(text)-1:], "null")
			select {
			case <-arrived:
			case <-r.Context().Done():
				return
			}
		}
		send("]}", `"stop"`)
		fmt.Fprint(w, "data: [DONE]\n\n")
	}))
	b.Cleanup(model.Close)
	client, err := llm.NewClient(llm.Config{BaseURL: model.URL, ChatModel: "scripted", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	h.tutor.Model, h.tutor.BySentence, h.tutor.Log = client, true, slog.New(slog.DiscardHandler)
	var delays []time.Duration
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, h.server.URL+"/v1/courses/sea/answers",
			strings.NewReader(`{"question":"`+question+`","release":"sentence"}`))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "text/event-stream")
		resp, err := h.server.Client().Do(req)
		if err != nil {
			b.Fatal(err)
		}
		answered := false
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if lines.Text() == "event: sentence" {
				delays = append(delays, time.Since(<-written))
				arrived <- struct{}{}
			}
			answered = answered || strings.Contains(lines.Text(), `"outcome":"answered","mode":"model"`)
		}
		resp.Body.Close()
		if !answered {
			b.Fatal("the model's answer was not released")
		}
	}
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
}
