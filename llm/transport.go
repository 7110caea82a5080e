package llm

import (
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// An attempt is what one HTTP request is allowed and what came of it. It
// travels in the request's context, because the library between this package
// and net/http hides response headers of failures.
type attempt struct {
	limit int64 // most bytes of body, decompressed
	pace  pace  // how fast the body must come; without limits where it is not streamed

	emitted bool // something was handed to the caller: no retry

	mu       sync.Mutex
	began    bool
	header   http.Header
	status   int
	tooLarge bool
}

type attemptKey struct{}

func (a *attempt) seen() (status int, tooLarge bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status, a.tooLarge
}

func (a *attempt) sent() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.began
}

func (a *attempt) contentType() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || identifier(t) == "" {
		return "unknown"
	}
	return t
}

func (a *attempt) headers() (requestID string, retryAfter time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return identifier(a.header.Get("X-Request-Id")), retryAfterOf(a.header, time.Now())
}

// retryAfterOf reads Retry-After (RFC 9110, section 10.2.3: seconds or a date)
// and OpenAI's retry-after-ms. It returns 0 for none, for nonsense and for the
// past, and at most an hour.
func retryAfterOf(h http.Header, now time.Time) time.Duration {
	var d time.Duration
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		d = clampSeconds(ms / 1000)
	} else if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil {
		d = clampSeconds(s)
	} else if t, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		d = min(t.Sub(now), time.Hour)
	}
	return max(d, 0)
}

func clampSeconds(s float64) time.Duration {
	if !(s > 0) { // also NaN
		return 0
	}
	return time.Duration(min(s, 3600) * float64(time.Second))
}

// transport bounds every response body and notes what the library hides.
type transport struct{ base http.RoundTripper }

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	att, _ := req.Context().Value(attemptKey{}).(*attempt)
	if att == nil {
		return nil, errors.New("llm: request without an attempt")
	}
	att.mu.Lock()
	att.began = true
	att.mu.Unlock()
	att.pace.start()
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	att.mu.Lock()
	att.status, att.header = resp.StatusCode, resp.Header
	att.mu.Unlock()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		// The library would take the body for an answer.
		_ = resp.Body.Close()
		return nil, errRedirect
	}
	resp.Body = &boundedBody{ReadCloser: resp.Body, att: att, left: att.limit}
	return resp, nil
}

// errRedirect is told by its status, see classify.
var errRedirect = errors.New("redirect not followed")

// CloseIdleConnections makes http.Client.CloseIdleConnections reach the base.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// boundedBody is a response body that ends in ErrTooLarge after att.limit bytes.
// net/http has already decompressed it, so a compressed bomb is cut at the same
// size.
type boundedBody struct {
	io.ReadCloser
	att  *attempt
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 { // one byte beyond, to tell "full" from "too large"
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		b.att.mu.Lock()
		b.att.tooLarge = true
		b.att.mu.Unlock()
		return n - 1, ErrTooLarge
	}
	return n, err
}

// newHTTPClient wraps given, or a transport of our own, in bounds. Redirects
// are not followed: what a student asked goes to the configured server only.
func newHTTPClient(given *http.Client) *http.Client {
	var c http.Client
	if given != nil {
		c = *given
	}
	base := c.Transport
	if base == nil {
		base = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    32,
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    5 * time.Second,
			ExpectContinueTimeout:  time.Second,
			MaxResponseHeaderBytes: 256 << 10,
		}
	}
	c.Transport = &transport{base: base}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}
