//go:build unix

package pgtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A Moment says when a [Proxy] cuts a connection.
type Moment int

// The moments around a commit.
const (
	// BeforeCommit: the server never hears of the commit, and rolls back.
	BeforeCommit Moment = iota
	// AfterCommit: the server has committed, and the client never hears of it.
	AfterCommit
)

// A Proxy passes connections on to PostgreSQL and cuts one of them where a test wants it cut. It knows as much of the
// protocol as it takes to see a commit: COMMIT itself, and the end of a statement or batch outside a transaction, which
// commits by itself. Reading statements of that kind count too; the proxy does not read SQL.
//
// Its methods are safe for concurrent use. It does not speak TLS: the server must take plain connections from here.
type Proxy struct {
	listener         net.Listener
	network, address string // of the server
	url              *url.URL
	serving          sync.WaitGroup

	mu      sync.Mutex
	links   map[*link]bool
	passing *sync.Cond // signalled when stalled ends
	stalled bool
	closed  bool
	commits int // seen since the last plan was made
	cutAt   int // the commit to cut at; 0: none
	moment  Moment
	bytes   int64 // to pass until the cut; 0: no cut
	cut     bool  // the plan was carried out
}

// NewProxy listens on a free loopback port for connections to the database at databaseURL. It ends with the test.
func NewProxy(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatalf("pgtest: the proxy's URL: %v", err)
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatalf("pgtest: the proxy's URL: %v", err)
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("pgtest: the proxy: %v", err)
	}
	p := &Proxy{listener: l, links: map[*link]bool{}}
	p.passing = sync.NewCond(&p.mu)
	p.network, p.address = pgconn.NetworkAddress(cfg.Host, cfg.Port)
	at := l.Addr().(*net.TCPAddr)
	u.Host = net.JoinHostPort(at.IP.String(), strconv.Itoa(at.Port))
	q := u.Query()
	q.Del("host")
	q.Del("port")
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	p.url = u
	p.serving.Go(p.serve)
	t.Cleanup(p.close)
	return p
}

// URL is the database's URL through the proxy.
func (p *Proxy) URL() string { return p.url.String() }

// CutAtCommit cuts the connection of the n-th commit from now, n from 1. It replaces an earlier plan.
func (p *Proxy) CutAtCommit(n int, m Moment) { p.plan(n, m, 0) }

// CutAtByte cuts the connection over which the n-th byte from now would pass, either way, n from 1. It replaces an
// earlier plan.
func (p *Proxy) CutAtByte(n int64) { p.plan(0, 0, n) }

func (p *Proxy) plan(n int, m Moment, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commits, p.cutAt, p.moment, p.bytes, p.cut = 0, n, m, bytes, false
}

// Cut reports whether the cut that was planned last has happened. It takes the plan back.
func (p *Proxy) Cut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt, p.bytes = 0, 0
	return p.cut
}

// Commits counts the commits since the last plan.
func (p *Proxy) Commits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commits
}

// Stall holds all traffic back until Resume, as a network does that drops packets: nobody is told.
func (p *Proxy) Stall() { p.stall(true) }

// Resume ends Stall. What was held back arrives.
func (p *Proxy) Resume() { p.stall(false) }

func (p *Proxy) stall(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = on
	p.passing.Broadcast()
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	p.passing.Broadcast()
	for l := range p.links {
		l.close()
	}
	p.mu.Unlock()
	p.serving.Wait()
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.serving.Go(func() { p.connect(client) })
	}
}

func (p *Proxy) connect(client net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	server, err := (&net.Dialer{}).DialContext(ctx, p.network, p.address)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{proxy: p, client: client, server: server}
	p.mu.Lock()
	p.links[l] = true
	if p.closed {
		l.close()
	}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(l.upstream)
	both.Go(l.downstream)
	both.Wait()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// link is one connection.
type link struct {
	proxy          *Proxy
	client, server net.Conn

	// Guarded by proxy.mu.
	idle     bool // the server is not in a transaction
	executed bool // since the last Sync
	swallow  bool // the commit to cut at was sent: nothing goes back any more
}

func (l *link) close() {
	_ = l.client.Close()
	_ = l.server.Close()
}

// upstream passes what the client sends.
func (l *link) upstream() {
	defer l.close()
	in := bufio.NewReader(l.client)
	// The start-up message has no type. A request to cancel looks the same, and the server closes after it.
	start, err := body(in, nil)
	if err != nil || !l.send(l.server, start) {
		return
	}
	for {
		kind, err := in.ReadByte()
		if err != nil {
			return
		}
		message, err := body(in, []byte{kind})
		if err != nil || !l.fromClient(kind, message) {
			return
		}
	}
}

// body reads a length and as many bytes as it says, itself included.
func body(in *bufio.Reader, head []byte) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n < 4 || n > 1<<30 {
		return nil, io.ErrUnexpectedEOF
	}
	message := append(append(make([]byte, 0, len(head)+int(n)), head...), length[:]...)
	message = message[:len(head)+int(n)]
	_, err := io.ReadFull(in, message[len(head)+4:])
	return message, err
}

// Messages of the protocol that matter here: https://www.postgresql.org/docs/current/protocol-message-formats.html
const (
	msgQuery   = 'Q'
	msgExecute = 'E'
	msgSync    = 'S'
	msgReady   = 'Z'
)

func (l *link) fromClient(kind byte, message []byte) bool {
	p := l.proxy
	p.mu.Lock()
	commits := false
	switch kind {
	case msgQuery:
		sql := bytes.TrimSuffix(message[5:], []byte{0})
		commits = bytes.EqualFold(bytes.TrimSpace(sql), []byte("commit"))
	case msgExecute:
		l.executed = true
	case msgSync:
		commits = l.executed && l.idle
		l.executed = false
	}
	hit := false
	if commits {
		p.commits++
		hit = p.commits == p.cutAt
	}
	if hit {
		p.cut = true
		l.swallow = p.moment == AfterCommit
	}
	before := hit && p.moment == BeforeCommit
	p.mu.Unlock()
	return !before && l.send(l.server, message)
}

// downstream passes what the server sends.
func (l *link) downstream() {
	defer l.close()
	in := bufio.NewReader(l.server)
	for {
		kind, err := in.ReadByte()
		if err != nil {
			return
		}
		message, err := body(in, []byte{kind})
		if err != nil {
			return
		}
		l.proxy.mu.Lock()
		if kind == msgReady {
			l.idle = len(message) == 6 && message[5] == 'I'
		}
		swallow := l.swallow
		l.proxy.mu.Unlock()
		switch {
		case !swallow:
			if !l.send(l.client, message) {
				return
			}
		case kind == msgReady: // committed
			return
		}
	}
}

// send passes message on, or as much of it as the plan lets through.
func (l *link) send(to net.Conn, message []byte) bool {
	p := l.proxy
	p.mu.Lock()
	for p.stalled && !p.closed {
		p.passing.Wait()
	}
	whole := true
	if p.bytes > 0 {
		if left := p.bytes - int64(len(message)); left > 0 {
			p.bytes = left
		} else {
			message, whole = message[:p.bytes-1], false
			p.bytes, p.cut = 0, true
		}
	}
	p.mu.Unlock()
	_, err := to.Write(message)
	return err == nil && whole
}
