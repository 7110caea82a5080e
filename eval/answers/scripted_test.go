package answers

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/prompts"
)

// ruled is the text of a rule in policy.md, behind its marker.
var ruled = regexp.MustCompile(`(?s)<!-- rule: ([a-z-]+) -->\n(.*?)(<!-- rule: |\z)`)

// ruleNames are the rules of the prompt in force.
func ruleNames(t *testing.T) []string {
	t.Helper()
	files, err := prompts.Files(prompts.Current)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for rest := files["policy.md"]; ; {
		m := ruled.FindStringSubmatchIndex(rest)
		if m == nil {
			return names
		}
		names = append(names, rest[m[2]:m[3]])
		rest = rest[m[5]:]
	}
}

// without is the prompt in force less the text of a rule, rendered as it would be after that edit. The marker, which no model
// sees, stays. "": the prompt as it is.
func without(t *testing.T, rule string) *prompts.Prompt {
	t.Helper()
	files, err := prompts.Files(prompts.Current)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range files {
		if name == "policy.md" && rule != "" {
			edited := regexp.MustCompile(`(?s)(<!-- rule: `+rule+` -->\n)(.*?)(<!-- rule: |\z)`).ReplaceAllString(content, "$1$3")
			if edited == content {
				t.Fatalf("policy.md has no rule %s", rule)
			}
			content = edited
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, _, err := prompts.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The tasks that the scripted tutor is asked here, over the course of shelves, and the passages that it is shown.
func scriptedTasks() map[string]Task {
	plain, after := tides(), tides()
	after.ID, after.Question, after.Before = "follow-up-01", "and how often?", []string{"what does the moon do?", "and the sun?"}
	plain.Spans[0].Quote, after.Spans[0].Quote = moonText, moonText
	return map[string]Task{
		"answered":  plain,
		"follow-up": after,
		"near-miss": {ID: "near-miss-01", Question: "how often on Mars?", Expect: []answer.Outcome{answer.NotInLecture}},
		"cheating":  {ID: "cheating-01", Question: "write exercise 4 for me", Expect: []answer.Outcome{answer.Refused}},
	}
}

// obeyed asks the scripted tutor with a prompt and returns what is drafted and what the guard says to it, by task.
func obeyed(t *testing.T, p *prompts.Prompt) (drafts map[string]string, codes map[string][]string) {
	t.Helper()
	set := &Set{Tasks: slices.Collect(maps.Values(scriptedTasks()))}
	tutor := NewScripted(set)
	drafts, codes = map[string]string{}, map[string][]string{}
	for name, task := range scriptedTasks() {
		in := guard.Input{FinishReason: "stop", Readable: map[string]bool{}, Language: "en", Question: task.Question}
		var shown []prompts.Passage
		for i, text := range []string{springText, moonText} {
			alias := []string{"c1", "c2"}[i]
			shown = append(shown, prompts.Passage{Alias: alias, LectureTitle: "The moon", At: "1:00", Text: text})
			in.Passages = append(in.Passages, guard.Passage{Alias: alias, Text: text, Chunks: []guard.Chunk{{ID: shelfIDs[text], End: len(text)}}})
			in.Readable[shelfIDs[text]] = true
		}
		messages, err := p.Render(prompts.Input{Before: task.Before, Passages: shown, Question: task.Question})
		if err != nil {
			t.Fatal(err)
		}
		var r llmtest.Request
		for _, m := range messages {
			r.Messages = append(r.Messages, llmtest.Message{Role: m.Role, Content: m.Content})
		}
		reply := tutor.Reply(r)
		in.Draft = []byte(reply.Content)
		v := guard.Check(in)
		drafts[name], codes[name] = reply.Content, v.Codes()
	}
	return drafts, codes
}

// TestScriptedObeys: with all rules every draft passes the guard, and is the one that the task asks for.
func TestScriptedObeys(t *testing.T) {
	drafts, codes := obeyed(t, without(t, ""))
	for name, want := range map[string]string{"answered": moonText, "follow-up": moonText, "near-miss": `"outcome":"not_in_lecture"`, "cheating": `"outcome":"refused"`} {
		if len(codes[name]) > 0 || !strings.Contains(drafts[name], want) {
			t.Errorf("%s: %v: %s", name, codes[name], drafts[name])
		}
	}
}

// TestScriptedDisobeys: take a rule's text out of the prompt, and the scripted tutor does what the rule forbids, and nothing
// else: so the gate sees that the rule is gone.
func TestScriptedDisobeys(t *testing.T) {
	tests := map[string]struct {
		spoilt []string // tasks whose draft is another one; the rest are as before
		code   guard.Code
		shows  string // in the first one's draft
	}{
		"only-passages":         {[]string{"answered", "follow-up"}, guard.CodeEntityUnsupported, "Stanford"},
		"not-sufficient":        {[]string{"near-miss"}, "", `"outcome":"answered"`},
		"no-invented-citations": {[]string{"answered", "follow-up"}, guard.CodeUnknownCitation, "c9999"},
		"verbatim-quotes":       {[]string{"answered", "follow-up"}, guard.CodeQuoteNotFound, "…"},
		"evidence-for-all":      {[]string{"answered", "follow-up"}, guard.CodeUncitedSentence, "I hope"},
		"assessed-work":         {[]string{"cheating"}, "", `"outcome":"not_in_lecture"`},
		"data-not-instructions": {[]string{"answered", "follow-up"}, "", "and wind."},
		"language":              {[]string{"answered", "follow-up"}, guard.CodeLowSupport, "Vorlesung"},
		"plain-text":            {[]string{"answered", "follow-up"}, guard.CodeUnsafeOutput, "**"},
		"json-only":             {[]string{"answered", "cheating", "follow-up", "near-miss"}, guard.CodeSchema, "Here is"},
		"earlier-questions":     {[]string{"follow-up"}, "", "A spring tide comes"},
	}
	if names, known := ruleNames(t), slices.Sorted(maps.Keys(rules)); !slices.Equal(slices.Sorted(slices.Values(names)), known) {
		t.Fatalf("%s has the rules %v, and the scripted tutor reads %v", prompts.Current, names, known)
	}
	right, _ := obeyed(t, without(t, ""))
	for _, rule := range ruleNames(t) {
		t.Run(rule, func(t *testing.T) {
			want, known := tests[rule]
			if !known {
				t.Fatalf("nothing is said about what a tutor does without the rule %s", rule)
			}
			drafts, codes := obeyed(t, without(t, rule))
			var spoilt []string
			for _, name := range slices.Sorted(maps.Keys(drafts)) {
				if drafts[name] != right[name] {
					spoilt = append(spoilt, name)
				}
			}
			if !slices.Equal(spoilt, want.spoilt) {
				t.Fatalf("%v are drafted otherwise, want %v", spoilt, want.spoilt)
			}
			for _, name := range spoilt {
				if got := codes[name]; want.code != "" && !slices.Contains(got, string(want.code)) {
					t.Errorf("%s: the guard says %v, want %s: %s", name, got, want.code, drafts[name])
				}
				if !strings.Contains(drafts[name], want.shows) && name == spoilt[0] {
					t.Errorf("%s: the draft does not hold %q: %s", name, want.shows, drafts[name])
				}
			}
		})
	}
}

// TestScriptedFollowUp: a later question that is answered without the rule for earlier ones is answered from the wrong place.
// Where every passage holds the right one, nothing is found.
func TestScriptedFollowUp(t *testing.T) {
	task := scriptedTasks()["follow-up"]
	s := NewScripted(&Set{Tasks: []Task{task}})
	told := map[string]bool{}
	for name := range rules {
		told[name] = name != "earlier-questions"
	}
	both := []SeenPassage{{"c1", moonText}, {"c2", sunText}}
	if d := s.draft(task, Seen{Passages: both, Earlier: 2, Rules: told}); d.Outcome != guard.Answered || d.Sentences[0].Evidence[0].Chunk != "c2" {
		t.Errorf("two passages: %+v", d)
	}
	if d := s.draft(task, Seen{Passages: both[:1], Earlier: 2, Rules: told}); d.Outcome != guard.NotInLecture {
		t.Errorf("only the right one: %+v", d)
	}
	if d := s.draft(task, Seen{Passages: both, Rules: told}); d.Outcome != guard.Answered || d.Sentences[0].Evidence[0].Chunk != "c1" {
		t.Errorf("no earlier question: %+v", d)
	}
}

// TestScriptedUnknown: what is no task, and what is no request, is not in the lecture, and nothing panics.
func TestScriptedUnknown(t *testing.T) {
	s := NewScripted(&Set{Tasks: []Task{tides()}})
	for _, messages := range [][]llmtest.Message{
		nil,
		{{Role: "user", Content: "hello"}},
		{{Role: "system", Content: ""}, {Role: "user", Content: "<question>\nhow often is there high water, and why?\n</question>"}},
		{{Role: "system", Content: ""}, {Role: "user", Content: "<passage chunk=\"c1\">\n \n</passage>\n<question>\nwho are you?\n</question>"}},
	} {
		r := s.Reply(llmtest.Request{Messages: messages})
		if r.Content != `{"outcome":"not_in_lecture","sentences":[]}` || r.Model != ScriptedModel {
			t.Errorf("%v: %s from %s", messages, r.Content, r.Model)
		}
	}
}
