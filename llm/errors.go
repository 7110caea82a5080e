package llm

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

var (
	// ErrUnavailable: the server could not be reached, kept failing, ran into
	// the deadline, or its breaker is open. Trying later may help.
	ErrUnavailable = errors.New("model unavailable")

	// ErrIncomplete: the reply began and did not end as the protocol says: a
	// cut connection, a stalled or too slow stream, no finish reason.
	ErrIncomplete = errors.New("model reply incomplete")

	// ErrMalformed: the reply is complete and not what the protocol says: not
	// JSON, no choice, a wrong number or length of vectors.
	ErrMalformed = errors.New("model reply malformed")

	// ErrTooLarge: the reply, decompressed, is longer than the limit.
	ErrTooLarge = errors.New("model reply too large")

	// ErrEmptyText: a text to embed has nothing visible in it.
	ErrEmptyText = errors.New("text is empty")
)

// An APIError is a server's refusal. Every string is cut down to identifier
// characters and is "" where the server sent none; the server's message is
// dropped, because it may quote the request.
type APIError struct {
	Status     int           // HTTP status; 200 for an error inside a stream
	Code       string        // such as "rate_limit_exceeded"
	Type       string        // such as "invalid_request_error"
	Param      string        // the parameter complained about, such as "temperature"
	RequestID  string        // the x-request-id header
	RetryAfter time.Duration // the Retry-After header, 0 if there is none

	about string // a parameter that the message names, for dialect.after
}

// Error gives status, code, type, parameter and request id.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "model server answered %d", e.Status)
	for _, f := range []struct{ name, value string }{
		{"code", e.Code}, {"type", e.Type}, {"param", e.Param}, {"request", e.RequestID},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, ", %s %s", f.name, f.value)
		}
	}
	return b.String()
}

// MayPass reports whether the same request may succeed later.
func (e *APIError) MayPass() bool {
	switch {
	case e.Status == http.StatusTooManyRequests:
		return e.Code != "insufficient_quota" // OpenAI's 429 for an empty account
	case e.Status == http.StatusRequestTimeout:
		return true
	case e.Status == http.StatusNotImplemented:
		return false
	}
	return e.Status >= 500
}

// errUnreached marks an attempt that got no response at all.
var errUnreached = errors.New("no response")

// classify turns what an attempt returned into one of this package's errors,
// dropping everything that a server wrote.
func classify(ctx context.Context, att *attempt, err error) error {
	if err == nil {
		return nil
	}
	var stop *callerError
	if errors.As(err, &stop) {
		return err
	}
	status, tooLarge := att.seen()
	switch why := att.pace.endedBy(); {
	case errors.Is(why, errSilent):
		return fmt.Errorf("%w: no text for %s", errSilent, att.pace.limits.first)
	case errors.Is(why, errStalled):
		return fmt.Errorf("%w: no text for %s", ErrIncomplete, att.pace.limits.idle)
	case errors.Is(why, errTooSlow):
		return fmt.Errorf("%w: fewer than %d characters in %s", ErrIncomplete, rateChars, att.pace.limits.window)
	case why != nil:
		return why
	case ctx.Err() != nil:
		return ctx.Err()
	case status >= 300:
		return newAPIError(att, status, err)
	case tooLarge:
		return fmt.Errorf("%w: over %d bytes", ErrTooLarge, att.limit)
	case errors.Is(err, ErrIncomplete), errors.Is(err, ErrMalformed):
		return err
	case !att.sent():
		// The library refused the request before sending it.
		return errors.New("llm: the request could not be built")
	case status == 0:
		return fmt.Errorf("%w: %s", errUnreached, safeCause(err))
	}
	var api *openai.APIError
	if errors.As(err, &api) { // an error event inside a stream
		return fmt.Errorf("%w: %w", ErrIncomplete, newAPIError(att, status, err))
	}
	var netErr net.Error
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &netErr) {
		return fmt.Errorf("%w: the connection was cut", ErrIncomplete)
	}
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("%w: not JSON (content type %s)", ErrMalformed, att.contentType())
	case errors.As(err, &mismatch):
		return fmt.Errorf("%w: a JSON field has the wrong type", ErrMalformed)
	}
	return fmt.Errorf("%w: unreadable body", ErrMalformed)
}

func newAPIError(att *attempt, status int, err error) *APIError {
	e := &APIError{Status: status}
	e.RequestID, e.RetryAfter = att.headers()
	var api *openai.APIError
	if errors.As(err, &api) {
		e.Type = identifier(api.Type)
		if api.Code != nil {
			e.Code = identifier(fmt.Sprint(api.Code))
		}
		if api.Param != nil {
			e.Param = identifier(*api.Param)
		}
		e.about = namedParam(e.Param, api.Message)
		return e
	}
	var raw *openai.RequestError // a body that is not OpenAI's error object
	if errors.As(err, &raw) {
		e.about = namedParam("", string(raw.Body))
	}
	return e
}

// namedParam finds which optional parameter an error is about: the one in the
// param field or, where that is empty, the first known one that the message
// mentions. Only names from the list can come back.
func namedParam(param, message string) string {
	known := []string{
		"response_format", "json_schema", "temperature", "max_completion_tokens",
		"max_tokens", "stream_options", "dimensions", "seed",
	}
	in := message
	if param != "" {
		in = param
	}
	for _, k := range known {
		if strings.Contains(in, k) {
			return k
		}
	}
	if param != "" {
		return "other"
	}
	return ""
}

// identifier returns s if it can be an identifier, else "". A server may put
// anything into its fields; what has spaces or is long may be a quotation.
func identifier(s string) string {
	if len(s) > 80 {
		return ""
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-:/@[]", r)) {
			return ""
		}
	}
	return s
}

// safeCause describes a transport error without what the peer sent: net/http
// quotes the first line of a response that is not HTTP.
func safeCause(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var errno syscall.Errno
	switch {
	case errors.As(err, &dns):
		return dns.Error()
	case errors.As(err, &op):
		return op.Error()
	case errors.As(err, &cert):
		return cert.Error()
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	return "the connection failed or did not speak HTTP"
}

// A callerError is an error of the caller's onDelta: it ends the call as it is.
type callerError struct{ err error }

func (e *callerError) Error() string { return e.err.Error() }
func (e *callerError) Unwrap() error { return e.err }
