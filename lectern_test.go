// Package lectern_test holds the rules of the house as tests: who may import whom, and that every package says what it
// owns.
package lectern_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/lectern-tutor/lectern"

// rooms is the import table: which of our packages a package may import. A package that is not here may not exist.
// Tests may import anything.
var rooms = map[string][]string{
	"cmd/lectern":       {"answer", "answer/guard", "api", "eval", "eval/answers", "eval/citebreak", "eval/scale", "ingest", "ingest/transcript", "llm", "llm/llmtest", "migrations", "postgres", "prompts", "retrieve"},
	"api":               {"answer", "retrieve", "ingest", "postgres"},
	"answer":            {"retrieve", "retrieve/lexical", "prompts", "llm", "answer/guard", "postgres"},
	"answer/guard":      {"retrieve/lexical"},
	"eval":              {"answer", "answer/guard", "eval/authored", "retrieve", "retrieve/lexical", "ingest", "prompts", "llm", "postgres"},
	"eval/answers":      {"answer", "answer/guard", "eval", "eval/authored", "ingest", "ingest/transcript", "llm", "llm/llmtest", "postgres", "prompts", "retrieve", "retrieve/lexical"},
	"eval/authored":     {},
	"eval/citebreak":    {"answer", "answer/guard", "ingest", "llm", "llm/llmtest", "postgres", "prompts", "retrieve"},
	"eval/scale":        {"ingest", "llm", "postgres", "retrieve"},
	"prompts":           {},
	"retrieve":          {"retrieve/lexical", "llm", "postgres"},
	"retrieve/lexical":  {},
	"ingest":            {"ingest/transcript", "retrieve/lexical", "llm", "postgres"},
	"ingest/transcript": {},
	"llm":               {},
	"llm/llmtest":       {},
	"postgres":          {"migrations"},
	"postgres/pgtest":   {"postgres", "migrations"},
	"migrations":        {},
	"":                  {},
}

// tools are programs of the build, not rooms of the house.
const tools = "scripts/"

type listed struct {
	ImportPath string
	Dir        string
	Name       string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,Name,Imports,GoFiles", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func room(importPath string) (string, bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		from, _ := room(p.ImportPath)
		if strings.HasPrefix(from, tools) {
			continue
		}
		seen[from] = true
		allowed, known := rooms[from]
		if !known {
			t.Errorf("the package %s is not in the import table: a package is a stage of the pipeline or an outside edge; say which in this test and in the docs", from)
		}
		for _, path := range p.Imports {
			if to, ours := room(path); ours && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, which the import table does not allow", from, to)
			}
		}
	}
	for name := range rooms {
		if !seen[name] {
			t.Errorf("the import table names %q, which does not exist", name)
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range packages(t) {
		said := 0
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				said++
			}
		}
		if said != 1 && len(p.GoFiles) > 0 {
			t.Errorf("%s has %d package comments, want 1", p.ImportPath, said)
		}
	}
}

// TestGuardIsPure: the verdict depends on nothing but its input, so a stored answer can be judged again years later.
func TestGuardIsPure(t *testing.T) {
	forbidden := []string{"context", "net", "net/http", "os", "time", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "database/sql"}
	for _, p := range packages(t) {
		if name, _ := room(p.ImportPath); name != "answer/guard" {
			continue
		}
		for _, path := range p.Imports {
			if slices.Contains(forbidden, path) {
				t.Errorf("answer/guard imports %s", path)
			}
		}
	}
}

// TestSplitterIsProductions: only an eval may cut lectures by other sizes than production, because every chunk that students
// can see would get another id.
func TestSplitterIsProductions(t *testing.T) {
	set := 0
	for _, p := range packages(t) {
		name, _ := room(p.ImportPath)
		if name == "ingest" {
			continue
		}
		for _, file := range p.GoFiles {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				var field ast.Expr
				switch n := n.(type) {
				case *ast.KeyValueExpr: // ingest.Ingester{Splitter: …}
					field = n.Key
				case *ast.SelectorExpr: // in.Splitter = …
					field = n.Sel
				}
				id, ok := field.(*ast.Ident)
				if !ok || id.Name != "Splitter" {
					return true
				}
				set++
				// The reports of evals have a field of that name, too, which says what was used.
				if name != "eval" && name != "eval/answers" && name != "cmd/lectern" || name == "cmd/lectern" && !strings.HasPrefix(file, "eval_") {
					t.Errorf("%s/%s names a Splitter: leave the ingester's at zero", name, file)
				}
				return true
			})
		}
	}
	if set == 0 {
		t.Error("nothing sets a splitter: the test looks for the wrong name")
	}
}
