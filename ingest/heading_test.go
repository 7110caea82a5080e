package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"pgregory.net/rapid"
)

// TestHeadingsOfChunks: a chunk knows the headings that its own text stands under, and those within it.
func TestHeadingsOfChunks(t *testing.T) {
	// One sentence of 11 words, so that a section of 60 is several chunks.
	section := func(n int) []transcript.Segment {
		var segs []transcript.Segment
		for i := range n {
			segs = append(segs, transcript.Segment{Text: fmt.Sprintf("Sentence number %d of %d says something that nobody heard before.", i, n)})
		}
		return segs
	}
	heading := func(level int, text string) transcript.Segment { return transcript.Segment{Level: level, Text: text} }
	segs := slices.Concat(section(60),
		[]transcript.Segment{heading(1, "Links")}, section(61),
		[]transcript.Segment{heading(3, "Ethernet")}, section(62),
		[]transcript.Segment{heading(2, "Wireless")}, section(63),
		[]transcript.Segment{heading(1, "Routing"), heading(2, "Short")}, section(2),
		[]transcript.Segment{heading(2, "Long")}, section(64))
	chunks := ingest.Split(segs, llm.CL100K().Count, ingest.DefaultSplit)
	var got []string
	for _, c := range chunks {
		if len(got) == 0 || got[len(got)-1] != c.Heading {
			got = append(got, c.Heading)
		}
	}
	// Where a boundary falls is the splitter's business: a chunk may end right in front of a heading, or behind it.
	var last []string
	for _, path := range got {
		lines := strings.Split(path, "\n")
		last = append(last, lines[len(lines)-1])
	}
	if diff := cmp.Diff([]string{"", "Links", "Ethernet", "Wireless", "Long"}, slices.Compact(last)); diff != "" {
		t.Errorf("the last heading of each chunk (-want +got):\n%s\n%q", diff, got)
	}
	for _, want := range []string{"Links", "Links\nEthernet", "Links\nWireless", "Routing\nLong"} {
		if !slices.Contains(got, want) {
			t.Errorf("no chunk stands under %q: %q", want, got)
		}
	}
	for i, c := range chunks {
		if strings.Contains(c.Text[c.Overlap:], "Short") && !strings.Contains(c.Heading, "Routing\nShort\nLong") {
			t.Errorf("chunk %d holds three headings and stands under %q", i, c.Heading)
		}
	}
}

// TestHeadingsChangeNoChunk: whatever is a heading, texts and ids are those of a lecture without any, and the headings
// are bounded.
func TestHeadingsChangeNoChunk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 120).Draw(t, "segments")
		plain, headed := make([]transcript.Segment, n), make([]transcript.Segment, n)
		for i := range n {
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"link", "Graph.", "packet", "of", "queue", "12", "é", ""}), 0, 30).Draw(t, "words")
			plain[i] = transcript.Segment{Text: strings.Join(words, " ")}
			headed[i] = plain[i]
			headed[i].Level = rapid.IntRange(-1, 7).Draw(t, "level")
		}
		want := ingest.Split(plain, llm.CL100K().Count, ingest.DefaultSplit)
		got := ingest.Split(headed, llm.CL100K().Count, ingest.DefaultSplit)
		for i := range got {
			if h := got[i].Heading; len(h) > 2000 || strings.HasPrefix(h, "\n") || strings.HasSuffix(h, "\n") {
				t.Fatalf("headings of %d bytes: %q", len(h), h)
			}
			got[i].Heading = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("headings moved a boundary:\n%s", diff)
		}
	})
}

// TestHeadingEdit: another heading costs the embedding of the chunks that hold its words, and changes nothing else but
// what the chunks beneath it are found by.
func TestHeadingEdit(t *testing.T) {
	d := newDesk(t)
	text := func(heading string) string {
		var b strings.Builder
		for i := range 200 {
			if i == 50 {
				fmt.Fprintf(&b, "## %s\n\n", heading)
			}
			fmt.Fprintf(&b, "Sentence number %d says something that nobody heard before.\n\n", i)
		}
		return b.String()
	}
	publish := func(heading string) ingest.Report {
		src := d.source("one", text(heading))
		src.Name = "one.md"
		r, err := d.in.Lecture(t.Context(), src, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	under := func(heading string) int {
		return d.count(`select count(*) from version_chunks vc
join lectures l on l.course_id = vc.course_id and l.lecture_id = vc.lecture_id and l.active_version = vc.version
where vc.heading = $1`, heading)
	}
	first := publish("Switching")
	if n := under("Switching"); n < 5 || n >= first.Chunks {
		t.Fatalf("%d of %d chunks stand under the heading", n, first.Chunks)
	}
	before := under("Switching")
	second := publish("Forwarding")
	if second.New > 3 || second.Embedded != second.New {
		t.Errorf("another heading made %d new chunks and embedded %d texts", second.New, second.Embedded)
	}
	if n := under("Forwarding"); n != before || under("Switching") != 0 {
		t.Errorf("%d chunks stand under the new heading, %d under the old one; want %d and 0", n, under("Switching"), before)
	}
	if again := publish("Forwarding"); !again.Unchanged {
		t.Errorf("the same file again: %+v", again)
	}
	findings, err := ingest.Check(t.Context(), d.db, "c")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Broken > 0 {
			t.Errorf("%s: %s", f.Rule, f.Example)
		}
	}
	if err := d.in.DeleteLecture(t.Context(), "c", "one", ingest.Condition{}); err != nil {
		t.Fatal(err)
	}
	left, err := postgres.Collect(t.Context(), d.db, "c", pgx.RowTo[string], `select heading from version_chunks where course_id = 'c' and heading <> ''`)
	if err != nil || len(left) > 0 {
		t.Errorf("after deletion there are still %q (%v)", left, err)
	}
}
