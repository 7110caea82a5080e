package api

import (
	"embed"
	"net/http"

	"github.com/gin-gonic/gin"
)

//go:embed page
var pageFiles embed.FS

// pagePolicy lets the page load its own script, style and icon, talk to this server, and nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page serves the one page there is.
func (s *server) page(engine *gin.Engine) {
	for path, file := range map[string]struct{ name, kind string }{
		"/":                 {"index.html", "text/html; charset=utf-8"},
		"/page/page.js":     {"page.js", "text/javascript; charset=utf-8"},
		"/page/page.css":    {"page.css", "text/css; charset=utf-8"},
		"/page/favicon.svg": {"favicon.svg", "image/svg+xml"},
	} {
		body, err := pageFiles.ReadFile("page/" + file.name)
		if err != nil {
			panic(err) // the files are part of the program
		}
		engine.GET(path, func(c *gin.Context) {
			c.Header("Content-Security-Policy", pagePolicy)
			c.Data(http.StatusOK, file.kind, body)
		})
	}
}
