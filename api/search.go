package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/lectern-tutor/lectern/retrieve"
)

type searchRequest struct {
	CourseID
	Body struct {
		Query    string    `json:"query" minLength:"1" maxLength:"4000"`
		Lectures []string  `json:"lectures,omitempty" maxItems:"100" doc:"Only these lectures; without it, the whole course."`
		Seen     []watched `json:"seen,omitempty" maxItems:"100" doc:"How far the student has watched: nothing later is used."`
		K        int       `json:"k,omitempty" minimum:"1" maximum:"100" default:"8" doc:"How many chunks may win."`
	}
}

type searchBody struct {
	Passages []passageItem `json:"passages" doc:"Best first."`
	Degraded string        `json:"degraded" enum:",embedding_late,embedding_failed,embedding_missing" doc:"Why the lexical leg answered alone; empty: it did not. embedding_missing: nothing that was asked has vectors in the server's embedding space; ingest it again."`
}

type passageItem struct {
	Lecture string         `json:"lecture"`
	Title   string         `json:"lecture_title"`
	Version int            `json:"version"`
	Text    string         `json:"text"`
	StartMS *int64         `json:"start_ms" doc:"null in a lecture without times."`
	EndMS   *int64         `json:"end_ms"`
	Chunks  []passageChunk `json:"chunks" doc:"In spoken order."`
}

type passageChunk struct {
	ID          string   `json:"id"`
	Start       int      `json:"start" doc:"Byte in the passage's text where the chunk begins."`
	End         int      `json:"end"`
	Score       float64  `json:"score" doc:"Fused score; 0 for a neighbour."`
	LexicalRank int      `json:"lexical_rank" doc:"From 1; 0: not a lexical candidate."`
	VectorRank  int      `json:"vector_rank" doc:"From 1; 0: not among the nearest."`
	Distance    *float64 `json:"distance" doc:"Cosine distance; null: not among the nearest."`
	Neighbour   bool     `json:"neighbour" doc:"Added for context, because a chunk beside it won."`
}

func (s *server) search() {
	huma.Register(s.huma, huma.Operation{
		OperationID: "search", Method: http.MethodPost, Path: "/v1/courses/{course}/search", Summary: "Passages of a course for a query",
		MaxBodyBytes: maxBody, BodyReadTimeout: bodyTimeout, Errors: []int{http.StatusNotFound, http.StatusGone},
	}, func(ctx context.Context, in *searchRequest) (*struct{ Body searchBody }, error) {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		found, err := s.Searcher.Search(ctx, scope(in.Course, in.Body.Lectures, in.Body.Seen), in.Body.Query, retrieve.Options{K: in.Body.K})
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		body := searchBody{Passages: []passageItem{}, Degraded: string(found.Degraded)}
		for _, p := range found.Passages {
			item := passageItem{Lecture: p.Lecture, Title: p.Title, Version: p.Version, Text: p.Text, Chunks: []passageChunk{}}
			if startMS, endMS, ok := p.At(0, len(p.Text)); ok {
				item.StartMS, item.EndMS = &startMS, &endMS
			}
			for _, c := range p.Chunks {
				item.Chunks = append(item.Chunks, passageChunk{
					ID: c.ID, Start: c.Start, End: c.End, Score: c.Score, LexicalRank: c.LexicalRank, VectorRank: c.VectorRank,
					Distance: c.Distance, Neighbour: c.Neighbour,
				})
			}
			body.Passages = append(body.Passages, item)
		}
		return &struct{ Body searchBody }{body}, nil
	})
}
