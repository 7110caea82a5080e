package lexical

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSpellingsOfACompound: whichever way a compound is written in a lecture, each way of asking for it finds it, and
// first of all.
func TestSpellingsOfACompound(t *testing.T) {
	a, err := NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range [][]string{
		{"Wi-Fi", "wifi", "WiFi", "wi\u2010fi", "wi/fi"},
		{"HTTP/2", "http2", "HTTP 2", "http-2"},
		{"e-mail", "email", "E-Mail", "Email"},
		{"SHA-256", "sha256"},
		{"3-D", "3d"},
	} {
		for _, written := range same {
			index := []*Postings{Build(a, "", []string{"we begin with a graph in three parts", "then there is " + written + " at home", "and a switch"})}
			for _, q := range same {
				var words []string
				for _, term := range Held(index, a.Terms("what is "+q+"?")) {
					words = append(words, term.Text)
					if !Holds(index, term.Text) {
						t.Errorf("%q asked of %q: %q is asked for and not held", q, written, term.Text)
					}
				}
				hits := Search(index, words, 10, DefaultBM25)
				if len(hits) != 1 || hits[0].Doc != 1 {
					t.Errorf("%q asked of %q: hits %v", q, written, hits)
				}
			}
		}
	}
}

// TestHeld: what is not held stays, so that it can be taken for a misspelt word and counts against a passage, except a
// compound in one piece, or in pieces, that lectures only have the other way.
func TestHeld(t *testing.T) {
	a := new(Analyzer)
	index := []*Postings{Build(a, "", []string{"wifi", "the e mail", "http2 is http/2"}), nil}
	for query, want := range map[string]string{
		"wi-fi router": "wifi router",
		"e-mail":       "e mail",
		"x-ray wi fi":  "x ray wi fi",
		"http/3 http2": "http 3 http2 http 2",
		"":             "",
	} {
		var got []string
		for _, term := range Held(index, a.Terms(query)) {
			got = append(got, term.Text)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}
