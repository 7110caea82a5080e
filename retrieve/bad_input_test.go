package retrieve_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestBadInput: whatever is asked, there is a result or an error that says what to mend.
func TestBadInput(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion", "tiger", "puma"))
	s.put("ark", "pairs", spoken("lion"))
	if err := s.in.CreateCourse(t.Context(), "empty", "", ""); err != nil {
		t.Fatal(err)
	}
	zoo, none := postgres.Scope{Course: "zoo"}, retrieve.Options{}
	in := func(course string, lectures ...string) postgres.Scope {
		return postgres.Scope{Course: course, Lectures: lectures}
	}
	for _, tt := range []struct {
		name  string
		scope postgres.Scope
		query string
		opts  retrieve.Options
		want  error // nil: a result
		found bool  // lexically
	}{
		{"empty", zoo, "", none, retrieve.ErrNoQuery, false},
		{"white space and signs", zoo, " \t?!… ", none, retrieve.ErrNoQuery, false},
		{"format characters", zoo, "\u200b\u202e\ufeff", none, retrieve.ErrNoQuery, false},
		{"stop words", zoo, "what is the of and how", none, nil, false},
		{"20,000 words", zoo, strings.Repeat("lion ", 20000), none, retrieve.ErrTooLong, false},
		{"most words", zoo, strings.Repeat("lion ", 800), none, nil, true},
		{"many unknown words", zoo, strings.Repeat("lionn tigre pumax qqqqqq ", 160), none, nil, true},
		{"a word of 10,000 letters", zoo, strings.Repeat("x", 10000), none, retrieve.ErrTooLong, false},
		{"a word of 4,000 letters", zoo, strings.Repeat("x", 4000), none, nil, false},
		{"another script", zoo, "獅子は何をしますか", none, nil, false},
		{"right to left", zoo, "מה עושה האריה lion", none, nil, true},
		{"SQL", zoo, "lion'; drop table chunks; --", none, nil, true},
		{"SQL in dollars", zoo, "$1 $$ lion $$ :lion @lion {lion} \\", none, nil, true},
		{"tsquery", zoo, "lion & !tiger | <-> :*", none, nil, true},
		{"LIKE", zoo, "% lion _ %", none, nil, true},
		{"NUL", zoo, "li\x00on lion\x00 tiger", none, nil, true},
		{"not UTF-8", zoo, "lion \xff\xfe\xc3\x28", none, nil, true},
		{"k 0 is the default", zoo, "lion", retrieve.Options{K: 0}, nil, true},
		{"k 1", zoo, "lion", retrieve.Options{K: 1}, nil, true},
		{"k 100", zoo, "lion", retrieve.Options{K: 100}, nil, true},
		{"k 101", zoo, "lion", retrieve.Options{K: 101}, retrieve.ErrOptions, false},
		{"k a million", zoo, "lion", retrieve.Options{K: 1e6}, retrieve.ErrOptions, false},
		{"k negative", zoo, "lion", retrieve.Options{K: -1}, retrieve.ErrOptions, false},
		{"expand 4", zoo, "lion", retrieve.Options{Expand: 4}, retrieve.ErrOptions, false},
		{"budget negative", zoo, "lion", retrieve.Options{Budget: -1}, retrieve.ErrOptions, false},
		{"budget 1", zoo, "lion", retrieve.Options{Budget: 1}, nil, true},
		{"timeout negative", zoo, "lion", retrieve.Options{EmbedTimeout: -1}, retrieve.ErrOptions, false},
		{"no course", in("nope"), "lion", none, retrieve.ErrNoCourse, false},
		{"no course's name", in("'; drop table chunks; --"), "lion", none, retrieve.ErrNoCourse, false},
		{"no name", in(""), "lion", none, retrieve.ErrNoCourse, false},
		{"no lecture", in("zoo", "dogs"), "lion", none, retrieve.ErrNoLecture, false},
		{"one lecture and none", in("zoo", "cats", "dogs"), "lion", none, retrieve.ErrNoLecture, false},
		{"a lecture twice", in("zoo", "cats", "cats"), "lion", none, nil, true},
		{"a lecture of another course", in("zoo", "pairs"), "lion", none, retrieve.ErrNoLecture, false},
		{"NUL in a lecture", in("zoo", "ca\x00ts"), "lion", none, retrieve.ErrNoLecture, false},
		{"a course without lectures", in("empty"), "lion", none, nil, false},
		{"a lecture of a course without any", in("empty", "cats"), "lion", none, retrieve.ErrNoLecture, false},
		{"seen beyond the end", postgres.Scope{Course: "zoo", Seen: seen("cats", math.MaxInt64-1)}, "lion", none, nil, true},
		{"nothing seen", postgres.Scope{Course: "zoo", Seen: seen("cats", -1)}, "lion", none, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.scope.Principal = postgres.Local
			found, err := s.searcher.Search(t.Context(), tt.scope, tt.query, tt.opts)
			if !errors.Is(err, tt.want) || err != nil && strings.Contains(err.Error(), "lion") {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if err == nil && found.Degraded != retrieve.NotDegraded {
				t.Errorf("degraded: %s", found.Degraded)
			}
			if got := len(lexicalTop(found)) > 0; got != tt.found {
				t.Errorf("found lexically: %t, want %t", got, tt.found)
			}
		})
	}
}

// TestBadVectors: an Embedder that breaks its promise costs the vector leg, not the search, and what it returned does not
// reach the database.
func TestBadVectors(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion", "tiger"))
	good, err := llm.NewOffline().Embed(t.Context(), []string{"lion"})
	if err != nil {
		t.Fatal(err)
	}
	with := func(x float32) []float32 {
		v := append([]float32{}, good[0]...)
		v[7] = x
		return v
	}
	space, err := llm.NewOffline().Space(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, vector := range map[string][]float32{
		"none": nil, "short": good[0][:383], "long": append(with(0), 0), "zero": make([]float32, 384),
		"NaN": with(float32(math.NaN())), "infinite": with(float32(math.Inf(-1))), "larger than a half": with(1e6),
	} {
		s.searcher = retrieve.New(s.db, &model{space: space, vector: vector}, quiet, 0)
		found := s.search(postgres.Scope{Course: "zoo"}, "lion", retrieve.Options{})
		if found.Degraded != retrieve.EmbeddingFailed || len(found.Passages) == 0 {
			t.Errorf("%s: degraded %q, %d passages", name, found.Degraded, len(found.Passages))
		}
	}
	s.searcher = retrieve.New(s.db, &model{space: llm.Space{Name: "nobody@384", Model: "nobody", Dimensions: 384}, vector: good[0]}, quiet, 0)
	if found := s.search(postgres.Scope{Course: "zoo"}, "lion", retrieve.Options{}); found.Degraded != retrieve.EmbeddingMissing || len(found.Passages) == 0 {
		t.Errorf("a space that nothing was embedded in: degraded %q, %d passages", found.Degraded, len(found.Passages))
	}
}

// FuzzSearch: no query, course or lecture reaches the database as syntax, changes it, or makes it fail.
func FuzzSearch(f *testing.F) {
	s := newShelf(f)
	s.put("zoo", "cats", spoken("lion", "tiger"))
	for _, seed := range []string{
		"lion", "", "'; drop table chunks; --", "lion & !tiger | <->:*", "\x00", "\xff\xfe", "獅子", "$1 $2 $$", "{\"a\"}", "lion\\", "\u202elion", "%s%d", "802.11",
		"lion','tiger", "{lion,NULL}", "\"lion", strings.Repeat("a ", 2000),
	} {
		f.Add(seed, "zoo", "cats", int64(30000))
		f.Add("lion", seed, seed, int64(-1))
	}
	f.Fuzz(func(t *testing.T, query, course, lecture string, until int64) {
		for _, scope := range []postgres.Scope{
			{Course: "zoo", Seen: []postgres.Seen{{Lecture: lecture, UntilMS: until}}},
			{Course: course, Lectures: []string{lecture}},
			{Course: "zoo", Lectures: []string{"cats", lecture}},
		} {
			found, err := s.searcher.Search(context.Background(), scope, query, retrieve.Options{})
			switch {
			case errors.Is(err, retrieve.ErrNoCourse), errors.Is(err, retrieve.ErrNoLecture), errors.Is(err, retrieve.ErrNoQuery), errors.Is(err, retrieve.ErrTooLong):
			case err != nil:
				t.Fatalf("%q in %q/%q: %v", query, course, lecture, err)
			case found.Degraded != retrieve.NotDegraded:
				t.Fatalf("%q: degraded: %s", query, found.Degraded)
			}
		}
		found, err := s.searcher.Search(context.Background(), postgres.Scope{Course: "zoo"}, "tiger", retrieve.Options{})
		if err != nil || found.ContentVersion != 1 || len(lexicalTop(found)) == 0 {
			t.Fatalf("after it the course is not what it was: %v", err)
		}
	})
}
