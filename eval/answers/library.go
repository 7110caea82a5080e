package answers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/eval/authored"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/ingest/transcript"
	"github.com/lectern-tutor/lectern/postgres"
)

// A Library is a course as it is stored now, read once so that answers are judged without asking the tutor's own code.
type Library struct {
	Course, Language string
	Lectures         map[string]*Shelved
}

// Shelved is one lecture.
type Shelved struct {
	Title   string
	Version int    // the active one
	Text    string // the chunks' texts, what they share once
	Chunks  []guard.Chunk
}

// ReadLibrary reads the active versions of a course.
func ReadLibrary(ctx context.Context, db *postgres.DB, course, language string) (*Library, error) {
	type row struct {
		Lecture, Title string
		Version        int
		ID, Text       string
		Overlap        int
	}
	rows, err := postgres.Collect(ctx, db, course, pgx.RowToStructByPos[row], `
select l.lecture_id, l.title, l.active_version, c.chunk_id, c.text, vc.overlap
from lectures l
join version_chunks vc on vc.course_id = l.course_id and vc.lecture_id = l.lecture_id and vc.version = l.active_version
join chunks c on c.course_id = vc.course_id and c.chunk_id = vc.chunk_id
where l.course_id = $1
order by l.lecture_id, vc.ordinal`, course)
	if err != nil {
		return nil, fmt.Errorf("course %s: reading its chunks: %w", course, err)
	}
	lib := &Library{Course: course, Language: language, Lectures: map[string]*Shelved{}}
	for _, r := range rows {
		l := lib.Lectures[r.Lecture]
		if l == nil {
			l = &Shelved{Title: r.Title, Version: r.Version}
			lib.Lectures[r.Lecture] = l
		} else if r.Overlap == 0 {
			l.Text += " "
		}
		start := len(l.Text) - r.Overlap
		l.Text += r.Text[r.Overlap:]
		l.Chunks = append(l.Chunks, guard.Chunk{ID: r.ID, Start: start, End: len(l.Text)})
	}
	return lib, nil
}

// chunk finds a chunk of the active version.
func (l *Shelved) chunk(id string) (guard.Chunk, bool) {
	i := slices.IndexFunc(l.Chunks, func(c guard.Chunk) bool { return c.ID == id })
	if i < 0 {
		return guard.Chunk{}, false
	}
	return l.Chunks[i], true
}

// around is a chunk with the one before and the one behind, as retrieval adds them.
func (l *Shelved) around(id string) guard.Passage {
	at := slices.IndexFunc(l.Chunks, func(c guard.Chunk) bool { return c.ID == id })
	if at < 0 {
		return guard.Passage{}
	}
	chunks := slices.Clone(l.Chunks[max(at-1, 0):min(at+2, len(l.Chunks))])
	start, end := chunks[0].Start, chunks[len(chunks)-1].End
	for i := range chunks {
		chunks[i].Start, chunks[i].End = chunks[i].Start-start, chunks[i].End-start
	}
	return guard.Passage{Text: l.Text[start:end], Chunks: chunks}
}

// glossary are the lectures' titles, sorted.
func (lib *Library) glossary() []string {
	var out []string
	for _, l := range lib.Lectures {
		out = append(out, l.Title)
	}
	slices.Sort(out)
	return out
}

// Verify holds the spans against the transcripts: a span starts where a cue starts, ends where one ends, and its quote is
// what these cues say. All faults are reported together, each with file, line and id.
func (s *Set) Verify(files []ingest.File) error {
	cues := map[string][]transcript.Segment{}
	for _, f := range files {
		b, err := f.Read()
		if err != nil {
			return err
		}
		t, err := transcript.Parse(f.Path, strings.NewReader(string(b)))
		if err != nil {
			return err
		}
		cues[f.Lecture] = t.Segments
	}
	var faults []error
	for _, t := range s.Tasks {
		if t.Lecture != "" && cues[t.Lecture] == nil {
			faults = append(faults, t.fault("lecture", "there is no lecture %q", t.Lecture))
			continue
		}
		for _, span := range t.Spans {
			if wrong := span.wrong(cues[span.Lecture]); wrong != "" {
				faults = append(faults, authored.Fault(t.Path, span.Line, t.ID+": spans", "%s", wrong))
			}
		}
	}
	return errors.Join(faults...)
}

// wrong says what is wrong with a span, given its lecture's cues; "": nothing.
func (s Span) wrong(cues []transcript.Segment) string {
	if cues == nil {
		return fmt.Sprintf("there is no lecture %q", s.Lecture)
	}
	first := slices.IndexFunc(cues, func(c transcript.Segment) bool { return c.StartMS == s.StartMS })
	if first < 0 {
		return fmt.Sprintf("no cue of %s starts at %d ms", s.Lecture, s.StartMS)
	}
	n := slices.IndexFunc(cues[first:], func(c transcript.Segment) bool { return c.EndMS == s.EndMS }) + 1
	if n == 0 {
		return fmt.Sprintf("no cue of %s that starts at %d ms or later ends at %d ms", s.Lecture, s.StartMS, s.EndMS)
	}
	var said []string
	for _, c := range cues[first : first+n] {
		said = append(said, c.Text)
	}
	if got, want := strings.Join(strings.Fields(s.Quote), " "), strings.Join(strings.Fields(strings.Join(said, " ")), " "); got != want {
		return fmt.Sprintf("the quote is not what %s says from %d to %d ms", s.Lecture, s.StartMS, s.EndMS)
	}
	return ""
}
