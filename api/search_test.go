package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestBadSearches: whatever is sent, there is a result or a problem that says what to mend, and no more is found by it.
func TestBadSearches(t *testing.T) {
	h := newHouse(t)
	h.ingest("moon", "phases", tides)
	h.send(http.MethodPut, "/v1/courses/empty", `{"title":"Nothing yet"}`).is(t, "a course without lectures", http.StatusCreated)
	body := func(query string) string {
		b, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, tt := range []struct {
		name, course, body string
		status             int
		code               string // of a problem; "" for a result
		found              bool
	}{
		{"empty", "sea", body(""), 422, "invalid", false},
		{"no letter or digit", "sea", body(" ?!… \u200b"), 422, "empty_question", false},
		{"stop words", "sea", body("what is the of and how"), 200, "", false},
		{"20,000 words", "sea", body(strings.Repeat("a ", 20_000)), 422, "invalid", false},
		{"a word of 10,000 letters", "sea", body(strings.Repeat("x", 10_000)), 422, "invalid", false},
		{"a word of 4,000 letters", "sea", body(strings.Repeat("x", 4_000)), 200, "", false},
		{"4,000 characters of three bytes", "sea", body(strings.Repeat("潮", 4_000)), 200, "", false},
		{"another script", "sea", body("潮の満ち引きとは何ですか"), 200, "", false},
		{"SQL", "sea", body("tide'; drop table chunks; --"), 200, "", true},
		{"parameters", "sea", body("$1 $$ tide $$ :tide @tide {tide} \\"), 200, "", true},
		{"tsquery", "sea", body("tide & !wind | <-> :*"), 200, "", true},
		{"NUL", "sea", body("ti\x00de tide\x00"), 200, "", true},
		{"not UTF-8", "sea", "{\"query\":\"tide \xff\xfe\"}", 200, "", true},
		{"k 0", "sea", `{"query":"tide","k":0}`, 422, "invalid", false},
		{"k 101", "sea", `{"query":"tide","k":101}`, 422, "invalid", false},
		{"k a million", "sea", `{"query":"tide","k":1000000}`, 422, "invalid", false},
		{"k 1.5", "sea", `{"query":"tide","k":1.5}`, 422, "invalid", false},
		{"k a word", "sea", `{"query":"tide","k":"8"}`, 422, "invalid", false},
		{"k 1", "sea", `{"query":"tide","k":1}`, 200, "", true},
		{"a lecture of another course", "sea", `{"query":"tide","lectures":["phases"]}`, 404, "lecture_not_found", false},
		{"NUL in a lecture", "sea", `{"query":"tide","lectures":["ti\u0000des"]}`, 404, "lecture_not_found", false},
		{"SQL in a lecture", "sea", `{"query":"tide","lectures":["tides' or 'a'='a"]}`, 404, "lecture_not_found", false},
		{"101 lectures", "sea", `{"query":"tide","lectures":["tides"` + strings.Repeat(`,"tides"`, 100) + `]}`, 422, "invalid", false},
		{"no lecture among none", "sea", `{"query":"tide","lectures":[]}`, 200, "", true},
		{"a course without lectures", "empty", body("tide"), 200, "", false},
		{"a lecture of a course without any", "empty", `{"query":"tide","lectures":["tides"]}`, 404, "lecture_not_found", false},
		{"no course", "nope", body("tide"), 404, "course_not_found", false},
		{"no course's name", "Sea%27", body("tide"), 422, "invalid", false},
		{"an embedding of its own", "sea", `{"query":"tide","embedding":[0,0]}`, 422, "invalid", false},
		{"nothing", "sea", "", 400, "bad_request", false},
		{"null", "sea", "null", 422, "invalid", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := h.send(http.MethodPost, "/v1/courses/"+tt.course+"/search", tt.body)
			if tt.code != "" {
				got.fails(t, tt.name, tt.status, tt.code)
				return
			}
			got.is(t, tt.name, tt.status)
			var result struct {
				Passages []struct {
					Chunks []struct {
						LexicalRank int `json:"lexical_rank"`
					}
				}
			}
			if err := json.Unmarshal([]byte(got.body), &result); err != nil {
				t.Fatal(err)
			}
			found := false
			for _, p := range result.Passages {
				for _, c := range p.Chunks {
					found = found || c.LexicalRank > 0
				}
			}
			if found != tt.found {
				t.Errorf("found by its words: %t, want %t\n%.400s", found, tt.found, got.body)
			}
		})
	}
	h.send(http.MethodPost, "/v1/courses/sea/search", body("spring tide")).is(t, "search after all that", http.StatusOK)
}

// TestSearchElsewhere: a server with another embedder than the course was ingested with says that words alone answered.
func TestSearchElsewhere(t *testing.T) {
	h := newHouse(t)
	h.config.Searcher = retrieve.New(h.db, elsewhere{}, h.config.Log, 0)
	h.serve()
	var found struct {
		Passages []any
		Degraded string
	}
	h.send(http.MethodPost, "/v1/courses/sea/search", `{"query":"tide"}`).is(t, "search", http.StatusOK).into(t, &found)
	if found.Degraded != "embedding_missing" || len(found.Passages) == 0 {
		t.Errorf("%+v", found)
	}
	if doc := h.send(http.MethodGet, "/openapi.json", "").body; !strings.Contains(doc, `"embedding_missing"`) {
		t.Error("the document does not list it")
	}
}

// elsewhere is an embedder in whose space nothing is.
type elsewhere struct{}

func (elsewhere) Space(context.Context) (llm.Space, error) {
	return llm.Space{Name: "elsewhere@2", Model: "elsewhere", Dimensions: 2}, nil
}

func (elsewhere) Embed(context.Context, []string) ([][]float32, error) {
	return [][]float32{{1, 0}}, nil
}
