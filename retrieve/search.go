package retrieve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Embedder turns a query into a vector. It is an interface because there are two: a model behind an OpenAI-compatible
// server and the offline embedder.
type Embedder interface {
	Space(ctx context.Context) (llm.Space, error)
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Errors that are the caller's to mend.
var (
	ErrNoCourse  = errors.New("no such course")
	ErrNoLecture = errors.New("no such lecture in this course")
	ErrNoQuery   = errors.New("the query holds no letter and no digit")
	ErrTooLong   = errors.New("the query is longer than 4,000 characters")
	ErrOptions   = errors.New("out of range")
)

// ErrDeleted says that what was asked for was deleted on purpose and left a tombstone. It comes as one of the two below,
// which say what was deleted.
var (
	ErrDeleted        = errors.New("deleted on purpose")
	ErrCourseDeleted  = fmt.Errorf("the course was %w", ErrDeleted)
	ErrLectureDeleted = fmt.Errorf("the lecture was %w", ErrDeleted)
)

// MaxQuery is the longest query in bytes times four: 4,000 characters.
const MaxQuery = 4000

// MaxK is the most chunks that may win a search.
const MaxK = 100

// Options tune a search. The zero value is the default.
type Options struct {
	// K is how many chunks may win, before neighbours are added; 1 to 100. 0: 8.
	K int
	// Expand is how many chunks before and after each winner are added for context; 1 to 3. Negative: none. 0: 1.
	Expand int
	// Budget limits the passages in cl100k_base tokens, winners first; at least 1. 0: 3,000.
	Budget int
	// EmbedTimeout is how long the query's embedding may take before the lexical leg answers alone. 0: 500 ms.
	EmbedTimeout time.Duration
	// Before are the earlier questions of the conversation, oldest first, at most MaxBefore. A query that leans on them is
	// searched together with them; see Result.Query.
	Before []string
}

func (o Options) defaults() Options {
	if o.K == 0 {
		o.K = 8
	}
	switch {
	case o.Expand == 0:
		o.Expand = 1
	case o.Expand < 0:
		o.Expand = 0
	}
	if o.Budget == 0 {
		o.Budget = 3000
	}
	if o.EmbedTimeout == 0 {
		o.EmbedTimeout = 500 * time.Millisecond
	}
	return o
}

// check reports options that are out of range; errors wrap ErrOptions.
func (o Options) check() error {
	switch {
	case o.K < 0 || o.K > MaxK:
		return fmt.Errorf("%w: k is %d; use 1 to %d", ErrOptions, o.K, MaxK)
	case o.Expand > 3:
		return fmt.Errorf("%w: expand is %d; use at most 3", ErrOptions, o.Expand)
	case o.Budget < 0:
		return fmt.Errorf("%w: the budget is %d tokens; use at least 1", ErrOptions, o.Budget)
	case o.EmbedTimeout < 0:
		return fmt.Errorf("%w: the embedding may take %v; use more than 0", ErrOptions, o.EmbedTimeout)
	case len(o.Before) > MaxBefore:
		return fmt.Errorf("%w: there are %d earlier questions; use at most %d", ErrOptions, len(o.Before), MaxBefore)
	}
	return nil
}

// Weights of the legs in the fusion. The offline embedder is hashed words and character n-grams: it knows no more than
// BM25 with similar terms does. Measured with `lectern eval retrieval` as nDCG@10 of the hybrid minus BM25 alone, on squad2
// and cranfield, with 95 % intervals:
//
//	0.30  -.0195 [-.033, -.007]   -.0136 [-.030, +.002]   (before similar terms)
//	0.05  -.0032 [-.007,  .000]   +.0034 [-.002, +.008]
//	0.02  -.0003 [-.001,  .000]   +.0003 [-.001, +.002]
//
// So its weight is what breaks ties, and finds something where no word is shared. A model's weight is not measured.
const (
	lexicalWeight       = 1.0
	vectorWeight        = 1.0
	offlineVectorWeight = 0.02
	// rrfK is the constant of reciprocal rank fusion (Cormack, Clarke, Büttcher: SIGIR 2009).
	rrfK = 60
	// legDepth is how many candidates each leg contributes, or as many as may win where that is more. A hundred takes a
	// tenth more time; with fifty MRR@8 of the golden questions is .464 instead of .459. See docs/retrieval.md.
	legDepth = 50
)

// depth is how many candidates each leg contributes to a search that k chunks may win.
func depth(k int) int { return max(legDepth, k) }

// Degraded says why a result has no vector leg.
type Degraded string

// The ways a search degrades.
const (
	NotDegraded     Degraded = ""
	EmbeddingLate   Degraded = "embedding_late"   // the deadline of Options.EmbedTimeout passed
	EmbeddingFailed Degraded = "embedding_failed" // the model returned an error or a vector that cannot be used
	// EmbeddingMissing: no lecture in scope has vectors in the embedder's space; they were ingested with another.
	EmbeddingMissing Degraded = "embedding_missing"
)

// A Term is an analysed word of the query.
type Term struct {
	Text string
	IDF  float64 // over the lectures in scope; a term that no chunk holds has the highest
	// Missing: no chunk in scope holds it.
	Missing bool
	// Similar are the terms that were searched in its stead because no chunk in scope holds it; see [lexical.Similar].
	Similar []string
}

// A Result is what was found. Passages is empty when no lecture in scope shares anything with the query.
type Result struct {
	Query          string    // what was searched for: the query, behind the earlier ones that it leans on
	Passages       []Passage // best first
	Tokens         int       // of the passages' texts together, cl100k_base
	Saved          int       // tokens that the same chunks would take in addition if each stood alone: their shared text
	Terms          []Term    // distinct, in the order of the query; stop words left out
	Analyzer       *lexical.Analyzer
	ContentVersion int64 // of the course, when the passages were read
	Degraded       Degraded
	// Semantic: the vector leg took part with a model's embeddings, which may find a passage that shares no word with
	// the query. The offline embedder's do not.
	Semantic bool
	Timings  Timings
}

// Timings of the steps. Lexical and Embedding run at the same time.
type Timings struct {
	Lexical, Embedding, Statement, Total time.Duration
}

// A Searcher answers searches. Safe for concurrent use.
type Searcher struct {
	db       *postgres.DB
	embedder Embedder
	log      *slog.Logger
	cache    *cache

	mu     sync.Mutex
	spaces map[string]int32   // embedding space name to its number in the database
	warned map[[2]string]bool // course and space; see warnMissing
}

// New returns a Searcher whose cached postings take at most cacheBytes of memory; 0: 256 MiB.
func New(db *postgres.DB, embedder Embedder, log *slog.Logger, cacheBytes int) *Searcher {
	if cacheBytes == 0 {
		cacheBytes = 256 << 20
	}
	return &Searcher{db: db, embedder: embedder, log: log, cache: newCache(db, cacheBytes), spaces: map[string]int32{}, warned: map[[2]string]bool{}}
}

// Search returns the passages for query within scope. An error is one of this package's, the context's, or the
// database's; a missing embedding is not an error but a degraded result.
func (s *Searcher) Search(ctx context.Context, scope postgres.Scope, query string, opts Options) (Result, error) {
	began := time.Now()
	if err := opts.check(); err != nil {
		return Result{}, err
	}
	opts = opts.defaults()
	if err := CheckQuery(query); err != nil {
		return Result{}, err
	}
	if err := checkNames(scope); err != nil {
		return Result{}, err
	}
	embedding := make(chan embedded, 1)
	needed, enough := context.WithCancel(ctx)
	defer enough()
	embed := func(query string) { embedding <- s.embedInTime(needed, scope.Course, query, opts.EmbedTimeout) }
	if len(opts.Before) == 0 {
		go embed(query)
	}
	course, err := s.cache.course(ctx, scope.Course)
	if err != nil {
		return Result{}, err
	}
	if len(opts.Before) > 0 { // what is searched for depends on the course's language
		query = followUp(course.analyzer, query, opts.Before)
		go embed(query)
	}
	var vector embedded
	for attempt := 0; ; attempt++ {
		start := time.Now()
		lex, err := lexicalLeg(course, scope, query, opts.K)
		if attempt == 0 && (errors.Is(err, ErrNoLecture) || errors.Is(err, ErrDeleted)) {
			// The cache may be older than the lecture. Only who names one that is not in it waits for this.
			if course, err = s.cache.refresh(ctx, scope.Course, course.version+1); err == nil {
				lex, err = lexicalLeg(course, scope, query, opts.K)
			}
		}
		if err != nil {
			return Result{}, err
		}
		took := time.Since(start)
		if attempt == 0 {
			if vector = <-embedding; vector.err != nil {
				s.log.WarnContext(ctx, "query embedding is missing; the lexical leg answers alone",
					"course", scope.Course, "why", string(vector.degraded), "err", vector.err)
			}
		}
		start = time.Now()
		found, version, err := s.run(ctx, scope, statement{
			space: vector.space, vector: vector.vector, weight: vector.weight,
			lexical: lex.candidates, seen: limits(scope), k: opts.K, expand: opts.Expand,
		})
		if err != nil {
			return Result{}, fmt.Errorf("searching course %s: %w", scope.Course, err)
		}
		statement := time.Since(start)
		// Somebody may have published since the postings were cached: then the lexical leg knows nothing of it. Once more
		// with what is there now. Whoever publishes faster than this searches waits for no one: what the statement found
		// is of one snapshot anyway.
		if version != course.version && attempt < maxRefreshes {
			if course, err = s.cache.refresh(ctx, scope.Course, version); err != nil {
				return Result{}, err
			}
			continue
		}
		if vector.missing(lex.lectures, found) {
			vector.degraded, vector.vector = EmbeddingMissing, nil
			s.warnMissing(ctx, scope.Course, vector.name)
		}
		out := Result{
			Query:          query,
			Terms:          lex.terms,
			Analyzer:       course.analyzer,
			ContentVersion: version,
			Degraded:       vector.degraded,
			Semantic:       vector.vector != nil && !s.offline(),
			Timings:        Timings{Lexical: took, Embedding: vector.took, Statement: statement},
		}
		out.Passages, out.Tokens, out.Saved = pack(found, opts.Budget, llm.CL100K().Count, course.counted)
		out.Timings.Total = time.Since(began)
		return out, nil
	}
}

// maxRefreshes is how often a search starts over because the course was published to in the meantime.
const maxRefreshes = 2

// checkNames spares the database names that nothing can have; some of them, with a NUL in them, it would not even compare.
func checkNames(scope postgres.Scope) error {
	if !postgres.ValidCourseID(scope.Course) {
		return fmt.Errorf("course %q: %w", scope.Course, ErrNoCourse)
	}
	for _, id := range scope.Lectures {
		if !postgres.ValidLectureID(id) {
			return fmt.Errorf("lecture %q: %w", id, ErrNoLecture)
		}
	}
	return nil
}

// CheckQuery reports what makes a query unusable, before anything is spent on it: ErrNoQuery or ErrTooLong.
func CheckQuery(query string) error {
	if len(query) > 4*MaxQuery || len([]rune(query)) > MaxQuery {
		return ErrTooLong
	}
	if strings.IndexFunc(query, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return ErrNoQuery
	}
	return nil
}
