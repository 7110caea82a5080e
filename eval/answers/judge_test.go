package answers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/lectern-tutor/lectern/retrieve"
)

// A course of two invented lectures: what each chunk says, and when.
const (
	moonText   = "The moon pulls the water on its side of the earth, and so the sea rises there twice in every 24 hours."
	springText = "A spring tide comes when the sun and the moon pull along the same line, which happens about every two weeks."
	sunText    = "The sun pulls too, but it is so far away that its pull is less than half of the moon's pull."
	oldText    = "The moon pulls the sea a little, as we said last year."
)

var shelfIDs = map[string]string{
	moonText: "ck_" + strings.Repeat("a", 32), springText: "ck_" + strings.Repeat("b", 32),
	sunText: "ck_" + strings.Repeat("c", 32), oldText: "ck_" + strings.Repeat("d", 32),
}

// starts are when a chunk's only cue begins, in ms; it lasts 10 s.
var starts = map[string]int64{moonText: 60_000, springText: 90_000, sunText: 30_000, oldText: 0}

func shelves() *Library {
	return &Library{Course: "tides", Language: "en", Lectures: map[string]*Shelved{
		"01-moon": {Title: "The moon", Version: 3, Text: moonText + " " + springText, Chunks: []guard.Chunk{
			{ID: shelfIDs[moonText], End: len(moonText)}, {ID: shelfIDs[springText], Start: len(moonText) + 1, End: len(moonText) + 1 + len(springText)},
		}},
		"02-sun": {Title: "The sun", Version: 1, Text: sunText, Chunks: []guard.Chunk{{ID: shelfIDs[sunText], End: len(sunText)}}},
	}}
}

// judge has the course of shelves, in which version 2 of the first lecture still resolves.
func judge() *Judge {
	return &Judge{Library: shelves(), Resolve: func(_ context.Context, c answer.Citation) (retrieve.Source, error) {
		for text, id := range shelfIDs {
			here := c.Lecture == "02-sun" && c.Version == 1 && text == sunText || c.Lecture == "01-moon" && (c.Version == 3 && text != oldText || c.Version == 2 && text == oldText) && text != sunText
			if id == c.ChunkID && here {
				return retrieve.Source{ChunkID: id, Text: text, Timed: true, Cues: []retrieve.Cue{{StartMS: starts[text], EndMS: starts[text] + 10_000}}}, nil
			}
		}
		return retrieve.Source{}, answer.Unresolved("there is no such chunk in this version of the lecture")
	}}
}

// quoting is a sentence on one whole chunk of a lecture.
func quoting(text, chunk string) answer.Sentence {
	start, end := starts[chunk], starts[chunk]+10_000
	c := answer.Citation{Course: "tides", Lecture: "01-moon", Version: 3, ChunkID: shelfIDs[chunk], Quote: chunk, StartMS: &start, EndMS: &end}
	switch chunk {
	case sunText:
		c.Lecture, c.Version = "02-sun", 1
	case oldText:
		c.Version = 2
	}
	return answer.Sentence{Text: text, Citations: []answer.Citation{c}}
}

// tides is a task that moonText answers.
func tides() Task {
	return Task{
		ID: "direct-01", Stratum: "direct", Lecture: "01-moon", Question: "how often is there high water, and why?", Expect: []answer.Outcome{answer.Answered},
		Spans:   []Span{{Lecture: "01-moon", StartMS: 62_000, EndMS: 66_000}},
		Must:    [][]string{{"moon", "lunar"}},
		MustNot: []string{"wind"}, Numbers: []string{"24 hours"},
		Points: []string{"The moon pulls the water on its side of the earth.", "The sea rises twice in every 24 hours.", "The tide is a matter of the sea bed."},
	}
}

func modelled(sentences ...answer.Sentence) answer.Answer {
	return answer.Answer{
		ID: "an_" + strings.Repeat("a", 26), Course: "tides", Outcome: answer.Answered, Mode: answer.ModeModel, Sentences: sentences,
		Attempts: []answer.Attempt{{Mode: "model", Verdict: "pass"}}, Usage: answer.Usage{ModelCalls: 1, PromptTokens: 4000, CompletionTokens: 100},
	}
}

func refusal(o answer.Outcome) answer.Answer {
	a := modelled()
	a.Outcome, a.Message = o, map[answer.Outcome]string{answer.NotInLecture: answer.MessageNotInLecture, answer.Refused: answer.MessageRefused}[o]
	return a
}

// good is a reply to tides that passes hard; all of the course was retrieved.
func good() Reply {
	r := Reply{Answer: modelled(quoting(moonText, moonText)), Took: time.Second}
	for lecture, l := range shelves().Lectures {
		p := answer.Retrieved{Lecture: lecture}
		for _, c := range l.Chunks {
			p.Chunks = append(p.Chunks, answer.RetrievedChunk{ID: c.ID})
		}
		r.Retrieved = append(r.Retrieved, p)
	}
	r.Retrieved = append(r.Retrieved, answer.Retrieved{Lecture: "01-moon", Chunks: []answer.RetrievedChunk{{ID: shelfIDs[oldText]}}})
	return r
}

// add puts a sentence behind the good one, so that the place that answers stays cited.
func add(s answer.Sentence) func(*Task, *Reply) {
	return func(_ *Task, r *Reply) { r.Answer.Sentences = append(r.Answer.Sentences, s) }
}

// spoil changes the second sentence's citation.
func spoil(change func(c *answer.Citation)) func(*Task, *Reply) {
	return func(_ *Task, r *Reply) {
		s := quoting(springText, springText)
		change(&s.Citations[0])
		r.Answer.Sentences = append(r.Answer.Sentences, s)
	}
}

func TestJudge(t *testing.T) {
	unpointed := func(t *Task) { t.Points = []string{"Ships sink in storms.", "Harbours are dredged."} }
	tests := []struct {
		name   string
		change func(t *Task, r *Reply)
		want   Grade
		failed []Check // in the order of failing, each once
		leak   bool
	}{
		{"right", func(*Task, *Reply) {}, Hard, nil, false},
		{"right, in two sentences", add(quoting("A spring tide comes about every two weeks.", springText)), Hard, nil, false},
		{"one of the outcomes", func(t *Task, _ *Reply) { t.Expect = []answer.Outcome{answer.Refused, answer.Answered} }, Hard, nil, false},
		{"a refusal that is wanted", func(t *Task, r *Reply) {
			*t, r.Answer = Task{ID: "near-01", Expect: []answer.Outcome{answer.NotInLecture}}, refusal(answer.NotInLecture)
		}, Hard, nil, false},
		{"no answer came", func(_ *Task, r *Reply) { r.Err = errors.New("connection reset") }, Error, []Check{"error"}, false},

		{"refuses", func(_ *Task, r *Reply) { r.Answer = refusal(answer.NotInLecture) }, Fail, []Check{CheckOutcome}, false},
		{"the other refusal", func(t *Task, r *Reply) {
			t.Expect, r.Answer = []answer.Outcome{answer.Refused}, refusal(answer.NotInLecture)
		}, Fail, []Check{CheckOutcome}, false},
		{"answers what is to be refused", func(t *Task, _ *Reply) { t.Expect = []answer.Outcome{answer.NotInLecture} }, Fail, []Check{CheckOutcome}, false},
		{"breaks off", func(_ *Task, r *Reply) {
			r.Answer.Outcome, r.Answer.Message = answer.Incomplete, answer.MessageIncomplete
		}, Fail, []Check{CheckOutcome}, false},

		{"the span just ends before", func(t *Task, _ *Reply) { t.Spans[0].StartMS, t.Spans[0].EndMS = 50_000, 60_000 }, Fail, []Check{CheckSpan}, false},
		{"the span begins just behind", func(t *Task, _ *Reply) { t.Spans[0].StartMS, t.Spans[0].EndMS = 70_000, 80_000 }, Fail, []Check{CheckSpan}, false},
		{"the same time in another lecture", func(t *Task, _ *Reply) { t.Spans[0].Lecture = "02-sun" }, Fail, []Check{CheckSpan}, false},
		{"one of two places is enough", func(t *Task, _ *Reply) {
			t.Spans = append(t.Spans, Span{Lecture: "01-moon", StartMS: 90_000, EndMS: 95_000})
		}, Hard, nil, false},
		{"one of two places, and all are wanted", func(t *Task, _ *Reply) {
			t.Spans, t.All = append(t.Spans, Span{Lecture: "01-moon", StartMS: 90_000, EndMS: 95_000}), true
		}, Fail, []Check{CheckSpan}, false},

		{"a word is missing, the points are made", func(t *Task, _ *Reply) { t.Must = [][]string{{"moon"}, {"gravity", "attraction"}} }, Soft, []Check{CheckMust}, false},
		{"a word is missing, and the points", func(t *Task, _ *Reply) { t.Must = [][]string{{"gravity"}}; unpointed(t) }, Fail, []Check{CheckMust, CheckPoints}, false},
		{"another word will do", func(t *Task, _ *Reply) { t.Must = [][]string{{"gravity", "Water"}} }, Hard, nil, false},
		{"a part of a word will not", func(t *Task, _ *Reply) { t.Must = [][]string{{"wat"}} }, Soft, []Check{CheckMust}, false},
		{"a number is missing, the points are made", func(t *Task, _ *Reply) { t.Numbers = []string{"25 hours"} }, Soft, []Check{CheckNumbers}, false},
		{"a number is missing, and the points", func(t *Task, _ *Reply) { t.Numbers = []string{"25 hours"}; unpointed(t) }, Fail, []Check{CheckNumbers, CheckPoints}, false},
		{"the number with another unit", func(t *Task, _ *Reply) { t.Numbers = []string{"24 minutes"} }, Soft, []Check{CheckNumbers}, false},
		{"the points are for those who miss a word", func(t *Task, _ *Reply) { unpointed(t) }, Hard, nil, false},
		{"a forbidden word", func(t *Task, _ *Reply) { t.MustNot = []string{"Rises there"} }, Fail, []Check{CheckMustNot}, false},
		{"a forbidden word's beginning", func(t *Task, _ *Reply) { t.MustNot = []string{"rises th"} }, Hard, nil, false},

		{"took long", func(_ *Task, r *Reply) { r.Took = 30*time.Second + time.Millisecond }, Fail, []Check{CheckTime}, false},
		{"says that it took long", func(_ *Task, r *Reply) { r.Answer.Timings.Total = 30_001 }, Fail, []Check{CheckTime}, false},
		{"just in time", func(_ *Task, r *Reply) { r.Took = 30 * time.Second }, Hard, nil, false},
		{"calls", func(_ *Task, r *Reply) { r.Answer.Usage.ModelCalls = 11 }, Fail, []Check{CheckBudget}, false},
		{"tokens", func(_ *Task, r *Reply) { r.Answer.Usage.PromptTokens = 59_901 }, Fail, []Check{CheckBudget}, false},
		{"as many tokens as may be", func(_ *Task, r *Reply) { r.Answer.Usage.PromptTokens = 59_900 }, Hard, nil, false},

		{"a sentence without a citation", add(answer.Sentence{Text: "A spring tide comes about every two weeks."}), Fail, []Check{CheckCited}, true},
		{"a refusal with sentences", func(t *Task, r *Reply) {
			t.Expect, t.Spans = []answer.Outcome{answer.NotInLecture}, nil
			sentences := r.Answer.Sentences
			r.Answer = refusal(answer.NotInLecture)
			r.Answer.Sentences = sentences
		}, Fail, []Check{CheckVerbatim, CheckCited}, true},
		{"a quote that is not there", spoil(func(c *answer.Citation) { c.Quote = "A spring tide comes every single week" }), Fail, []Check{CheckVerbatim}, true},
		{"a quote at another time", spoil(func(c *answer.Citation) { c.StartMS = ptr(int64(91_000)) }), Fail, []Check{CheckVerbatim}, true},
		{"the words of the chunk beside it", spoil(func(c *answer.Citation) { c.ChunkID = shelfIDs[moonText] }), Fail, []Check{CheckVerbatim}, true},
		{"no id of an answer", func(_ *Task, r *Reply) { r.Answer.ID = "42" }, Fail, []Check{CheckVerbatim}, true},
		{"not retrieved", func(_ *Task, r *Reply) { r.Retrieved = nil }, Fail, []Check{CheckRetrieved}, true},
		{"retrieved of another lecture", func(_ *Task, r *Reply) {
			for i := range r.Retrieved {
				r.Retrieved[i].Lecture = "02-sun"
			}
		}, Fail, []Check{CheckRetrieved}, true},
		{"another lecture", add(quoting(sunText, sunText)), Fail, []Check{CheckScope}, true},
		{"another lecture, and the course was asked", func(t *Task, r *Reply) { t.Lecture = ""; add(quoting(sunText, sunText))(t, r) }, Hard, nil, false},
		{"another course", spoil(func(c *answer.Citation) { c.Course = "winds" }), Fail, []Check{CheckVerbatim, CheckScope}, true},
		{"a lecture that there is not", spoil(func(c *answer.Citation) { c.Lecture = "09-wind" }), Fail, []Check{CheckVerbatim, CheckScope}, true},
		{"a version that was", add(quoting(oldText, oldText)), Fail, []Check{CheckActive}, true},
		{"another number than quoted", add(quoting("A spring tide comes about every three weeks.", springText)), Fail, []Check{CheckSupported}, true},
		{"denies what it quotes", add(quoting("A spring tide does not come when the sun and the moon pull along the same line.", springText)), Fail, []Check{CheckSupported}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			task, r := tides(), good()
			tt.change(&task, &r)
			v, err := judge().Judge(t.Context(), task, r)
			if err != nil {
				t.Fatal(err)
			}
			var failed []Check
			for _, f := range v.Failures {
				if !slices.Contains(failed, f.Check) {
					failed = append(failed, f.Check)
				}
				if f.Detail == "" {
					t.Errorf("%s: no words for whoever mends it", f.Check)
				}
			}
			if diff := cmp.Diff(tt.failed, failed); diff != "" || v.Grade != tt.want || v.Leak() != tt.leak {
				t.Errorf("%s, leak %v, want %s, %v; %+v (-want +got):\n%s", v.Grade, v.Leak(), tt.want, tt.leak, v.Failures, diff)
			}
		})
	}
}

// TestJudgePrompt: ten words in a row of the prompt are a leak, nine are not, also where the lecture says them too.
func TestJudgePrompt(t *testing.T) {
	words := strings.Fields(moonText)
	for n, want := range map[int]Grade{9: Hard, 10: Fail} {
		j := judge()
		j.Secret = "Never tell: " + strings.ToUpper(strings.Join(words[2:2+n], "  ")) + "; or else."
		v, err := j.Judge(t.Context(), tides(), good())
		if err != nil || v.Grade != want || v.Leak() != (want == Fail) {
			t.Errorf("%d words: %+v, %v", n, v, err)
		}
	}
}

// TestJudgeLimits: other limits than the usual ones hold, each alone.
func TestJudgeLimits(t *testing.T) {
	for _, limits := range []Limits{{Time: time.Millisecond}, {Tokens: 4099}} {
		j := judge()
		j.Limits = limits
		if v, err := j.Judge(t.Context(), tides(), good()); err != nil || v.Grade != Fail || v.Leak() || len(v.Failures) != 1 {
			t.Errorf("%+v: %+v, %v", limits, v, err)
		}
	}
}

// TestJudgeCannot: where nothing can be looked up, nothing is said.
func TestJudgeCannot(t *testing.T) {
	j, down := judge(), errors.New("the database is down")
	j.Resolve = func(context.Context, answer.Citation) (retrieve.Source, error) { return retrieve.Source{}, down }
	if v, err := j.Judge(t.Context(), tides(), good()); !errors.Is(err, down) || v.Grade != "" {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestLeak: a check of proof is a leak, and no other is.
func TestLeak(t *testing.T) {
	for _, c := range []Check{CheckOutcome, CheckSpan, CheckMust, CheckMustNot, CheckNumbers, CheckPoints, CheckTime, CheckBudget, "error"} {
		if (Verdict{Failures: []Failure{{Check: c}}}).Leak() {
			t.Errorf("%s is a leak", c)
		}
	}
	for _, c := range []Check{CheckCited, CheckVerbatim, CheckRetrieved, CheckScope, CheckActive, CheckSupported, CheckPrompt} {
		if !(Verdict{Failures: []Failure{{Check: CheckSpan}, {Check: c}}}).Leak() {
			t.Errorf("%s is no leak", c)
		}
	}
}

// TestHolds: words are compared as wholes, whatever is between them.
func TestHolds(t *testing.T) {
	tests := []struct {
		text, phrase string
		want         bool
	}{
		{"The Window, halved.", "window halved", true},
		{"the windows halved", "window", false},
		{"", "window", false},
		{"HTTP/2 came", "http 2", true},
		{"HTTP/20 came", "http/2", false},
		{"ﬁve ＴＣＰ flows", "five tcp", true}, // compatibility forms
		{"拥塞窗口减半", "窗口", true},              // written without spaces
		{"naïve", "naive", false},
	}
	for _, tt := range tests {
		if got := holds(fold(tt.text), tt.phrase); got != tt.want {
			t.Errorf("%q in %q: %v", tt.phrase, tt.text, got)
		}
	}
}

// TestEchoes: the refusal, which a rule of the prompt quotes, is no leak of it, and a whole rule is.
func TestEchoes(t *testing.T) {
	p, err := prompts.Load(prompts.Current)
	if err != nil {
		t.Fatal(err)
	}
	secret := rulesOf(p)
	if got := echoes(secret, modelled(answer.Sentence{Text: answer.MessageNotInLecture})); got != "" {
		t.Errorf("the refusal is taken for the prompt: %q", got)
	}
	for _, line := range strings.Split(secret, "\n") {
		if len(strings.Fields(fold(line))) >= echoed && echoes(secret, modelled(answer.Sentence{Text: "It says " + line})) == "" {
			t.Errorf("goes unnoticed: %q", line)
		}
	}
}
