package eval

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/llm"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// TestGoals: on three public collections, through the database and the production search, words alone and the offline
// hybrid rank at least as well as BM25 with k1 0.9, b 0.4 and a Porter stemmer.
func TestGoals(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand passages")
	}
	for _, set := range []struct {
		name string
		goal float64 // nDCG@10
	}{
		{"squad2", 0.880}, {"cranfield", 0.366}, {"mlquestions-dev", 0.410},
	} {
		t.Run(set.name, func(t *testing.T) {
			c, err := ReadCollection(thirdParty(t, "retrieval", set.name), "")
			if err != nil {
				t.Fatal(err)
			}
			b := &Bench{DB: pgtest.New(t), Embedder: llm.NewOffline()}
			c.Wrong = nil // this test is about ranks
			r, err := Retrieval(t.Context(), b, c, []Metric{Recall(1), Recall(5), Recall(10), MRR(10), NDCG(10), MAP()})
			if err != nil {
				t.Fatal(err)
			}
			for _, leg := range r.Legs {
				for _, f := range leg.Metrics {
					t.Logf("%-8s %-8s %.4f [%.4f, %.4f]", leg.Name, f.Metric, f.Mean, f.Low, f.High)
					if f.Metric == "nDCG@10" && f.Mean < set.goal-0.0005 {
						t.Errorf("%s: nDCG@10 is %.4f, want at least %.3f", leg.Name, f.Mean, set.goal)
					}
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
		t.Skipf("no third-party data at %s", strings.TrimSpace(dir))
	}
	return dir
}
