package api

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// Limits of an upload. A file is held in memory from its first byte until it is stored, so few may come at a time.
const (
	maxUpload     = 32 << 20
	maxUploads    = 4
	uploadTimeout = 5 * time.Minute  // for the whole file, however steadily it comes
	uploadPause   = 20 * time.Second // between two pieces of it
	storeTimeout  = 30 * time.Second // to store it, or to delete
	uploadRetry   = 5                // seconds after which one that found no place may try again
)

const uploadTooLarge = "the transcript is larger than 32 MiB"

// bodyDone is set on a request whose body is not to be read any further.
const bodyDone = "body done"

// takesUpload says which route reads its body itself, up to maxUpload.
func takesUpload(c *gin.Context) bool {
	return c.Request.Method == http.MethodPut && c.FullPath() == transcriptRoute
}

// drainRest reads what is left of a refused upload, up to a limit, before the answer leaves: closing on a client that
// still writes would reset the connection and take the answer with it. A client that waits for a go-ahead (Expect:
// 100-continue) has sent nothing yet and gets none.
func drainRest(c *gin.Context) {
	if c.GetBool(bodyDone) || c.Request.Header.Get("Expect") != "" {
		return
	}
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyTimeout))
	_, _ = io.CopyN(io.Discard, c.Request.Body, maxDrain)
}

// readUpload reads the body. Its error is what the client gets; nothing is kept of a body that did not come whole.
func (s *server) readUpload(c *gin.Context) ([]byte, *Problem) {
	if c.Request.ContentLength > maxUpload {
		return nil, uploadProblem(http.StatusRequestEntityTooLarge, uploadTooLarge)
	}
	paced := &pacedBody{
		body: c.Request.Body, ctrl: http.NewResponseController(c.Writer), pause: s.UploadPause, until: time.Now().Add(uploadTimeout),
	}
	buf := bytes.NewBuffer(make([]byte, 0, max(c.Request.ContentLength, 0)+bytes.MinRead))
	_, err := buf.ReadFrom(io.LimitReader(paced, maxUpload+1))
	// The connection's own deadline to write is counted from the start of the request, which may be minutes ago.
	if err := paced.ctrl.SetWriteDeadline(time.Now().Add(storeTimeout + writeTimeout)); err != nil {
		s.Log.WarnContext(c.Request.Context(), "write deadline cannot be set", "err", err)
	}
	var slow net.Error
	switch {
	case errors.As(err, &slow) && slow.Timeout():
		c.Set(bodyDone, true)
		c.Header("Connection", "close")
		return nil, uploadProblem(http.StatusRequestTimeout, "the transcript came too slowly; nothing was stored")
	case err != nil:
		c.Set(bodyDone, true)
		c.Header("Connection", "close")
		return nil, uploadProblem(http.StatusBadRequest, "the transcript broke off or was badly framed; nothing was stored")
	case buf.Len() > maxUpload:
		return nil, uploadProblem(http.StatusRequestEntityTooLarge, uploadTooLarge)
	}
	c.Set(bodyDone, true)
	_ = paced.ctrl.SetReadDeadline(time.Time{}) // or it would end the wait for the client's going away
	if buf.Len() == 0 {
		return nil, (&Problem{Status: http.StatusUnprocessableEntity, Code: "empty_transcript", Detail: "the transcript is empty; send the file's bytes as the body"}).complete()
	}
	return buf.Bytes(), nil
}

func uploadProblem(status int, detail string) *Problem {
	return (&Problem{Status: status, Code: codeOf(status), Detail: detail}).complete()
}

// takeUpload takes one of the places, or says that there is none.
func (s *server) takeUpload(c *gin.Context) (release func(), p *Problem) {
	select {
	case s.uploads <- struct{}{}:
		return func() { <-s.uploads }, nil
	default:
	}
	c.Header("Retry-After", strconv.Itoa(uploadRetry))
	return nil, (&Problem{Status: http.StatusServiceUnavailable, Code: "too_many_uploads", Detail: "other uploads are under way; try again in a few seconds"}).complete()
}

// pacedBody gives a body a deadline for each piece and one for the whole.
type pacedBody struct {
	body  io.Reader
	ctrl  *http.ResponseController
	pause time.Duration
	until time.Time
}

func (b *pacedBody) Read(p []byte) (int, error) {
	next := time.Now().Add(b.pause)
	if b.until.Before(next) {
		next = b.until
	}
	if err := b.ctrl.SetReadDeadline(next); err != nil {
		return 0, err
	}
	return b.body.Read(p)
}

// pacedWriter gives each piece of a response a deadline.
type pacedWriter struct {
	w    io.Writer
	ctrl *http.ResponseController
}

func (w *pacedWriter) Write(p []byte) (int, error) {
	if err := w.ctrl.SetWriteDeadline(time.Now().Add(pieceTimeout)); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}
