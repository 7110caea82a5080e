package answers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// An exchange is one request with its reply, as it stands in its file.
type exchange struct {
	SHA256 string `json:"sha256"` // of all the rest, see sum
	// Key is the SHA-256 of the request's method, path, repeat and canonical body.
	Key      string    `json:"key"`
	Repeat   int       `json:"repeat"`   // of the task, from 0
	Sequence int       `json:"sequence"` // among those with this key, from 0
	Began    time.Time `json:"began"`
	FirstMS  float64   `json:"first_byte_ms"` // of the reply's body, after Began; 0: there was none
	TotalMS  float64   `json:"total_ms"`
	End      End       `json:"end"`
	Request  request   `json:"request"`
	Response response  `json:"response"`
}

type request struct {
	Method string            `json:"method"`
	Path   string            `json:"path"` // with the query
	Header map[string]string `json:"header"`
	JSON   json.RawMessage   `json:"json,omitempty"`
	Text   string            `json:"text,omitempty"` // of a body that is no JSON
}

type response struct {
	Status int               `json:"status"` // 0: there was none
	Header map[string]string `json:"header"`
	Lines  []string          `json:"lines,omitempty"`  // the body, cut at each \n
	Base64 string            `json:"base64,omitempty"` // the body, if it is no UTF-8
}

func newExchange(req *http.Request, body []byte, repeat int, scrub scrubber) *exchange {
	x := &exchange{Repeat: repeat, Began: time.Now().UTC()}
	x.Request = request{Method: req.Method, Path: scrub.path(req.URL), Header: kept(req.Header, keptRequest, scrub)}
	x.Request.JSON, x.Request.Text = scrub.request(body)
	x.Key = x.key()
	return x
}

func (x *exchange) key() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s %d\n%s%s", x.Request.Method, x.Request.Path, x.Repeat, x.Request.JSON, x.Request.Text)
	return hex.EncodeToString(sum.Sum(nil))
}

// body is the request's, in its canonical form.
func (r request) body() string { return string(r.JSON) + r.Text }

func (r *response) setBody(b []byte) {
	switch {
	case len(b) == 0:
	case utf8.Valid(b):
		r.Lines = strings.Split(string(b), "\n")
	default:
		r.Base64 = base64.StdEncoding.EncodeToString(b)
	}
}

func (r response) body() ([]byte, error) {
	if r.Base64 != "" {
		return base64.StdEncoding.DecodeString(r.Base64)
	}
	return []byte(strings.Join(r.Lines, "\n")), nil
}

// file is the name of its file.
func (x *exchange) file() string { return fmt.Sprintf("%s-%d.json", x.Key[:32], x.Sequence) }

var exchangeFile = regexp.MustCompile(`^[0-9a-f]{32}-[0-9]{1,6}\.json$`)

// sum is the SHA-256 of the exchange without its own hash, as compact JSON in the order of its fields.
func (x *exchange) sum() string {
	without := *x
	without.SHA256 = ""
	return hashOf(without)
}

func hashOf(v any) string {
	sum := sha256.Sum256(compact(v))
	return hex.EncodeToString(sum[:])
}

// write writes the file, which must not be there yet, and returns its entry in the index and its size in bytes.
func (x *exchange) write(dir string) (Entry, int64, error) {
	x.SHA256 = x.sum()
	out := encode(x)
	return x.entry(), int64(len(out)), writeNew(filepath.Join(dir, x.file()), out)
}

// readExchange reads a file of a recording and holds it against its hash. Errors name the file and what is wrong.
func readExchange(path string) (*exchange, error) {
	b, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	x, err := parseExchange(b)
	if err == nil && filepath.Base(path) != x.file() {
		err = fmt.Errorf("it holds the exchange of %s", x.file())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; take the whole recording from where it came from, or record anew", path, err)
	}
	return x, nil
}

func parseExchange(b []byte) (*exchange, error) {
	x := &exchange{}
	if err := strict(b, x); err != nil {
		return nil, err
	}
	if len(x.Request.JSON) > 0 { // canonical again: the file is indented
		v, ok := decode(x.Request.JSON)
		if !ok {
			return nil, errors.New("request.json is no JSON")
		}
		x.Request.JSON = compact(v)
	}
	switch {
	case x.SHA256 != x.sum():
		return nil, fmt.Errorf("it was edited: its content has the hash %.12s, and sha256 says %.12s", x.sum(), x.SHA256)
	case x.Key != x.key():
		return nil, fmt.Errorf("key is %.12s, and the request has %.12s", x.Key, x.key())
	case !x.End.valid():
		return nil, fmt.Errorf("end is %q, which is none of whole, cut, deadline, stopped, failed", x.End)
	case x.Sequence < 0 || x.Sequence >= maxExchanges || x.Repeat < 0:
		return nil, fmt.Errorf("sequence %d, repeat %d: out of range", x.Sequence, x.Repeat)
	case x.Response.Status != 0 && (x.Response.Status < 100 || x.Response.Status > 999), x.End == EndFailed && x.Response.Status != 0,
		x.Response.Status == 0 && x.End != EndFailed && x.End != EndDeadline:
		return nil, fmt.Errorf("status %d with end %q cannot have been", x.Response.Status, x.End)
	}
	if _, err := x.Response.body(); err != nil {
		return nil, fmt.Errorf("response.base64: %w", err)
	}
	return x, nil
}

// strict reads one JSON value in which every field is known.
func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("line %d: it is no such JSON: %w", 1+bytes.Count(b[:min(int(d.InputOffset()), len(b))], []byte("\n")), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind its JSON")
	}
	return nil
}

// encode is JSON for people to read.
func encode(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // a buffer takes everything, and these types can be encoded
	return out.Bytes()
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // it holds no secret
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing; take the whole recording from where it came from, or record anew: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, maxRecordedFile+1))
	if err == nil && len(b) > maxRecordedFile {
		err = fmt.Errorf("%s: larger than %d MiB", path, maxRecordedFile>>20)
	}
	return b, err
}
