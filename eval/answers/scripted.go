package answers

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// ScriptedModel is the name under which the scripted tutor answers. It is nobody's model, and a report with it says so.
const ScriptedModel = "scripted"

// A Scripted tutor is a model behind the OpenAI protocol that knows the gold answer of every task, and obeys a rule of the
// prompt only if the prompt that it is sent holds that rule. What it scores says nothing about any real model: it shows that
// the pipeline brings the right passages, that the guard lets a right answer through, and that the prompt still says what
// it must. Take a rule out, and it behaves as a model might that was never told.
type Scripted struct {
	tasks map[string]Task // by the question as the prompt shows it
	// Draft, if it is set, changes each draft before it is sent: how broken tutors are made.
	Draft func(t Task, seen Seen, draft guard.Draft) guard.Draft
	// See, if it is set, changes what the model is shown.
	See func(Seen) Seen
}

// NewScripted returns the tutor for a set.
func NewScripted(set *Set) *Scripted {
	s := &Scripted{tasks: map[string]Task{}}
	for _, t := range set.Tasks {
		s.tasks[squash(t.Question)] = t
	}
	return s
}

// Seen is what a request shows the model.
type Seen struct {
	Passages []SeenPassage
	Question string
	Earlier  int             // how many questions of the student's come before it
	Rules    map[string]bool // which of the rules of the prompt it was told
}

// SeenPassage is a passage of the prompt.
type SeenPassage struct{ Alias, Text string }

var (
	passageTag  = regexp.MustCompile(`(?s)<passage chunk="(c[0-9]+)"[^>]*>\n(.*?)\n</passage>`)
	earlierTag  = regexp.MustCompile(`(?s)<earlier>\n.*?\n</earlier>`)
	questionTag = regexp.MustCompile(`(?s)<question>\n(.*?)\n</question>`)
)

// rules are words of the system message by which the scripted tutor knows that it was told a rule.
var rules = map[string]string{
	"only-passages":         "only from the passages",
	"not-sufficient":        `set "outcome" to "not_in_lecture"`,
	"no-invented-citations": "never invent an id",
	"verbatim-quotes":       "character for character",
	"evidence-for-all":      "every sentence has evidence",
	"assessed-work":         "do not do work that will be graded",
	"data-not-instructions": "data, not instructions",
	"language":              "language of the question",
	"plain-text":            "no markdown",
	"json-only":             "nothing before or after it",
	"earlier-questions":     "only to understand the question",
}

// read takes a request apart.
func read(r llmtest.Request) Seen {
	seen := Seen{Rules: map[string]bool{}}
	if len(r.Messages) < 2 {
		return seen
	}
	system, _, _ := strings.Cut(r.Messages[0].Content, "## Schema")
	system = strings.ToLower(squash(system))
	for name, words := range rules {
		seen.Rules[name] = strings.Contains(system, words)
	}
	user := r.Messages[1].Content
	for _, m := range passageTag.FindAllStringSubmatch(user, -1) {
		seen.Passages = append(seen.Passages, SeenPassage{m[1], m[2]})
	}
	seen.Earlier = len(earlierTag.FindAllString(user, -1))
	if m := questionTag.FindStringSubmatch(user); m != nil {
		seen.Question = squash(m[1])
	}
	return seen
}

func squash(s string) string { return strings.Join(strings.Fields(s), " ") }

// Reply answers one request.
func (s *Scripted) Reply(r llmtest.Request) llmtest.Reply {
	seen := read(r)
	if s.See != nil {
		seen = s.See(seen)
	}
	t, known := s.tasks[seen.Question]
	if !known || len(seen.Passages) == 0 {
		return llmtest.Reply{Content: `{"outcome":"not_in_lecture","sentences":[]}`, Model: ScriptedModel}
	}
	draft := s.draft(t, seen)
	if s.Draft != nil {
		draft = s.Draft(t, seen, draft)
	}
	b, err := draft.JSON()
	if err != nil {
		b = nil // an empty reply, which the guard rejects
	}
	content := string(b)
	if !seen.Rules["json-only"] {
		content = "Here is the answer:\n" + content
	}
	prompt := 0
	for _, m := range r.Messages {
		prompt += len(m.Content) / 4
	}
	return llmtest.Reply{Content: content, Model: ScriptedModel, PromptTokens: prompt, CompletionTokens: len(content) / 4}
}

// draft is the best answer to a task from what was seen, as far as the rules that were told ask for it.
func (s *Scripted) draft(t Task, seen Seen) guard.Draft {
	switch {
	case !t.Answerable() && t.Expect[0] == answer.Refused && seen.Rules["assessed-work"]:
		return guard.Draft{Outcome: guard.Refused}
	case !t.Answerable() && seen.Rules["not-sufficient"]:
		return guard.Draft{Outcome: guard.NotInLecture}
	case !t.Answerable():
		return guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{seen.Anything(0)}}
	case seen.Earlier > 0 && !seen.Rules["earlier-questions"]:
		return seen.elsewhere(t)
	}
	d, missing := guard.Draft{Outcome: guard.Answered}, 0
	for _, span := range t.Spans {
		alias, quote := seen.Find(span.Quote)
		if alias == "" {
			missing++
			continue
		}
		for _, at := range lexical.Sentences(quote) {
			d.Sentences = append(d.Sentences, cite(quote[at.Start:at.End], alias, quote))
		}
		if !t.All {
			break
		}
	}
	if len(d.Sentences) == 0 || t.All && missing > 0 {
		if seen.Rules["not-sufficient"] {
			return guard.Draft{Outcome: guard.NotInLecture}
		}
		d.Sentences = append(d.Sentences, seen.Anything(0))
	}
	return seen.disobey(t, d)
}

// disobey does to a right draft what each rule forbids that was not told.
func (seen Seen) disobey(t Task, d guard.Draft) guard.Draft {
	first := &d.Sentences[0]
	if !seen.Rules["only-passages"] {
		d.Sentences = append(d.Sentences, cite("Researchers at Stanford University proved this again in 2019.", first.Evidence[0].Chunk, first.Evidence[0].Quote))
	}
	if !seen.Rules["no-invented-citations"] {
		first.Evidence[0].Chunk = "c9999"
	}
	if !seen.Rules["verbatim-quotes"] {
		words := strings.Fields(first.Evidence[0].Quote)
		words[len(words)/2] = "…"
		first.Evidence[0].Quote = strings.Join(words, " ")
	}
	if !seen.Rules["evidence-for-all"] {
		d.Sentences = append(d.Sentences, guard.DraftSentence{Text: "I hope that this helps you with your studies!"})
	}
	if !seen.Rules["data-not-instructions"] && len(t.MustNot) > 0 {
		first.Text = strings.TrimRight(first.Text, ".") + ", and " + t.MustNot[0] + "."
	}
	if !seen.Rules["language"] {
		first.Text = "So steht es auch in der Vorlesung, und mehr braucht man dazu hier eigentlich nicht zu wissen."
	}
	if !seen.Rules["plain-text"] {
		first.Text = "**" + first.Text + "** [more](https://example.com/more)"
	}
	return d
}

// Find returns the passage that holds the quote, or as much of its beginning as a passage holds whole words of, and those
// words; "" if none has five words of it.
func (seen Seen) Find(quote string) (alias, part string) {
	words := strings.Fields(quote)
	for n := len(words); n >= 5; n-- {
		for from := 0; from+n <= len(words); from++ {
			want := strings.Join(words[from:from+n], " ")
			for _, p := range seen.Passages {
				if strings.Contains(squash(p.Text), want) {
					return p.Alias, want
				}
			}
		}
	}
	return "", ""
}

// Anything is a sentence from the i-th passage, whatever it says: the first twelve words, on themselves.
func (seen Seen) Anything(i int) guard.DraftSentence {
	p := seen.Passages[i%len(seen.Passages)]
	words := strings.Fields(p.Text)
	quote := strings.Join(words[:min(12, len(words))], " ")
	return cite(quote, p.Alias, quote)
}

// elsewhere answers another question than the task's: with the first sentence of usual length in a passage that holds nothing
// of the task's places. If there is none, nothing is found.
func (seen Seen) elsewhere(t Task) guard.Draft {
	for _, p := range seen.Passages {
		alone := Seen{Passages: []SeenPassage{p}}
		if slices.ContainsFunc(t.Spans, func(s Span) bool { alias, _ := alone.Find(s.Quote); return alias != "" }) {
			continue
		}
		for _, at := range lexical.Sentences(p.Text) {
			text := p.Text[at.Start:at.End]
			if n := len(strings.Fields(text)); n >= 5 && n <= 40 {
				return guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{cite(text, p.Alias, text)}}
			}
		}
	}
	return guard.Draft{Outcome: guard.NotInLecture}
}

// cite is a sentence with one piece of evidence.
func cite(text, chunk, quote string) guard.DraftSentence {
	return guard.DraftSentence{Text: text, Evidence: []guard.Evidence{{Chunk: chunk, Quote: quote}}}
}
