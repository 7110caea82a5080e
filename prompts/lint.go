package prompts

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ruleMarker marks a rule in policy.md: the rule is the text from its marker
// to the next one. Markers are not sent to the model.
var ruleMarker = regexp.MustCompile(`(?m)^<!-- rule: ([a-z-]+) -->\n`)

// ruleEarlier is the rule that says what earlier questions are for.
const ruleEarlier = "earlier-questions"

// required are the rules that every version must state, and words without
// which the rule does not say what it must. since is the first version of
// those that must, such as "2026.11.2"; "": all of them.
var required = []struct {
	id    string
	since string
	words []string
}{
	{"only-passages", "", []string{"only from the passages", "from elsewhere does not count"}},
	{"not-sufficient", "", []string{`"not_in_lecture"`, `"` + NotInLecture + `"`, "exactly"}},
	{"no-invented-citations", "", []string{"copied exactly", "never invent"}},
	{"verbatim-quotes", "", []string{"character for character", "in one piece"}},
	{"evidence-for-all", "", []string{"every sentence", "one sentence"}},
	{"assessed-work", "", []string{"do not do work", "graded", "homework", "exams", `"refused"`}},
	{"data-not-instructions", "", []string{"not instructions"}},
	{"language", "", []string{"language of the question", "language of the lecture"}},
	{"plain-text", "", []string{"no markdown", "no html", "no links"}},
	{"json-only", "", []string{"json object"}},
	{ruleEarlier, "2026.11.2", []string{"<earlier>", "only to understand the question", "no other", "never a source", "never instructions"}},
}

// shotKinds are the cases that the examples must cover, by name.
var shotKinds = map[string]string{
	"answered":       "answered",
	"not-in-lecture": "not_in_lecture",
	"assessed-work":  "refused",
	"injection":      "answered",
}

// Lint returns everything that a version must have and p lacks. It checks what
// can be checked without a model: that the rules are there, not that they
// work.
func Lint(p *Prompt) []error {
	var errs []error
	report := func(file, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s %s: %s", p.ID, file, fmt.Sprintf(format, args...)))
	}
	p.lintMeta(report)
	p.lintRules(report)
	p.lintSchema(report)
	p.lintShots(report)
	for name, s := range map[string]string{"intro": p.repair.Intro, "other": p.repair.Other, "outro": p.repair.Outro} {
		if strings.TrimSpace(s) == "" {
			report("repair.yaml", "%s is empty", name)
		}
	}
	if len(p.repair.Codes) == 0 {
		report("repair.yaml", "no codes")
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

type reporter func(file, format string, args ...any)

func (p *Prompt) lintMeta(report reporter) {
	if p.Meta.ID != p.ID {
		report("policy.md", "front matter id is %q", p.Meta.ID)
	}
	if _, err := time.Parse(time.DateOnly, p.Meta.Date); err != nil {
		report("policy.md", "front matter date is not YYYY-MM-DD")
	}
	if strings.TrimSpace(p.Meta.Owner) == "" {
		report("policy.md", "front matter names no owner")
	}
	if strings.TrimSpace(p.Meta.Why) == "" {
		report("policy.md", "front matter does not say why")
	}
}

// rules returns the text of every marked rule, with white space collapsed and
// in lower case. Of an id that is there twice it is both texts; lint reports
// such an id.
func (p *Prompt) rules() map[string]string {
	rules := map[string]string{}
	at := ruleMarker.FindAllStringSubmatchIndex(p.policy, -1)
	for i, m := range at {
		end := len(p.policy)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		text := strings.ToLower(strings.Join(strings.Fields(p.policy[m[1]:end]), " "))
		rules[p.policy[m[2]:m[3]]] += text
	}
	return rules
}

func (p *Prompt) lintRules(report reporter) {
	rules := p.rules()
	for _, r := range required {
		text, ok := rules[r.id]
		if !ok && olderThan(p.ID, r.since) {
			continue
		}
		if !ok {
			report("policy.md", "rule %s is missing", r.id)
			continue
		}
		for _, w := range r.words {
			if !strings.Contains(text, strings.ToLower(w)) {
				report("policy.md", "rule %s does not say %q", r.id, w)
			}
		}
	}
	seen := map[string]bool{}
	for _, m := range ruleMarker.FindAllStringSubmatch(p.policy, -1) {
		if seen[m[1]] {
			report("policy.md", "rule %s is there twice", m[1])
		}
		seen[m[1]] = true
	}
	// What a reviewer reads is what a model gets.
	if !strings.Contains(p.system, strings.TrimSpace(ruleMarker.ReplaceAllString(p.policy, ""))) {
		report("policy.md", "is not rendered whole")
	}
	if strings.TrimSpace(p.style) == "" {
		report("style.md", "is empty")
	}
}

// olderThan reports whether the version of an id like "tutor/2026.11.2" comes
// before since, by number. An id that is none comes before nothing.
func olderThan(id, since string) bool {
	_, version, _ := strings.Cut(id, "/")
	return since != "" && slices.Compare(calendar(version), calendar(since)) < 0
}

// calendar is year, month and n-th of that month; the largest numbers for what
// is no version.
func calendar(version string) []int {
	parts := strings.Split(version, ".")
	numbers := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || len(parts) != 3 {
			return []int{math.MaxInt}
		}
		numbers[i] = n
	}
	return numbers
}

// lintSchema checks what strict mode demands of every object: no further
// properties, all of them required.
func (p *Prompt) lintSchema(report reporter) {
	var root map[string]any
	if err := json.Unmarshal(p.Schema, &root); err != nil {
		report("schema.json", "is not a JSON object")
		return
	}
	var walk func(where string, s map[string]any)
	walk = func(where string, s map[string]any) {
		switch s["type"] {
		case "object":
			props, _ := s["properties"].(map[string]any)
			names, _ := s["required"].([]any)
			if s["additionalProperties"] != false || len(props) == 0 || len(props) != len(names) {
				report("schema.json", "%s is not strict", where)
			}
			for name, v := range props {
				sub, _ := v.(map[string]any)
				if !slices.Contains(names, any(name)) {
					report("schema.json", "%s.%s is not required", where, name)
				}
				walk(where+"."+name, sub)
			}
		case "array":
			items, _ := s["items"].(map[string]any)
			walk(where+"[]", items)
		case "string":
		default:
			report("schema.json", "%s has no plain type", where)
		}
	}
	walk("$", root)
}

func (p *Prompt) lintShots(report reporter) {
	seen := map[string]bool{}
	for _, s := range p.shots {
		seen[s.Name] = true
		if want, ok := shotKinds[s.Name]; ok && s.Answer.Outcome != want {
			report("fewshots.yaml", "%s: outcome is %q", s.Name, s.Answer.Outcome)
		}
		if s.Answer.Sentences == nil {
			report("fewshots.yaml", "%s: sentences is missing", s.Name)
		}
		if s.Answer.Outcome != "answered" && len(s.Answer.Sentences) > 0 {
			report("fewshots.yaml", "%s: outcome is %q and there are sentences", s.Name, s.Answer.Outcome)
		}
		if s.Answer.Outcome == "answered" && len(s.Answer.Sentences) == 0 {
			report("fewshots.yaml", "%s: answered without a sentence", s.Name)
		}
		texts := map[string]string{}
		for _, q := range s.Passages {
			texts[q.Alias] = q.Text
		}
		for _, sentence := range s.Answer.Sentences {
			for _, e := range sentence.Evidence {
				if e.Quote == "" || !strings.Contains(texts[e.Chunk], e.Quote) {
					report("fewshots.yaml", "%s: a quote is not in passage %q", s.Name, e.Chunk)
				}
			}
			if len(sentence.Evidence) == 0 {
				report("fewshots.yaml", "%s: a sentence has no evidence", s.Name)
			}
		}
	}
	for name := range shotKinds {
		if !seen[name] {
			report("fewshots.yaml", "no example %q", name)
		}
	}
}
