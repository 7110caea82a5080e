package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/lectern-tutor/lectern/ingest"
)

// JobID is a job in a path.
type JobID struct {
	Job string `path:"job" maxLength:"64" pattern:"^job_[a-z2-7]{26}$" patternDescription:"a job id" doc:"The job." example:"job_aaaaaaaaaaaaaaaaaaaaaaaaaa"`
}

type jobItem struct {
	ID         string       `json:"id"`
	Lecture    string       `json:"lecture"`
	State      ingest.State `json:"state" enum:"queued,parsing,embedding,published,failed,cancelled,superseded" doc:"queued: accepted, or waiting for its next attempt. parsing: a worker reads and splits the file. embedding: vectors are made, and published when all are there. The others are final: published: the lecture shows what was uploaded. failed: reason and line say why; retry it or upload anew. cancelled: by a person. superseded: by a newer upload of the lecture, or by its deletion."`
	Reason     string       `json:"reason" doc:"Why it failed, or why its last attempt did; empty otherwise. One sentence without words of the transcript."`
	Line       int          `json:"line" doc:"The line of the file that the reason is about, from 1; 0: the whole file."`
	Attempts   int          `json:"attempts" doc:"So far."`
	Done       int          `json:"done" doc:"Chunks that have their vectors."`
	Chunks     int          `json:"chunks" doc:"Chunks in all; 0 until the file was split."`
	Embedded   int          `json:"embedded" doc:"Texts sent to the embedding model, over all attempts."`
	New        int          `json:"new_chunks" doc:"Chunks that the version before did not have; 0 until published."`
	Version    int          `json:"version" doc:"The lecture's version through this job; 0 until published."`
	Name       string       `json:"name" doc:"Of the uploaded file."`
	Bytes      int          `json:"bytes" doc:"Of the uploaded file."`
	CreatedAt  time.Time    `json:"created_at"`
	FinishedAt *time.Time   `json:"finished_at" doc:"null: not in a final state."`
}

func jobItemOf(j ingest.Job) jobItem {
	return jobItem{
		ID: j.ID, Lecture: j.Lecture, State: j.State, Reason: j.Reason, Line: j.Line, Attempts: j.Attempts,
		Done: j.Done, Chunks: j.Chunks, Embedded: j.Embedded, New: j.New, Version: j.Version,
		Name: j.Name, Bytes: j.Bytes, CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt,
	}
}

func jobPath(course, job string) string { return "/v1/courses/" + course + "/jobs/" + job }

type jobRequest struct {
	CourseID
	JobID
}

type jobResponse struct {
	Location string `header:"Location"`
	Body     jobItem
}

type jobsRequest struct {
	CourseID
	Lecture string `query:"lecture" maxLength:"128" pattern:"^([a-z0-9][a-z0-9_-]*)?$" patternDescription:"a lecture id" doc:"Only this lecture's."`
	Pending bool   `query:"pending" doc:"Only those that are not in a final state."`
	After   string `query:"after" maxLength:"64" pattern:"^(job_[a-z2-7]{26})?$" patternDescription:"a job id" doc:"Go on after this job."`
	Limit   int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type jobList struct {
	Body struct {
		Items []jobItem `json:"items" doc:"Newest first."`
		Next  string    `json:"next" doc:"Pass it as after to go on; empty at the end."`
	}
}

func (s *server) jobs() {
	const path = "/v1/courses/{course}/jobs"
	huma.Register(s.huma, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: path, Summary: "A course's uploads and what became of them, newest first",
		Description: "Finished jobs are kept for a week, and longer where the file is still shown.",
		Errors:      []int{http.StatusNotFound, http.StatusGone},
	}, s.listJobs)
	huma.Register(s.huma, huma.Operation{
		OperationID: "get-job", Method: http.MethodGet, Path: path + "/{job}", Summary: "An upload and what became of it",
		Errors: []int{http.StatusNotFound, http.StatusGone},
	}, func(ctx context.Context, in *jobRequest) (*jobResponse, error) { return s.control(ctx, in, false, nil) })
	huma.Register(s.huma, huma.Operation{
		OperationID: "cancel-job", Method: http.MethodPost, Path: path + "/{job}/cancel", Summary: "End a pending job for good",
		Description: "The lecture stays as it is. 409 job_finished or job_superseded: there is nothing to cancel any more.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusGone},
	}, func(ctx context.Context, in *jobRequest) (*jobResponse, error) {
		return s.control(ctx, in, false, s.Ingester.Cancel)
	})
	huma.Register(s.huma, huma.Operation{
		OperationID: "retry-job", Method: http.MethodPost, Path: path + "/{job}/retry", Summary: "Queue a failed or cancelled job once more",
		DefaultStatus: http.StatusAccepted,
		Description: "409 job_pending: it is not finished. job_finished: it was published. job_superseded: a newer upload came, and going " +
			"back behind it would lose it. job_source_gone: its file was cleaned away; upload it again.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusGone},
	}, func(ctx context.Context, in *jobRequest) (*jobResponse, error) {
		return s.control(ctx, in, true, s.Ingester.Retry)
	})
}

func (s *server) listJobs(ctx context.Context, in *jobsRequest) (*jobList, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if p := s.checkCourse(ctx, in.Course); p != nil {
		return nil, p
	}
	found, err := s.Ingester.Jobs(ctx, in.Course, in.Lecture, in.Pending, in.After, in.Limit)
	if err == nil && len(found) == 0 && in.After != "" {
		_, err = s.Ingester.Job(ctx, in.Course, in.After) // a mark that is gone must not look like the end
	}
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	out := &jobList{}
	out.Body.Items = []jobItem{}
	for _, j := range found {
		out.Body.Items = append(out.Body.Items, jobItemOf(j))
	}
	if len(found) == in.Limit {
		out.Body.Next = found[len(found)-1].ID
	}
	return out, nil
}

// control does something to a job, if do is not nil, and says how it stands then. retry: it is that.
func (s *server) control(ctx context.Context, in *jobRequest, retry bool, do func(ctx context.Context, course, id string) error) (*jobResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if p := s.checkCourse(ctx, in.Course); p != nil {
		return nil, p
	}
	var refused error
	if do != nil {
		refused = do(ctx, in.Course, in.Job)
	}
	if refused != nil && !errors.Is(refused, ingest.ErrFinished) {
		return nil, s.problem(ctx, refused)
	}
	job, err := s.Ingester.Job(ctx, in.Course, in.Job)
	switch {
	case err != nil:
		return nil, s.problem(ctx, err)
	case refused != nil:
		return nil, conflict(job, retry)
	}
	out := &jobResponse{Body: jobItemOf(job)}
	if do != nil {
		out.Location = jobPath(in.Course, in.Job)
	}
	return out, nil
}

// conflict says why a job is not in the state that was wanted of it.
func conflict(job ingest.Job, retry bool) *Problem {
	p := &Problem{Status: http.StatusConflict, Code: "job_finished", Detail: "this job is finished"}
	switch {
	case job.State == ingest.Superseded:
		return superseded()
	case retry && (job.State == ingest.Failed || job.State == ingest.Cancelled):
		p.Code, p.Detail = "job_source_gone", "the file of this job was cleaned away; upload it again"
	case !job.State.Final():
		p.Code, p.Detail = "job_pending", "this job is not finished; it may be cancelled, but not retried"
	}
	return p.complete()
}

func superseded() *Problem {
	return (&Problem{
		Status: http.StatusConflict, Code: "job_superseded",
		Detail: "a newer upload of this lecture, or its deletion, came after this job; upload the file again if it is to count",
	}).complete()
}
