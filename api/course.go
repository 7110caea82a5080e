package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/lectern-tutor/lectern/retrieve"
)

type courseRequest struct {
	CourseID
	Body struct {
		Title    string `json:"title,omitempty" maxLength:"300" doc:"What lists show; without it, the present one, or the id."`
		Language string `json:"language,omitempty" maxLength:"3" pattern:"^[a-z]{2,3}$" patternDescription:"an ISO 639 code" doc:"ISO 639 code of the language the lectures are held in; without it, the present one, or en. A code that search has no analyser for, whether or not it is in use, gets the neutral one: no stop words, no stemming." example:"en"`
	}
}

type courseResponse struct {
	Status   int
	Location string `header:"Location"`
	Body     courseItem
}

// course is the routes of one course.
func (s *server) course() {
	const path = "/v1/courses/{course}"
	huma.Register(s.huma, huma.Operation{
		OperationID: "put-course", Method: http.MethodPut, Path: path, Summary: "Create a course, or change its title or language",
		Description:  "201 for a new course or one that was deleted, 200 otherwise. Lectures of a deleted course do not come back with it.",
		MaxBodyBytes: maxBody, BodyReadTimeout: bodyTimeout,
		Errors: []int{http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity},
		Responses: map[string]*huma.Response{
			"201": {Description: "Created", Content: map[string]*huma.MediaType{"application/json": {Schema: s.schema(courseItem{}, "CourseItem")}}},
		},
	}, func(ctx context.Context, in *courseRequest) (*courseResponse, error) {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		out := &courseResponse{Status: http.StatusOK}
		_, err := s.Searcher.Course(ctx, in.Course)
		switch {
		case errors.Is(err, retrieve.ErrNoCourse), errors.Is(err, retrieve.ErrDeleted):
			out.Status, out.Location = http.StatusCreated, "/v1/courses/"+in.Course
		case err != nil:
			return nil, s.problem(ctx, err)
		}
		if err := s.Ingester.CreateCourse(ctx, in.Course, in.Body.Title, in.Body.Language); err != nil {
			return nil, s.problem(ctx, err)
		}
		c, err := s.Searcher.Course(ctx, in.Course)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		out.Body = courseItem{ID: c.ID, Title: c.Title, Language: c.Language}
		return out, nil
	})

	huma.Register(s.huma, huma.Operation{
		OperationID: "get-course", Method: http.MethodGet, Path: path, Summary: "A course",
		Errors: []int{http.StatusNotFound, http.StatusGone},
	}, func(ctx context.Context, in *CourseID) (*struct{ Body courseItem }, error) {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		c, err := s.Searcher.Course(ctx, in.Course)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &struct{ Body courseItem }{courseItem{ID: c.ID, Title: c.Title, Language: c.Language}}, nil
	})

	huma.Register(s.huma, huma.Operation{
		OperationID: "delete-course", Method: http.MethodDelete, Path: path, Summary: "Delete a course with all its lectures on purpose",
		Description: "As the deletion of each lecture. The course is 410 from now on, until it is created again.",
		Errors:      []int{http.StatusNotFound, http.StatusGone},
	}, func(ctx context.Context, in *CourseID) (*struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		if err := s.Ingester.DeleteCourse(ctx, in.Course); err != nil {
			return nil, s.problem(ctx, err)
		}
		s.Log.InfoContext(ctx, "course deleted", "course", in.Course)
		return nil, nil
	})
}
