package answers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of a recording.
const (
	maxRecordedRequest = 8 << 20   // bytes of one request's body
	maxRecordedReply   = 64 << 20  // bytes of one reply's body
	maxRecordedTotal   = 4 << 30   // bytes of all bodies
	maxExchanges       = 200_000   // files
	maxRecordedFile    = 256 << 20 // bytes of one file: a body in which every byte needed an escape is longer
	maxFaults          = 100       // errors that are kept; further ones are counted
)

// RecordConfig says what is recorded, and where.
type RecordConfig struct {
	// Dir is made if it is missing, and must be empty: a recording is never mixed with another.
	Dir string
	// BaseURL is the server's address. Its host and its path go into the index, nothing else.
	BaseURL string
	// APIKey is taken out of everything that is written. "": there is none. A key of less than 8 bytes is an error: it could
	// not be told from ordinary words.
	APIKey string
	// Base sends the requests. nil: http.DefaultTransport.
	Base http.RoundTripper
}

// A Recorder is a transport that sends requests on and writes each with its reply into a file, for [OpenReplay]. It is for
// llm.Config.HTTP. A request is known by the SHA-256 of its method, path, canonical body and the repeat of the task that it
// was sent for; the n-th of those that are the same in all that (a retry is one) has the sequence number n, from 0.
//
// Everything that happened is recorded as it was, so that a replay comes to the same answers: a reply that the server cut
// off is recorded as cut, one that our side ended at a deadline as that, and a connection that failed as failed. See [End].
// The reply is passed through while it is recorded; its file is written when its body ends or is closed.
//
// It is safe for concurrent use.
type Recorder struct {
	dir   string
	url   *url.URL
	base  http.RoundTripper
	scrub scrubber
	began time.Time

	mu      sync.Mutex
	seen    map[string]int // by key: how many were sent
	open    int            // exchanges under way
	total   int64          // bytes of bodies written
	entries []Entry
	faults  faults
	closed  bool
}

// NewRecorder makes the folder and a recorder for it. It does not touch the network.
func NewRecorder(cfg RecordConfig) (*Recorder, error) {
	scrub, err := newScrubber(cfg.APIKey)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Host == "" {
		return nil, errors.New("recording: the base URL is not an address; it should look like http://127.0.0.1:11434/v1")
	}
	if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
		return nil, err
	}
	there, err := os.ReadDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if len(there) > 0 {
		return nil, fmt.Errorf("recording: %s is not empty; name a new folder", cfg.Dir)
	}
	r := &Recorder{dir: cfg.Dir, url: u, base: cfg.Base, scrub: scrub, began: time.Now().UTC(), seen: map[string]int{}}
	if r.base == nil {
		r.base = http.DefaultTransport
	}
	return r, nil
}

// RoundTrip sends the request and records it. After something could not be written it sends nothing more, because what it
// would bring is lost.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	scrub := r.scrub.withHeader(req.Header).withURL(req.URL)
	body, err := readBody(req)
	if err != nil {
		return nil, r.fault(fmt.Errorf("recording: %s %s: %w", req.Method, scrub.path(req.URL), err))
	}
	x := newExchange(req, body, repeatOf(req.Context()), scrub)
	if err := r.start(x); err != nil {
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Body, out.GetBody = http.NoBody, nil
	if len(body) > 0 {
		out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		out.Body, _ = out.GetBody() // cannot fail
	}
	out.ContentLength = int64(len(body))
	out.Header.Del("Accept-Encoding") // so that the transport decodes for itself, and text is recorded as text
	resp, err := r.base.RoundTrip(out)
	if err != nil {
		end := EndFailed
		if req.Context().Err() != nil {
			end = EndDeadline
		}
		if fault := r.finish(x, scrub, nil, end); fault != nil {
			return nil, fault
		}
		return nil, err
	}
	x.Response.Status = resp.StatusCode
	scrub = scrub.withHeader(resp.Header)
	x.Response.Header = kept(resp.Header, keptReply, scrub)
	resp.Body = &tape{
		body: resp.Body, ctx: req.Context(), began: x.Began, encoded: resp.Header.Get("Content-Encoding") != "",
		done: func(t *tape, end End) { x.FirstMS = t.firstMS; r.tape(x, scrub, t, end) },
	}
	return resp, nil
}

// CloseIdleConnections closes those of the transport below.
func (r *Recorder) CloseIdleConnections() {
	if c, ok := r.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// start gives the exchange its number.
func (r *Recorder) start(x *exchange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return errors.New("recording: it is finished, and a request came after that")
	case r.faults.n > 0:
		return fmt.Errorf("recording: it stopped at an earlier error: %w", r.faults.first())
	case len(r.entries)+r.open >= maxExchanges:
		return r.faults.add(fmt.Errorf("recording: %d requests; at most so many are recorded", maxExchanges))
	}
	x.Sequence = r.seen[x.Key]
	r.seen[x.Key]++
	r.open++
	return nil
}

// tape takes what a reply's body was.
func (r *Recorder) tape(x *exchange, scrub scrubber, t *tape, end End) {
	var why string
	switch {
	case t.encoded:
		why = "the reply is compressed although that was not asked for"
	case t.tooLarge:
		why = fmt.Sprintf("the reply is larger than %d MiB", maxRecordedReply>>20)
	}
	if why != "" {
		r.mu.Lock()
		r.open--
		_ = r.faults.add(fmt.Errorf("recording: %s %s: %s", x.Request.Method, x.Request.Path, why)) // told by Finish
		r.mu.Unlock()
		return
	}
	_ = r.finish(x, scrub, t.got, end) // told by Finish
}

// finish writes an exchange.
func (r *Recorder) finish(x *exchange, scrub scrubber, got []byte, end End) error {
	x.End = end
	x.TotalMS = sinceMS(x.Began)
	x.Response.setBody(scrub.reply(got))
	entry, size, err := x.write(r.dir)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open--
	if err == nil && r.closed {
		err = errors.New("a reply ended after the recording was finished")
	}
	if err != nil {
		return r.faults.add(fmt.Errorf("recording: %w", err))
	}
	if r.total += size; r.total > maxRecordedTotal {
		return r.faults.add(fmt.Errorf("recording: more than %d GiB", maxRecordedTotal>>30))
	}
	r.entries = append(r.entries, entry)
	return nil
}

// Finish writes the index, without which nothing can be replayed: a run that was broken off is not to be finished. The
// error says what could not be recorded, and then there is no index. Nothing may be under way any more.
func (r *Recorder) Finish() (Index, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return Index{}, errors.New("recording: it is finished already")
	case r.open > 0:
		return Index{}, fmt.Errorf("recording: %d replies were not read to their end and not closed", r.open)
	}
	r.closed = true
	if err := r.faults.err(); err != nil {
		return Index{}, err
	}
	slices.SortFunc(r.entries, func(a, b Entry) int { return strings.Compare(a.File, b.File) })
	x := Index{Version: indexVersion, Began: r.began, Ended: time.Now().UTC(), Host: r.scrub.text(r.url.Host), Exchanges: r.entries}
	x.BasePath = r.scrub.text(r.url.EscapedPath())
	x.Models = modelsOf(r.entries)
	x.SHA256 = x.sum()
	return x, writeNew(filepath.Join(r.dir, indexFile), encode(x))
}

func (r *Recorder) fault(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faults.add(err)
}

// readBody reads and closes the body of a request, whether or not it is going to be sent.
func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	defer req.Body.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(req.Body, maxRecordedRequest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the request: %w", err)
	case len(b) > maxRecordedRequest:
		return nil, fmt.Errorf("the request is larger than %d MiB", maxRecordedRequest>>20)
	}
	return b, nil
}

// faults are errors, the first of them kept.
type faults struct {
	kept []error
	n    int
}

func (f *faults) add(err error) error {
	if f.n++; len(f.kept) < maxFaults {
		f.kept = append(f.kept, err)
	}
	return err
}

func (f *faults) first() error { return f.kept[0] }

// err joins the first few; nil without any.
func (f *faults) err() error {
	const shown = 5
	out := slices.Clone(f.kept[:min(shown, len(f.kept))])
	if f.n > shown {
		out = append(out, fmt.Errorf("and %d more", f.n-shown))
	}
	return errors.Join(out...)
}
