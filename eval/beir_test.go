package eval

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// folder writes files into a folder of the test.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	corpus  = `{"_id":"d1","title":"T","text":"One passage."}` + "\n" + `{"_id":"d2","text":"Another.","metadata":{"year":1999}}` + "\n"
	queries = `{"_id":"q1","text":"Which?"}` + "\n"
	qrels   = "query-id\tcorpus-id\tscore\nq1\td1\t1\n"
)

func TestReadCollection(t *testing.T) {
	tests := []struct {
		name, split string
		files       map[string]string
		want        Qrels
	}{
		{"one file", "", map[string]string{"qrels.tsv": qrels}, Qrels{"q1": {"d1": 1}}},
		{"no header, CRLF", "", map[string]string{"qrels.tsv": "q1\td2\t2\r\n"}, Qrels{"q1": {"d2": 2}}},
		{"the only split", "", map[string]string{"qrels/dev.tsv": qrels}, Qrels{"q1": {"d1": 1}}},
		{"test of several", "", map[string]string{"qrels/dev.tsv": "q1\td9\t1\n", "qrels/test.tsv": qrels}, Qrels{"q1": {"d1": 1}}},
		{"chosen", "dev", map[string]string{"qrels/dev.tsv": "q1\td2\t1\n", "qrels/test.tsv": qrels}, Qrels{"q1": {"d2": 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.files["corpus.jsonl"], tt.files["queries.jsonl"] = corpus, queries
			c, err := ReadCollection(folder(t, tt.files), tt.split)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, c.Qrels); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]Passage{{ID: "d1", Title: "T", Text: "One passage."}, {ID: "d2", Text: "Another."}}, c.Passages); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadCollection(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"no JSON", "corpus.jsonl", corpus + "d3 and so on\n", "corpus.jsonl:3: not a JSON object"},
		{"a list", "corpus.jsonl", `[1]`, "corpus.jsonl:1: a array where"},
		{"number for text", "corpus.jsonl", `{"_id":"d","text":5}`, "corpus.jsonl:1: text: a number where a string is wanted"},
		{"no id", "corpus.jsonl", `{"text":"t"}`, "corpus.jsonl:1: _id: missing"},
		{"no text", "corpus.jsonl", `{"_id":"d"}`, "corpus.jsonl:1: text: missing"},
		{"id twice", "corpus.jsonl", corpus + corpus, `corpus.jsonl:3: _id: "d1" is there twice`},
		{"space in id", "corpus.jsonl", `{"_id":"d 1","text":"t"}`, `corpus.jsonl:1: _id: "d 1" holds white space`},
		{"NUL", "corpus.jsonl", `{"_id":"d","text":"a\u0000b"}`, "corpus.jsonl:1: holds a NUL character"},
		{"empty", "corpus.jsonl", "\n", "corpus.jsonl: is empty"},
		{"no question text", "queries.jsonl", `{"_id":"q"}`, "queries.jsonl:1: text: missing"},
		{"span backwards", "queries.jsonl", `{"_id":"q","text":"t","span":[5,2]}`, "queries.jsonl:1: span: is not a start and, behind it, an end"},
		{"span of three", "queries.jsonl", `{"_id":"q","text":"t","span":[5,6,7]}`, "queries.jsonl:1: span"},
		{"two columns", "qrels.tsv", qrels + "q1\td2\n", "qrels.tsv:3: 2 columns where question, passage and grade are wanted"},
		{"grade", "qrels.tsv", qrels + "q1\td2\tyes\n", `qrels.tsv:3: grade: "yes" is not`},
		{"judged twice", "qrels.tsv", qrels + "q1\td1\t1\n", `qrels.tsv:3: document: "d1" is judged twice`},
		{"header alone", "qrels.tsv", "query-id\tcorpus-id\tscore\n", "qrels.tsv: holds no judgement"},
		{"wrong lectures", "wrong_lecture.tsv", "q1\n", "wrong_lecture.tsv:1: 1 columns where question and document are wanted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"corpus.jsonl": corpus, "queries.jsonl": queries, "qrels.tsv": qrels}
			files[tt.file] = tt.text
			dir := folder(t, files)
			_, err := ReadCollection(dir, "")
			var file *FileError
			if !errors.As(err, &file) || !strings.HasPrefix(strings.TrimPrefix(err.Error(), dir+string(filepath.Separator)), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	for name, dir := range map[string]string{
		"no folder":      filepath.Join(t.TempDir(), "nowhere"),
		"no judgements":  folder(t, map[string]string{"corpus.jsonl": corpus, "queries.jsonl": queries}),
		"several splits": folder(t, map[string]string{"corpus.jsonl": corpus, "queries.jsonl": queries, "qrels/a.tsv": qrels, "qrels/b.tsv": qrels}),
		"no corpus":      folder(t, map[string]string{"queries.jsonl": queries, "qrels.tsv": qrels}),
	} {
		var file *FileError
		if _, err := ReadCollection(dir, ""); !errors.As(err, &file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var file *FileError
	if _, err := ReadCollection("testdata/beir", "../x"); !errors.As(err, &file) {
		t.Errorf("a split that leads elsewhere: %v", err)
	}
}

// A backslash before u0000 is not a NUL.
func TestEscapedNUL(t *testing.T) {
	c, err := ReadCollection(folder(t, map[string]string{"corpus.jsonl": `{"_id":"d1","text":"write \\u0000 for NUL"}`, "queries.jsonl": queries, "qrels.tsv": qrels}), "")
	if err != nil || c.Passages[0].Text != `write \u0000 for NUL` {
		t.Errorf("%v, %v", c, err)
	}
}

func TestCollectionRoundTrip(t *testing.T) {
	c, err := ReadCollection("testdata/beir", "")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "beir")
	if err := WriteCollection(dir, c); err != nil {
		t.Fatal(err)
	}
	again, err := ReadCollection(dir, "")
	if diff := cmp.Diff(c, again, cmpopts.IgnoreUnexported(Question{})); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if len(c.Passages) != 19 || len(c.Questions) != 23 || len(c.Qrels) != 20 || len(c.Wrong) != 20 {
		t.Errorf("%d passages, %d questions, %d judged, %d wrong", len(c.Passages), len(c.Questions), len(c.Qrels), len(c.Wrong))
	}
}

func TestBadSpans(t *testing.T) {
	docs := `{"_id":"d","title":"D","text":"Zoë sells sea shells."}` + "\n"
	tests := []struct{ name, docs, queries, want string }{
		{"beyond the end", docs, `{"_id":"q","text":"t","doc":"d","span":[4,90]}`, `queries.jsonl:1: span: ends at character 90, and document "d" has 21`},
		{"bytes, not characters", docs, "\n" + `{"_id":"q","text":"t","doc":"d","answers":["sells"],"span":[5,10]}`, "queries.jsonl:2: span: holds none of the answers; it counts characters"},
		{"no document", docs, `{"_id":"q","text":"t","doc":"x","span":[0,3]}`, "the ids match nothing"},
		{"empty document", `{"_id":"d","text":" "}`, queries, "docs.jsonl:1: text: missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"docs.jsonl": tt.docs, "queries.jsonl": tt.queries})
			_, err := ReadSpans(dir)
			if err == nil || !strings.HasPrefix(strings.TrimPrefix(err.Error(), dir+string(filepath.Separator)), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	s, err := ReadSpans(folder(t, map[string]string{"docs.jsonl": docs, "queries.jsonl": `{"_id":"q","text":"t","doc":"d","answers":["sells"],"span":[4,9]}`}))
	if err != nil || len(s.Questions) != 1 {
		t.Errorf("%v, %v", s, err)
	}
}

// FuzzCollection: three files of anything are read, or refused with a sentence about one of them; what was read is written
// and read as the same.
func FuzzCollection(f *testing.F) {
	f.Add([]byte(corpus), []byte(queries), []byte(qrels))
	f.Add([]byte(`{"_id":"d","text":"a\u0000b"}`), []byte(`{"_id":"q","text":"t","span":[1,2],"doc":"d"}`), []byte("q\td\t-1"))
	f.Add([]byte(`{"_id":"\ud800","text":""}`), []byte(`{"_id":null,"text":[]}`), []byte("\t\t\n"))
	f.Fuzz(func(t *testing.T, corpus, queries, qrels []byte) {
		dir := folder(t, map[string]string{"corpus.jsonl": string(corpus), "queries.jsonl": string(queries), "qrels.tsv": string(qrels)})
		c, err := ReadCollection(dir, "")
		var file *FileError
		if err != nil {
			if !errors.As(err, &file) {
				t.Fatal(err)
			}
			return
		}
		if bytes.Contains([]byte(c.Passages[0].Text), []byte{0}) {
			t.Fatal("a NUL got in")
		}
		if err := WriteCollection(dir, c); err != nil {
			t.Fatal(err)
		}
		again, err := ReadCollection(dir, "")
		if diff := cmp.Diff(c, again, cmpopts.IgnoreUnexported(Question{}), cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}
