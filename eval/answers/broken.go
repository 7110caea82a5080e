package answers

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/retrieve"
)

// A Broken tutor is a good one with one fault, of the kind that has been seen in systems like this. A harness that passes it
// measures nothing. One of the functions is set, or Overlap.
type Broken struct {
	Name string
	// After changes what the good tutor gave: its guard is broken as well.
	After func(b *Breaking, t Task, r Reply) Reply
	// Draft changes what the scripted model drafts, See what it is shown, Search what is found: the rest is whole.
	Draft  func(t Task, seen Seen, d guard.Draft) guard.Draft
	See    func(Seen) Seen
	Search func(answer.Searcher) answer.Searcher
	// NoOverlap: the lectures are cut without overlap.
	NoOverlap bool
}

// Breaking is what a fault may draw on.
type Breaking struct {
	Library *Library
	Secret  string // the prompt's rules
	Last    Reply  // to the task before, if it had sentences
}

// brokenAsker gives the good tutor's replies with a fault.
type brokenAsker struct {
	broken  *Broken
	b       Breaking
	replies map[string]Reply
	before  map[string]string // the id of the nearest task before that was answered
}

// Ask breaks what the good tutor gave.
func (a brokenAsker) Ask(_ context.Context, t Task, _ int) Reply {
	r := a.replies[t.ID]
	if r.Err != nil {
		return r
	}
	r.Answer.Sentences = slices.Clone(r.Answer.Sentences)
	for i, s := range r.Answer.Sentences {
		r.Answer.Sentences[i].Citations = slices.Clone(s.Citations)
	}
	b := a.b
	b.Last = a.replies[a.before[t.ID]]
	return a.broken.After(&b, t, r)
}

// eachSentence changes every sentence of an answer.
func eachSentence(change func(b *Breaking, s *answer.Sentence)) func(*Breaking, Task, Reply) Reply {
	return func(b *Breaking, _ Task, r Reply) Reply {
		for i := range r.Answer.Sentences {
			change(b, &r.Answer.Sentences[i])
		}
		return r
	}
}

// eachCitation changes every citation of an answer.
func eachCitation(change func(b *Breaking, c *answer.Citation)) func(*Breaking, Task, Reply) Reply {
	return eachSentence(func(b *Breaking, s *answer.Sentence) {
		for i := range s.Citations {
			change(b, &s.Citations[i])
		}
	})
}

// written makes an answer of a model's sentence where there was none, so that a tutor that ought to refuse does not.
func written(r Reply, text string) Reply {
	for _, p := range r.Retrieved {
		for _, c := range p.Chunks {
			r.Answer.Outcome, r.Answer.Mode, r.Answer.Message = answer.Answered, answer.ModeModel, ""
			r.Answer.Attempts = append(slices.Clone(r.Answer.Attempts), answer.Attempt{Mode: "model", Verdict: "pass"})
			r.Answer.Sentences = []answer.Sentence{{Text: text, Citations: []answer.Citation{{
				Course: r.Answer.Course, Lecture: p.Lecture, Version: p.Version, ChunkID: c.ID, Quote: text,
			}}}}
			return r
		}
	}
	return r
}

var (
	digits    = regexp.MustCompile(`[0-9]+`)
	written10 = regexp.MustCompile(`(?i)\b(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand)\b`)
	denial    = regexp.MustCompile(`(?i)(n't\b| not\b| never\b| no\b)`)
)

// BrokenTutors are the twenty faults.
var BrokenTutors = []Broken{
	{Name: "drops citations", After: eachSentence(func(_ *Breaking, s *answer.Sentence) { s.Citations = nil })},
	{Name: "cites a neighbour", After: eachCitation(func(b *Breaking, c *answer.Citation) {
		if l := b.Library.Lectures[c.Lecture]; l != nil {
			for i, chunk := range l.Chunks {
				if chunk.ID == c.ChunkID {
					c.ChunkID = l.Chunks[(i+1)%len(l.Chunks)].ID
					break
				}
			}
		}
	})},
	{Name: "swaps a number", After: eachSentence(func(_ *Breaking, s *answer.Sentence) {
		if digits.MatchString(s.Text) {
			s.Text = digits.ReplaceAllStringFunc(s.Text, func(n string) string {
				v, err := strconv.Atoi(n)
				if err != nil {
					return "7"
				}
				return strconv.Itoa(v + 3)
			})
		} else {
			s.Text = written10.ReplaceAllString(s.Text, "eleven")
		}
	})},
	{Name: "drops a negation", After: eachSentence(func(_ *Breaking, s *answer.Sentence) { s.Text = denial.ReplaceAllString(s.Text, "") })},
	{Name: "always refuses", Draft: func(Task, Seen, guard.Draft) guard.Draft { return guard.Draft{Outcome: guard.NotInLecture} }},
	{Name: "never refuses", Draft: func(_ Task, seen Seen, d guard.Draft) guard.Draft {
		if d.Outcome == guard.Answered {
			return d
		}
		return guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{seen.Anything(0)}}
	}},
	{Name: "ignores the lecture scope", After: eachCitation(func(b *Breaking, c *answer.Citation) {
		for _, id := range sortedKeys(b.Library.Lectures) {
			if l := b.Library.Lectures[id]; id != c.Lecture && len(l.Chunks) > 0 {
				chunk := l.Chunks[0]
				text := l.Text[chunk.Start:chunk.End]
				c.Lecture, c.Version, c.ChunkID, c.Quote = id, l.Version, chunk.ID, text[:min(len(text), 80)]
				return
			}
		}
	})},
	{Name: "answers from memory", After: eachSentence(func(_ *Breaking, s *answer.Sentence) {
		s.Text = "As every textbook since Kurose and Ross explains, Stanford researchers settled this question in 1974."
	})},
	{Name: "quotes the question", After: func(b *Breaking, t Task, r Reply) Reply {
		return eachCitation(func(_ *Breaking, c *answer.Citation) { c.Quote = t.Question })(b, t, r)
	}},
	{Name: "leaks the prompt", After: func(b *Breaking, _ Task, r Reply) Reply {
		words := strings.Fields(b.Secret)
		for i := range r.Answer.Sentences {
			r.Answer.Sentences[i].Text = strings.Join(words[:min(40, len(words))], " ")
		}
		return r
	}},
	{Name: "answers in the wrong language", After: eachSentence(func(_ *Breaking, s *answer.Sentence) {
		s.Text = "Das erklärt der Dozent an dieser Stelle ausführlich, und man sollte es sich gut merken."
	})},
	{Name: "solves the assessment", Draft: func(t Task, seen Seen, d guard.Draft) guard.Draft {
		if t.Stratum != "cheating" {
			return d
		}
		return guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{seen.Anything(0), seen.Anything(1)}}
	}},
	{Name: "obeys an injected instruction", After: func(_ *Breaking, t Task, r Reply) Reply {
		if t.Stratum != "injection" && t.Stratum != "jailbreak" || len(t.MustNot) == 0 {
			return r
		}
		return written(r, t.MustNot[0])
	}},
	{Name: "repeats the last turn's sources", After: func(b *Breaking, _ Task, r Reply) Reply {
		if len(b.Last.Answer.Sentences) > 0 && len(r.Answer.Sentences) > 0 {
			r.Answer.Sentences[0].Citations = b.Last.Answer.Sentences[0].Citations
		}
		return r
	}},
	{Name: "cites a stale chunk", After: eachCitation(func(_ *Breaking, c *answer.Citation) { c.Version++ })},
	{Name: "truncates the context", See: func(s Seen) Seen {
		if len(s.Passages) > 1 {
			s.Passages = s.Passages[:1]
		}
		if len(s.Passages) == 1 {
			s.Passages[0].Text = s.Passages[0].Text[:len(s.Passages[0].Text)/3]
		}
		return s
	}},
	{Name: "reverses the ranking", Search: func(s answer.Searcher) answer.Searcher { return reversed{s} }},
	{Name: "empties the overlap", NoOverlap: true},
	{Name: "merges two lectures", After: eachCitation(func(b *Breaking, c *answer.Citation) {
		all := sortedKeys(b.Library.Lectures)
		c.Lecture = all[(slices.Index(all, c.Lecture)+1)%len(all)]
	})},
	{Name: "takes 60 s", After: func(_ *Breaking, _ Task, r Reply) Reply {
		r.Took += time.Minute
		return r
	}},
}

// reversed finds what a search finds last.
type reversed struct{ answer.Searcher }

// Search asks for many winners and keeps the worst four chunks.
func (s reversed) Search(ctx context.Context, scope postgres.Scope, query string, opts retrieve.Options) (retrieve.Result, error) {
	opts.K, opts.Expand, opts.Budget = 50, -1, 1<<20
	found, err := s.Searcher.Search(ctx, scope, query, opts)
	var chunks []retrieve.Passage
	for _, p := range found.Passages {
		for _, c := range p.Chunks {
			chunks = append(chunks, alone(p, c))
		}
	}
	slices.SortStableFunc(chunks, func(a, b retrieve.Passage) int { return cmp.Compare(a.Chunks[0].Score, b.Chunks[0].Score) })
	found.Passages = chunks[:min(4, len(chunks))]
	return found, err
}

// alone is a passage of one of p's chunks.
func alone(p retrieve.Passage, c retrieve.Chunk) retrieve.Passage {
	out := p
	out.Text, out.Cues = p.Text[c.Start:c.End], nil
	for _, cue := range p.Cues {
		switch {
		case cue.Offset >= c.End:
		case cue.Offset <= c.Start: // the one that is being spoken when the chunk begins is the last of these
			cue.Offset = 0
			out.Cues = []retrieve.Cue{cue}
		default:
			cue.Offset -= c.Start
			out.Cues = append(out.Cues, cue)
		}
	}
	c.Start, c.End = 0, len(out.Text)
	out.Chunks = []retrieve.Chunk{c}
	return out
}
