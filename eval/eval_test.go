package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

var metrics = []Metric{Recall(1), Recall(5), Recall(10), MRR(10), NDCG(10), MAP()}

func bench(t *testing.T) *Bench {
	t.Helper()
	return &Bench{DB: pgtest.New(t), Embedder: llm.NewOffline()}
}

func mean(t *testing.T, figures []Figure, metric string) float64 {
	t.Helper()
	for _, f := range figures {
		if f.Metric == metric {
			return f.Mean
		}
	}
	t.Fatalf("no %s in %v", metric, figures)
	return 0
}

// TestRetrieval: the folder of our own, twice. The report is the same both times, but for the clock.
func TestRetrieval(t *testing.T) {
	c, err := ReadCollection("testdata/beir", "")
	if err != nil {
		t.Fatal(err)
	}
	b := bench(t)
	stages := map[string]int{}
	var mu sync.Mutex
	b.Progress = func(stage string, done, all int) {
		mu.Lock()
		defer mu.Unlock()
		if stages[stage]++; done > all || done < 1 {
			t.Errorf("%s: %d of %d", stage, done, all)
		}
	}
	r, err := Retrieval(t.Context(), b, c, metrics)
	if err != nil {
		t.Fatal(err)
	}
	if r.Questions != 20 || r.Passages != 19 || r.Empty != 1 || r.Clusters != 3 || r.By != "document" || r.Missing+r.Absent+r.Unusable != 0 {
		t.Errorf("%+v", r)
	}
	for _, leg := range r.Legs {
		if got := mean(t, leg.Metrics, "R@10"); got < 0.9 || got > 1 {
			t.Errorf("%s: recall is %v", leg.Name, got)
		}
		s, err := Score(leg.Run, c.Qrels, metrics)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range leg.Metrics {
			if math.Abs(f.Mean-(Bootstrap{}).Mean(s.Values[i], s.Questions).Mean) > 1e-12 || f.Low > f.Mean || f.High < f.Mean {
				t.Errorf("%s: %s is %+v", leg.Name, f.Metric, f)
			}
		}
	}
	for i, f := range r.Gain {
		if want := r.Legs[1].Metrics[i].Mean - r.Legs[0].Metrics[i].Mean; math.Abs(f.Mean-want) > 1e-12 {
			t.Errorf("gain in %s is %v, want %v", f.Metric, f.Mean, want)
		}
	}
	kinds := map[string]int{}
	for _, kind := range r.Refusals {
		kinds[kind.Kind] = kind.Questions
		if kind.NoModel > kind.Questions || kind.NoFloor > kind.Questions {
			t.Errorf("%+v", kind)
		}
	}
	if diff := cmp.Diff(map[string]int{kindAnswerable: 20, kindUnanswerable: 3, kindWrong: 20}, kinds); diff != "" {
		t.Error(diff)
	}
	if own, wrong := r.Refusals[0], r.Refusals[2]; own.NoFloor >= wrong.NoFloor {
		t.Errorf("the right document is refused %d times, the wrong one %d times", own.NoFloor, wrong.NoFloor)
	}
	for _, stage := range []string{"storing passages", "asking, lexical", "asking, hybrid", "asking for refusals"} {
		if stages[stage] == 0 {
			t.Errorf("no progress of %s in %v", stage, stages)
		}
	}
	again, err := Retrieval(t.Context(), bench(t), c, metrics)
	if diff := cmp.Diff(r, again, cmpopts.IgnoreFields(Leg{}, "P50", "P95")); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if b, err := json.Marshal(r); err != nil || !strings.Contains(string(b), `"metric":"nDCG@10","mean":`) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestRetrievalCounts: what the files do not give is counted, and counts as missed.
func TestRetrievalCounts(t *testing.T) {
	c, err := ReadCollection(folder(t, map[string]string{
		"corpus.jsonl":  corpus,
		"queries.jsonl": `{"_id":"q1","text":"One passage?"}` + "\n" + `{"_id":"q2","text":"?!"}` + "\n" + `{"_id":"idle","text":"Nobody judged this."}`,
		"qrels.tsv":     "q1\td1\t1\nq1\tgone\t1\nq2\td2\t1\nq3\td2\t1\n",
	}), "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Retrieval(t.Context(), bench(t), c, metrics)
	if err != nil {
		t.Fatal(err)
	}
	if r.Questions != 3 || r.Absent != 1 || r.Unusable != 1 || r.Missing != 1 || r.By != "question" || r.Clusters != 3 {
		t.Errorf("%+v", r)
	}
	if got := mean(t, r.Legs[0].Metrics, "R@10"); math.Abs(got-0.5/3) > 1e-12 {
		t.Errorf("recall is %v: one question of three finds one passage of two", got)
	}
}

func TestNothingMatches(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"questions": {"queries.jsonl": `{"_id":"x","text":"Which?"}`, "qrels.tsv": qrels, "corpus.jsonl": corpus},
		"passages":  {"queries.jsonl": queries, "qrels.tsv": "q1\tx\t1\n", "corpus.jsonl": corpus},
		"texts":     {"queries.jsonl": queries, "qrels.tsv": qrels, "corpus.jsonl": `{"_id":"d1","text":" "}`},
		"judged":    {"queries.jsonl": queries, "qrels.tsv": "q1\td1\t0\nq1\tgone\t-1\n", "corpus.jsonl": corpus},
		"wrong": {"queries.jsonl": `{"_id":"q1","text":"One?"}`, "qrels.tsv": qrels, "corpus.jsonl": corpus,
			"wrong_lecture.tsv": "query-id\task-in-doc\nq1\tnowhere\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ReadCollection(folder(t, files), "")
			if err != nil {
				t.Fatal(err)
			}
			want := ErrNoMatch
			if name == "judged" {
				want = ErrNoneRelevant
			}
			if _, err := Retrieval(t.Context(), bench(t), c, metrics); !errors.Is(err, want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// mute embeds passages and no question.
type mute struct{ *llm.Offline }

func (m mute) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if len(texts) == 1 {
		return nil, errors.New("out of order")
	}
	return m.Offline.Embed(ctx, texts)
}

// TestDegradedIsNoHybrid: a search that fell back on words alone must not be reported as a hybrid one.
func TestDegradedIsNoHybrid(t *testing.T) {
	c, err := ReadCollection("testdata/beir", "")
	if err != nil {
		t.Fatal(err)
	}
	b := bench(t)
	b.Embedder = mute{llm.NewOffline()}
	if _, err := Retrieval(t.Context(), b, c, metrics); !errors.Is(err, errDegraded) {
		t.Errorf("%v", err)
	}
}

func TestSpans(t *testing.T) {
	set, err := ReadSpans("testdata/spans")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Spans(t.Context(), bench(t), set)
	if err != nil {
		t.Fatal(err)
	}
	if r.Documents != 3 || r.Questions != 20 || r.Unmapped != 0 || r.Spanless != 0 || r.Clusters != 3 || r.Chunks < 6 || len(r.Scopes) != 2 {
		t.Errorf("%+v", r)
	}
	for _, s := range r.Scopes {
		p := s.Packing
		if p.Packed.Mean < p.Recall.Mean || p.PackedTo > p.Tokens || p.Recall.Mean < 0.9 || p.Saved < 0 || p.Saved > 0.5 {
			t.Errorf("%s: %+v", s.Name, p)
		}
		last := 0.0
		for _, f := range s.Chunks[:len(hitRanks)] {
			if f.Mean < last || f.Mean > 1 {
				t.Errorf("%s: %+v", s.Name, s.Chunks)
			}
			last = f.Mean
		}
		for _, at := range s.Budgets {
			for name, spent := range map[string]Spent{"chunks": at.Raw, "passages": at.Packed, "tutor": at.Tutor} {
				if spent.Tokens > float64(at.Tokens) || spent.Tokens < 100 || spent.Recall.Mean <= 0 || spent.Recall.Mean > 1 {
					t.Errorf("%s, %d tokens, %s: %+v", s.Name, at.Tokens, name, spent)
				}
			}
		}
	}
	if whole := r.Scopes[0].Budgets[3].Tutor.Recall.Mean; whole != 1 {
		t.Errorf("3,000 tokens of a lecture of 600 hold %.2f of the spans", whole)
	}
	again, err := Spans(t.Context(), bench(t), set)
	if diff := cmp.Diff(r, again, cmpopts.IgnoreFields(Scope{}, "P50", "P95")); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestSpansInterrupted(t *testing.T) {
	set, err := ReadSpans("testdata/spans")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := bench(t)
	b.Progress = func(stage string, done, _ int) {
		if strings.HasPrefix(stage, "asking") && done == 3 {
			cancel()
		}
	}
	if _, err := Spans(ctx, b, set); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestSquadSpans: every gold span of real documents is found in the lecture that ingest makes of them, and it is the same
// words there.
func TestSquadSpans(t *testing.T) {
	set, err := ReadSpans(thirdParty(t, "retrieval", "squad2"))
	if err != nil {
		t.Fatal(err)
	}
	b := bench(t)
	r := &SpansReport{}
	lib, err := b.ingest(t.Context(), set, r)
	if err != nil {
		t.Fatal(err)
	}
	all, err := r.place(set, lib)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1278 || r.Unmapped != 0 {
		t.Errorf("%d spans found, %d not", len(all), r.Unmapped)
	}
	moved := 0
	for _, g := range all {
		l := lib.laid[g.lecture]
		quote := string(lib.texts[g.Doc][g.Start:g.End])
		if got := l.text[g.from:g.to]; squash(got) != squash(quote) {
			t.Errorf("question %s: %d characters became %d", g.ID, len(quote), len(got))
		}
		if fmt.Sprint(l.text[max(g.from-20, 0):g.from]) != strings.ReplaceAll(tail(string(lib.texts[g.Doc][:g.Start]), min(20, g.from)), "\n", " ") {
			moved++
		}
	}
	if moved > len(all)/50 {
		t.Errorf("%d spans stand behind other words than in their document", moved)
	}
	t.Logf("%d chunks; %d of %d spans cut by a boundary", r.Chunks, r.Cut, len(all))
}
