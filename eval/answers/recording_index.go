package answers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	indexFile    = "index.json"
	indexVersion = 1
	maxModelName = 200 // bytes that are kept of a name that a server gave
)

// An Index is what a recording holds: it names every file with its hash, so that none can be missing, added or exchanged.
type Index struct {
	SHA256  string    `json:"sha256"` // of all the rest
	Version int       `json:"version"`
	Began   time.Time `json:"began"` // UTC
	Ended   time.Time `json:"ended"`
	Host    string    `json:"host"` // of the server, with its port, without credentials
	// BasePath is the path of the server's address, such as /v1, which is part of what a request is known by.
	BasePath string  `json:"base_path"`
	Models   []Model `json:"models"` // by name asked for, as answered, fingerprint
	// Exchanges are in the order of their files' names.
	Exchanges []Entry `json:"exchanges"`
}

// A Model is how often a model that was asked for was answered by what.
type Model struct {
	Asked       string `json:"asked"`
	Answered    string `json:"answered"` // as the server named it; "" if no reply did
	Fingerprint string `json:"system_fingerprint,omitempty"`
	Requests    int    `json:"requests"`
}

// An Entry is one exchange.
type Entry struct {
	File        string  `json:"file"`
	SHA256      string  `json:"sha256"`
	Method      string  `json:"method"`
	Path        string  `json:"path"`
	Repeat      int     `json:"repeat"`
	Asked       string  `json:"asked,omitempty"`
	Answered    string  `json:"answered,omitempty"`
	Fingerprint string  `json:"system_fingerprint,omitempty"`
	Status      int     `json:"status"` // 0: no response
	End         End     `json:"end"`
	TotalMS     float64 `json:"total_ms"`
}

func (x *exchange) entry() Entry {
	e := Entry{
		File: x.file(), SHA256: x.SHA256, Method: x.Request.Method, Path: x.Request.Path, Repeat: x.Repeat,
		Status: x.Response.Status, End: x.End, TotalMS: x.TotalMS,
	}
	var named struct {
		Model       string `json:"model"`
		Fingerprint string `json:"system_fingerprint"`
	}
	if json.Unmarshal(x.Request.JSON, &named) == nil {
		e.Asked = firstBytes(named.Model)
	}
	if x.Response.Status >= 200 && x.Response.Status < 300 {
		e.Answered, e.Fingerprint = x.Response.model()
	}
	return e
}

// model is what answered as it named itself, in the first event of a stream that says so.
func (r response) model() (name, fingerprint string) {
	for _, text := range append([]string{strings.Join(r.Lines, "\n")}, r.Lines...) {
		var named struct {
			Model       string `json:"model"`
			Fingerprint string `json:"system_fingerprint"`
		}
		text = strings.TrimPrefix(text, "data:")
		if !strings.HasPrefix(strings.TrimSpace(text), "{") || json.Unmarshal([]byte(text), &named) != nil {
			continue
		}
		name, fingerprint = cmp.Or(name, firstBytes(named.Model)), cmp.Or(fingerprint, firstBytes(named.Fingerprint))
		if name != "" && fingerprint != "" {
			break
		}
	}
	return name, fingerprint
}

func firstBytes(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxModelName)], "") }

// modelsOf counts. Requests without a reply that names a model count as answered by "".
func modelsOf(entries []Entry) []Model {
	n := map[Model]int{}
	for _, e := range entries {
		if e.Asked != "" {
			n[Model{Asked: e.Asked, Answered: e.Answered, Fingerprint: e.Fingerprint}]++
		}
	}
	out := []Model{}
	for m, requests := range n {
		m.Requests = requests
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Model) int {
		return cmp.Or(cmp.Compare(a.Asked, b.Asked), cmp.Compare(a.Answered, b.Answered), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return out
}

func (x Index) sum() string {
	x.SHA256 = ""
	return hashOf(x)
}

// ReadIndex reads the index of a recording and holds it against its own hash; the files that it names are not read.
func ReadIndex(dir string) (Index, error) {
	path := filepath.Join(dir, indexFile)
	b, err := readBounded(path)
	if err != nil {
		return Index{}, err
	}
	x, err := parseIndex(b)
	if err != nil {
		return Index{}, fmt.Errorf("%s: %w; take the whole recording from where it came from, or record anew", path, err)
	}
	return x, nil
}

func parseIndex(b []byte) (Index, error) {
	var x Index
	if err := strict(b, &x); err != nil {
		return x, err
	}
	switch {
	case x.Version != indexVersion:
		return x, fmt.Errorf("it is of version %d, and this is version %d", x.Version, indexVersion)
	case x.SHA256 != x.sum():
		return x, fmt.Errorf("it was edited: its content has the hash %.12s, and sha256 says %.12s", x.sum(), x.SHA256)
	case len(x.Exchanges) == 0:
		return x, errors.New("it names no exchange")
	}
	for i, e := range x.Exchanges {
		if !exchangeFile.MatchString(e.File) || i > 0 && e.File <= x.Exchanges[i-1].File {
			return x, fmt.Errorf("exchange number %d: %q is no file of a recording, or out of order", i+1, e.File)
		}
	}
	return x, nil
}
