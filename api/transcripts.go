package api

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/lectern-tutor/lectern/ingest"
)

// transcriptRoute is the upload's address as gin writes it; see takesUpload.
const transcriptRoute = "/v1/courses/:course/lectures/:lecture/transcript"

const (
	downloadTimeout = 5 * time.Minute
	pieceTimeout    = 30 * time.Second // for a piece of 1 MiB
)

// LectureID is a lecture in a path.
type LectureID struct {
	Lecture string `path:"lecture" maxLength:"128" pattern:"^[a-z0-9][a-z0-9_-]*$" patternDescription:"a lecture id" doc:"The lecture." example:"04-tcp"`
}

type uploadRequest struct {
	CourseID
	LectureID
	Name        string `query:"name" maxLength:"255" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"a file name" doc:"The file's name: for messages, and as a hint where the content leaves the format open." example:"04-tcp.vtt"`
	Title       string `query:"title" maxLength:"300" doc:"What lists show; without it, what the file says of itself, else the lecture id."`
	Position    int    `query:"position" minimum:"-1" maximum:"1000000" default:"-1" doc:"Order within the course, from 0. -1: keep the present one, or go to the end."`
	IfMatch     string `header:"If-Match" doc:"Accept only if one of these ETags is the lecture's; * for any lecture. Weak tags never match."`
	IfNoneMatch string `header:"If-None-Match" doc:"Only *: accept only if there is no such lecture."`
}

type unchangedBody struct {
	Lecture   string `json:"lecture"`
	Unchanged bool   `json:"unchanged" doc:"True: the lecture is published with these very bytes, title and position. There is no job."`
	Version   int    `json:"version" doc:"The version that shows them."`
}

func (s *server) transcripts() {
	tagHeader := map[string]*huma.Param{"ETag": {Description: "For If-Match.", Schema: &huma.Schema{Type: huma.TypeString}}}
	file := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	huma.Register(s.huma, huma.Operation{
		OperationID: "put-transcript", Method: http.MethodPut, Path: "/v1/courses/{course}/lectures/{lecture}/transcript",
		Summary: "Upload a lecture's transcript",
		Description: "The body is the file as it is: SRT, WebVTT, Whisper JSON, Markdown or plain text, at most 32 MiB, of any content type. " +
			"The format is found by content. The file is stored with a job in one transaction and the answer names the job; the lecture shows " +
			"its last published version until the job is through, and keeps it if the job fails. A pending upload of the same lecture is " +
			"superseded: the last one wins. Set If-Match to the ETag you have seen, or If-None-Match: *, to lose nobody's.",
		RequestBody: &huma.RequestBody{Required: true, Description: "The file's bytes.", Content: file},
		Responses: map[string]*huma.Response{
			"202": {
				Description: "Stored; the job works on it", Content: map[string]*huma.MediaType{"application/json": {Schema: s.schema(jobItem{}, "Job")}},
				Headers: map[string]*huma.Param{
					"ETag":     tagHeader["ETag"],
					"Location": {Description: "The job.", Schema: &huma.Schema{Type: huma.TypeString}},
				},
			},
			"200": {
				Description: "Nothing to do: published already", Headers: tagHeader,
				Content: map[string]*huma.MediaType{"application/json": {Schema: s.schema(unchangedBody{}, "Unchanged")}},
			},
		},
		Errors: []int{
			http.StatusBadRequest, http.StatusNotFound, http.StatusRequestTimeout, http.StatusGone, http.StatusPreconditionFailed,
			http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
		},
	}, func(_ context.Context, in *uploadRequest) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) { s.putTranscript(humagin.Unwrap(ctx), in) }}, nil
	})
	huma.Register(s.huma, huma.Operation{
		OperationID: "get-transcript", Method: http.MethodGet, Path: "/v1/courses/{course}/lectures/{lecture}/transcript",
		Summary: "The file that a lecture's active version was made of, byte for byte",
		Description: "404 transcript_not_kept: the version is older than the storing of files. The ETag is that of the file: " +
			"while another upload is pending, the lecture's own is another one.",
		Responses: map[string]*huma.Response{
			"200": {Description: "The file, as an attachment under its name", Headers: tagHeader, Content: file},
			"304": {Description: "It is what If-None-Match names", Headers: tagHeader},
		},
		Errors: []int{http.StatusNotFound, http.StatusGone},
	}, func(_ context.Context, in *struct {
		CourseID
		LectureID
		IfNoneMatch string `header:"If-None-Match" doc:"304 if one of these ETags is the file's."`
	}) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) { s.getTranscript(humagin.Unwrap(ctx), in.Course, in.Lecture) }}, nil
	})
}

// putTranscript takes an upload, up to the job.
func (s *server) putTranscript(c *gin.Context, in *uploadRequest) {
	defer func() { _ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Time{}) }() // see readUpload
	accepted, p := s.upload(c, in)
	if p != nil {
		writeProblem(c, p)
		return
	}
	c.Header("ETag", quoted(accepted.ETag))
	if accepted.Unchanged {
		c.JSON(http.StatusOK, unchangedBody{Lecture: in.Lecture, Unchanged: true, Version: accepted.Version})
		return
	}
	s.Log.InfoContext(c.Request.Context(), "upload accepted", "course", in.Course, "lecture", in.Lecture, "job", accepted.Job.ID, "bytes", accepted.Job.Bytes)
	c.Header("Location", jobPath(in.Course, accepted.Job.ID))
	c.JSON(http.StatusAccepted, jobItemOf(accepted.Job))
}

func (s *server) upload(c *gin.Context, in *uploadRequest) (ingest.Accepted, *Problem) {
	cond, p := conditionOf(c.Request.Header)
	if p != nil {
		return ingest.Accepted{}, p
	}
	release, p := s.takeUpload(c)
	if p != nil {
		return ingest.Accepted{}, p
	}
	defer release()
	if p := s.checkCourse(c.Request.Context(), in.Course); p != nil { // before 32 MiB travel in vain
		return ingest.Accepted{}, p
	}
	body, p := s.readUpload(c)
	if p != nil {
		return ingest.Accepted{}, p
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), storeTimeout)
	defer cancel()
	name := in.Name
	if name == "" {
		name = in.Lecture
	}
	accepted, err := s.Ingester.Accept(ctx, ingest.Source{
		Scope: scope(in.Course, nil, nil), Lecture: in.Lecture, Title: in.Title, Position: in.Position, Name: name, Bytes: body,
	}, cond)
	if err != nil {
		return ingest.Accepted{}, s.problem(ctx, err)
	}
	return accepted, nil
}

func (s *server) checkCourse(ctx context.Context, course string) *Problem {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if _, err := s.Searcher.Course(ctx, course); err != nil {
		return s.problem(ctx, err)
	}
	return nil
}

func (s *server) getTranscript(c *gin.Context, course, lecture string) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), downloadTimeout)
	defer cancel()
	o, err := s.Ingester.Transcript(ctx, course, lecture)
	if err != nil {
		writeProblem(c, s.lectureProblem(ctx, course, err))
		return
	}
	c.Header("ETag", quoted(o.ETag))
	if notModified(c.Request.Header, o.ETag) {
		c.Status(http.StatusNotModified)
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", attachment(o.Name, lecture))
	h.Set("Content-Length", strconv.Itoa(o.Bytes))
	c.Status(http.StatusOK)
	if isHead(ctx) {
		return
	}
	ctrl := http.NewResponseController(c.Writer)
	defer func() { _ = ctrl.SetWriteDeadline(time.Time{}) }()
	err = s.Ingester.WriteOriginal(ctx, &pacedWriter{c.Writer, ctrl}, o)
	switch {
	case err == nil:
	case c.Writer.Written(): // too few bytes for the length announced, which the client notices
		s.Log.InfoContext(ctx, "transcript could not be sent whole", "course", course, "lecture", lecture, "err", err)
	default:
		for _, name := range []string{"Content-Length", "Content-Disposition", "ETag"} {
			h.Del(name)
		}
		writeProblem(c, s.lectureProblem(ctx, course, err))
	}
}

// maxFileName is in characters.
const maxFileName = 150

// attachment is a Content-Disposition that saves the file under its name: the last element, without what turns text
// around, hides or leads elsewhere.
func attachment(name, otherwise string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/:*?"<>|`, r) {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > maxFileName {
		name = string(r[len(r)-maxFileName:]) // the end says what kind of file it is
	}
	name = strings.Trim(name, " .")
	if name == "" {
		name = otherwise
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// lectureProblem is problem for an error about a lecture: that its course is not there, or not any more, is said first.
func (s *server) lectureProblem(ctx context.Context, course string, err error) *Problem {
	if errors.Is(err, ingest.ErrNoLecture) || errors.Is(err, ingest.ErrDeleted) || errors.Is(err, ingest.ErrNotKept) {
		if p := s.checkCourse(ctx, course); p != nil {
			return p
		}
	}
	if errors.Is(err, ingest.ErrDeleted) {
		return gone("lecture_deleted", "this lecture was deleted")
	}
	return s.problem(ctx, err)
}
