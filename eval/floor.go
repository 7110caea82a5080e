package eval

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// FloorReport is what Floor found.
type FloorReport struct {
	Set       string      `json:"set"`
	Documents int         `json:"documents"`
	Chunks    int         `json:"chunks"`
	Seed      uint64      `json:"seed"`
	Samples   int         `json:"resamples"`
	Embedder  string      `json:"embedder"`
	Splitter  string      `json:"splitter"`
	Weights   string      `json:"weights"` // version and origin of those in force
	Parts     []FloorPart `json:"parts"`   // all documents, their first half, their second half
	P50       float64     `json:"ms_p50"`  // ms to read a search result: everything but the search
	P99       float64     `json:"ms_p99"`
}

// A FloorPart is the figures of the questions asked in some of the documents. The three kinds of error stand together:
// none of them is any good alone.
type FloorPart struct {
	Name         string    `json:"documents"`
	Right        FloorKind `json:"right"`        // answerable, asked in its own document
	Wrong        FloorKind `json:"wrong"`        // answerable, asked in a document that does not answer it
	Unanswerable FloorKind `json:"unanswerable"` // asked in the document that it was written about
	// Curves are risk against coverage; see riskCurve.
	Wrongs Curve `json:"curve_wrong_documents"` // over the questions asked in their own and in a wrong document
	Nears  Curve `json:"curve_unanswerable"`    // over the questions asked in their own document, answerable or not
	// Reliability is of the probability, over the questions asked in their own and in a wrong document.
	Reliability Calibration `json:"reliability"`
	Tails       []TailPoint `json:"tails"` // what a second and third sentence is worth
}

// A FloorKind is what the floor does with one kind of question.
type FloorKind struct {
	Questions int      `json:"questions"`
	Clusters  int      `json:"clusters"` // documents asked
	Released  Estimate `json:"released"` // share that is shown something
	// Held is the share that is shown the gold answer within the 1, 2 and 3 best sentences; of all questions, shown
	// something or not. Only for the first kind.
	Held      []Estimate `json:"held,omitempty"`
	Losses    *Losses    `json:"losses,omitempty"` // where the others are lost; only for the first kind
	Sentences float64    `json:"sentences"`        // mean number shown, where something is shown
	Asked     Estimate   `json:"model_asked"`      // share for which a model would be asked
}

// Losses are shares of all questions; each step holds on to no more than the one before it. After the last one comes what
// is not shown because the tail is cut.
type Losses struct {
	Reachable  Estimate `json:"reachable"`  // the gold answer is in some passage: what no choice of sentences can exceed
	Candidates Estimate `json:"candidates"` // in some sentence of them
	Ranked     Estimate `json:"ranked"`     // in one of the three best, whether the floor is open or not
	Open       Estimate `json:"open"`       // and it is open
}

// floorCase is one question put to the floor.
type floorCase struct {
	kind     string
	question Question
	doc      string          // asked
	found    retrieve.Result // only to be read again, with other weights
	gate     answer.Gate
	rank     int // of the best of the closest sentences that holds the gold answer, from 1; 0: none does
	reached  bool
	sample   answer.Sample
	gold     []bool // by piece of the sample: it holds the gold answer
}

// held reports whether the best n sentences hold the gold answer, as many of them as are shown where something is.
func (c *floorCase) held(n int) bool {
	return c.kind == kindAnswerable && c.rank > 0 && c.rank <= min(n, c.gate.Shown)
}

// answered is what a case gives a reader if it is shown.
func (c *floorCase) answered() bool { return c.held(c.gate.Shown) }

// Floor ingests the documents as lectures and puts every question to the production floor: the answerable ones in their
// own document and, where wrong_lecture.tsv says so, in a wrong one, and the unanswerable ones. fold says whether the
// weights in force decide, or such as were fitted on other documents.
func Floor(ctx context.Context, b *Bench, set *SpanSet, fold Fold) (*FloorReport, error) {
	r, cases, err := b.floorCases(ctx, set, fold != NoFold)
	if err != nil {
		return nil, err
	}
	if fold != NoFold {
		if err := b.crossFit(ctx, set, fold, cases); err != nil {
			return nil, err
		}
		r.Weights = fold.describe()
	}
	boot := b.Bootstrap.defaults()
	first := firstHalf(set)
	r.Parts = append(r.Parts, floorPart("all", cases, boot))
	for _, half := range []bool{true, false} {
		var part []floorCase
		for _, c := range cases {
			if first[c.doc] == half {
				part = append(part, c)
			}
		}
		name := "first half"
		if !half {
			name = "second half"
		}
		if len(part) > 0 {
			r.Parts = append(r.Parts, floorPart(name, part, boot))
		}
	}
	return r, nil
}

// firstHalf are the documents of the first half of docs.jsonl, in its order; of an odd number, the smaller half.
func firstHalf(set *SpanSet) map[string]bool {
	first := map[string]bool{}
	for _, d := range set.Documents[:len(set.Documents)/2] {
		first[d.ID] = true
	}
	return first
}

// floorCases ingests and asks. keep: what was found is kept, with the features of its sentences, for a fit.
func (b *Bench) floorCases(ctx context.Context, set *SpanSet, keep bool) (*FloorReport, []floorCase, error) {
	boot := b.Bootstrap.defaults()
	r := &FloorReport{
		Set: set.Name, Documents: len(set.Documents), Splitter: ingest.SplitterVersion,
		Seed: boot.Seed, Samples: boot.Resamples, Weights: answer.WeightsOrigin(),
	}
	space, err := b.Embedder.Space(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("the embedding model: %w", err)
	}
	r.Embedder = space.Name
	var spans SpansReport
	lib, err := b.ingest(ctx, set, &spans)
	if err != nil {
		return nil, nil, err
	}
	r.Chunks = spans.Chunks
	cases := casesOf(set, lib)
	if len(cases) == 0 {
		return nil, nil, fmt.Errorf("%w: no question of queries.jsonl names a document of docs.jsonl", ErrNoMatch)
	}
	searcher := retrieve.New(b.DB, b.Embedder, silence, 0)
	clocks := make([]stopwatch, len(cases))
	var done atomic.Int64
	err = each(ctx, len(cases), func(ctx context.Context, i int) error {
		c := &cases[i]
		found, err := search(ctx, searcher, postgres.Scope{Principal: postgres.Local, Course: Course, Lectures: []string{lib.lectures[c.doc]}}, c.question.Text, retrieve.Options{})
		if err != nil {
			return fmt.Errorf("question %q: %w", c.question.ID, err)
		}
		clocks[i].start()
		c.gate = answer.Open(c.question.Text, found)
		clocks[i].stop()
		if keep || c.kind == kindAnswerable {
			c.examine(found)
		}
		if keep {
			c.found = found
		} else {
			c.sample = answer.Sample{} // a report needs the gold only
		}
		c.judge(found)
		b.progress("asking", int(done.Add(1)), len(cases))
		return nil
	})
	r.P50, r.P99 = percentile(took(clocks), 0.5), percentile(took(clocks), 0.99)
	return r, cases, err
}

// casesOf lists the questions with the documents they are asked in. Questions whose document is not there are left out.
func casesOf(set *SpanSet, lib *library) []floorCase {
	var cases []floorCase
	questions := map[string]Question{}
	for _, q := range set.Questions {
		questions[q.ID] = q
		if _, there := lib.lectures[q.Doc]; !there {
			continue
		}
		kind := kindAnswerable
		if !q.Answerable {
			kind = kindUnanswerable
		}
		cases = append(cases, floorCase{kind: kind, question: q, doc: q.Doc})
	}
	for _, m := range set.Wrong {
		q, known := questions[m.Question]
		if _, there := lib.lectures[m.Doc]; known && there {
			cases = append(cases, floorCase{kind: kindWrong, question: q, doc: m.Doc})
		}
	}
	return cases
}

// judge looks for the gold answer in what would be shown.
func (c *floorCase) judge(found retrieve.Result) {
	answers := folded(c.question.Answers)
	c.rank = 1 + slices.IndexFunc(c.gate.Closest, func(e answer.Excerpt) bool {
		return holdsAny(found.Passages[e.Passage].Text[e.Start:e.End], answers)
	})
}

// examine looks for it in all that was found.
func (c *floorCase) examine(found retrieve.Result) {
	answers := folded(c.question.Answers)
	for _, p := range found.Passages {
		c.reached = c.reached || holdsAny(p.Text, answers)
	}
	c.sample = answer.Examine(c.question.Text, found)
	for _, p := range c.sample.Pieces {
		c.gold = append(c.gold, holdsAny(found.Passages[p.Passage].Text[p.Start:p.End], answers))
	}
}

// holdsAny reports whether one of the answers, folded, occurs in one piece somewhere in text: the definition of "holds the
// gold answer". Case and the kind of white space do not count, word boundaries neither.
func holdsAny(text string, answers []string) bool {
	text = fold(text)
	for _, a := range answers {
		if strings.Contains(text, a) {
			return true
		}
	}
	return false
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func folded(answers []string) []string {
	var out []string
	for _, a := range answers {
		if a = fold(a); a != "" {
			out = append(out, a)
		}
	}
	return out
}

func floorPart(name string, cases []floorCase, boot Bootstrap) FloorPart {
	p := FloorPart{
		Name:         name,
		Right:        floorKind(kindAnswerable, cases, boot),
		Wrong:        floorKind(kindWrong, cases, boot),
		Unanswerable: floorKind(kindUnanswerable, cases, boot),
	}
	p.Wrongs = riskCurve(cases, kindAnswerable, kindWrong)
	p.Nears = riskCurve(cases, kindAnswerable, kindUnanswerable)
	p.Reliability = calibration(cases)
	p.Tails = tails(cases)
	return p
}

func floorKind(kind string, cases []floorCase, boot Bootstrap) FloorKind {
	var of []floorCase
	var clusters []string
	for _, c := range cases {
		if c.kind == kind {
			of, clusters = append(of, c), append(clusters, c.doc)
		}
	}
	k := FloorKind{Questions: len(of), Clusters: distinct(clusters)}
	if len(of) == 0 {
		return k
	}
	mean := func(value func(*floorCase) bool) Estimate {
		values := make([]float64, len(of))
		for i := range of {
			values[i] = yes(value(&of[i]))
		}
		return boot.Mean(values, clusters)
	}
	k.Released = mean(func(c *floorCase) bool { return c.gate.Floor })
	k.Asked = mean(func(c *floorCase) bool { return c.gate.Model })
	shown, sentences := 0, 0
	for _, c := range of {
		if c.gate.Floor {
			shown++
			sentences += c.gate.Shown
		}
	}
	k.Sentences = float64(sentences) / float64(max(shown, 1))
	if kind == kindAnswerable {
		for n := 1; n <= 3; n++ {
			k.Held = append(k.Held, mean(func(c *floorCase) bool { return c.gate.Floor && c.held(n) }))
		}
		k.Losses = &Losses{
			Reachable:  mean(func(c *floorCase) bool { return c.reached }),
			Candidates: mean(func(c *floorCase) bool { return slices.Contains(c.gold, true) }),
			Ranked:     mean(func(c *floorCase) bool { return c.rank > 0 }),
			Open:       mean(func(c *floorCase) bool { return c.rank > 0 && c.gate.Floor }),
		}
	}
	return k
}
