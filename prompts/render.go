package prompts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Message is one message of a chat request. Role is "system", "user" or
// "assistant".
type Message struct{ Role, Content string }

// Passage is a stretch of a lecture to be shown to the model.
type Passage struct {
	Alias        string `yaml:"chunk"`   // its name in this request: c and 1 to 4 digits, "c1"
	Lecture      string `yaml:"-"`       // the lecture's id, shown when there is no title
	LectureTitle string `yaml:"lecture"` // "" if unknown
	At           string `yaml:"at"`      // when it begins, "12:03"; "" if the lecture has no times
	Text         string `yaml:"text"`    // as stored
}

// Repair asks for a second draft.
type Repair struct {
	Draft string   // the rejected draft, as it came
	Codes []string // why, in the guard's words and order; at least one
}

// Input is what changes from request to request.
type Input struct {
	// Before are the questions that the student asked before this one, oldest first; none of them blank. Only versions with
	// the rule earlier-questions take any.
	Before   []string
	Passages []Passage // at least one, in the order in which they are to be read
	Question string    // as the student wrote it; not blank
	Repair   *Repair   // nil for a first draft
}

// maxEcho bounds the rejected draft that a repair sends back, in bytes.
const maxEcho = 16 << 10

// The names of passages: in a request, and in an example, so that no example
// can be taken for a passage of the request.
var (
	aliasForm   = regexp.MustCompile(`^c[0-9]{1,4}$`)
	exampleForm = regexp.MustCompile(`^x[0-9]{1,4}$`)
)

// Render returns the messages of a request: the system message, which is the
// same for every request of a version (policy, style, schema, examples: a
// server can cache it), then one user message with the earlier questions, the
// passages in the order given and the question last. A repair appends the rejected draft and what
// was wrong with it; everything before stays as it was, byte for byte.
//
// Text from lectures and students cannot leave its fence; see defuse. The
// bytes depend on the version and the input alone.
func (p *Prompt) Render(in Input) ([]Message, error) {
	earlier, err := p.renderBefore(in.Before)
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", p.ID, err)
	}
	request, err := renderRequest(in.Passages, in.Question, aliasForm)
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", p.ID, err)
	}
	messages := []Message{{"system", p.system}, {"user", earlier + request}}
	if in.Repair == nil {
		return messages, nil
	}
	if len(in.Repair.Codes) == 0 {
		return nil, fmt.Errorf("prompt %s: a repair needs at least one code", p.ID)
	}
	return append(messages,
		Message{"assistant", echo(in.Repair.Draft)},
		Message{"user", p.renderRepair(in.Repair.Codes)}), nil
}

// renderSystem writes policy, style, schema and examples.
func (p *Prompt) renderSystem() (string, error) {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(ruleMarker.ReplaceAllString(p.policy, "")))
	b.WriteString("\n\n")
	b.WriteString(strings.TrimSpace(p.style))
	b.WriteString("\n\n## Schema\n\n")
	b.Write(p.Schema)
	b.WriteString("\n\n## Examples\n")
	for i, s := range p.shots {
		request, err := renderRequest(s.Passages, s.Question, exampleForm)
		if err != nil {
			return "", fmt.Errorf("fewshots.yaml: %s: %w", s.Name, err)
		}
		fmt.Fprintf(&b, "\nExample %d\n%s\nAnswer:\n%s\n", i+1, request, s.answer)
	}
	b.WriteString("\nThe examples end here. Their passages are not available to you.")
	return b.String(), nil
}

// renderBefore writes the fenced earlier questions, each on one line; nothing if there are none.
func (p *Prompt) renderBefore(before []string) (string, error) {
	if len(before) == 0 {
		return "", nil
	}
	if _, ok := p.rules()[ruleEarlier]; !ok {
		return "", fmt.Errorf("it has no rule %s, so a model would not know what earlier questions are for", ruleEarlier)
	}
	var b strings.Builder
	for i, question := range before {
		line := defuseLine(question)
		if line == "" {
			return "", fmt.Errorf("earlier question %d is blank", i+1)
		}
		fmt.Fprintf(&b, "<earlier>\n%s\n</earlier>\n", line)
	}
	return b.String(), nil
}

// renderRequest writes fenced passages and the fenced question.
func renderRequest(passages []Passage, question string, alias *regexp.Regexp) (string, error) {
	if len(passages) == 0 {
		return "", fmt.Errorf("no passages")
	}
	if strings.TrimSpace(question) == "" {
		return "", fmt.Errorf("the question is blank")
	}
	var b strings.Builder
	var seen []string
	for i, q := range passages {
		if !alias.MatchString(q.Alias) {
			return "", fmt.Errorf("passage %d: alias does not match %s", i, alias)
		}
		if slices.Contains(seen, q.Alias) {
			return "", fmt.Errorf("passage %d: alias %s twice", i, q.Alias)
		}
		seen = append(seen, q.Alias)
		title := q.LectureTitle
		if title == "" {
			title = q.Lecture
		}
		fmt.Fprintf(&b, "<passage chunk=%q", q.Alias)
		writeAttribute(&b, "lecture", title)
		writeAttribute(&b, "at", q.At)
		fmt.Fprintf(&b, ">\n%s\n</passage>\n", defuseLine(q.Text))
	}
	fmt.Fprintf(&b, "<question>\n%s\n</question>", defuse(strings.TrimSpace(question)))
	return b.String(), nil
}

// renderRepair explains the codes in the version's words.
func (p *Prompt) renderRepair(codes []string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(p.repair.Intro))
	b.WriteByte('\n')
	for i, code := range codes {
		if slices.Contains(codes[:i], code) {
			continue
		}
		why, ok := p.repair.Codes[code]
		if !ok {
			why = p.repair.Other
		}
		fmt.Fprintf(&b, "- %s\n", strings.TrimSpace(why))
	}
	b.WriteString(strings.TrimSpace(p.repair.Outro))
	return b.String()
}

// echo prepares a rejected draft for its second journey: valid UTF-8, at most
// maxEcho bytes and, since some servers refuse an empty message, not blank.
func echo(draft string) string {
	if len(draft) > maxEcho {
		cut := maxEcho
		for cut > maxEcho-utf8.UTFMax && !utf8.RuneStart(draft[cut]) {
			cut--
		}
		draft = draft[:cut]
	}
	draft = defuseTemplate(strings.ToValidUTF8(draft, "\uFFFD"))
	if strings.TrimSpace(draft) == "" {
		return "(empty)"
	}
	return draft
}

// encode writes v as JSON without escaping <, > and &.
func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

func compact(s string) (json.RawMessage, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
