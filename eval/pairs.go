package eval

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
)

// Pairs are sentences with the quotes they are hung on, over one course: false ones, of which the guard should let none
// through, or true ones, of which it should reject none.
type Pairs struct {
	Course string `yaml:"course"`
	Pairs  []Pair `yaml:"pairs"`
}

// Pair is one sentence and its evidence.
type Pair struct {
	ID       string      `yaml:"id"`
	Kind     string      `yaml:"kind"`
	Lecture  string      `yaml:"lecture"` // under which the question is asked
	Question string      `yaml:"question"`
	Sentence string      `yaml:"sentence"`
	Evidence []PairQuote `yaml:"evidence"`
	Why      string      `yaml:"why"` // what is false; of false pairs only
}

// PairQuote is a quote and the lecture it stands in.
type PairQuote struct {
	Lecture string `yaml:"lecture"`
	Quote   string `yaml:"quote"`
}

// maxPairsFile bounds a file of pairs, in bytes.
const maxPairsFile = 4 << 20

// ReadPairs reads a YAML file of pairs, of 4 MiB at most. A field that it does not know is an error.
func ReadPairs(path string) (*Pairs, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("pairs: %w", err)
	}
	if info.Size() > maxPairsFile {
		return nil, fmt.Errorf("%s: larger than %d MiB", path, maxPairsFile>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("pairs: %w", err)
	}
	return ParsePairs(path, b)
}

// ParsePairs reads pairs from YAML; path only names them in errors.
func ParsePairs(path string, b []byte) (*Pairs, error) {
	var p Pairs
	if err := unpanicked(func() error { return yaml.UnmarshalWithOptions(b, &p, yaml.Strict()) }); err != nil {
		return nil, goldenSyntax(path, 0, err)
	}
	if !postgres.ValidCourseID(p.Course) {
		return nil, fmt.Errorf("%s: course: %q is no course id", path, p.Course)
	}
	if len(p.Pairs) == 0 {
		return nil, fmt.Errorf("%s: pairs: there are none", path)
	}
	seen := map[string]bool{}
	for i, pair := range p.Pairs {
		switch {
		case pair.ID == "" || pair.Kind == "" || pair.Sentence == "" || len(pair.Evidence) == 0:
			return nil, fmt.Errorf("%s: pairs: number %d (%q): id, kind, sentence and evidence are needed", path, i+1, pair.ID)
		case seen[pair.ID]:
			return nil, fmt.Errorf("%s: pairs: the id %q is there twice", path, pair.ID)
		}
		seen[pair.ID] = true
	}
	return &p, nil
}

// PairLecture is a lecture as the pairs' judge needs it: cut by the real splitter.
type PairLecture struct {
	Title  string
	Chunks []ingest.Chunk
}

// PairVerdict is what the guard makes of one pair.
type PairVerdict struct {
	Pair  Pair
	Codes []string // in the order of the layers; none: released
	// Details say, for operators, what each finding was.
	Details []string
	// Review: released, but layer 7 would have a person look at it.
	Review bool
}

// Judge shows the guard every pair: the sentence as a draft of its own, and as passages the chunks that hold its quotes, with
// the chunk before and behind, as retrieval adds them. lectures are by id, and their titles are the glossary.
func (p *Pairs) Judge(language string, lectures map[string]PairLecture) ([]PairVerdict, error) {
	var glossary []string
	for _, l := range lectures {
		glossary = append(glossary, l.Title)
	}
	slices.Sort(glossary)
	var out []PairVerdict
	for _, pair := range p.Pairs {
		in, err := pair.input(lectures)
		if err != nil {
			return nil, fmt.Errorf("pair %s: %w", pair.ID, err)
		}
		in.Language, in.Glossary = language, glossary
		v := guard.Check(in)
		judged := PairVerdict{Pair: pair, Codes: v.Codes(), Review: len(v.Review) > 0}
		for _, f := range v.Findings {
			judged.Details = append(judged.Details, f.Detail)
		}
		out = append(out, judged)
	}
	return out, nil
}

func (pair *Pair) input(lectures map[string]PairLecture) (guard.Input, error) {
	in := guard.Input{FinishReason: "stop", Question: pair.Question, Readable: map[string]bool{}}
	s := guard.DraftSentence{Text: strings.TrimSpace(pair.Sentence)}
	for i, e := range pair.Evidence {
		l, ok := lectures[e.Lecture]
		if !ok {
			return in, fmt.Errorf("there is no lecture %q", e.Lecture)
		}
		quote := strings.TrimSpace(e.Quote)
		passage, ok := passageAround(l.Chunks, quote)
		if !ok {
			return in, fmt.Errorf("quote %d is not in lecture %s", i+1, e.Lecture)
		}
		passage.Alias = fmt.Sprintf("c%d", i+1)
		for _, c := range passage.Chunks {
			in.Readable[c.ID] = true
		}
		in.Passages = append(in.Passages, passage)
		s.Evidence = append(s.Evidence, guard.Evidence{Chunk: passage.Alias, Quote: quote})
	}
	draft, err := guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{s}}.JSON()
	in.Draft = draft
	return in, err
}

// passageAround returns the chunks that the quote's first place touches, and one more on each side.
func passageAround(chunks []ingest.Chunk, quote string) (guard.Passage, bool) {
	var text strings.Builder
	ranges := make([]guard.Chunk, len(chunks))
	for i, c := range chunks {
		if i > 0 && c.Overlap == 0 {
			text.WriteByte(' ')
		}
		start := text.Len() - c.Overlap
		text.WriteString(c.Text[c.Overlap:])
		ranges[i] = guard.Chunk{ID: fmt.Sprintf("ck_%d", i), Start: start, End: text.Len()}
	}
	all := text.String()
	at := strings.Index(all, quote)
	if at < 0 {
		return guard.Passage{}, false
	}
	first := slices.IndexFunc(ranges, func(c guard.Chunk) bool { return c.End > at })
	last := first
	for last+1 < len(ranges) && ranges[last].End < at+len(quote) {
		last++
	}
	ranges = ranges[max(first-1, 0):min(last+2, len(ranges))]
	start, end := ranges[0].Start, ranges[len(ranges)-1].End
	p := guard.Passage{Text: all[start:end]}
	for _, c := range ranges {
		p.Chunks = append(p.Chunks, guard.Chunk{ID: c.ID, Start: c.Start - start, End: c.End - start})
	}
	return p, true
}

// PairRow counts the verdicts of one kind.
type PairRow struct {
	Kind     string         `json:"kind"`
	Pairs    int            `json:"pairs"`
	Rejected int            `json:"rejected"`
	By       map[string]int `json:"by"` // how many each code rejected; a pair may have several
}

// PairTable counts verdicts by kind, in the kinds' order, with the sum of all at the end.
func PairTable(verdicts []PairVerdict) []PairRow {
	rows := map[string]*PairRow{}
	all := &PairRow{Kind: "all", By: map[string]int{}}
	for _, v := range verdicts {
		row := rows[v.Pair.Kind]
		if row == nil {
			row = &PairRow{Kind: v.Pair.Kind, By: map[string]int{}}
			rows[v.Pair.Kind] = row
		}
		for _, r := range []*PairRow{row, all} {
			r.Pairs++
			if len(v.Codes) > 0 {
				r.Rejected++
			}
			for _, c := range v.Codes {
				r.By[c]++
			}
		}
	}
	var out []PairRow
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b PairRow) int { return strings.Compare(a.Kind, b.Kind) })
	return append(out, *all)
}

// RenderPairs writes a table for people: a row for each kind, a column for each code that rejected something.
func RenderPairs(rows []PairRow) string {
	var columns []string
	for _, c := range guard.Codes() {
		if rows[len(rows)-1].By[string(c)] > 0 {
			columns = append(columns, string(c))
		}
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "kind\tpairs\trejected\t\t%s\t\n", strings.Join(columns, "\t"))
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1f %%\t", r.Kind, r.Pairs, r.Rejected, 100*float64(r.Rejected)/float64(max(r.Pairs, 1)))
		for _, c := range columns {
			fmt.Fprintf(w, "%d\t", r.By[c])
		}
		fmt.Fprintln(w)
	}
	w.Flush() //nolint:errcheck // writes to memory
	return b.String()
}
