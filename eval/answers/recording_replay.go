package answers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A Replay is a transport that answers from a recording and never touches the network. It is for llm.Config.HTTP, with the
// configuration that was recorded with. How long a reply took is not replayed, but where the live run ran into a deadline,
// the replay does, too: latencies of a replay say nothing about the model. A deadline that passes only in the replay, because
// the machine is busy, is an error.
//
// The client in front of it takes an error of a transport for a server that cannot be reached, and the tutor answers
// without a model then. So a run over a replay asks through [Replay.Watch], or looks at [Replay.Err] before it believes
// its results.
//
// It is safe for concurrent use.
type Replay struct {
	dir   string
	index Index
	scrub scrubber
	known map[string][]recorded // by key: in the order of their sequence

	mu     sync.Mutex
	asked  map[string]int // by key
	faults faults
}

type recorded struct {
	Entry
	sketch sketch
}

// OpenReplay reads a recording and holds every file against its hash. All that is missing, was edited or does not belong to
// it is reported together, each with its file. apiKey, which may be "", is taken out of what errors show.
func OpenReplay(dir, apiKey string) (*Replay, error) {
	scrub, err := newScrubber(apiKey)
	if err != nil {
		return nil, err
	}
	index, err := ReadIndex(dir)
	if err != nil {
		return nil, err
	}
	p := &Replay{dir: dir, index: index, scrub: scrub, known: map[string][]recorded{}, asked: map[string]int{}}
	var wrong faults
	listed := map[string]bool{indexFile: true}
	bySequence := map[string]map[int]recorded{}
	for _, e := range index.Exchanges {
		listed[e.File] = true
		x, err := readExchange(filepath.Join(dir, e.File))
		if err != nil {
			_ = wrong.add(err)
			continue
		}
		if x.entry() != e {
			_ = wrong.add(fmt.Errorf("%s: it is not the file that %s lists", filepath.Join(dir, e.File), indexFile))
			continue
		}
		if bySequence[x.Key] == nil {
			bySequence[x.Key] = map[int]recorded{}
		}
		bySequence[x.Key][x.Sequence] = recorded{Entry: e, sketch: sketchOf(x.Request.body())}
	}
	for key, all := range bySequence {
		for i := range len(all) {
			if _, ok := all[i]; !ok && wrong.n == 0 {
				_ = wrong.add(fmt.Errorf("%s: %s lists no %s-%d.json, and one that came after it", dir, indexFile, key[:32], i))
			}
			p.known[key] = append(p.known[key], all[i])
		}
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range there {
		if !listed[f.Name()] {
			_ = wrong.add(fmt.Errorf("%s: %s does not list it", filepath.Join(dir, f.Name()), indexFile))
		}
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// Index is the recording's.
func (p *Replay) Index() Index { return p.index }

// BaseURL is the address for llm.Config.BaseURL: of no server, with the path that was recorded with.
func (p *Replay) BaseURL() string { return "http://recorded.invalid" + p.index.BasePath }

// Err is what went wrong: requests that were not recorded, files that changed under way. nil: nothing.
func (p *Replay) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults.err()
}

// Unused are the files of exchanges that nobody asked for yet, in order: the run was another than the one recorded.
func (p *Replay) Unused() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for key, all := range p.known {
		for _, r := range all[min(p.asked[key], len(all)):] {
			out = append(out, r.File)
		}
	}
	slices.Sort(out)
	return out
}

// RoundTrip answers as was recorded. The error of a request that was not recorded prints it, with the nearest recorded one.
func (p *Replay) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	scrub := p.scrub.withHeader(req.Header).withURL(req.URL)
	body, err := readBody(req)
	if err != nil {
		return nil, p.fault(ctx, fmt.Errorf("replay: %s %s: %w", req.Method, scrub.path(req.URL), err))
	}
	x := newExchange(req, body, repeatOf(ctx), scrub)
	p.mu.Lock()
	x.Sequence = p.asked[x.Key]
	p.asked[x.Key]++
	p.mu.Unlock()
	if x.Sequence >= len(p.known[x.Key]) {
		return nil, p.fault(ctx, p.unknown(x))
	}
	e := p.known[x.Key][x.Sequence]
	if ctx.Err() != nil {
		return nil, p.late(ctx, e.File, e.End)
	}
	got, err := readExchange(filepath.Join(p.dir, e.File))
	if err == nil && got.SHA256 != e.SHA256 {
		err = fmt.Errorf("%s: it changed since the replay began", filepath.Join(p.dir, e.File))
	}
	if err != nil {
		return nil, p.fault(ctx, fmt.Errorf("replay: %w", err))
	}
	return p.respond(req, got)
}

func (p *Replay) respond(req *http.Request, x *exchange) (*http.Response, error) {
	ctx := req.Context()
	if x.Response.Status == 0 {
		if x.End == EndDeadline {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("replay: %s: the server gave no response when it was recorded", x.file())
	}
	body, err := x.Response.body()
	if err != nil {
		return nil, p.fault(ctx, fmt.Errorf("replay: %s: %w", x.file(), err))
	}
	b := &playing{p: p, ctx: ctx, file: x.file(), end: x.End, rest: bytes.NewReader(body), closed: make(chan struct{})}
	resp := &http.Response{
		Status: fmt.Sprintf("%d %s", x.Response.Status, http.StatusText(x.Response.Status)), StatusCode: x.Response.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: b, ContentLength: -1, Request: req,
	}
	for name, v := range x.Response.Header {
		resp.Header.Set(name, v)
	}
	return resp, nil
}

// playing is the body of a replayed reply.
type playing struct {
	p    *Replay
	ctx  context.Context //nolint:containedctx // of the request whose reply this is
	file string
	end  End

	mu     sync.Mutex
	rest   *bytes.Reader
	once   sync.Once
	closed chan struct{}
}

func (b *playing) Read(out []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, b.p.late(b.ctx, b.file, b.end)
	}
	b.mu.Lock()
	n, err := b.rest.Read(out)
	b.mu.Unlock()
	if err == nil || b.end == EndWhole {
		return n, err
	}
	switch b.end {
	case EndDeadline:
		select {
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		case <-b.closed:
			return 0, http.ErrBodyReadAfterClose
		}
	case EndStopped:
		return 0, b.p.fault(b.ctx, fmt.Errorf("replay: %s: the reader stopped here when it was recorded, so the rest of the reply is not known", b.file))
	}
	return 0, io.ErrUnexpectedEOF
}

func (b *playing) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

type watchKey struct{}

// fault keeps an error, for Err and for the watched asking that it happened in.
func (p *Replay) fault(ctx context.Context, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w, ok := ctx.Value(watchKey{}).(*faults); ok {
		_ = w.add(err)
	}
	return p.faults.add(err)
}

// Watch makes of each answer during which something was asked that is not in the recording a reply with that error: without
// a reply of the model the tutor would have fallen back, and its answer been taken for the model's.
func (p *Replay) Watch(a Asker) Asker { return watched{p, a} }

type watched struct {
	p *Replay
	a Asker
}

func (w watched) Ask(ctx context.Context, t Task, repeat int) Reply {
	seen := &faults{}
	r := w.a.Ask(context.WithValue(ctx, watchKey{}, seen), t, repeat)
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	if err := seen.err(); err != nil {
		r.Err = errors.Join(r.Err, err)
	}
	return r
}

// late is the error of a request whose context has ended. If it had not when it was recorded, the machine is too slow now, and
// what the tutor answers without this reply is not what it answered then.
func (p *Replay) late(ctx context.Context, file string, end End) error {
	if end == EndDeadline {
		return ctx.Err()
	}
	return p.fault(ctx, fmt.Errorf("replay: %s: the request's time was up, and it was not when it was recorded; run it again where less else is running: %w", file, ctx.Err()))
}

const shownBody = 2000 // characters

// unknown is the error for a request that was not recorded.
func (p *Replay) unknown(x *exchange) error {
	var out strings.Builder
	fmt.Fprintf(&out, "replay: %s holds no such request: %s %s, key %s, repeat %d", p.dir, x.Request.Method, x.Request.Path, x.Key, x.Repeat)
	if x.Sequence > 0 && len(p.known[x.Key]) > 0 {
		fmt.Fprintf(&out, ", for the time number %d, and %d were recorded", x.Sequence+1, len(p.known[x.Key]))
	}
	body := []rune(x.Request.body())
	fmt.Fprintf(&out, "\n%s", string(body[:min(len(body), shownBody)]))
	if len(body) > shownBody {
		fmt.Fprintf(&out, "… (%d more characters)", len(body)-shownBody)
	}
	if near := p.nearest(x); near != "" {
		fmt.Fprintf(&out, "\n%s", near)
	}
	return errors.New(out.String())
}
