// Package authored reads the files that people write for the evals: YAML in which every mistake is told with its file and
// its line, and a field that nobody knows is a mistake.
package authored

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// MaxFile bounds a file, in bytes.
const MaxFile = 4 << 20

// A Node is a part of a file that is decoded later, so that its line is known. The zero value is a null.
type Node struct{ node ast.Node }

// UnmarshalYAML keeps the node for later.
func (n *Node) UnmarshalYAML(node ast.Node) error {
	n.node = node
	return nil
}

// Empty reports whether the file has nothing there.
func (n Node) Empty() bool { return n.node == nil }

// Line is where the node begins, from 1.
func (n Node) Line() int {
	switch n := n.node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return n.Values[0].Key.GetToken().Position.Line
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken().Position.Line
	}
	return n.node.GetToken().Position.Line
}

// Decode writes the node, which is not empty, into v. path names the file in errors.
func (n Node) Decode(path string, v any) error {
	return syntax(path, n.Line(), unpanicked(func() error { return yaml.NodeToValue(n.node, v, yaml.Strict()) }))
}

// Load reads a regular file of MaxFile bytes at most.
func Load(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > MaxFile:
		return nil, fmt.Errorf("%s: larger than %d MiB", path, MaxFile>>20)
	}
	return b, nil
}

// Parse writes YAML into v; path only names it in errors.
func Parse(path string, b []byte, v any) error {
	return syntax(path, 0, unpanicked(func() error { return yaml.UnmarshalWithOptions(b, v, yaml.Strict()) }))
}

// Fault is what is wrong at a line of a file.
func Fault(path string, line int, field, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s: %s", path, line, field, fmt.Sprintf(format, args...))
}

// unpanicked makes an error of a panic in the YAML library: version 1.19.2 takes a tag without a value for a list and
// dereferences nil.
func unpanicked(read func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("unreadable YAML: %v", r)
		}
	}()
	return read()
}

// syntax is the library's error without its excerpt of the file, as file:line: message. line stands for errors that name
// none; 0: unknown.
func syntax(path string, line int, err error) error {
	var at yaml.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &at) && at.GetToken() != nil:
		return fmt.Errorf("%s:%d: %s", path, at.GetToken().Position.Line, at.GetMessage())
	case line > 0:
		return fmt.Errorf("%s:%d: %w", path, line, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
