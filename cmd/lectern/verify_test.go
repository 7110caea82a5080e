package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// exported is an answer as JSON, to be changed in one place.
type exported map[string]any

func (e exported) sentence() map[string]any { return e["sentences"].([]any)[0].(map[string]any) }
func (e exported) citation() map[string]any {
	return e.sentence()["citations"].([]any)[0].(map[string]any)
}

// verifying is a database with the bundled course, a server over it, and an answer that was exported from it.
type verifying struct {
	t        *testing.T
	server   string
	proxy    func([]byte) []byte // changes what the server says of a chunk; nil: nothing
	scripts  []string            // --transcript for every lecture
	original []byte
}

func newVerifying(t *testing.T) *verifying {
	t.Helper()
	application, owner := pgtest.URLs(t)
	t.Setenv("LECTERN_DATABASE_URL", application)
	t.Setenv("LECTERN_MIGRATE_URL", owner)
	v := &verifying{t: t}
	var out, log bytes.Buffer
	for _, args := range [][]string{
		{"ingest", "../../courses/networks"},
		{"ask", "--course", "networks", "--json", "What is a hidden terminal in Wi-Fi?"},
	} {
		out.Reset()
		if err := run(t.Context(), args, &out, &log); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
	}
	v.original = bytes.Clone(out.Bytes())
	a := &app{config: config{DatabaseURL: application, MigrateURL: owner}, stdout: io.Discard, stderr: io.Discard}
	t.Cleanup(func() { _ = a.close() })
	rooms, err := a.rooms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	handler, err := a.handler(t.Context(), rooms, false)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v.proxy == nil {
			handler.ServeHTTP(w, r)
			return
		}
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, r)
		w.WriteHeader(got.Code)
		_, _ = w.Write(v.proxy(got.Body.Bytes()))
	}))
	t.Cleanup(srv.Close)
	v.server = srv.URL
	files, err := filepath.Glob("../../courses/networks/*.vtt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, f := range files {
		v.scripts = append(v.scripts, "--transcript="+f)
	}
	return v
}

// with returns the answer with one change.
func (v *verifying) with(change func(exported)) []byte {
	v.t.Helper()
	var e exported
	if err := json.Unmarshal(v.original, &e); err != nil {
		v.t.Fatal(err)
	}
	change(e)
	b, err := json.Marshal(e)
	if err != nil {
		v.t.Fatal(err)
	}
	return b
}

// verify runs the command and returns its exit status and output.
func (v *verifying) verify(answer []byte, flags ...string) (status int, printed string) {
	v.t.Helper()
	name := filepath.Join(v.t.TempDir(), "answer.json")
	if err := os.WriteFile(name, answer, 0o600); err != nil {
		v.t.Fatal(err)
	}
	var out, log bytes.Buffer
	err := run(v.t.Context(), append([]string{"verify", name}, flags...), &out, &log)
	var exit exitCode
	if err != nil && !errors.As(err, &exit) {
		v.t.Fatalf("%v\n%s", err, log.String())
	}
	return int(exit), out.String() + log.String()
}

// TestVerify: an answer as it was exported holds, against a server and against transcripts, and whatever single field of it
// is changed, it does not.
func TestVerify(t *testing.T) {
	v := newVerifying(t)
	against := map[string][]string{"server": {"--url", v.server}, "transcripts": v.scripts}
	for name, flags := range against {
		if status, out := v.verify(v.original, flags...); status != 0 || !strings.Contains(out, "holds  citation 1 of sentence 1: 08-link-layer version 1 ") || strings.Contains(out, "note") {
			t.Errorf("%s: exit status %d\n%s", name, status, out)
		}
	}
	byModel := func(e exported) { e["mode"], e["message"] = "model", "" }
	set := func(key string, value any) func(exported) { return func(e exported) { e[key] = value } }
	cite := func(key string, value any) func(exported) { return func(e exported) { e.citation()[key] = value } }
	more := func(key string, by float64) func(exported) {
		return func(e exported) { e.citation()[key] = e.citation()[key].(float64) + by }
	}
	for name, tt := range map[string]struct {
		change func(exported)
		say    string
	}{
		"answer_id":              {set("answer_id", "an_x"), "answer_id is not"},
		"course":                 {set("course", "history"), "another course than the answer"},
		"no course":              {set("course", "../x"), "course is not"},
		"refused with sentences": {set("outcome", "refused"), "there are sentences"},
		"not there, but it is":   {set("outcome", "not_in_lecture"), "there are sentences"},
		"no outcome":             {set("outcome", ""), "outcome is none"},
		"by a model":             {set("mode", "model"), "the message is not"},
		"by nobody":              {set("mode", "none"), "does not say by whom"},
		"message":                {set("message", "The teacher said so."), "the message is not"},
		"no sentences":           {set("sentences", []any{}), "there is no sentence"},
		"no attempts":            {set("attempts", []any{}), "not a pass"},
		"rejected":               {func(e exported) { e["attempts"].([]any)[0].(map[string]any)["verdict"] = "rejected" }, "not a pass"},
		"prompt":                 {func(e exported) { e["prompt"].(map[string]any)["sha256"] = strings.Repeat("0", 64) }, "has another hash"},
		"a word of the sentence": {func(e exported) {
			e.sentence()["text"] = "Not: " + e.sentence()["text"].(string)
		}, "not what it quotes"},
		"no text":      {func(e exported) { byModel(e); e.sentence()["text"] = " " }, "no text"},
		"no citations": {func(e exported) { e.sentence()["citations"] = []any{} }, "it has no citation"},
		"citations renamed": {func(e exported) {
			e.sentence()["sources"] = e.sentence()["citations"]
			delete(e.sentence(), "citations")
		}, "it has no citation"},
		"a sentence added":   {func(e exported) { e["sentences"] = append(e["sentences"].([]any), map[string]any{"text": "And more."}) }, "it has no citation"},
		"cited course":       {cite("course", "history"), "another course than the answer"},
		"cited lecture":      {cite("lecture", "04-tcp"), ""},
		"no such lecture":    {cite("lecture", "10-nothing"), ""},
		"path for a lecture": {cite("lecture", "../../status"), "lecture is not"},
		"version 0":          {cite("version", 0), "version is not"},
		"chunk_id": {func(e exported) {
			id := []byte(e.citation()["chunk_id"].(string))
			id[9] ^= 'a' ^ 'b'
			if id[9] < 'a' || id[9] > 'z' {
				id[9] = 'q'
			}
			e.citation()["chunk_id"] = string(id)
		}, ""},
		"no chunk_id":            {cite("chunk_id", "c1"), "chunk_id is not"},
		"quote that nobody said": {cite("quote", "A hidden terminal is a station that everybody can hear."), "does not stand in the chunk"},
		"quote in other case":    {func(e exported) { e.citation()["quote"] = strings.ToUpper(e.citation()["quote"].(string)) }, "does not stand in the chunk"},
		"longer quote":           {func(e exported) { e.citation()["quote"] = e.citation()["quote"].(string) + " And so on." }, "does not stand in the chunk"},
		"shorter quote":          {func(e exported) { e.citation()["quote"] = "A hidden terminal" }, ""},
		"no quote":               {cite("quote", ""), "there is no quote"},
		"start_ms":               {more("start_ms", 1), "not spoken at these times"},
		"end_ms":                 {more("end_ms", -1), "not spoken at these times"},
		"no start_ms":            {cite("start_ms", nil), "is missing"},
		"no times":               {func(e exported) { e.citation()["start_ms"], e.citation()["end_ms"] = nil, nil }, "not spoken at these times"},
	} {
		t.Run(name, func(t *testing.T) {
			v.t = t
			for name, flags := range against {
				if status, out := v.verify(v.with(tt.change), flags...); status != 1 || !strings.Contains(out, "FAILS") || !strings.Contains(out, tt.say) || !strings.Contains(out, "does not hold") {
					t.Errorf("%s: exit status %d, want 1 and %q\n%s", name, status, tt.say, out)
				}
			}
		})
	}
	v.t = t
	// A file has no version; a server does.
	if status, out := v.verify(v.with(cite("version", 2)), against["server"]...); status != 1 || !strings.Contains(out, "no such chunk in this version") {
		t.Errorf("another version: exit status %d\n%s", status, out)
	}
	if status, out := v.verify(v.with(cite("version", 2)), v.scripts...); status != 0 || !strings.Contains(out, "version numbers were not checked") {
		t.Errorf("another version, by file: exit status %d\n%s", status, out)
	}
	// What a model wrote is beyond proof, and the command says so; what the guard can say of it, it says.
	changed := v.with(func(e exported) { byModel(e); e.sentence()["text"] = "A hidden terminal is a kind of shark." })
	if status, out := v.verify(changed, v.scripts...); status != 0 || !strings.Contains(out, "no hash proves it") {
		t.Errorf("another text: exit status %d\n%s", status, out)
	}
	unsafe := v.with(func(e exported) { byModel(e); e.sentence()["text"] = "See ![this](http://example.org/a.png)." })
	if status, out := v.verify(unsafe, v.scripts...); status != 0 || !strings.Contains(out, "note   sentence 1: the guard has this against its text: unknown_citation, unsafe_output") {
		t.Errorf("unsafe text: exit status %d\n%s", status, out)
	}
	if status, _ := v.verify(unsafe, append(v.scripts, "--strict")...); status != 1 {
		t.Errorf("unsafe text, --strict: exit status %d", status)
	}
	// An edited transcript is another one.
	text, err := os.ReadFile("../../courses/networks/08-link-layer.vtt")
	if err != nil {
		t.Fatal(err)
	}
	edited := filepath.Join(t.TempDir(), "08-link-layer.vtt")
	if err := os.WriteFile(edited, bytes.Replace(text, []byte("hidden terminal"), []byte("hidden station"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := v.verify(v.original, "--transcript", edited); status != 1 || !strings.Contains(out, "no stretch of the transcript has this id") {
		t.Errorf("an edited transcript: exit status %d\n%s", status, out)
	}
	if status, out := v.verify(v.original, "--transcript", "08-link-layer=../../courses/networks/04-tcp.vtt"); status != 1 {
		t.Errorf("another transcript: exit status %d\n%s", status, out)
	}

	// Nothing can be said: status 2.
	for name, tt := range map[string]struct {
		answer []byte
		flags  []string
		say    string
	}{
		"nothing to check against": {v.original, nil, "say what to check against"},
		"both":                     {v.original, append([]string{"--url", v.server}, v.scripts...), "say what to check against"},
		"no address":               {v.original, []string{"--url", "localhost"}, "not an address"},
		"nobody there":             {v.original, []string{"--url", "http://127.0.0.1:1"}, "refused"},
		"no transcript":            {v.original, []string{"--transcript", "nope.vtt"}, "nope.vtt"},
		"one lecture twice":        {v.original, []string{"--transcript", "a=x.vtt", "--transcript", "a=y.vtt"}, "two files"},
		"no JSON":                  {[]byte("no"), v.scripts, "not an answer"},
		"two answers":              {append(bytes.Clone(v.original), v.original...), v.scripts, "something stands behind"},
		"another type":             {v.with(set("sentences", "none")), v.scripts, "not an answer"},
		"too large":                {bytes.Repeat([]byte(" "), 9<<20), v.scripts, "larger than"},
	} {
		if status, out := v.verify(tt.answer, tt.flags...); status != 2 || !strings.Contains(out, tt.say) {
			t.Errorf("%s: exit status %d, want 2 and %q\n%s", name, status, tt.say, out)
		}
	}
}

// TestVerifyLyingServer: a server is not believed.
func TestVerifyLyingServer(t *testing.T) {
	v := newVerifying(t)
	const lie = "A hidden terminal is a station that everybody can hear, always."
	for name, tt := range map[string]struct {
		lie func(map[string]any)
		say string
	}{
		"another text":    {func(c map[string]any) { c["text"] = lie }, "the id is not that of the text"},
		"a longer text":   {func(c map[string]any) { c["text"] = c["text"].(string) + " " + lie }, "the id is not that of the text"},
		"another id":      {func(c map[string]any) { c["chunk_id"] = "ck_" + strings.Repeat("a", 32) }, "another chunk than was asked for"},
		"another version": {func(c map[string]any) { c["version"] = 2 }, "another chunk than was asked for"},
		"another lecture": {func(c map[string]any) { c["lecture"] = "04-tcp" }, "another chunk than was asked for"},
		"no times":        {func(c map[string]any) { c["timed"] = false }, "has no times"},
		"no cues":         {func(c map[string]any) { c["cues"] = []any{} }, "not spoken at these times"},
	} {
		v.proxy = func(body []byte) []byte {
			var c map[string]any
			if err := json.Unmarshal(body, &c); err != nil {
				panic(fmt.Sprintf("%v: %s", err, body))
			}
			tt.lie(c)
			body, _ = json.Marshal(c)
			return body
		}
		quote := func(exported) {}
		if strings.Contains(name, "text") {
			quote = func(e exported) { e.citation()["quote"], e.sentence()["text"] = lie, lie }
		}
		status, out := v.verify(v.with(quote), "--url", v.server)
		want := tt.say
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("%s: exit status %d, want 1 and %q\n%s", name, status, want, out)
		}
	}
	v.proxy = func([]byte) []byte { return []byte("<html>") }
	if status, out := v.verify(v.original, "--url", v.server); status != 2 || !strings.Contains(out, "cannot be read") {
		t.Errorf("a page: exit status %d\n%s", status, out)
	}
}
