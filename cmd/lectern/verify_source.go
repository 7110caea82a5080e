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
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/retrieve"
)

// fileChunks resolves citations in transcripts, by lecture. They are read and split as ingest does it, and the ids follow
// from the text, so a chunk that is found by its id has the text that the id was made of.
func fileChunks(files map[string]string) (answer.Resolve, error) {
	type cut struct {
		timed  bool
		chunks []ingest.Chunk // without ids: those depend on the course
	}
	lectures := map[string]cut{}
	for lecture, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		t, err := transcript.Parse(file, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		lectures[lecture] = cut{t.Timed, ingest.Split(t.Segments, llm.CL100K().Count, ingest.DefaultSplit)}
	}
	return func(_ context.Context, c answer.Citation) (src retrieve.Source, err error) {
		l, ok := lectures[c.Lecture]
		if !ok {
			return src, answer.Unresolved("no transcript of this lecture was given")
		}
		chunks := slices.Clone(l.chunks)
		ingest.Identify(c.Course, c.Lecture, chunks)
		i := slices.IndexFunc(chunks, func(k ingest.Chunk) bool { return k.ID == c.ChunkID })
		if i < 0 {
			return src, answer.Unresolved("no stretch of the transcript has this id: it is another transcript, course or lecture, or no such text")
		}
		src = retrieve.Source{ChunkID: c.ChunkID, Lecture: c.Lecture, Version: c.Version, Text: chunks[i].Text, Timed: l.timed}
		for _, cue := range chunks[i].Cues {
			src.Cues = append(src.Cues, retrieve.Cue{Offset: cue.Offset, StartMS: cue.StartMS, EndMS: cue.EndMS})
		}
		return src, nil
	}, nil
}

// Bounds of looking up a chunk on a server that may be anybody's.
const (
	lookupTimeout = 10 * time.Second
	maxLookup     = 1 << 20
	// maxRepeats is how often a lecture may say the very same chunk of text for its id to be recognised.
	maxRepeats = 256
)

// serverChunks resolves citations on a server. It is not believed: the id must be that of the text it gives.
func serverChunks(base string) (answer.Resolve, error) {
	root, err := url.Parse(base)
	if err != nil || (root.Scheme != "http" && root.Scheme != "https") || root.Host == "" {
		return nil, fmt.Errorf("--url %q: not an address; it looks like http://127.0.0.1:8080", base)
	}
	client := &http.Client{
		Timeout:       lookupTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, c answer.Citation) (src retrieve.Source, err error) {
		at := root.JoinPath("v1", "courses", c.Course, "lectures", c.Lecture, "chunks", c.ChunkID)
		at.RawQuery = url.Values{"version": {strconv.Itoa(c.Version)}}.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return src, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return src, err
		}
		defer resp.Body.Close() //nolint:errcheck // it was only read
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxLookup+1))
		switch {
		case err != nil:
			return src, err
		case len(body) > maxLookup:
			return src, fmt.Errorf("%s sent more than %d MiB for one chunk", root.Host, maxLookup>>20)
		case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusUnprocessableEntity:
			return src, answer.Unresolved("the server has no such chunk in this version of the lecture")
		case resp.StatusCode == http.StatusGone:
			return src, answer.Unresolved("the lecture was deleted")
		case resp.StatusCode != http.StatusOK:
			return src, fmt.Errorf("%s answers with status %d", root.Host, resp.StatusCode)
		}
		return chunkOf(c, body)
	}, nil
}

// chunkOf reads the API's chunk and proves its id.
func chunkOf(c answer.Citation, body []byte) (src retrieve.Source, err error) {
	var got struct {
		Course  string `json:"course"`
		Lecture string `json:"lecture"`
		Version int    `json:"version"`
		ChunkID string `json:"chunk_id"`
		Text    string `json:"text"`
		Timed   bool   `json:"timed"`
		Cues    []struct {
			Offset  int   `json:"offset"`
			StartMS int64 `json:"start_ms"`
			EndMS   int64 `json:"end_ms"`
		} `json:"cues"`
	}
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&got); err != nil {
		return src, fmt.Errorf("the server's chunk cannot be read: %w", err)
	}
	if got.Course != c.Course || got.Lecture != c.Lecture || got.Version != c.Version || got.ChunkID != c.ChunkID {
		return src, answer.Unresolved("the server gives another chunk than was asked for")
	}
	same := make([]ingest.Chunk, maxRepeats)
	for i := range same {
		same[i].Text = got.Text
	}
	ingest.Identify(c.Course, c.Lecture, same)
	if !slices.ContainsFunc(same, func(k ingest.Chunk) bool { return k.ID == c.ChunkID }) {
		return src, answer.Unresolved("the id is not that of the text which the server gives (splitter " + ingest.SplitterVersion + ")")
	}
	src = retrieve.Source{ChunkID: c.ChunkID, Lecture: c.Lecture, Version: c.Version, Text: got.Text, Timed: got.Timed}
	for _, cue := range got.Cues {
		src.Cues = append(src.Cues, retrieve.Cue{Offset: cue.Offset, StartMS: cue.StartMS, EndMS: cue.EndMS})
	}
	return src, nil
}
