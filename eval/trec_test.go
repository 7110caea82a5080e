package eval

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestReadTREC(t *testing.T) {
	q, err := ReadQrels("qrels", strings.NewReader("\uFEFF# judged in June\n1 0 d1 2\n1\t0\td2\t-1\r\n\n2 Q0 d1 0\n"))
	if diff := cmp.Diff(Qrels{"1": {"d1": 2, "d2": -1}, "2": {"d1": 0}}, q); err != nil || diff != "" {
		t.Errorf("qrels: %v\n%s", err, diff)
	}
	run, err := ReadRun("run", strings.NewReader("1 Q0 d1 7 1.5 tag\n1 Q0 d2 7 -2e3 tag and more\n"))
	if diff := cmp.Diff(Run{"1": {{"d1", 1.5}, {"d2", -2000}}}, run); err != nil || diff != "" {
		t.Errorf("run: %v\n%s", err, diff)
	}
}

func TestBadTREC(t *testing.T) {
	tests := []struct{ name, qrels, run, want string }{
		{"few fields", "1 0 d1\n", "", "f:1: 3 fields where question, iteration, document and grade are wanted"},
		{"grade", "1 0 d0 1\n1 0 d1 high\n", "", `f:2: grade: "high" is not a whole number of at most a million`},
		{"huge grade", "1 0 d1 99999999\n", "", "f:1: grade"},
		{"twice", "1 0 d1 1\n2 0 d1 1\n1 0 d1 0\n", "", `f:3: document: "d1" is judged twice for question "1"`},
		{"binary", "1 0 d\x00 1\n", "", "f:1: holds a NUL byte"},
		{"Latin-1", "1 0 d\xe9 1\n", "", "f:1: not UTF-8"},
		{"long id", "1 0 " + strings.Repeat("x", 600) + " 1\n", "", "f:1: document: longer than 512 bytes"},
		{"no tag", "", "1 Q0 d1 1 0.5\n", "f:1: 5 fields where question, Q0, document, rank, score and tag are wanted"},
		{"score", "", "1 Q0 d1 1 best t\n", `f:1: score: "best" is not a finite number`},
		{"NaN", "", "1 Q0 d1 1 NaN t\n", `f:1: score: "NaN" is not a finite number`},
		{"infinite", "", "1 Q0 d1 1 1e999 t\n", "f:1: score"},
		{"returned twice", "", "1 Q0 d1 1 2 t\n1 Q0 d1 2 1 t\n", `f:2: document: "d1" is returned twice for question "1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			if tt.run == "" {
				_, err = ReadQrels("f", strings.NewReader(tt.qrels))
			} else {
				_, err = ReadRun("f", strings.NewReader(tt.run))
			}
			var file *FileError
			if !errors.As(err, &file) || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

func TestTRECRoundTrip(t *testing.T) {
	id := rapid.StringMatching(`[!-"$-~é日][!-~é日]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		qrels := rapid.MapOfN(id, rapid.MapOfN(id, rapid.IntRange(-3, 9), 1, 5), 0, 5).Draw(t, "qrels")
		var b bytes.Buffer
		if err := WriteQrels(&b, qrels); err != nil {
			t.Fatal(err)
		}
		q, err := ReadQrels("q", &b)
		if diff := cmp.Diff(Qrels(qrels), q, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
		run := Run{}
		for question, docs := range rapid.MapOfN(id, rapid.MapOfN(id, rapid.Float64Range(-1e9, 1e9), 1, 5), 0, 5).Draw(t, "run") {
			for doc, score := range docs {
				run[question] = append(run[question], Scored{doc, score})
			}
		}
		b.Reset()
		if err := WriteRun(&b, run, "test"); err != nil {
			t.Fatal(err)
		}
		back, err := ReadRun("r", &b)
		byOrder := cmpopts.SortSlices(func(a, b Scored) bool { return trecOrder(a, b) < 0 })
		if diff := cmp.Diff(run, back, byOrder, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// FuzzTREC: a file is read or refused with its line; what was read is written and read as the same.
func FuzzTREC(f *testing.F) {
	for _, seed := range []string{"1 0 d1 1\n", "1 Q0 d1 1 0.5 t\n", "1 Q0 d1 1 -0 t x\n#\n\n", "\uFEFF1 0 d 2", "1 0 \u00a0 1", "1\u2003Q0 d 0 1e-320 t\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var file *FileError
		q, err := ReadQrels("q", bytes.NewReader(in))
		if err != nil && !errors.As(err, &file) {
			t.Fatal(err)
		}
		if err == nil {
			var b bytes.Buffer
			if err := WriteQrels(&b, q); err != nil {
				t.Fatal(err)
			}
			again, err := ReadQrels("q", &b)
			if diff := cmp.Diff(q, again); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
		}
		run, err := ReadRun("r", bytes.NewReader(in))
		if err != nil && !errors.As(err, &file) {
			t.Fatal(err)
		}
		if err == nil {
			var b bytes.Buffer
			if err := WriteRun(&b, run, "t"); err != nil {
				t.Fatal(err)
			}
			again, err := ReadRun("r", &b)
			byOrder := cmpopts.SortSlices(func(a, b Scored) bool { return trecOrder(a, b) < 0 })
			if diff := cmp.Diff(run, again, byOrder); err != nil || diff != "" {
				t.Fatalf("%v\n%s", err, diff)
			}
		}
	})
}
