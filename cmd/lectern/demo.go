package main

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// A liar is a scripted model of the demo mode. It is no language model: it copies a sentence out of the prompt's
// passages and, depending on its kind, misquotes it.
type liar struct {
	name  string // what a request sends as model
	label string // goes on from "The scripted model …"
	// lie turns the honest draft into the one that is sent first. nil: honest.
	lie func(honest guard.Draft) guard.Draft
	// stubborn liars repeat the lie when asked to repair.
	stubborn bool
	// reply replaces the whole reply, draft or not.
	reply *llmtest.Reply
}

var noQuota = llmtest.Refusal(http.StatusTooManyRequests, "insufficient_quota", "")

var liars = []liar{
	{name: "demo/honest", label: "quotes what it was given"},
	{name: "demo/unknown-chunk", label: "cites a chunk that does not exist, and mends it when asked", lie: cite("c99")},
	{name: "demo/unknown-chunk-stubborn", label: "cites a chunk that does not exist, and does it again", lie: cite("c99"), stubborn: true},
	{name: "demo/real-id", label: "cites a chunk by a real-looking id that this request was never given", lie: cite("ck_4qxbn2zvw6m3t5yh7jd2k3f5r6s7a2bc")},
	{name: "demo/wrong-quote", label: "cites the right chunk with words that are not in it", lie: misquote},
	{name: "demo/uncited", label: "gives no citation at all", lie: func(d guard.Draft) guard.Draft { d.Sentences[0].Evidence = []guard.Evidence{}; return d }},
	{name: "demo/refusal-with-sources", label: "says it is not in the lecture and cites sources all the same",
		lie: func(d guard.Draft) guard.Draft { d.Outcome = guard.NotInLecture; return d }},
	// Not a 5xx: that would open the breaker for the other liars as well.
	{name: "demo/no-quota", label: "has run out of quota and writes nothing", reply: &noQuota},
}

func cite(alias string) func(guard.Draft) guard.Draft {
	return func(d guard.Draft) guard.Draft {
		d.Sentences[0].Evidence[0].Chunk = alias
		return d
	}
}

func misquote(d guard.Draft) guard.Draft {
	words := strings.Fields(d.Sentences[0].Evidence[0].Quote)
	words[len(words)/2] = "never"
	said := strings.Join(words, " ")
	d.Sentences[0].Text, d.Sentences[0].Evidence[0].Quote = said, said
	return d
}

// startDemo starts the scripted server and makes it this process's model server.
func (a *app) startDemo() (*llmtest.Server, error) {
	server, err := llmtest.Start()
	if err != nil {
		return nil, err
	}
	server.Handle(scripted)
	a.LLMBaseURL, a.LLMAPIKey, a.ChatModel, a.EmbedModel = server.URL(), "", liars[0].name, ""
	return server, nil
}

// scripted answers a chat call as the liar that its model names.
func scripted(r llmtest.Request) llmtest.Reply {
	for _, l := range liars {
		if l.name != r.Model {
			continue
		}
		if l.reply != nil {
			return *l.reply
		}
		draft, found := honestDraft(r)
		repairing := len(r.Messages) > 2
		if found && l.lie != nil && (l.stubborn || !repairing) {
			draft = l.lie(draft)
		}
		b, err := draft.JSON()
		if err != nil {
			return llmtest.Refusal(http.StatusInternalServerError, "scripted", "")
		}
		return llmtest.Reply{Content: string(b)}
	}
	return llmtest.Refusal(http.StatusNotFound, "model_not_found", "model")
}

var (
	passageInPrompt  = regexp.MustCompile(`(?s)<passage chunk="([^"]+)"[^>]*>\n(.*?)\n</passage>`)
	questionInPrompt = regexp.MustCompile(`(?s)<question>\n(.*?)\n</question>`)
	sentenceInText   = regexp.MustCompile(`[^.?!]+[.?!]`)
)

// honestDraft quotes the sentence of the prompt's passages that shares the most words with the question.
func honestDraft(r llmtest.Request) (d guard.Draft, found bool) {
	prompt := r.Messages[1].Content
	question := map[string]bool{}
	if m := questionInPrompt.FindStringSubmatch(prompt); m != nil {
		for _, w := range strings.Fields(strings.ToLower(m[1])) {
			if w = strings.Trim(w, ".,?!"); len(w) > 3 {
				question[w] = true
			}
		}
	}
	best, alias, sentence := 0, "", ""
	for _, m := range passageInPrompt.FindAllStringSubmatch(prompt, -1) {
		for _, s := range sentenceInText.FindAllString(m[2], -1) {
			score, words := 0, strings.Fields(s)
			for _, w := range words {
				if question[strings.Trim(strings.ToLower(w), ".,?!")] {
					score++
				}
			}
			if score > best && len(words) > 7 && len(words) < 50 {
				best, alias, sentence = score, m[1], strings.TrimSpace(s)
			}
		}
	}
	if best == 0 {
		return guard.Draft{Outcome: guard.NotInLecture}, false
	}
	return guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{
		{Text: sentence, Evidence: []guard.Evidence{{Chunk: alias, Quote: sentence}}},
	}}, true
}
