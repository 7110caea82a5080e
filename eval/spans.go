package eval

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// Budgets are the token budgets that recall of gold spans is measured at.
var Budgets = []int{500, 1000, 2000, 3000}

// winners is how many chunks win by default: the K at which packed and unpacked tokens are compared.
const winners = 8

// SpansReport is what Spans found.
type SpansReport struct {
	Set       string `json:"set"`
	Documents int    `json:"documents"`
	Chunks    int    `json:"chunks"`
	Tokens    int    `json:"tokens"`    // cl100k_base over all chunks, overlap counted twice
	Questions int    `json:"questions"` // asked and scored: answerable, with a span that was found in the lecture
	// Unmapped questions have a span that is not in the lecture as it is stored. They are not scored.
	Unmapped int `json:"unmapped_spans"`
	// Spanless questions are answerable but have no span, or none of the documents. They are not scored.
	Spanless int `json:"questions_without_span"`
	// Cut spans lie in no single chunk, because a boundary cuts them. No chunk can hit; a passage can.
	Cut      int     `json:"cut_spans"`
	Clusters int     `json:"clusters"` // documents that the scored questions are about
	Seed     uint64  `json:"seed"`
	Samples  int     `json:"resamples"`
	Embedder string  `json:"embedder"`
	Splitter string  `json:"splitter"`
	Scopes   []Scope `json:"scopes"`
	// Refusals are asked in the document alone. What ought to pass is the first kind.
	Refusals []Refusals `json:"refusals"`
}

// A Scope is the figures of one width of search.
type Scope struct {
	Name    string   `json:"name"`    // lecture: the question's own document; course: all documents
	Chunks  []Figure `json:"chunks"`  // single chunks, best first
	Packing Packing  `json:"packing"` // of the default number of winners
	Budgets []Budget `json:"budgets"` // ascending
	P50     float64  `json:"ms_p50"`  // ms per search, several at a time
	P95     float64  `json:"ms_p95"`
}

// Packing compares the same winning chunks, one by one and packed into passages.
type Packing struct {
	Winners  int      `json:"winners"`
	Recall   Estimate `json:"recall"`        // of gold spans by single chunks
	Packed   Estimate `json:"packed_recall"` // by passages: never less, as neighbours may hold a span that a boundary cuts
	Tokens   float64  `json:"tokens"`        // mean, chunk by chunk
	PackedTo float64  `json:"packed_tokens"` // mean, of the passages' text
	Saved    float64  `json:"saved"`         // share of Tokens, 0 to 1
}

// A Budget is the recall of gold spans when at most so many tokens may be shown.
type Budget struct {
	Tokens int   `json:"budget"`
	Raw    Spent `json:"chunks"`   // single chunks by rank, while they fit
	Packed Spent `json:"passages"` // packed by search, without neighbours
	Tutor  Spent `json:"tutor"`    // packed by search with the tutor's own options: fewer winners, with neighbours
}

// Spent is a recall and what it cost.
type Spent struct {
	Recall Estimate `json:"recall"`
	Tokens float64  `json:"tokens"` // mean of what was shown, cl100k_base
}

// gold is a question whose span was found in its lecture.
type gold struct {
	Question
	lecture  string
	from, to int
}

// library is the ingested documents.
type library struct {
	lectures map[string]string // lecture by document
	laid     map[string]laid   // by lecture
	texts    map[string][]rune // by document
}

// Spans ingests the documents as lectures, through the real parser and splitter, and asks the answerable questions, each
// in its own document and in the whole course. A chunk hits if it holds the whole gold span.
func Spans(ctx context.Context, b *Bench, set *SpanSet) (*SpansReport, error) {
	r := &SpansReport{Set: set.Name, Documents: len(set.Documents), Splitter: ingest.SplitterVersion}
	boot := b.Bootstrap.defaults()
	r.Seed, r.Samples = boot.Seed, boot.Resamples
	space, err := b.Embedder.Space(ctx)
	if err != nil {
		return nil, fmt.Errorf("the embedding model: %w", err)
	}
	r.Embedder = space.Name
	lib, err := b.ingest(ctx, set, r)
	if err != nil {
		return nil, err
	}
	all, err := r.place(set, lib)
	if err != nil {
		return nil, err
	}
	clusters := make([]string, len(all))
	for i, g := range all {
		clusters[i] = g.Doc
	}
	r.Clusters = distinct(clusters)
	searcher := retrieve.New(b.DB, b.Embedder, silence, 0)
	counts := &counter{seen: map[string]int{}}
	for _, scope := range []string{"lecture", "course"} {
		found := make([]outcome, len(all))
		var done atomic.Int64
		err := each(ctx, len(all), func(ctx context.Context, i int) error {
			s := postgres.Scope{Principal: postgres.Local, Course: Course}
			if scope == "lecture" {
				s.Lectures = []string{all[i].lecture}
			}
			var err error
			if found[i], err = ask(ctx, searcher, s, all[i], lib, counts); err != nil {
				return fmt.Errorf("question %q: %w", all[i].ID, err)
			}
			b.progress("asking in the "+scope, int(done.Add(1)), len(all))
			return nil
		})
		if err != nil {
			return nil, err
		}
		r.Scopes = append(r.Scopes, summary(scope, found, clusters, boot))
	}
	lectures := map[string][]string{}
	for doc, lecture := range lib.lectures {
		lectures[doc] = []string{lecture}
	}
	r.Refusals, err = b.putToGate(ctx, searcher, set.Questions, set.Wrong, lectures)
	return r, err
}

// ingest makes each document a lecture and reads its chunks back.
func (b *Bench) ingest(ctx context.Context, set *SpanSet, r *SpansReport) (*library, error) {
	lectures, err := b.stock(ctx, Course, b.Language, ingest.SplitConfig{}, set.sources(), "ingesting documents")
	if err != nil {
		return nil, err
	}
	lib := &library{lectures: map[string]string{}, laid: lectures, texts: map[string][]rune{}}
	for i, d := range set.Documents {
		lib.lectures[d.ID], lib.texts[d.ID] = documentLecture(i), []rune(d.Text)
	}
	for _, l := range lectures {
		r.Chunks += len(l.tokens)
		for _, n := range l.tokens {
			r.Tokens += n
		}
	}
	return lib, nil
}

// place finds the gold spans in the lectures as they are stored.
func (r *SpansReport) place(set *SpanSet, lib *library) ([]gold, error) {
	var all []gold
	for _, q := range set.Questions {
		if !q.Answerable {
			continue
		}
		lecture, there := lib.lectures[q.Doc]
		if !there || q.End == 0 {
			r.Spanless++
			continue
		}
		from, to, found := locate(lib.texts[q.Doc], q.Start, q.End, lib.laid[lecture].view)
		if !found {
			r.Unmapped++
			continue
		}
		if !lib.laid[lecture].anyHolds(from, to) {
			r.Cut++
		}
		all = append(all, gold{q, lecture, from, to})
	}
	r.Questions = len(all)
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: of %d answerable questions none has a span that is in its lecture (%d are not found, %d have none)",
			ErrNoMatch, r.Unmapped+r.Spanless, r.Unmapped, r.Spanless)
	}
	return all, nil
}

// counter counts tokens of passages. The same neighbours win for many questions, so it remembers.
type counter struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counter) tokens(passages []retrieve.Passage) int {
	n := 0
	for _, p := range passages {
		c.mu.Lock()
		count, known := c.seen[p.Text]
		c.mu.Unlock()
		if !known {
			count = llm.CL100K().Count(p.Text)
			c.mu.Lock()
			c.seen[p.Text] = count
			c.mu.Unlock()
		}
		n += count
	}
	return n
}

// search is Searcher.Search that insists on both legs; a question that search refuses found nothing.
func search(ctx context.Context, s *retrieve.Searcher, scope postgres.Scope, question string, opts retrieve.Options) (retrieve.Result, error) {
	opts.EmbedTimeout = patience
	found, err := s.Search(ctx, scope, question, opts)
	switch {
	case unusable(err):
		return retrieve.Result{}, nil
	case err == nil:
		return found, whole(found)
	}
	return found, err
}
