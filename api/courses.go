package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/lectern-tutor/lectern/retrieve"
)

// CourseID is a course in a path.
type CourseID struct {
	Course string `path:"course" maxLength:"64" pattern:"^[a-z0-9][a-z0-9_-]*$" patternDescription:"a course id" doc:"The course." example:"networks"`
}

type courseItem struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Language string `json:"language" doc:"ISO 639 code."`
}

type lectureItem struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Version     int       `json:"version" doc:"The version that is searched."`
	Timed       bool      `json:"timed" doc:"False: a plain text, its citations have no times."`
	DurationMS  int64     `json:"duration_ms"`
	Chunks      int       `json:"chunks"`
	Space       string    `json:"embedding_space" doc:"Where it was ingested; in another space than the server's it is found by words alone."`
	PublishedAt time.Time `json:"published_at"`
}

type sourceBody struct {
	Course  string    `json:"course"`
	Lecture string    `json:"lecture"`
	Title   string    `json:"lecture_title"`
	Version int       `json:"version"`
	Active  bool      `json:"active" doc:"False: this version was replaced, and stays because it was cited."`
	ChunkID string    `json:"chunk_id"`
	Ordinal int       `json:"ordinal" doc:"Position in the lecture, from 0."`
	Text    string    `json:"text"`
	Timed   bool      `json:"timed"`
	Cues    []cueItem `json:"cues"`
}

type cueItem struct {
	Offset  int    `json:"offset" doc:"Byte in the UTF-8 text where the cue's words begin."`
	StartMS int64  `json:"start_ms"`
	EndMS   int64  `json:"end_ms"`
	Speaker string `json:"speaker,omitempty"`
}

func (s *server) courses() {
	huma.Register(s.huma, huma.Operation{
		OperationID: "get-status", Method: http.MethodGet, Path: "/v1/status", Summary: "What this server runs on",
	}, func(context.Context, *struct{}) (*struct{ Body Status }, error) {
		return &struct{ Body Status }{s.Status}, nil
	})

	type courseList struct {
		Body struct {
			Items []courseItem `json:"items"`
			Next  string       `json:"next" doc:"Pass it as after to go on; empty at the end."`
		}
	}
	huma.Register(s.huma, huma.Operation{
		OperationID: "list-courses", Method: http.MethodGet, Path: "/v1/courses", Summary: "The courses, by id",
	}, func(ctx context.Context, in *struct {
		After string `query:"after" maxLength:"64" pattern:"^[a-z0-9_-]*$" patternDescription:"a course id" doc:"Go on after this course."`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}) (*courseList, error) {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		found, err := s.Searcher.Courses(ctx, in.After, in.Limit)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		out := &courseList{}
		out.Body.Items = []courseItem{}
		for _, c := range found {
			out.Body.Items = append(out.Body.Items, courseItem{ID: c.ID, Title: c.Title, Language: c.Language})
		}
		if len(found) == in.Limit {
			out.Body.Next = found[len(found)-1].ID
		}
		return out, nil
	})

	type lectureList struct {
		Body struct {
			Items []lectureItem `json:"items"`
		}
	}
	huma.Register(s.huma, huma.Operation{
		OperationID: "list-lectures", Method: http.MethodGet, Path: "/v1/courses/{course}/lectures", Summary: "A course's published lectures, in order",
		Errors: []int{http.StatusNotFound, http.StatusGone},
	}, func(ctx context.Context, in *CourseID) (*lectureList, error) {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		found, err := s.Searcher.Lectures(ctx, scope(in.Course, nil, nil))
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		out := &lectureList{}
		out.Body.Items = []lectureItem{}
		for _, l := range found {
			out.Body.Items = append(out.Body.Items, lectureItem(l))
		}
		return out, nil
	})

	huma.Register(s.huma, huma.Operation{
		OperationID: "get-chunk", Method: http.MethodGet, Path: "/v1/courses/{course}/lectures/{lecture}/chunks/{chunk}",
		Summary: "The text a citation points into", Errors: []int{http.StatusNotFound, http.StatusGone},
	}, func(ctx context.Context, in *struct {
		CourseID
		LectureID
		Chunk   string `path:"chunk" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"a chunk id"`
		Version int    `query:"version" minimum:"1" maximum:"2000000000" doc:"The citation's version; without it, the active one."`
	}) (*struct{ Body sourceBody }, error) {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		src, err := s.Searcher.Source(ctx, scope(in.Course, nil, nil), in.Lecture, in.Chunk, in.Version)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &struct{ Body sourceBody }{bodyOf(src)}, nil
	})
}

func bodyOf(src retrieve.Source) sourceBody {
	b := sourceBody{
		Course: src.Course, Lecture: src.Lecture, Title: src.Title, Version: src.Version, Active: src.Active,
		ChunkID: src.ChunkID, Ordinal: src.Ordinal, Text: src.Text, Timed: src.Timed, Cues: []cueItem{},
	}
	for _, c := range src.Cues {
		b.Cues = append(b.Cues, cueItem(c))
	}
	return b
}
