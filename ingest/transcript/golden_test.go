package transcript

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew; read the diff before committing it")

// isGolden reports whether a file of testdata is what another one must give.
func isGolden(name string) bool {
	name, ok := strings.CutSuffix(name, ".json")
	return ok && filepath.Ext(name) != ""
}

// TestGolden parses every transcript of testdata, all written by us, each for
// the rules in its name, and compares the whole result with the JSON beside it.
func TestGolden(t *testing.T) {
	pass, total := 0, 0
	for _, name := range filesBelow(t, "testdata", ".srt", ".vtt", ".txt", ".json", ".md") {
		if isGolden(name) {
			continue
		}
		total++
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name)
			got, err := Parse(name, bytes.NewReader(readFile(t, file)))
			if err != nil {
				t.Fatal(err)
			}
			checkInvariants(t, got)
			checkArrows(t, readFile(t, file), got)
			golden := file + ".json"
			if *update {
				var b bytes.Buffer
				enc := json.NewEncoder(&b)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "\t")
				if err := enc.Encode(got); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			var want Transcript
			if err := json.Unmarshal(readFile(t, golden), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !t.Failed() {
				pass++
			}
		})
	}
	if !*update {
		printRate(t, "our transcripts in testdata", pass, total, "")
	}
}
