package answers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// A Baseline is what a change is compared with. It is committed, and moves only with a reason.
type Baseline struct {
	// Set is the hash of the tasks that it was made from.
	Set     string `json:"set"`
	Blessed string `json:"blessed"` // the day, YYYY-MM-DD
	Reason  string `json:"reason"`
	// Suites are the grades by task, by suite.
	Suites map[string]map[string]Grade `json:"suites"`
	// Figures are other numbers that may not fall, each from 0 to 1.
	Figures map[string]float64 `json:"figures"`
}

const maxBaseline = 4 << 20 // bytes

// ErrNoBaseline says that nothing was blessed yet.
var ErrNoBaseline = errors.New("there is no baseline yet; bless a run with --bless REASON")

// ReadBaseline reads a baseline and checks that it was made from the same tasks. The error is ErrNoBaseline if there is none.
func ReadBaseline(path, set string) (*Baseline, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoBaseline)
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBaseline {
		return nil, fmt.Errorf("%s: larger than %d MiB", path, maxBaseline>>20)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	base := &Baseline{}
	if err := json.Unmarshal(b, base); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, lineOf(b, err), err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&Baseline{}); err != nil { // a field that nobody knows, which the error names
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if base.Set != set {
		return nil, fmt.Errorf("%s: was made from other tasks (set %.12s, these are %.12s): look at what changed, and bless a run of these with --bless REASON", path, base.Set, set)
	}
	return base, nil
}

// Write writes the baseline so that a change of it is readable in review: one task a line, in order.
func (b *Baseline) Write(path string) error {
	if strings.TrimSpace(b.Reason) == "" {
		return errors.New("a baseline moves only with a reason")
	}
	out, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, append(out, '\n'), 0o644); err != nil { //nolint:gosec // a file of the repository
		return err
	}
	return os.Rename(tmp, path)
}
