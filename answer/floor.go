package answer

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve"
)

// The extractive floor: which sentences of the passages to show, word for word, when no model's draft stands. Two
// decisions, each with weights of its own (floor_weights.json, which says what they were fitted on): whether to show
// anything (sufficiency.go), and which sentences. docs/answers.md has the figures.

const floorSentences = 3 // at most

// An Excerpt is a stretch of a passage that the floor would show.
type Excerpt struct {
	Passage    int // index into the passages
	Start, End int // bytes in its text
	Score      float64
	// Share is exp(Score) over the sum of that over all pieces, 0 to 1: how likely it is that this one holds the answer, if
	// any does. The fit makes it too sure of the best one, so that small shares are to be compared and not to be believed.
	Share float64
}

// A reading is what the tutor makes of a search result before anybody reads it.
type reading struct {
	Gate

	pieces   []piece
	question [QuestionFeatures]float64
}

// read reads the passages, which may be in any order, for the question.
func (w *Weights) read(question string, found retrieve.Result, passages []retrieve.Passage) reading {
	var r reading
	q := take(question, found)
	if len(q.terms) > 0 {
		for i, p := range passages {
			r.pieces = append(r.pieces, piecesOf(p, i, &q)...)
		}
		describe(&q, passages, r.pieces)
		r.question = q.question(r.pieces)
	}
	for i := range r.pieces {
		r.pieces[i].score = w.pieceScore(r.pieces[i].features)
	}
	r.Gate = w.decide(&r, found)
	answersFollow(passages, r.pieces)
	r.Closest = choose(passages, r.pieces)
	r.Floor = r.Floor && len(r.Closest) > 0
	for r.Shown < len(r.Closest) && (r.Shown == 0 || r.Closest[r.Shown].Share > w.TailAt) {
		r.Shown++
	}
	return r
}

// choose returns the best pieces, best first.
func choose(passages []retrieve.Passage, pieces []piece) []Excerpt {
	order := make([]int, len(pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(pieces[b].score, pieces[a].score) })
	all := 0.0
	for _, i := range order {
		all += math.Exp(pieces[i].score - pieces[order[0]].score)
	}
	var chosen []Excerpt
	said := map[string]bool{}
	for _, i := range order {
		c := pieces[i]
		if len(chosen) == floorSentences {
			break
		}
		text := strings.ToLower(passages[c.passage].Text[c.start:c.end])
		if c.words < floorShortest || math.IsInf(c.score, -1) || said[text] || c.features[featureAround] == 0 && !c.answers {
			continue // neither it nor the sentences beside it hold a word of the question
		}
		said[text] = true
		chosen = append(chosen, Excerpt{
			Passage: c.passage, Start: c.start, End: c.end, Score: c.score,
			Share: math.Exp(c.score-pieces[order[0]].score) / all,
		})
	}
	return chosen
}

// answersFollow hands the score of a question on to the sentence behind it. In a lecture somebody has often asked the
// very same thing, and then the question is the best match and the answer the next sentence.
func answersFollow(passages []retrieve.Passage, pieces []piece) {
	for k := range pieces {
		c := &pieces[k]
		if !strings.HasSuffix(passages[c.passage].Text[c.start:c.end], "?") {
			continue
		}
		next := k + 1
		for next < len(pieces) && pieces[next].passage == c.passage && pieces[next].words < floorShortest {
			next++ // "No." is no answer to show; what comes after it is
		}
		if next < len(pieces) && pieces[next].passage == c.passage {
			pieces[next].score, pieces[next].answers = max(pieces[next].score, c.score), c.features[featureBM25] > 0
		}
		c.score = math.Inf(-1)
	}
}

// draft is what the floor shows, in spoken order if the passages are. It has no sentences when the floor is closed.
func (r *reading) draft(passages []retrieve.Passage) guard.Draft {
	draft := guard.Draft{Outcome: guard.Answered}
	if !r.Floor {
		return draft
	}
	shown := slices.Clone(r.Closest[:r.Shown])
	slices.SortFunc(shown, func(a, b Excerpt) int {
		return cmp.Or(cmp.Compare(a.Passage, b.Passage), cmp.Compare(a.Start, b.Start))
	})
	for _, e := range shown {
		text := passages[e.Passage].Text[e.Start:e.End]
		draft.Sentences = append(draft.Sentences, guard.DraftSentence{
			Text:     text,
			Evidence: []guard.Evidence{{Chunk: alias(e.Passage), Quote: text}},
		})
	}
	return draft
}
