package llm

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// Config says which server to talk to and how patiently. The zero value of
// every field means the documented default; at least one of ChatModel and
// EmbedModel must be set.
type Config struct {
	// BaseURL is the server's address up to and including the version, for
	// example http://127.0.0.1:11434/v1. Default: https://api.openai.com/v1.
	BaseURL string

	// APIKey is sent as a bearer token. Default: none is sent.
	APIKey string

	// ChatModel answers [Client.Chat] and [Client.ChatStream] where the request
	// names no model. EmbedModel answers [Client.Embed].
	ChatModel, EmbedModel string

	// EmbedDimensions is the length of every vector. It is asked of the server
	// and checked in its replies. Default 0: the model's own length, found by
	// one probe.
	EmbedDimensions int

	// EmbedBatch is the largest number of texts in one request, 1 to 2,048 (the
	// limit of OpenAI's API). Default 256: a reply of 256 vectors of 3,072
	// numbers is about 17 MB of JSON.
	EmbedBatch int

	// ChatTimeout bounds one call of Chat or ChatStream, and EmbedTimeout one
	// batch of Embed, retries and waiting included. A sooner deadline of the
	// caller's context wins. Default: 60 s each.
	ChatTimeout, EmbedTimeout time.Duration

	// FirstByteTimeout bounds the wait of [Client.ChatStream] for the first text
	// of a reply, content or reasoning, from sending the request on. Headers,
	// comments and events without text do not count. A server that is silent for
	// so long is not asked again in the same call. A model that reads its prompt
	// slowly, or thinks without sending what it thinks, needs more. Default: 15 s.
	FirstByteTimeout time.Duration

	// IdleTimeout bounds each wait for more text of a stream once some has
	// arrived, and for its end after the finish reason. Time spent in the caller's
	// onDelta does not count. Default: 10 s; more has no effect before the finish
	// reason, because a stream of fewer than 20 characters in 10 s is given up too.
	IdleTimeout time.Duration

	// MaxResponseBytes bounds a reply after decompression. Default: 8 MiB. For
	// embeddings the bound is at least what the batch can need, see
	// [Client.Embed].
	MaxResponseBytes int64

	// MaxAttempts bounds the HTTP requests of one call, the first included, as
	// long as nothing about the request itself was refused. Default: 3.
	// 1 means no retries.
	MaxAttempts int

	// Backoff is the wait before the first retry; each further one is twice as
	// long, up to MaxBackoff, and each is varied by ±20 %. A server's
	// Retry-After is waited for in full instead, unless the deadline comes
	// first: then the call fails at once. Default: 250 ms and 8 s.
	Backoff, MaxBackoff time.Duration

	// BreakerFailures consecutive failed attempts at one kind of endpoint (chat
	// or embeddings) open its breaker: calls then fail at once with
	// ErrUnavailable, streams of which no text has come for a second are given up,
	// and nobody waits on to try again. After BreakerDelay one call is let through to try. Default: 5 and 15 s.
	BreakerFailures int
	BreakerDelay    time.Duration

	// HTTP is the client to send with. It is copied; its transport is wrapped,
	// and redirects are not followed. Default: a client of our own, with the
	// proxy settings of the environment.
	HTTP *http.Client

	// Log receives retries, breaker changes and what a server turned out not to
	// support, never content. Default: nothing is logged.
	Log *slog.Logger
}

const (
	defaultBaseURL  = "https://api.openai.com/v1"
	maxEmbedBatch   = 2048    // inputs a request, OpenAI API reference, embeddings
	maxEmbedTokens  = 300_000 // tokens a request, all inputs together, same source
	defaultAttempts = 3
)

// String names the server and the models, and not the key.
func (c Config) String() string {
	return fmt.Sprintf("llm.Config{%s chat=%s embed=%s}", redact(c.BaseURL), c.ChatModel, c.EmbedModel)
}

// GoString is String, so that %#v does not show the key.
func (c Config) GoString() string { return c.String() }

// LogValue is String, so that a log line does not show the key.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

func redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(invalid URL)"
	}
	return u.Redacted()
}

// withDefaults checks c and fills in what is zero.
func (c Config) withDefaults() (Config, error) {
	if c.ChatModel == "" && c.EmbedModel == "" {
		return c, errors.New("llm: neither a chat model nor an embedding model is named; set at least one")
	}
	if c.BaseURL == "" {
		c.BaseURL = defaultBaseURL
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return c, errors.New("llm: the base URL is not a plain http or https address; it should look like http://127.0.0.1:11434/v1")
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if c.EmbedDimensions < 0 {
		return c, fmt.Errorf("llm: %d embedding dimensions; use 0 for the model's own number", c.EmbedDimensions)
	}
	if c.EmbedBatch < 0 || c.EmbedBatch > maxEmbedBatch {
		return c, fmt.Errorf("llm: an embedding batch of %d; use 1 to %d", c.EmbedBatch, maxEmbedBatch)
	}
	if c.ChatTimeout < 0 || c.EmbedTimeout < 0 || c.FirstByteTimeout < 0 || c.IdleTimeout < 0 || c.Backoff < 0 || c.MaxBackoff < 0 ||
		c.BreakerDelay < 0 || c.MaxResponseBytes < 0 || c.MaxAttempts < 0 || c.BreakerFailures < 0 {
		return c, errors.New("llm: a negative time, size or count in the configuration; use 0 for the default")
	}
	setDefault(&c.EmbedBatch, 256)
	setDefault(&c.ChatTimeout, 60*time.Second)
	setDefault(&c.EmbedTimeout, 60*time.Second)
	setDefault(&c.FirstByteTimeout, 15*time.Second)
	setDefault(&c.IdleTimeout, rateWindow)
	setDefault(&c.MaxResponseBytes, 8<<20)
	setDefault(&c.MaxAttempts, defaultAttempts)
	setDefault(&c.Backoff, 250*time.Millisecond)
	setDefault(&c.MaxBackoff, 8*time.Second)
	setDefault(&c.BreakerFailures, 5)
	setDefault(&c.BreakerDelay, 15*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// A Client talks to one OpenAI-compatible server. It is safe for concurrent
// use. Close it to drop its idle connections.
type Client struct {
	cfg  Config
	http *http.Client
	api  *openai.Client

	chat, embed *endpoint
	pace        limits // of every stream

	mu       sync.Mutex
	dialects map[string]dialect // by model: what the server turned out not to take
	dims     int                // length of EmbedModel's vectors, 0 until known
}

// NewClient checks cfg and makes a client. It does not touch the network.
func NewClient(cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{
		cfg:      cfg,
		http:     newHTTPClient(cfg.HTTP),
		dialects: make(map[string]dialect),
		dims:     cfg.EmbedDimensions,
	}
	c.chat = newEndpoint("chat", cfg)
	c.embed = newEndpoint("embeddings", cfg)
	c.pace = limits{first: cfg.FirstByteTimeout, idle: cfg.IdleTimeout, open: openWait, window: rateWindow}
	oc := openai.DefaultConfig(cfg.APIKey)
	oc.BaseURL = cfg.BaseURL
	oc.HTTPClient = c.http
	// Some servers keep a connection alive with comment lines while they think;
	// the library counts each against this limit. The body's size is bounded by
	// the transport anyway.
	oc.EmptyMessagesLimit = 1 << 20
	c.api = openai.NewClientWithConfig(oc)
	return c, nil
}

// ChatModel is the configured chat model, "" if there is none.
func (c *Client) ChatModel() string { return c.cfg.ChatModel }

// EmbedModel is the configured embedding model, "" if there is none.
func (c *Client) EmbedModel() string { return c.cfg.EmbedModel }

// Close drops idle connections. Calls under way finish, and the client can
// still be used afterwards.
func (c *Client) Close() { c.http.CloseIdleConnections() }
