package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/ingest"
)

// A SweepSet is what a sweep measures on: lectures, and questions with the places that answer them.
type SweepSet struct {
	Name      string
	language  string // of the lectures; "": the bench's
	sources   []ingest.Source
	questions []sought
}

// sought is a question and what answers it.
type sought struct {
	id, text string
	lecture  string // the one it is counted under
	// find returns the places that answer it in the lectures as they are stored; any of them will do. None: they are not
	// there.
	find func(lectures map[string]laid) []spot
}

// spot is the bytes [from, to) of a lecture's stored text.
type spot struct {
	lecture  string
	from, to int
}

// Sweep is the set as a sweep takes it: its documents, and its answerable questions with a span in one of them.
func (s *SpanSet) Sweep() *SweepSet {
	out := &SweepSet{Name: s.Name, sources: s.sources()}
	lectures, texts := map[string]string{}, map[string][]rune{}
	for i, d := range s.Documents {
		lectures[d.ID], texts[d.ID] = documentLecture(i), []rune(d.Text)
	}
	for _, q := range s.Questions {
		lecture, there := lectures[q.Doc]
		if !q.Answerable || !there || q.End == 0 {
			continue
		}
		out.questions = append(out.questions, sought{q.ID, q.Text, lecture, func(all map[string]laid) []spot {
			from, to, ok := locate(texts[q.Doc], q.Start, q.End, all[lecture].view)
			if !ok {
				return nil
			}
			return []spot{{lecture, from, to}}
		}})
	}
	return out
}

// Sweep is the golden questions as a sweep takes them, over the lectures of the course folder dir. Any of a question's spans
// counts as found. The folder's course.yaml must name the course that the questions are about.
func (g *Golden) Sweep(dir string) (*SweepSet, error) {
	files, manifest, err := ingest.Discover(dir)
	if err != nil {
		return nil, &FileError{Path: dir, Message: err.Error()}
	}
	if manifest == nil || manifest.Course != g.Course {
		return nil, &FileError{Path: dir, Message: fmt.Sprintf("is not the course %q that the golden questions of %s are about", g.Course, g.path)}
	}
	out := &SweepSet{Name: g.Course, language: manifest.Language}
	for _, f := range files {
		b, err := f.Read()
		if err != nil {
			return nil, &FileError{Path: f.Path, Message: err.Error()}
		}
		out.sources = append(out.sources, ingest.Source{Lecture: f.Lecture, Title: f.Title, Position: f.Position, Name: f.Path, Bytes: b})
	}
	for _, q := range g.Questions {
		out.questions = append(out.questions, sought{q.ID, q.Text, q.Lecture, q.find})
	}
	return out, nil
}

// find returns the spans that stand in the lectures where their first cue begins, word for word.
func (q *GoldenQuestion) find(lectures map[string]laid) []spot {
	var out []spot
	for _, s := range q.Spans {
		l := lectures[s.Lecture]
		from, there := l.cues[s.StartMS]
		if there && strings.HasPrefix(l.text[from:], s.Quote) {
			out = append(out, spot{s.Lecture, from, from + len(s.Quote)})
		}
	}
	return out
}

// wanted is a question whose places were found.
type wanted struct {
	sought
	at []spot
}

// place finds what answers each question. The stored text does not hang on how it is cut, so neither does this.
func (s *SweepSet) place(lectures map[string]laid) (all []wanted, unmapped int) {
	for _, q := range s.questions {
		if at := q.find(lectures); len(at) > 0 {
			all = append(all, wanted{q, at})
		} else {
			unmapped++
		}
	}
	return all, unmapped
}

// sample draws n of all without replacement, in the order in which they were. n of 0 or too many: all.
func sample(all []wanted, n int, seed uint64) []wanted {
	if n <= 0 || n >= len(all) {
		return all
	}
	drawn := rand.New(rand.NewPCG(seed, 1)).Perm(len(all))[:n] //nolint:gosec // to be repeatable is what it is for
	slices.Sort(drawn)
	out := make([]wanted, n)
	for i, at := range drawn {
		out[i] = all[at]
	}
	return out
}

func clustersOf(all []wanted) []string {
	out := make([]string, len(all))
	for i, q := range all {
		out[i] = q.lecture
	}
	return out
}
