package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/prompts"
	"github.com/rogpeppe/go-internal/diff"
)

// promptsCmd looks at prompt versions. It needs no database.
type promptsCmd struct {
	List promptsListCmd `cmd:"" help:"List the versions in this program."`
	Diff promptsDiffCmd `cmd:"" help:"Show how two versions differ, in text and, where both were measured, in evals."`
}

type promptsListCmd struct{}

// Run prints one line per version, the newest last.
func (promptsListCmd) Run(a *app) error {
	t := plainTable(a, "prompt", "date", "owner", "sha256", "serves", "why")
	for _, id := range prompts.IDs() {
		p, err := prompts.Load(id)
		if err != nil {
			return err
		}
		serves := ""
		if id == prompts.Current {
			serves = "yes"
		}
		t.AppendRow(table.Row{id, p.Meta.Date, p.Meta.Owner, p.SHA256[:12], serves, p.Meta.Why})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Name: "why", WidthMax: 60}})
	t.Render()
	return nil
}

type promptsDiffCmd struct {
	A     string `arg:"" help:"A version, such as tutor/2026.11.1, or a folder with one that is being written."`
	B     string `arg:"" help:"The version to compare with it."`
	Evals string `default:"eval/prompts" type:"path" help:"Folder of eval results, one file per version: tutor/2026.11.1.json."`
}

// Run prints a unified diff of each file that differs, and then the evals' change. A file of B that breaks a rule of the
// house's prompts is said.
func (cmd promptsDiffCmd) Run(a *app) error {
	before, err := loadVersion(cmd.A)
	if err != nil {
		return err
	}
	after, err := loadVersion(cmd.B)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(before.files))
	for name := range after.files {
		if _, both := before.files[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	same := true
	for _, name := range names {
		d := diff.Diff(filepath.Join(cmd.A, name), []byte(before.files[name]), filepath.Join(cmd.B, name), []byte(after.files[name]))
		same = same && len(d) == 0
		if _, err := a.stdout.Write(d); err != nil {
			return err
		}
	}
	if same {
		fmt.Fprintf(a.stdout, "%s and %s have the same text, byte for byte\n", cmd.A, cmd.B)
	}
	for _, fault := range prompts.Lint(after.prompt) {
		fmt.Fprintf(a.stdout, "lint: %v\n", fault)
	}
	return cmd.evals(a.stdout, before.prompt, after.prompt)
}

// promptVersion is a prompt with its files.
type promptVersion struct {
	prompt *prompts.Prompt
	files  map[string]string
}

// loadVersion takes an id, or the path of a folder.
func loadVersion(name string) (v promptVersion, err error) {
	if slices.Contains(prompts.IDs(), name) {
		if v.prompt, err = prompts.Load(name); err == nil {
			v.files, err = prompts.Files(name)
		}
		return v, err
	}
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return v, fmt.Errorf("there is no prompt %q, neither in this program (`lectern prompts list`) nor as a folder", name)
	}
	v.prompt, v.files, err = prompts.LoadDir(name)
	return v, err
}

// promptEval is what an eval of a prompt leaves: the figures that it found for exactly this text.
type promptEval struct {
	Prompt  string             `json:"prompt"`
	SHA256  string             `json:"sha256"`
	Model   string             `json:"model"`
	Metrics map[string]float64 `json:"metrics"`
}

// evals prints what both versions were measured with.
func (cmd promptsDiffCmd) evals(w io.Writer, a, b *prompts.Prompt) error {
	first, err := cmd.evalOf(a)
	if err != nil {
		return err
	}
	second, err := cmd.evalOf(b)
	if err != nil {
		return err
	}
	missing := func(p *prompts.Prompt, e *promptEval) bool {
		if e == nil {
			fmt.Fprintf(w, "evals: none of %s in %s\n", p.ID, cmd.Evals)
			return true
		}
		if e.SHA256 != p.SHA256 {
			fmt.Fprintf(w, "evals: those of %s are of another text (sha256 %.12s, not %.12s)\n", p.ID, e.SHA256, p.SHA256)
			return true
		}
		return false
	}
	if one, other := missing(a, first), missing(b, second); one || other {
		return nil
	}
	if first.Model != second.Model {
		fmt.Fprintf(w, "evals: of different models, %q and %q, so they are not compared\n", first.Model, second.Model)
		return nil
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"metric", a.ID, b.ID, "change"})
	for _, name := range slices.Sorted(maps.Keys(first.Metrics)) {
		if y, both := second.Metrics[name]; both {
			x := first.Metrics[name]
			t.AppendRow(table.Row{name, figure(x), figure(y), fmt.Sprintf("%+.4g", y-x)})
		}
	}
	t.Render()
	return nil
}

func figure(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// evalOf reads a version's results; nil if there are none.
func (cmd promptsDiffCmd) evalOf(p *prompts.Prompt) (*promptEval, error) {
	if !fs.ValidPath(p.ID) {
		return nil, nil
	}
	name := filepath.Join(cmd.Evals, filepath.FromSlash(p.ID)+".json")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e := &promptEval{}
	if err := json.Unmarshal(data, e); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}
