package answers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// one records one exchange.
func one(t *testing.T) (*Recorder, Index) {
	t.Helper()
	srv, r := recorder(t)
	srv.Enqueue(llmtest.Reply{Content: "Each layer adds a header."}, llmtest.Reply{Content: "A window."})
	c := model(t, srv.URL(), r)
	for _, q := range []string{"what does each layer of the stack add to a message on its way down", "who limits the sender"} {
		if _, err := c.Chat(withRepeat(t.Context(), 1), question(q)); err != nil {
			t.Fatal(err)
		}
	}
	return r, finish(t, r)
}

func post(t *testing.T, rt http.RoundTripper, repeat int, body string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(withRepeat(t.Context(), repeat), http.MethodPost, nowhere+"/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err == nil {
		err = resp.Body.Close()
	}
	return err
}

func TestUnknownRequest(t *testing.T) {
	r, _ := one(t)
	p := open(t, r)
	x, err := readExchange(filepath.Join(r.dir, p.index.Exchanges[0].File))
	if err != nil {
		t.Fatal(err)
	}
	known := string(x.Request.JSON)
	// White space and the order of names are not part of a request.
	spaced := strings.Replace(known, "{", "{ \"zzz\" : 1,\n", 1)
	for name, c := range map[string]struct {
		repeat int
		body   string
		want   []string
	}{
		"another repeat":   {0, known, []string{"the same request is recorded for repeat 1, in " + x.file()}},
		"a field more":     {1, spaced, []string{"differs at zzz", x.file()}},
		"another model":    {1, strings.Replace(known, `"scripted"`, `"other"`, 1), []string{"differs at model", x.file()}},
		"nothing like it":  {1, `{"input":["wholly other words than those"]}`, []string{"wholly other words"}},
		"no JSON":          {1, "\xff plain", []string{"\ufffd plain"}},
		"a long one":       {1, strings.Repeat("ä", 3000), []string{strings.Repeat("ä", 2000) + "… (1000 more characters)"}},
		"with the API key": {1, `{"user":"` + testKey + `"}`, []string{`{"user":"[secret]"}`}},
	} {
		err := post(t, p, c.repeat, c.body)
		if err == nil {
			t.Errorf("%s: it was answered", name)
			continue
		}
		for _, want := range append(c.want, "POST /v1/chat/completions", r.dir) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %q", name, err, want)
			}
		}
		if name == "nothing like it" && strings.Contains(err.Error(), "nearest") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := post(t, p, 1, known); err != nil {
		t.Error(err)
	}
	if err := post(t, p, 1, known); err == nil || !strings.Contains(err.Error(), "for the time number 2, and 1 were recorded") {
		t.Errorf("once more: %v", err)
	}
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "and 3 more") {
		t.Errorf("all faults: %v", err)
	}
	if got := p.Unused(); len(got) != 1 {
		t.Errorf("unused: %v", got)
	}
}

// TestWatch: a tutor that falls back when the model cannot be reached does not hide that the recording has nothing for it.
func TestWatch(t *testing.T) {
	r, _ := one(t)
	p := open(t, r)
	c := model(t, nowhere, p)
	ask := asking(func(ctx context.Context, task Task, repeat int) Reply {
		_, err := c.Chat(withRepeat(ctx, repeat), question(task.Question))
		if err != nil {
			return Reply{Took: time.Second} // as if nothing had been
		}
		return Reply{Took: 2 * time.Second}
	})
	w := p.Watch(ask)
	if got := w.Ask(t.Context(), Task{Question: "who limits the sender"}, 1); got.Err != nil || got.Took != 2*time.Second {
		t.Errorf("a recorded one: %+v", got)
	}
	got := w.Ask(t.Context(), Task{Question: "who limits the receiver"}, 1)
	if got.Err == nil || !strings.Contains(got.Err.Error(), "who limits the receiver") || got.Took != time.Second {
		t.Errorf("an unknown one: %+v", got)
	}
}

type asking func(ctx context.Context, t Task, repeat int) Reply

func (a asking) Ask(ctx context.Context, t Task, repeat int) Reply { return a(ctx, t, repeat) }

func TestEditedRecording(t *testing.T) {
	edit := func(file, old, new string) func(dir string) error {
		return func(dir string) error {
			path := filepath.Join(dir, file)
			b, err := os.ReadFile(path)
			if err == nil && !strings.Contains(string(b), old) {
				err = errors.New(old + " is not in " + file)
			}
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(b), old, new, 1)), 0o600)
		}
	}
	r, x := one(t)
	file, other := x.Exchanges[0].File, x.Exchanges[1].File
	for name, c := range map[string]struct {
		do   func(dir string) error
		want []string
	}{
		"an answer":     {edit(file, "finish_reason", "finish_raison"), []string{file, "edited"}},
		"a status":      {edit(file, `"status": 200`, `"status": 201`), []string{file, "edited"}},
		"no JSON":       {edit(file, `"status": 200`, `"status": 200,,`), []string{file, "line "}},
		"a field":       {edit(file, `"key"`, `"quay"`), []string{file, "quay"}},
		"the index":     {edit(indexFile, `"status": 200`, `"status": 500`), []string{indexFile, "edited"}},
		"a path":        {edit(indexFile, file, "../"+file), []string{indexFile, "edited"}},
		"missing":       {func(dir string) error { return os.Remove(filepath.Join(dir, file)) }, []string{file, "missing"}},
		"index missing": {func(dir string) error { return os.Remove(filepath.Join(dir, indexFile)) }, []string{indexFile, "missing"}},
		"added":         {func(dir string) error { return os.WriteFile(filepath.Join(dir, "new.json"), nil, 0o600) }, []string{"new.json", "does not list"}},
		"exchanged": {func(dir string) error {
			b, err := os.ReadFile(filepath.Join(dir, other))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(dir, file), b, 0o600)
		}, []string{file, "holds the exchange of " + other}},
		"signed anew": {func(dir string) error {
			x, err := readExchange(filepath.Join(dir, file))
			if err != nil {
				return err
			}
			x.Response.Lines = []string{"{}"}
			x.SHA256 = x.sum()
			return os.WriteFile(filepath.Join(dir, file), encode(x), 0o600)
		}, []string{file, "not the file that index.json lists"}},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(r.dir)); err != nil {
			t.Fatal(err)
		}
		if err := c.do(dir); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err := OpenReplay(dir, "")
		if err == nil {
			t.Errorf("%s: it was accepted", name)
			continue
		}
		for _, want := range append(c.want, dir) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %q", name, err, want)
			}
		}
	}
}

// TestEditedUnderWay: the hash is looked at again when the file is used.
func TestEditedUnderWay(t *testing.T) {
	r, x := one(t)
	p := open(t, r)
	known, err := readExchange(filepath.Join(r.dir, x.Exchanges[0].File))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.dir, x.Exchanges[0].File)); err != nil {
		t.Fatal(err)
	}
	if err := post(t, p, 1, string(known.Request.JSON)); err == nil || !strings.Contains(err.Error(), "missing") || p.Err() == nil {
		t.Errorf("a file that went away: %v, %v", err, p.Err())
	}
}

// TestReplayHonoursItsContext: a deadline that passes here and did not pass there is told.
func TestReplayHonoursItsContext(t *testing.T) {
	r, x := one(t)
	for _, after := range []bool{false, true} {
		p := open(t, r)
		known, err := readExchange(filepath.Join(r.dir, x.Exchanges[0].File))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(withRepeat(t.Context(), 1))
		if !after {
			cancel()
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, nowhere+"/chat/completions", bytes.NewReader(known.Request.JSON))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := p.RoundTrip(req)
		if err == nil {
			cancel()
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		cancel()
		if !errors.Is(err, context.Canceled) || p.Err() == nil || !strings.Contains(p.Err().Error(), known.file()) {
			t.Errorf("cancelled after the response: %v: %v, %v", after, err, p.Err())
		}
	}
}

func TestDrift(t *testing.T) {
	old := Index{Models: []Model{{"m", "m-1", "fp_a", 5}, {"m", "m-1", "fp_b", 5}, {"gone", "gone", "", 1}, {"e", "e", "", 9}}}
	now := Index{Models: []Model{{"m", "", "", 7}, {"m", "m-1", "fp_a", 6}, {"m", "m-2", "fp_a", 1}, {"m", "m-1", "", 1}, {"new", "new", "", 1}, {"e", "e", "", 2}}}
	got := Drift(old, now)
	if len(got) != 1 || got[0].Asked != "m" || got[0].New != 2 || got[0].Requests != 8 || got[0].Share() != 0.25 {
		t.Fatalf("%+v", got)
	}
	want := "m: 2 of 8 requests (25.0 %) were answered by m-2 (fingerprint fp_a), m-1 (fingerprint not given), and in the last run by m-1 (fingerprint fp_a), m-1 (fingerprint fp_b)"
	if got := got[0].String(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if same := Drift(now, now); len(same) != 0 {
		t.Errorf("a run and itself: %v", same)
	}
}

func TestModelsAsAnswered(t *testing.T) {
	for body, want := range map[string][2]string{
		`{"model":"a","system_fingerprint":"f"}`:                            {"a", "f"},
		"{\n\"model\":\"a\"\n}":                                             {"a", ""},
		"data: {\"model\":\"a\"}\n\ndata: {\"system_fingerprint\":\"f\"}\n": {"a", "f"},
		": keep-alive\n\ndata:{\"model\":\"\"}\ndata: {\"model\":\"b\"}":    {"b", ""},
		"data: [DONE]": {"", ""}, "": {"", ""}, `{"model":3}`: {"", ""},
	} {
		var r response
		r.setBody([]byte(body))
		name, fingerprint := r.model()
		if diff := cmp.Diff(want, [2]string{name, fingerprint}); diff != "" {
			t.Errorf("%q: %s", body, diff)
		}
	}
}

func FuzzRecording(f *testing.F) {
	x := newExchangeOf(f, []byte(`{"b":1e-06,"a":[null,"<&>\u2028"]}`), []byte("data: {}\r\n\n\x00\xff"))
	f.Add(encode(x), []byte(`{"a":1}`), []byte("text"))
	x = newExchangeOf(f, []byte("\xff"), nil)
	f.Add(encode(x), []byte("null"), []byte(`{"k":"`+strings.ReplaceAll(testKey, "k", `\u006b`)+`"}`))
	f.Add([]byte(`{"sha256":"","began":"9999-12-31T23:59:59Z"}`), []byte(testKey), []byte("data: {\"a\":\"\\ud800\"}\ndata:"))
	f.Fuzz(func(t *testing.T, file, request, reply []byte) {
		if got, err := parseExchange(file); err == nil {
			again, err := parseExchange(encode(got))
			if err != nil {
				t.Fatalf("%v\n%s", err, encode(got))
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Fatal(diff)
			}
		}
		_, _ = parseIndex(file)
		x := newExchangeOf(t, request, reply)
		text := encode(x)
		got, err := parseExchange(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(x.Key, got.Key); diff != "" {
			t.Fatal(diff)
		}
		if strings.Contains(string(text), testKey) {
			t.Fatalf("the key is in %s", text)
		}
		scrub, err := newScrubber(testKey)
		if err != nil {
			t.Fatal(err)
		}
		body, err := got.Response.body()
		if err != nil || string(body) != string(scrub.reply(reply)) {
			t.Fatalf("the reply %q became %q, %v", reply, body, err)
		}
		if v, ok := decode(body); ok && strings.Contains(string(compact(v)), testKey) {
			t.Fatalf("the key is in %q", body)
		}
	})
}

func newExchangeOf(t testing.TB, body, reply []byte) *exchange {
	t.Helper()
	scrub, err := newScrubber(testKey)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, nowhere+"/chat/completions?key=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	x := newExchange(req, body, 1, scrub)
	x.Response.Status, x.End = 200, EndWhole
	x.Response.setBody(scrub.reply(reply))
	x.SHA256 = x.sum()
	return x
}
