package answers

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
)

// Bounds of what the page shows of one answer.
const (
	mostSentences = 40
	mostCitations = 12
	mostFailures  = 20
	mostText      = 3000 // characters
)

// taskView is a task of one suite, now and in the earlier run.
type taskView struct {
	Suite, ID, Stratum, Lecture, Question string
	Simulated                             bool
	Before                                []string
	Grade                                 string // now; in the earlier run, if it is not asked any more
	Note                                  string // how the grade changed, if it did
	Changed, Flaky, Leak                  bool
	Sides                                 []sideView // this run, and the earlier one where there is one
}

// sideView is what one run has of a task.
type sideView struct {
	Name  string
	Grade string // "": the run did not ask it
	Asked []askedView
}

// askedView is one or more repeats that went the same.
type askedView struct {
	Which, Outcome, Mode, Model, Grade, Took, Cost string
	Calls                                          int
	Tokens                                         string
	Failures                                       []failureView
	Codes                                          []string
	Sentences                                      []sentenceView
	More                                           int // sentences that are not shown
	Found                                          bool
}

type failureView struct {
	Check, Detail string
	Proof         bool
}

type sentenceView struct {
	Parts     []part
	Citations []citationView
	More      int
}

// part is a stretch of a sentence. Quoted: these are the lecture's own words.
type part struct {
	Text   string
	Quoted bool
}

type citationView struct {
	Lecture, Title, Chunk, Start, End, Quote string
	Version                                  int
	Same                                     bool // the quote is the whole sentence
}

// tasksOf sets the tasks of a suite beside the earlier run's, those that only that one asked at the end. was may be nil.
func tasksOf(s Suite, was *Suite, changed map[[2]string]Change) []taskView {
	before := map[string]Result{}
	if was != nil {
		for _, r := range was.Results {
			before[r.ID] = r
		}
	}
	var out []taskView
	for _, r := range s.Results {
		old, asked := before[r.ID]
		delete(before, r.ID)
		t := taskOf(s, r)
		t.Sides = append(t.Sides, sideOf("This run", &r))
		if c, ok := changed[[2]string{s.Name, r.ID}]; ok {
			t.Changed, t.Note = true, gradeNote(c.Was, c.Is)+" since the baseline"
		}
		switch {
		case asked:
			t.Sides = append(t.Sides, sideOf("Earlier run", &old))
			if old.Grade != r.Grade {
				t.Changed, t.Note = true, gradeNote(old.Grade, r.Grade)
			}
		case was != nil:
			t.Sides = append(t.Sides, sideOf("Earlier run", nil))
			t.Changed, t.Note = true, "new"
		}
		out = append(out, t)
	}
	if was == nil {
		return out
	}
	for _, r := range was.Results {
		if _, left := before[r.ID]; left {
			delete(before, r.ID)
			t := taskOf(Suite{Name: s.Name, Simulated: was.Simulated}, r)
			t.Changed, t.Note = true, "not asked any more"
			t.Sides = []sideView{sideOf("This run", nil), sideOf("Earlier run", &r)}
			out = append(out, t)
		}
	}
	return out
}

func taskOf(s Suite, r Result) taskView {
	return taskView{
		Suite: s.Name, ID: r.ID, Stratum: r.Stratum, Lecture: r.Lecture, Question: clip(r.Question, mostText, "…"), Simulated: s.Simulated,
		Before: r.Before, Grade: string(r.Grade), Flaky: r.Flaky, Leak: slices.ContainsFunc(r.Asked, func(a Asked) bool { return a.Leak() }),
	}
}

// sideOf shows what a run has of a task; nil: nothing. Repeats that went the same stand together.
func sideOf(name string, r *Result) sideView {
	v := sideView{Name: name}
	if r == nil {
		return v
	}
	v.Grade = string(r.Grade)
	type group struct {
		first Asked
		which []string
		took  []string
	}
	var groups []*group
	for k, a := range r.Asked {
		i := slices.IndexFunc(groups, func(g *group) bool { return sameAsked(g.first, a) })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{first: a})
		}
		groups[i].which = append(groups[i].which, fmt.Sprint(k+1))
		groups[i].took = append(groups[i].took, millis(a.MS))
	}
	for _, g := range groups {
		a := askedOf(g.first)
		a.Which, a.Took = strings.Join(g.which, ", "), strings.Join(g.took, ", ")+" ms"
		v.Asked = append(v.Asked, a)
	}
	return v
}

// sameAsked: but for the time that they took, two askings went the same.
func sameAsked(a, b Asked) bool {
	a.MS, b.MS = 0, 0
	return reflect.DeepEqual(a, b)
}

func askedOf(a Asked) askedView {
	v := askedView{
		Outcome: string(a.Outcome), Mode: string(a.Mode), Model: a.Model, Grade: string(a.Grade), Calls: a.Calls, Tokens: grouped(a.Tokens),
		Codes: a.Codes[:min(len(a.Codes), mostFailures)], Cost: unknown, Found: a.Found,
	}
	if a.MicroUSD != nil {
		micro := float64(*a.MicroUSD)
		v.Cost = dollars(&micro)
	}
	for _, f := range a.Failures[:min(len(a.Failures), mostFailures)] {
		v.Failures = append(v.Failures, failureView{string(f.Check), clip(f.Detail, mostText, "…"), slices.Contains(proof, f.Check)})
	}
	shown := min(len(a.Sentences), mostSentences)
	for _, s := range a.Sentences[:shown] {
		v.Sentences = append(v.Sentences, sentenceOf(s))
	}
	v.More = len(a.Sentences) - shown
	return v
}

func sentenceOf(s answer.Sentence) sentenceView {
	shown := min(len(s.Citations), mostCitations)
	v := sentenceView{More: len(s.Citations) - shown}
	text := clip(s.Text, mostText, "…")
	var quotes []string
	for _, c := range s.Citations[:shown] {
		quotes = append(quotes, c.Quote)
		v.Citations = append(v.Citations, citationView{
			Lecture: c.Lecture, Title: c.Title, Chunk: c.ChunkID, Start: clock(c.StartMS), End: clock(c.EndMS), Version: c.Version,
			Quote: clip(c.Quote, mostText, "…"), Same: c.Quote == text,
		})
	}
	v.Parts = highlighted(text, quotes)
	return v
}

// highlighted cuts text where one of the quotes begins or ends in it. A text that stands in a quote is all quoted.
func highlighted(text string, quotes []string) []part {
	type stretch struct{ from, to int }
	var found []stretch
	for _, q := range quotes {
		if i := strings.Index(text, q); q != "" && i >= 0 {
			found = append(found, stretch{i, i + len(q)})
		} else if strings.Contains(q, text) {
			found = append(found, stretch{0, len(text)})
		}
	}
	slices.SortFunc(found, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	var out []part
	at := 0
	for _, s := range found {
		if s.from > at {
			out = append(out, part{text[at:s.from], false})
		}
		if from := max(s.from, at); s.to > from {
			out = append(out, part{text[from:s.to], true})
			at = s.to
		}
	}
	if at < len(text) {
		out = append(out, part{text[at:], false})
	}
	return out
}
