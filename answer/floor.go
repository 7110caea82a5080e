package answer

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// The extractive floor: which sentences of the passages to show, word for word, when no model's draft stands. A
// sentence is scored by the question's terms in it, and at less weight by those of the sentences beside it: a spoken
// definition often names its subject one sentence earlier. What a sentence and its neighbours do not hold enough of is
// not shown.
//
// Measured on 639 squad2 questions that none of the constants was chosen on: at most three sentences hold the gold answer
// for 76 % of them, and 3.6 % of 583 questions asked in a wrong document are shown something.
const (
	floorSentences  = 3   // at most
	floorNeighbours = 0.5 // weight of the terms of the sentences beside it
	// floorTail is how good a further sentence must be, against the best, to be shown too.
	floorTail = 0.65
	// A stretch without punctuation is cut at cue boundaries into pieces of about this many words.
	floorPiece    = 25
	floorLongest  = 60 // words; a longer sentence is such a stretch
	floorShortest = 4  // words; shorter ones ("Good question.") answer nothing
)

// piece is a candidate: a sentence, or part of a stretch without any.
type piece struct {
	passage    int
	start, end int // bytes in the passage's text
	words      int
	held       map[string]bool
	score      float64
}

// extract writes the floor's draft. It has no sentences when the passages do not hold enough of the question.
func extract(found retrieve.Result, passages []retrieve.Passage) guard.Draft {
	var all []piece
	for i, p := range passages {
		pieces := piecesOf(p, i, found.Analyzer)
		for k := range pieces {
			near := map[string]bool{}
			for _, n := range pieces[max(k-1, 0):min(k+2, len(pieces))] {
				for term := range n.held {
					near[term] = true
				}
			}
			own, around := coverage(found.Terms, pieces[k].held), coverage(found.Terms, near)
			if own > 0 && around >= relevance {
				pieces[k].score = own + floorNeighbours*around
			}
		}
		answersFollow(p.Text, pieces)
		all = append(all, pieces...)
	}
	slices.SortStableFunc(all, func(a, b piece) int { return cmp.Compare(b.score, a.score) })
	var chosen []piece
	for _, c := range all {
		if len(chosen) == floorSentences || c.score == 0 || c.score < floorTail*all[0].score {
			break
		}
		if c.words < floorShortest {
			continue
		}
		chosen = append(chosen, c)
	}
	slices.SortStableFunc(chosen, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.passage, b.passage), cmp.Compare(a.start, b.start))
	})
	draft := guard.Draft{Outcome: guard.Answered}
	for _, c := range chosen {
		text := passages[c.passage].Text[c.start:c.end]
		draft.Sentences = append(draft.Sentences, guard.DraftSentence{
			Text:     text,
			Evidence: []guard.Evidence{{Chunk: alias(c.passage), Quote: text}},
		})
	}
	return draft
}

// answersFollow hands the score of a question on to the sentence behind it. In a lecture somebody has often asked the
// very same thing, and then the question is the best match and the answer the next sentence.
func answersFollow(text string, pieces []piece) {
	for k := range pieces {
		if !strings.HasSuffix(text[:pieces[k].end], "?") {
			continue
		}
		next := k + 1
		for next < len(pieces) && pieces[next].words < floorShortest {
			next++ // "No." is no answer to show; what comes after it is
		}
		if next < len(pieces) {
			pieces[next].score = max(pieces[next].score, pieces[k].score)
		}
		pieces[k].score = 0
	}
}

func piecesOf(p retrieve.Passage, index int, analyzer *lexical.Analyzer) []piece {
	var out []piece
	add := func(start, end int) {
		for start < end && p.Text[start] == ' ' {
			start++
		}
		text := strings.TrimRight(p.Text[start:end], " ")
		if text != "" && utf8.RuneCountInString(text) <= guard.MaxTextRunes {
			out = append(out, piece{passage: index, start: start, end: start + len(text), words: len(strings.Fields(text)), held: held(analyzer, text)})
		}
	}
	for _, s := range lexical.Sentences(p.Text) {
		if len(strings.Fields(p.Text[s.Start:s.End])) <= floorLongest {
			add(s.Start, s.End)
			continue
		}
		from := s.Start
		first := sort.Search(len(p.Cues), func(i int) bool { return p.Cues[i].Offset > s.Start })
		for _, cue := range p.Cues[first:] {
			if cue.Offset >= s.End {
				break
			}
			if len(strings.Fields(p.Text[from:cue.Offset])) >= floorPiece {
				add(from, cue.Offset)
				from = cue.Offset
			}
		}
		add(from, s.End)
	}
	return out
}
