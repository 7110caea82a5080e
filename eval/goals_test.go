package eval

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestGoals: on three public collections, through the database and the production search, words alone and the offline
// hybrid rank at least as well as BM25 with k1 0.9, b 0.4 and a Porter stemmer. Of the largest collection every fourth
// question is asked (words alone: nDCG@10 0.4444, as over all); all of them with LECTERN_STRESS.
func TestGoals(t *testing.T) {
	for _, set := range []struct {
		name  string
		goal  float64 // nDCG@10
		every int     // of the questions one in so many, unless LECTERN_STRESS=1; 0: none, because storing it takes too long
	}{
		{"squad2", 0.880, 6}, {"cranfield", 0.366, 0}, {"mlquestions-dev", 0.410, 0},
	} {
		if set.every == 0 && os.Getenv("LECTERN_STRESS") == "" {
			t.Logf("%s only with LECTERN_STRESS=1", set.name)
			continue
		}
		t.Run(set.name, func(t *testing.T) {
			c, err := ReadCollection(thirdParty(t, "retrieval", set.name), "")
			if err != nil {
				t.Fatal(err)
			}
			c.Wrong = nil // this test is about ranks
			if os.Getenv("LECTERN_STRESS") == "" {
				n := 0
				c.Questions = slices.DeleteFunc(c.Questions, func(q Question) bool {
					if c.Qrels[q.ID] != nil {
						n++
					}
					out := c.Qrels[q.ID] == nil || n%set.every != 0
					if out {
						delete(c.Qrels, q.ID)
					}
					return out
				})
			}
			r, err := Retrieval(t.Context(), bench(t), c, metrics)
			if err != nil {
				t.Fatal(err)
			}
			for _, leg := range r.Legs {
				for _, f := range leg.Metrics {
					t.Logf("%-8s %-8s %.4f [%.4f, %.4f] %d questions", leg.Name, f.Metric, f.Mean, f.Low, f.High, r.Questions)
				}
				if got := mean(t, leg.Metrics, "nDCG@10"); got < set.goal-0.0005 {
					t.Errorf("%s: nDCG@10 is %.4f, want at least %.3f", leg.Name, got, set.goal)
				}
			}
		})
	}
}

// thirdParty returns a folder of third-party data, which is not part of the repository, or skips the test.
func thirdParty(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv("LECTERN_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	dir := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Attr("lectern.skipped", "third-party data")
		t.Skipf("no third-party data at %s", dir)
	}
	return dir
}
