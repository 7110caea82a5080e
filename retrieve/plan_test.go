package retrieve_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/retrieve"
	"github.com/pgvector/pgvector-go"
)

var update = flag.Bool("update", false, "write the plans of this server as testdata/plans")

// plan is a node of EXPLAIN (FORMAT JSON).
type plan struct {
	Node     string `json:"Node Type"`
	Join     string `json:"Join Type"`
	Strategy string `json:"Strategy"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Cond     string `json:"Index Cond"`
	Function string `json:"Function Name"`
	CTE      string `json:"CTE Name"`
	Parent   string `json:"Parent Relationship"`
	Subplan  string `json:"Subplan Name"`
	Plans    []plan
}

var columns = regexp.MustCompile(`\(([a-z_]+) (=|>=|<=|>|<) `)

// text is what of a plan may not change without being noticed: nodes, indexes, and the columns by which they are entered.
func (p plan) text(b *strings.Builder, depth int) {
	b.WriteString(strings.Repeat("  ", depth))
	if p.Subplan != "" {
		b.WriteString(p.Subplan + ": ")
	}
	if p.Join != "" && p.Join != "Inner" {
		b.WriteString(p.Join + " ")
	}
	b.WriteString(p.Node)
	switch {
	case p.Index != "":
		fmt.Fprintf(b, " %s by %s", p.Index, strings.Join(p.entered(), ", "))
	case p.Relation != "":
		b.WriteString(" " + p.Relation)
	case p.CTE != "":
		b.WriteString(" " + p.CTE)
	case p.Function != "":
		b.WriteString(" " + p.Function)
	}
	b.WriteByte('\n')
	for _, sub := range p.Plans {
		sub.text(b, depth+1)
	}
}

func (p plan) entered() []string {
	var names []string
	for _, m := range columns.FindAllStringSubmatch(p.Cond, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// broken says what of a plan would make a search slow or wrong, on any version of PostgreSQL: a table of chunks that is
// read whole, or entered by anything but the course first, or a vector index.
func (p plan) broken() []string {
	var out []string
	if slices.Contains([]string{"chunk_vectors", "chunks", "version_chunks", "lectures", "lecture_versions"}, p.Relation) {
		switch by := p.entered(); {
		case p.Node == "Bitmap Heap Scan": // its index stands below it
		case p.Index == "":
			out = append(out, fmt.Sprintf("%s of %s", p.Node, p.Relation))
		case len(by) == 0 || by[0] != "course_id":
			out = append(out, fmt.Sprintf("%s is entered by %v, not by the course", p.Index, by))
		}
	}
	if strings.Contains(p.Index, "hnsw") {
		out = append(out, "the vector index "+p.Index)
	}
	for _, sub := range p.Plans {
		out = append(out, sub.broken()...)
	}
	return out
}

// literals are the parameters of a search in course, written as EXECUTE wants them. The lexical leg has 100 candidates.
func (f *shelves) literals(course filledCourse, scope string) string {
	lectures, chunks := make([]string, 100), make([]string, 100)
	for i := range lectures {
		at := i * 7 % len(course.chunks)
		chunks[i] = course.chunks[at]
		lectures[i] = course.lects[at/(len(course.chunks)/len(course.lects))]
	}
	args := fmt.Sprintf(`'%s', 1, '%s', 100, '{%s}', '{%s}', 1.0, 1.0, 60, 8, 1`, course.id,
		pgvector.NewHalfVector(course.vectors[5]), strings.Join(lectures, ","), strings.Join(chunks, ","))
	switch scope, _, _ := strings.Cut(scope, "-"); scope {
	case "lecture":
		args += ", 'lecture-03'"
	case "lectures":
		args += ", '{lecture-03,lecture-07}'"
	}
	if strings.HasSuffix(scope, "-seen") {
		args += ", '{lecture-03,lecture-04}', '{60000,120000}'"
	}
	return args
}

func explain(t *testing.T, conn *pgx.Conn, mode, sql, args string) plan {
	t.Helper()
	for _, s := range []string{"deallocate all", "set plan_cache_mode = " + mode, "prepare search as " + sql} {
		if _, err := conn.Exec(t.Context(), s, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%.60s: %v", s, err)
		}
	}
	var out []byte
	if err := conn.QueryRow(t.Context(), "explain (format json, costs off) execute search ("+args+")", pgx.QueryExecModeSimpleProtocol).Scan(&out); err != nil {
		t.Fatal(err)
	}
	var plans []struct{ Plan plan }
	if err := json.Unmarshal(out, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan
}

// TestPlans compares the plans of the statements with those in testdata/plans, which were read and found good, in the
// application role, in a database of five courses that has a vector index. After a change that is meant, run it with
// -update and read the difference. On a server of another major version only the rules of broken are checked.
func TestPlans(t *testing.T) {
	f := fill(t, size{courses: 5, lectures: 32, chunks: 62, dims: 32})
	f.exec(t, vectorIndex)
	conn := f.app(t)
	var version string
	if err := conn.QueryRow(t.Context(), "show server_version_num").Scan(&version); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("testdata", "plans", "pg"+version[:2])
	_, err := os.Stat(dir)
	golden := err == nil || *update
	if !golden {
		t.Logf("there are no plans of PostgreSQL %s; only the rules are checked", version[:2])
	}
	course := f.courses[2]
	f.enter(t, conn, course.id)
	for scope, sql := range retrieve.Statements {
		if limited := strings.HasSuffix(scope, "-seen"); strings.Contains(sql, "unseen") != limited {
			t.Errorf("the statement for %s: limited is %t", scope, !limited)
		}
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			name := scope + "-" + strings.Split(mode, "_")[1]
			p := explain(t, conn, mode, sql, f.literals(course, scope))
			for _, what := range p.broken() {
				t.Errorf("%s: %s", name, what)
			}
			if !golden {
				continue
			}
			var b strings.Builder
			p.text(&b, 0)
			file := filepath.Join(dir, name+".txt")
			if *update {
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("%s: the plan changed (-want +got):\n%s", name, diff)
			}
		}
	}
}

// TestPlansInDocs: docs/retrieval.md shows the generic plan of every statement as it is.
func TestPlansInDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "retrieval.md"))
	if err != nil {
		t.Fatal(err)
	}
	for scope := range retrieve.Statements {
		file := filepath.Join("testdata", "plans", "pg15", scope+"-generic.txt")
		plan, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "```\n"+string(plan)+"```\n") {
			t.Errorf("the plan of %s is not in docs/retrieval.md as it stands in %s", scope, file)
		}
	}
}
