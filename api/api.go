// Package api is the HTTP edge: routes, problem+json, server-sent events, the page.
//
// It holds no logic of the tutor. A handler turns a request into a call of answer or retrieve and the result into
// JSON; problems become status and code in one place, problem.go. Student text never goes into a log line.
package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Config is what the API serves from. All but Status.DemoModels and UploadPause is required.
type Config struct {
	DB       *postgres.DB
	Searcher *retrieve.Searcher
	Tutor    *answer.Tutor
	Ingester *ingest.Ingester
	Log      *slog.Logger
	Status   Status
	// UploadPause is how long an upload may send nothing before it is given up. 0: 20 s. The whole has 5 min.
	UploadPause time.Duration
}

// Status is what GET /v1/status tells about the server.
type Status struct {
	Version    string      `json:"version"`
	Model      string      `json:"model" doc:"The chat model; empty: answers are extractive."`
	Embedder   string      `json:"embedder" doc:"The embedding space that is searched."`
	DemoModels []DemoModel `json:"demo_models" doc:"Scripted models that this server offers to show a rejection. Empty outside demo mode."`
}

// DemoModel is a scripted model of the demo mode.
type DemoModel struct {
	Name  string `json:"name" doc:"What to send as model."`
	Label string `json:"label" doc:"What it does, to go on from \"The scripted model …\"."`
}

// server is the handlers' common ground.
type server struct {
	Config
	huma    huma.API
	uploads chan struct{} // as many as are in memory
}

// Limits of a request. A question is at most 4,000 characters; the rest of a body is names.
const (
	maxBody      = 64 << 10
	maxDrain     = 4 << 20
	bodyTimeout  = 10 * time.Second
	readTimeout  = 15 * time.Second // of a request without a model call
	writeTimeout = 10 * time.Second // of one event on a stream
	heartbeat    = 10 * time.Second // between comments on a silent stream
	pingTimeout  = 2 * time.Second  // for the database to say that it is there
)

// New returns the API's handler. It answers on loopback names only and refuses cross-origin browser requests: until
// there is access control, whoever can reach it may ask it.
func New(cfg Config) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	if err := engine.SetTrustedProxies(nil); err != nil {
		panic(err) // nil is always valid
	}
	s := &server{Config: cfg, uploads: make(chan struct{}, maxUploads)}
	if s.UploadPause == 0 {
		s.UploadPause = uploadPause
	}
	if s.Status.DemoModels == nil {
		s.Status.DemoModels = []DemoModel{}
	}
	engine.Use(gin.CustomRecoveryWithWriter(nil, s.recovered), loopbackOnly, securityHeaders, smallBody)
	engine.NoRoute(func(c *gin.Context) { writeProblem(c, notFound("there is nothing at this address")) })
	engine.NoMethod(func(c *gin.Context) {
		writeProblem(c, &Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: "this address does not take " + c.Request.Method})
	})
	s.page(engine)

	config := huma.DefaultConfig("Lectern", cfg.Status.Version)
	config.Info.Description = "A study tutor whose every sentence carries a verified quote from the lecture."
	config.DocsPath = "" // its page loads scripts from elsewhere
	config.CreateHooks = nil
	config.Formats = formats()
	config.RejectUnknownQueryParameters = true
	s.huma = humagin.New(engine, config)
	s.health(engine)
	s.courses()
	s.course()
	s.lectures()
	s.transcripts()
	s.jobs()
	s.search()
	s.answers()
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		p := &Problem{Status: http.StatusForbidden, Code: "cross_origin", Detail: "another site's page may not ask here"}
		_ = json.NewEncoder(w).Encode(p.complete()) // the client is refused either way
	}))
	return origins.Handler(headAsGet(engine))
}

// headAsGet lets every GET route answer HEAD, as HTTP asks for and health checks do: net/http itself leaves the body
// away.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			r = r.WithContext(context.WithValue(r.Context(), headKey{}, true))
			r.Method = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

type headKey struct{}

// isHead tells a handler of GET that the body is not wanted, where it would be much work.
func isHead(ctx context.Context) bool { return ctx.Value(headKey{}) != nil }

// schema is v's schema, registered under its own name.
func (s *server) schema(v any, name string) *huma.Schema {
	return s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, name)
}

// scope is on whose behalf a request reads. Until there is access control that is always the local principal.
func scope(course string, lectures []string, seen []watched) postgres.Scope {
	lectures = slices.Clone(lectures)
	slices.Sort(lectures)
	where := postgres.Scope{Principal: postgres.Local, Course: course, Lectures: slices.Compact(lectures)}
	for _, w := range seen {
		where.Seen = append(where.Seen, postgres.Seen{Lecture: w.Lecture, UntilMS: w.UntilMS})
	}
	return where
}

// watched says how far the student has watched a lecture. Lectures that are not named are not limited.
type watched struct {
	Lecture string `json:"lecture" minLength:"1" maxLength:"128" example:"02-http-and-dns"`
	UntilMS int64  `json:"until_ms" minimum:"0" doc:"In ms from the lecture's start. Nothing that ends later is found or shown. A lecture without times is withheld whole." example:"754000"`
}

// health answers those who start and watch the process: alive, and able to answer.
func (s *server) health(engine *gin.Engine) {
	engine.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	engine.GET("/readyz", func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), pingTimeout)
		defer cancel()
		if err := s.DB.Ping(ctx); err != nil {
			s.Log.ErrorContext(ctx, "not ready", "err", err)
			writeProblem(c, databaseDown())
			return
		}
		c.String(http.StatusOK, "ready\n")
	})
}

func (s *server) recovered(c *gin.Context, reason any) {
	s.Log.ErrorContext(c.Request.Context(), "handler panicked", "route", c.FullPath(), "panic", reason)
	if !c.Writer.Written() {
		writeProblem(c, internal())
	}
	c.Abort()
}

// loopbackOnly refuses a Host that is not this machine: a page elsewhere that points its own name at 127.0.0.1 (DNS
// rebinding) would otherwise read the answers.
func loopbackOnly(c *gin.Context) {
	host := c.Request.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		writeProblem(c, &Problem{Status: http.StatusMisdirectedRequest, Code: "not_this_host", Detail: "this server answers to localhost only"})
		c.Abort()
	}
}

// smallBody answers a body that says it is too large before anything reads it. What was sent is read and thrown away up
// to a limit: closing on a client that still writes would reset the connection and take the answer with it.
func smallBody(c *gin.Context) {
	if takesUpload(c) {
		c.Next()
		drainRest(c)
		return
	}
	if c.Request.ContentLength <= maxBody {
		return
	}
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyTimeout))
	_, _ = io.CopyN(io.Discard, c.Request.Body, maxDrain)
	writeProblem(c, &Problem{Status: http.StatusRequestEntityTooLarge, Code: codeOf(http.StatusRequestEntityTooLarge), Detail: tooLarge})
	c.Abort()
}

func securityHeaders(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}
