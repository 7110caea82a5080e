package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Problem is every error's body (RFC 9457). Code is stable and for programs, Detail is one sentence for people. It
// never repeats what the client sent: that may be a student's words.
type Problem struct {
	Type   string  `json:"type" doc:"Always about:blank; see code." example:"about:blank"`
	Title  string  `json:"title" doc:"The status in words."`
	Status int     `json:"status"`
	Detail string  `json:"detail" doc:"What is wrong and where."`
	Code   string  `json:"code" doc:"Stable, for programs." example:"course_not_found"`
	Errors []Field `json:"errors,omitempty" doc:"The fields that are wrong."`
}

// Field is one field that is wrong.
type Field struct {
	Location string `json:"location" doc:"Where, such as body.question."`
	Message  string `json:"message"`
}

// Error is the sentence for people.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes it application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func (p *Problem) complete() *Problem {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	return p
}

func notFound(detail string) *Problem {
	return (&Problem{Status: http.StatusNotFound, Code: "not_found", Detail: detail}).complete()
}

func gone(code, detail string) *Problem {
	return (&Problem{Status: http.StatusGone, Code: code, Detail: detail}).complete()
}

func internal() *Problem {
	return (&Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "something went wrong here; the log says what"}).complete()
}

func databaseDown() *Problem {
	return (&Problem{Status: http.StatusServiceUnavailable, Code: "database_unavailable", Detail: "the database cannot be reached; try again in a moment"}).complete()
}

// writeProblem is for the routes that are not huma's.
func writeProblem(c *gin.Context, p *Problem) {
	c.Header("Content-Type", "application/problem+json")
	c.JSON(p.Status, p.complete())
}

// huma reports what its validation finds through this variable. Its own error repeats the offending value; ours does
// not.
func init() { //nolint:gochecknoinits // the only hook there is
	// JSON fields match by their exact names, or a second spelling ("K" beside "k") would pass by the limits of the first.
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		if message == "cannot read request body" { // the client broke off or sent it malformed; huma says 500
			status = http.StatusBadRequest
		}
		p := &Problem{Status: status, Detail: message, Code: codeOf(status)}
		for _, err := range errs {
			var d huma.ErrorDetailer
			if errors.As(err, &d) {
				p.Errors = append(p.Errors, field(d.ErrorDetail()))
			}
		}
		if status == http.StatusRequestEntityTooLarge {
			p.Detail = tooLarge
		}
		if len(p.Errors) > 0 {
			p.Detail = p.Errors[0].Location + ": " + p.Errors[0].Message
		}
		return p.complete()
	}
}

const tooLarge = "the request body is larger than 64 KiB; a question is at most 4,000 characters, the earlier ones together 8,000"

// ours is the location without its last part where that part is a name the client made up.
func ours(location, message string) string {
	if message != validation.MsgUnexpectedProperty && message != "unknown query parameter" {
		return location
	}
	parent, _, _ := strings.Cut(location, ".")
	return parent
}

func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "bad_request"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusNotAcceptable:
		return "not_acceptable"
	case http.StatusRequestTimeout:
		return "body_too_slow"
	case http.StatusRequestEntityTooLarge:
		return "body_too_large"
	case http.StatusConflict:
		return "conflict"
	case http.StatusGone:
		return "gone"
	case http.StatusPreconditionFailed:
		return "precondition_failed"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	case http.StatusUnprocessableEntity:
		return "invalid"
	}
	return "internal"
}

// problem turns an error of the rooms behind into what the client gets, and logs what the client does not get.
func (s *server) problem(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	known := func(status int, code, detail string) *Problem {
		return (&Problem{Status: status, Code: code, Detail: detail}).complete()
	}
	var before *answer.BeforeError
	switch {
	case errors.Is(err, retrieve.ErrLectureDeleted):
		return gone("lecture_deleted", "this lecture was deleted")
	case errors.Is(err, retrieve.ErrDeleted), errors.Is(err, ingest.ErrDeleted): // of a lecture, the latter goes by lectureProblem
		return gone("course_deleted", "this course was deleted")
	case errors.Is(err, retrieve.ErrNoCourse), errors.Is(err, ingest.ErrNoCourse):
		return known(http.StatusNotFound, "course_not_found", "there is no such course")
	case errors.Is(err, retrieve.ErrNoLecture), errors.Is(err, ingest.ErrNoLecture):
		return known(http.StatusNotFound, "lecture_not_found", "there is no such lecture in this course")
	case errors.Is(err, retrieve.ErrNoChunk):
		return known(http.StatusNotFound, "chunk_not_found", "there is no such chunk in this version of the lecture")
	case errors.Is(err, ingest.ErrNoJob):
		return known(http.StatusNotFound, "job_not_found", "there is no such job in this course")
	case errors.Is(err, ingest.ErrNotKept):
		return known(http.StatusNotFound, "transcript_not_kept", "the file this lecture was made of was not kept; its chunks are there")
	case errors.Is(err, ingest.ErrCondition):
		return known(http.StatusPreconditionFailed, "precondition_failed", "the lecture is not what the condition says; look at it again")
	case errors.Is(err, ingest.ErrSuperseded):
		return superseded()
	case errors.Is(err, answer.ErrNoAnswer):
		return known(http.StatusNotFound, "answer_not_found", "there is no such answer in this course")
	case errors.Is(err, retrieve.ErrNoQuery):
		return known(http.StatusUnprocessableEntity, "empty_question", "the question holds no letter and no digit")
	case errors.Is(err, retrieve.ErrTooLong):
		return known(http.StatusUnprocessableEntity, "question_too_long", "the question is longer than 4,000 characters")
	case errors.As(err, &before):
		return earlier(before)
	case errors.Is(err, answer.ErrUnknownModel):
		return known(http.StatusUnprocessableEntity, "unknown_model", "body.model: this server does not offer that model")
	case errors.Is(err, answer.ErrRelease):
		return known(http.StatusUnprocessableEntity, "release_not_offered", "body.release: this server does not release answers by sentence")
	case errors.Is(err, context.DeadlineExceeded):
		s.Log.ErrorContext(ctx, "request ran out of time", "err", err)
		return known(http.StatusGatewayTimeout, "timeout", "this took too long; try again")
	case errors.Is(err, context.Canceled):
		return known(499, "canceled", "the client went away")
	}
	if connectionLost(err) || s.ping(ctx) != nil {
		s.Log.ErrorContext(ctx, "database is down", "err", err)
		return databaseDown()
	}
	s.Log.ErrorContext(ctx, "request failed", "err", err)
	return internal()
}

// earlier says which earlier question cannot be used.
func earlier(err *answer.BeforeError) *Problem {
	f := Field{Location: "body.before", Message: err.Why}
	if err.Index >= 0 {
		f.Location = fmt.Sprintf("body.before[%d]", err.Index)
	}
	return (&Problem{
		Status: http.StatusUnprocessableEntity, Code: "earlier_question", Detail: f.Location + ": " + f.Message, Errors: []Field{f},
	}).complete()
}

// ping asks the database for a sign of life, for a short time: what failed may be that it does not answer at all.
func (s *server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingTimeout)
	defer cancel()
	return s.DB.Ping(ctx)
}

// connectionLost reports whether err says that the database went away under the request. It may be back already, so
// asking it now proves nothing.
func connectionLost(err error) bool {
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return true
	}
	var failed *pgconn.PgError
	// Connection exceptions; shutdown, crash or start of the server; no connection left.
	return errors.As(err, &failed) && (strings.HasPrefix(failed.Code, "08") || strings.HasPrefix(failed.Code, "57P") || failed.Code == "53300")
}
