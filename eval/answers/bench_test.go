package answers

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lectern-tutor/lectern/eval"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/lectern-tutor/lectern/prompts"
)

// sources are the golden tasks of the repository with their transcripts.
func sources(t *testing.T) []Source {
	t.Helper()
	var out []Source
	for tasks, course := range map[string]string{"networks": "../../courses/networks", "harbour": "../tasks/harbour"} {
		set, err := ReadSet(filepath.Join("..", "tasks", tasks))
		if err != nil {
			t.Fatal(err)
		}
		files, _, err := ingest.Discover(course)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Source{set, files})
	}
	if out[0].Set.Course > out[1].Set.Course {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

func bench(t *testing.T) *Bench {
	t.Helper()
	prompt, err := prompts.Load(prompts.Current)
	if err != nil {
		t.Fatal(err)
	}
	return &Bench{Bench: &eval.Bench{DB: pgtest.New(t), Embedder: llm.NewOffline(), Language: "en"}, Prompt: prompt}
}

// TestBite: the good tutor is not blocked, and every broken one is. make eval asks all tasks of every broken tutor; here it is
// the small course unless LECTERN_STRESS, which has neither near misses nor assessed work and is cut into few chunks.
func TestBite(t *testing.T) {
	b := bench(t)
	b.Repeat = 1
	all, unseen := sources(t), []string(nil)
	if os.Getenv("LECTERN_STRESS") == "" {
		all, unseen = all[:1], []string{"never refuses", "solves the assessment", "reverses the ranking", "empties the overlap"}
	}
	if err := b.Open(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	good, err := b.Scripted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := Decide(nil, []Suite{good}, nil, Rules{}); len(d.Blocked) > 0 {
		t.Errorf("the good tutor is blocked: %v", d.Blocked)
	}
	for _, g := range good.Tallies {
		t.Logf("%-18s %3d tasks: %3d hard %3d soft %3d fail %3d error, %d leaks, %d answered", g.Name, g.Tasks, g.Hard, g.Soft, g.Fail, g.Error, g.Leaks, g.Answered)
	}
	kills, err := b.Bite(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	if len(kills) != 20 {
		t.Errorf("%d broken tutors", len(kills))
	}
	for _, k := range kills {
		t.Logf("%-32s caught %v, %d lost, %v: %.160s", k.Tutor, k.Caught, k.Lost, k.By, k.Why)
		if !k.Caught && !slices.Contains(unseen, k.Tutor) {
			t.Errorf("%s goes unnoticed", k.Tutor)
		}
	}
}
