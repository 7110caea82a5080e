package answers

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/eval/authored"
	"github.com/lectern-tutor/lectern/postgres"
)

// Tickets are what became of a table of support tickets.
type Tickets struct {
	Path   string `json:"path"` // of the file of drafts
	Drafts int    `json:"drafts"`
	// Redacted counts the drafts from whose question an address or a number was taken.
	Redacted int `json:"redacted"`
	// Notes say what was not taken over, and why, each with file, line and column: tickets without a question, too long or
	// asked before, lectures that are none. They hold no ticket's words.
	Notes []string `json:"notes"`
	// Dropped are the numbers, from 1, of columns whose name says that they hold who asked.
	Dropped []int `json:"dropped"`
}

// Limits of a draft.
const (
	maxTag  = 40 // characters of a column's value, beyond which it is no tag
	maxTags = 8
)

// personal are parts of the names of columns that say who asked or answered; personalWhole are whole names.
var (
	personal = []string{
		"name", "mail", "phone", "mobile", "telefon", "user", "student", "customer", "client", "requester", "reporter", "author",
		"contact", "person", "sender", "assignee", "agent", "address", "login", "account", "matrikel", "matriculation", "kunde", "absender",
	}
	personalWhole = []string{"from", "to", "cc", "bcc", "ip", "by", "von", "an"}
)

var draftsFile = regexp.MustCompile(`^drafts(-[a-z0-9-]{1,32})?\.yaml$`)

// ImportTickets makes draft tasks of a CSV of support tickets and writes them to out, which is named drafts.yaml or
// drafts-….yaml and must not be there yet. The first line names the columns, in any case and order: question, or subject and
// body; lecture, an id, if known. Of the others what is short and does not say who asked is kept as a tag, name:value.
//
// E-mail addresses, phone numbers and student numbers are removed, as by [answer.Redact]. Names are not: the drafts are to be
// read before they are committed.
func ImportTickets(path, out, course string) (*Tickets, error) {
	if !draftsFile.MatchString(filepath.Base(out)) {
		return nil, fmt.Errorf("%s: a file of drafts is named drafts.yaml or drafts-….yaml, in small letters, digits and hyphens", out)
	}
	if !postgres.ValidCourseID(course) {
		return nil, fmt.Errorf("tickets: %q is no course id", course)
	}
	t, err := readSheet(path)
	if err != nil {
		return nil, err
	}
	res := &Tickets{Path: out}
	drafts, err := res.read(t, filepath.Base(out))
	if err != nil {
		return nil, err
	}
	if len(drafts) == 0 {
		return nil, fmt.Errorf("%s: it holds no ticket that can be a task: %s", path, strings.Join(res.Notes[:min(5, len(res.Notes))], "; "))
	}
	text := draftsText(out, course, drafts)
	if len(text) > authored.MaxFile {
		return nil, fmt.Errorf("%s: its drafts are larger than the %d MiB of one file; import it in parts", path, authored.MaxFile>>20)
	}
	if err := readsBack(out, text, drafts); err != nil {
		return nil, err
	}
	return res, writeNew(out, text)
}

// read makes entries of a table's rows.
func (res *Tickets) read(t *sheet, out string) ([]entry, error) {
	_, question := t.column["question"]
	_, subject := t.column["subject"]
	_, body := t.column["body"]
	if !question && (!subject || !body) {
		return nil, fmt.Errorf("%s:1:1: the first line names neither a column question nor the columns subject and body", t.path)
	}
	tags := res.tagged(t)
	id := strings.Replace(strings.TrimSuffix(out, ".yaml"), "drafts", "draft", 1)
	var drafts []entry
	asked := map[string]int{} // the line of each question
	for _, row := range t.rows {
		raw, column := t.cell(row, "question"), "question"
		if !question {
			raw, column = t.cell(row, "subject")+"\n"+t.cell(row, "body"), "body"
		}
		q := answer.Redact(tidy(raw))
		key := strings.ToLower(strings.Join(strings.Fields(q), " "))
		switch first := asked[key]; {
		case !strings.ContainsFunc(q, unicode.IsLetter):
			res.note(t, row, column, "there is no question; the ticket was left out")
			continue
		case utf8.RuneCountInString(q) > maxQuestion:
			res.note(t, row, column, "longer than %d characters; the ticket was left out", maxQuestion)
			continue
		case first > 0:
			res.note(t, row, column, "line %d asks the same; the ticket was left out", first)
			continue
		}
		asked[key] = row.line
		e := entry{ID: fmt.Sprintf("%s-%04d", id, len(drafts)+1), Question: q}
		if strings.Count(q, "[e-mail]")+strings.Count(q, "[number]") > strings.Count(raw, "[e-mail]")+strings.Count(raw, "[number]") {
			res.Redacted++
		}
		switch l := t.cell(row, "lecture"); {
		case l == "":
		case postgres.ValidLectureID(l) && answer.Redact(l) == l:
			e.Lecture = l
		default:
			res.note(t, row, "lecture", "not the id of a lecture; the draft names none")
		}
		for _, i := range tags {
			v := tidy(row.cells[i])
			if v != "" && !strings.Contains(v, "\n") && utf8.RuneCountInString(v) <= maxTag && answer.Redact(v) == v && len(e.Tags) < maxTags {
				e.Tags = append(e.Tags, t.names[i]+":"+v)
			}
		}
		drafts = append(drafts, e)
	}
	res.Drafts = len(drafts)
	return drafts, nil
}

// tagged are the columns that may become tags, in order.
func (res *Tickets) tagged(t *sheet) (columns []int) {
	for i, name := range t.names {
		switch {
		case slices.Contains([]string{"", "question", "subject", "body", "lecture"}, name):
		case utf8.RuneCountInString(name) > maxTag, answer.Redact(tidy(name)) != name,
			slices.Contains(personalWhole, name),
			slices.ContainsFunc(personal, func(part string) bool { return strings.Contains(name, part) }):
			res.Dropped = append(res.Dropped, i+1)
		default:
			columns = append(columns, i)
		}
	}
	return columns
}

func (res *Tickets) note(t *sheet, row sheetRow, column, format string, args ...any) {
	res.Notes = append(res.Notes, t.fault(row, column, format, args...).Error())
}

// tidy is text without control characters, with one space between words and no empty lines.
func tidy(s string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r", "\n")) {
		words := strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
		if len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}

func draftsText(path, course string, drafts []entry) []byte {
	var b strings.Builder
	b.WriteString("# Draft tasks from support tickets. They are no tasks until expect, spans, points and rubric of all of them are filled in.\n" +
		"# Addresses and numbers were removed; names were not, and the words are a student's: write each question anew before\n" +
		"# this file is committed, and delete the drafts that are not to be tasks.\n")
	fmt.Fprintf(&b, "course: %s\nstratum: %s\ntasks:\n", course, strings.TrimSuffix(filepath.Base(path), ".yaml"))
	for _, e := range drafts {
		fmt.Fprintf(&b, "\n  - id: %s\n", e.ID)
		if e.Lecture != "" {
			fmt.Fprintf(&b, "    lecture: %s\n", strconv.Quote(e.Lecture))
		}
		fmt.Fprintf(&b, "    question: %s\n    expect: []\n    spans: []\n    points: []\n    rubric: \"\"\n", strconv.Quote(e.Question))
		for i, tag := range e.Tags {
			fmt.Fprintf(&b, "%s%s", map[bool]string{true: "    tags: [", false: ", "}[i == 0], strconv.Quote(tag))
		}
		if len(e.Tags) > 0 {
			b.WriteString("]\n")
		}
	}
	return []byte(b.String())
}

// readsBack checks that the file says what it was made from: Go's quoting is YAML's only as far as this finds it to be.
func readsBack(path string, text []byte, drafts []entry) error {
	var f file
	if err := authored.Parse(path, text, &f); err != nil {
		return fmt.Errorf("tickets: the drafts cannot be read back: %w", err)
	}
	if len(f.Tasks) != len(drafts) {
		return fmt.Errorf("%s: tickets: %d drafts were written and %d are read back", path, len(drafts), len(f.Tasks))
	}
	for i, node := range f.Tasks {
		var e entry
		if err := node.Decode(path, &e); err != nil {
			return err
		}
		if e.ID != drafts[i].ID || e.Question != drafts[i].Question || e.Lecture != drafts[i].Lecture || !slices.Equal(e.Tags, drafts[i].Tags) {
			return fmt.Errorf("%s:%d: %s: it is read back as something else; take characters that are no text out of the ticket", path, node.Line(), drafts[i].ID)
		}
	}
	return nil
}
