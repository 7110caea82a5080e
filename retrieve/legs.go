package retrieve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// embedded is the query for the vector leg. vector is nil where there is none, and degraded says why.
type embedded struct {
	space    int32  // 0: nothing in this database was embedded in it
	name     string // of the space
	vector   []float32
	weight   float64
	degraded Degraded
	err      error // behind degraded
	took     time.Duration
}

// embedInTime embeds the query, or gives up after limit. If ctx ends it is nobody's failure: whoever asked went away, or
// the search has failed.
func (s *Searcher) embedInTime(ctx context.Context, course, query string, limit time.Duration) embedded {
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	e, err := s.embed(limited, course, query)
	if err != nil && ctx.Err() == nil {
		e.degraded, e.err = EmbeddingFailed, err
		if limited.Err() != nil {
			e.degraded = EmbeddingLate
		}
	}
	e.took = time.Since(start)
	return e
}

func (s *Searcher) embed(ctx context.Context, course, query string) (embedded, error) {
	where, err := s.embedder.Space(ctx)
	if err != nil {
		return embedded{}, err
	}
	space, err := s.spaceID(ctx, course, where.Name)
	if err != nil || space == 0 {
		return embedded{name: where.Name}, err
	}
	vectors, err := s.embedder.Embed(ctx, []string{query})
	if err != nil {
		return embedded{}, err
	}
	if len(vectors) != 1 || len(vectors[0]) != where.Dimensions {
		return embedded{}, fmt.Errorf("the model %s did not return one vector of %d dimensions", where.Model, where.Dimensions)
	}
	if !unitLength(vectors[0]) {
		return embedded{}, fmt.Errorf("the model %s returned a vector that is not of length 1", where.Model)
	}
	weight := vectorWeight
	if s.offline() {
		weight = offlineVectorWeight
	}
	return embedded{space: space, name: where.Name, vector: vectors[0], weight: weight}, nil
}

// missing reports whether the vector leg had nothing to find although there is something: none of the lectures in scope
// was ingested in the query's space. A winner with a vector rank says that one was; only without any are they looked at.
func (e embedded) missing(lectures []*lecture, winners []found) bool {
	if e.degraded != NotDegraded || e.name == "" || len(lectures) == 0 {
		return false
	}
	return !slices.ContainsFunc(winners, func(f found) bool { return f.chunk.VectorRank > 0 }) &&
		!slices.ContainsFunc(lectures, func(l *lecture) bool { return e.space != 0 && l.space == e.space })
}

// maxWarned bounds what is remembered of the courses that were warned about; then they are warned about once more.
const maxWarned = 10_000

// warnMissing says once per course that it has to be ingested again.
func (s *Searcher) warnMissing(ctx context.Context, course, space string) {
	key := [2]string{course, space}
	s.mu.Lock()
	before := s.warned[key]
	if len(s.warned) >= maxWarned {
		clear(s.warned)
	}
	s.warned[key] = true
	s.mu.Unlock()
	if !before {
		s.log.WarnContext(ctx, "the course has no vectors in the embedder's space; the lexical leg answers alone until it is ingested again",
			"course", course, "why", string(EmbeddingMissing), "space", space)
	}
}

// unitLength reports whether v is what an Embedder promises. A zero vector has no angle to anything, NaN and what a
// half-precision number cannot hold would fail in the database.
func unitLength(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Abs(sum-1) < 0.01
}

func (s *Searcher) offline() bool {
	_, offline := s.embedder.(*llm.Offline)
	return offline
}

// lexicalResult is the lexical leg's contribution.
type lexicalResult struct {
	lectures   []*lecture  // in scope
	candidates []candidate // best first
	terms      []Term
}

// candidate names a chunk of a lecture.
type candidate struct {
	lecture, chunk string
}

// maxCorrected is how many of a query's distinct terms are compared with the vocabulary when no chunk holds them. A
// question has fewer; what is pasted in may have hundreds, and each takes about 0.1 ms in a course of 2,000 chunks.
const maxCorrected = 32

// lexicalLeg scores the lectures that are in scope, and no others: the statistics, too, are theirs.
func lexicalLeg(c *course, scope postgres.Scope, query string, k int) (lexicalResult, error) {
	lectures, err := c.within(scope)
	if err != nil {
		return lexicalResult{}, err
	}
	postings := make([]*lexical.Postings, len(lectures))
	for i, l := range lectures {
		postings[i] = l.postings
	}
	words := lexical.Held(postings, c.analyzer.Terms(query))
	var asked []string
	out := lexicalResult{lectures: lectures}
	seen := map[string]bool{}
	end := 0 // of the last compound
	for _, word := range words {
		w := word.Text
		asked = append(asked, w)
		if word.Whole {
			end = word.End
		}
		if seen[w] || !word.Whole && word.End <= end {
			continue // a compound is one of the question's words; its parts are searched, too
		}
		seen[w] = true
		term := Term{Text: w, IDF: lexical.IDF(postings, w), Missing: !lexical.Holds(postings, w)}
		if len(out.terms) < maxCorrected && term.Missing {
			term.Similar = lexical.Similar(postings, w)
			asked = append(asked, term.Similar...)
		}
		out.terms = append(out.terms, term)
	}
	for _, hit := range lexical.SearchWhere(postings, asked, depth(k), lexical.DefaultBM25, visible(lectures, scope)) {
		out.candidates = append(out.candidates, candidate{lecture: lectures[hit.Lecture].id, chunk: lectures[hit.Lecture].chunks[hit.Doc]})
	}
	return out, nil
}

// visible returns the filter that leaves out chunks the student has not come to yet; nil when nothing is limited.
func visible(lectures []*lecture, scope postgres.Scope) func(lecture, doc int) bool {
	if len(scope.Seen) == 0 {
		return nil
	}
	until := limits(scope)
	return func(i, doc int) bool {
		limit, limited := until[lectures[i].id]
		return !limited || lectures[i].chunkEnds[doc] <= limit
	}
}

// limits is how far each lecture of scope was seen. Of a lecture that is named twice the lower limit holds; one that was
// seen whole has none, and neither has what can be no lecture.
func limits(scope postgres.Scope) map[string]int64 {
	until := make(map[string]int64, len(scope.Seen))
	for _, s := range scope.Seen {
		if s.UntilMS == math.MaxInt64 || !postgres.ValidLectureID(s.Lecture) {
			continue
		}
		if limit, named := until[s.Lecture]; !named || s.UntilMS < limit {
			until[s.Lecture] = s.UntilMS
		}
	}
	return until
}

// spaceID is the number of a space, 0 if nothing was embedded in it yet.
func (s *Searcher) spaceID(ctx context.Context, course, name string) (int32, error) {
	s.mu.Lock()
	id, ok := s.spaces[name]
	s.mu.Unlock()
	if ok {
		return id, nil
	}
	ids, err := postgres.Collect(ctx, s.db, course, pgx.RowTo[int32], `select space_id from embedding_spaces where name = $1`, name)
	if err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return 0, nil
	}
	s.mu.Lock()
	s.spaces[name] = ids[0]
	s.mu.Unlock()
	return ids[0], nil
}
