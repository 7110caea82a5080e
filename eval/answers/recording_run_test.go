package answers

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// TestRunOverAReplay: a whole run, its course embedded and its tasks asked through the recorder, gives the same results over
// the replay, in another database and without a server. A task that is not in the recording is an error and not a floor answer.
func TestRunOverAReplay(t *testing.T) {
	small := sources(t)[0]
	srv, r := recorder(t)
	scripted := NewScripted(small.Set)
	srv.Handle(func(q llmtest.Request) llmtest.Reply { return scripted.Reply(q) })
	run := func(url string, rt http.RoundTripper, watch func(Asker) Asker, set *Set) []Result {
		t.Helper()
		b := bench(t)
		c := model(t, url, rt)
		b.Embedder = c
		if err := b.Open(t.Context(), []Source{small}); err != nil {
			t.Fatal(err)
		}
		room := b.rooms[0]
		asker := watch(Tutor{&answer.Tutor{DB: b.DB, Searcher: room.searcher, Prompt: b.Prompt, Log: silence, Model: c}, set.Course})
		out, err := Run{Asker: asker, Judge: b.judge(room), Repeat: 2}.Do(context.WithoutCancel(t.Context()), set)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	live := run(srv.URL(), r, func(a Asker) Asker { return a }, small.Set)
	x := finish(t, r)
	srv.Close()
	repeats := map[int]int{}
	for _, e := range x.Exchanges {
		repeats[e.Repeat]++
	}
	if n := len(small.Set.Tasks); repeats[1] != 2*n || repeats[0] <= 2*n {
		t.Errorf("%d tasks, requests by repeat: %v; want an embedding and a chat for each, and the course's embeddings in the first", n, repeats)
	}
	p := open(t, r)
	replayed := run(p.BaseURL(), p, p.Watch, small.Set)
	if diff := cmp.Diff(live, replayed, cmpopts.IgnoreFields(Asked{}, "MS"), cmpopts.IgnoreUnexported(answer.Citation{})); diff != "" {
		t.Errorf("live (-) and replayed (+) differ:\n%s", diff)
	}
	if p.Err() != nil || len(p.Unused()) > 0 {
		t.Errorf("%v, unused: %v", p.Err(), p.Unused())
	}
	if all := TallyOf(live)[0]; all.Hard == 0 {
		t.Errorf("nothing passed, so nothing was compared: %+v", all)
	}

	other := *small.Set
	other.Tasks = []Task{small.Set.Tasks[0]}
	other.Tasks[0].Question += " and why is that so"
	again := open(t, r)
	for _, res := range run(nowhere, again, again.Watch, &other) {
		if res.Grade != Error || again.Err() == nil {
			t.Errorf("a question that was not recorded was graded %s: %v", res.Grade, res.Asked)
		}
	}
}
