package eval

import (
	"errors"
	"strings"
	"testing"
)

// TestLimits: what is too large is refused, never cut.
func TestLimits(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("abcd\n", 4):         "",
		strings.Repeat("abcd\n", 5):         "f: larger than 20 bytes",
		strings.Repeat("abcd\n", 4) + "x":   "f: larger than 20 bytes",
		strings.Repeat("\n", 21):            "f: larger than 20 bytes",
		strings.Repeat("abcd\n", 100) + "x": "f: larger than 20 bytes",
		strings.Repeat("x", 19):             "",
		strings.Repeat("x", 1000):           "f: larger than 20 bytes",
	} {
		l := &lines{path: "f", max: 20}
		n := 0
		err := l.each(strings.NewReader(text), func(line []byte) error { n += len(line) + 1; return nil })
		var file *FileError
		switch {
		case want == "" && (err != nil || n != 20):
			t.Errorf("%d bytes: %v, %d read", len(text), err, n)
		case want != "" && (!errors.As(err, &file) || err.Error() != want):
			t.Errorf("%d bytes: %v, want %s", len(text), err, want)
		}
	}
	// A line that is too long does not have to be held to be refused.
	l := &lines{path: "f"}
	err := l.each(strings.NewReader("ok\n"+strings.Repeat("x", maxLine+1)), func([]byte) error { return nil })
	if err == nil || err.Error() != "f:2: longer than 64 MiB" {
		t.Errorf("%v", err)
	}
}
