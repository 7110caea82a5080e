//go:build unix

package postgres

import (
	"os"
	"path/filepath"
	"testing"
)

func TestBuffers(t *testing.T) {
	for bytes, want := range map[int64]int64{
		0: 128, 512 << 20: 128, 1 << 30: 128, 2 << 30: 256, 8 << 30: 1024, 32 << 30: 4096, 1 << 40: 4096,
	} {
		if got := buffersOf(bytes); got != want {
			t.Errorf("%d MB of memory: %d MB, want %d", bytes>>20, got, want)
		}
	}
}

func TestMemory(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	machine := file("meminfo", "MemFree:  1 kB\nMemTotal:       16777216 kB\nMemAvailable: 2 kB\n")
	absent := filepath.Join(dir, "absent")
	for name, c := range map[string]struct {
		meminfo string
		limits  []string
		want    int64
	}{
		"machine":          {machine, []string{absent}, 16 << 30},
		"no limit":         {machine, []string{file("max", "max\n")}, 16 << 30},
		"container":        {machine, []string{file("two", "2147483648\n")}, 2 << 30},
		"larger limit":     {machine, []string{file("huge", "9223372036854771712\n")}, 16 << 30},
		"the least counts": {machine, []string{file("four", "4294967296\n"), file("one", "1073741824\n")}, 1 << 30},
		"nonsense":         {file("bad", "MemTotal: lots\n"), []string{file("worse", "-1\n")}, 0},
		"nothing":          {absent, []string{absent}, 0},
		"limit alone":      {absent, []string{file("alone", "1073741824\n")}, 1 << 30},
	} {
		if got := memory(c.meminfo, c.limits...); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
