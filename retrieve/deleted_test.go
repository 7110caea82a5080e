package retrieve_test

import (
	"errors"
	"testing"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestDeleted: a server that has the course in its cache, one that has not, and one that looks only now agree on what was
// deleted, what is back, and what never was.
func TestDeleted(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion"))
	s.put("zoo", "birds", spoken("eagle"))
	warm, afterwards := s.searcher, retrieve.New(s.db, llm.NewOffline(), quiet, 0)
	s.search(postgres.Scope{Course: "zoo"}, "lion", retrieve.Options{})
	check := func(what string, lectures []string, want error) {
		t.Helper()
		scope := postgres.Scope{Principal: postgres.Local, Course: "zoo", Lectures: lectures}
		for name, searcher := range map[string]*retrieve.Searcher{"warm": warm, "another": afterwards, "cold": retrieve.New(s.db, llm.NewOffline(), quiet, 0)} {
			for range 2 { // what the first one learns must not mislead the second
				if _, err := searcher.Search(t.Context(), scope, "lion", retrieve.Options{}); !errors.Is(err, want) {
					t.Errorf("%s, %s: %v, want %v", what, name, err, want)
				}
			}
		}
	}
	check("there", []string{"cats"}, nil)
	if err := s.in.DeleteLecture(t.Context(), "zoo", "cats", ingest.Condition{}); err != nil {
		t.Fatal(err)
	}
	check("deleted", []string{"cats"}, retrieve.ErrLectureDeleted)
	check("one of two deleted", []string{"birds", "cats"}, retrieve.ErrLectureDeleted)
	check("the course", nil, nil)
	check("never there", []string{"fish"}, retrieve.ErrNoLecture)
	if found := s.search(postgres.Scope{Course: "zoo"}, "lion", retrieve.Options{}); len(found.Passages) > 0 && found.Passages[0].Lecture != "birds" {
		t.Errorf("found %v", lecturesOf(found))
	}
	s.put("zoo", "cats", spoken("lion"))
	check("back", []string{"cats"}, nil)
	s.put("zoo", "fish", spoken("shark"))
	check("new", []string{"fish"}, nil)
	if err := s.in.DeleteCourse(t.Context(), "zoo"); err != nil {
		t.Fatal(err)
	}
	check("a lecture of a deleted course", []string{"cats"}, retrieve.ErrCourseDeleted)
	check("a deleted course", nil, retrieve.ErrCourseDeleted)
	if !errors.Is(retrieve.ErrCourseDeleted, retrieve.ErrDeleted) || !errors.Is(retrieve.ErrLectureDeleted, retrieve.ErrDeleted) {
		t.Error("both are ErrDeleted")
	}
	if err := s.in.CreateCourse(t.Context(), "zoo", "", ""); err != nil {
		t.Fatal(err)
	}
	check("empty", nil, nil)
	check("its lecture", []string{"cats"}, retrieve.ErrLectureDeleted)
}
