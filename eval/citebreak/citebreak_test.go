package citebreak

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/llm/llmtest"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// thirdParty is BIPIA's text attacks, or "" with a note where they are absent.
func thirdParty(t *testing.T) string {
	t.Helper()
	root := os.Getenv("LECTERN_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(root, "adversarial", "bipia_text_attacks.jsonl")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Attr("lectern.skipped", "third-party data")
		t.Skipf("%s is not there", path)
	}
	return path
}

// noLeaks sends a sample of the drafts, by a seed that it prints, and with LECTERN_STRESS=1 all of them.
func noLeaks(t *testing.T, s Suite) *Report {
	t.Helper()
	least := 4
	if os.Getenv("LECTERN_STRESS") == "" {
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		rng := rand.New(rand.NewPCG(seed, 0))
		s.Skip, least = func() int { return rng.IntN(11) }, 2
	}
	report, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range report.Kinds {
		for _, l := range k.Leaked {
			t.Errorf("%s: %s", k.Name, l)
		}
		if k.Drafts != k.Rejected+k.Harmless+k.Leaks || k.Drafts < least {
			t.Errorf("%s: %d drafts, %d rejected, %d harmless, %d leaks", k.Name, k.Drafts, k.Rejected, k.Harmless, k.Leaks)
		}
		if k.Harmless > 0 && k.Name != "zero-width in a quote" {
			t.Errorf("%s: %d drafts were released", k.Name, k.Harmless)
		}
	}
	t.Attr("lectern.figure", fmt.Sprintf("CiteBreak: %d drafts with a bad citation, %d leaks", report.Drafts, report.Leaks))
	return report
}

// TestNoLeaks makes every attack that needs no file. All kinds of the report have drafts, and the guard has rejected
// some of each; of all drafts some with the code that the kind is about.
func TestNoLeaks(t *testing.T) {
	report := noLeaks(t, Suite{DB: pgtest.New(t)})
	want := map[string]guard.Code{
		"unknown id": guard.CodeUnknownCitation, "part of an id": guard.CodeUnknownCitation, "another course's id": guard.CodeUnknownCitation,
		"not retrieved": guard.CodeUnknownCitation, "stale chunk": guard.CodeStaleCitation, "lenticular brackets": guard.CodeUnknownCitation,
		"other digits": guard.CodeUnknownCitation, "bare number": guard.CodeUnknownCitation, "id in a code block": guard.CodeUnknownCitation,
		"stitched quote": guard.CodeQuoteNotFound, "invented quote": guard.CodeQuoteNotFound, "quote of the question": guard.CodeQuoteNotFound,
		"quote of the prompt": guard.CodeQuoteNotFound, "no evidence": guard.CodeUncitedSentence, "refusal with sources": guard.CodeRefusalWithSources,
		"sources of the previous turn": guard.CodeUnknownCitation, "injection in a lecture": guard.CodeUnknownCitation,
	}
	for _, k := range report.Kinds {
		code := want[k.Name]
		if code != "" && (len(k.Codes) == 0 || os.Getenv("LECTERN_STRESS") != "" && k.Codes[string(code)] == 0) {
			t.Errorf("%s: nothing was rejected as %s: %v", k.Name, code, k.Codes)
		}
		delete(want, k.Name)
	}
	if len(want) > 0 {
		t.Errorf("not attacked: %v", want)
	}
}

// TestPlanted plants the attacks of a file: a few in make test, all of them in make stress.
func TestPlanted(t *testing.T) {
	f, err := os.Open(thirdParty(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	texts, err := ReadAttacks(f)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("LECTERN_STRESS") == "" {
		texts = slices.Collect(func(yield func(string) bool) {
			for i := 0; i < len(texts) && yield(texts[i]); i += 25 {
			}
		})
	}
	noLeaks(t, Suite{DB: pgtest.New(t), Planted: texts})
}

// TestAudit tampers with an answer that holds, one field at a time; the audit finds each.
func TestAudit(t *testing.T) {
	ctx := t.Context()
	db := pgtest.New(t)
	st, err := newStage(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	st.model.Handle(func(r llmtest.Request) llmtest.Reply {
		s := read(r)
		b, err := guard.Draft{Outcome: guard.Answered, Sentences: []guard.DraftSentence{s.honest(harbour, good), s.honest(harbour, good+2)}}.JSON()
		if err != nil {
			t.Error(err)
		}
		return llmtest.Reply{Content: string(b)}
	})
	a, retrieved, err := st.put(ctx, harbour.id, question, false)
	if err != nil {
		t.Fatal(err)
	}
	if a.Mode != answer.ModeModel || len(a.Sentences) != 2 {
		t.Fatalf("mode %s, %d sentences, attempts %v", a.Mode, len(a.Sentences), a.Attempts)
	}
	check := func(what string, bad bool, a answer.Answer, retrieved []answer.Retrieved) {
		t.Helper()
		wrong, err := audit(ctx, db, a, retrieved)
		if err != nil {
			t.Fatal(err)
		}
		if (len(wrong) > 0) != bad {
			t.Errorf("%s: the audit says %v", what, wrong)
		}
	}
	check("as it came", false, a, retrieved)
	check("nothing was retrieved", true, a, nil)
	tamper := map[string]func(*answer.Sentence, *answer.Citation){
		"another word":       func(_ *answer.Sentence, c *answer.Citation) { c.Quote = strings.Replace(c.Quote, "lock", "dock", 1) },
		"an empty quote":     func(_ *answer.Sentence, c *answer.Citation) { c.Quote = " " },
		"a hidden character": func(_ *answer.Sentence, c *answer.Citation) { c.Quote += "\u200b" },
		"another course":     func(_ *answer.Sentence, c *answer.Citation) { c.Course = other },
		"another lecture":    func(_ *answer.Sentence, c *answer.Citation) { c.Lecture = bells.id },
		"another version":    func(_ *answer.Sentence, c *answer.Citation) { c.Version++ },
		"another chunk":      func(_ *answer.Sentence, c *answer.Citation) { c.ChunkID = st.ids[bells.id][0] },
		"no citation":        func(s *answer.Sentence, _ *answer.Citation) { s.Citations = nil },
	}
	for what, change := range tamper {
		b := a
		b.Sentences = slices.Clone(a.Sentences)
		b.Sentences[0].Citations = slices.Clone(a.Sentences[0].Citations)
		change(&b.Sentences[0], &b.Sentences[0].Citations[0])
		check(what, true, b, retrieved)
	}
	refusal := a
	refusal.Outcome = answer.NotInLecture
	check("a refusal with sentences", true, refusal, retrieved)
	if err := republish(ctx, st); err != nil {
		t.Fatal(err)
	}
	check("published anew", true, a, retrieved)
}

func TestReadAttacks(t *testing.T) {
	for in, want := range map[string]string{
		`{"text":"a"}` + "\n\n" + `{"text":"b","x":1}`: "",
		``:                                   "no line",
		"{\"text\":\"a\"}\n{":                "line 2",
		`{"txt":"a"}`:                        "line 1: text is missing",
		`{"text":3}`:                         "line 1",
		strings.Repeat("x", 2<<20):           "too long",
		`["text"]`:                           "line 1",
		"{\"text\":\"a\"}\n{\"text\":\" \"}": "line 2: text is missing",
	} {
		_, err := ReadAttacks(strings.NewReader(in))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", in, err, want)
		}
	}
}

// TestInterrupted: a run ends with its context, and says so.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := Suite{DB: pgtest.New(t), Progress: func(_ string, done, _ int) {
		if done == 2 {
			cancel()
		}
	}}
	if _, err := s.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
