package retrieve_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/retrieve"
)

type shelf struct {
	t        testing.TB
	db       *postgres.DB
	in       *ingest.Ingester
	searcher *retrieve.Searcher
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func newShelf(t testing.TB) *shelf {
	t.Helper()
	s := &shelf{t: t, db: pgtest.New(t)}
	s.in = &ingest.Ingester{DB: s.db, Embedder: llm.NewOffline(), Log: quiet}
	s.searcher = retrieve.New(s.db, llm.NewOffline(), quiet, 0)
	return s
}

func (s *shelf) put(course, lecture, text string) {
	s.t.Helper()
	s.putAs(course, lecture, lecture+".vtt", text)
}

func (s *shelf) putAs(course, lecture, file, text string) {
	s.t.Helper()
	if err := s.in.CreateCourse(s.t.Context(), course, "", ""); err != nil {
		s.t.Fatal(err)
	}
	_, err := s.in.Lecture(s.t.Context(), ingest.Source{
		Scope: postgres.Scope{Principal: postgres.Local, Course: course}, Lecture: lecture, Position: -1, Name: file, Bytes: []byte(text),
	}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) search(scope postgres.Scope, query string, opts retrieve.Options) retrieve.Result {
	s.t.Helper()
	scope.Principal = postgres.Local
	found, err := s.searcher.Search(s.t.Context(), scope, query, opts)
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// spoken is a lecture of one sentence a minute, the topics in turn, each a paragraph long enough for a chunk of its own.
func spoken(topics ...string) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	for i, topic := range topics {
		for k := range 12 {
			at := i*60 + k*5
			fmt.Fprintf(&b, "%02d:%02d.000 --> %02d:%02d.500\nHere the %s comes up for the time number %d, and what the %s does is told in other words than before.\n\n",
				at/60, at%60, (at+4)/60, (at+4)%60, topic, k+1, topic)
		}
	}
	return b.String()
}

func lecturesOf(r retrieve.Result) []string {
	var out []string
	for _, p := range r.Passages {
		out = append(out, p.Lecture)
	}
	return out
}

func TestScopes(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion", "tiger", "lynx"))
	s.put("zoo", "birds", spoken("eagle", "heron", "lion"))
	s.put("zoo", "fish", spoken("shark", "trout", "lion"))
	s.put("circus", "cats", spoken("lion", "lion", "lion"))
	tests := []struct {
		name     string
		lectures []string
		only     []string // the lectures that may appear
	}{
		{"course", nil, []string{"cats", "birds", "fish"}},
		{"lecture", []string{"birds"}, []string{"birds"}},
		{"lectures", []string{"birds", "fish"}, []string{"birds", "fish"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := s.search(postgres.Scope{Course: "zoo", Lectures: tt.lectures}, "What does the lion do?", retrieve.Options{K: 20})
			seen := map[string]bool{}
			for _, p := range found.Passages {
				seen[p.Lecture] = true
				if p.Title == "" || p.Version != 1 {
					t.Errorf("passage %+v", p)
				}
			}
			for _, want := range tt.only {
				if !seen[want] {
					t.Errorf("nothing of %s in %v", want, lecturesOf(found))
				}
				delete(seen, want)
			}
			if len(seen) > 0 {
				t.Errorf("outside the scope: %v", seen)
			}
			if !strings.Contains(found.Passages[0].Text, "lion") {
				t.Errorf("the best passage is not about the query: %.80s", found.Passages[0].Text)
			}
		})
	}
	for _, course := range []string{"zoo", "circus"} {
		for _, p := range s.search(postgres.Scope{Course: course}, "lion", retrieve.Options{K: 100}).Passages {
			for _, c := range p.Chunks {
				src, err := s.searcher.Source(t.Context(), postgres.Scope{Course: course}, p.Lecture, c.ID, p.Version)
				if err != nil || src.Text != p.Text[c.Start:c.End] {
					t.Errorf("chunk %s is not what its passage says: %v", c.ID, err)
				}
			}
		}
	}
}

// TestSeen: a definition that comes later is not retrieved for a student who has not come to it, and the best of what
// was seen is: the limit works before the cut to k, not after.
func TestSeen(t *testing.T) {
	s := newShelf(t)
	topics := make([]string, 0, 12)
	for range 4 {
		topics = append(topics, "heron")
	}
	for range 8 {
		topics = append(topics, "lion")
	}
	s.put("zoo", "one", spoken(topics...))
	s.put("zoo", "two", spoken("lion"))
	limit := int64(4 * 60 * 1000)
	found := s.search(postgres.Scope{Course: "zoo", Lectures: []string{"one"}, Seen: []postgres.Seen{{Lecture: "one", UntilMS: limit}}}, "lion", retrieve.Options{K: 3})
	for _, p := range found.Passages {
		if _, end, _ := p.At(0, len(p.Text)); end > limit || strings.Contains(p.Text, "lion") {
			t.Errorf("a passage ends at %d ms, the student has seen %d", end, limit)
		}
	}
	if len(found.Passages) == 0 {
		t.Error("nothing was found in what was seen: the vector leg was cut before it was filtered")
	}
	whole := s.search(postgres.Scope{Course: "zoo", Seen: []postgres.Seen{{Lecture: "one", UntilMS: limit}}}, "lion", retrieve.Options{K: 3})
	if len(whole.Passages) == 0 || whole.Passages[0].Lecture != "two" {
		t.Errorf("a lecture that is not named is not limited, but %v came first", lecturesOf(whole))
	}
}

// TestTwoServers: what one process publishes, another finds at its next search, though it has the course cached.
func TestTwoServers(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion"))
	other := retrieve.New(s.db, llm.NewOffline(), quiet, 0)
	scope := postgres.Scope{Course: "zoo"}
	before, err := other.Search(t.Context(), scope, "ostrich", retrieve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.put("zoo", "birds", spoken("ostrich"))
	after, err := other.Search(t.Context(), scope, "ostrich", retrieve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Passages) == 0 || after.Passages[0].Lecture != "birds" || after.Passages[0].Chunks[0].LexicalRank == 0 || after.ContentVersion <= before.ContentVersion {
		t.Errorf("the new lecture is not found lexically: %v, content version %d after %d", lecturesOf(after), after.ContentVersion, before.ContentVersion)
	}
	s.put("zoo", "cats", spoken("puma"))
	again, err := other.Search(t.Context(), scope, "lion", retrieve.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range again.Passages {
		if strings.Contains(p.Text, "lion") {
			t.Errorf("a replaced chunk is still found in version %d", p.Version)
		}
	}
}

// TestDeterministic: the same search gives the same passages, from a warm cache and a cold one.
func TestDeterministic(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "a", spoken("lion", "tiger", "lion"))
	s.put("zoo", "b", spoken("lion", "tiger", "lion"))
	scope := postgres.Scope{Course: "zoo"}
	first := s.search(scope, "the tiger and the lion", retrieve.Options{K: 5})
	for range 5 {
		s.searcher = retrieve.New(s.db, llm.NewOffline(), quiet, 0)
		if diff := cmp.Diff(first.Passages, s.search(scope, "the tiger and the lion", retrieve.Options{K: 5}).Passages); diff != "" {
			t.Fatalf("(-first +later):\n%s", diff)
		}
	}
}

// TestPassages: neighbours are joined with one copy of what they share, every byte range is the stored chunk, and times
// are those of the cues that a quote touches.
func TestPassages(t *testing.T) {
	s := newShelf(t)
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	for i := range 120 {
		fmt.Fprintf(&b, "%02d:%02d.000 --> %02d:%02d.900\nSentence number %d tells something about topic %d only.\n\n", i*2/60, i*2%60, (i*2+1)/60, (i*2+1)%60, i, i*i)
	}
	s.put("c", "one", b.String())
	found := s.search(postgres.Scope{Course: "c"}, "sentence topic number", retrieve.Options{K: 100, Budget: 1 << 20})
	if len(found.Passages) != 1 {
		t.Fatalf("%d passages of one whole lecture, want 1", len(found.Passages))
	}
	p := found.Passages[0]
	if len(p.Chunks) < 4 {
		t.Fatalf("%d chunks: too few to test anything", len(p.Chunks))
	}
	for i := range 120 {
		sentence := fmt.Sprintf("Sentence number %d tells something about topic %d only.", i, i*i)
		if n := strings.Count(p.Text, sentence); n != 1 {
			t.Errorf("sentence %d stands %d times in the passage", i, n)
			continue
		}
		start := strings.Index(p.Text, sentence)
		startMS, endMS, ok := p.At(start, start+len(sentence))
		if want := int64(i) * 2000; !ok || startMS != want || endMS != want+1900 {
			t.Errorf("sentence %d is at %d to %d ms (%t), want %d to %d", i, startMS, endMS, ok, want, want+1900)
		}
	}
	overlaps := 0
	for i, c := range p.Chunks {
		if i > 0 && c.Start < p.Chunks[i-1].End {
			overlaps++
		}
	}
	if overlaps == 0 {
		t.Error("no two neighbours overlap: the test proves nothing about shared text")
	}
	small := s.search(postgres.Scope{Course: "c"}, "sentence topic number", retrieve.Options{K: 100, Budget: 600})
	tokens := 0
	for _, p := range small.Passages {
		tokens += p.Tokens
	}
	if tokens > 600 || tokens == 0 {
		t.Errorf("%d tokens in a budget of 600", tokens)
	}
}

func TestLibrary(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion"))
	s.put("ark", "all", spoken("lion"))
	courses, err := s.searcher.Courses(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	want := []retrieve.CourseInfo{{ID: "ark", Title: "ark", Language: "en", ContentVersion: 1}, {ID: "zoo", Title: "zoo", Language: "en", ContentVersion: 1}}
	if diff := cmp.Diff(want, courses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	lectures, err := s.searcher.Lectures(t.Context(), postgres.Scope{Course: "zoo"})
	if err != nil {
		t.Fatal(err)
	}
	wantLectures := []retrieve.LectureInfo{{ID: "cats", Title: "cats", Version: 1, Timed: true, DurationMS: 59500, Space: "offline-hash-v1@384"}}
	if diff := cmp.Diff(wantLectures, lectures, cmpopts.IgnoreFields(retrieve.LectureInfo{}, "Chunks", "PublishedAt")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := s.searcher.Source(t.Context(), postgres.Scope{Course: "zoo"}, "cats", "ck_nothing", 0); !errors.Is(err, retrieve.ErrNoChunk) {
		t.Errorf("unknown chunk: %v", err)
	}
	var id string
	for _, p := range s.search(postgres.Scope{Course: "ark"}, "lion", retrieve.Options{}).Passages {
		id = p.Chunks[0].ID
	}
	if _, err := s.searcher.Source(t.Context(), postgres.Scope{Course: "zoo"}, "all", id, 0); !errors.Is(err, retrieve.ErrNoChunk) {
		t.Errorf("a chunk of another course: %v", err)
	}
}

// TestChangedLanguage: a lecture that was indexed for another language is found by the terms of the new one, also
// beside a lecture that was ingested since, and by a server that had the course in its cache.
func TestChangedLanguage(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lions running quickly"))
	scope := postgres.Scope{Course: "zoo"}
	s.search(scope, "lions", retrieve.Options{}) // caches
	if err := s.in.CreateCourse(t.Context(), "zoo", "", "de"); err != nil {
		t.Fatal(err)
	}
	lexically := func(searcher *retrieve.Searcher, query string) map[string]bool {
		found, err := searcher.Search(t.Context(), scope, query, retrieve.Options{K: 50})
		if err != nil {
			t.Fatal(err)
		}
		lectures := map[string]bool{}
		for _, p := range found.Passages {
			for _, c := range p.Chunks {
				if c.LexicalRank > 0 {
					lectures[p.Lecture] = true
				}
			}
		}
		return lectures
	}
	// English stems "running" to "run" and German leaves it; so the word finds nothing where the two are mixed.
	cold := func() *retrieve.Searcher { return retrieve.New(s.db, llm.NewOffline(), quiet, 0) }
	for name, searcher := range map[string]*retrieve.Searcher{"warm": s.searcher, "cold": cold()} {
		if got := lexically(searcher, "running"); !got["cats"] {
			t.Errorf("%s: the lecture of the old language is not found", name)
		}
	}
	s.put("zoo", "birds", spoken("ostrich running"))
	for name, searcher := range map[string]*retrieve.Searcher{"warm": s.searcher, "cold": cold()} {
		if got := lexically(searcher, "running"); !got["cats"] || !got["birds"] {
			t.Errorf("%s: found only in %v", name, got)
		}
	}
}
