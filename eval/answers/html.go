package answers

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's own files
	"encoding/base64"
	"html/template"
	"io"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
)

// pagePolicy lets the page run and show nothing but its own script and style, and reach nothing: they are named by their
// hashes. Nothing of it makes HTML of text, which Trusted Types would refuse as well.
var pagePolicy = "default-src 'none'; script-src '" + cspHash(pageJS) + "'; style-src '" + cspHash(pageCSS) + "'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// cspHash is how a policy names an inline element (Content Security Policy Level 3, 2.3.1).
func cspHash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// WriteHTML writes the report as one page that needs nothing else: no network, no font, no other file. earlier is the run to
// stand beside it; nil: none. Every text goes through html/template.
func (r *Report) WriteHTML(w io.Writer, earlier *Report) error {
	view := viewOf(r, earlier)
	view.Policy = pagePolicy
	view.Style, view.Script = template.CSS(pageCSS), template.JS(pageJS) //nolint:gosec // files of ours, the same for every report
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, view); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
