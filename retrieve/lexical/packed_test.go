package lexical

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPackedRoundTrip(t *testing.T) {
	a, err := NewAnalyzer("en")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		title := anyText.Draw(t, "title")
		texts := rapid.SliceOfN(anyText, 0, 8).Draw(t, "texts")
		p := Build(a, title, texts)
		data, err := p.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		q, err := Unpack(data)
		if err != nil {
			t.Fatal(err)
		}
		clear(data) // the caller may reuse it
		if p.Docs() != len(texts) || q.Docs() != p.Docs() || q.Analyzer() != a.Name() {
			t.Fatalf("%d and %d documents by %q", p.Docs(), q.Docs(), q.Analyzer())
		}
		query := a.Strings(strings.Join(texts, " "))
		if diff := cmp.Diff(Search([]*Postings{p}, query, 100, DefaultBM25), Search([]*Postings{q}, query, 100, DefaultBM25)); diff != "" {
			t.Fatalf("hits (-built +unpacked):\n%s", diff)
		}
	})
}

func TestLongLists(t *testing.T) {
	// Gaps and frequencies that take several bytes each.
	texts := make([]string, 70_000)
	texts[0] = "far"
	texts[69_999] = "far " + strings.Repeat("often ", 40_000)
	p := Build(new(Analyzer), "", texts)
	data, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	q, err := Unpack(data)
	if err != nil {
		t.Fatal(err)
	}
	hits := Search([]*Postings{q}, []string{"far", "often"}, 5, DefaultBM25)
	if len(hits) != 2 || hits[0].Doc != 69_999 || hits[1].Doc != 0 {
		t.Errorf("hits: %v", hits)
	}
}

func TestUnpackRefuses(t *testing.T) {
	data, err := Build(new(Analyzer), "Title", []string{"one two two", "two three"}).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, b []byte) {
		t.Helper()
		if _, err := Unpack(b); !errors.Is(err, ErrPostings) {
			t.Errorf("%s: error %v, want ErrPostings", what, err)
		}
	}
	check("nothing", nil)
	for n := range data {
		check("cut", data[:n])
		altered := []byte(string(data))
		altered[n] ^= 0x41
		check("altered", altered)
		// With a checksum that fits, what is inside has to be consistent:
		// either it is refused or it can be searched.
		if n >= 4 && n < len(data)-4 {
			searchAltered(t, resum(altered))
		}
	}
	next := []byte(string(data))
	next[3] = '2'
	check("another version", next)
	check("more behind", append([]byte(string(data)), 0))
}

// resum replaces the checksum of b by the right one.
func resum(b []byte) []byte {
	body := b[:len(b)-4]
	return binary.BigEndian.AppendUint32(body[:len(body):len(body)], crc32.Checksum(body, castagnoli))
}

func searchAltered(t *testing.T, data []byte) {
	p, err := Unpack(data)
	if err != nil {
		if !errors.Is(err, ErrPostings) {
			t.Errorf("error %v, want ErrPostings", err)
		}
		return
	}
	if p.MemBytes() > 1024+64*len(data) {
		t.Errorf("%d bytes take %d in memory", len(data), p.MemBytes())
	}
	var terms []string
	for i := range p.terms {
		terms = append(terms, p.term(&p.terms[i]))
	}
	for _, h := range Search([]*Postings{p}, terms, 1<<20, DefaultBM25) {
		if h.Doc < 0 || h.Doc >= p.Docs() {
			t.Errorf("hit %v in %d documents", h, p.Docs())
		}
	}
}

func FuzzUnpack(f *testing.F) {
	for _, texts := range [][]string{nil, {""}, {"one two two", "two three"}, {strings.Repeat("x ", 300), "y", "x"}} {
		data, err := Build(new(Analyzer), "Title", texts).MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:len(data)-4])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		searchAltered(t, binary.BigEndian.AppendUint32(body[:len(body):len(body)], crc32.Checksum(body, castagnoli)))
		if _, err := Unpack(body); err != nil && !errors.Is(err, ErrPostings) {
			t.Errorf("error %v, want ErrPostings", err)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("Dr. Smith said e.g. 3.14 C++ 東京 ไทย U.S. The\u200c end.")
	a, err := NewAnalyzer("en")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, s := range Sentences(text) {
			if s.Start < at || s.End <= s.Start || s.End > len(text) {
				t.Fatalf("sentence %v after %d", s, at)
			}
			at = s.End
		}
		p := Build(a, text, []string{text, ""})
		if got := Search([]*Postings{p}, a.Strings(text), 10, DefaultBM25); len(a.Terms(text)) > 0 && len(got) != 2 {
			t.Fatalf("a text does not find itself: %v", got)
		}
	})
}
