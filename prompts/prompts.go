// Package prompts holds the prompts that Lectern sends to models, as versioned
// files, and renders them.
//
// A version is a folder, tutor/2026.11.1 (year, month, n-th of that month),
// compiled into the binary:
//
//	policy.md      the rules, each with an id, behind front matter
//	style.md       how an answer reads
//	schema.json    the JSON Schema of an answer, in the strict-mode subset
//	fewshots.yaml  examples, each a whole request with its answer
//	repair.yaml    what a rejected draft is told, by code of the guard
//
// A version is never edited once it is released: answers name their prompt by
// id and hash, and frozen.txt holds the hash of every version. README.md in
// this folder says how to add one.
package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Current is the version that serves new answers.
const Current = "tutor/2026.11.2"

// NotInLecture is what a student reads, to the letter, when the passages do
// not answer the question.
const NotInLecture = "I don't have that in this lecture."

//go:embed tutor
var files embed.FS

// Prompt is one version. It is immutable and safe for concurrent use.
type Prompt struct {
	ID string // "tutor/2026.11.2"
	// SHA256 is the lower-case hex digest of the version's files: of each, in
	// the order of their names, the length of the name, the name, the length
	// of the content and the content, lengths as 8 bytes, big-endian.
	SHA256 string
	Meta   Meta
	// Schema is schema.json, compacted: what goes into response_format.
	Schema json.RawMessage

	policy string // policy.md less front matter, rule markers included
	style  string
	shots  []shot
	repair repair
	system string // the system message
}

// Meta is the front matter of policy.md.
type Meta struct {
	ID    string `yaml:"id"`
	Date  string `yaml:"date"`  // of release, YYYY-MM-DD
	Owner string `yaml:"owner"` // who reviews a change of policy
	Why   string `yaml:"why"`   // what this version is for, against the one before
}

// shot is one example of fewshots.yaml.
type shot struct {
	Name     string      `yaml:"name"`
	Passages []Passage   `yaml:"passages"`
	Question string      `yaml:"question"`
	Answer   draftAnswer `yaml:"answer"`
	answer   string      // Answer as JSON; set by load
}

type draftAnswer struct {
	Outcome   string          `yaml:"outcome" json:"outcome"`
	Sentences []draftSentence `yaml:"sentences" json:"sentences"`
}

type draftSentence struct {
	Text     string          `yaml:"text" json:"text"`
	Evidence []draftEvidence `yaml:"evidence" json:"evidence"`
}

type draftEvidence struct {
	Chunk string `yaml:"chunk" json:"chunk"`
	Quote string `yaml:"quote" json:"quote"`
}

// Example is one few-shot example: a request and the draft that answers it.
type Example struct {
	Name     string
	Passages []Passage
	Question string
	Answer   string // JSON, as the model is to return it
}

// Examples returns the version's few-shot examples, in order.
func (p *Prompt) Examples() []Example {
	var out []Example
	for _, s := range p.shots {
		out = append(out, Example{s.Name, slices.Clone(s.Passages), s.Question, s.answer})
	}
	return out
}

// repair is repair.yaml.
type repair struct {
	Intro string            `yaml:"intro"`
	Codes map[string]string `yaml:"codes"` // by code of the guard
	Other string            `yaml:"other"` // for a code that this version does not know
	Outro string            `yaml:"outro"`
}

// IDs returns every version in this binary, sorted.
func IDs() []string {
	var ids []string
	for _, family := range entries(files, ".") {
		for _, version := range entries(files, family) {
			ids = append(ids, family+"/"+version)
		}
	}
	slices.Sort(ids)
	return ids
}

// entries lists the names in dir, nil if it cannot be read.
func entries(fsys fs.FS, dir string) []string {
	list, _ := fs.ReadDir(fsys, dir)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// Load returns the version with this id. Errors name the file that is wrong.
func Load(id string) (*Prompt, error) {
	if !slices.Contains(IDs(), id) {
		return nil, fmt.Errorf("no prompt %q, have %s", id, strings.Join(IDs(), ", "))
	}
	sub, err := fs.Sub(files, id)
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", id, err)
	}
	p, err := load(id, sub)
	if err != nil {
		return nil, fmt.Errorf("prompt %s: %w", id, err)
	}
	return p, nil
}

// load reads a version from fsys, whose root is the version's folder.
func load(id string, fsys fs.FS) (*Prompt, error) {
	content, err := contents(fsys)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"policy.md", "style.md", "schema.json", "fewshots.yaml", "repair.yaml"} {
		if _, ok := content[name]; !ok {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	p := &Prompt{ID: id, SHA256: digest(content), style: content["style.md"]}

	front, body, ok := cutFrontMatter(content["policy.md"])
	if !ok {
		return nil, fmt.Errorf("policy.md: no front matter between two lines of ---")
	}
	p.policy = body
	if err := yaml.UnmarshalWithOptions([]byte(front), &p.Meta, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("policy.md: front matter: %w", err)
	}
	if err := yaml.UnmarshalWithOptions([]byte(content["fewshots.yaml"]), &p.shots, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("fewshots.yaml: %w", err)
	}
	for i, s := range p.shots {
		answer, err := encode(s.Answer)
		if err != nil {
			return nil, fmt.Errorf("fewshots.yaml: %s: %w", s.Name, err)
		}
		p.shots[i].answer = answer
	}
	if err := yaml.UnmarshalWithOptions([]byte(content["repair.yaml"]), &p.repair, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("repair.yaml: %w", err)
	}
	schema, err := compact(content["schema.json"])
	if err != nil {
		return nil, fmt.Errorf("schema.json: %w", err)
	}
	p.Schema = schema
	if p.system, err = p.renderSystem(); err != nil {
		return nil, err
	}
	return p, nil
}

// digest hashes the files of a version; see Prompt.SHA256.
func digest(content map[string]string) string {
	h := sha256.New()
	field := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	for _, name := range slices.Sorted(maps.Keys(content)) {
		field(path.Base(name))
		field(content[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// cutFrontMatter splits a file that starts with "---\n…\n---\n".
func cutFrontMatter(s string) (front, body string, ok bool) {
	s, ok = strings.CutPrefix(s, "---\n")
	if !ok {
		return "", "", false
	}
	return strings.Cut(s, "\n---\n")
}
