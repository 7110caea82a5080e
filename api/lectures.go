package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
)

type lectureBody struct {
	lectureItem
	Position int            `json:"position" doc:"Order within the course."`
	Name     string         `json:"name" doc:"Of the uploaded file."`
	Format   string         `json:"format" doc:"srt, vtt, json, markdown or text, as it was found by content."`
	Encoding string         `json:"encoding" doc:"Of the upload, as it was detected."`
	Words    int            `json:"words"`
	Tokens   int            `json:"tokens" doc:"cl100k_base, over all chunks, overlap counted twice."`
	Removed  map[string]int `json:"removed" doc:"What cleaning took out of the text, by kind."`
	Warnings []warningItem  `json:"warnings" doc:"What the parser found odd."`
	Job      string         `json:"job" doc:"The job that published the version; empty in versions older than jobs."`
	Pending  string         `json:"pending_job" doc:"The job of an upload that is not through yet; empty: there is none."`
}

type warningItem struct {
	Line    int    `json:"line" doc:"From 1; 0: the whole file."`
	Message string `json:"message"`
}

func (s *server) lectures() {
	huma.Register(s.huma, huma.Operation{
		OperationID: "get-lecture", Method: http.MethodGet, Path: "/v1/courses/{course}/lectures/{lecture}",
		Summary: "A lecture and its active version",
		Description: "404 until the first upload is published; 410 after it was deleted. The ETag changes whenever this body does, " +
			"and an upload or a deletion may be conditioned on it.",
		Responses: map[string]*huma.Response{
			"200": {Description: "The lecture", Content: map[string]*huma.MediaType{"application/json": {Schema: s.schema(lectureBody{}, "Lecture")}}},
			"304": {Description: "It is what If-None-Match names"},
		},
		Errors: []int{http.StatusNotFound, http.StatusGone},
	}, func(_ context.Context, in *struct {
		CourseID
		LectureID
		IfNoneMatch string `header:"If-None-Match" doc:"304 if one of these ETags is the lecture's."`
	}) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) { s.getLecture(humagin.Unwrap(ctx), in.Course, in.Lecture) }}, nil
	})

	huma.Register(s.huma, huma.Operation{
		OperationID: "delete-lecture", Method: http.MethodDelete, Path: "/v1/courses/{course}/lectures/{lecture}",
		Summary: "Delete a lecture on purpose",
		Description: "Its text is erased everywhere, and what answers cite of it is 410 from now on. A pending upload is superseded. " +
			"A new upload brings the lecture back.",
		Errors: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusPreconditionFailed},
		Responses: map[string]*huma.Response{
			"204": {Description: "Deleted"},
		},
	}, func(_ context.Context, in *struct {
		CourseID
		LectureID
		IfMatch string `header:"If-Match" doc:"Delete only if one of these ETags is the lecture's."`
	}) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) { s.deleteLecture(humagin.Unwrap(ctx), in.Course, in.Lecture) }}, nil
	})
}

func (s *server) getLecture(c *gin.Context, course, lecture string) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readTimeout)
	defer cancel()
	d, err := s.Searcher.Lecture(ctx, scope(course, nil, nil), lecture)
	if err != nil {
		writeProblem(c, s.problem(ctx, err))
		return
	}
	tag := lectureTag(d)
	c.Header("ETag", quoted(tag))
	if notModified(c.Request.Header, tag) {
		c.Status(http.StatusNotModified)
		return
	}
	body := lectureBody{
		lectureItem: lectureItem(d.LectureInfo), Position: d.Position, Name: d.Name, Format: d.Format, Encoding: d.Encoding,
		Words: d.Words, Tokens: d.Tokens, Removed: d.Removed, Warnings: []warningItem{}, Job: d.Job, Pending: d.Pending,
	}
	for _, w := range d.Warnings {
		body.Warnings = append(body.Warnings, warningItem(w))
	}
	c.JSON(http.StatusOK, body)
}

func (s *server) deleteLecture(c *gin.Context, course, lecture string) {
	cond, p := conditionOf(c.Request.Header)
	if p != nil {
		writeProblem(c, p)
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeTimeout)
	defer cancel()
	if err := s.Ingester.DeleteLecture(ctx, course, lecture, cond); err != nil {
		writeProblem(c, s.lectureProblem(ctx, course, err))
		return
	}
	s.Log.InfoContext(ctx, "lecture deleted", "course", course, "lecture", lecture)
	c.Status(http.StatusNoContent)
}
