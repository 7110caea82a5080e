package retrieve_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// TestBefore: a question that leans on an earlier one is searched with it, and one that does not is searched as if nothing
// had been asked.
func TestBefore(t *testing.T) {
	s := newShelf(t)
	s.put("zoo", "cats", spoken("lion", "tiger"))
	scope := postgres.Scope{Course: "zoo"}
	for _, tt := range []struct{ query, want string }{
		{"and why?", "Where does the tiger live?\nand why?"},
		{"Where does the lion sleep?", "Where does the lion sleep?"},
	} {
		before := []string{"Where does the puma live?", "Where does the tiger live?"}
		found := s.search(scope, tt.query, retrieve.Options{Before: before})
		alone := s.search(scope, tt.want, retrieve.Options{})
		if found.Query != tt.want || len(lexicalTop(found)) == 0 || !maps.Equal(lexicalTop(found), lexicalTop(alone)) {
			t.Errorf("%q was searched as %q", tt.query, found.Query)
		}
	}
	if found := s.search(scope, "and why?", retrieve.Options{}); len(lexicalTop(found)) > 0 || found.Query != "and why?" {
		t.Errorf("without the earlier question: %q", found.Query)
	}
	_, err := s.searcher.Search(t.Context(), scope, "and why?", retrieve.Options{Before: make([]string, retrieve.MaxBefore+1)})
	if !errors.Is(err, retrieve.ErrOptions) {
		t.Errorf("nine earlier questions: %v", err)
	}
}
