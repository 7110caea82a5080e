package eval

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Depth is how many passages of a ranking are judged, and written to a run: as many as each leg of a search contributes.
const Depth = 100

// Course is the course that an eval makes in its database.
const Course = "eval"

// A Bench is what an eval works with. DB is a database of its own, empty, in the newest schema.
type Bench struct {
	DB       *postgres.DB
	Embedder ingest.Embedder
	Language string // of the course; "": English
	Bootstrap
	Progress Progress // may be nil
}

func (b *Bench) progress(stage string, done, all int) {
	if b.Progress != nil {
		b.Progress(stage, done, all)
	}
}

var silence = slog.New(slog.DiscardHandler)

// Retrieval stores the collection's passages, each as one chunk, asks its judged questions by words alone and with the
// embedder, and scores both rankings. Passages of one document and title in a row are one lecture, so the title counts as
// it does for lectures. The search is the production one, on a database, with no neighbours added.
func Retrieval(ctx context.Context, b *Bench, c *Collection, metrics []Metric) (*RetrievalReport, error) {
	r := &RetrievalReport{Set: c.Name, Passages: len(c.Passages), Questions: len(c.Qrels), Depth: Depth}
	boot := b.Bootstrap.defaults()
	r.Seed, r.Samples = boot.Seed, boot.Resamples
	space, err := b.Embedder.Space(ctx)
	if err != nil {
		return nil, fmt.Errorf("the embedding model: %w", err)
	}
	r.Embedder = space.Name
	asked, err := r.match(c)
	if err != nil {
		return nil, err
	}
	shelf, err := b.shelve(ctx, c.Passages)
	if err != nil {
		return nil, err
	}
	r.Empty = shelf.empty
	hybrid := retrieve.New(b.DB, b.Embedder, silence, 0)
	legs := []struct {
		name     string
		searcher *retrieve.Searcher
		hybrid   bool
	}{{"lexical", retrieve.New(b.DB, withoutModel{}, silence, 0), false}, {"hybrid", hybrid, true}}
	var scores []Scores
	var clusters []string
	for _, leg := range legs {
		l, err := b.run(ctx, r, leg.name, leg.searcher, leg.hybrid, shelf, asked)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", leg.name, err)
		}
		s, err := Score(l.Run, c.Qrels, metrics)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", leg.name, err)
		}
		if clusters == nil {
			clusters = r.cluster(s.Questions, asked)
		}
		for i, name := range s.Metrics {
			l.Metrics = append(l.Metrics, Figure{name, boot.Mean(s.Values[i], clusters)})
		}
		scores, r.Legs = append(scores, s), append(r.Legs, l)
	}
	for i, name := range scores[0].Metrics {
		r.Gain = append(r.Gain, Figure{name, boot.Difference(scores[0].Values[i], scores[1].Values[i], clusters)})
	}
	r.Refusals, err = b.refusals(ctx, hybrid, c, shelf)
	return r, err
}

// match looks whether the files belong together and returns the questions to ask.
func (r *RetrievalReport) match(c *Collection) ([]Question, error) {
	var asked []Question
	for _, q := range c.Questions {
		if c.Qrels[q.ID] != nil {
			asked = append(asked, q)
		}
	}
	if len(asked) == 0 {
		return nil, fmt.Errorf("%w: none of the %d judged questions is in queries.jsonl", ErrNoMatch, len(c.Qrels))
	}
	r.Absent = len(c.Qrels) - len(asked)
	known := make(map[string]bool, len(c.Passages))
	for _, p := range c.Passages {
		known[p.ID] = true
	}
	there := 0
	for _, judged := range c.Qrels {
		for id, grade := range judged {
			switch {
			case grade >= relevant && known[id]:
				there++
			case grade >= relevant:
				r.Missing++
			}
		}
	}
	switch {
	case there == 0 && r.Missing == 0:
		return nil, fmt.Errorf("%w: the qrels hold no grade above 0", ErrNoneRelevant)
	case there == 0:
		return nil, fmt.Errorf("%w: none of the passages that are judged relevant is in corpus.jsonl", ErrNoMatch)
	}
	return asked, nil
}

// shelf is a stored collection: which passage each chunk is.
type shelf struct {
	ids   map[string][]string // by lecture, then ordinal
	docs  map[string][]string // lectures by document
	empty int
}

// lectureSize is how many passages one lecture holds at most. Only transactions grow with it: the statistics of BM25 are
// those of the course.
const lectureSize = 2000

func (b *Bench) shelve(ctx context.Context, passages []Passage) (*shelf, error) {
	s := &shelf{ids: map[string][]string{}, docs: map[string][]string{}}
	var lectures []ingest.Ready
	lastDoc := ""
	for _, p := range passages {
		if !visible(p.Text) {
			s.empty++
			continue
		}
		n := len(lectures)
		if n == 0 || p.Doc != lastDoc || p.Title != lectures[n-1].Title || len(lectures[n-1].Texts) == lectureSize {
			lectures = append(lectures, ingest.Ready{Lecture: fmt.Sprintf("l%07d", n), Title: p.Title})
			lastDoc = p.Doc
			if p.Doc != "" {
				s.docs[p.Doc] = append(s.docs[p.Doc], lectures[n].Lecture)
			}
			n++
		}
		l := &lectures[n-1]
		l.Texts = append(l.Texts, p.Text)
		s.ids[l.Lecture] = append(s.ids[l.Lecture], p.ID)
	}
	if len(lectures) == 0 {
		return nil, fmt.Errorf("%w: every passage of corpus.jsonl is empty", ErrNoMatch)
	}
	in := &ingest.Ingester{DB: b.DB, Embedder: b.Embedder, Log: silence}
	if err := in.CreateCourse(ctx, Course, "", b.Language); err != nil {
		return nil, err
	}
	return s, in.Passages(ctx, Course, lectures, func(done, all int) { b.progress("storing passages", done, all) })
}

// visible reports whether a passage holds anything to be found by.
func visible(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsPunct(r) || unicode.IsSymbol(r)
	}) >= 0
}

// run asks the questions one after the other, so that the times are those of a lone question.
func (b *Bench) run(ctx context.Context, r *RetrievalReport, name string, searcher *retrieve.Searcher, hybrid bool, shelf *shelf, asked []Question) (Leg, error) {
	leg := Leg{Name: name, Run: Run{}}
	var took []time.Duration
	unusables := 0
	scope := postgres.Scope{Principal: postgres.Local, Course: Course}
	for i, q := range asked {
		found, err := searcher.Search(ctx, scope, q.Text, retrieve.Options{K: Depth, Expand: -1, Budget: everything, EmbedTimeout: patience})
		if err == nil && hybrid {
			err = whole(found)
		}
		switch {
		case unusable(err):
			unusables++
			leg.Run[q.ID] = nil
		case err != nil:
			return Leg{}, fmt.Errorf("question %q: %w", q.ID, err)
		default:
			took = append(took, found.Timings.Total)
			docs := make([]Scored, 0, Depth)
			for _, c := range ranking(found) {
				docs = append(docs, Scored{Doc: shelf.ids[c.lecture][c.Ordinal], Score: c.Score})
			}
			descending(docs)
			leg.Run[q.ID] = docs
		}
		b.progress("asking, "+name, i+1, len(asked))
	}
	r.Unusable = unusables
	leg.P50, leg.P95 = percentile(took, 0.5), percentile(took, 0.95)
	return leg, nil
}

// cluster names the cluster of each question: its document. Where no question names one, each stands for itself.
func (r *RetrievalReport) cluster(questions []string, asked []Question) []string {
	docs := map[string]string{}
	for _, q := range asked {
		if q.Doc != "" {
			docs[q.ID] = q.Doc
		}
	}
	out := slices.Clone(questions)
	r.By = "question"
	if len(docs) > 0 {
		r.By = "document"
		for i, q := range questions {
			if doc, ok := docs[q]; ok {
				out[i] = "document " + doc
			}
		}
	}
	r.Clusters = distinct(out)
	return out
}

// refusals puts three kinds of questions to the gate, where the collection has them.
func (b *Bench) refusals(ctx context.Context, s *retrieve.Searcher, c *Collection, shelf *shelf) ([]Refusals, error) {
	if len(c.Wrong) == 0 {
		return nil, nil
	}
	return b.putToGate(ctx, s, c.Questions, c.Wrong, shelf.docs)
}
