package answers

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// scrubbed stands where a secret was.
const scrubbed = "[secret]"

// leastSecret is the length, in bytes, below which a value is not looked for in texts: it would be found in ordinary words.
const leastSecret = 8

// A scrubber takes secrets out of what is recorded. Headers and query values that are not on an allow list are never written.
// The API key is taken out of paths and bodies as well, also where it is escaped as JSON or for a URL, and so is what stood
// in headers, cookies and query values that hold secrets, if it has a letter and a digit: an organisation that is called by
// an ordinary word is not. A secret that a stream spells in pieces is not found.
type scrubber struct{ secrets []string } // longest first, each also as JSON and URLs write it

// What is written of headers, by canonical name; and of a query, by name.
var (
	keptRequest = []string{"Accept", "Content-Type"}
	keptReply   = []string{"Content-Type", "Retry-After", "Retry-After-Ms", "X-Request-Id"}
	keptQuery   = []string{"api-version"}
)

// secretHeaders hold secrets.
var secretHeaders = []string{
	"Authorization", "Proxy-Authorization", "Api-Key", "X-Api-Key", "X-Goog-Api-Key", "Ocp-Apim-Subscription-Key", "X-Auth-Token",
	"Cookie", "Set-Cookie", "Openai-Organization", "Openai-Project",
}

func newScrubber(apiKey string) (scrubber, error) {
	if apiKey != "" && len(apiKey) < leastSecret {
		return scrubber{}, errors.New("recording: the API key is shorter than 8 bytes, so it could not be told from ordinary words in what is recorded; leave it out if the server needs none")
	}
	return scrubber{}.with(apiKey), nil
}

func (s scrubber) with(secrets ...string) scrubber {
	out := slices.Clone(s.secrets)
	for _, v := range secrets {
		if len(v) < leastSecret {
			continue
		}
		quoted, _ := json.Marshal(v) // strings always marshal
		for _, form := range []string{v, string(quoted[1 : len(quoted)-1]), url.QueryEscape(v), url.PathEscape(v)} {
			if !slices.Contains(out, form) {
				out = append(out, form)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return scrubber{out}
}

// withHeader adds what stands in the headers that hold secrets.
func (s scrubber) withHeader(h http.Header) scrubber {
	var found []string
	for _, name := range secretHeaders {
		for _, v := range h.Values(name) {
			switch name {
			case "Cookie", "Set-Cookie":
				for i, pair := range strings.Split(v, ";") {
					if _, value, ok := strings.Cut(pair, "="); ok && (i == 0 || name == "Cookie") { // behind it are Path and the like
						found = append(found, strings.Trim(value, ` "`))
					}
				}
			case "Authorization", "Proxy-Authorization":
				_, token, _ := strings.Cut(v, " ")
				pair, _ := base64.StdEncoding.DecodeString(token) // what it decodes to, if it is one
				_, password, _ := strings.Cut(string(pair), ":")
				found = append(found, v, token, password)
			default:
				found = append(found, v)
			}
		}
	}
	return s.withLikely(found)
}

// withLikely adds those that look like secrets.
func (s scrubber) withLikely(found []string) scrubber {
	return s.with(slices.DeleteFunc(found, func(v string) bool {
		return !strings.ContainsFunc(v, unicode.IsDigit) || !strings.ContainsFunc(v, unicode.IsLetter)
	})...)
}

// withURL adds the password of the address and the values of its query that are not allowed.
func (s scrubber) withURL(u *url.URL) scrubber {
	password, _ := u.User.Password()
	found := []string{password}
	for name, values := range u.Query() {
		if !slices.Contains(keptQuery, name) {
			found = append(found, values...)
		}
	}
	return s.withLikely(found)
}

func (s scrubber) text(t string) string {
	for _, secret := range s.secrets {
		t = strings.ReplaceAll(t, secret, scrubbed)
	}
	return t
}

// path is the URL's path with the names of its query in order, and only the values that are allowed.
func (s scrubber) path(u *url.URL) string {
	query := u.Query()
	for name, values := range query {
		for i := range values {
			if !slices.Contains(keptQuery, name) {
				values[i] = scrubbed
			}
		}
	}
	p := u.EscapedPath()
	if len(query) > 0 {
		p += "?" + query.Encode()
	}
	return s.text(p)
}

// value is a decoded JSON value without secrets, in its names and its strings.
func (s scrubber) value(v any) any {
	switch v := v.(type) {
	case string:
		return s.text(v)
	case []any:
		for i := range v {
			v[i] = s.value(v[i])
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[s.text(name)] = s.value(inner)
		}
		return out
	}
	return v
}

// request is the canonical form of a request's body, without secrets: JSON with its names in order and no white space, or,
// if it is no JSON, its text.
func (s scrubber) request(body []byte) (asJSON json.RawMessage, text string) {
	if v, ok := decode(body); ok {
		return compact(s.value(v)), ""
	}
	return nil, s.text(strings.ToValidUTF8(string(body), "\uFFFD"))
}

// reply is a reply's body without secrets. Nothing else is changed, but lines in which a secret was spelled with JSON's
// escapes are written anew.
func (s scrubber) reply(body []byte) []byte {
	if len(s.secrets) == 0 {
		return body
	}
	text := s.text(string(body))
	if !strings.Contains(text, `\`) {
		return []byte(text)
	}
	if _, ok := decode([]byte(text)); ok {
		return []byte(s.unescaped("", text))
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if data, ok := strings.CutPrefix(line, "data:"); ok {
			lines[i] = s.unescaped("data: ", data)
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// unescaped writes JSON anew if a secret is found in it once its escapes are read, behind prefix; else it is left as it is.
func (s scrubber) unescaped(prefix, data string) string {
	if v, ok := decode([]byte(data)); ok {
		plain := string(compact(v))
		if clean := string(compact(s.value(v))); clean != plain {
			return prefix + clean
		}
	}
	return strings.TrimSuffix(prefix, " ") + data
}

// kept are the headers that are on the list.
func kept(h http.Header, list []string, s scrubber) map[string]string {
	out := map[string]string{}
	for _, name := range list {
		if v := h.Get(name); v != "" {
			out[name] = s.text(strings.ToValidUTF8(v, "\uFFFD"))
		}
	}
	return out
}

// decode reads one JSON value, its numbers as they are written.
func decode(b []byte) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	_, err := d.Token()
	return v, errors.Is(err, io.EOF)
}

// compact is JSON without white space and with the names of objects in order. v was decoded from JSON.
func compact(v any) json.RawMessage {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a buffer takes everything, and what was decoded can be encoded
	return bytes.TrimSpace(out.Bytes())
}
